"""A workspace moves to another server: it is suspended here, taken over there, and then forgotten here.

At every time one server at most does something in it. Here that ends with `begin_handover`; it begins there
with `take_over`, and nobody is led there before `finish_handover` has succeeded here.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..errors import ApiError
from ..state_dir import SavedError, freeze
from .calls import ControlCall
from .state import show_workspace

__all__ = ["begin_handover", "cancel_handover", "finish_handover", "take_over"]


def begin_handover(call: ControlCall) -> Iterator[str]:
    """Suspend a workspace, and return all of it as JSON text."""
    call.workspace.suspend(call.query["seconds"])
    return call.tools.saved.write_whole(freeze(call.workspace, call.tools.keys))


def take_over(call: ControlCall) -> dict[str, Any]:
    """Take in a workspace that another server hands over."""
    tools, name = call.tools, call.workspace.name
    present = tools.workspaces.find(name)
    if present and not tools.workspaces.is_as_new(present) and not call.query["replace"]:
        raise ApiError("workspace_taken")
    try:
        saved = tools.saved.read(call.body, call.body["snapshots"])
    except SavedError as error:
        raise ApiError("handover_invalid", reason=" ".join(str(error).split())) from None
    workspace = tools.saved.revive(saved, name)
    with workspace.lock:
        tools.due_work.advance(workspace)
    tools.save(name)
    return show_workspace(replace(call, workspace=workspace))


def cancel_handover(call: ControlCall) -> dict[str, Any]:
    """Let a workspace go on here."""
    _check_is_suspended(call)
    call.workspace.suspend(0)
    return show_workspace(call)


def finish_handover(call: ControlCall) -> dict[str, Any]:
    """Forget a workspace that another server has taken over."""
    _check_is_suspended(call)
    call.tools.workspaces.hand_over(call.workspace.name)
    call.tools.journal.clear(call.workspace.name)
    call.tools.save(call.workspace.name)
    return {"removed": 1}


def _check_is_suspended(call: ControlCall) -> None:
    if not call.workspace.is_suspended:
        raise ApiError("handover_not_found")
