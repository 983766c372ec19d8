"""Lists of a workspace: what was there before a run, and what carries a marker."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import requests

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import deletes
from ..safety.documented import find_label, find_own_id, list_id_names, row_schema
from ..safety.guard import GuardError
from ..safety.ledger import carries
from ..verdict.outcomes import DifferenceError, UncheckedError, UndocumentedDifferenceError
from .api import Api

_MOST_PAGES = 20
PAGE = 100
TROUBLES = (
    DifferenceError,
    UndocumentedDifferenceError,
    UncheckedError,
    GuardError,
    requests.RequestException,
    KeyError,
    TypeError,
)
"""What a request during the cleanup may meet."""


@dataclass(frozen=True, slots=True)
class Made:
    """A resource to delete."""

    id_name: str
    value: str
    key: str
    name: str = ""

    @property
    def label(self) -> str:
        """How reports name it."""
        return f"{self.id_name} {self.value}" + (f" {self.name!r}" if self.name else "")


@dataclass(frozen=True, slots=True)
class Collection:
    """A list of resources that can be deleted."""

    id_name: str
    label: str
    """The field of a row that names the resource."""
    listing: Operation


def list_collections(spec: Spec) -> list[Collection]:
    """Return the lists of openapi.yaml whose resources an operation deletes."""
    id_names = list_id_names(spec)
    found = []
    for listing in spec.operations.values():
        schema = row_schema(listing) if listing.method == "GET" else None
        if schema is None or listing.parameters_in("path"):
            continue
        id_name, label = find_own_id(schema, id_names), find_label(schema)
        if id_name and label and _is_collection(spec, listing.path, id_name):
            found.append(Collection(id_name, label, listing))
    return found


def remember_existing(api: Api) -> None:
    """List what the workspaces have before the run makes anything; the run never touches it."""
    with api.judge.suspended():
        for key in dict.fromkeys((api.target.api_key, api.target.second_key)):
            for collection in list_collections(api.spec) if key else ():
                pages = list(_walk(api, collection, {}, key))
                api.ledger.note_existing([rows for rows, _ in pages])
                if not pages or not pages[-1][1]:
                    api.ledger.unlisted.add(collection.id_name)


def find_marked(api: Api, markers: Iterable[str], keys: Iterable[str]) -> Iterator[Made]:
    """Yield the listed resources whose name begins with a marker, or whose address is of such a run."""
    for key in keys:
        for collection in list_collections(api.spec):
            for marker in markers:
                for rows, _ in _walk(api, collection, {"search": marker.strip("[]")}, key):
                    for row in rows:
                        text, value = row.get(collection.label), row.get(collection.id_name)
                        if isinstance(text, str) and isinstance(value, str) and carries(marker, text):
                            yield Made(collection.id_name, value, key, text)


@lru_cache(maxsize=1024)
def find_delete(spec: Spec, id_name: str) -> Operation | None:
    """Return the operation that deletes a resource by this id alone, or None."""
    for operation in spec.operations.values():
        names = [parameter.name for parameter in operation.parameters_in("path")]
        if operation.method == "DELETE" and names == [id_name] and operation.path.endswith("}"):
            return operation
    return None


@lru_cache(maxsize=1024)
def find_bulk_delete(spec: Spec, id_name: str) -> tuple[Operation, str] | None:
    """Return the operation that deletes several resources, and the field of the ids; "" is the body."""
    for operation in spec.operations.values():
        if deletes(operation) and operation.body and not operation.parameters_in("path"):
            if f"{id_name}s" in non_null(operation.body).get("properties", {}):
                return operation, f"{id_name}s"
            schema = _find_rows(spec, operation.path)
            if operation.method == "DELETE" and schema and id_name in schema.get("properties", {}):
                return operation, ""
    return None


def list_rows(answer: Any) -> list[dict[str, Any]]:
    """Return the rows of an answer; none for an unexpected shape."""
    values = answer.values() if isinstance(answer, dict) else [answer]
    rows = next((value for value in values if isinstance(value, list)), [])
    return [row for row in rows if isinstance(row, dict)]


def _walk(
    api: Api, collection: Collection, query: dict[str, Any], key: str
) -> Iterator[tuple[list[dict[str, Any]], bool]]:
    """Yield the rows of each page, and whether it is the last; end also where pages would never end."""
    listing, seen = collection.listing, set[str]()
    known = {parameter.name for parameter in listing.parameters_in("query")}
    for page in range(1, _MOST_PAGES + 1):
        asked = {**query, "page": page, "limit": PAGE}
        sent = {name: value for name, value in asked.items() if name in known}
        try:
            answer = api.send(listing.operation_id, query=sent, key=key).succeeds()
        except TROUBLES:
            return
        rows = list_rows(answer)
        new = {str(row.get(collection.id_name)) for row in rows} - seen
        seen |= new
        is_last = not rows or "page" not in known or len(seen) >= _read_total(answer)
        yield rows, is_last
        if is_last or not new:
            return


def _read_total(answer: Any) -> float:
    """Return how many rows there are; infinity where the answer does not say it on a full page."""
    paging = answer.get("pagination") if isinstance(answer, dict) else None
    total = paging.get("total") if isinstance(paging, dict) else None
    if type(total) is int:
        return total
    return float("inf") if len(list_rows(answer)) >= PAGE else 0


def _is_collection(spec: Spec, path: str, id_name: str) -> bool:
    single = find_delete(spec, id_name)
    bulk = find_bulk_delete(spec, id_name)
    return bool(single and single.path.rpartition("/")[0] == path) or bool(
        bulk and bulk[1] == "" and bulk[0].path == path
    )


def _find_rows(spec: Spec, path: str) -> dict[str, Any] | None:
    listing = next((o for o in spec.operations.values() if o.method == "GET" and o.path == path), None)
    return row_schema(listing) if listing else None
