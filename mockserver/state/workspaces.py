"""All workspaces of a server."""

from collections.abc import Iterator
from itertools import count
from threading import Lock

from ..errors import ApiError
from .snapshot import EMPTY, Seed, Snapshot
from .workspace import OnSent, Workers, Workspace, WorkspaceOptions


class Workspaces:
    """The workspaces of a server, each made on first use; at most `most` of them."""

    def __init__(
        self,
        random_seed: str,
        seed: Seed = EMPTY,
        options: WorkspaceOptions | None = None,
        *,
        workers: Workers | None = None,
        on_sent: OnSent | None = None,
        most: int = 10_000,
    ) -> None:
        self._random_seed = random_seed
        self.seed = seed
        """That of the workspaces made from now on."""
        self._options = options
        self.workers = workers or {}
        self.on_sent = on_sent
        self._most = most
        self._workspaces: dict[str, Workspace] = {}
        self._glimpse: Workspace | None = None
        """The last one that somebody looked at before it was used."""
        self._handed_over: dict[str, None] = {}
        """Names of those that another server has now."""
        self.changes = 0
        """How often one was made or forgotten."""
        self._uses = count()
        self._lock = Lock()
        """Held while a workspace is made, or some are dropped."""

    def __iter__(self) -> Iterator[Workspace]:
        return iter(list(self._workspaces.values()))

    def find(self, name: str) -> Workspace | None:
        """Return the workspace of this name if it was ever used."""
        return self._workspaces.get(name)

    def get(self, name: str) -> Workspace:
        """Return the workspace of this name.

        Raises ApiError `workspaces_full` when there are too many, and all of them hold changes, and
        `workspace_moved` when another server has it now.
        """
        workspace = self._workspaces.get(name)
        if workspace is None:
            with self._lock:
                workspace = self._workspaces.get(name) or self._make(name)
        workspace.last_use = next(self._uses)
        return workspace

    def is_as_new(self, workspace: Workspace) -> bool:
        """Return whether a workspace of the same name that is made anew would be the same."""
        is_kept = workspace.is_changed or workspace.is_fork or workspace.is_lent
        return not is_kept and workspace.seed is self.seed and not workspace.history.list_snapshots()

    def look(self, name: str) -> Workspace:
        """Return the workspace of this name without using it; if there is none, one as it would begin.

        The latter is nobody's: it is made for who looks, and forgotten.
        """
        workspace = self._workspaces.get(name)
        if workspace:
            return workspace
        glimpse = self._glimpse
        if glimpse is None or glimpse.name != name or glimpse.seed is not self.seed:
            glimpse = self._glimpse = self._begin(name)
        return glimpse

    def fork(self, workspace: Workspace, name: str) -> Workspace:
        """Return a new workspace of this name that is as another one is now.

        Raises ApiError `workspaces_full`, as `get` does. The caller holds the lock of the other one.
        """
        with self._lock:
            if len(self._workspaces) >= self._most:
                self._make_room()
            fork = self._workspaces[name] = workspace.fork(name)
            self.changes += 1
        fork.on_sent = self.on_sent
        fork.is_fork = fork.is_changed = True
        fork.last_use = next(self._uses)
        return fork

    def revive(self, name: str, seed: Seed, snapshot: Snapshot) -> Workspace:
        """Return a workspace of this name that is as a snapshot says, in place of one of this name.

        Raises ApiError `workspaces_full`, as `get` does.
        """
        made = Workspace(name, self._random_seed, options=self._options, workers=self.workers)
        made.seed = seed
        made.restore(snapshot)
        made.on_sent = self.on_sent
        with self._lock:
            if name not in self._workspaces and len(self._workspaces) >= self._most:
                self._make_room()
            self._workspaces[name] = made
            self._handed_over.pop(name, None)
            self.changes += 1
        made.last_use = next(self._uses)
        return made

    def remove(self, name: str) -> None:
        """Forget a workspace; the next request of its name begins anew."""
        self._workspaces.pop(name, None)
        self.changes += 1

    def hand_over(self, name: str) -> None:
        """Forget a workspace that another server has now: requests for it are refused from now on."""
        with self._lock:
            self._handed_over[name] = None
            if len(self._handed_over) > self._most:
                del self._handed_over[next(iter(self._handed_over))]
        self.remove(name)

    def _make(self, name: str) -> Workspace:
        if name in self._handed_over:
            raise ApiError("workspace_moved")
        if len(self._workspaces) >= self._most:
            self._make_room()
        made = self._workspaces[name] = self._begin(name)
        made.on_sent = self.on_sent
        self.changes += 1
        return made

    def _begin(self, name: str) -> Workspace:
        return Workspace(name, self._random_seed, self.seed, self._options, workers=self.workers)

    def _make_room(self) -> None:
        """Let a tenth of the workspaces go: of those without changes the ones not used the longest."""
        unchanged = [workspace for workspace in self if self.is_as_new(workspace)]
        if not unchanged:
            raise ApiError("workspaces_full", limit=self._most)
        unchanged.sort(key=lambda workspace: workspace.last_use)
        for workspace in unchanged[: max(self._most // 10, 1)]:
            self.remove(workspace.name)
