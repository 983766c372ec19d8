"""What docs/sending.md says of days, rests, order and new steps; the answers were worked out by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.model.contacts import make_lead, save_contact
from mockserver.sending.schedule import Calendar, to_seconds, to_utc

from .kit.simulation import ANYTIME, Simulation, emails, follow_up, simulate

NEW_YORK: dict[str, Any] = {**ANYTIME, "timezone": "America/New_York"}


def step(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "sequence_id": f"00000000-0000-4000-8000-{number:012}",
        "enable_unsubscribe": None,
        **follow_up(number, **changes),
    }


def test_a_rest_is_rounded_down_to_whole_seconds(simulation: Simulation) -> None:
    simulation.campaign(emails("s1", "s2"), daily_limit_per_inbox=7)
    simulation.advance(hours=8)
    # 28,800 s / 7 = 4,114.28… s
    assert simulation.sent() == ["05 09:01:00 s1 1", "05 10:09:34 s2 1"]


@pytest.mark.parametrize(
    ("start", "rest_hours"),
    [
        (datetime(2026, 3, 8, 5, tzinfo=UTC), 11.5),  # clocks go forward: 23 hours
        (datetime(2026, 11, 1, 4, tzinfo=UTC), 12.5),  # clocks go back: 25 hours
        (datetime(2026, 6, 1, 4, tzinfo=UTC), 12.0),
    ],
)
def test_the_length_of_a_window_is_real_time(start: datetime, rest_hours: float) -> None:
    simulation = simulate(start)
    simulation.campaign(emails("s1", "s2"), daily_limit_per_inbox=2, **NEW_YORK)
    simulation.advance(days=1)
    first, second = (event.at for event in simulation.events("sent"))
    assert (second - first).total_seconds() == rest_hours * 3600


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        ("2026-03-07T07:30", "2026-03-08T07:00"),  # 02:30 is skipped: the change
        ("2026-10-31T05:30", "2026-11-01T05:30"),  # 01:30 comes twice: the first pass
        ("2026-10-31T16:00", "2026-11-01T17:00"),  # noon: the same time of day, 25 hours later
    ],
)
def test_a_follow_up_keeps_its_time_of_day_where_clocks_change(sent: str, due: str) -> None:
    settings = {"sending_window_start_minute": 0, "sending_window_end_minute": 0, **NEW_YORK}
    at = to_seconds(datetime.fromisoformat(sent).replace(tzinfo=UTC))
    assert f"{to_utc(Calendar(settings).add_days(at, 1)):%Y-%m-%dT%H:%M}" == due


@pytest.mark.parametrize(("most", "first_day"), [(2, 2), (None, 5)])
def test_a_ramp_up_without_increment_allows_its_most_from_the_first_day_on(
    most: int | None, first_day: int, simulation: Simulation
) -> None:
    ramp_up: Any = {"ramp_up_enabled": True, "ramp_up_increment": None, "ramp_up_max_limit": most}
    simulation.campaign(emails(*(f"s{n}" for n in range(5))), **ramp_up)
    simulation.advance(hours=8)
    assert len(simulation.sent()) == first_day


def test_a_ramp_up_grows_on_days_without_a_window_too(simulation: Simulation) -> None:
    ramp_up: Any = {"ramp_up_enabled": True, "ramp_up_increment": 1, "ramp_up_max_limit": 9}
    simulation.campaign(emails(*(f"s{n}" for n in range(9))), sending_days=[1, 4], **ramp_up)
    simulation.advance(days=4)
    assert [mail[:2] for mail in simulation.sent()] == ["05", "08", "08", "08", "08"]


def test_leads_get_their_first_mails_in_the_order_in_which_they_came(simulation: Simulation) -> None:
    simulation.campaign(emails("s3", "s1", "s2"))
    simulation.advance(hours=8)
    assert [mail[12:14] for mail in simulation.sent()] == ["s3", "s1", "s2"]


def test_of_equal_accounts_the_order_in_the_campaign_decides(simulation: Simulation) -> None:
    first, second = simulation.account(), simulation.account()
    simulation.campaign(emails("s1", "s2"), accounts=[second, first])
    simulation.advance(minutes=1)
    assert [event.inbox_id for event in simulation.events("sent")] == [second, first]


def test_of_follow_ups_the_one_that_is_due_first_goes_first(simulation: Simulation) -> None:
    steps = [follow_up(2, wait_days=1)]
    simulation.campaign(emails("s1", "s2", "s3"), sequences=steps, daily_limit_per_inbox=2)
    simulation.advance(days=3)
    assert [mail[12:] for mail in simulation.sent()] == ["s1 1", "s2 1", "s3 1", "s1 2", "s2 2", "s3 2"]


def test_a_new_step_behind_a_lead_is_not_sent_and_one_before_it_is(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("s1"), sequences=[step(3, wait_days=2), step(9, wait_days=9)])
    simulation.advance(days=3)
    steps = (step(2, wait_days=1), *campaign.sequences, step(4, wait_days=4))
    ordered = tuple(sorted(steps, key=lambda item: int(item["step_number"])))
    simulation.change(campaign, status="PAUSED", sequences=ordered)
    simulation.change(campaign, status="ACTIVE", sequences=ordered)
    simulation.advance(days=30)
    assert simulation.sent() == [
        "05 09:01:00 s1 1",
        "07 09:01:00 s1 3",
        "11 09:01:00 s1 4",
        "20 09:01:00 s1 9",
    ]


def test_a_mail_by_hand_brings_no_rest(simulation: Simulation) -> None:
    inbox_id = simulation.account(daily_limit=8)
    simulation.campaign(emails("s1"), accounts=[inbox_id])
    simulation.bench.add(simulation.bench.direct_mails, inbox_id=inbox_id, recipient_email="ada@example.com")
    simulation.advance(minutes=2)
    assert simulation.sent() == ["05 09:01:00 s1 1"]


def test_the_account_that_rested_longer_goes_first_though_the_other_one_was_expected_first(
    simulation: Simulation,
) -> None:
    simulation.advance(hours=-1)
    accounts = [simulation.account() for _ in range(2)]
    campaign = simulation.campaign(
        emails("one"),
        accounts=accounts,
        sequences=[follow_up(2, wait_days=4)],
        sending_window_start=9,
        sending_window_end=10,
    )
    for name, wait in (("two", 24), ("three", 24), ("four", 47)):
        simulation.advance(hours=wait)
        contact = save_contact(simulation.workspace, f"{name}@example.com", {}, source_type="MANUAL")
        make_lead(simulation.workspace, campaign, contact)
    simulation.advance(hours=24)
    assert simulation.sent()[-2:] == ["09 09:00:00 four 1", "09 09:00:00 one 2"]
