"""What a workspace holds: shown, reset, seeded, exported, imported."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ..errors import ApiError
from ..seeding.record_forms import RecordForm
from ..seeding.seeds import list_seeds
from ..state.table import Table
from .calls import ControlCall

__all__ = [
    "export_state",
    "import_state",
    "list_records",
    "reset_workspace",
    "seed_workspace",
    "show_record",
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
        "credits": workspace.options.credits,
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
    """Return the records of one table, or of an address, or a page of them."""
    name, form = _find_form(call)
    table, limit, email = call.workspace.tables[name], call.query.get("limit"), call.query.get("email")
    found: Table[Any] | list[Any] = table
    if email is not None:
        found = [record for record in table if _has_address(record, email)]
    first = (call.query["page"] - 1) * limit if limit else 0
    records = islice(found, first, first + limit if limit else None)
    return {"table": name, "total": len(found), "records": [form.write(record) for record in records]}


def show_record(call: ControlCall) -> dict[str, Any]:
    """Return one record."""
    name, form = _find_form(call)
    record = call.workspace.tables[name].find(call.path["record_id"])
    if record is None:
        raise ApiError("record_not_found", table=name)
    return {"table": name, "record": form.write(record)}


def _find_form(call: ControlCall) -> tuple[str, RecordForm]:
    """Return the table that the path names, and how its records look."""
    table, forms = call.path["table"], call.tools.states.forms
    if table not in forms:
        raise ApiError("table_not_found", table=table, known=", ".join(forms))
    return table, forms[table]


def _has_address(record: Any, email: str) -> bool:
    return any(
        getattr(record, name, "").casefold() == email.casefold() for name in ("email", "email_address")
    )
