"""The agenda: what is going to happen in a workspace, in the order of time.

How it works: the entries of one second are in a list, which is sorted when the second has come. Entries of
the same second are ordered by rank, then by a tie-breaker that follows from the records, then by the order of
adding. Only the seconds of one hour are in a heap. Entries of later hours wait, hour by hour and in any
order, until their hour has come. Nothing is ever removed from the middle. An entry that is taken may no
longer hold: its lane has another slot by now, its lead another version, its campaign ended. The engine checks
that.

Why so: the order must not depend on when an engine was made, so that one big step of the clock and many small
ones give the same. A heap of all entries would grow with the number of leads, and so would the cost of each
entry. A heap of seconds does not: an hour has 3600. The lanes of a campaign have their slots at the same
seconds and come in order, so that their list is nearly sorted. An entry is a named tuple, because tuples are
compared in C.

All times are whole Unix seconds.
"""

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


class Agenda:
    """The entries of one workspace."""

    def __init__(self) -> None:
        self._second: float = -inf
        """The second that was begun last."""
        self._present: list[Entry] = []
        """Its entries, the next one last."""
        self._seconds: list[int] = []
        """A heap of the other seconds that have entries, before `_end`."""
        self._soon: dict[int, list[Entry]] = {}
        """Second → its entries, in any order."""
        self._end = -inf
        self._hours: list[int] = []
        """A heap of the hours that have entries, from `_end` on. One begins when no second is left."""
        self._later: dict[int, list[Entry]] = {}
        """Hour → its entries, in any order."""
        self._serial = count()

    @property
    def due(self) -> float:
        """When the next entry is due; infinite when there is none."""
        if self._present:
            return self._second
        try:
            return self._seconds[0]
        except IndexError:  # asked first, it could change meanwhile: a caller may not hold the lock
            return inf

    def pop(self, now: float = inf) -> Entry | None:
        """Return the next entry that is due by a time, and remove it; None when there is none."""
        present = self._present
        if present:
            if self._second > now:
                return None
        elif not self._seconds or self._seconds[0] > now:
            return None
        else:
            self._second = second = heappop(self._seconds)
            self._present = present = self._soon.pop(second)
            if len(present) > 1:
                present.sort(reverse=True)
        entry = present.pop()
        if not present and not self._seconds:
            self._begin_hour()
        return entry

    def add_reaction(self, event: Event) -> None:
        """Add a coming event."""
        self._add(int(event.at.timestamp()), _REACTION, event.event_id, event)

    def add_look(self, progress: LeadProgress, mail: NextMail) -> None:
        """Add another look at a lead, when its next mail is due."""
        self._add(mail.due, _LOOK, progress.lead.lead_id, Look(progress, mail))

    def add_slot(self, lane: Lane, at: int) -> Entry:
        """Add a slot of a lane; returns its entry.

        Of two lanes the one that rested longer comes first, then that of the older campaign, then that of the
        account that the campaign names first.
        """
        return self._add(at, _SLOT, (lane.last, lane.run.order, lane.place), lane)

    def add_end(self, run: CampaignRun, at: int) -> None:
        """Add the end of a run, which holds if nothing is left to come by then."""
        self._add(at, _END, run.campaign.campaign_id, run)

    def _add(self, at: int, rank: int, tie: str | tuple[int, int, int], subject: Subject) -> Entry:
        entry = Entry(at, rank, tie, next(self._serial), subject)
        if at >= self._end:
            hour = at // _HOUR
            if hour not in self._later:
                self._later[hour] = []
                heappush(self._hours, hour)
            self._later[hour].append(entry)
            if not self._present and not self._seconds:
                self._begin_hour()
        elif at == self._second:
            self._present.append(entry)
            self._present.sort(reverse=True)
        else:
            if at < self._second:
                self._leave_second()
            self._file(entry)
        return entry

    def _file(self, entry: Entry) -> None:
        """Put an entry to those of its second."""
        entries = self._soon.get(entry.at)
        if entries is None:
            self._soon[entry.at] = [entry]
            heappush(self._seconds, entry.at)
        else:
            entries.append(entry)

    def _leave_second(self) -> None:
        """Put back the entries of the second that was begun, because an earlier one comes first."""
        left, self._second, self._present = self._present, -inf, []
        for entry in left:
            self._file(entry)

    def _begin_hour(self) -> None:
        """Go on to the next hour that has entries, if there is one."""
        if self._hours:
            hour = heappop(self._hours)
            self._end = (hour + 1) * _HOUR
            for entry in self._later.pop(hour):
                self._file(entry)
