"""The workspaces of a server, and what a workspace may begin with."""

from typing import Any

from ..http.keys import KeyRing
from ..seeding.seeds import describe_seeds
from ..state.workspace import Workspace
from .calls import ControlCall

__all__ = ["list_seeds", "list_workspaces"]


def list_workspaces(call: ControlCall) -> dict[str, Any]:
    """Return the workspaces in use, the one used last first, each with a key that leads to it."""
    tools = call.tools
    used = sorted(tools.workspaces, key=lambda workspace: -workspace.last_use)
    return {"workspaces": [_describe(workspace, tools.keys) for workspace in used]}


def list_seeds(_call: ControlCall) -> dict[str, Any]:
    """Return the named seeds."""
    return {"seeds": [{"name": name, "summary": summary} for name, summary in describe_seeds().items()]}


def _describe(workspace: Workspace, keys: KeyRing) -> dict[str, Any]:
    return {
        "name": workspace.name,
        "key": keys.find_key(workspace.name),
        "now": workspace.now(),
        "frozen": workspace.clock.frozen,
        "is_fork": workspace.is_fork,
        "campaigns": len(workspace.campaigns),
    }
