"""Filters: a list is asked with each of them, and with two at once."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product
from typing import Any

from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import Operation

from ..safety.documented import row_schema
from ..walk.drawing import MARKS
from ..walk.history import Mark, Step
from ..walk.model import read_json
from .draft import Draft

_MOST_TOGETHER = 7
"""So many filters are asked beside another: the last ones of a list."""
_MOST_TEXTS = 5
_ORDERS = ("sort_order", "sort_by")
_PLACES = ("page", "limit", "days")
"""Numbers whose meaning is asked elsewhere."""
OURS = "|".join(map(re.escape, (MARKS.marker, MARKS.salt, MARKS.domain)))
"""What is another text in each replay."""
_PIECE = 16
"""The characters of a text that are searched for."""
_UNKNOWN = "no such value"
_DAYS = range(-1, 22)
"""Days since the history began on which something may have happened."""


def list_queries(operation: Operation) -> dict[str, Schema]:
    """Return the query parameters and their schemas, without aliases."""
    return {p.name: non_null(p.schema) for p in operation.parameters_in("query") if not p.alias_of}


def make_search(operation: Operation) -> dict[str, Any]:
    """Return the query that finds what belongs to a history."""
    return {"search": Mark("token")} if "search" in list_queries(operation) else {}


def list_sorts(operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield each order that a list can have, other than that of its default."""
    for parameter in operation.parameters_in("query"):
        if parameter.name == "sort_by":
            default = parameter.schema.get("default")
            for value in parameter.known_values:
                yield {"sort_by": value, "sort_order": "asc" if value == default else "desc"}


def list_rows(draft: Draft, step: Step) -> list[Any]:
    """Return the rows that the model lists."""
    answer = read_json(draft.try_out(step))
    lists = (
        [value for value in answer.values() if isinstance(value, list)] if isinstance(answer, dict) else []
    )
    return lists[0] if lists else []


def ask_filters(draft: Draft, plain: Step) -> None:
    """Ask a list with each filter, with the value that leaves something out, and with two at once."""
    operation = draft.spec.operations[plain.operation]
    filters = {name: list(_list_values(draft, plain, name)) for name in list_queries(operation)}
    for name in filters:
        ask_filter(draft, plain, name)
    _ask_together(draft, plain, filters)
    if draft.leave.alone:  # elsewhere, a run has no requests left for it
        _search_within(draft, plain, filters)


def _search_within(draft: Draft, plain: Step, filters: dict[str, list[Any]]) -> None:
    """Search among what belongs to something else, for a text that some of it lacks."""
    for name, values in filters.items() if "search" in plain.query else ():
        steps = [_narrow(plain, {name: value}) for value in values if name.endswith("_id")]
        for step in steps:
            rows = list_rows(draft, step)
            texts = [text[:_PIECE] for row in rows for text in row.values() if isinstance(text, str)]
            known = [text for text in dict.fromkeys(texts) if not re.search(OURS, text)]
            searches = [_narrow(step, {"search": text}) for text in known]
            found = next((each for each in searches if 0 < len(list_rows(draft, each)) < len(rows)), None)
            if found:
                draft.do(found)


def ask_filter(draft: Draft, plain: Step, name: str) -> None:
    """Ask a list with a filter, if it has it; where any text may stand, with a part of one, too."""
    values = list(_list_values(draft, plain, name))
    if values:
        draft.do(_narrow(plain, {name: _choose(draft, plain, name, values)}))
    operation = draft.spec.operations[plain.operation]
    if _is_text_of_row(operation, name):
        draft.do(_narrow(plain, {name: values[0][:-1] if values else _UNKNOWN}))


def ask_amounts(draft: Draft, operation: Operation) -> None:
    """Ask what takes a number that is no page, for the least."""
    for name, schema in list_queries(operation).items():
        if schema.get("type") == "integer" and name not in _PLACES:
            least = {**make_search(operation), name: schema.get("minimum", 0)}
            draft.do(Step(operation.operation_id, {}, least))


def find_stored_filter(operation: Operation) -> tuple[str, Schema] | None:
    """Return the field of an update that is a filter, and its schema."""
    if operation.method == "PATCH":
        for name, inner in non_null(operation.body or {}).get("properties", {}).items():
            if "search" in non_null(inner).get("properties", {}):
                return name, non_null(inner)
    return None


