"""Any plans for campaigns: settings, leads, sender accounts, subsequences."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from .simulation import follow_up, variant

# Friday evenings before the clocks change, and an ordinary one.
STARTS = [
    datetime(2026, 3, 6, 18, tzinfo=UTC),
    datetime(2026, 3, 27, 18, tzinfo=UTC),
    datetime(2026, 10, 23, 18, tzinfo=UTC),
    datetime(2026, 10, 30, 18, tzinfo=UTC),
    datetime(2026, 6, 5, 18, tzinfo=UTC),
]
ZONES = ["America/New_York", "Europe/London", "Asia/Kolkata", "UTC"]
NAMES = ["ada", "bob", "cyd", "dan", "eve", "open1", "click1", "reply1", "interested1", "ooo1", "bounce1",
         "unsubscribe1", "silent1"]  # fmt: skip
TRIGGERS = ["NOT_OPENED", "NOT_REPLIED", "OPENED_BUT_NOT_REPLIED"]
HTML: dict[str, Any] = {
    "content_type": "html",
    "email_content": '<p>See <a href="https://example.com/a">this</a></p>',
}


@st.composite
def variants(draw: st.DrawFn) -> list[dict[str, Any]]:
    percent = draw(st.sampled_from([100, 50, 25, 10]))
    first = variant("A", percent, **HTML)
    return [first] if percent == 100 else [first, variant("B", 100 - percent)]


@st.composite
def campaigns(draw: st.DrawFn, accounts: int) -> dict[str, Any]:
    first = draw(st.integers(0, 1380))
    last = draw(st.integers(max(60, first + 30), 1440))
    steps = draw(st.lists(st.tuples(st.sampled_from(TRIGGERS), st.integers(1, 4)), max_size=3))
    return {
        "accounts": draw(st.lists(st.integers(0, accounts - 1), min_size=1, unique=True)),
        "leads": draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True)),
        "timezone": draw(st.sampled_from(ZONES)),
        "sending_days": draw(st.sampled_from([[1, 2, 3, 4, 5], [7], [1, 2, 3, 4, 5, 6, 7], [3, 6]])),
        "sending_window_start": first // 60,
        "sending_window_start_minute": first % 60,
        "sending_window_end": last // 60,
        "sending_window_end_minute": last % 60,
        "daily_limit_per_inbox": draw(st.none() | st.integers(1, 4)),
        "start_date": draw(st.none() | st.sampled_from(["2026-03-10T15:20:00Z", "2026-11-02T07:30:00Z"])),
        "ramp_up_enabled": draw(st.booleans()),
        "ramp_up_increment": draw(st.integers(1, 2)),
        "ramp_up_max_limit": draw(st.none() | st.integers(1, 3)),
        "enable_tracking": draw(st.booleans()),
        "enable_click_tracking": draw(st.booleans()),
        "variants": draw(variants()),
        "sequences": [
            follow_up(number, trigger_type=trigger, wait_days=days, variants=draw(variants()))
            for number, (trigger, days) in enumerate(steps, 2)
        ],
        "subsequence": draw(st.none() | st.sampled_from(["STATUS", "KEYWORD", "INTENT_TAG"])),
    }


@dataclass(frozen=True)
class Plan:
    """What a workspace begins with."""

    start: datetime
    limits: list[int]
    campaigns: list[dict[str, Any]]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    limits = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    made = draw(st.lists(campaigns(len(limits)), min_size=1, max_size=3))
    return Plan(draw(st.sampled_from(STARTS)), limits, made)
