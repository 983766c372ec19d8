"""When a campaign may send: answers worked out by hand, and rules that hold for every zone and window."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.sending.schedule import Calendar, to_seconds, to_utc

from .kit.samples import examples

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
ZONES = [
    "America/New_York", "Europe/London", "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe",
    "America/Santiago", "Asia/Beirut", "Atlantic/Azores", "Pacific/Apia", "UTC",
]  # fmt: skip


def calendar(
    timezone: str, start: str = "09:00", end: str = "17:00", days: list[int] | None = None
) -> Calendar:
    hours = [int(part) for text in (start, end) for part in text.split(":")]
    names = ("start", "start_minute", "end", "end_minute")
    window = {f"sending_window_{name}": hour for name, hour in zip(names, hours, strict=True)}
    return Calendar({"timezone": timezone, "sending_days": days or EVERY_DAY, **window})


def window(zone: Calendar, day: str) -> tuple[str, str]:
    """Return when the window of a day opens and closes, in UTC."""
    noon = datetime.combine(date.fromisoformat(day), datetime.min.time()).replace(hour=12, tzinfo=zone.zone)
    found = zone.find_day(to_seconds(noon))
    assert found.date.isoformat() == day
    return f"{to_utc(found.opens):%d %H:%M}", f"{to_utc(found.closes):%d %H:%M}"


@pytest.mark.parametrize(
    ("zone", "day", "opens", "closes"),
    [
        # New York: UTC-5, and UTC-4 from 2026-03-08 07:00Z to 2026-11-01 06:00Z.
        (calendar("America/New_York"), "2026-03-07", "07 14:00", "07 22:00"),
        (calendar("America/New_York"), "2026-03-08", "08 13:00", "08 21:00"),
        (calendar("America/New_York", "00:00", "24:00"), "2026-03-08", "08 05:00", "09 04:00"),
        (calendar("America/New_York", "02:30", "05:00"), "2026-03-08", "08 07:00", "08 09:00"),
        (calendar("America/New_York", "00:00", "02:30"), "2026-03-08", "08 05:00", "08 07:00"),
        (calendar("America/New_York", "02:15", "02:45"), "2026-03-08", "08 07:00", "08 07:00"),
        (calendar("America/New_York"), "2026-10-31", "31 13:00", "31 21:00"),
        (calendar("America/New_York"), "2026-11-01", "01 14:00", "01 22:00"),
        (calendar("America/New_York", "00:00", "24:00"), "2026-11-01", "01 04:00", "02 05:00"),
        (calendar("America/New_York", "01:30", "05:00"), "2026-11-01", "01 06:30", "01 10:00"),
        (calendar("America/New_York", "00:00", "01:30"), "2026-11-01", "01 04:00", "01 05:30"),
        (calendar("America/New_York", "01:15", "01:45"), "2026-11-01", "01 05:15", "01 05:45"),
        # London: UTC, and UTC+1 from 2026-03-29 01:00Z to 2026-10-25 01:00Z.
        (calendar("Europe/London"), "2026-03-28", "28 09:00", "28 17:00"),
        (calendar("Europe/London"), "2026-03-29", "29 08:00", "29 16:00"),
        (calendar("Europe/London", "00:30", "01:30"), "2026-03-29", "29 00:30", "29 01:00"),
        (calendar("Europe/London"), "2026-10-25", "25 09:00", "25 17:00"),
        (calendar("Europe/London", "00:00", "24:00"), "2026-10-25", "24 23:00", "26 00:00"),
        # No daylight saving; half an hour; the whole day.
        (calendar("Asia/Tokyo"), "2026-03-29", "29 00:00", "29 08:00"),
        (calendar("Asia/Kolkata", "09:15", "18:45"), "2026-03-29", "29 03:45", "29 13:15"),
        (calendar("Asia/Kolkata", "20:00", "24:00"), "2026-03-29", "29 14:30", "29 18:30"),
        # Midnight itself is left out: the day begins at one o'clock.
        (calendar("Asia/Beirut", "00:00", "02:00"), "2026-03-29", "28 22:00", "28 23:00"),
        # A weekday that is none of the campaign's.
        (calendar("UTC", days=[1]), "2026-03-29", "29 00:00", "29 00:00"),
    ],
)
def test_a_window_as_worked_out_by_hand(zone: Calendar, day: str, opens: str, closes: str) -> None:
    assert window(zone, day) == (opens, closes)


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        (calendar("America/New_York", days=[1, 2, 3, 4, 5]), "2026-03-06T21:59:59", "2026-03-06T21:59:59"),
        (calendar("America/New_York", days=[1, 2, 3, 4, 5]), "2026-03-06T22:00:00", "2026-03-09T13:00:00"),
        (calendar("America/New_York", days=[7]), "2026-03-02T12:00:00", "2026-03-08T13:00:00"),
        (calendar("America/New_York", "02:15", "02:45", [7]), "2026-03-02T12:00:00", "2026-03-15T06:15:00"),
        (calendar("Asia/Kolkata", "00:00", "24:00", [3]), "2026-01-07T18:29:59", "2026-01-07T18:29:59"),
        (calendar("Asia/Kolkata", "00:00", "24:00", [3]), "2026-01-07T18:30:00", "2026-01-13T18:30:00"),
        # Apia left out the whole of 2011-12-30, a Friday.
        (calendar("Pacific/Apia", days=[5]), "2011-12-30T00:00:00", "2012-01-05T19:00:00"),
    ],
)
def test_the_next_slot_as_worked_out_by_hand(zone: Calendar, at: str, expected: str) -> None:
    slot = zone.find_slot(to_seconds(datetime.fromisoformat(at).replace(tzinfo=UTC)))
    assert slot is not None
    assert to_utc(slot).isoformat() == expected + "+00:00"


def test_the_calendar_ends_without_a_slot() -> None:
    last = to_seconds(datetime(9999, 12, 31, 18, tzinfo=UTC))
    assert calendar("UTC").find_slot(last) is None


def test_days_are_added_by_the_clock_on_the_wall() -> None:
    zone = calendar("America/New_York")
    friday = to_seconds(datetime(2026, 3, 6, 15, 0, tzinfo=UTC))
    assert to_utc(zone.add_days(friday, 3)) == datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    assert to_utc(zone.add_days(friday, 2)) == datetime(2026, 3, 8, 14, 0, tzinfo=UTC)
    assert to_utc(zone.add_days(friday, 1)) == datetime(2026, 3, 7, 15, 0, tzinfo=UTC)


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    first = draw(st.integers(0, 1439))
    last = draw(st.integers(first + 1, 1440))
    return {
        "timezone": draw(st.sampled_from(ZONES)),
        "sending_days": draw(st.lists(st.integers(1, 7), min_size=1, unique=True)),
        "sending_window_start": first // 60,
        "sending_window_start_minute": first % 60,
        "sending_window_end": last // 60,
        "sending_window_end_minute": last % 60,
    }


# Near the changes of the clocks, which come in these months.
POINTS = st.builds(
    lambda month, hours, seconds: datetime(2026, month, 1, tzinfo=UTC)
    + timedelta(hours=hours, seconds=seconds),
    st.sampled_from([3, 4, 9, 10, 11]), st.integers(0, 30 * 24), st.integers(0, 3599),
)  # fmt: skip


@settings(max_examples=examples(300))
@given(windows(), POINTS)
@example(
    {
        "timezone": "America/New_York", "sending_days": [7],
        "sending_window_start": 1, "sending_window_start_minute": 30,
        "sending_window_end": 2, "sending_window_end_minute": 30,
    },
    datetime(2026, 11, 1, 5, tzinfo=UTC),
)  # fmt: skip
def test_a_slot_shows_a_time_of_the_window_on_a_day_of_the_campaign(
    chosen: dict[str, Any], point: datetime
) -> None:
    found = Calendar(chosen).find_slot(to_seconds(point))
    assert found is not None
    assert found >= point.timestamp()
    local = to_utc(found).astimezone(ZoneInfo(chosen["timezone"]))
    minute = local.hour * 60 + local.minute
    first = chosen["sending_window_start"] * 60 + chosen["sending_window_start_minute"]
    last = chosen["sending_window_end"] * 60 + chosen["sending_window_end_minute"]
    assert local.isoweekday() in chosen["sending_days"]
    assert first <= minute < last
    assert Calendar(chosen).find_slot(found) == found


@settings(max_examples=examples(200))
@given(windows(), POINTS)
def test_days_follow_one_another_without_a_gap(chosen: dict[str, Any], point: datetime) -> None:
    zone = Calendar(chosen)
    day = zone.find_day(to_seconds(point))
    assert day.start <= point.timestamp() < day.end
    assert day.start <= day.opens <= day.closes <= day.end
    after = zone.find_day(day.end)
    assert (after.start, after.date) == (day.end, day.date + timedelta(days=1))
