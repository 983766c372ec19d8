"""More than a page: every list is walked whole, with every filter and sort."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import permutations
from typing import Any

from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import Operation

from ..inputs.id_sources import find_source, list_id_names
from ..safety.documented import find_own_id, row_schema
from ..walk.history import Mark, Ref, Step
from .draft import Draft, Made
from .parts import MANY, name_rule
from .several import find_listed_ids, list_bulks
from .worlds import Worlds

_ROWS = 120
"""The rows of a file: more than any page holds."""
_NAMED = 110
"""So many of them are named at once: more than a page holds, and not all."""
_FEW = 3
_MOST_TOGETHER = 3
_UPLOADED = ("lead_id", "contact_id")
"""What a file makes many of."""
_SORTS = (("name", "asc"), ("created_at", "asc"))


def list_queries(operation: Operation) -> dict[str, Schema]:
    """Return the query parameters and their schemas, without aliases."""
    return {p.name: non_null(p.schema) for p in operation.parameters_in("query") if not p.alias_of}


def write_many(operation: Operation, worlds: Worlds) -> None:
    """Make more than a page holds, and ask for all pages, orders and filters."""
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operation, MANY)
    schemas = list_queries(operation)
    id_name = find_own_id(row_schema(operation) or {}, list_id_names(draft.spec)) or ""
    path = draft.make_path(operation)
    if id_name in _UPLOADED:
        campaign = path or draft.make("campaign_id").path
        if path:
            draft.make(id_name)  # which does not come from the file
        draft.do(Step("uploadLeads", campaign, {}, {"file": draft.maker.values.draw_file(_ROWS)}))
        subject = Made(Step(operation.operation_id), "", campaign) if path else None
        draft.look(subject, most=4, beside=False)
    elif find_source(draft.spec, id_name):
        for _ in range(_FEW):
            draft.make(id_name, operation)
    search = {"search": Mark("token")} if "search" in schemas else {}
    ask = partial(Step, operation.operation_id, path)
    pages: list[int] = []
    for limit, page in ((50, 1), (50, 2), (50, 3), (100, 2)) if id_name in _UPLOADED else ((2, 1), (2, 2)):
        draft.do(ask({**search, "limit": limit, "page": page}))
        pages.append(len(draft.steps))
    draft.do(ask(search))
    for field, order in _SORTS if "sort_by" in schemas else ():
        draft.do(ask({**search, "sort_by": field, "sort_order": order}))
    if not draft.leave.events or path:  # else the filters find more where something has happened
        ask_filters(draft, operation, path, search)
    if id_name in _UPLOADED:
        field = next(name for name, inner in operation.answer["properties"].items() if "items" in inner)
        rows = [Ref(page, (field, place, id_name)) for page in pages[:3] for place in range(50)]
        _name_many(draft, path, rows[:_NAMED], id_name)


def _name_many(draft: Draft, path: dict[str, Any], rows: list[Ref], id_name: str) -> None:
    """Do all that can be done to several at once to more than a page holds, and look."""
    for bulk in list_bulks(draft.spec)[id_name]:
        field = find_listed_ids(bulk)
        step = draft.fill(bulk, draft.make_path(bulk, path))
        body: Any = {**step.body, field: rows} if field else rows
        if draft.do_if_accepted(replace(step, body=body)):
            draft.look(most=1, beside=False)


def ask_filters(draft: Draft, operation: Operation, path: dict[str, Any], search: dict[str, Any]) -> None:
    """Ask a list with the value of each filter that finds most."""
    for name, schema in list_queries(operation).items():
        values = (True, False) if schema.get("type") == "boolean" else schema.get("enum") or ()
        if values and name not in ("sort_order", "sort_by"):
            steps = [Step(operation.operation_id, path, {**search, name: value}) for value in values]
            draft.do(max(steps, key=lambda step: len(draft.try_out(step).body)))
    _ask_together(draft, operation, path, search)


def _ask_together(draft: Draft, operation: Operation, path: dict[str, Any], search: dict[str, Any]) -> None:
    """Ask a list with two filters at once that finds less than without one of them."""
    ask = partial(Step, operation.operation_id, path)
    met: set[tuple[str, str]] = set()
    for (name, value), (other, its_value) in permutations(_list_filters(draft, operation), 2):
        both = ask({**search, name: value, other: its_value})
        alone = ask({**search, name: value})
        if (name, other) in met or len(met) == _MOST_TOGETHER or name == other:
            continue
        answers = [draft.try_out(step).body for step in (both, alone)]
        if answers[0] != answers[1]:
            met.add((name, other))
            draft.do(both)


def _list_filters(draft: Draft, operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield the filters of a list and their values."""
    for name, schema in list_queries(operation).items():
        values: list[Any] = [True, False] if schema.get("type") == "boolean" else schema.get("enum") or []
        if name.endswith("_id"):
            values = [known.ref for known in draft.pools.list_recent(name, 1)]
        if name not in ("sort_order", "sort_by"):
            yield from ((name, value) for value in values)
