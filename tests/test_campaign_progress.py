"""What becomes of a campaign on its way: pauses, ends, and leads lost to all campaigns."""

from datetime import UTC, datetime

import pytest

from mockserver.model.contacts import remove_lead, suppress
from mockserver.sending import advance_sending

from .kit.simulation import MONDAY, Simulation, emails, follow_up, simulate

# ---------------------------------------------------------------- across campaigns


@pytest.mark.parametrize("name", ["bounce", "unsubscribe"])
def test_who_is_lost_to_one_campaign_is_lost_to_all(name: str) -> None:
    simulation = simulate()
    simulation.campaign(emails(name))
    other = simulation.campaign(emails(name, "silent"), start_date="2026-01-08T00:00:00Z")
    simulation.advance(days=10)
    assert [mail[12:] for mail in simulation.sent(other)] == ["silent 1"]
    assert simulation.status(other) == "COMPLETED"


@pytest.mark.parametrize("kind", ["bounced", "unsubscribed"])
def test_so_is_one_whose_event_a_test_records(kind: str, simulation: Simulation) -> None:
    known = simulation.campaign(emails("silent1"), sequences=[follow_up()])
    other = simulation.campaign(emails("silent1"), start_date="2026-01-08T00:00:00Z")
    simulation.advance(days=1)
    simulation.bench.record_event(simulation.leads(known)[0], kind)
    simulation.advance(days=10)
    assert (simulation.sent(other), len(simulation.sent(known))) == ([], 1)


def test_a_reply_ends_no_other_campaign(simulation: Simulation) -> None:
    simulation.campaign(emails("reply"))
    other = simulation.campaign(emails("reply"), start_date="2026-01-08T00:00:00Z")
    simulation.advance(days=10)
    assert len(simulation.sent(other)) == 1


def test_a_suppressed_address_gets_nothing(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("silent1", "silent2"), daily_limit_per_inbox=1)
    suppress(simulation.workspace, "SILENT2@example.com")
    simulation.advance(days=5)
    assert simulation.sent() == ["05 09:01:00 silent1 1"]
    assert simulation.status(campaign) == "COMPLETED"


# ---------------------------------------------------------------- the campaign's status


def test_a_pause_stops_sending_and_no_reactions(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("reply1", "reply2"), daily_limit_per_inbox=1)
    simulation.advance(seconds=60)
    simulation.change(campaign, status="PAUSED")
    assert simulation.advance(days=7) == {"replied": 1}
    simulation.change(campaign, status="ACTIVE")
    assert simulation.advance(seconds=59) == {}
    simulation.advance(days=7)
    assert simulation.sent() == ["05 09:01:00 reply1 1", "12 09:02:00 reply2 1"]


def test_a_change_while_paused_takes_effect(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("s1", "s2", "s3"), daily_limit_per_inbox=1)
    simulation.advance(days=1)
    paused = simulation.change(campaign, status="PAUSED")
    settings = {**paused.settings, "daily_limit_per_inbox": 100, "sending_window_start": 12}
    simulation.change(campaign, status="ACTIVE", settings=settings)
    simulation.advance(days=1)
    assert [mail[:5] for mail in simulation.sent()] == ["05 09", "06 09", "06 12"]


def test_an_archived_campaign_is_cut_off(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("open1", "open2"), daily_limit_per_inbox=1)
    simulation.advance(seconds=60)
    simulation.change(campaign, status="ARCHIVED", inbox_ids=())
    assert simulation.advance(days=7) == {}
    assert len(simulation.workspace.coming_events) == 0


def test_what_is_to_come_for_a_lead_goes_with_it(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("reply1", "reply2"), sequences=[follow_up()])
    simulation.advance(seconds=60)
    assert {simulation.name(event) for event in simulation.workspace.coming_events} == {"reply1"}
    remove_lead(simulation.workspace, simulation.leads(campaign)[0])
    assert len(simulation.workspace.coming_events) == 0
    simulation.advance(days=7)
    assert {simulation.name(event) for event in simulation.events()} == {"reply2"}
    assert {simulation.name(event) for event in simulation.workspace.coming_events} == set()


def test_a_campaign_is_completed_when_nothing_is_left_to_come(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("reply1", "silent1"), sequences=[follow_up()])
    simulation.advance(days=2)
    assert simulation.status(campaign) == "ACTIVE"
    happened = simulation.advance(days=3)
    assert happened["completed"] == 1
    completed = simulation.workspace.campaigns.get(campaign.campaign_id)
    assert (completed.status, completed.updated_at) == ("COMPLETED", simulation.events("sent")[-1].at)


def test_an_engine_that_was_replaced_follows_no_more(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("silent1"), sequences=[follow_up()])
    for status in ("PAUSED", "ACTIVE", "PAUSED"):
        simulation.change(campaign, status=status)
    assert simulation.workspace.campaigns.count_followers() == 1


def test_a_lead_added_on_the_way_is_served_too(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("silent1"), sequences=[follow_up()])
    simulation.advance(days=1)
    simulation.bench.add_lead(campaign, "silent2@example.com")
    advance_sending(simulation.workspace)
    simulation.advance(days=1)
    assert simulation.sent()[1:] == ["06 09:01:00 silent2 1"]


def test_nothing_due_is_found_out_without_looking(simulation: Simulation) -> None:
    simulation.campaign(emails("silent1"), sequences=[follow_up()])
    simulation.advance(hours=1)
    engine = simulation.workspace.engine
    assert simulation.advance(hours=1) == {}
    assert simulation.workspace.engine is engine
    assert simulation.workspace.now().timestamp() < engine.due


def test_a_clock_that_goes_back_undoes_and_repeats_nothing(simulation: Simulation) -> None:
    simulation.campaign(emails("silent1"), sequences=[follow_up()])
    simulation.advance(days=1)
    simulation.advance(days=-1)
    simulation.advance(days=5)
    assert simulation.sent() == ["05 09:01:00 silent1 1", "08 09:01:00 silent1 2"]


def test_the_end_of_the_calendar_is_no_trouble() -> None:
    simulation = simulate(datetime(9999, 12, 27, 8, tzinfo=UTC))
    simulation.campaign(emails("reply1", "silent2"), sequences=[follow_up()])
    simulation.advance(days=3)
    assert [event.details["sequence_step"] for event in simulation.events("sent")] == [1, 1]


def test_a_seeded_state_goes_on_from_the_present(simulation: Simulation) -> None:
    simulation.campaign(emails("silent1"))
    simulation.workspace.clock.freeze(MONDAY.replace(year=2027))
    simulation.workspace.restore(simulation.workspace.snapshot().keep_records())
    simulation.advance(days=1)
    assert [event.at.isoformat() for event in simulation.events("sent")] == ["2027-01-05T09:01:00+00:00"]
