"""Removing what runs made."""

from collections.abc import Iterator
from typing import Any

import requests

from mockserver.spec import Operation, Spec

from .api import Api
from .guard import GuardError
from .ledger import MAIL_DOMAIN, MARKER_START, is_marked
from .outcomes import DifferenceError, UncheckedError, UndocumentedDifferenceError

_MOST_PAGES = 50
_TROUBLES = (
    DifferenceError,
    UndocumentedDifferenceError,
    UncheckedError,
    GuardError,
    requests.RequestException,
)


def remove_all(api: Api) -> tuple[str, ...]:
    """Delete what this run made, newest first; returns what could not be removed."""
    api.session.exempt = True
    left = []
    with api.judge.aside():
        for id_name, value, key in reversed(list(api.ledger.made)):
            operation = find_delete(api.spec, id_name)
            if operation is not None and not _delete(api, operation, id_name, value, key):
                left.append(f"{id_name} {value}")
    return tuple(left)


def remove_marked(api: Api) -> tuple[list[str], list[str]]:
    """Find what any run of this suite left, by its marker, and delete it.

    Returns what was removed and what could not be.
    """
    api.session.exempt = True
    removed: list[str] = []
    left: list[str] = []
    with api.judge.aside():
        for operation in api.spec.operations.values():
            id_name = operation.parameters_in("path")[-1].name if operation.parameters_in("path") else ""
            if operation.method != "DELETE" or not operation.path.endswith("{" + id_name + "}"):
                continue
            for value, label in _find_marked(api, operation, id_name):
                api.ledger.claim(id_name, value, api.target.api_key)
                done = _delete(api, operation, id_name, value, api.target.api_key)
                (removed if done else left).append(f"{label} ({value})")
    return removed, left


def find_delete(spec: Spec, id_name: str) -> Operation | None:
    """Return the operation that deletes what an id names, if that id alone is enough."""
    for operation in spec.operations.values():
        names = [parameter.name for parameter in operation.parameters_in("path")]
        if operation.method == "DELETE" and names == [id_name] and operation.path.endswith("}"):
            return operation
    return None


def _delete(api: Api, operation: Operation, id_name: str, value: str, key: str) -> bool:
    path = {id_name: value}
    try:
        reply = api.send(operation.operation_id, path=path, key=key)
        if reply.status == 400 and id_name == "campaign_id":
            # one that is active; also an inbox is free once the campaigns of the run are gone
            api.send("pauseCampaign", path=path, key=key)
            reply = api.send(operation.operation_id, path=path, key=key)
    except _TROUBLES:
        return False
    return reply.is_success or reply.status == 404


def _find_marked(api: Api, delete: Operation, id_name: str) -> Iterator[tuple[str, str]]:
    collection = delete.path.rpartition("/")[0]
    listing = next(
        (o for o in api.spec.operations.values() if o.method == "GET" and o.path == collection), None
    )
    if listing is None:
        return
    for start in (MARKER_START, MAIL_DOMAIN):
        for page in range(1, _MOST_PAGES + 1):
            query = {"search": start, "page": page, "limit": 100}
            answer = api.send(listing.operation_id, query=query).succeeds()
            rows: list[dict[str, Any]] = next((v for v in answer.values() if isinstance(v, list)), [])
            for row in rows:
                label = next((v for v in row.values() if isinstance(v, str) and is_marked(v)), None)
                if label and isinstance(row.get(id_name), str):
                    yield row[id_name], label
            if len(rows) < 100:
                break
