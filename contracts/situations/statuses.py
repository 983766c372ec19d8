"""Statuses: the same is done to a record in each of its statuses, after much has happened."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import deletes, list_id_names
from ..safety.documented import find_own_id, row_schema
from ..verdict.outcomes import UncheckedError
from ..walk.history import Mark, Ref, Step
from ..walk.model import read_json
from .changes import act, do_or_be_refused, find_deletion, list_bodies, list_changes
from .draft import Draft, Made
from .figures import let_all_happen, let_more_happen, list_flags
from .files import find_file, list_files, list_options
from .filters import list_queries, make_search
from .parts import STATUSES, name_rule
from .several import find_listed_ids, list_bulks
from .worlds import Worlds, list_makers_below

_FEWEST_STATUSES = 2
"""Where a kind has only one, another of it is made."""
_MOST_READ_AGAIN = 2
_MOST_AT_END = 1
_MOST_TRIED = 2
_MOST_STATUSES = 5
"""How many of a kind are treated alike, each in another status."""


def list_deeds(spec: Spec) -> list[Operation]:
    """Return the operations that change what a list shows with a status."""
    found = [
        operation
        for listing in _list_listings(spec)
        for operation in [
            *list_makers_below(spec, _find_id(spec, listing)),
            *_list_single(spec, listing),
            *_list_several(spec, listing),
        ]
    ]
    return [*found, *list_files(spec)]


def _list_listings(spec: Spec) -> list[Operation]:
    """Return a list for each kind of record that has a status, those that have least below them first."""
    found: dict[str, Operation] = {}
    for operation in spec.operations.values():
        id_name = _find_id(spec, operation)
        is_list = operation.method == "GET" and not operation.path.endswith("}") and _name_statuses(operation)
        if is_list and (id_name in list_changes(spec) or id_name in list_bulks(spec)):
            known = found.setdefault(id_name, operation)
            found[id_name] = max(known, operation, key=_rank)
    uses = Counter(p.name for each in spec.operations.values() for p in each.parameters_in("path"))
    return [found[id_name] for id_name in sorted(found, key=lambda name: uses[name])]


def _rank(listing: Operation) -> tuple[int, bool]:
    return -len(listing.parameters_in("path")), "page" in list_queries(listing)


def _name_statuses(listing: Operation) -> list[str]:
    """Return the fields of a row that have one of a few values."""
    schema = row_schema(listing) or {}
    fields = {name: non_null(inner) for name, inner in schema.get("properties", {}).items()}
    return [name for name, inner in fields.items() if "enum" in inner or inner.get("type") == "boolean"]


def _find_id(spec: Spec, listing: Operation) -> str:
    return find_own_id(row_schema(listing) or {}, list_id_names(spec)) or ""


def _list_single(spec: Spec, listing: Operation) -> list[Operation]:
    """Return what can be done to one row, its deletion last."""
    id_name = _find_id(spec, listing)
    deletion = find_deletion(spec, id_name)
    return [*list_changes(spec).get(id_name, ()), *([deletion] if deletion else ())]


def _list_several(spec: Spec, listing: Operation) -> list[Operation]:
    return list_bulks(spec).get(_find_id(spec, listing), [])


def write_statuses(operations: list[Operation], worlds: Worlds) -> None:
    """Let much happen, and do everything to one of each status; what has most below it comes last."""
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operations[0], STATUSES)
    campaign = let_all_happen(worlds)
    draft.look(campaign, most=1)
    listings = [
        (listing, path)
        for listing in _list_listings(draft.spec)
        for path in _list_paths(draft, listing, campaign)
    ]
    found = [_change_each(draft, listing, path) for listing, path in listings[:-1]]
    let_more_happen(worlds)
    for (listing, path), each in zip(listings, found, strict=False):
        if list_flags(listing):
            _read_again(draft, listing, path, each)
    for (listing, _), each in zip(listings, found, strict=False):
        _delete_each(draft, listing, each)
    _send_files_again(draft, campaign)
    listing, path = listings[-1]
    _delete_each(draft, listing, _change_each(draft, listing, path))
    for listing, path in listings[:-1]:
        if not path:
            rest = _find_each(draft, listing, path)
            _make_again(draft, listing, rest)
            _delete_each(draft, listing, rest)
    draft.look_at_all(_MOST_AT_END)


def _make_again(draft: Draft, listing: Operation, found: list[Made]) -> None:
    """Make once more what stands below one of a kind: it may count what was done before."""
    makers = list_makers_below(draft.spec, _find_id(draft.spec, listing))
    for operation in makers:
        draft.label = name_rule(draft.spec, operation, STATUSES)
        _do_to_each(draft, operation, found[:1])


def _list_paths(draft: Draft, listing: Operation, campaign: Made) -> Iterator[dict[str, Any]]:
    names = [parameter.name for parameter in listing.parameters_in("path")]
    if campaign.path.keys() >= set(names):
        yield {name: campaign.path[name] for name in names}


def _change_each(draft: Draft, listing: Operation, path: dict[str, Any]) -> list[Made]:
    """Do to one of each status what deletes nothing; return these."""
    found = _find_each(draft, listing, path)
    if len(found) < _FEWEST_STATUSES:
        with suppress(UncheckedError):  # no thread, for example, where no mail may be sent
            draft.make(_find_id(draft.spec, listing), within=path)
            found = _find_each(draft, listing, path)
    single = _list_single(draft.spec, listing)
    actions = [each for each in single if each.method == "POST"]
    makers = list_makers_below(draft.spec, _find_id(draft.spec, listing))
    for operation in [*makers, *reversed(single)]:
        if operation.method in ("PUT", "PATCH") or operation in makers:
            draft.label = name_rule(draft.spec, operation, STATUSES)
            _do_to_each(draft, operation, found)
    for made in found:
        act(draft, made, actions, [], STATUSES)
    for operation in actions if len(actions) == 1 else ():  # once more, which another status may allow
        draft.label = name_rule(draft.spec, operation, STATUSES)
        _do_to_each(draft, operation, found[:1])
    for operation in _list_several(draft.spec, listing):
        if not deletes(operation):
            _do_to_all(draft, operation, found)
    return found


def _read_again(draft: Draft, listing: Operation, path: dict[str, Any], found: list[Made]) -> None:
    """Read some that were read before, each by itself and then the list."""
    for made in found[:_MOST_READ_AGAIN]:
        for operation in draft.spec.operations.values():
            if operation.method == "GET" and operation.path.endswith(f"{{{made.id_name}}}"):
                draft.do(Step(operation.operation_id, made.path))
    _find_each(draft, listing, path)


def _delete_each(draft: Draft, listing: Operation, found: list[Made]) -> None:
    for operation in _list_several(draft.spec, listing):
        if deletes(operation):
            _do_to_all(draft, operation, found[::2])
            found = found[1::2] or found
    for operation in _list_single(draft.spec, listing):
        if operation.method == "DELETE":
            draft.label = name_rule(draft.spec, operation, STATUSES)
            _do_to_each(draft, operation, found)


def _find_each(draft: Draft, listing: Operation, path: dict[str, Any]) -> list[Made]:
    """Ask the list; return one of each status."""
    queries, known = list_queries(listing), {"search": Mark("token"), "limit": 100}
    step = Step(listing.operation_id, path, {name: known[name] for name in known if name in queries})
    answer = read_json(draft.do(step))
    field = next(name for name, inner in listing.answer["properties"].items() if "items" in non_null(inner))
    id_name, number = _find_id(draft.spec, listing), len(draft.steps)
    found: dict[str, Made] = {}
    for index, row in enumerate(answer[field]):
        status = str([row.get(name) for name in _name_statuses(listing)])
        made = Made(step, id_name, {**path, id_name: Ref(number, (field, index, id_name))})
        found.setdefault(status, made)
    return list(found.values())[:_MOST_STATUSES]


def _do_to_each(draft: Draft, operation: Operation, found: list[Made]) -> None:
    """Do what the model accepts, and each refusal once."""
    refused: set[str] = set()
    for made in found:
        for body in list_bodies(draft, operation, made):
            if do_or_be_refused(draft, Step(operation.operation_id, made.path, {}, body), refused):
                break
    for made in found[-1:]:
        draft.look(made, most=2, beside=False)


def _do_to_all(draft: Draft, operation: Operation, found: list[Made]) -> None:
    """Name one of each status in one request."""
    draft.label = name_rule(draft.spec, operation, STATUSES)
    if not found or not draft.maker.can_be_asked(operation):
        return
    in_no_order = [*found[1:], *found[:1]]
    field, ids = find_listed_ids(operation), [made.path[made.id_name] for made in in_no_order]
    names = [parameter.name for parameter in operation.parameters_in("path")]
    refused: set[str] = set()
    for _ in range(_MOST_TRIED):  # a list may be of another type, for example
        step = draft.fill(operation, {name: found[0].path[name] for name in names})
        body = {**step.body, field: ids} if field else ids
        if do_or_be_refused(draft, replace(step, body=body), refused):
            break
    draft.look(found[0], most=2, beside=False)


def _send_files_again(draft: Draft, campaign: Made) -> None:
    """Send the people of the campaign once more, with other names, in each way."""
    file = next(step.body["file"] for step in draft.steps if step.path == campaign.path and step.body)
    for operation in list_files(draft.spec):
        draft.label = name_rule(draft.spec, operation, STATUSES)
        names = [parameter.name for parameter in operation.parameters_in("path")]
        path = {name: campaign.path[name] for name in names}
        listing = max(
            (each for each in _list_listings(draft.spec) if operation.path.startswith(each.path)),
            key=lambda each: len(each.path),
        )
        for options in ({}, *list_options(operation)):
            others = draft.maker.values.draw_file(len(file.rows)).rows
            # without one column, which some ways empty and others keep
            rows = tuple((row[0], *other[2:]) for row, other in zip(file.rows, others, strict=True))
            body = {**options, str(find_file(operation)): replace(file, rows=rows)}
            if draft.do_if_accepted(Step(operation.operation_id, path, {}, body)):
                draft.do(Step(listing.operation_id, path, {"limit": 100, **make_search(listing)}))
