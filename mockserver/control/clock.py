"""The time of a workspace."""

from datetime import timedelta
from typing import Any

from ..errors import ApiError
from ..formats import is_date_time, parse_date_time
from .calls import ControlCall

__all__ = ["advance_clock", "set_clock", "show_clock"]


def show_clock(call: ControlCall) -> dict[str, Any]:
    """Return the time."""
    return {"now": call.workspace.now(), "frozen": call.workspace.clock.frozen}


def set_clock(call: ControlCall) -> dict[str, Any]:
    """Set the time, freeze it, or let it run."""
    clock, body = call.workspace.clock, call.body
    moment = parse_date_time(body["now"], "UTC") if "now" in body else None
    if body.get("frozen", clock.frozen):
        clock.freeze(moment)
    else:
        clock.resume()
        if moment:
            clock.set(moment)
    return show_clock(call)


def advance_clock(call: ControlCall) -> dict[str, Any]:
    """Move the time."""
    clock, by = call.workspace.clock, timedelta(**call.body)
    try:
        is_sound = is_date_time((clock.now() + by).isoformat())
    except OverflowError:
        is_sound = False
    if not is_sound:
        raise ApiError("time_out_of_range")
    clock.advance(by)
    return show_clock(call)
