"""Coverage: which operations, statuses, errors and fields of the contract exchanges have met.

How it counts: an operation is met when it is called. A status is met when an operation answers it; the
successes of an operation are one, and so is a status that every operation documents, whoever answers it. An
error is met by its body, whichever operation answers it. A field is met where it is sent or answered: a
parameter of the query, and each property of a body, of an answer with a 2xx, and of what they hold.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from .error_bodies import fits
from .schemas import Schema, non_null
from .spec import JSON_TYPE, DocumentedError, Operation, Spec

KINDS = ("operations", "statuses", "errors", "fields")
_UNPROCESSABLE = 422
"""Its bodies name the violations of the request, so that none is an error by itself."""

Item = tuple[str, str]
"""A kind and a name, for example `("statuses", "getCampaign 404")`."""


class Coverage:
    """What exchanges have met of one contract."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._operations = spec.operations
        everywhere = frozenset.intersection(*(each.statuses for each in spec.operations.values()))
        self._common = frozenset(status for status in everywhere if status >= 400)
        self._errors = {
            each.name: each
            for each in (*spec.server_errors.values(), *_list_errors(spec))
            if each.status != _UNPROCESSABLE
        }
        self.items = frozenset(self._list_items())
        """All that can be met."""
        self.met: set[Item] = set()

    def add(
        self,
        operation_id: str | None,
        status: int,
        *,
        query: Iterable[str] = (),
        request: Any = None,
        parts: Iterable[str] = (),
        response: Any = None,
    ) -> None:
        """Count an exchange: the names in its query, its bodies as JSON values, the parts of a form."""
        for error in self._errors.values():
            if error.status == status and fits(error, response):
                self.met.add(("errors", error.alternative_of or error.name))
        operation = self._operations.get(operation_id or "")
        if operation is None:
            return
        found: set[Item] = {("operations", operation.operation_id), self._name_status(operation, status)}
        aliases = {each.name: each.alias_of or each.name for each in operation.parameters}
        begin = f"{operation.operation_id} request"
        found |= {("fields", f"{begin} ?{aliases.get(name, name)}") for name in query}
        found |= {("fields", f"{begin} {name}") for name in parts}
        if operation.body is not None:
            found |= {("fields", f"{begin} {place}") for place in _walk(operation.body, request, "")}
        if 200 <= status < 300 and operation.answer_type == JSON_TYPE:
            places = _walk(operation.answer, response, "")
            found |= {("fields", f"{operation.operation_id} answer {place}") for place in places}
        self.met |= found & self.items

    def count(self, kind: str) -> tuple[int, int]:
        """Return how many items of a kind were met, and how many there are."""
        return sum(each[0] == kind for each in self.met), sum(each[0] == kind for each in self.items)

    @property
    def share(self) -> float:
        """The mean of the shares of the four kinds, in percent."""
        counts = [self.count(kind) for kind in KINDS]
        return sum(100 * met / total for met, total in counts) / len(counts)

    def list_unmet(self, kind: str) -> list[str]:
        """Return the names of a kind that were not met, sorted."""
        return sorted(name for each, name in self.items - self.met if each == kind)

    def describe(self) -> dict[str, Any]:
        """Return shares and what was not met, as plain values."""
        kinds = {
            kind: {"met": met, "total": total, "unmet": self.list_unmet(kind)}
            for kind in KINDS
            for met, total in (self.count(kind),)
        }
        return {"share": round(self.share, 1), **kinds}

    def render(self, most: int = 10) -> str:
        """Return a table of the shares, with the first names of each kind that were not met."""
        lines = [f"coverage of openapi.yaml: {self.share:.0f} %"]
        for kind in KINDS:
            met, total = self.count(kind)
            unmet = self.list_unmet(kind)
            shown = ", ".join(unmet[:most]) + (f", and {len(unmet) - most} more" if len(unmet) > most else "")
            told = f"  not met: {shown}" if unmet else ""
            lines.append(f"  {kind:10} {met:4} of {total:4} {100 * met // total:3} %{told}")
        return "\n".join(lines)

    # ---- what there is

    def _list_items(self) -> Iterator[Item]:
        yield from (("errors", each.name) for each in self._errors.values() if not each.alternative_of)
        for operation in self._operations.values():
            yield "operations", operation.operation_id
            yield from (self._name_status(operation, status) for status in operation.statuses)
            begin = f"{operation.operation_id} request"
            for parameter in operation.parameters_in("query"):
                yield "fields", f"{begin} ?{parameter.alias_of or parameter.name}"
            yield from (("fields", f"{begin} {place}") for place in _list_places(operation.body or {}, ""))
            if operation.answer_type == JSON_TYPE:
                places = _list_places(operation.answer, "")
                yield from (("fields", f"{operation.operation_id} answer {place}") for place in places)

    def _name_status(self, operation: Operation, status: int) -> Item:
        if status in self._common:
            return "statuses", f"any {status}"
        return "statuses", f"{operation.operation_id} {'2xx' if 200 <= status < 300 else status}"


def _list_errors(spec: Spec) -> Iterator[DocumentedError]:
    for operation in spec.operations.values():
        yield from operation.errors.values()


def _list_places(raw: Schema, place: str) -> Iterator[str]:
    """Yield the places of all properties of a schema, such as `variants.variant_name`."""
    schema = non_null(raw)
    for name, inner in schema.get("properties", {}).items():
        where = f"{place}.{name}".lstrip(".")
        yield where
        yield from _list_places(inner, where)
    if isinstance(schema.get("items"), dict):
        yield from _list_places(schema["items"], place)


def _walk(raw: Schema, value: Any, place: str) -> Iterator[str]:
    """Yield the places of the properties of a value that its schema names."""
    schema = non_null(raw)
    if isinstance(value, list):
        for item in value:
            yield from _walk(schema.get("items", {}), item, place)
    elif isinstance(value, dict):
        properties = schema.get("properties", {})
        for name in value.keys() & properties.keys():
            where = f"{place}.{name}".lstrip(".")
            yield where
            yield from _walk(properties[name], value[name], where)
