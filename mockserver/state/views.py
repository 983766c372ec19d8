"""Records of a table in an order, found page by page without a look at all of them."""

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar, overload

from .segments import Chain

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

_REBUILD_SHARE = 8
"""A view is built anew when more than one in so many of its records changed: sorting is faster then."""


class Numbered(Protocol[R_co]):
    """Records that are numbered in the order they came."""

    def __len__(self) -> int:
        """Return how many records there are."""

    def count(self, index: str, value: Hashable, /) -> int:
        """Return how many records an index files under a value."""

    def list_numbers(self, within: tuple[str, Hashable] | None, /) -> list[int]:
        """Return the numbers of all records, or of those that an index files under a value; ascending."""

    def at(self, number: int, /) -> R_co | None:
        """Return the record with this number, or None when it is gone."""


class _Page(Sequence[R]):
    """A sequence that is read by slices; its length is known without them."""

    def _slice(self, start: int, stop: int) -> list[R]:
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> list[R]: ...
    def __getitem__(self, index: int | slice) -> R | list[R]:
        if isinstance(index, int):
            place = range(len(self))[index]
            return self._slice(place, place + 1)[0]
        start, stop, step = index.indices(len(self))
        if step != 1:
            raise ValueError("only slices without a step are read")
        return self._slice(start, max(start, stop))

    def __iter__(self) -> Iterator[R]:
        return iter(self[:])


class Newest(_Page[R]):
    """Records by id, the last first. A page costs as much as the records on it and before it."""

    def __init__(self, records: Mapping[str, R], keys: dict[str, Any] | tuple[str, ...] | Chain[Any]) -> None:
        self._records = records
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def _slice(self, start: int, stop: int) -> list[R]:
        return [self._records[key] for key in islice(reversed(self._keys), start, stop)]


class NewestOf(_Page[R]):
    """The records with some ids, which are all there, the last first. They are sorted when they are read."""

    def __init__(
        self, records: Mapping[str, R], keys: Collection[str], find_number: Callable[[str], int]
    ) -> None:
        self._records = records
        self._keys = keys
        self._find_number = find_number

    def __len__(self) -> int:
        return len(self._keys)

    def _slice(self, start: int, stop: int) -> list[R]:
        keys = sorted(self._keys, key=self._find_number, reverse=True)[start:stop]
        return [self._records[key] for key in keys]


class Window(_Page[R]):
    """What stands from one place to another in a sequence that is read by slices."""

    def __init__(self, records: Sequence[R], start: int, stop: int) -> None:
        self._records = records
        self._start = start
        self._size = stop - start

    def __len__(self) -> int:
        return self._size

    def _slice(self, start: int, stop: int) -> list[R]:
        return list(self._records[self._start + start : self._start + stop])


class View(Generic[R]):
    """The records that pass a filter, sorted by a value; without `value_of`, in the order they came.

    `within` names an index of the table and a value of it that all of them are filed under, if any.

    The table adds the number of each record that it changes to `changed`; the view looks at those again
    when it is read, so that a change costs little and a read as much as changed since the last one.
    """

    def __init__(
        self,
        table: Numbered[R],
        passes: Callable[[R], bool],
        value_of: Callable[[R], Any] | None = None,
        within: tuple[str, Hashable] | None = None,
    ) -> None:
        self.changed: set[int] = set()
        self._table = table
        self._within = within
        self._passes = passes
        self._value_of = value_of
        self._sorted: list[Any] = []
        """Numbers; with a value to sort by, pairs of value and number."""
        self._valueless: list[int] = []
        """The numbers of those whose value is None."""
        self._values: dict[int, Any] = {}
        """Number → value by which it is sorted."""
        self._build()

    def read(self, *, descending: bool = False) -> Sequence[R]:
        """Return the records as they are sorted now; valid until the next change.

        Equal ones stand in the order they came, turned round when descending. Those without a value
        stand last, in the order they came.
        """
        if len(self.changed) * _REBUILD_SHARE > self._count_candidates():
            self._build()
        for number in self.changed:
            self._remove(number)
            record = self._table.at(number)
            if record is not None and self._passes(record):
                self._add(number, record)
        self.changed.clear()
        return _Reading(self, descending=descending)

    def count(self) -> int:
        """Return how many records there were when it was read."""
        return len(self._sorted) + len(self._valueless)

    def list_records(self, start: int, stop: int, *, descending: bool) -> list[R]:
        """Return the records from one place to another as they were sorted when it was read."""
        size = len(self._sorted)
        if descending:
            entries = self._sorted[max(0, size - stop) : max(0, size - start)][::-1]
        else:
            entries = self._sorted[start:stop]
        numbers = entries if self._value_of is None else [number for _, number in entries]
        numbers = numbers + self._valueless[max(0, start - size) : max(0, stop - size)]
        return [record for record in map(self._table.at, numbers) if record is not None]

    def _count_candidates(self) -> int:
        return self._table.count(*self._within) if self._within else len(self._table)

    def _build(self) -> None:
        self._sorted, self._valueless, self._values = [], [], {}
        for number in self._table.list_numbers(self._within):
            record = self._table.at(number)
            if record is not None and self._passes(record):
                self._add(number, record, self._sorted.append)
        if self._value_of is not None:
            self._sorted.sort()
        self.changed.clear()

    def _add(self, number: int, record: R, append: Callable[[Any], None] | None = None) -> None:
        append = append or (lambda entry: insort(self._sorted, entry))
        if self._value_of is None:
            append(number)
            return
        value = fold(self._value_of(record))
        if value is None:
            insort(self._valueless, number)
        else:
            self._values[number] = value
            append((value, number))

    def _remove(self, number: int) -> None:
        if self._value_of is None:
            _take_out(self._sorted, number)
        elif number in self._values:
            _take_out(self._sorted, (self._values.pop(number), number))
        else:
            _take_out(self._valueless, number)


class _Reading(_Page[R]):
    def __init__(self, view: View[R], *, descending: bool) -> None:
        self._view = view
        self._descending = descending

    def __len__(self) -> int:
        return self._view.count()

    def _slice(self, start: int, stop: int) -> list[R]:
        return self._view.list_records(start, stop, descending=self._descending)


def fold(value: Any) -> Any:
    """Return what a value is sorted by: texts without regard to letter case, then with it."""
    return (value.casefold(), value) if isinstance(value, str) else value


def _take_out(entries: list[Any], entry: Any) -> None:
    place = bisect_left(entries, entry)
    if place < len(entries) and entries[place] == entry:
        del entries[place]
