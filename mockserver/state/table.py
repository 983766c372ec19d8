"""Records by id, in the order they came, with indexes."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from threading import RLock
from typing import Any, Generic, TypeVar, cast
from weakref import ReferenceType, ref

from ..errors import ApiError
from .indexes import Indexes
from .segments import Chain, Segment, chain, unchain
from .undo_log import UndoLog
from .views import Newest, NewestOf, View

R = TypeVar("R")
A = TypeVar("A")

Watcher = Callable[[R | None, R | None], None]
"""Called after each change with the record before and the one after; None where there is none."""

MOST_UNREAD = 1000
"""How many changes, beside twice as many as there are records, a view notes before it is dropped."""

MOST_VIEWS = 8
"""How many views a table keeps; the one not read for longest goes first."""


class Table(Generic[R]):
    """The records of one kind in one workspace.

    `record` is their class, `key` the attribute that identifies one, `missing` the name of the error
    for an id that is not there, `indexes` what else records are looked up by. Records must not change
    in place.

    The records are one mapping. `copy` and `fill` share it, and who changes a shared one copies it first. An
    index is made when it is first read. So a copy of a workspace costs what is changed and read in it. The
    mapping is a dict, or a `Chain` when segments hold some of the records; indexes hold the other ones.
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
        self._records: dict[str, R] | Chain[R] = {}
        self._is_shared = False
        """Whether a snapshot holds this mapping of records, too."""
        self._open: Segment[R] | None = None
        """A segment that grows."""
        self._indexes = Indexes(indexes or {})

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[R]:
        records = self._records
        return iter(list(records.values())) if isinstance(records, dict) else records.iterate()

    def find(self, key: str | None) -> R | None:
        """Return the record with this id, or None; for None there is none."""
        return None if key is None else self._records.get(key)

    def get(self, key: str) -> R:
        """Return the record with this id; raises the table's ApiError when there is none."""
        record = self._records.get(key)
        if record is None:
            raise ApiError(self._missing)
        return record

    def where(self, index: str, value: Hashable, places: Sequence[int] | None = None) -> list[R]:
        """Return the records that an index files under a value, oldest first; at `places`, if given."""
        keys, records = self._find_filed(index, value), self._records
        if isinstance(records, Chain):
            return records.list_filed(keys, index, value, self._indexes.indexers[index], places)
        return [records[key] for key in (keys if places is None else map(list(keys).__getitem__, places))]

    def count(self, index: str, value: Hashable) -> int:
        """Return how many records an index files under a value."""
        keys, records = self._find_filed(index, value), self._records
        if isinstance(records, dict):
            return len(keys)
        return len(keys) + records.count_filed(index, value, self._indexes.indexers[index])

    def outline(self, index: str, value: Hashable, outline: Callable[[R], A]) -> list[A]:
        """Return what `where` does, each record as its outline.

        An outline holds what the most frequent readers need. A segment has its outlines without making a
        record. All callers name the same function.
        """
        keys, records = self._find_filed(index, value), self._records
        if isinstance(records, Chain):
            return records.outline_filed(keys, index, value, self._indexes.indexers[index], outline)
        return [outline(records[key]) for key in keys]

    def outline_all(self, outline: Callable[[R], A]) -> Iterator[A]:
        """Yield the outlines of all records, in their order."""
        records = self._records
        if isinstance(records, Chain):
            return records.iterate_outlines(outline)
        return map(outline, list(records.values()))

    def is_plain(self, key: str) -> bool:
        """Return whether a record with this id is there and in no segment; costs no look at segments."""
        records = self._records
        return records.is_plain(key) if isinstance(records, Chain) else key in records

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
        records = self._records
        # Asked for a dictionary, which costs nothing; to ask for a `Chain` goes through `abc`.
        if isinstance(records, dict) or old is None or not records.set_kept(key, record):
            self._indexes.file(key, old, record)
            records[key] = record
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
        self._followers = [follower for follower in self._followers if follower() is not None]
        self._followers.append(ref(changed))
        return changed

    def count_followers(self) -> int:
        """Return how many followers there are."""
        return sum(follower() is not None for follower in self._followers)

    def watch(self, watcher: Watcher[R]) -> None:
        """Call `watcher` at each change from now on, until `forget_watchers`.

        For counts that must be right at once. A watcher slows each change more than a follower does.
        """
        self._watchers.append(watcher)

    def forget_watchers(self) -> None:
        """End all watching, and forget the views: what is kept beside the records is made anew later."""
        self._watchers.clear()
        self._views.clear()

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
        if isinstance(self._records, Chain):
            return self.where(index, value)[::-1]
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
        if isinstance(self._records, Chain):
            return sorted(self._numbers[getattr(record, self.key)] for record in self.where(*within))
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

    def drop_index(self, name: str) -> None:
        """Forget an index until it is read again."""
        self._indexes.drop(name)

    def find_index(self, name: str) -> Callable[[R], Hashable] | None:
        """Return what an index files a record under; None without such an index."""
        return self._indexes.indexers.get(name)

    def copy(self) -> Mapping[str, R]:
        """Return the records by id, as they are now; nobody changes the mapping any more."""
        self._is_shared = True
        return self._records

    def open_segment(self, segment: Segment[R]) -> None:
        """Let a segment grow at the end of the records until `close_segment`.

        The caller adds to it only records whose ids are new. Nobody else changes the table meanwhile.
        """
        self._open = segment
        self._records = chain(self._records, segment)

    def close_segment(self, *, is_kept: bool) -> None:
        """End what `open_segment` began: keep the segment, or put its records as any others.

        A segment that is kept must not grow any more. It calls no watcher.
        """
        segment, self._open = self._open, None
        assert segment is not None
        self._records = unchain(self._records, segment)
        if not is_kept:
            for row in range(len(segment)):
                self.put(segment.make(row))
            return
        self.undo_log.changes += 1
        if self.undo_log.is_open:
            self.undo_log.note_fill(self)
        self._records = chain(self._records, segment)
        if self.count_followers() or self._is_numbered:
            keys = list(map(segment.find_key, range(len(segment))))
            self._note_changes(keys)
            if self._is_numbered:
                self._number(keys)
                self._views.clear()

    def fill(self, records: Mapping[str, R]) -> None:
        """Replace all records by these, in a mapping that nobody changes any more."""
        self.undo_log.changes += 1
        if self.undo_log.is_open:
            self.undo_log.note_fill(self)
        gone, self._records = self._records, cast("dict[str, R] | Chain[R]", records)
        self._is_shared = True
        self._views.clear()
        self._numbers.clear()
        self._numbered.clear()
        self._is_numbered = False
        self._indexes.clear()
        if self.count_followers():
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
        records = self._records
        is_kept = isinstance(records, Chain) and records.is_kept(key)
        record = records.pop(key)
        self._note_changes((key,))
        if not is_kept:
            self._indexes.unfile(key, record)
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
        self._records = self._records.copy()
        self._is_shared = False

    def _find_filed(self, name: str, value: Hashable) -> dict[str, None] | tuple[str, ...]:
        """Return the ids that an index files under a value; the caller does not change them."""
        if not self._indexes.is_made(name):
            with self.lock:  # a change meanwhile would miss the index
                records = self._records
                plain = records.iterate_plain() if isinstance(records, Chain) else records.items()
                self._indexes.make(name, plain)
        return self._indexes.find(name, value)
