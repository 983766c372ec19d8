"""Cleanup: delete what runs made."""

from collections.abc import Iterable
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..safety.ledger import is_named
from ..safety.run_file import RunFile, name_key
from .api import Api
from .collections import PAGE, TROUBLES, Made, find_bulk_delete, find_delete, find_marked, list_rows

_FEW = 3
"""Up to so many are deleted one by one."""
_MOST_SILENT = 3
"""After so many requests in a row without an answer, the rest is left."""


def remove_all(api: Api) -> tuple[str, ...]:
    """Delete what this run made, newest first; return what could not be deleted.

    What a request without an answer may have made is found by its name. Anything else that carries the
    marker, for example a copy that somebody made of a campaign, stays and is reported.
    """
    api.session.exempt = True
    api.session.silent = 0  # a server that was down may be back
    unclaimed: list[str] = []
    with api.judge.suspended():
        if api.ledger.made or api.ledger.unconfirmed:
            unclaimed = _claim_unconfirmed(api)
        made = [Made(*item) for item in reversed(list(api.ledger.made))]
        _, left = remove(api, made)
    return (*left, *unclaimed)


def find_left(api: Api, files: Iterable[RunFile], markers: Iterable[str]) -> tuple[list[Made], int]:
    """Find what earlier runs left: by the ids in their files, and by their markers.

    Returns the resources, and how many more were made with keys that nobody gave.
    """
    api.session.exempt = True
    keys = {name_key(key): key for key in (api.target.api_key, api.target.second_key) if key}
    files = list(files)
    found: dict[str, Made] = {}
    others = 0
    with api.judge.suspended():
        for made in find_marked(api, {*markers, *(file.marker for file in files)}, keys.values()):
            found.setdefault(made.value, made)
        for file in files:
            for value, (id_name, key_name) in list(file.made.items()):
                if key_name not in keys:
                    others += _can_be_deleted(api.spec, id_name)
                elif value not in found and _exists(api, id_name, value, keys[key_name]):
                    found[value] = Made(id_name, value, keys[key_name])
    return [made for made in found.values() if _can_be_deleted(api.spec, made.id_name)], others


def remove(api: Api, made: list[Made]) -> tuple[list[str], list[str]]:
    """Delete resources of the ledger until none of the rest can be deleted: one may depend on another.

    Returns what was deleted and what could not be.
    """
    gone: list[Made] = []
    waiting = [each for each in made if _can_be_deleted(api.spec, each.id_name)]
    while waiting and api.session.silent < _MOST_SILENT:
        for id_name in dict.fromkeys(each.id_name for each in waiting):
            alike = [each for each in waiting if each.id_name == id_name]
            gone += _remove_alike(api, id_name, alike)
        left = [each for each in waiting if each not in gone]
        if len(left) == len(waiting):
            break
        waiting = left
    for each in gone:
        api.ledger.forget(each.value)
    return [each.label for each in gone], [each.label for each in waiting]


def _claim_unconfirmed(api: Api) -> list[str]:
    """Claim what requests without an answer made; return what else carries the marker.

    Nobody else has addresses in the domain of the run, but somebody may have copied a name.
    """
    unclaimed = []
    ledger = api.ledger
    # an answer gave the id of everything that can be deleted, unless something is unconfirmed
    others = (
        key for name, _, key in ledger.made if ledger.unconfirmed or not _can_be_deleted(api.spec, name)
    )
    keys = dict.fromkeys((api.target.api_key, *others))
    for made in find_marked(api, [ledger.marker], keys):  # the ledger claims contacts as it reads
        if ledger.owns(made.value) or ledger.existed(made.value):
            continue
        folded = made.name.strip().casefold()
        if folded in ledger.unconfirmed or not is_named(ledger.marker, made.name):
            ledger.claim(made.id_name, made.value, made.key)
        else:
            unclaimed.append(f"{made.label}, which carries the marker, but which no answer named")
    return unclaimed


def _can_be_deleted(spec: Spec, id_name: str) -> bool:
    return find_delete(spec, id_name) is not None or find_bulk_delete(spec, id_name) is not None


def _exists(api: Api, id_name: str, value: str, key: str) -> bool:
    """Return whether a resource can be read; True where no operation reads it by its id alone."""
    for reader in api.spec.operations.values():
        names = [parameter.name for parameter in reader.parameters_in("path")]
        if reader.method == "GET" and names == [id_name] and reader.path.endswith("}"):
            try:
                return api.send(reader.operation_id, path={id_name: value}, key=key).status != 404
            except TROUBLES:
                return True
    return True


def _remove_alike(api: Api, id_name: str, alike: list[Made]) -> list[Made]:
    bulk = find_bulk_delete(api.spec, id_name)
    single = find_delete(api.spec, id_name)
    if bulk and (single is None or len(alike) > _FEW):
        gone = _delete_many(api, *bulk, alike)
        if gone or single is None:
            return gone
    return [each for each in alike if single and _delete(api, single, each)]


def _delete(api: Api, operation: Operation, each: Made) -> bool:
    if api.session.silent >= _MOST_SILENT:
        return False
    path = {each.id_name: each.value}
    try:
        reply = api.send(operation.operation_id, path=path, key=each.key)
        if reply.status == 400 and each.id_name == "campaign_id":
            # an ACTIVE campaign cannot be deleted, and keeps its sender accounts from being deleted
            api.send("pauseCampaign", path=path, key=each.key)
            reply = api.send(operation.operation_id, path=path, key=each.key)
    except TROUBLES:
        return False
    return reply.is_success or reply.status == 404


def _delete_many(api: Api, operation: Operation, field: str, alike: list[Made]) -> list[Made]:
    """Delete several with one request; return those that are surely deleted."""
    gone = []
    for key in dict.fromkeys(each.key for each in alike):
        mine = [each for each in alike if each.key == key]
        for start in range(0, len(mine), PAGE):
            part = mine[start : start + PAGE]
            values = [each.value for each in part]
            body = {field: values, **_confirm(operation)} if field else values
            try:
                answer = api.send(operation.operation_id, body=body, key=key).succeeds()
                done = _read_progress(api, operation, answer, key) if field else set(values)
            except TROUBLES:
                continue
            gone += [each for each in part if each.value in done]
    return gone


def _confirm(operation: Operation) -> dict[str, Any]:
    fields = non_null(operation.body or {})["properties"].items()
    confirmed = {name: Extensions(non_null(field)).confirms for name, field in fields}
    return {name: value for name, value in confirmed.items() if value is not None}


def _read_progress(api: Api, operation: Operation, answer: Any, key: str) -> set[str]:
    """Return the ids that the job of a deletion reports as DELETED."""
    for link in operation.responses[operation.status].get("links", {}).values():
        path = {name: str(answer[name]) for name in link["parameters"]}
        reported = api.send(link["operationId"], path=path, key=key).succeeds()
        done = [row for row in list_rows(reported) if row.get("status") == "DELETED"]
        return {value for row in done for value in row.values() if isinstance(value, str)}
    return set()
