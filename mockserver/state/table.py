"""Records by id, in the order they came, with indexes."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar
from weakref import ReferenceType, ref

from ..errors import ApiError
from .undo_log import UndoLog

R = TypeVar("R")


class Table(Generic[R]):
    """The records of one kind in one workspace.

    `record` is their class, `key` the attribute that identifies one, `missing` the name of the error
    for an id that is not there, `indexes` what else records are looked up by. Records must not change
    in place.
    """

    def __init__(
        self,
        record: type[R],
        key: str,
        missing: str,
        indexes: Mapping[str, Callable[[R], Hashable]] | None = None,
    ) -> None:
        self.record = record
        self.key = key
        self._missing = missing
        self.undo_log = UndoLog()
        """Told of each change before it is made."""
        self._followers: list[ReferenceType[set[str]]] = []
        self._records: dict[str, R] = {}
        self._indexers = dict(indexes or {})
        self._indexes: dict[str, dict[Hashable, dict[str, None]]] = {name: {} for name in self._indexers}

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[R]:
        return iter(list(self._records.values()))

    def find(self, key: str | None) -> R | None:
        """Return the record with this id, or None; for None there is none."""
        return None if key is None else self._records.get(key)

    def get(self, key: str) -> R:
        """Return the record with this id; raises the table's ApiError when there is none."""
        record = self._records.get(key)
        if record is None:
            raise ApiError(self._missing)
        return record

    def where(self, index: str, value: Hashable) -> list[R]:
        """Return the records that an index files under a value, oldest first."""
        return [self._records[key] for key in self._indexes[index].get(value, ())]

    def count(self, index: str, value: Hashable) -> int:
        """Return how many records an index files under a value."""
        return len(self._indexes[index].get(value, ()))

    def put(self, record: R) -> R:
        """Add a record, or replace the one with its id; returns it."""
        key = getattr(record, self.key)
        old = self._records.get(key)
        if self.undo_log.is_open:
            self.undo_log.note_put(self, key, old)
        for name, indexer in self._indexers.items():
            value = indexer(record)
            if old is not None and indexer(old) != value:
                self._unfile(name, indexer(old), key)
            self._indexes[name].setdefault(value, {})[key] = None
        self._records[key] = record
        for follower in self._followers:  # `_note_changes`, without the call
            if (changed := follower()) is not None:
                changed.add(key)
        return record

    def follow(self) -> set[str]:
        """Return a set that takes in the id of each record that is put or removed from now on.

        Each follower has its own set. It empties the set when it has read it, so the set holds at most the
        ids that changed since. It ends by letting go of the set. A table without followers notes nothing.
        """
        changed: set[str] = set()
        # A weak reference ends with its set, so nobody has to stop following.
        self._followers = [follower for follower in self._followers if follower() is not None]
        self._followers.append(ref(changed))
        return changed

    def count_followers(self) -> int:
        """Return how many followers there are."""
        return sum(follower() is not None for follower in self._followers)

    def find_index(self, name: str) -> Callable[[R], Hashable] | None:
        """Return what an index files a record under; None without such an index."""
        return self._indexers.get(name)

    def copy(self) -> dict[str, R]:
        """Return the records by id."""
        return dict(self._records)

    def fill(self, records: Mapping[str, R]) -> None:
        """Replace all records by these."""
        if self.undo_log.is_open:
            self.undo_log.note_removal(self, self._records)
        self._note_changes(self._records)
        self._records.clear()
        for index in self._indexes.values():
            index.clear()
        for record in records.values():
            self.put(record)

    def remove(self, key: str) -> None:
        """Remove the record with this id, which must be there."""
        if self.undo_log.is_open:
            self.undo_log.note_removal(self, (key,))
        record = self._records.pop(key)
        self._note_changes((key,))
        for name, indexer in self._indexers.items():
            self._unfile(name, indexer(record), key)

    def _note_changes(self, keys: Iterable[str]) -> None:
        for follower in self._followers:
            if (changed := follower()) is not None:
                changed.update(keys)

    def _unfile(self, index: str, value: Hashable, key: str) -> None:
        filed = self._indexes[index][value]
        del filed[key]
        if not filed:
            del self._indexes[index][value]
