"""The header of every view: the workspace, its clock, the menu."""

from collections.abc import Hashable
from typing import Any

from .pages import render
from .visit import Visit

_MOST_WORKSPACES = 200
"""In the picker; any other key can be typed."""


def mark_header(visit: Visit) -> Hashable:
    """Return what is equal as long as the header shows the same, the ticking of the clock apart."""
    workspace = visit.used_workspace
    if workspace is None:
        return visit.desk.workspaces.changes
    snapshots = len(workspace.history.list_snapshots())
    return visit.desk.workspaces.changes, workspace.clock.setting, snapshots


def describe_header(visit: Visit) -> dict[str, Any]:
    """Return what the template of the header needs."""
    clock = visit.workspace.clock.read()
    listed = visit.desk.ask("listWorkspaces", "")["workspaces"][:_MOST_WORKSPACES]
    keys = {each["key"]: each["name"] for each in listed if each["key"]}
    names = {visit.key: visit.name, **{key: name for key, name in keys.items() if name != visit.name}}
    return {
        "visit": visit,
        "now": clock.now.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "milliseconds": int(clock.now.timestamp() * 1000),
        "speed": 0 if clock.frozen else clock.speed,
        "pace": "frozen" if clock.frozen else "running" if clock.speed == 1 else f"×{clock.speed:g}",
        "workspaces": names,
        "snapshots": [] if visit.problem else visit.ask("listSnapshots")["snapshots"],
    }


def render_header(visit: Visit) -> str:
    """Return the parts of the header that change, to be put into an open page."""
    return render("header_live.html", is_update=True, **describe_header(visit))
