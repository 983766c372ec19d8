"""Leads that wait for their mails in a campaign run, the most urgent first.

How it works: an entry is one integer, of the time at which a mail is due and of the lead's place in the
campaign. An entry that is later than all before it stands at the end of a line, any other one in a heap. The
first one of either is the most urgent. A lead knows the entry that it waits with. An entry that its lead does
not know any more is outdated, and is dropped when it comes up.

Why so: nearly all mails are planned in the order in which they are due. A line costs the same for each lead,
and reads its integers in the order in which they lie in memory. A heap of all leads costs more with each
doubling of their number. An integer takes half the memory of a tuple and compares three times as fast.
Dropping outdated entries late costs less than searching for them.

All times are whole Unix seconds.
"""

from collections import deque
from heapq import heappop, heappush
from typing import Any, Generic, Protocol, TypeVar

_BITS = 28
"""Of the place. With them an entry takes 32 bytes until the year 2106, and there may be millions of both."""
_PLACE = (1 << _BITS) - 1


def read_place(entry: int) -> int:
    """Return the place of a lead among those of its campaign, which is what it waits with in no queue."""
    return entry & _PLACE


class Waiting(Protocol):
    """A lead in a campaign run."""

    entry: int
    """What it waits with in its queue; its place among the leads of the campaign, if it waits in none."""
    queue: Any


W = TypeVar("W", bound=Waiting)


class Queue(Generic[W]):
    """Those of one campaign run who wait for mails of one sort."""

    __slots__ = ("_leads", "heap", "line")

    def __init__(self, leads: list[W]) -> None:
        """`leads` are those of the run by their places; others may be added to it."""
        self.line: deque[int] = deque()
        """Entries, each later than the one before."""
        self.heap: list[int] = []
        """The other entries; while both are empty, nobody waits."""
        self._leads = leads

    def push(self, progress: W, due: int) -> None:
        """Let a lead wait for a mail that is due at a time."""
        entry = due << _BITS | progress.entry & _PLACE
        if progress.entry != entry or progress.queue is not self:
            progress.entry, progress.queue = entry, self
            line = self.line
            if not line or entry > line[-1]:
                line.append(entry)
            else:
                heappush(self.heap, entry)

    def find_due(self) -> int | None:
        """Return when the most urgent mail is due; None when nobody waits."""
        line, heap, leads = self.line, self.heap, self._leads
        while line or heap:
            entry = line[0] if line and (not heap or line[0] < heap[0]) else heap[0]
            progress = leads[entry & _PLACE]
            if progress.entry == entry and progress.queue is self:
                return entry >> _BITS
            self._drop_first()
        return None

    def pop(self) -> W:
        """Return the lead with the most urgent mail, which waits no longer; `find_due` has found one."""
        progress = self._leads[self._drop_first() & _PLACE]
        progress.entry &= _PLACE
        return progress

    def _drop_first(self) -> int:
        line, heap = self.line, self.heap
        return line.popleft() if line and (not heap or line[0] < heap[0]) else heappop(heap)
