"""More than a page: every list is walked whole, with every filter and sort."""

from functools import partial
from typing import Any

from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import Operation

from ..inputs.id_sources import find_source, list_id_names
from ..safety.documented import find_own_id, row_schema
from ..walk.history import Mark, Step
from .draft import Draft, Made
from .parts import MANY, name_rule
from .worlds import Worlds

_ROWS = 120
"""The rows of a file: more than any page holds."""
_FEW = 3
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
        draft.do(Step("uploadLeads", campaign, {}, {"file": draft.maker.values.draw_file(_ROWS)}))
        subject = Made(Step(operation.operation_id), "", campaign) if path else None
        draft.look(subject, most=4, beside=False)
    elif find_source(draft.spec, id_name):
        for _ in range(_FEW):
            draft.make(id_name, operation)
    search = {"search": Mark("token")} if "search" in schemas else {}
    ask = partial(Step, operation.operation_id, path)
    for limit, page in ((50, 1), (50, 2), (50, 3), (100, 2)) if id_name in _UPLOADED else ((2, 1), (2, 2)):
        draft.do(ask({**search, "limit": limit, "page": page}))
    draft.do(ask(search))
    for field, order in _SORTS if "sort_by" in schemas else ():
        draft.do(ask({**search, "sort_by": field, "sort_order": order}))
    if not draft.leave.events or path:  # else the filters find more where something has happened
        ask_filters(draft, operation, path, search)


def ask_filters(draft: Draft, operation: Operation, path: dict[str, Any], search: dict[str, Any]) -> None:
    """Ask a list with the value of each filter that finds most."""
    for name, schema in list_queries(operation).items():
        values = (True, False) if schema.get("type") == "boolean" else schema.get("enum") or ()
        if values and name not in ("sort_order", "sort_by"):
            steps = [Step(operation.operation_id, path, {**search, name: value}) for value in values]
            draft.do(max(steps, key=lambda step: len(draft.try_out(step).body)))
