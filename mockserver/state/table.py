"""Records by id, in the order they came, with indexes."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from threading import RLock
from typing import Any, Generic, TypeVar, cast
from weakref import ReferenceType, ref

from ..errors import ApiError
from .undo_log import UndoLog
from .views import Newest, NewestOf, View

R = TypeVar("R")

Watcher = Callable[[R | None, R | None], None]
"""Called after each change with the record before and the one after; None where there is none."""

MOST_UNREAD = 1000
"""How many changes, beside twice as many as there are records, a view notes before it is dropped."""
Index = dict[Hashable, dict[str, None]]
"""Value → ids of the records that have it, in the order they came."""
_NONE: dict[str, None] = {}

MOST_VIEWS = 8
"""How many views a table keeps; the one not read for longest goes first."""


class Table(Generic[R]):
    """The records of one kind in one workspace.

    `record` is their class, `key` the attribute that identifies one, `missing` the name of the error
    for an id that is not there, `indexes` what else records are looked up by. Records must not change
    in place.

    The records are one dict. `copy` and `fill` share it, and who changes a shared one copies it first. An
    index is made when it is first read. So a copy of a workspace costs what is changed and read in it.
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
        """Notes each change before it is made."""
        self.lock = RLock()
        """Held by a thread that changes records; a reader need not hold it."""
        self._followers: list[ReferenceType[set[str]]] = []
        self._watchers: list[Watcher[R]] = []
        self._views: dict[Hashable, View[R]] = {}
        self._numbers: dict[str, int] = {}
        """Id → number in the order the records came; since they were first asked for."""
        self._numbered: dict[int, str] = {}
        """Number → id."""
        self._is_numbered = False
        self._records: dict[str, R] = {}
        self._is_shared = False
        """Whether a snapshot holds this dict of records, too."""
        self._indexers = dict(indexes or {})
        self._indexes: dict[str, Index] = {}
        """Those that were read."""

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
        return [self._records[key] for key in self._find_filed(index, value)]

    def count(self, index: str, value: Hashable) -> int:
        """Return how many records an index files under a value."""
        return len(self._find_filed(index, value))

    def put(self, record: R) -> R:
        """Add a record, or replace the one with its id; returns it."""
        key = getattr(record, self.key)
        old = self._records.get(key)
        undo_log = self.undo_log
        undo_log.changes += 1
        if undo_log.is_open:
            undo_log.note_put(self, key, old)
        if self._is_shared:
            self._own_records()
        for name, index in self._indexes.items():
            indexer = self._indexers[name]
            value = indexer(record)
            if old is not None and indexer(old) != value:
                _unfile(index, indexer(old), key)
            index.setdefault(value, {})[key] = None
        self._records[key] = record
        for follower in self._followers:  # `_note_changes`, without the call
            if (changed := follower()) is not None:
                changed.add(key)
        if self._is_numbered:
            if old is None:
                self._number((key,))
            self.touch(key)
        for watcher in self._watchers:
            watcher(old, record)
        return record

    def follow(self) -> set[str]:
        """Return a set that takes in the id of each record that is put or removed from now on.

        For a reader that looks at the changes later, all at once, and needs no record from before them. The
        reader empties the set, so the set holds at most the ids that changed since then. Following ends
        when the reader drops the set.
        """
        changed: set[str] = set()
        # A weak reference ends with its set, so nobody has to stop following.
        self._followers = [follower for follower in self._followers if follower() is not None]
        self._followers.append(ref(changed))
        return changed

    def count_followers(self) -> int:
        """Return how many followers there are."""
        return sum(follower() is not None for follower in self._followers)

    def watch(self, watcher: Watcher[R]) -> None:
        """Call `watcher` at each change from now on, until `forget_watchers`.

        For counts that must be right at once and need the record from before the change. A watcher slows each
        change more than a follower does.
        """
        self._watchers.append(watcher)

    def forget_watchers(self) -> None:
        """End all watching; what was kept beside the records is made anew when needed."""
        self._watchers.clear()

    def touch(self, key: str) -> None:
        """Let the views read a record again, because another record that its values follow from changed."""
        number = self._numbers.get(key)
        if number is not None:
            for view in self._views.values():
                view.changed.add(number)

    def list_newest(self) -> Sequence[R]:
        """Return all records, the last first; read page by page, it costs as much as the pages."""
        return Newest(self._records, self._records)

    def list_newest_where(self, index: str, value: Hashable) -> Sequence[R]:
        """Return the records that an index files under a value, the last first; see `list_newest`."""
        return Newest(self._records, self._find_filed(index, value))

    def list_newest_of(self, keys: Collection[str]) -> Sequence[R]:
        """Return the records with these ids, which must be there, the last first."""
        self._number_all()
        return NewestOf(self._records, keys, self._numbers.__getitem__)

    def view(
        self,
        name: Hashable,
        passes: Callable[[R], bool],
        value_of: Callable[[R], Any] | None = None,
        within: tuple[str, Hashable] | None = None,
    ) -> View[R]:
        """Return the view of this name, made at first; it follows the changes from then on.

        Views of different filters or sortings have different names. A caller that changes what `passes` or
        `value_of` read off other records calls `touch`. `within` is as for `View`.
        """
        view = self._views.pop(name, None)
        if view is None:
            self._number_all()
            if len(self._views) >= MOST_VIEWS:
                del self._views[next(iter(self._views))]
            view = View(self, passes, value_of, within)
        self._views[name] = view
        return view

    def list_numbers(self, within: tuple[str, Hashable] | None) -> list[int]:
        """Return the numbers of all records, or of those that an index files under a value; ascending."""
        if within is None:
            return list(self._numbers.values())
        return sorted(self._numbers[key] for key in self._find_filed(*within))

    def at(self, number: int) -> R | None:
        """Return the record with this number, or None when it is gone."""
        return self.find(self._numbered.get(number))

    def _drop_unread_views(self) -> None:
        """Drop the views that removed records have filled since somebody read them."""
        most = 2 * len(self._records) + MOST_UNREAD
        if any(len(view.changed) > most for view in self._views.values()):
            self._views = {name: view for name, view in self._views.items() if len(view.changed) <= most}

    def _number_all(self) -> None:
        if not self._is_numbered:
            self._is_numbered = True
            self._number(self._records)

    def _number(self, keys: Iterable[str]) -> None:
        first = next(reversed(self._numbered), -1) + 1
        for number, key in enumerate(keys, first):
            self._numbers[key] = number
            self._numbered[number] = key

    def find_index(self, name: str) -> Callable[[R], Hashable] | None:
        """Return what an index files a record under; None without such an index."""
        return self._indexers.get(name)

    def copy(self) -> Mapping[str, R]:
        """Return the records by id, as they are now; nobody changes the mapping any more."""
        self._is_shared = True
        return self._records

    def fill(self, records: Mapping[str, R]) -> None:
        """Replace all records by these, in a mapping that nobody changes any more."""
        self.undo_log.changes += 1
        if self.undo_log.is_open:
            self.undo_log.note_fill(self)
        gone, self._records = self._records, cast("dict[str, R]", records)
        self._is_shared = True
        self._views.clear()
        self._numbers.clear()
        self._numbered.clear()
        self._is_numbered = False
        self._indexes.clear()
        self._note_changes(gone)
        self._note_changes(records)
        for watcher in self._watchers:
            for record in gone.values():
                watcher(record, None)
            for record in records.values():
                watcher(None, record)

    def remove(self, key: str) -> None:
        """Remove the record with this id, which must be there."""
        self.undo_log.changes += 1
        if self.undo_log.is_open:
            self.undo_log.note_removal(self, (key,))
        if self._is_shared:
            self._own_records()
        record = self._records.pop(key)
        self._note_changes((key,))
        for name, index in self._indexes.items():
            _unfile(index, self._indexers[name](record), key)
        if self._is_numbered:
            self.touch(key)
            del self._numbered[self._numbers.pop(key)]
            self._drop_unread_views()
        for watcher in self._watchers:
            watcher(record, None)

    def _note_changes(self, keys: Iterable[str]) -> None:
        for follower in self._followers:
            if (changed := follower()) is not None:
                changed.update(keys)

    def _own_records(self) -> None:
        self._records = dict(self._records)
        self._is_shared = False

    def _find_filed(self, name: str, value: Hashable) -> dict[str, None]:
        """Return the ids that an index files under a value; the caller does not change them."""
        index = self._indexes.get(name)
        if index is None:
            with self.lock:  # a change meanwhile would miss the index
                index = self._indexes.get(name) or self._make_index(name)
        return index.get(value, _NONE)

    def _make_index(self, name: str) -> Index:
        index: Index = {}
        indexer = self._indexers[name]
        for key, record in self._records.items():
            index.setdefault(indexer(record), {})[key] = None
        self._indexes[name] = index
        return index


def _unfile(index: Index, value: Hashable, key: str) -> None:
    filed = index[value]
    del filed[key]
    if not filed:
        del index[value]
