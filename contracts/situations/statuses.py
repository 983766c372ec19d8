"""Statuses: the same is done to a record in each of its statuses, after much has happened."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import deletes, find_source, list_id_names
from ..walk.history import Step
from .changes import act, do_or_be_refused, find_deletion, list_bodies, list_changes, list_launches
from .draft import Draft, Made
from .figures import let_all_happen, let_more_happen, list_flags
from .files import find_file, list_files, list_options, list_targets
from .filters import make_search
from .kinds import ask_each, find_each, find_id, list_listings, list_paths
from .parts import STATUSES, name_rule
from .several import find_listed_ids, list_bulks
from .worlds import Worlds, list_makers_below

_MOST_READ_AGAIN = 1
_MOST_AT_END = 1
_MOST_TRIED = 2


def list_deeds(spec: Spec) -> list[Operation]:
    """Return the operations that change what a list shows with a status."""
    found = [
        operation
        for listing in list_listings(spec)
        for operation in [
            *list_makers_below(spec, find_id(spec, listing)),
            *_list_single(spec, listing),
            *_list_several(spec, listing),
        ]
    ]
    return [*found, *list_files(spec)]


def _list_single(spec: Spec, listing: Operation) -> list[Operation]:
    """Return what can be done to one row, its deletion last."""
    id_name = find_id(spec, listing)
    deletion = find_deletion(spec, id_name)
    return [*list_changes(spec).get(id_name, ()), *([deletion] if deletion else ())]


def _list_several(spec: Spec, listing: Operation) -> list[Operation]:
    return list_bulks(spec).get(find_id(spec, listing), [])


def write_statuses(operations: list[Operation], worlds: Worlds) -> None:
    """Let much happen, and do everything to one of each status; what has most below it comes last."""
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operations[0], STATUSES)
    campaign = let_all_happen(worlds)
    listings = [
        (listing, path) for listing in list_listings(draft.spec) for path in list_paths(listing, campaign)
    ]
    found = [_change_each(worlds, listing, path) for listing, path in listings[:-1]]
    _use_each(worlds, *listings[-1], found)
    let_more_happen(worlds)
    for (listing, path), each in zip(listings, found, strict=False):
        if list_flags(listing):
            _read_again(draft, listing, path, each)
    for (listing, _), each in zip(listings, found, strict=False):
        _delete_each(draft, listing, each)
    _send_files_again(draft, campaign)
    listing, path = listings[-1]
    # one of them was launched; a deletion shows most where most has happened
    worlds.found[find_id(draft.spec, listing)] = find_each(draft, listing, path, busiest=True)
    _delete_each(draft, listing, _change_each(worlds, listing, path))
    for listing, path in listings[:-1]:
        if not path:
            rest = ask_each(draft, listing, path)
            _make_again(draft, listing, rest)
            _delete_each(draft, listing, rest)
            _make_again(draft, listing, rest[1:])  # what was done to the others stays done
    if draft.leave.alone:  # elsewhere, a run has no requests left for it
        _replace_last(draft)
    draft.look_at_all(_MOST_AT_END)


def _replace_last(draft: Draft) -> None:
    """Delete what was made last and make it again: what names the old one must not name the new one."""
    for id_name in sorted(list_id_names(draft.spec)):
        source, deletion = find_source(draft.spec, id_name), find_deletion(draft.spec, id_name)
        last = draft.pools.list_recent(id_name, 1)
        if source is None or deletion is None or not last or not _refuses_twins(source.operation):
            continue
        ref = last[0].ref
        step = draft.steps[ref.step - 1]
        draft.label = name_rule(draft.spec, deletion, STATUSES)
        if step.operation == source.operation.operation_id:
            path = {**step.path, id_name: ref}
            if draft.do_if_accepted(Step(deletion.operation_id, path)):
                draft.do_if_accepted(step)
                draft.look(Made(step, id_name, path), most=1, beside=False)
                for operation in filter(list_flags, draft.spec.operations.values()):
                    draft.look_by(operation, 1)


def _refuses_twins(operation: Operation) -> bool:
    return any(name.endswith("_exists") for name in operation.errors)


def _look_at(draft: Draft, made: Made) -> None:
    """Read one record by itself."""
    for operation in draft.spec.operations.values():
        if operation.method == "GET" and operation.path.endswith(f"{{{made.id_name}}}"):
            draft.do(Step(operation.operation_id, made.path))


def _use_each(worlds: Worlds, listing: Operation, path: dict[str, Any], found: list[list[Made]]) -> None:
    """Launch one with another whose status forbids it, and then with one of each status."""
    draft, others = worlds.draft, {each[0].id_name: each for each in found if each}
    made = _find_each(worlds, listing, path)
    for operation in list_makers_below(draft.spec, made[0].id_name):
        draft.label = name_rule(draft.spec, operation, STATUSES)
        draft.do_if_accepted(draft.fill(operation, made[0].path))
    for operation in _list_single(draft.spec, listing):
        for name in non_null(operation.body or {}).get("properties", {}):
            known = others.get(name.removesuffix("s"), []) if name.endswith("_ids") else []
            refs = [each.path[each.id_name] for each in known]
            draft.label = name_rule(draft.spec, operation, STATUSES)
            for body in list_launches(operation) if len(refs) > 1 else ():
                whole = draft.fill(operation, made[0].path)
                alone, *_ = [
                    step
                    for step in (replace(whole, body={**whole.body, name: [ref]}) for ref in refs)
                    if not draft.foresee(step, replace(whole, body=body)).is_success
                ] or [whole]
                for step in (alone, replace(whole, body={name: [*refs[1:], *refs[:1]]})):
                    draft.do(step)
                    draft.do(replace(whole, body=body))


def _make_again(draft: Draft, listing: Operation, found: list[Made]) -> None:
    """Make once more what stands below one of a kind: it may count what was done before."""
    makers = list_makers_below(draft.spec, find_id(draft.spec, listing))
    for operation in filter(draft.leave.allows, makers if found else ()):
        draft.label = name_rule(draft.spec, operation, STATUSES)
        is_accepted = draft.foresee(draft.fill(operation, found[0].path)).is_success
        for name in () if is_accepted else non_null(operation.body or {}).get("properties", {}):
            if name.endswith("_id") and find_source(draft.spec, name):
                draft.make(name)  # those before may be deleted
        _do_to_each(draft, operation, found[:1])


def _find_each(worlds: Worlds, listing: Operation, path: dict[str, Any]) -> list[Made]:
    """Return one of each status; what was found before is not asked for again."""
    id_name = find_id(worlds.draft.spec, listing)
    if id_name not in worlds.found:
        worlds.found[id_name] = find_each(worlds.draft, listing, path)
    return worlds.found[id_name]


def _change_each(worlds: Worlds, listing: Operation, path: dict[str, Any]) -> list[Made]:
    """Do to one of each status what deletes nothing; return these."""
    draft, found = worlds.draft, _find_each(worlds, listing, path)
    single = _list_single(draft.spec, listing)
    actions = [each for each in single if each.method == "POST"]
    makers = list_makers_below(draft.spec, find_id(draft.spec, listing))
    for operation in [*makers, *reversed(single)]:
        if operation.method in ("PUT", "PATCH") or operation in makers:
            draft.label = name_rule(draft.spec, operation, STATUSES)
            _do_to_each(draft, operation, found)
    for operation in single:  # in another order than before
        if operation.method in ("PUT", "PATCH") and operation.body is None:
            draft.label = name_rule(draft.spec, operation, STATUSES)
            _do_to_each(draft, operation, found[:1])
    for made in found:
        act(draft, made, actions, [], STATUSES)
    for operation in reversed(actions):  # once more, after the others, which another status may allow
        draft.label = name_rule(draft.spec, operation, STATUSES)
        for made in found[-1:]:
            draft.change(draft.fill(operation, made.path), made, most=1)
    for operation in _list_several(draft.spec, listing):
        if not deletes(operation):
            _do_to_all(draft, operation, found)
    draft.look_by(listing, 1)  # what is first may be another now
    return found


def _read_again(draft: Draft, listing: Operation, path: dict[str, Any], found: list[Made]) -> None:
    """Read some that were read before, each by itself and then the list."""
    for made in found[:_MOST_READ_AGAIN]:
        _look_at(draft, made)
    ask_each(draft, listing, path)


def _delete_each(draft: Draft, listing: Operation, found: list[Made]) -> None:
    """Delete them together, but every other one by itself, or not where it may be used afterwards."""
    single = [each for each in _list_single(draft.spec, listing) if each.method == "DELETE"]
    spares = single or list_makers_below(draft.spec, find_id(draft.spec, listing))
    for operation in _list_several(draft.spec, listing):
        if deletes(operation):
            _do_to_all(draft, operation, found[::2] if spares else found)
            found = found[1::2] or found
    for operation in single:
        draft.label = name_rule(draft.spec, operation, STATUSES)
        _do_to_each(draft, operation, found)


def _do_to_each(draft: Draft, operation: Operation, found: list[Made]) -> None:
    """Do what the model accepts, and each refusal once."""
    refused: set[str] = set()
    is_done = False
    for made in found:
        for body in _list_bodies(draft, operation, made):
            if do_or_be_refused(draft, Step(operation.operation_id, made.path, {}, body), refused):
                is_done = True
                break
    for made in found[-1:] if is_done else ():
        takes_more = operation.method == "DELETE" and bool(list_makers_below(draft.spec, made.id_name))
        draft.look(made, most=4 if takes_more else 2, beside=False)


def _list_bodies(draft: Draft, operation: Operation, made: Made) -> Iterator[Any]:
    """Yield bodies until one is accepted; what makes something needs all its fields."""
    if operation.method == "POST" and operation.body:
        yield from (draft.fill(operation, made.path).body for _ in range(_MOST_TRIED))
    else:
        yield from list_bodies(draft, operation, made)


def _do_to_all(draft: Draft, operation: Operation, found: list[Made]) -> None:
    """Name one of each status in one request, twice if that is accepted."""
    draft.label = name_rule(draft.spec, operation, STATUSES)
    if not found or not draft.maker.can_be_asked(operation):
        return
    in_no_order = [*found[1:], *found[:1]]
    field, ids = find_listed_ids(operation), [made.path[made.id_name] for made in in_no_order]
    names = [parameter.name for parameter in operation.parameters_in("path")]
    refused: set[str] = set()
    for named in ([*ids, *ids], *[ids] * _MOST_TRIED):  # a list may be of another type, for example
        step = draft.fill(operation, {name: found[0].path[name] for name in names})
        body = {**step.body, field: named} if field else named
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
            (each for each in list_listings(draft.spec) if operation.path.startswith(each.path)),
            key=lambda each: len(each.path),
        )
        for options in ({}, *list_options(operation)):
            others = draft.maker.values.draw_file(len(file.rows)).rows
            # without one column, which some ways empty and others keep
            rows = tuple((row[0], *other[2:]) for row, other in zip(file.rows, others, strict=True))
            body = {**options, str(find_file(operation)): replace(file, rows=rows)}
            if draft.do_if_accepted(Step(operation.operation_id, path, {}, body)):
                draft.do(Step(listing.operation_id, path, {"limit": 100, **make_search(listing)}))
        for target in list_targets(draft, operation) if draft.leave.alone else ():  # some may not come in
            body = {**target, str(find_file(operation)): file}
            if draft.do_if_accepted(Step(operation.operation_id, path, {}, body)):
                draft.do(Step(listing.operation_id, path, {"limit": 100, **target}))
                break
