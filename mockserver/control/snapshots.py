"""Snapshots of a workspace, and workspaces that begin as a copy of it."""

from typing import Any

from ..errors import ApiError
from ..state.snapshot import Snapshot
from .calls import ControlCall
from .state import show_workspace

__all__ = [
    "delete_snapshot",
    "drop_fork",
    "fork_workspace",
    "list_snapshots",
    "restore_snapshot",
    "take_snapshot",
]


def list_snapshots(call: ControlCall) -> dict[str, Any]:
    """Return the snapshots, and the times that a rewind can reach."""
    workspace, history = call.workspace, call.workspace.history
    return {
        "snapshots": [_describe(name, snapshot) for name, snapshot in history.list_snapshots().items()],
        "reachable": [{"from": start, "to": end} for start, end in history.list_spans(workspace.now())],
    }


def take_snapshot(call: ControlCall) -> dict[str, Any]:
    """Keep the present state under a name."""
    name, workspace = call.body["name"], call.workspace
    workspace.history.check_name(name)
    snapshot = workspace.snapshot()
    workspace.history.keep_snapshot(name, snapshot)
    return _describe(name, snapshot)


def restore_snapshot(call: ControlCall) -> dict[str, Any]:
    """Return to a snapshot."""
    call.workspace.restore(call.workspace.history.find_snapshot(call.path["name"]))
    return show_workspace(call)


def delete_snapshot(call: ControlCall) -> dict[str, Any]:
    """Forget a snapshot."""
    call.workspace.history.delete_snapshot(call.path["name"])
    return {"removed": 1}


def fork_workspace(call: ControlCall) -> dict[str, Any]:
    """Make a workspace that is as this one is now."""
    assert call.key is not None
    made, clock = call.tools.forks.make(call.workspace, call.key), call.workspace.clock
    return {"key": made.value, "now": clock.now(), "frozen": clock.frozen}


def drop_fork(call: ControlCall) -> dict[str, Any]:
    """Forget a fork and its key."""
    if not call.workspace.is_fork:
        raise ApiError("fork_not_found")
    call.tools.forks.drop(call.workspace.name)
    return {"removed": 1}


def _describe(name: str, snapshot: Snapshot) -> dict[str, Any]:
    assert snapshot.clock is not None
    return {
        "name": name,
        "now": snapshot.clock.now,
        "frozen": snapshot.clock.frozen,
        "counts": {table: len(records) for table, records in snapshot.records.items()},
    }
