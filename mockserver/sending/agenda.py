"""The agenda: what is going to happen in a workspace, in the order of time.

How it works: a heap of entries. Entries of the same time are ordered by rank, then by a tie-breaker that
follows from the records, then by the order of adding. Nothing is ever removed from the middle. An entry that
is taken may no longer hold: its lane has another slot by now, its lead another version, its campaign ended.
The engine checks that. Only the entries of one hour are in the heap. Those of later hours wait, hour by hour
and in any order, until their hour has come.

Why so: the order must not depend on when an engine was made, so that one big step of the clock and many small
ones give the same. An entry is a named tuple, because the heap compares entries about 15 times for each one
it takes. Tuples are compared in C. With a dataclass, the heap takes three times as long with `order=True`,
and 1.7 times as long with a `__lt__` of its own. Most entries are reactions that come hours later: a heap of
all of them would grow with the number of leads, and so would the cost of each entry.

All times are whole Unix seconds.
"""

from heapq import heapify, heappop, heappush
from itertools import count
from math import inf
from typing import NamedTuple

from ..state.records import Event
from .campaign_run import CampaignRun, Lane, LeadProgress
from .next_mails import NextMail

_HOUR = 3600

# The order of what happens at the same time.
_REACTION, _LOOK, _SLOT, _END = range(4)


class Look(NamedTuple):
    """A lead is to be looked at again, because its next mail was not certain."""

    progress: LeadProgress
    mail: NextMail
    """What the lead waited for then; when it waits for another one, the look is outdated."""


Subject = Event | Look | Lane | CampaignRun
"""A reaction that happens, a lead to look at, a lane whose slot has come, a run that may be completed."""


class Entry(NamedTuple):
    """Something that is to happen."""

    at: int
    rank: int
    tie: str | tuple[int, int, int]
    serial: int
    subject: Subject


def order_slots(lane: Lane) -> tuple[int, int, int]:
    """Return what decides which of two lanes with a slot at the same time comes first."""
    return lane.last, lane.run.order, lane.place


class Agenda:
    """The entries of one workspace."""

    def __init__(self) -> None:
        self._heap: list[Entry] = []
        """The entries before `_end`; never empty while there are others."""
        self._end = -inf
        self._hours: list[int] = []
        """A heap of the hours that have entries, from `_end` on."""
        self._later: dict[int, list[Entry]] = {}
        """Hour → its entries."""
        self._serial = count()

    @property
    def due(self) -> float:
        """When the next entry is due; infinite when there is none."""
        heap = self._heap
        if not heap:
            return inf
        try:
            return heap[0].at
        except IndexError:  # a caller may not hold the lock
            return inf

    def pop(self, now: float = inf) -> Entry | None:
        """Return the next entry that is due by a time, and remove it; None when there is none."""
        heap = self._heap
        if not heap or heap[0].at > now:
            return None
        entry = heappop(heap)
        if not heap:
            self._begin_hour()
        return entry

    def add_reaction(self, event: Event) -> None:
        """Add a coming event."""
        self._add(int(event.at.timestamp()), _REACTION, event.event_id, event)

    def add_look(self, progress: LeadProgress, mail: NextMail) -> None:
        """Add another look at a lead, when its next mail is due."""
        self._add(mail.due, _LOOK, progress.lead.lead_id, Look(progress, mail))

    def add_slot(self, lane: Lane, at: int) -> None:
        """Add a slot of a lane.

        Of two lanes the one that rested longer comes first, then that of the older campaign, then that of the
        account that the campaign names first.
        """
        self._add(at, _SLOT, order_slots(lane), lane)

    def add_end(self, run: CampaignRun, at: int) -> None:
        """Add the end of a run, which holds if nothing is left to come by then."""
        self._add(at, _END, run.campaign.campaign_id, run)

    def _add(self, at: int, rank: int, tie: str | tuple[int, int, int], subject: Subject) -> None:
        entry = Entry(at, rank, tie, next(self._serial), subject)
        if at < self._end:
            heappush(self._heap, entry)
            return
        hour = at // _HOUR
        entries = self._later.get(hour)
        if entries is None:
            self._later[hour] = [entry]
            heappush(self._hours, hour)
        else:
            entries.append(entry)
        if not self._heap:
            self._begin_hour()

    def _begin_hour(self) -> None:
        """Go on to the next hour that has entries, if there is one."""
        if self._hours:
            hour = heappop(self._hours)
            entries = self._later.pop(hour)
            heapify(entries)
            self._heap, self._end = entries, (hour + 1) * _HOUR
