"""More than a page: every list is walked whole, with every filter and sort."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

from mockserver.openapi.formats import is_date_time, is_uuid
from mockserver.openapi.spec import Operation

from ..inputs.id_sources import find_source, list_id_names
from ..safety.documented import find_own_id, row_schema
from ..walk.history import Ref, Step
from .draft import Draft, Made
from .filters import OURS, ask_filters, list_queries, list_rows, list_sorts, make_search
from .parts import MANY, name_rule
from .several import find_listed_ids, list_bulks
from .worlds import Worlds

_ROWS = 120
"""The rows of a file: more than any page holds."""
_NAMED = 110
"""So many of them are named at once: more than a page holds, and not all."""
_FEW = 3
_MOST_SORTS = 2
_UPLOADED = ("lead_id", "contact_id")
"""What a file makes many of."""
_PAGES = {True: ((50, 1), (50, 2), (50, 3)), False: ((2, 1), (2, 2))}
"""Are there many? → (limit, page) of the pages that are asked."""
_BEFORE_NUMBER = 4
_PIECE = 12
"""The characters of a text that are searched for."""


def write_many(operation: Operation, worlds: Worlds) -> None:
    """Make more than a page holds, and ask for all pages, orders and filters."""
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operation, MANY)
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
    schemas, search = list_queries(operation), make_search(operation)
    ask = partial(Step, operation.operation_id, path)
    pages: list[int] = []
    sorts, limits = list(list_sorts(operation)), _PAGES[id_name in _UPLOADED]
    for index in range(max(len(limits), min(len(sorts), _MOST_SORTS))):
        limit, page = limits[index % len(limits)]
        plain = ask({**search, "limit": limit, "page": page})
        order = _choose_order(draft, plain, sorts)
        sorts = [each for each in sorts if each != order]
        draft.do(replace(plain, query={**plain.query, **order}))
        pages.append(len(draft.steps))
    if draft.leave.alone and "sort_order" in schemas:
        draft.do(ask({**search, "sort_order": "ASC"}))  # which is no order that is known
    if id_name in _UPLOADED or not schemas.keys() - {"page", "limit"}:  # else filters show the defaults
        draft.do(ask(search))
    for query in list_searches(draft, ask({**search, "limit": 100})) if search else ():
        draft.do(ask({**query, "limit": 100}))
    finds_more = id_name in _UPLOADED and not path and draft.leave.events  # where something has happened
    if not finds_more:
        ask_filters(draft, ask(search))
    if id_name in _UPLOADED:
        field = next(name for name, inner in operation.answer["properties"].items() if "items" in inner)
        rows = [Ref(page, (field, place, id_name)) for page in pages[:3] for place in range(50)]
        _name_many(draft, path, rows[:_NAMED], id_name)


def _choose_order(draft: Draft, plain: Step, sorts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an order that puts other rows on a page, not only the same rows in another order."""
    usual = [json.dumps(row) for row in list_rows(draft, plain)]
    for order in sorts:
        rows = list_rows(draft, replace(plain, query={**plain.query, **order}))
        if {json.dumps(row) for row in rows} != set(usual):
            return order
    return sorts[0] if sorts else {}


def list_searches(draft: Draft, step: Step) -> Iterator[dict[str, Any]]:
    """Yield searches for parts of the texts of a row, in other letter case: what finds it and what does not.

    The first stands beside a filter that other rows pass, too.
    """
    rows = list_rows(draft, step)
    if not rows:
        return
    texts = [text for value in rows[-1].values() if (text := _cut(value))]
    texts += [f"{one[-5:]} {other[:5]}" for one, other in pairwise(_list_names(rows[-1]))]
    found: dict[bool, list[str]] = {True: [], False: []}
    for text in dict.fromkeys(texts):
        listed = list_rows(draft, replace(step, query={"search": text, "limit": 100}))
        found[rows[-1] in listed].append(text)
    for text in found[True][-1:]:
        yield {"search": text, **_find_common(draft, step, rows)}
        yield {"search": _put_wildcards(text)}
    for text in found[False][:1]:
        yield {"search": text}


def _find_common(draft: Draft, step: Step, rows: list[Any]) -> dict[str, Any]:
    """Return a filter that the last row passes, and another one, too; nothing if there is none."""
    known = list_queries(draft.spec.operations[step.operation])
    for name, value in rows[-1].items():
        is_filter = name in known and value and not (isinstance(value, str) and is_uuid(value))
        if is_filter and sum(row[name] == value for row in rows) > 1:
            narrowed = list_rows(draft, replace(step, query={**step.query, name: value}))
            if rows[-1] in narrowed:
                return {name: value}
    return {}


def _cut(value: Any) -> str:
    """Return a piece of a text, in other letter case; nothing for an id, a time or a short text."""
    if not isinstance(value, str) or is_uuid(value) or is_date_time(value):
        return ""
    part = max(re.split(OURS, value), key=len)
    # the number tells texts drawn alike apart
    number = re.search(r"\d", part)
    start = max(number.start() - _BEFORE_NUMBER, 1) if number else 1
    return part[start:][:_PIECE].strip().swapcase() if len(part) >= _PIECE else ""


def _put_wildcards(text: str) -> str:
    """Return a text that finds the same only where signs stand for any others, as in SQL."""
    middle = len(text) // 2
    return f"{text[: middle - 1]}_%{text[middle + 1 :]}"


def _list_names(row: dict[str, Any]) -> list[str]:
    """Return the texts of a row that are a part of a name."""
    return [str(value) for name, value in row.items() if name in ("first_name", "last_name") and value]


def _name_many(draft: Draft, path: dict[str, Any], rows: list[Ref], id_name: str) -> None:
    """Do all that can be done to several at once to more than a page holds, and look."""
    for bulk in list_bulks(draft.spec)[id_name]:
        field = find_listed_ids(bulk)
        step = draft.fill(bulk, draft.make_path(bulk, path))
        in_other_order = rows[::-1]
        body: Any = {**step.body, field: in_other_order} if field else in_other_order
        if draft.do_if_accepted(replace(step, body=body)):
            draft.look(most=1, beside=False)
