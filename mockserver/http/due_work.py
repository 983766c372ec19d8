"""Workspaces in which something is going to happen by itself, and doing it in time."""

import logging
from math import inf

from ..sending import advance_sending
from ..state.jobs import advance_jobs
from ..state.workspace import Workspace
from ..state.workspaces import Workspaces

_logger = logging.getLogger(__name__)


class DueWork:
    """Does what is due. It notes the workspaces where something is due, and visits no others."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces
        self._awaiting: dict[str, Workspace] = {}

    def advance(self, workspace: Workspace) -> None:
        """Do what is due in a workspace, unless it is suspended. The caller holds its lock."""
        if workspace.is_suspended or is_idle(workspace):
            return
        has_jobs = _has_jobs(workspace)
        if has_jobs:
            advance_jobs(workspace)
        advance_sending(workspace)
        has_jobs = has_jobs and _has_jobs(workspace)
        if workspace.engine.due < inf or has_jobs:
            self._awaiting[workspace.name] = workspace
        else:
            self._awaiting.pop(workspace.name, None)
        workspace.settled_changes = None if has_jobs else workspace.undo_log.changes

    def has_some(self) -> bool:
        """Return whether something is due somewhere."""
        return any(map(is_due, list(self._awaiting.values())))

    def catch_up(self) -> None:
        """Do what is due in the workspaces that answer no request now; a request does the same first."""
        for name, workspace in list(self._awaiting.items()):
            if self._workspaces.find(name) is not workspace:
                self._awaiting.pop(name, None)
            elif is_due(workspace) and workspace.lock.acquire(blocking=False):
                try:
                    self.advance(workspace)
                except Exception:
                    _logger.exception("what is due in a workspace failed")
                finally:
                    workspace.lock.release()


def is_idle(workspace: Workspace) -> bool:
    """Return whether nothing changed since what is due was done, and nothing has become due since then."""
    engine = workspace.engine
    if engine is None or workspace.settled_changes != workspace.undo_log.changes:
        return False
    now, due = workspace.now(), engine.due
    return now >= workspace.settled_at and (due == inf or now.timestamp() < due)


def is_due(workspace: Workspace) -> bool:
    """Return whether a request would find something to do first; asked without the workspace's lock."""
    if workspace.is_suspended or is_idle(workspace):
        return False
    engine = workspace.engine
    if engine is None:  # the tables may just be filled anew, and their indexes not made yet
        return len(workspace.jobs) > 0
    return engine.due <= workspace.now().timestamp() or _has_jobs(workspace)


def _has_jobs(workspace: Workspace) -> bool:
    return len(workspace.jobs) > 0 and workspace.jobs.count("open", value=True) > 0
