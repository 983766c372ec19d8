"""Histories: steps that name what earlier steps made, so that any server can be asked them again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

from ..inputs.encoding import CSV_TYPE, File, write_csv, write_other_csv

Pointer = tuple[str | int, ...]


class UnknownReferenceError(LookupError):
    """An earlier answer lacks what a step refers to."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A value in the answer of an earlier step; step 0 is before the first: what was there already."""

    step: int
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class Mark:
    """A text that carries the marker of the run and is another one in each replay."""

    kind: str
    """`name`, `email`, `token`, `day`, `noon` of a day, or `unknown`: an id that no server has.

    `host` is a domain; the set-up of `failing` fails, and nobody sets the nameservers of `undelegated`, as
    openapi.yaml says of the mock.
    """
    text: str = ""
    """What it contains besides; of a `day`, how many days after the first it is."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A CSV file; each row has the fields of the first."""

    rows: tuple[tuple[tuple[str, Any], ...], ...]
    delimiter: str = ","
    has_blank_lines: bool = False
    is_of_spreadsheet: bool = False
    """Whether it is written as spreadsheet programs do, with a BOM and all in quotes."""
    name: str = "file"
    """What the file is called, without `.csv`."""


@dataclass(frozen=True, slots=True)
class Step:
    """A call of an operation, or an event that no request causes."""

    operation: str
    """The operationId; for an event `reply`, `wait` or the kind of a lead's event."""
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    """None: no body."""
    second: bool = False
    """Whether the key of the second workspace is sent."""
    is_event: bool = False

    def list_references(self) -> set[int]:
        """Return the steps that this one refers to."""
        return {ref.step for ref in _list_refs([dict(self.path), dict(self.query), self.body])}


History = Sequence[Step]


def _list_refs(value: Any) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Rows):
        yield from _list_refs([item for row in value.rows for _, item in row])
    elif isinstance(value, dict):
        yield from _list_refs(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _list_refs(item)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marked texts of one replay."""

    marker: str
    domain: str
    salt: str
    """A short text that no other replay has."""
    unknown: str
    """An id that no server has."""
    first_day: date
    """The day on which the replay begins."""

    def render(self, mark: Mark) -> str:
        """Return the text of a mark."""
        if mark.kind in ("day", "noon"):
            day = (self.first_day + timedelta(days=int(mark.text))).isoformat()
            return day if mark.kind == "day" else f"{day}T12:00:00Z"
        return {
            "name": f"{self.marker} {self.salt} {mark.text}",
            "email": f"{mark.text}.{self.salt}@{self.domain}",
            "host": f"h{mark.text}{self.salt}.{self.domain}",
            "failing": f"failing.{mark.text}{self.salt}.{self.domain}",
            "undelegated": f"h{mark.text}{self.salt}.invalid",
            "unknown": self.unknown,
        }.get(mark.kind, self.salt)


@dataclass(slots=True)
class Answers:
    """What one server has answered so far, which the values of later steps follow from."""

    marks: Marks
    values: dict[int, Any] = field(default_factory=dict)
    """Number of a step, the first is 1 → JSON value of its answer."""

    def resolve(self, value: Any, follow: Callable[[Ref], Any] | None = None) -> Any:
        """Return a value with all marks and references filled in, the latter by `follow` if given.

        Raises UnknownReferenceError.
        """
        if isinstance(value, Ref):
            return (follow or self._follow)(value)
        if isinstance(value, Mark):
            return self.marks.render(value)
        if isinstance(value, Rows):
            rows = [{name: str(self.resolve(item)) for name, item in row} for row in value.rows]
            plain = partial(write_csv, delimiter=value.delimiter, blank_lines=value.has_blank_lines)
            content = (write_other_csv if value.is_of_spreadsheet else plain)(rows)
            return File(content, f"{value.name}.csv", CSV_TYPE)
        if isinstance(value, Mapping):
            return {name: self.resolve(item, follow) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.resolve(item, follow) for item in value]
        return value

    def _follow(self, ref: Ref) -> Any:
        value: Any = self.values.get(ref.step)
        for part in ref.pointer:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                raise UnknownReferenceError(f"step {ref.step} has no {ref.pointer}") from None
        return value
