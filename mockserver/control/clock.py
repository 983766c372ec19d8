"""The time of a workspace, and what happens while it is moved."""

from collections import Counter
from datetime import timedelta
from typing import Any

from ..errors import ApiError
from ..openapi.formats import is_date_time, is_duration, parse_date_time, parse_duration
from ..sending import advance_sending, time_travel
from ..state.workspace import Workspace
from .calls import ControlCall

__all__ = ["advance_clock", "move_clock", "set_clock", "show_clock", "stop_move"]


def show_clock(call: ControlCall) -> dict[str, Any]:
    """Return the time, and how far the clock has come while it is moved."""
    workspace, move = call.workspace, call.workspace.move
    if move is None:
        return {"now": workspace.now(), "frozen": workspace.clock.frozen}
    moving = {"from": move.start, "to": move.to, "now": move.now, "events": move.events}
    return {"now": move.now, "frozen": workspace.clock.frozen, "moving": moving}


def stop_move(call: ControlCall) -> dict[str, Any]:
    """Let a move end before its time."""
    time_travel.stop_move(call.workspace)
    return show_clock(call)


def set_clock(call: ControlCall) -> dict[str, Any]:
    """Set the time, freeze it, or let it run."""
    clock, body = call.workspace.clock, call.body
    if body.get("frozen", clock.frozen):
        clock.freeze()
    else:
        clock.resume()
    if "now" not in body:
        return _describe(call, advance_sending(call.workspace))
    return _describe(call, time_travel.set_time(call.workspace, parse_date_time(body["now"], "UTC")))


def advance_clock(call: ControlCall) -> dict[str, Any]:
    """Move the time by days, hours, minutes and seconds."""
    return _describe(call, time_travel.advance(call.workspace, timedelta(**call.body)))


def move_clock(call: ControlCall) -> dict[str, Any]:
    """Move the time by a span, to the next mail, or back."""
    if len(call.body) != 1:
        raise ApiError("move_unclear")
    if "rewind" in call.body:
        _rewind(call.workspace, call.body["rewind"])
        return _describe(call, Counter())
    if "to" in call.body:
        return _describe(call, time_travel.go_to_next_send(call.workspace))
    return _describe(call, time_travel.advance(call.workspace, parse_duration(call.body["advance"])))


def _rewind(workspace: Workspace, to: str) -> None:
    """Go back to a snapshot, by a duration or to a time."""
    if to in workspace.history.list_snapshots():
        workspace.restore(workspace.history.find_snapshot(to))
        return
    if not is_duration(to) and not is_date_time(to):
        raise ApiError("rewind_unclear", to=to)
    try:
        time = workspace.now() - parse_duration(to) if is_duration(to) else parse_date_time(to, "UTC")
    except OverflowError:
        raise ApiError("time_out_of_range") from None
    time_travel.rewind(workspace, time)


def _describe(call: ControlCall, happened: Counter[str]) -> dict[str, Any]:
    """Return the time, and how often what happened while it moved."""
    return {**show_clock(call), "happened": dict(happened)}
