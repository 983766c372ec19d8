"""Blocks: the rows of an event log, so many in each.

Why so: a column that grows to millions of rows is moved again and again, and leaves gaps in the memory that
add up to a tenth of it. A block stays where it is.

All times are whole Unix seconds.
"""

from array import array
from bisect import bisect_left
from typing import Any

from ..state.records import Event, Lead

BITS = 14
"""Of the place of a row in its block, 16 at most; the higher bits of a row are the number of the block."""
ROWS = 1 << BITS
LAST_PLACE = ROWS - 1
_ID_SIZE = 16


class Block:
    """`ROWS` rows at most, each with a place from 0 on."""

    __slots__ = ("_details", "_ids", "_reactions", "commons", "marks", "subjects", "times")

    def __init__(self) -> None:
        self.subjects: list[Lead | Event] = []
        """The lead that it happens to; or the event itself, when it is kept as it is."""
        self.commons = array("I")
        """The number of what a row has in common with others."""
        self.times = array("I")
        """Four bytes each, eight from the first time on that lies before 1970 or after 2106."""
        self.marks = array("I")
        """The marks of the event ids, see `randomness`."""
        self._reactions = array("H")
        """The places of the rows that have ids, ascending."""
        self._ids = bytearray()
        """Mail and event ids of these rows."""
        self._details: dict[int, tuple[Any, ...]] = {}
        """Place → what else is known of a reaction: the names, then the values. A dict takes twice that."""

    def add(self, subject: Lead | Event, common: int, at: int, mark: int) -> None:
        """Add a row."""
        self.subjects.append(subject)
        self.commons.append(common)
        self.marks.append(mark)
        try:
            self.times.append(at)
        except OverflowError:
            self.times = array("q", self.times)
            self.times.append(at)

    def add_ids(self, packed: bytes, details: tuple[Any, ...]) -> None:
        """Add ids and details to the last row; see `pack_ids`."""
        place = len(self.marks) - 1
        self._reactions.append(place)
        self._ids += packed
        if details:
            self._details[place] = details

    def read_ids(self, place: int) -> tuple[str, str]:
        """Return the ids of mail and event of a row that has some."""
        start = bisect_left(self._reactions, place) * 2 * _ID_SIZE
        middle, end = start + _ID_SIZE, start + 2 * _ID_SIZE
        return _write_id(self._ids[start:middle]), _write_id(self._ids[middle:end])

    def read_details(self, place: int) -> dict[str, Any]:
        """Return the details of a reaction."""
        names, *values = self._details.get(place, ((),))
        return dict(zip(names, values, strict=True))


def pack_ids(event: Event) -> bytes:
    """Return the ids of a mail and of an event in bytes; none when they are not written as drawn ids are."""
    try:
        packed = [bytes.fromhex(text.replace("-", "")) for text in (event.email_id, event.event_id)]
    except ValueError:
        return b""
    is_same = [_write_id(data) for data in packed] == [event.email_id, event.event_id]
    return b"".join(packed) if is_same else b""


def _write_id(data: bytes | bytearray) -> str:
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
