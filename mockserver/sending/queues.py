"""Leads that wait for their mails in a campaign run, the most urgent first.

How it works: a heap of integers, each of the time at which a mail is due and of the lead's place in the
campaign. A lead knows the entry that it waits with. An entry that its lead does not know any more is
outdated, and is dropped when it comes up. Why so: an integer takes half the memory of a tuple and compares
three times as fast, and dropping outdated entries late costs less than searching a heap for them.

All times are whole Unix seconds.
"""

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
    """One heap of a campaign run."""

    __slots__ = ("_leads", "heap")

    def __init__(self, leads: list[W]) -> None:
        """`leads` are those of the run by their places; others may be added to it."""
        self.heap: list[int] = []
        """The entries; while it is empty, nobody waits."""
        self._leads = leads

    def push(self, progress: W, due: int) -> None:
        """Let a lead wait for a mail that is due at a time."""
        entry = due << _BITS | progress.entry & _PLACE
        if progress.entry != entry or progress.queue is not self:
            progress.entry, progress.queue = entry, self
            heappush(self.heap, entry)

    def find_due(self) -> int | None:
        """Return when the most urgent mail is due; None when nobody waits."""
        heap, leads = self.heap, self._leads
        while heap:
            entry = heap[0]
            progress = leads[entry & _PLACE]
            if progress.entry == entry and progress.queue is self:
                return entry >> _BITS
            heappop(heap)
        return None

    def pop(self) -> W:
        """Return the lead with the most urgent mail, which waits no longer; `find_due` has found one."""
        progress = self._leads[heappop(self.heap) & _PLACE]
        progress.entry &= _PLACE
        return progress
