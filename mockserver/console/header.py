"""The header of every view: the workspace, its clock, the menu."""

from collections.abc import Hashable
from datetime import datetime
from typing import Any

from ..state.clock import Move
from .pages import render
from .visit import Visit

_MOST_WORKSPACES = 200
"""In the picker; any other key can be typed."""


def mark_header(visit: Visit) -> Hashable:
    """Return what is equal as long as the header shows the same, the ticking of the clock apart."""
    workspace = visit.used_workspace
    if workspace is None:
        return visit.desk.workspaces.changes
    snapshots, move = len(workspace.history.list_snapshots()), workspace.move
    moved = (move.now, move.events) if move else None
    return visit.desk.workspaces.changes, workspace.clock.setting, snapshots, moved


def describe_header(visit: Visit) -> dict[str, Any]:
    """Return what the template of the header needs."""
    listed = visit.desk.ask("listWorkspaces", "")["workspaces"][:_MOST_WORKSPACES]
    keys = {each["key"]: each["name"] for each in listed if each["key"]}
    names = {visit.key: visit.name, **{key: name for key, name in keys.items() if name != visit.name}}
    return {
        "visit": visit,
        **_describe_clock(visit),
        "workspaces": names,
        "snapshots": [] if visit.problem else visit.ask("listSnapshots")["snapshots"],
    }


def _describe_clock(visit: Visit) -> dict[str, Any]:
    clock, move = visit.workspace.clock.read(), visit.workspace.move
    now = move.now if move else clock.now
    pace = "frozen" if clock.frozen else "running" if clock.speed == 1 else f"×{clock.speed:g}"
    return {
        "now": _write_time(now),
        "milliseconds": int(now.timestamp() * 1000),
        "speed": 0 if clock.frozen or move else clock.speed,
        "pace": "moving" if move else pace,
        "moving": _describe_move(visit, move) if move else None,
    }


def _describe_move(visit: Visit, move: Move) -> dict[str, Any]:
    return {
        "to": _write_time(move.to),
        "share": f"{(move.now - move.start) / (move.to - move.start):.3f}",
        "events": f"{move.events:,}",
        "stop": visit.desk.find_control("stopMove").path,
    }


def _write_time(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")


def render_clock(visit: Visit) -> str:
    """Return the clock alone; it can be read while a move holds the workspace."""
    return render("clock.html", is_update=True, **_describe_clock(visit))


def render_header(visit: Visit) -> str:
    """Return the parts of the header that change, to be put into an open page."""
    return render("header_live.html", is_update=True, **describe_header(visit))