def ask_stored_filters(draft: Draft, operation: Operation) -> None:
    """Store an empty filter, and each kind of filter that no list takes as a query; read what it finds."""
    if found := find_stored_filter(operation):
        field, schema = found
        path = draft.make_path(operation)
        reading = next(
            Step(each.operation_id, path)
            for each in draft.spec.operations.values()
            if each.method == "GET" and each.path == operation.path
        )
        bodies: list[dict[str, Any]] = [{field: {}}] if draft.leave.alone else []
        for name, inner in schema["properties"].items():
            pairs = combinations(non_null(non_null(inner).get("items", {})).get("enum", ()), 2)
            filters = [{field: {"search": Mark("token"), name: list(pair)}} for pair in pairs]
            steps = [Step(operation.operation_id, path, {}, each) for each in filters]
            if steps:
                bodies.append(max(steps, key=lambda step: len(_find_stored(draft, step, path))).body)
        for body in bodies:
            if draft.do_if_accepted(Step(operation.operation_id, path, {}, body)):
                draft.do(reading)
                for step in _contradict(draft, path, body[field]):
                    draft.do(step)
        flags = [name for name, inner in schema["properties"].items() if non_null(inner)["type"] == "boolean"]
        for name, value in product(flags if draft.leave.alone else (), (True, False)):
            body = {field: {"search": Mark("token"), name: value}}  # the answer says how many there are
            draft.do_if_accepted(Step(operation.operation_id, path, {}, body))


def _contradict(draft: Draft, path: dict[str, Any], stored: dict[str, Any]) -> Iterator[Step]:
    """Yield lists of members with another value of a stored filter: nobody passes both."""
    plain = Step("listContacts", {}, {"limit": 100})
    for name, values in stored.items():
        if isinstance(values, list):
            rows = [row[name] for row in list_rows(draft, plain)]
            other = next((value for value in rows if value not in values), None)
            if other is not None:
                yield _narrow(plain, {**path, name: other})


def _find_stored(draft: Draft, step: Step, path: dict[str, Any]) -> set[str]:
    """Return the contacts of a list after a step that stores its filter."""
    members = Step("listContacts", {}, {**path, "limit": 100})
    found = read_json(draft.foresee(step, members))
    return {row["signal"] for row in found["contacts"]} if found else set()


def _narrow(plain: Step, filters: dict[str, Any]) -> Step:
    return replace(plain, query={**plain.query, **filters})


def _choose(draft: Draft, plain: Step, name: str, values: list[Any]) -> Any:
    """Return the value that finds most, of those that leave something out if there are any."""
    answers = [(draft.try_out(_narrow(plain, {name: value})).body, value) for value in values]
    everything = draft.try_out(plain).body
    telling = [each for each in answers if each[0] != everything]
    return max(telling or answers, key=lambda each: len(each[0]))[1]


def _ask_together(draft: Draft, plain: Step, filters: dict[str, list[Any]]) -> None:
    """Ask a list with each filter beside the next one, of which it still leaves something out."""
    names = [name for name in filters if filters[name]]
    for number, name in enumerate(names[-_MOST_TOGETHER:], max(len(names) - _MOST_TOGETHER, 0)):
        for other in [*names[number + 1 :], *names[:number]]:
            pairs = product(filters[name], filters[other])
            steps = (_narrow(plain, {name: value, other: its}) for value, its in pairs)
            found = next((step for step in steps if _narrows(draft, step, name)), None)
            if found:
                draft.do(found)
                break


def _narrows(draft: Draft, step: Step, name: str) -> bool:
    """Return whether a filter leaves something out of what the others find."""
    rest = {other: value for other, value in step.query.items() if other != name}
    return draft.try_out(step).body != draft.try_out(replace(step, query=rest)).body


def _list_values(draft: Draft, plain: Step, name: str) -> Iterator[Any]:
    """Yield the values of a filter; where any text may stand, those of the rows."""
    operation = draft.spec.operations[plain.operation]
    schema = list_queries(operation).get(name)
    if schema is None or name in _ORDERS:
        return
    if schema.get("type") == "boolean":
        yield from (True, False)
    elif schema.get("format") == "date":
        yield from (Mark("day", str(day)) for day in _DAYS if draft.leave.clock)
    elif name == "days":
        yield from (day for day in reversed(_DAYS) if day > 0 and draft.leave.clock)
    elif name.endswith("_id"):
        yield from (known.ref for known in draft.pools.list_recent(name.removeprefix("not_in_"), 1))
    elif "enum" in schema:
        yield from schema["enum"]
    elif _is_text_of_row(operation, name):
        texts = [row[name] for row in list_rows(draft, plain) if isinstance(row[name], str)]
        yield from [*dict.fromkeys(texts)][:_MOST_TEXTS]


def _is_text_of_row(operation: Operation, name: str) -> bool:
    """Return whether a filter takes any text, and finds rows that have it."""
    schema = list_queries(operation).get(name, {"enum": ()})
    is_free = schema.get("type") == "string" and not {"enum", "format"} & schema.keys()
    return is_free and name not in _ORDERS and name in (row_schema(operation) or {}).get("properties", {})
