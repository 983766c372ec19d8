"""When a campaign may send: the days and windows of its timezone, in whole Unix seconds.

How it works: a `Day` holds when a date of the zone begins and ends, and when its window opens and closes. A
`Calendar` measures each date once; after that, finding a slot compares integers. Why so: time zones are slow
and hold surprises (days of 23 and 25 hours, of 0 hours where a date is skipped), so they are asked once per
date.

At each second within a window, a clock in the zone shows a time of the window. Where clocks are put forward,
a window that would open or close in the skipped hour does so at the change. Where they are put back, it opens
when its hour comes the second time, and closes when its hour comes the first time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

_MOST_DAYS = 400
"""How many days to look ahead for the next window; none is further away."""
_DAY = timedelta(days=1)
_DAY_SECONDS = 24 * 3600

LAST = int(datetime(9999, 12, 29, tzinfo=UTC).timestamp())
"""Nothing is planned from here on, because the calendar ends in some zone."""


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
        self._later: dict[int, Day] = {}
        """How many days later → that day, from `_day` on."""

    def find_day(self, at: int) -> Day:
        """Return the day of a time."""
        if not self._day.start <= at < self._day.end:
            self._day, self._later = self._make(to_local(at, self.zone).date()), {}
        return self._day

    def find_slot(self, at: int) -> int | None:
        """Return the first time from `at` on that lies in a window; None when there is none any more."""
        if at >= LAST:
            return None
        day = self.find_day(at)
        for _ in range(_MOST_DAYS):
            slot = max(at, day.opens)
            if slot < day.closes:
                return slot
            if day.end >= LAST:
                return None
            day = self._make(day.date + _DAY)
        return None

    def add_days(self, at: int, days: int) -> int:
        """Return the time that is so many days later and has the same time of day in the zone."""
        if at + days * _DAY_SECONDS >= LAST:
            return LAST
        day = self.find_day(at)
        later = self._later.get(days)
        if later is None:
            later = self._later[days] = self._make(day.date + timedelta(days=days))
        if day.end - day.start == later.end - later.start == _DAY_SECONDS:
            return later.start + at - day.start
        return find_time(to_local(at, self.zone).replace(tzinfo=None) + timedelta(days=days), self.zone)

    def _make(self, day: date) -> Day:
        made = self._days.get(day)
        if made is None:
            made = self._days[day] = self._measure(day)
        return made

    def _measure(self, day: date) -> Day:
        midnight = datetime.combine(day, time())
        start, end = (find_time(midnight + timedelta(days=n), self.zone) for n in (0, 1))
        if day.isoweekday() not in self._weekdays:
            return Day(day, start, end, start, start)
        first, last = (midnight + timedelta(minutes=minute) for minute in (self._first, self._last))
        opens, closes = find_time(first, self.zone, again=True), find_time(last, self.zone)
        if opens > closes:  # both in an hour that comes twice
            opens = find_time(first, self.zone)
        opens, closes = max(opens, start), min(closes, end)
        return Day(day, start, end, opens, max(opens, closes))


def find_time(wall: datetime, zone: ZoneInfo, *, again: bool = False) -> int:
    """Return when clocks in a zone show a time of day first, or last with `again`.

    For a time of day that they skip it is the time of the change.
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
    """Return a time in a zone."""
    return to_utc(at).astimezone(zone)


def to_utc(at: int) -> datetime:
    """Return a time in UTC, the form that records hold."""
    return datetime.fromtimestamp(at, UTC)


def to_seconds(at: datetime) -> int:
    """Return the first whole second that is not before a time."""
    return ceil(at.timestamp())
