"""Counts per day as bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

KINDS = ("sent", "planned", "opened", "clicked", "replied", "bounced", "unsubscribed")
"""What is counted on a day, in the order of the bars."""
HEIGHT = 140
_FOOT = 20
_LEFT = 44
_TOP = 8
_WIDTH = 1000
_LEAST_DAY, _MOST_DAY = 14, 160
_LABEL_WIDTH = 52
_FILLED = 0.8
"""The share of a day that its bars take."""


@dataclass(frozen=True, slots=True)
class Bar:
    """How often something happened on a day."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    """One of `KINDS`."""
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """A date below the bars."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws."""

    width: float
    height: float
    left: float
    base: float
    """Where the bars stand."""
    top: float
    most: int
    """What the highest bar counts."""
    bars: list[Bar]
    labels: list[Label]


def draw_chart(days: Sequence[Mapping[str, Any]]) -> Chart:
    """Return the counts of days (see `TimelineDay` of the control API) as they are drawn."""
    day_width = min(_MOST_DAY, max(_LEAST_DAY, (_WIDTH - _LEFT) / len(days)))
    gap = -(-_LABEL_WIDTH // int(day_width))
    labels = [
        Label(round(_LEFT + day_width * number, 1), f"{date.day} {date:%b}")
        for number, date in enumerate(datetime.fromisoformat(day["date"]) for day in days)
        if number % gap == 0
    ]
    return Chart(
        _LEFT + max(day_width * len(days), _LABEL_WIDTH),
        _TOP + HEIGHT + _FOOT,
        _LEFT,
        _TOP + HEIGHT,
        _TOP,
        _find_most(days),
        place_bars(days, _LEFT, day_width, _TOP, HEIGHT),
        labels,
    )


def place_bars(
    days: Sequence[Mapping[str, Any]], left: float, day_width: float, top: float, height: float
) -> list[Bar]:
    """Return a bar for each count that is not 0; the highest one takes the whole height."""
    kinds = [kind for kind in KINDS if any(kind in day["counts"] for day in days)]
    most, width = _find_most(days), day_width * _FILLED / max(1, len(kinds))
    bars = []
    for number, day in enumerate(days):
        for place, kind in enumerate(kinds):
            count = day["counts"].get(kind, 0)
            if count:
                size = max(1.0, round(height * count / most, 1))
                x = round(left + day_width * (number + (1 - _FILLED) / 2) + width * place, 1)
                bars.append(
                    Bar(x, top + height - size, round(width, 1), size, kind, f"{day['date']}: {kind} {count}")
                )
    return bars


def _find_most(days: Sequence[Mapping[str, Any]]) -> int:
    return max((count for day in days for count in day["counts"].values()), default=0) or 1
