"""Campaigns send by their settings; the answers were worked out by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.sending import advance_sending
from mockserver.state.records import DirectMail

from .kit.campaign_strategies import HTML
from .kit.simulation import Simulation, emails, follow_up, simulate, variant

# ---------------------------------------------------------------- the first mails


def test_mails_go_out_evenly_over_the_window(simulation: Simulation) -> None:
    simulation.campaign(emails("silent1", "silent2", "silent3", "silent4"), daily_limit_per_inbox=4)
    simulation.advance(hours=8)
    # Eight hours for four mails: one every two hours, the first a minute after the launch.
    assert simulation.sent() == ["05 09:01:00 silent1 1", "05 11:01:00 silent2 1", "05 13:01:00 silent3 1",
                           "05 15:01:00 silent4 1"]  # fmt: skip


def test_nothing_moves_in_the_first_minute(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("silent1"))
    assert simulation.advance(seconds=59) == {}
    assert simulation.status(campaign) == "ACTIVE"
    assert simulation.advance(seconds=1) == {"sent": 1, "completed": 1}
    assert simulation.status(campaign) == "COMPLETED"


def test_a_limit_of_one_is_one_mail_a_day(simulation: Simulation) -> None:
    simulation.campaign(emails("silent1", "silent2", "silent3"), daily_limit_per_inbox=1)
    simulation.advance(days=3)
    assert simulation.sent() == ["05 09:01:00 silent1 1", "06 09:00:00 silent2 1", "07 09:00:00 silent3 1"]


def test_accounts_take_turns(simulation: Simulation) -> None:
    accounts = [simulation.account(), simulation.account()]
    simulation.campaign(emails("s1", "s2", "s3", "s4", "s5"), accounts=accounts, daily_limit_per_inbox=2)
    simulation.advance(days=2)
    assert [accounts.index(event.inbox_id or "") for event in simulation.events("sent")] == [0, 1, 0, 1, 0]
    assert [name[:8] for name in simulation.sent()] == [
        "05 09:01",
        "05 09:01",
        "05 13:01",
        "05 13:01",
        "06 09:00",
    ]


def test_the_account_that_rested_longest_is_next(simulation: Simulation) -> None:
    accounts = [simulation.account(), simulation.account()]
    campaign = simulation.campaign(emails("s1"), accounts=accounts, sequences=[follow_up()])
    simulation.advance(days=1)
    simulation.bench.add_lead(campaign, "s2@example.com")
    simulation.advance(days=1)
    assert [event.inbox_id for event in simulation.events("sent")] == accounts


def test_an_account_that_is_not_active_sends_nothing(simulation: Simulation) -> None:
    idle, busy = simulation.account(overall_status="PAUSED"), simulation.account()
    simulation.campaign(emails("s1", "s2"), accounts=[idle, busy])
    simulation.advance(days=1)
    assert {event.inbox_id for event in simulation.events("sent")} == {busy}


def test_without_a_usable_account_a_campaign_waits_for_one(simulation: Simulation) -> None:
    inbox_id = simulation.account()
    campaign = simulation.campaign(emails("s1"), accounts=[inbox_id])
    simulation.bench.set_status(simulation.workspace.sender_accounts.get(inbox_id), "PAUSED")
    advance_sending(simulation.workspace)
    simulation.advance(days=3)
    assert (simulation.sent(), simulation.status(campaign)) == ([], "ACTIVE")
    simulation.bench.set_status(simulation.workspace.sender_accounts.get(inbox_id), "ACTIVE")
    advance_sending(simulation.workspace)
    simulation.advance(hours=1)
    assert simulation.sent() == ["08 09:00:00 s1 1"]


def test_a_start_date_is_waited_for(simulation: Simulation) -> None:
    simulation.campaign(emails("s1"), start_date="2026-01-07T12:30:00Z")
    simulation.advance(days=5)
    assert simulation.sent() == ["07 12:30:00 s1 1"]


def test_the_accounts_own_limit_holds_for_all_its_campaigns_together(simulation: Simulation) -> None:
    inbox_id = simulation.account(daily_limit=3)
    simulation.campaign(emails("s1", "s2", "s3"), accounts=[inbox_id])
    simulation.campaign(emails("t1", "t2", "t3"), accounts=[inbox_id])
    simulation.advance(hours=10)
    assert len(simulation.sent()) == 3
    simulation.advance(days=1)
    assert len(simulation.sent()) == 6


def test_mails_sent_by_hand_count_too(simulation: Simulation) -> None:
    inbox_id = simulation.account(daily_limit=2)
    simulation.campaign(emails("s1", "s2", "s3"), accounts=[inbox_id])
    simulation.bench.add(simulation.bench.direct_mails, inbox_id=inbox_id, recipient_email="ada@example.com")
    simulation.advance(hours=10)
    assert len(simulation.sent()) == 1


def test_a_mail_sent_by_hand_on_the_way_counts_too(simulation: Simulation) -> None:
    inbox_id = simulation.account(daily_limit=3)
    simulation.campaign(emails("s1", "s2", "s3"), accounts=[inbox_id])
    simulation.advance(minutes=1)
    for _ in range(2):
        mail = DirectMail(
            simulation.workspace.draw_id(), inbox_id, "ada@example.com", simulation.workspace.now()
        )
        simulation.workspace.direct_mails.put(mail)
    simulation.advance(hours=9)
    assert len(simulation.sent()) == 1
    simulation.advance(days=1)
    assert len(simulation.sent()) == 3


def test_a_ramp_up_allows_more_each_day_of_the_campaigns_zone(simulation: Simulation) -> None:
    ramp_up: Any = {"ramp_up_enabled": True, "ramp_up_increment": 1, "ramp_up_max_limit": 3}
    simulation.campaign(emails(*(f"s{n}" for n in range(20))), **ramp_up)
    simulation.advance(days=5)
    days = [mail[:2] for mail in simulation.sent()]
    assert [days.count(f"{day:02}") for day in range(5, 10)] == [1, 2, 3, 3, 3]


@pytest.mark.parametrize(
    ("timezone", "first"),
    [
        ("America/New_York", "2026-03-09T13:00:00+00:00"),
        ("Europe/London", "2026-03-09T09:00:00+00:00"),
        ("Asia/Kolkata", "2026-03-09T03:30:00+00:00"),
    ],
)
def test_the_window_is_that_of_the_campaigns_zone(timezone: str, first: str) -> None:
    simulation = simulate(datetime(2026, 3, 7, 12, tzinfo=UTC))
    simulation.campaign(emails("s1"), timezone=timezone, sending_days=[1, 2, 3, 4, 5])
    simulation.advance(days=7)
    assert [event.at.isoformat() for event in simulation.events("sent")] == [first]


def test_each_lead_gets_the_variant_that_was_drawn_for_it(simulation: Simulation) -> None:
    variants = [variant("A", 25, subject_template="First"), variant("B", 75, subject_template="Other")]
    campaign = simulation.campaign(emails(*(f"s{n}" for n in range(8))), variants=variants)
    simulation.advance(days=1)
    drawn = {lead.lead_id: lead.variant_name for lead in simulation.leads(campaign)}
    sent = simulation.events("sent")
    assert {event.lead_id: event.details["variant_name"] for event in sent} == drawn
    assert sorted(event.details["subject"] for event in sent) == ["First"] * 2 + ["Other"] * 6


# ---------------------------------------------------------------- follow-ups


def test_follow_ups_wait_their_days_and_answer_the_first_mail(simulation: Simulation) -> None:
    steps = [follow_up(2, wait_days=3), follow_up(3, wait_days=2)]
    campaign = simulation.campaign(emails("silent1"), sequences=steps)
    simulation.advance(days=30)
    assert simulation.sent() == ["05 09:01:00 silent1 1", "08 09:01:00 silent1 2", "10 09:01:00 silent1 3"]
    subjects = [event.details["subject"] for event in simulation.events("sent")]
    assert subjects == ["Quick question,", "Re: Quick question,", "Re: Quick question,"]
    assert simulation.status(campaign) == "COMPLETED"


def test_follow_ups_go_before_new_leads_and_by_the_same_account(simulation: Simulation) -> None:
    accounts = [simulation.account(), simulation.account()]
    names = [f"silent{n}" for n in range(8)]
    simulation.campaign(emails(*names), accounts=accounts, daily_limit_per_inbox=1,
                  sequences=[follow_up(2, wait_days=1)])  # fmt: skip
    simulation.advance(days=10)
    sent = simulation.events("sent")
    # On the second day a new lead is ready when the window opens, the follow-up a minute later.
    assert [event.details["sequence_step"] for event in sent] == [1] * 4 + [2] * 4 + [1, 1, 2, 2] * 2
    by_lead: dict[str, set[str | None]] = {}
    for event in sent:
        by_lead.setdefault(event.lead_id, set()).add(event.inbox_id)
    assert all(len(senders) == 1 for senders in by_lead.values())


def test_follow_ups_come_from_the_first_account_again_once_it_is_back(simulation: Simulation) -> None:
    first, second = simulation.account(), simulation.account()
    steps = [follow_up(2, wait_days=1), follow_up(3, wait_days=1)]
    simulation.campaign(emails("silent"), accounts=[first, second], sequences=steps)
    simulation.advance(hours=1)
    for status in ("PAUSED", "ACTIVE"):
        simulation.bench.set_status(simulation.workspace.sender_accounts.get(first), status)
        simulation.advance(days=1)
    assert [event.inbox_id for event in simulation.events("sent")] == [first, second, first]


@pytest.mark.parametrize(
    ("name", "trigger", "steps"),
    [
        ("silent", "NOT_OPENED", [1, 2, 3]),
        ("open", "NOT_OPENED", [1, 3]),
        ("silent", "OPENED_BUT_NOT_REPLIED", [1, 3]),
        ("open", "OPENED_BUT_NOT_REPLIED", [1, 2, 3]),
        ("open", "NOT_REPLIED", [1, 2, 3]),
        ("reply", "NOT_REPLIED", [1]),
        ("interested", "NOT_OPENED", [1]),
        ("ooo", "NOT_REPLIED", [1]),
        ("bounce", "NOT_OPENED", [1]),
        ("unsubscribe", "NOT_REPLIED", [1]),
    ],
)
def test_a_step_is_sent_where_its_trigger_is_met(name: str, trigger: str, steps: list[int]) -> None:
    simulation = simulate()
    sequences = [follow_up(2, trigger_type=trigger, wait_days=2), follow_up(3, wait_days=2)]
    simulation.campaign(emails(name), sequences=sequences, variants=[variant(**HTML)], enable_tracking=True)
    simulation.advance(days=20)
    assert [event.details["sequence_step"] for event in simulation.events("sent")] == steps
    # What is passed over counts its days all the same.
    assert simulation.events("sent")[-1].at.day == (9 if 3 in steps else 5)


def test_an_open_while_a_follow_up_waits_takes_it_back(simulation: Simulation) -> None:
    steps = [follow_up(2, trigger_type="NOT_OPENED", wait_days=5)]
    campaign = simulation.campaign(emails("silent1"), sequences=steps, sending_days=[1])
    simulation.advance(days=5, hours=1)  # due on Saturday, to be sent on Monday
    simulation.bench.record_event(simulation.leads(campaign)[0], "opened")
    advance_sending(simulation.workspace)
    simulation.advance(days=10)
    assert simulation.sent() == ["05 09:01:00 silent1 1"]
    assert simulation.status(campaign) == "COMPLETED"


def test_a_reply_from_outside_ends_the_chain(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("silent1"), sequences=[follow_up()])
    simulation.advance(days=1)
    simulation.bench.receive_reply(simulation.leads(campaign)[0])
    advance_sending(simulation.workspace)
    simulation.advance(days=10)
    assert len(simulation.sent()) == 1


def test_what_happens_to_a_lead_before_its_turn_does_not_confuse_the_queue(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("silent1", "silent2"), daily_limit_per_inbox=1)
    for tag in ("hot", "cold"):
        simulation.bench.tag_lead(simulation.leads(campaign)[0], tag)
        advance_sending(simulation.workspace)
    simulation.advance(days=2)
    assert [mail[12:] for mail in simulation.sent()] == ["silent1 1", "silent2 1"]


def test_variants_of_follow_ups_keep_their_shares(simulation: Simulation) -> None:
    versions = [variant("A", 70), variant("B", 30)]
    simulation.campaign(emails(*(f"silent{n}" for n in range(10))), sequences=[follow_up(variants=versions)])
    simulation.advance(days=10)
    names = [e.details["variant_name"] for e in simulation.events("sent") if e.details["sequence_step"] == 2]
    assert (names.count("A"), names.count("B")) == (7, 3)


# ---------------------------------------------------------------- subsequences
