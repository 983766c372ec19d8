"""What the records of a table are looked up by, besides their ids."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

R = TypeVar("R")

_Filed = str | dict[str, None]
"""One id, or several in the order they came. Most values have one, and a dict takes 200 bytes more."""


class Indexes(Generic[R]):
    """Value → ids of the records that have it. An index is made when it is first read."""

    def __init__(self, indexers: Mapping[str, Callable[[R], Hashable]]) -> None:
        self.indexers = dict(indexers)
        """Name → what a record is filed under."""
        self._made: dict[str, dict[Hashable, _Filed]] = {}

    def is_made(self, name: str) -> bool:
        """Return whether an index was read."""
        return name in self._made

    def find(self, name: str, value: Hashable) -> dict[str, None] | tuple[str, ...]:
        """Return the ids under a value of an index that is made; the caller does not change them."""
        filed = self._made[name].get(value)
        if filed is None:
            return ()
        return (filed,) if isinstance(filed, str) else filed

    def make(self, name: str, records: Iterable[tuple[str, R]]) -> None:
        """Make an index of ids and records."""
        indexer = self.indexers[name]
        index: dict[Hashable, _Filed] = {}
        for key, record in records:
            _file(index, indexer(record), key)
        self._made[name] = index

    def file(self, key: str, old: R | None, record: R) -> None:
        """File a record, which is put in place of an old one or of none."""
        for name, index in self._made.items():
            indexer = self.indexers[name]
            value = indexer(record)
            if old is None:
                _file(index, value, key)
            elif (before := indexer(old)) != value:
                _unfile(index, before, key)
                _file(index, value, key)

    def unfile(self, key: str, record: R) -> None:
        """File a record no longer."""
        for name, index in self._made.items():
            _unfile(index, self.indexers[name](record), key)

    def drop(self, name: str) -> None:
        """Forget one."""
        self._made.pop(name, None)

    def clear(self) -> None:
        """Forget all that are made."""
        self._made.clear()


def _file(index: dict[Hashable, _Filed], value: Hashable, key: str) -> None:
    filed = index.get(value)
    if filed is None:
        index[value] = key
    elif isinstance(filed, str):
        index[value] = {filed: None, key: None}
    else:
        filed[key] = None


def _unfile(index: dict[Hashable, _Filed], value: Hashable, key: str) -> None:
    filed = index[value]
    if isinstance(filed, str):
        del index[value]
        return
    del filed[key]
    if not filed:
        del index[value]
