"""The agenda: what is going to happen in a workspace, in the order of time.

How it works: the entries of one second are in a list, sorted when the second has come. Entries of the same
second are ordered by rank, then by a tie-breaker that follows from the records, then by the order of adding.
Only the seconds of one hour are in a heap. Entries of later hours wait, hour by hour and in any order, until
their hour has come. Nothing is ever removed from the middle. An entry that is taken may no longer hold: its
lane has another slot by now, its lead another version, its campaign ended. The engine checks that.

Why so: the order must not depend on when an engine was made, so that one big step of the clock and many small
ones give the same. A heap of all entries would grow with the number of leads, and so would the cost of each
entry. A heap of seconds does not: an hour has 3600. The lanes of a campaign have their slots at the same
seconds and come in order, so that their list is nearly sorted. An entry is a named tuple, because tuples are
compared in C.

All times are whole Unix seconds.
"""

from bisect import insort
from heapq import heappop, heappush
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
        self._present: list[Entry] = []
        """The entries of the earliest second, sorted; never at its end while there are others."""
        self._place = 0
        """The place of the next entry in it."""
        self._seconds: list[int] = []
        """A heap of the other seconds that have entries, before `_end`."""
        self._soon: dict[int, list[Entry]] = {}
        """Second → its entries, in any order."""
        self._end = -inf
        self._hours: list[int] = []
        """A heap of the hours that have entries, from `_end` on."""
        self._later: dict[int, list[Entry]] = {}
        """Hour → its entries, in any order."""
        self._serial = count()

    @property
    def due(self) -> float:
        """When the next entry is due; infinite when there is none."""
        try:
            return self._present[self._place].at
        except IndexError:  # there is none, or another thread takes it: a caller may not hold the lock
            return inf

    def pop(self, now: float = inf) -> Entry | None:
        """Return the next entry that is due by a time, and remove it; None when there is none."""
        present, place = self._present, self._place
        if place == len(present):
            return None
        entry = present[place]
        if entry.at > now:
            return None
        self._place = place + 1
        if place + 1 == len(present):
            self._begin_second()
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
        if at >= self._end:
            _file(self._later, self._hours, at // _HOUR, entry)
        elif self._place < len(self._present) and at == self._present[-1].at:
            insort(self._present, entry, lo=self._place)
            return
        else:
            _file(self._soon, self._seconds, at, entry)
        if self._place == len(self._present) or at < self._present[-1].at:
            self._begin_second()

    def _begin_second(self) -> None:
        """Go on to the earliest second that has entries, if there is one."""
        if left := self._present[self._place :]:  # an earlier second was added
            self._soon[left[0].at] = left
            heappush(self._seconds, left[0].at)
        elif not self._seconds and self._hours:
            hour = heappop(self._hours)
            for entry in self._later.pop(hour):
                _file(self._soon, self._seconds, entry.at, entry)
            self._end = (hour + 1) * _HOUR
        self._present, self._place = self._soon.pop(heappop(self._seconds)) if self._seconds else [], 0
        self._present.sort()


def _file(filed: dict[int, list[Entry]], times: list[int], time: int, entry: Entry) -> None:
    """Put an entry into the list of its time; `times` is the heap of those that have a list."""
    entries = filed.get(time)
    if entries is None:
        filed[time] = [entry]
        heappush(times, time)
    else:
        entries.append(entry)
