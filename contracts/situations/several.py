"""Bulk as single: an operation on several keeps the rules of one, item by item."""

from dataclasses import replace
from functools import partial
from typing import Any

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import deletes, find_source, list_id_names
from ..safety.documented import find_own_id, row_schema
from ..walk.history import Mark
from .parts import BULK, name_rule
from .worlds import Worlds

_MOST_TRIED = 4


def list_bulks(spec: Spec) -> dict[str, list[Operation]]:
    """Return id → the operations whose bodies name several of what it names; those that delete come last."""
    found: dict[str, list[Operation]] = {}
    for operation in sorted(spec.operations.values(), key=deletes):
        field = find_listed_ids(operation)
        if field is not None:
            id_name = field.removesuffix("s") or find_row_id(spec, operation)
            found.setdefault(id_name, []).append(operation)
    return found


def find_listed_ids(operation: Operation) -> str | None:
    """Return the field of a body that names several resources: "" where the body is the list itself."""
    schema = non_null(operation.body or {})
    if schema.get("type") == "array" and non_null(schema["items"]).get("format") == "uuid":
        return ""
    return next((str(name) for name in schema.get("required", ()) if name.endswith("_ids")), None)


def find_row_id(spec: Spec, operation: Operation) -> str:
    """Return the name of the ids of the rows that the same path lists."""
    listing = next(o for o in spec.operations.values() if o.method == "GET" and o.path == operation.path)
    return find_own_id(row_schema(listing) or {}, list_id_names(spec)) or ""


def write_bulk(id_name: str, operations: list[Operation], worlds: Worlds) -> None:
    """Name two of three, one of them twice, one that nobody has and one of another parent; do it twice."""
    draft = worlds.draft
    rule = partial(name_rule, draft.spec, situation=BULK)
    draft.label = rule(operations[0])
    world = worlds.build(id_name, operations[0])
    first = world.first
    draft.make(id_name, operations[0])
    ids = [
        first.path[id_name],
        Mark("unknown"),
        world.second.path[id_name],
        first.path[id_name],
        *world.twins,
    ]
    for operation in operations:
        draft.label = rule(operation)
        if not draft.maker.can_be_asked(operation):
            continue  # no operation makes a tag
        field = find_listed_ids(operation)
        names = [parameter.name for parameter in operation.parameters_in("path")]
        path = {name: first.path.get(name) or draft.make_path(operation)[name] for name in names}
        for _ in range(_MOST_TRIED):
            others = _list_other_ids(draft.spec, operation, field)
            for name in others:
                draft.make(name, operation, within=first.path)
            made = {name: draft.pools.list_recent(name, 1)[0].ref for name in others}
            step = draft.fill(operation, path)
            body: Any = {**step.body, **made, field: ids} if field else ids
            for name in [name for name, value in step.body.items() if value is True] if field else ():
                draft.do(replace(step, body={**body, name: False}))  # what must be confirmed
            ask = partial(draft.watch, most=8) if deletes(operation) else draft.change
            if ask(replace(step, body=body), first):  # else, for example, a list is of another type
                draft.do(replace(step, body=body))
                break
    world.first = draft.make(id_name, operations[-1], like=first)
    draft.look(world.first)


def _list_other_ids(spec: Spec, operation: Operation, field: str | None) -> list[str]:
    """Return the names of the other ids in a body that an operation makes."""
    names = non_null(operation.body or {}).get("properties", {})
    return [name for name in names if name != field and name.endswith("_id") and find_source(spec, name)]
