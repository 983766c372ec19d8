"""Records of a table that are kept in a short form, among others that are kept as they are.

How it works: a `Segment` holds records in its own way, for example as columns, and makes one when somebody
reads it. A `Chain` is a mapping of all records in their order: dicts, and segments between them. What is
changed in a segment stands beside it. Why so: a record of its own costs ten times the memory, and a move of
the clock makes millions of which few are ever read.
"""

from collections.abc import (
    Callable,
    Hashable,
    ItemsView,
    Iterable,
    Iterator,
    MutableMapping,
    Sequence,
    ValuesView,
)
from typing import Any, Generic, Protocol, TypeVar

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Segment(Protocol[R_co]):
    """Records in order. It grows at its end at most; the rows before stay as they are."""

    def __len__(self) -> int:
        """Return how many rows there are."""

    def make(self, row: int, /) -> R_co:
        """Return the record of a row."""

    def outline(self, row: int, /) -> Any:
        """Return the outline of the record of a row (see `Table.outline`), without making the record."""

    def find_key(self, row: int, /) -> str:
        """Return the id of a row."""

    def find_row(self, key: str, /) -> int | None:
        """Return the row with an id; None when there is none."""

    def list_rows(self, index: str, value: Hashable, /) -> Sequence[int]:
        """Return the rows that an index of the table files under a value, ascending."""


class _Kept(Generic[R]):
    """A segment, and what was changed in it since."""

    __slots__ = ("changed", "gone", "segment")

    def __init__(
        self, segment: Segment[R], changed: dict[int, R | None] | None = None, gone: int = 0
    ) -> None:
        self.segment = segment
        self.changed: dict[int, R | None] = changed or {}
        """Row → the record in its place; None: it is gone."""
        self.gone = gone
        """How many rows are gone."""

    def find_row(self, key: str) -> int | None:
        row = self.segment.find_row(key)
        is_gone = row is not None and self.changed.get(row, self) is None
        return None if is_gone else row

    def read(self, row: int) -> R:
        changed = self.changed.get(row)
        return self.segment.make(row) if changed is None else changed

    def list_rows(self) -> Iterable[int]:
        rows, changed = range(len(self.segment)), self.changed
        return (row for row in rows if changed.get(row, self) is not None) if changed else rows

    def list_filed(self, index: str, value: Hashable, indexer: Callable[[R], Hashable]) -> Sequence[int]:
        rows, changed = self.segment.list_rows(index, value), self.changed
        if not changed:
            return rows
        moved = (row for row, record in changed.items() if record is not None and indexer(record) == value)
        return sorted([*(row for row in rows if row not in changed), *moved])

    def list_outlines(self, rows: Iterable[int], outline: Callable[[R], Any]) -> Iterator[Any]:
        for row in rows:
            changed = self.changed.get(row)
            yield self.segment.outline(row) if changed is None else outline(changed)


Part = dict[str, R] | _Kept[R]


