"""What the header does to a workspace: its clock, its seed, its snapshots."""

import re
from typing import Any

from ..http.messages import Response
from ..openapi.formats import is_duration
from .header import render_header
from .messages import act, describe_happened, report, write_message
from .pages import answer_page
from .view import Route
from .visit import Visit

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def move_clock(visit: Visit) -> Response:
    """Move, freeze or resume the clock."""

    def move() -> Response:
        operation_id, body = _read_move(visit.form.get("move", ""), visit.form.get("to", "").strip())
        moved = visit.ask(operation_id, body=body)
        happened = describe_happened(moved["happened"])
        text = f"{moved['now'].replace('T', ' ').removesuffix('Z')[:19]} UTC: {happened}"
        return answer_page(render_header(visit) + write_message("status", text))

    return act(visit, move)


def load_seed(visit: Visit) -> Response:
    """Begin anew from a named seed."""

    def load() -> Response:
        name = visit.form.get("seed", "")
        shown = visit.ask("seedWorkspace", body={"seed": name})
        return report(f"Seed {name} loaded: {_count(shown)}")

    return act(visit, load)


def reset(visit: Visit) -> Response:
    """Return to the seed of the workspace."""
    return act(visit, lambda: report(f"Reset to seed: {_count(visit.ask('resetWorkspace'))}"))


def restore(visit: Visit) -> Response:
    """Return to a snapshot."""
    name = visit.form.get("name", "")
    return act(visit, lambda: report(f"Back at {name}: {_count(visit.ask('restoreSnapshot', name=name))}"))


def take_in(visit: Visit) -> Response:
    """Replace what the workspace holds by an export."""

    def take() -> Response:
        data = visit.form.get("state", "").encode()
        return report(f"Imported: {_count(visit.ask('importState', body=data))}")

    return act(visit, take)


def _read_move(move: str, to: str) -> tuple[str, dict[str, Any]]:
    """Return the control operation that a button or the field stands for, and its body."""
    if move in ("freeze", "run"):
        return "setClock", {"frozen": move == "freeze"}
    if move == "next-send":
        return "moveClock", {"to": move}
    if move or is_duration(to):
        return "moveClock", {"advance": move or to}
    time = to.removesuffix("UTC").strip()
    if _DATE.fullmatch(time):
        time += "T00:00:00"
    return "setClock", {"now": time}


def _count(shown: dict[str, Any]) -> str:
    counts = (f"{count} {table.replace('_', ' ')}" for table, count in shown["counts"].items() if count)
    return ", ".join(counts) or "nothing in it"


ROUTES: tuple[Route, ...] = (
    ("POST", "/console/clock", move_clock),
    ("POST", "/console/seed", load_seed),
    ("POST", "/console/reset", reset),
    ("POST", "/console/restore", restore),
    ("POST", "/console/import", take_in),
)
