"""Pools: the ids that the steps of a history have met, by their names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from mockserver.openapi.formats import is_uuid
from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import Operation, Spec

from .history import Pointer, Ref

_IN_ANSWER = "$response.body#/"
_MOST_PER_ANSWER = 8
"""How many ids of one name are taken from an answer; a page of a list has a hundred."""


@dataclass(frozen=True, slots=True)
class Known:
    """An id that a step has met."""

    value: str
    ref: Ref
    beside: Mapping[str, Any] = field(default_factory=dict)
    """Name → references to the ids that it stands beside, such as the campaign of a lead."""
    second: bool = False
    """Whether it belongs to the second workspace."""


class Pools:
    """The ids that a history has met so far."""

    def __init__(self, spec: Spec, random: Random) -> None:
        self._random = random
        self._known: dict[str, dict[str, Known]] = {}
        self._names = set(_list_names(spec))

    def note_answer(
        self, operation: Operation, number: int, path: Mapping[str, Any], value: Any, *, second: bool
    ) -> None:
        """Take the ids from the answer to a step."""
        counts: dict[str, int] = {}
        for name, pointer, text, row in _list_ids(value, ()):
            if name in self._names and is_uuid(text):
                counts[name] = counts.get(name, 0) + 1
                if counts[name] <= _MOST_PER_ANSWER:
                    siblings = {
                        other: Ref(number, (*pointer[:-1], other))
                        for other in self._names & row.keys()
                        if isinstance(row[other], str)
                    }
                    self._keep(name, Known(text, Ref(number, pointer), {**path, **siblings}, second))
        for name, pointer in _list_linked(operation):
            linked = _read(value, pointer)
            if isinstance(linked, str):
                self._keep(name, Known(linked, Ref(number, pointer), path, second))

    def add(self, name: str, value: str, number: int) -> None:
        """Add an id that the answer of a step has under this name."""
        self._keep(name, Known(value, Ref(number, (name,))))

    def _keep(self, name: str, known: Known) -> None:
        self._known.setdefault(name, {}).setdefault(known.value, known)

    @property
    def size(self) -> int:
        """How many ids are known."""
        return sum(map(len, self._known.values()))

    def has(self, name: str, *, second: bool = False) -> bool:
        """Return whether an id of this name is known in a workspace."""
        return any(known.second is second for known in self._known.get(name, {}).values())

    def choose(self, name: str, *, second: bool = False) -> Known:
        """Return one of the known ids, more often a late one; raises LookupError when there is none."""
        known = [each for each in self._known.get(name, {}).values() if each.second is second]
        if not known:
            raise LookupError(name)
        return known[-1 - int(len(known) * self._random.random() ** 2)]

    def list_recent(self, name: str, most: int, *, second: bool = False) -> list[Known]:
        """Return the ids met last, the last one first."""
        known = [each for each in self._known.get(name, {}).values() if each.second is second]
        return known[-most:][::-1]


def _list_names(spec: Spec) -> Iterator[str]:
    """Yield the names of ids that a request can hold."""
    for operation in spec.operations.values():
        yield from (each.name for each in operation.parameters if each.name.endswith("_id"))
        yield from (name for name in _list_properties(operation.body or {}) if name.endswith("_id"))


def _list_properties(raw: Schema) -> Iterator[str]:
    schema = non_null(raw)
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from _list_properties(inner)
    if "items" in schema:
        yield from _list_properties(schema["items"])


def _list_ids(value: Any, pointer: Pointer) -> Iterator[tuple[str, Pointer, str, dict[str, Any]]]:
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str):
                yield name, (*pointer, name), item, value
            else:
                yield from _list_ids(item, (*pointer, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _list_ids(item, (*pointer, index))


def _list_linked(operation: Operation) -> Iterator[tuple[str, Pointer]]:
    for link in operation.responses[operation.status].get("links", {}).values():
        for name, expression in {**link.get("parameters", {}), **link.get("requestBody", {})}.items():
            if isinstance(expression, str) and expression.startswith(_IN_ANSWER):
                parts = expression.removeprefix(_IN_ANSWER).split("/")
                yield name, tuple(int(part) if part.isdecimal() else part for part in parts)


def _read(value: Any, pointer: Pointer) -> Any:
    for part in pointer:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value
