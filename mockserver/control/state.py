"""What a workspace holds: shown, reset, seeded, exported, imported."""

from collections.abc import Iterator
from typing import Any

from ..errors import ApiError
from ..seeding.seeds import list_seeds
from .calls import ControlCall

__all__ = [
    "export_state",
    "import_state",
    "list_records",
    "reset_workspace",
    "seed_workspace",
    "show_workspace",
]


def show_workspace(call: ControlCall) -> dict[str, Any]:
    """Return counts, time and rules."""
    workspace = call.workspace
    return {
        "seed": workspace.seed.name,
        "now": workspace.now(),
        "frozen": workspace.clock.frozen,
        "speed": workspace.clock.read().speed,
        "counts": {name: len(table) for name, table in workspace.tables.items()},
        "faults": len(workspace.faults),
        "exchanges": call.tools.journal.count(workspace=workspace.name),
    }


def reset_workspace(call: ControlCall) -> dict[str, Any]:
    """Return to the starting state."""
    call.workspace.reset()
    return show_workspace(call)


def seed_workspace(call: ControlCall) -> dict[str, Any]:
    """Begin anew from a named seed; a caller cannot name a file."""
    name, leads = call.body["seed"], call.body.get("leads")
    if name not in list_seeds():
        raise ApiError("seed_unknown", seed=name, known=", ".join(list_seeds()))
    seeds = call.tools.seeds
    call.workspace.seed = seeds.find(name) if leads is None else seeds.resize(name, leads)
    return reset_workspace(call)


def export_state(call: ControlCall) -> Iterator[str]:
    """Return everything stored, as JSON text."""
    return call.tools.states.write_text(call.workspace.snapshot())


def import_state(call: ControlCall) -> dict[str, Any]:
    """Replace everything stored."""
    call.tools.states.replace(call.workspace, call.body)
    return show_workspace(call)


def list_records(call: ControlCall) -> dict[str, Any]:
    """Return the records of one table."""
    table, forms = call.path["table"], call.tools.states.forms
    if table not in forms:
        raise ApiError("table_not_found", table=table, known=", ".join(forms))
    records = [forms[table].write(record) for record in call.workspace.tables[table]]
    return {"table": table, "records": records}
