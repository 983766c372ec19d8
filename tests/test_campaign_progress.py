"""What becomes of a campaign on its way: pauses, ends, and people lost to all campaigns."""

from datetime import UTC, datetime

import pytest

from mockserver.model.people import remove_lead, suppress
from mockserver.sending import advance_sending

from .kit.simulation import MONDAY, Story, emails, follow_up, story

# ---------------------------------------------------------------- across campaigns


@pytest.mark.parametrize("name", ["bounce", "unsubscribe"])
def test_who_is_lost_to_one_campaign_is_lost_to_all(name: str) -> None:
    tale = story()
    tale.campaign(emails(name))
    other = tale.campaign(emails(name, "silent"), start_date="2026-01-08T00:00:00Z")
    tale.advance(days=10)
    assert [mail[12:] for mail in tale.sent(other)] == ["silent 1"]
    assert tale.status(other) == "COMPLETED"


@pytest.mark.parametrize("kind", ["bounced", "unsubscribed"])
def test_so_is_one_of_whom_a_test_says_so(kind: str, tale: Story) -> None:
    known = tale.campaign(emails("silent1"), sequences=[follow_up()])
    other = tale.campaign(emails("silent1"), start_date="2026-01-08T00:00:00Z")
    tale.advance(days=1)
    tale.bench.record_event(tale.leads(known)[0], kind)
    tale.advance(days=10)
    assert (tale.sent(other), len(tale.sent(known))) == ([], 1)


def test_a_reply_ends_no_other_campaign(tale: Story) -> None:
    tale.campaign(emails("reply"))
    other = tale.campaign(emails("reply"), start_date="2026-01-08T00:00:00Z")
    tale.advance(days=10)
    assert len(tale.sent(other)) == 1


def test_a_suppressed_address_gets_nothing(tale: Story) -> None:
    campaign = tale.campaign(emails("silent1", "silent2"), daily_limit_per_inbox=1)
    suppress(tale.workspace, "SILENT2@example.com")
    tale.advance(days=5)
    assert tale.sent() == ["05 09:01:00 silent1 1"]
    assert tale.status(campaign) == "COMPLETED"


# ---------------------------------------------------------------- the campaign's status


def test_a_pause_stops_sending_at_once_and_not_what_people_do(tale: Story) -> None:
    campaign = tale.campaign(emails("open1", "open2"), daily_limit_per_inbox=1)
    tale.advance(seconds=60)
    tale.change(campaign, status="PAUSED")
    assert tale.advance(days=7) == {"opened": 1}
    tale.change(campaign, status="ACTIVE")
    assert tale.advance(seconds=59) == {}
    tale.advance(days=7)
    assert tale.sent() == ["05 09:01:00 open1 1", "12 09:02:00 open2 1"]


def test_a_change_while_paused_takes_effect(tale: Story) -> None:
    campaign = tale.campaign(emails("s1", "s2", "s3"), daily_limit_per_inbox=1)
    tale.advance(days=1)
    paused = tale.change(campaign, status="PAUSED")
    settings = {**paused.settings, "daily_limit_per_inbox": 100, "sending_window_start": 12}
    tale.change(campaign, status="ACTIVE", settings=settings)
    tale.advance(days=1)
    assert [mail[:5] for mail in tale.sent()] == ["05 09", "06 09", "06 12"]


def test_an_archived_campaign_is_cut_off(tale: Story) -> None:
    campaign = tale.campaign(emails("open1", "open2"), daily_limit_per_inbox=1)
    tale.advance(seconds=60)
    tale.change(campaign, status="ARCHIVED", inbox_ids=())
    assert tale.advance(days=7) == {}
    assert len(tale.workspace.coming_events) == 0


def test_what_is_to_come_for_a_lead_goes_with_it(tale: Story) -> None:
    campaign = tale.campaign(emails("reply1", "reply2"), sequences=[follow_up()])
    tale.advance(seconds=60)
    assert {tale.name(event) for event in tale.workspace.coming_events} == {"reply1"}
    remove_lead(tale.workspace, tale.leads(campaign)[0])
    assert len(tale.workspace.coming_events) == 0
    tale.advance(days=7)
    assert {tale.name(event) for event in tale.events()} == {"reply2"}
    assert {tale.name(event) for event in tale.workspace.coming_events} == set()


def test_a_campaign_is_completed_when_nothing_is_left_to_come(tale: Story) -> None:
    campaign = tale.campaign(emails("reply1", "silent1"), sequences=[follow_up()])
    tale.advance(days=2)
    assert tale.status(campaign) == "ACTIVE"
    happened = tale.advance(days=3)
    assert happened["completed"] == 1
    completed = tale.workspace.campaigns.get(campaign.campaign_id)
    assert (completed.status, completed.updated_at) == ("COMPLETED", tale.events("sent")[-1].at)


def test_a_lead_added_on_the_way_is_served_too(tale: Story) -> None:
    campaign = tale.campaign(emails("silent1"), sequences=[follow_up()])
    tale.advance(days=1)
    tale.bench.add_lead(campaign, "silent2@example.com")
    advance_sending(tale.workspace)
    tale.advance(days=1)
    assert tale.sent()[1:] == ["06 09:01:00 silent2 1"]


def test_nothing_due_is_found_out_without_looking(tale: Story) -> None:
    tale.campaign(emails("silent1"), sequences=[follow_up()])
    tale.advance(hours=1)
    engine = tale.workspace.engine
    assert tale.advance(hours=1) == {}
    assert tale.workspace.engine is engine
    assert tale.workspace.now().timestamp() < engine.due


def test_a_clock_that_goes_back_undoes_and_repeats_nothing(tale: Story) -> None:
    tale.campaign(emails("silent1"), sequences=[follow_up()])
    tale.advance(days=1)
    tale.advance(days=-1)
    tale.advance(days=5)
    assert tale.sent() == ["05 09:01:00 silent1 1", "08 09:01:00 silent1 2"]


def test_the_end_of_the_calendar_is_no_trouble() -> None:
    tale = story(datetime(9999, 12, 27, 8, tzinfo=UTC))
    tale.campaign(emails("reply1", "silent2"), sequences=[follow_up()])
    tale.advance(days=3)
    assert [event.details["sequence_step"] for event in tale.events("sent")] == [1, 1]


def test_a_seeded_state_goes_on_from_the_present(tale: Story) -> None:
    tale.campaign(emails("silent1"))
    tale.workspace.clock.freeze(MONDAY.replace(year=2027))
    tale.workspace.restore(tale.workspace.snapshot())
    tale.advance(days=1)
    assert [event.at.isoformat() for event in tale.events("sent")] == ["2027-01-05T09:01:00+00:00"]
