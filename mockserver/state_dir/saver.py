"""Saves the workspaces of a server in a folder while it runs, and reads them when it starts.

How it works: every few seconds a thread looks which workspaces have changed. It freezes each under its lock,
which copies references only, and writes the file beside the requests. Snapshots with names never change, so
each has a file of its own that is written once. Why no log of changes: a table of 100,000 records is written
in about a second, and a file that is replaced as a whole can be read by people and by older code.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from ..errors import ApiError
from ..http.due_work import DueWork
from ..openapi.parsing import read_json
from ..state.collection import pause_collection
from ..state.snapshot import Snapshot
from ..state.workspace import Workspace
from ..state.workspaces import Workspaces
from .directory import Directory, FileTooLargeError, StateDirError
from .saved_workspace import SavedError, SavedFormat, SavedWorkspace, freeze

_logger = logging.getLogger(__name__)
_REST = 4
"""After a workspace was written it rests, this many times as long as that took of the processor."""
_LOCK_SECONDS = 1
"""So long a workspace may be busy before the others are looked at first."""
_LAST_LOCK_SECONDS = 5
"""The same when the server stops."""


@dataclass(slots=True)
class _Kept:
    """What the files of a workspace hold."""

    file: str
    workspace: Workspace
    mark: Any
    """What the workspace was like; see `Saver._make_mark`."""
    snapshots: dict[str, tuple[Snapshot, str]] = field(default_factory=dict)
    """Name → snapshot with this name, and its file."""
    rests_until: float = 0


class Saver:
    """Keeps the workspaces of a server in a folder; see above.

    Raises StateDirError when the folder cannot be used.
    """

    def __init__(
        self,
        path: Path,
        seconds: float,
        workspaces: Workspaces,
        saved: SavedFormat,
        due_work: DueWork,
        *,
        counts_requests: bool,
    ) -> None:
        self.path = path
        self.problem = ""
        """Why the workspaces, or some of them, are not saved; empty when all is well."""
        self.found = 0
        """How many workspaces there were at the start."""
        self._seconds = seconds
        self._workspaces = workspaces
        self._saved = saved
        self._due_work = due_work
        self._counts_requests = counts_requests
        """Whether the requests of a rate window are worth a writing."""
        self._kept: dict[str, _Kept] = {}
        self._stopping = Event()
        self._thread: Thread | None = None
        self._save_lock = Lock()
        self._close_lock = Lock()
        self._directory = Directory(path)
        try:
            with pause_collection():
                self._read_all()
        except BaseException:
            self._directory.close()
            raise

    def start(self) -> None:
        """Save in the background from now on."""
        self._thread = Thread(target=self._run, name="state", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Save all that has changed, and let go of the folder; the second time wait until that is done."""
        with self._close_lock:
            if self._stopping.is_set():
                return
            self._stopping.set()
            if self._thread:
                self._thread.join()
            self.save()
            self._directory.close()

    def save(self, *, only_rested: bool = False) -> None:
        """Write the files of the workspaces that have changed, and remove those of the ones that are gone.

        `only_rested` leaves out those that are busy, or were written a moment ago.
        """
        with self._save_lock:
            problems = [self._try(self._save, each, only_rested=only_rested) for each in self._workspaces]
            for name in list(self._kept):
                if self._workspaces.find(name) is None:
                    problems.append(self._try(self._forget, name))
        self._report(next(filter(None, problems), ""))

    def save_workspace(self, name: str) -> None:
        """Write the file of one workspace now, or remove it if the workspace is gone."""
        with self._save_lock:
            workspace = self._workspaces.find(name)
            problem = ""
            if workspace:
                problem = self._try(self._save, workspace, only_rested=False)
            elif name in self._kept:
                problem = self._try(self._forget, name)
        if problem:
            self._report(problem)

    def _run(self) -> None:
        for workspace in self._workspaces:  # time has passed since they were saved
            try:
                with workspace.lock:
                    self._due_work.advance(workspace)
            except Exception:
                _logger.exception("what is due in a workspace failed")
        due = time.monotonic() + self._seconds
        while not self._stopping.wait(max(0, due - time.monotonic())):
            due = time.monotonic() + self._seconds
            self.save(only_rested=True)

    # ---- writing

    def _try(self, act: Any, *facts: Any, **named: Any) -> str:
        """Do something with a file; returns what went wrong, in words."""
        try:
            act(*facts, **named)
        except FileTooLargeError:
            return "a workspace is too large for a file"
        except OSError as error:
            return error.strerror or str(error)
        except Exception as error:
            # the first time with its place; the others would fill the log
            if not self.problem:
                _logger.exception("a workspace could not be saved")
            return f"{type(error).__name__}: {error}"
        return ""

    def _save(self, workspace: Workspace, *, only_rested: bool) -> None:
        kept = self._kept.get(workspace.name)
        if kept and kept.workspace is workspace:
            is_resting = only_rested and time.monotonic() < kept.rests_until
            if is_resting or self._make_mark(workspace) == kept.mark:
                return
        started = time.thread_time()
        if not workspace.lock.acquire(timeout=_LOCK_SECONDS if only_rested else _LAST_LOCK_SECONDS):
            if not only_rested:
                raise OSError("a workspace is still busy, and what changed last in it is lost")
            return
        try:
            self._due_work.advance(workspace)
            mark, frozen = self._make_mark(workspace), freeze(workspace, self._saved.keys)
        finally:
            workspace.lock.release()
        file = self._directory.name_file(workspace.name)
        before = kept.snapshots if kept else {}
        snapshots = self._write_snapshots(file, frozen, before)
        parts = {name: part for name, (_, part) in snapshots.items()}
        self._directory.write(file, self._saved.write(frozen, snapshots=parts))
        rest = _REST * (time.thread_time() - started)
        self._kept[workspace.name] = _Kept(file, workspace, mark, snapshots, time.monotonic() + rest)
        self._directory.remove({part for _, part in before.values()} - set(parts.values()))

    def _write_snapshots(
        self, file: str, frozen: SavedWorkspace, before: Mapping[str, tuple[Snapshot, str]]
    ) -> dict[str, tuple[Snapshot, str]]:
        """Return the files of all snapshots of a workspace; those that have none yet are written."""
        written: dict[str, tuple[Snapshot, str]] = {}
        for name, snapshot in frozen.snapshots.items():
            kept = before.get(name)
            if kept and kept[0] is snapshot:
                written[name] = kept
                continue
            part = self._directory.name_part(file)
            self._directory.write(part, self._saved.states.write_text(snapshot))
            written[name] = snapshot, part
        return written

    def _forget(self, name: str) -> None:
        kept = self._kept[name]
        self._directory.remove([kept.file, *(part for _, part in kept.snapshots.values())])
        del self._kept[name]

    def _make_mark(self, workspace: Workspace) -> Any:
        """Return what is equal as long as the files of a workspace say how it goes on."""
        return (
            workspace.read_shape(),
            workspace.random.getstate(),
            workspace.fault_random.getstate(),
            dict(workspace.rate_counts) if self._counts_requests else None,
            workspace.is_changed,
            workspace.seed,
            tuple(workspace.history.list_snapshots().items()),
        )

    def _report(self, problem: str) -> None:
        """Log what keeps the workspaces from being saved, once, and that they are saved again."""
        if problem and problem != self.problem:
            _logger.error("workspaces are not saved in %s: %s; the server goes on", self.path, problem)
        elif self.problem and not problem:
            _logger.warning("workspaces are saved again in %s", self.path)
        self.problem = problem

    # ---- reading

    def _read_all(self) -> None:
        found: list[tuple[str, SavedWorkspace, dict[str, tuple[Snapshot, str]]]] = []
        try:
            for file, parts in self._directory.list_files().items():
                if one := self._read(file, parts):
                    found.append((file, *one))
            for file, saved, snapshots in sorted(found, key=lambda each: each[1].last_use):
                workspace = self._saved.revive(saved)
                mark = self._make_mark(workspace)
                self._kept[workspace.name] = _Kept(file, workspace, mark, snapshots)
            self.found = len(found)
        except OSError as error:
            raise StateDirError(f"cannot read the state in {self.path}: {error.strerror}") from None
        except ApiError:
            raise StateDirError(
                f"{self.path} holds {len(found)} workspaces, more than --max-workspaces allows"
            ) from None

    def _read(
        self, file: str, parts: list[str]
    ) -> tuple[SavedWorkspace, dict[str, tuple[Snapshot, str]]] | None:
        """Return a workspace and the files of its snapshots; None when its file is broken, and set aside."""
        directory = self._directory
        try:
            document = read_json(directory.read(file))
            named = self._read_snapshots(file, document, parts)
            saved = self._saved.read(document, {name: state for name, (state, _) in named.items()})
            if directory.name_file(saved.name) != file:
                raise SavedError("it is the file of another workspace")
        except (FileTooLargeError, ValueError) as error:
            self._set_aside([file, *parts], error)
            return None
        files = {name: part for name, (_, part) in named.items()}
        directory.remove(set(parts) - set(files.values()))
        return saved, {name: (saved.snapshots[name], part) for name, part in files.items()}

    def _read_snapshots(self, file: str, document: Any, parts: list[str]) -> dict[str, tuple[Any, str]]:
        """Return name → state of a snapshot, as JSON values, and its file, one of `parts`.

        What is broken is set aside. Raises SavedError.
        """
        listed = document.get("snapshots") if isinstance(document, dict) else None
        if not isinstance(listed, dict):
            raise SavedError("it lists no snapshots")
        found: dict[str, tuple[Any, str]] = {}
        for name, part in listed.items():
            if part not in parts:
                _logger.error("%s names a snapshot whose file is not there", file)
                continue
            try:
                found[name] = read_json(self._directory.read(part)), part
            except (FileTooLargeError, ValueError) as error:
                self._set_aside([part], error)
        return found

    def _set_aside(self, files: list[str], error: Exception) -> None:
        ending = self._directory.set_aside(files)
        reason = "it is too large" if isinstance(error, FileTooLargeError) else str(error)
        _logger.error("%s is broken, and set aside as %s%s: %s", files[0], files[0], ending, reason)
