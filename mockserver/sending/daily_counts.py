"""Daily counts: how many mails a sender account has sent today, in each timezone that it sends in.

How it works: several campaigns may share an account, and their days begin at different times. So an account
has one counter per timezone. A counter reads the recorded mails of a day once, when a time of that day is
first asked for; after that it adds each new mail. Why so: reading the records for each mail would be
quadratic, and a counter that is only kept would miss mails from imports and direct mails.

All times are whole Unix seconds, and never go back.
"""

from datetime import timedelta
from typing import NamedTuple, Protocol

from ..model.events import outline_event
from ..state.records import SenderAccount
from ..state.workspace import Workspace
from .schedule import Calendar, to_utc

_DAY = timedelta(days=1)
_DAYS_OF_REST = 3
"""A day of any timezone lies in so many days of UTC at most."""


class FullDay(NamedTuple):
    """A day on which an account has sent all that it may."""

    sent: int
    limit: int
    until: int


class Resting(Protocol):
    """A sender account in one campaign."""

    def find_next_free(self, at: int, /) -> int:
        """Return from when on it may send again after a mail at a time."""


class DailyCounts:
    """The mails of one sender account. Its own limit holds on the days of all timezones."""

    __slots__ = ("_counters", "_limit", "_workspace", "account", "free", "lanes", "last")

    def __init__(self, workspace: Workspace, account: SenderAccount) -> None:
        self.account = account
        self._workspace = workspace
        self._limit: int = account.settings["daily_limit"]
        self._counters: list[_Counter] = []
        """One for each timezone; seldom more than one."""
        self.lanes: list[Resting] = []
        """Where it sends: its lanes in the ACTIVE campaigns."""
        self.last = 0
        """When it sent its last mail of any campaign; 0 when that is so long ago that it does not matter."""
        self.free = 0
        """From when on it may send again, in any campaign."""

    def read_last(self, before: int) -> None:
        """Read from the records when the account sent its last mail; a rest ends with its day."""
        day = to_utc(before).date()
        for back in range(_DAYS_OF_REST):
            filed = (self.account.inbox_id, "sent", day - back * _DAY)
            sent = self._workspace.events.outline("day", filed, outline_event)
            if sent:
                self.last = max(self.last, *(int(mail.at.timestamp()) for mail in sent))
                return

    def rest(self) -> None:
        """Let the account rest after its last mail: the shortest rest among its campaigns holds."""
        if self.last:
            self.free = min([lane.find_next_free(self.last) for lane in self.lanes], default=0)

    def count(self, calendar: Calendar) -> int:
        """Return how many mails the account has sent on the day last asked about, in the calendar's zone."""
        return next(counter.sent for counter in self._counters if counter.zone == calendar.zone.key)

    def add_zone(self, calendar: Calendar) -> None:
        """Count in the timezone of one more campaign, which may be over."""
        if all(counter.zone != calendar.zone.key for counter in self._counters):
            self._counters.append(_Counter(calendar))

    def forget(self) -> None:
        """Read the records anew, because others sent mails."""
        for counter in self._counters:
            counter.end = counter.start

    def find_block(self, calendar: Calendar, at: int, limit: int) -> int | None:
        """Return until when the account must wait; None when it may send.

        `limit` is the limit of the calendar's day.
        """
        own_zone, block = calendar.zone.key, None
        for counter in self._counters:
            if not counter.start <= at < counter.end:
                self._begin_day(counter, at)
            most = limit if counter.zone == own_zone else self._limit
            if counter.sent >= most and (block is None or counter.end > block):
                block = counter.end
        return block

    def find_full(self, calendar: Calendar, at: int, limit: int, now: int) -> FullDay | None:
        """Return the day of a time on which the mails until now reach the limit; None when there is room.

        As `find_block`, but for any time: it reads the records and changes nothing. Of the days of several
        timezones it is the one that ends last.
        """
        found: FullDay | None = None
        for counter in self._counters:
            day = counter.calendar.find_day(at)
            most = limit if counter.zone == calendar.zone.key else self._limit
            sent = self._count_recorded(day.start, min(at, now) + 1)
            if sent >= most and (found is None or day.end > found.until):
                found = FullDay(sent, most, day.end)
        return found

    def add_mail(self, at: int) -> None:
        """Count a mail that was sent at the time last asked about."""
        self.last = at
        for counter in self._counters:
            counter.sent += 1

    def _begin_day(self, counter: "_Counter", at: int) -> None:
        day = counter.calendar.find_day(at)
        counter.start, counter.end = day.start, day.end
        counter.sent = self._count_recorded(day.start, day.end)

    def _count_recorded(self, start: int, end: int) -> int:
        """Return the number of recorded mails from `start` to before `end`."""
        inbox_id, sent = self.account.inbox_id, 0
        day, last = to_utc(start).date(), to_utc(end).date()
        while day <= last:
            filed = (inbox_id, "sent", day)
            times = [mail.at for mail in self._workspace.events.outline("day", filed, outline_event)]
            times += [mail.at for mail in self._workspace.direct_mails.where("day", (inbox_id, day))]
            sent += sum(start <= int(at.timestamp()) < end for at in times)
            day += _DAY
        return sent


class _Counter:
    """The mails of the day from `start` to before `end`."""

    __slots__ = ("calendar", "end", "sent", "start", "zone")

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.zone = calendar.zone.key
        self.start = self.end = self.sent = 0


def make_daily_counts(workspace: Workspace, inbox_ids: set[str]) -> dict[str, DailyCounts]:
    """Return the counts of those of the sender accounts that are ACTIVE, by id."""
    accounts = [workspace.sender_accounts.find(inbox_id) for inbox_id in inbox_ids]
    return {
        account.inbox_id: DailyCounts(workspace, account)
        for account in accounts
        if account and account.overall_status == "ACTIVE"
    }
