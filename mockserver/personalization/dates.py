"""Dates in words: the `dn_` values of templates."""

import re
from collections.abc import Callable
from datetime import datetime

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def format_time_of_day(at: datetime) -> str:
    """Return the greeting that fits the hour."""
    if at.hour < 12:
        return "Good morning"
    return "Good afternoon" if at.hour < 17 else "Good evening"


def format_day(at: datetime) -> str:
    """Return the name of the day."""
    return _DAYS[at.weekday()]


DATE_VALUES: dict[str, Callable[[datetime], str]] = {
    "dn_time_of_day": format_time_of_day,
    "dn_day_of_week": format_day,
    "dn_day_name": format_day,
}
"""Name → function that makes the value from the time of sending [docs:campaigns/personalization]."""


def _order(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _offset(at: datetime, colon: str) -> str:
    text = at.strftime("%z") or "+0000"
    return f"{text[:3]}{colon}{text[3:5]}"


_TOKENS: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda at: f"{at.year:04}",
    "YY": lambda at: f"{at.year % 100:02}",
    "Y": lambda at: str(at.year),
    "Qo": lambda at: _order((at.month + 2) // 3),
    "Q": lambda at: str((at.month + 2) // 3),
    "MMMM": lambda at: _MONTHS[at.month - 1],
    "MMM": lambda at: _MONTHS[at.month - 1][:3],
    "MM": lambda at: f"{at.month:02}",
    "Mo": lambda at: _order(at.month),
    "M": lambda at: str(at.month),
    "DDDD": lambda at: f"{at.timetuple().tm_yday:03}",
    "DDDo": lambda at: _order(at.timetuple().tm_yday),
    "DDD": lambda at: str(at.timetuple().tm_yday),
    "DD": lambda at: f"{at.day:02}",
    "Do": lambda at: _order(at.day),
    "D": lambda at: str(at.day),
    "dddd": format_day,
    "ddd": lambda at: format_day(at)[:3],
    "dd": lambda at: format_day(at)[:2],
    "do": lambda at: _order(at.isoweekday() % 7),
    "d": lambda at: str(at.isoweekday() % 7),
    "E": lambda at: str(at.isoweekday()),
    "WW": lambda at: f"{at.isocalendar().week:02}",
    "Wo": lambda at: _order(at.isocalendar().week),
    "W": lambda at: str(at.isocalendar().week),
    "HH": lambda at: f"{at.hour:02}",
    "H": lambda at: str(at.hour),
    "hh": lambda at: f"{(at.hour + 11) % 12 + 1:02}",
    "h": lambda at: str((at.hour + 11) % 12 + 1),
    "mm": lambda at: f"{at.minute:02}",
    "m": lambda at: str(at.minute),
    "ss": lambda at: f"{at.second:02}",
    "s": lambda at: str(at.second),
    "A": lambda at: "AM" if at.hour < 12 else "PM",
    "a": lambda at: "am" if at.hour < 12 else "pm",
    "ZZ": lambda at: _offset(at, ""),
    "Z": lambda at: _offset(at, ":"),
    "X": lambda at: str(int(at.timestamp())),
    "LLLL": lambda at: format_date(at, "dddd, MMMM D, YYYY h:mm A"),
    "LLL": lambda at: format_date(at, "MMMM D, YYYY h:mm A"),
    "LL": lambda at: format_date(at, "MMMM D, YYYY"),
    "LTS": lambda at: format_date(at, "h:mm:ss A"),
    "LT": lambda at: format_date(at, "h:mm A"),
    "L": lambda at: format_date(at, "MM/DD/YYYY"),
}
_PATTERN = re.compile(r"\[([^\]]*)\]|" + "|".join(sorted(_TOKENS, key=len, reverse=True)))


def format_date(at: datetime, form: str) -> str:
    """Return a time in a format of moment.js, in English, for example `dddd, MMMM Do`.

    Text in `[brackets]` stays, and so does all that is no token.
    """
    return _PATTERN.sub(lambda found: _TOKENS[found[0]](at) if found[1] is None else found[1], form)
