"""How many mails an inbox has sent on the present day of each zone that it sends in."""

from datetime import timedelta

from ..state.records import SenderAccount
from ..state.workspace import Workspace
from .schedule import Calendar, to_utc

_DAY = timedelta(days=1)


class Meter:
    """Counts the mails of one inbox; moments never go back.

    Campaigns of several zones may share the inbox, and their days begin at different moments. Its own
    limit holds on the days of all of them.
    """

    def __init__(self, workspace: Workspace, account: SenderAccount) -> None:
        self.account = account
        self._workspace = workspace
        self._limit: int = account.settings["daily_limit"]
        self._days: dict[str, _Count] = {}

    def follow(self, calendar: Calendar) -> None:
        """Count for the days of one more campaign."""
        self._days.setdefault(calendar.zone.key, _Count(calendar))

    def forget(self) -> None:
        """Count anew: mails were sent by others."""
        for count in self._days.values():
            count.end = count.start

    def find_block(self, calendar: Calendar, at: int, limit: int) -> int | None:
        """Return until when nothing more may be sent, for a limit of the calendar's day; None if it may."""
        block = None
        for zone, count in self._days.items():
            if not count.start <= at < count.end:
                self._roll(count, at)
            most = limit if zone == calendar.zone.key else self._limit
            if count.sent >= most and (block is None or count.end > block):
                block = count.end
        return block

    def add(self) -> None:
        """Count a mail that was sent at the moment last asked about."""
        for count in self._days.values():
            count.sent += 1

    def _roll(self, count: "_Count", at: int) -> None:
        day = count.calendar.find_day(at)
        count.start, count.end = day.start, day.end
        count.sent = self._count_between(day.start, day.end)

    def _count_between(self, start: int, end: int) -> int:
        """Return how many recorded mails were sent from a moment on to before another."""
        inbox_id, sent = self.account.inbox_id, 0
        day, last = to_utc(start).date(), to_utc(end).date()
        while day <= last:
            moments = [mail.at for mail in self._workspace.events.where("day", (inbox_id, "sent", day))]
            moments += [mail.at for mail in self._workspace.direct_mails.where("day", (inbox_id, day))]
            sent += sum(start <= int(at.timestamp()) < end for at in moments)
            day += _DAY
        return sent


class _Count:
    __slots__ = ("calendar", "end", "sent", "start")

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.start = self.end = self.sent = 0