class Chain(MutableMapping[str, R]):
    """All records of a table by id, in their order."""

    def __init__(self, parts: Iterable[Part[R]]) -> None:
        self._parts = list(parts)
        self._last: dict[str, R] = {}
        """Takes the new records."""
        self._parts.append(self._last)

    def __len__(self) -> int:
        return sum(
            len(part) if isinstance(part, dict) else len(part.segment) - part.gone for part in self._parts
        )

    def __getitem__(self, key: str) -> R:
        for part in reversed(self._parts):
            if isinstance(part, dict):
                if key in part:
                    return part[key]
            elif (row := part.find_row(key)) is not None:
                return part.read(row)
        raise KeyError(key)

    def __setitem__(self, key: str, record: R) -> None:
        if not self.set_kept(key, record):
            plain = (part for part in self._parts if isinstance(part, dict) and key in part)
            next(plain, self._last)[key] = record

    def __delitem__(self, key: str) -> None:
        for part in self._parts:
            if isinstance(part, dict):
                if key in part:
                    del part[key]
                    return
            elif (row := part.find_row(key)) is not None:
                part.changed[row] = None
                part.gone += 1
                return
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        for part in self._parts:
            if isinstance(part, dict):
                yield from part
            else:
                yield from (_find_key(part, row) for row in part.list_rows())

    def __reversed__(self) -> Iterator[str]:
        for part in reversed(self._parts):
            if isinstance(part, dict):
                yield from reversed(part)
            else:
                yield from (_find_key(part, row) for row in reversed(list(part.list_rows())))

    def values(self) -> ValuesView[R]:
        """Return the records; each is made when its turn comes."""
        return _Values(self)

    def items(self) -> ItemsView[str, R]:
        """Return ids and records; each is made when its turn comes."""
        return _Items(self)

    def iterate(self) -> Iterator[R]:
        """Yield the records; what is added meanwhile does not count."""
        for part in list(self._parts):
            if isinstance(part, dict):
                yield from list(part.values())
            else:
                yield from map(part.read, list(part.list_rows()) if part.changed else part.list_rows())

    def iterate_outlines(self, outline: Callable[[R], Any]) -> Iterator[Any]:
        """Yield the outlines of all records."""
        for part in list(self._parts):
            if isinstance(part, dict):
                yield from map(outline, list(part.values()))
            else:
                yield from part.list_outlines(part.list_rows(), outline)

    def iterate_plain(self) -> Iterator[tuple[str, R]]:
        """Yield ids and records of those that are in no segment: indexes of the table hold these."""
        for part in self._parts:
            if isinstance(part, dict):
                yield from part.items()

    def copy(self) -> "Chain[R]":
        """Return a chain that changes for itself."""
        return Chain(
            dict(part) if isinstance(part, dict) else _Kept(part.segment, dict(part.changed), part.gone)
            for part in self._parts
        )

    def set_kept(self, key: str, record: R) -> bool:
        """Put a record in the place of one in a segment; returns False when none has this id."""
        for part in self._parts:
            if not isinstance(part, dict) and (row := part.find_row(key)) is not None:
                part.changed[row] = record
                return True
        return False

    def is_kept(self, key: str) -> bool:
        """Return whether a segment has this id."""
        kept = (part for part in self._parts if not isinstance(part, dict))
        return any(part.find_row(key) is not None for part in kept)

    def is_plain(self, key: str) -> bool:
        """Return whether there is a record of this id that is in no segment."""
        return any(key in part for part in self._parts if isinstance(part, dict))

    def list_filed(
        self,
        keys: Iterable[str],
        index: str,
        value: Hashable,
        indexer: Callable[[R], Hashable],
        places: Sequence[int] | None = None,
    ) -> list[R]:
        """Return the records that an index files under a value; `keys` are the ids of those in no segment.

        With `places` it makes only the records at these places.
        """
        found: list[tuple[Callable[[Any], R], Any]] = []
        for part in self._parts:
            if isinstance(part, dict):
                found += [(part.__getitem__, key) for key in keys if key in part]
            else:
                found += [(part.read, row) for row in part.list_filed(index, value, indexer)]
        wanted = found if places is None else map(found.__getitem__, places)
        return [read(at) for read, at in wanted]

    def outline_filed(
        self,
        keys: Iterable[str],
        index: str,
        value: Hashable,
        indexer: Callable[[R], Hashable],
        outline: Callable[[R], Any],
    ) -> list[Any]:
        """Return the outlines of what `list_filed` returns."""
        found: list[Any] = []
        for part in self._parts:
            if isinstance(part, dict):
                found += [outline(part[key]) for key in keys if key in part]
            else:
                found += part.list_outlines(part.list_filed(index, value, indexer), outline)
        return found

    def count_filed(self, index: str, value: Hashable, indexer: Callable[[R], Hashable]) -> int:
        """Return how many records of the segments an index files under a value."""
        kept = (part for part in self._parts if not isinstance(part, dict))
        return sum(len(part.list_filed(index, value, indexer)) for part in kept)


def chain(records: "dict[str, R] | Chain[R]", segment: Segment[R]) -> Chain[R]:
    """Return records with a segment behind them; what changes there changes `records`, too."""
    return Chain([*_list_parts(records), _Kept(segment)])


def unchain(records: "dict[str, R] | Chain[R]", segment: Segment[R]) -> "dict[str, R] | Chain[R]":
    """Return records as they are without a segment."""
    parts = [part for part in _list_parts(records) if isinstance(part, dict) or part.segment is not segment]
    return parts[0] if len(parts) == 1 and isinstance(parts[0], dict) else Chain(parts)


def _list_parts(records: "dict[str, R] | Chain[R]") -> list[Part[R]]:
    """Return the parts; empty dicts at the end are left out, and two dicts in a row do not occur."""
    if isinstance(records, dict):
        return [records]
    parts = list(records._parts)
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def _find_key(part: _Kept[Any], row: int) -> str:
    return part.segment.find_key(row)  # a record that is put in its place has the same id


class _Values(ValuesView[R]):
    def __init__(self, chain: Chain[R]) -> None:
        super().__init__(chain)
        self._chain = chain

    def __iter__(self) -> Iterator[R]:
        return self._chain.iterate()


class _Items(ItemsView[str, R]):
    def __init__(self, chain: Chain[R]) -> None:
        super().__init__(chain)
        self._chain = chain

    def __iter__(self) -> Iterator[tuple[str, R]]:
        return zip(self._chain, self._chain.iterate(), strict=True)
