"""Workspaces that begin as a copy of another one, with keys of their own."""

from hashlib import sha256
from itertools import count

from ..state.workspace import Workspace
from ..state.workspaces import Workspaces
from .journal import Journal
from .keys import Key, KeyRing
from .rate_limits import digest_key


class Forks:
    """Makes forks on a server, and forgets them."""

    def __init__(self, workspaces: Workspaces, keys: KeyRing, journal: Journal, key_prefix: str) -> None:
        self._workspaces = workspaces
        self._keys = keys
        self._journal = journal
        self._prefix = key_prefix + "fork_"

    def make(self, workspace: Workspace, key: Key) -> Key:
        """Return the key of a new workspace that is as one is now; it may do what `key` may.

        The caller holds the lock of the workspace. Raises ApiError `workspaces_full`.
        """
        value = self._draw_key(workspace)
        fork = self._workspaces.fork(workspace, value)
        digests = {digest_key(key.value): digest_key(value)}
        fork.rate_counts = {
            (digests.get(digest, digest), seconds): counted
            for (digest, seconds), counted in fork.rate_counts.items()
        }
        made = Key(value, workspace=value, scopes=key.scopes)
        self._keys.declare(made)
        return made

    def drop(self, name: str) -> None:
        """Forget a fork, its key and its journal."""
        self._workspaces.remove(name)
        self._keys.forget(name)
        self._journal.clear(name)

    def _draw_key(self, workspace: Workspace) -> str:
        """Return the first key for forks of a workspace that nobody uses: the same in every run."""
        for number in count(1):
            digest = sha256(f"{workspace.name}\0{number}".encode()).hexdigest()
            value = self._prefix + digest[:24]
            if self._workspaces.find(value) is None:
                break
        return value
