"""When a campaign may send: days and windows in its timezone, as moments in Unix seconds.

Every moment within a window shows a time of the window on a clock in the zone. Where clocks are put
forward, a window that would open or close in the hour that is left out does so at the change; where they
are put back, it opens the second time its hour comes and closes the first time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_MOST_DAYS = 400
"""How far to look for the next window; none is further away than a leap of the calendar."""
_DAY = timedelta(days=1)
_DAY_SECONDS = 24 * 3600

LAST = int(datetime(9999, 12, 29, tzinfo=UTC).timestamp())
"""Nothing is planned from here on: in some zone the calendar ends."""


@dataclass(frozen=True, slots=True)
class Day:
    """One date in a zone: it lasts from `start` to before `end`, its window from `opens` to before `closes`.

    Without a window `opens` equals `closes`.
    """

    date: date
    start: int
    end: int
    opens: int
    closes: int


class Calendar:
    """The days and windows of a campaign's settings."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.zone = ZoneInfo(settings["timezone"])
        self._weekdays = frozenset(settings["sending_days"])
        self._first = settings["sending_window_start"] * 60 + settings["sending_window_start_minute"]
        self._last = settings["sending_window_end"] * 60 + settings["sending_window_end_minute"]
        self._days: dict[date, Day] = {}
        self._day = Day(date.min, 0, 0, 0, 0)

    def find_day(self, at: int) -> Day:
        """Return the day that a moment belongs to."""
        if not self._day.start <= at < self._day.end:
            self._day = self._make(to_local(at, self.zone).date())
        return self._day

    def find_slot(self, at: int) -> int | None:
        """Return the first moment from `at` on that lies in a window; None when there is none any more."""
        if at >= LAST:
            return None
        day = self.find_day(at)
        for _ in range(_MOST_DAYS):
            if max(at, day.opens) < day.closes:
                return max(at, day.opens)
            if day.end >= LAST:
                return None
            day = self._make(day.date + _DAY)
        return None

    def add_days(self, at: int, days: int) -> int:
        """Return the moment that shows the same time on a clock in the zone, so many days later."""
        if at + days * _DAY_SECONDS >= LAST:
            return LAST
        day = self.find_day(at)
        later = self._make(day.date + timedelta(days=days))
        if day.end - day.start == later.end - later.start == _DAY_SECONDS:
            return later.start + at - day.start
        return find_moment(to_local(at, self.zone).replace(tzinfo=None) + timedelta(days=days), self.zone)

    def _make(self, day: date) -> Day:
        made = self._days.get(day)
        if made is None:
            made = self._days[day] = self._measure(day)
        return made

    def _measure(self, day: date) -> Day:
        midnight = datetime.combine(day, time())
        start, end = (find_moment(midnight + timedelta(days=n), self.zone) for n in (0, 1))
        if day.isoweekday() not in self._weekdays:
            return Day(day, start, end, start, start)
        first, last = (midnight + timedelta(minutes=minute) for minute in (self._first, self._last))
        opens, closes = find_moment(first, self.zone, again=True), find_moment(last, self.zone)
        if opens > closes:  # both in an hour that comes twice
            opens = find_moment(first, self.zone)
        opens, closes = max(opens, start), min(closes, end)
        return Day(day, start, end, opens, max(opens, closes))


def find_moment(wall: datetime, zone: ZoneInfo, *, again: bool = False) -> int:
    """Return when clocks in a zone first show a time, or the last time (`again`) if they do so twice.

    A time that they leave out counts as the moment at which they are put forward.
    """
    first, second = (round(wall.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1))
    if first <= second:
        return second if again else first
    before, after = second, first
    offset = to_local(after, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if to_local(middle, zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def to_local(at: int, zone: ZoneInfo) -> datetime:
    """Return a moment as clocks in a zone show it."""
    return to_utc(at).astimezone(zone)


def to_utc(at: int) -> datetime:
    """Return a moment as records hold it."""
    return datetime.fromtimestamp(at, UTC)


def to_seconds(moment: datetime) -> int:
    """Return the first whole second that is not before a moment."""
    return -int(-moment.timestamp() // 1)
