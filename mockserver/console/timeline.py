"""The timeline of a campaign as an SVG: where each day and each mark lies, and what it is called.

How it works: a day is a column, a lead is a row. A mark stands at its time in the row of its lead. When
there are too many marks, each day has bars instead. `timeline.svg` draws what is placed here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..sending.reason_texts import describe_time, name_step
from .chart import KINDS, Bar, place_bars

MOST_NAMES = 30
"""So many leads have a row with a name; more of them share the height."""
_HEAD = 40
"""Height of the dates and limits above the rows."""
_ROW = 20
_LEAST_ROWS = 4
_BAR_ROWS = 8
"""Where bars stand instead of marks."""
_NAMES_WIDTH = 190
_WIDTH = 1000
_LEAST_DAY, _MOST_DAY = 26, 160
_MARGIN = 8
_NAME_CHARACTERS = 26
_CHARACTER = 8
"""Most width of a character."""


@dataclass(frozen=True, slots=True)
class Column:
    """A day."""

    x: float
    width: float
    opens: float
    """Where the window begins."""
    open_width: float
    """0 without a window."""
    label: str
    """Empty where there is no room for it."""
    limit: str
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A mail, or what a lead did."""

    x: float
    y: float
    kind: str
    """Of the event; `planned` for a mail that is."""
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """A time that holds for all leads."""

    x: float
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """A lead with a name."""

    y: float
    name: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the template draws."""

    width: float
    height: float
    head: float
    left: float
    columns: list[Column]
    rows: list[Row]
    marks: list[Mark]
    bars: list[Bar]
    changes: list[Line]
    """Where clocks are put forward or back."""
    now: Line


class Axis:
    """Where a time lies. Days of 23 and 25 hours are as wide as the others."""

    def __init__(self, days: Sequence[Mapping[str, Any]], left: float) -> None:
        self.left = left
        self.width = min(_MOST_DAY, max(_LEAST_DAY, (_WIDTH - left) / len(days)))
        self._days = [(_read(day["starts_at"]), _read(day["ends_at"])) for day in days]
        self.end = left + self.width * len(days)

    def find_x(self, at: datetime) -> float:
        """Return the place of a time; that of an end when it lies outside."""
        for number, (start, end) in enumerate(self._days):
            if at < end:
                share = max(0.0, (at - start) / (end - start))
                return round(self.left + self.width * (number + share), 1)
        return self.end


def draw_timeline(shown: Mapping[str, Any]) -> Drawing:
    """Return a timeline (see `TimelineView` of the control API) as it is drawn."""
    zone, now = ZoneInfo(shown["timezone"]), _read(shown["now"])
    emails = {mark["lead_id"]: mark["email"] for mark in shown["marks"]}
    is_named = 0 < len(emails) <= MOST_NAMES
    axis = Axis(shown["days"], _NAMES_WIDTH if is_named else _MARGIN)
    body = _ROW * (max(_LEAST_ROWS, min(len(emails), MOST_NAMES)) if emails else _BAR_ROWS)
    step = _ROW if is_named else body / max(1, len(emails))
    heights = {lead_id: _HEAD + _MARGIN / 2 + step * (number + 0.5) for number, lead_id in enumerate(emails)}
    bars = [] if emails else place_bars(shown["days"], axis.left, axis.width, _HEAD, body)
    return Drawing(
        axis.end + _MARGIN,
        _HEAD + body + _MARGIN,
        _HEAD,
        axis.left,
        [_place_day(day, axis, zone) for day in shown["days"]],
        [Row(heights[lead_id], _shorten(email)) for lead_id, email in emails.items()] if is_named else [],
        [_place_mark(mark, axis, heights, zone, now) for mark in shown["marks"]],
        bars,
        list(_place_changes(shown["days"], axis, zone, now)),
        Line(axis.find_x(now), f"now, {_describe(now, zone, now)}"),
    )


def summarize_timeline(shown: Mapping[str, Any]) -> str:
    """Return in words what a timeline shows."""
    zone, now = ZoneInfo(shown["timezone"]), _read(shown["now"])
    totals = {kind: sum(day["counts"].get(kind, 0) for day in shown["days"]) for kind in KINDS}
    parts = [f"{kind} {count}" for kind, count in totals.items() if count] or ["no mail"]
    text = ", ".join(parts) + "."
    if shown["total_marks"] > len(shown["marks"]):
        text += " These are too many for a mark each, so they are summed by day."
    if not shown["is_complete"]:
        text += " Earlier days are left out."
    if shown["planned_until"]:
        text += f" Planned until {describe_time(_read(shown['planned_until']), zone, now)}"
        text += ", as if it were launched now." if shown["status"] != "ACTIVE" else "."
    return f"{text} Windows are shaded; limits are per day, of all inboxes; the line is now."


def _place_day(day: Mapping[str, Any], axis: Axis, zone: ZoneInfo) -> Column:
    start = _read(day["starts_at"])
    local = datetime.fromisoformat(day["date"])
    x = axis.find_x(start)
    title = f"{local:%a} {local.day} {local:%b %Y}"
    opens = open_width = 0.0
    if day["window_opens_at"]:
        first, last = _read(day["window_opens_at"]), _read(day["window_closes_at"])
        opens, open_width = axis.find_x(first), axis.find_x(last) - axis.find_x(first)
        end = "24:00" if last == _read(day["ends_at"]) else f"{last.astimezone(zone):%H:%M}"
        title += f": window {first.astimezone(zone):%H:%M} to {end}, limit {day['limit']}"
    else:
        title += ": no window"
    title += "".join(f", {name} {count}" for name, count in day["counts"].items())
    is_roomy = axis.width >= 2 * _LEAST_DAY
    label = f"{local.day} {local:%b}" if is_roomy or local.weekday() == 0 else ""
    limit = f"≤{day['limit']}" if open_width else ""
    if _CHARACTER * len(limit) > axis.width:
        limit = ""
    return Column(x, axis.width, opens, round(open_width, 1), label, limit, title)


def _place_mark(
    mark: Mapping[str, Any], axis: Axis, heights: Mapping[str, float], zone: ZoneInfo, now: datetime
) -> Mark:
    at, kind = _read(mark["at"]), mark["kind"]
    parts = [mark["email"]]
    if kind == "sent":
        step = mark["sequence_step"]
        parts.append(f"step {step}" if step else name_step(0))
        kind = "planned" if mark["is_planned"] else kind
    parts += [_describe(at, zone, now), kind]
    # What a lead did stands below its mails, since both may happen within a minute.
    shift = -3 if mark["kind"] == "sent" else 4
    return Mark(axis.find_x(at), round(heights[mark["lead_id"]] + shift, 1), kind, ", ".join(parts))


def _place_changes(
    days: Iterable[Mapping[str, Any]], axis: Axis, zone: ZoneInfo, now: datetime
) -> Iterable[Line]:
    for day in days:
        if day["clock_change_at"]:
            at, minutes = _read(day["clock_change_at"]), day["clock_change_seconds"] // 60
            way = "forward" if minutes > 0 else "back"
            yield Line(
                axis.find_x(at), f"clocks are put {way} by {abs(minutes)} minutes, {_describe(at, zone, now)}"
            )


def _describe(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC ({describe_time(at, zone, now)})"


def _shorten(name: str) -> str:
    return name if len(name) <= _NAME_CHARACTERS else name[: _NAME_CHARACTERS - 1] + "…"


def _read(time: str) -> datetime:
    return datetime.fromisoformat(time)
