"""Cleanup: delete what runs made."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import deletes
from ..safety.guard import GuardError
from ..safety.ledger import MARKER_START, is_marked
from ..verdict.outcomes import DifferenceError, UncheckedError, UndocumentedDifferenceError
from .api import Api

_MOST_PAGES = 50
_PAGE = 100
_FEW = 3
"""Up to so many are deleted one by one."""
_TROUBLES = (
    DifferenceError,
    UndocumentedDifferenceError,
    UncheckedError,
    GuardError,
    requests.RequestException,
    KeyError,
)


@dataclass(frozen=True, slots=True)
class _Made:
    """A resource to delete."""

    id_name: str
    value: str
    key: str
    label: str


def remove_all(api: Api) -> tuple[str, ...]:
    """Delete what this run made, newest first; return what could not be deleted."""
    api.session.exempt = True
    with api.judge.suspended():
        if api.ledger.made:
            tag = api.ledger.marker.strip("[]")
            for _ in _find_marked(api, tag):
                pass  # reading is enough: the ledger recognises the run's contacts and what jobs made
        made = [_Made(*item, f"{item[0]} {item[1]}") for item in reversed(list(api.ledger.made))]
        _, left = _remove(api, made)
    return tuple(left)


def remove_marked(api: Api) -> tuple[list[str], list[str]]:
    """Find by their markers the resources that any run left, and delete them.

    Returns what was deleted and what could not be.
    """
    api.session.exempt = True
    with api.judge.suspended():
        made = list(_find_marked(api, MARKER_START.strip("[")))
        for each in made:
            api.ledger.claim(each.id_name, each.value, each.key)
        return _remove(api, made)


def find_delete(spec: Spec, id_name: str) -> Operation | None:
    """Return the operation that deletes a resource by this id alone, or None."""
    for operation in spec.operations.values():
        names = [parameter.name for parameter in operation.parameters_in("path")]
        if operation.method == "DELETE" and names == [id_name] and operation.path.endswith("}"):
            return operation
    return None


def _find_bulk_delete(spec: Spec, id_name: str) -> tuple[Operation, str] | None:
    """Return the operation that deletes several resources, and the field of the ids; "" is the body."""
    for operation in spec.operations.values():
        if deletes(operation) and operation.body and not operation.parameters_in("path"):
            if f"{id_name}s" in non_null(operation.body).get("properties", {}):
                return operation, f"{id_name}s"
            listing = _find_listing(spec, operation.path)
            if operation.method == "DELETE" and listing and id_name in _row_fields(listing):
                return operation, ""
    return None


def _remove(api: Api, made: list[_Made]) -> tuple[list[str], list[str]]:
    """Delete resources until none of the rest can be deleted: one may depend on another."""
    gone: list[_Made] = []
    waiting = [each for each in made if _can_be_deleted(api.spec, each.id_name)]
    while waiting:
        for id_name in dict.fromkeys(each.id_name for each in waiting):
            alike = [each for each in waiting if each.id_name == id_name]
            gone += _remove_alike(api, id_name, alike)
        left = [each for each in waiting if each not in gone]
        if len(left) == len(waiting):
            break
        waiting = left
    return [each.label for each in gone], [each.label for each in waiting]


def _can_be_deleted(spec: Spec, id_name: str) -> bool:
    return find_delete(spec, id_name) is not None or _find_bulk_delete(spec, id_name) is not None


def _remove_alike(api: Api, id_name: str, alike: list[_Made]) -> list[_Made]:
    bulk = _find_bulk_delete(api.spec, id_name)
    single = find_delete(api.spec, id_name)
    if bulk and (single is None or len(alike) > _FEW):
        gone = _delete_many(api, *bulk, alike)
        if gone or single is None:
            return gone
    return [each for each in alike if single and _delete(api, single, each)]


def _delete(api: Api, operation: Operation, each: _Made) -> bool:
    path = {each.id_name: each.value}
    try:
        reply = api.send(operation.operation_id, path=path, key=each.key)
        if reply.status == 400 and each.id_name == "campaign_id":
            # an ACTIVE campaign cannot be deleted, and keeps its inboxes from being deleted
            api.send("pauseCampaign", path=path, key=each.key)
            reply = api.send(operation.operation_id, path=path, key=each.key)
    except _TROUBLES:
        return False
    return reply.is_success or reply.status == 404


def _delete_many(api: Api, operation: Operation, field: str, alike: list[_Made]) -> list[_Made]:
    """Delete several with one request; return those that are surely deleted."""
    gone = []
    for key in dict.fromkeys(each.key for each in alike):
        mine = [each for each in alike if each.key == key]
        for start in range(0, len(mine), _PAGE):
            part = mine[start : start + _PAGE]
            values = [each.value for each in part]
            body = {field: values, **_confirm(operation)} if field else values
            try:
                answer = api.send(operation.operation_id, body=body, key=key).succeeds()
                done = _read_progress(api, operation, answer, key) if field else set(values)
            except _TROUBLES:
                continue
            gone += [each for each in part if each.value in done]
    return gone


def _confirm(operation: Operation) -> dict[str, Any]:
    fields = non_null(operation.body or {})["properties"].items()
    said = {name: Extensions(non_null(field)).confirms for name, field in fields}
    return {name: value for name, value in said.items() if value is not None}


def _read_progress(api: Api, operation: Operation, answer: Any, key: str) -> set[str]:
    """Return the ids that the job of a deletion reports as DELETED."""
    for link in operation.responses[operation.status].get("links", {}).values():
        path = {name: str(answer[name]) for name in link["parameters"]}
        reported = api.send(link["operationId"], path=path, key=key).succeeds()
        done = [row for row in _list_rows(reported) if row.get("status") == "DELETED"]
        return {value for row in done for value in row.values() if isinstance(value, str)}
    return set()


def _find_marked(api: Api, text: str) -> Iterator[_Made]:
    """Yield the listed resources that carry a marker of the suite and can be deleted."""
    for listing in api.spec.operations.values():
        names = sorted(name for name in _row_fields(listing) if _can_be_deleted(api.spec, name))
        collection = listing.path
        is_list = listing.method == "GET" and not listing.parameters_in("path")
        id_names = [name for name in names if _is_collection(api.spec, collection, name)]
        if is_list and id_names:
            yield from _find_in(api, listing, id_names[0], text)


def _find_in(api: Api, listing: Operation, id_name: str, text: str) -> Iterator[_Made]:
    known = {parameter.name for parameter in listing.parameters_in("query")}
    for page in range(1, _MOST_PAGES + 1):
        asked = {"search": text, "page": page, "limit": _PAGE}
        query = {name: value for name, value in asked.items() if name in known}
        try:
            answer = api.send(listing.operation_id, query=query).succeeds()
        except _TROUBLES:
            return
        rows = _list_rows(answer)
        for row in rows:
            label = next((v for v in row.values() if isinstance(v, str) and is_marked(v)), None)
            if label and isinstance(row.get(id_name), str):
                yield _Made(id_name, row[id_name], api.target.api_key, f"{label} ({row[id_name]})")
        if len(rows) < _PAGE or "page" not in known:
            return


def _list_rows(answer: Any) -> list[dict[str, Any]]:
    """Return the rows of an answer; none for an unexpected shape."""
    values = answer.values() if isinstance(answer, dict) else [answer]
    rows = next((value for value in values if isinstance(value, list)), [])
    return [row for row in rows if isinstance(row, dict)]


def _is_collection(spec: Spec, path: str, id_name: str) -> bool:
    single = find_delete(spec, id_name)
    bulk = _find_bulk_delete(spec, id_name)
    return bool(single and single.path.rpartition("/")[0] == path) or bool(
        bulk and bulk[1] == "" and bulk[0].path == path
    )


def _find_listing(spec: Spec, path: str) -> Operation | None:
    return next((o for o in spec.operations.values() if o.method == "GET" and o.path == path), None)


def _row_fields(listing: Operation) -> set[str]:
    """Return the fields that the rows of a list have."""
    for schema in non_null(listing.answer).get("properties", {}).values():
        if "items" in non_null(schema):
            return set(non_null(non_null(schema)["items"]).get("properties", {}))
    return set()
