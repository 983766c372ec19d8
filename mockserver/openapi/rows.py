"""Rows of an answer: each one stands for a record, and its text is known as long as the record stays.

Why: a list of campaigns is asked for again and again, and from one time to the next most of its rows stay.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import ReferenceType, ref

MOST_ROWS = 2000
LONGEST_ROW = 4096
"""In bytes. Of rows that are no longer so many are known at most; those made the longest ago go first."""


class Row:
    """What an answer holds of one record, described only when its text is unknown.

    `facts` are what its description follows from besides the record. Who describes a record must not look at
    anything else: records never change.
    """

    __slots__ = ("describe", "facts", "record")

    def __init__(self, record: Any, facts: Any, describe: Callable[[], dict[str, Any]]) -> None:
        self.record = record
        self.facts = facts
        self.describe = describe


class KeptRows:
    """The texts of the rows that one operation answered; a text goes when its record does."""

    def __init__(self) -> None:
        # An OrderedDict, since several threads use it: each of its methods is done before another begins.
        self._kept: OrderedDict[int, tuple[ReferenceType[Any], Any, bytes]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, row: Row) -> bytes | None:
        """Return the text of a row; None when it is unknown."""
        kept = self._kept.get(id(row.record))
        return kept[2] if kept and kept[0]() is row.record and kept[1] == row.facts else None

    def keep(self, row: Row, text: bytes) -> None:
        """Remember the text of a row, unless it is too long."""
        if len(text) > LONGEST_ROW:
            return
        place = id(row.record)
        self._kept[place] = (ref(row.record, partial(self._drop, place)), row.facts, text)
        if len(self._kept) > MOST_ROWS:
            self._kept.popitem(last=False)

    def _drop(self, place: int, _reference: ReferenceType[Any]) -> None:
        self._kept.pop(place, None)
