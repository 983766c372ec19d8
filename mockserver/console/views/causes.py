"""What an answer follows from: the records that a refused request names, a fault rule, a documented rule."""

from collections.abc import Iterator
from typing import Any

from ...http.entry import Entry
from ...openapi.schemas import Schema, non_null
from ...openapi.spec import Spec
from ..visit import Visit

_BY_PATH = {
    "campaign_id": ("campaigns", "campaign"),
    "lead_id": ("leads", "lead"),
    "inbox_id": ("sender_accounts", "inbox"),
    "contact_id": ("contacts", "contact"),
    "domain_id": ("domains", "domain"),
    "list_id": ("contact_lists", "contact list"),
}
"""Parameter of a path, or field of a body → the table of its records, and what one is called."""
_BY_VALUE = {
    "email_address": (("sender_accounts", "email_address", "inbox"),),
    "email": (("contacts", "email", "contact"), ("leads", "email", "lead")),
    "recipient_email": (("contacts", "email", "contact"),),
    "domain": (("domains", "domain", "domain"),),
}
"""Field of a body → tables where a record may have the same value, in which field, and what it is called."""
_MOST_CAUSES = 10
_REFUSED_BY_STATE = (400, 402, 403, 404, 409)


def find_records(visit: Visit, entry: Entry) -> list[dict[str, str]]:
    """Return the records that a refusal by state is about: what each is, its address, what it lacks."""
    workspace = visit.used_workspace
    if entry.status not in _REFUSED_BY_STATE or workspace is None or entry.workspace is None:
        return []
    found: dict[str, dict[str, str]] = {}
    with workspace.lock:
        for table, record_id, what in _list_named(visit, entry):
            if len(found) == _MOST_CAUSES:
                break
            record = workspace.tables[table].find(record_id) if table in workspace.tables else None
            if record is not None:
                place = f"/campaigns/{record_id}" if table == "campaigns" else f"/data/{table}/{record_id}"
                found[place] = {"what": f"{what} {record_id}", "link": visit.link(place), "lacks": ""}
    for place, cause in found.items():
        if place.startswith("/campaigns/"):
            cause["lacks"] = _describe_lack(visit, place.rpartition("/")[2])
    return list(found.values())


def find_rule(visit: Visit, entry: Entry) -> str | None:
    """Return the id of the fault rule that hit an exchange; None when no rule in force says the same."""
    workspace = visit.used_workspace
    rules = list(workspace.faults) if workspace and entry.fault else []
    operation = entry.operation or ""
    matching = (
        rule.fault_id
        for rule in rules
        if rule.hits
        and rule.fault.describe() == entry.fault
        and rule.matches(operation, entry.method, entry.path)
    )
    return next(matching, None)


def find_source(spec: Spec, operation_id: str | None, place: tuple[Any, ...]) -> str:
    """Return who documents what a violation is about: its field, or the operation."""
    operation = spec.operations.get(operation_id or "")
    if operation is None:
        return ""
    source, schema = operation.source, operation.body if place[:1] == ("body",) else None
    for step in place[1:] if schema else ():
        schema = _descend(schema, step)
        if schema is None:
            break
        source = schema.get("x-source", source)
        if schema.get("x-undocumented"):
            source = "a choice of this server"
    return source or "a choice of this server"


def _descend(schema: Schema | None, step: Any) -> Schema | None:
    schema = non_null(schema) if schema else {}
    inner = schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)
    return inner if isinstance(inner, dict) else None


def _list_named(visit: Visit, entry: Entry) -> Iterator[tuple[str, str, str]]:
    """Yield table, id and kind of the records that a request may mean."""
    found = visit.desk.pipeline.router.find(entry.path)
    body = entry.request_json if isinstance(entry.request_json, dict) else {}
    ids = {**(found[1] if found else {}), **{name: body[name] for name in _BY_PATH if name in body}}
    for name, value in ids.items():
        if name in _BY_PATH and isinstance(value, str):
            yield _BY_PATH[name][0], value, _BY_PATH[name][1]
    for name, places in _BY_VALUE.items():
        value = body.get(name)
        if not isinstance(value, str):
            continue
        for table, field, what in places:
            for record in visit.workspace.tables.get(table, ()):
                if str(getattr(record, field, "")).casefold() == value.casefold():
                    yield table, getattr(record, _id_field(table)), what


def _id_field(table: str) -> str:
    return next(name for name, (known, _) in _BY_PATH.items() if known == table)


def _describe_lack(visit: Visit, campaign_id: str) -> str:
    checks = visit.ask("showReadiness", campaign_id=campaign_id)["checks"]
    return "; ".join(f"{each['name']}: {each['what_to_do']}" for each in checks if not each["is_met"])
