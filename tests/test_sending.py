"""Campaigns send as their settings say; the answers were worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.model.branches import enter_branch
from mockserver.model.people import remove_lead, suppress
from mockserver.records import Campaign, DirectMail, Subsequence
from mockserver.sending import advance_sending

from .sending import LIVELY, MONDAY, Story, emails, follow_up, story, variant

HTML: Any = {"content_type": "html", "email_content": "<p>Hi {{first_name}}, see https://example.com/a</p>"}


@pytest.fixture
def tale() -> Story:
    return story()


# ---------------------------------------------------------------- the first mails


def test_mails_go_out_evenly_over_the_window(tale: Story) -> None:
    tale.campaign(emails("silent1", "silent2", "silent3", "silent4"), daily_limit_per_inbox=4)
    tale.advance(hours=8)
    # Eight hours for four mails: one every two hours, the first a minute after the launch.
    assert tale.sent() == ["05 09:01:00 silent1 1", "05 11:01:00 silent2 1", "05 13:01:00 silent3 1",
                           "05 15:01:00 silent4 1"]  # fmt: skip


def test_nothing_moves_in_the_first_minute(tale: Story) -> None:
    campaign = tale.campaign(emails("silent1"))
    assert tale.advance(seconds=59) == {}
    assert tale.status(campaign) == "ACTIVE"
    assert tale.advance(seconds=1) == {"sent": 1, "completed": 1}
    assert tale.status(campaign) == "COMPLETED"


def test_a_limit_of_one_is_one_mail_a_day(tale: Story) -> None:
    tale.campaign(emails("silent1", "silent2", "silent3"), daily_limit_per_inbox=1)
    tale.advance(days=3)
    assert tale.sent() == ["05 09:01:00 silent1 1", "06 09:00:00 silent2 1", "07 09:00:00 silent3 1"]


def test_inboxes_take_turns(tale: Story) -> None:
    inboxes = [tale.inbox(), tale.inbox()]
    tale.campaign(emails("s1", "s2", "s3", "s4", "s5"), inboxes=inboxes, daily_limit_per_inbox=2)
    tale.advance(days=2)
    assert [inboxes.index(event.inbox_id or "") for event in tale.events("sent")] == [0, 1, 0, 1, 0]
    assert [name[:8] for name in tale.sent()] == ["05 09:01", "05 09:01", "05 13:01", "05 13:01", "06 09:00"]


def test_the_inbox_that_rested_longest_is_next(tale: Story) -> None:
    inboxes = [tale.inbox(), tale.inbox()]
    campaign = tale.campaign(emails("s1"), inboxes=inboxes, sequences=[follow_up()])
    tale.advance(days=1)
    tale.bench.add_lead(campaign, "s2@example.com")
    tale.advance(days=1)
    assert [event.inbox_id for event in tale.events("sent")] == inboxes


def test_an_inbox_that_is_not_active_sends_nothing(tale: Story) -> None:
    idle, busy = tale.inbox(overall_status="PAUSED"), tale.inbox()
    tale.campaign(emails("s1", "s2"), inboxes=[idle, busy])
    tale.advance(days=1)
    assert {event.inbox_id for event in tale.events("sent")} == {busy}


def test_without_a_usable_inbox_a_campaign_waits_for_one(tale: Story) -> None:
    inbox_id = tale.inbox()
    campaign = tale.campaign(emails("s1"), inboxes=[inbox_id])
    tale.bench.set_status(tale.workspace.sender_accounts.get(inbox_id), "PAUSED")
    advance_sending(tale.workspace)
    tale.advance(days=3)
    assert (tale.sent(), tale.status(campaign)) == ([], "ACTIVE")
    tale.bench.set_status(tale.workspace.sender_accounts.get(inbox_id), "ACTIVE")
    advance_sending(tale.workspace)
    tale.advance(hours=1)
    assert tale.sent() == ["08 09:00:00 s1 1"]


def test_a_start_date_is_waited_for(tale: Story) -> None:
    tale.campaign(emails("s1"), start_date="2026-01-07T12:30:00Z")
    tale.advance(days=5)
    assert tale.sent() == ["07 12:30:00 s1 1"]


def test_the_inboxs_own_limit_holds_for_all_its_campaigns_together(tale: Story) -> None:
    inbox_id = tale.inbox(daily_limit=3)
    tale.campaign(emails("s1", "s2", "s3"), inboxes=[inbox_id])
    tale.campaign(emails("t1", "t2", "t3"), inboxes=[inbox_id])
    tale.advance(hours=10)
    assert len(tale.sent()) == 3
    tale.advance(days=1)
    assert len(tale.sent()) == 6


def test_mails_sent_by_hand_count_too(tale: Story) -> None:
    inbox_id = tale.inbox(daily_limit=2)
    tale.campaign(emails("s1", "s2", "s3"), inboxes=[inbox_id])
    tale.bench.add("direct_mails", inbox_id=inbox_id, recipient_email="ada@example.com")
    tale.advance(hours=10)
    assert len(tale.sent()) == 1


def test_a_mail_sent_by_hand_on_the_way_counts_too(tale: Story) -> None:
    inbox_id = tale.inbox(daily_limit=3)
    tale.campaign(emails("s1", "s2", "s3"), inboxes=[inbox_id])
    tale.advance(minutes=1)
    for _ in range(2):
        mail = DirectMail(tale.workspace.draw_id(), inbox_id, "ada@example.com", tale.workspace.now())
        tale.workspace.direct_mails.put(mail)
    tale.advance(hours=9)
    assert len(tale.sent()) == 1
    tale.advance(days=1)
    assert len(tale.sent()) == 3


def test_a_ramp_up_allows_more_each_day_of_the_campaigns_zone(tale: Story) -> None:
    ramp_up: Any = {"ramp_up_enabled": True, "ramp_up_increment": 1, "ramp_up_max_limit": 3}
    tale.campaign(emails(*(f"s{n}" for n in range(20))), **ramp_up)
    tale.advance(days=5)
    days = [mail[:2] for mail in tale.sent()]
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
    tale = story(datetime(2026, 3, 7, 12, tzinfo=UTC))
    tale.campaign(emails("s1"), timezone=timezone, sending_days=[1, 2, 3, 4, 5])
    tale.advance(days=7)
    assert [event.at.isoformat() for event in tale.events("sent")] == [first]


def test_each_lead_gets_the_variant_that_was_drawn_for_it(tale: Story) -> None:
    variants = [variant("A", 25, subject_template="First"), variant("B", 75, subject_template="Other")]
    campaign = tale.campaign(emails(*(f"s{n}" for n in range(8))), variants=variants)
    tale.advance(days=1)
    drawn = {lead.lead_id: lead.variant_name for lead in tale.leads(campaign)}
    sent = tale.events("sent")
    assert {event.lead_id: event.details["variant_name"] for event in sent} == drawn
    assert sorted(event.details["subject"] for event in sent) == ["First"] * 2 + ["Other"] * 6


# ---------------------------------------------------------------- follow-ups


def test_follow_ups_wait_their_days_and_answer_the_first_mail(tale: Story) -> None:
    steps = [follow_up(2, wait_days=3), follow_up(3, wait_days=2)]
    campaign = tale.campaign(emails("silent1"), sequences=steps)
    tale.advance(days=30)
    assert tale.sent() == ["05 09:01:00 silent1 1", "08 09:01:00 silent1 2", "10 09:01:00 silent1 3"]
    subjects = [event.details["subject"] for event in tale.events("sent")]
    assert subjects == ["Quick question,", "Re: Quick question,", "Re: Quick question,"]
    assert tale.status(campaign) == "COMPLETED"


def test_follow_ups_go_before_new_leads_and_by_the_same_inbox(tale: Story) -> None:
    inboxes = [tale.inbox(), tale.inbox()]
    names = [f"silent{n}" for n in range(8)]
    tale.campaign(emails(*names), inboxes=inboxes, daily_limit_per_inbox=1,
                  sequences=[follow_up(2, wait_days=1)])  # fmt: skip
    tale.advance(days=10)
    sent = tale.events("sent")
    # On the second day a new lead is ready when the window opens, the follow-up a minute later.
    assert [event.details["sequence_step"] for event in sent] == [1] * 4 + [2] * 4 + [1, 1, 2, 2] * 2
    by_lead: dict[str, set[str | None]] = {}
    for event in sent:
        by_lead.setdefault(event.lead_id, set()).add(event.inbox_id)
    assert all(len(senders) == 1 for senders in by_lead.values())


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
    tale = story()
    sequences = [follow_up(2, trigger_type=trigger, wait_days=2), follow_up(3, wait_days=2)]
    tale.campaign(emails(name), sequences=sequences)
    tale.advance(days=20)
    assert [event.details["sequence_step"] for event in tale.events("sent")] == steps
    # What is passed over counts its days all the same.
    assert tale.events("sent")[-1].at.day == (9 if 3 in steps else 5)


def test_an_open_while_a_follow_up_waits_takes_it_back(tale: Story) -> None:
    steps = [follow_up(2, trigger_type="NOT_OPENED", wait_days=5)]
    campaign = tale.campaign(emails("silent1"), sequences=steps, sending_days=[1])
    tale.advance(days=5, hours=1)  # due on Saturday, to be sent on Monday
    tale.bench.record_event(tale.leads(campaign)[0], "opened")
    advance_sending(tale.workspace)
    tale.advance(days=10)
    assert tale.sent() == ["05 09:01:00 silent1 1"]
    assert tale.status(campaign) == "COMPLETED"


def test_a_reply_from_outside_ends_the_chain(tale: Story) -> None:
    campaign = tale.campaign(emails("silent1"), sequences=[follow_up()])
    tale.advance(days=1)
    tale.bench.receive_reply(tale.leads(campaign)[0])
    advance_sending(tale.workspace)
    tale.advance(days=10)
    assert len(tale.sent()) == 1


def test_what_happens_to_a_lead_before_its_turn_does_not_confuse_the_queue(tale: Story) -> None:
    campaign = tale.campaign(emails("silent1", "silent2"), daily_limit_per_inbox=1)
    for tag in ("hot", "cold"):
        tale.bench.tag_lead(tale.leads(campaign)[0], tag)
        advance_sending(tale.workspace)
    tale.advance(days=2)
    assert [mail[12:] for mail in tale.sent()] == ["silent1 1", "silent2 1"]


def test_variants_of_follow_ups_keep_their_shares(tale: Story) -> None:
    versions = [variant("A", 70), variant("B", 30)]
    tale.campaign(emails(*(f"silent{n}" for n in range(10))), sequences=[follow_up(variants=versions)])
    tale.advance(days=10)
    names = [e.details["variant_name"] for e in tale.events("sent") if e.details["sequence_step"] == 2]
    assert (names.count("A"), names.count("B")) == (7, 3)


# ---------------------------------------------------------------- what people do


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("silent.ada", []),
        ("bounce", ["bounced"]),
        ("OpenSesame", ["opened"]),
        ("clicker", ["opened", "clicked"]),
        ("reply", ["opened", "replied"]),
        ("interested", ["opened", "replied"]),
        ("ooo", ["replied"]),
        ("unsubscribe", ["opened", "unsubscribed"]),
    ],
)
def test_an_address_tells_what_its_owner_does(name: str, kinds: list[str]) -> None:
    tale = story(rates=dict.fromkeys(LIVELY, 1.0))
    tale.campaign(emails(name))
    tale.advance(days=3)
    assert [event.kind for event in tale.events()] == ["sent", *kinds]


@pytest.mark.parametrize(
    ("name", "category", "is_auto_reply"),
    [("reply", None, False), ("interested", "interested", False), ("ooo", "out_of_office", True)],
)
def test_a_reply_has_a_category(name: str, category: str | None, is_auto_reply: bool) -> None:
    tale = story()
    tale.campaign(emails(name))
    tale.advance(days=1)
    [reply] = tale.events("replied")
    assert reply.details.get("category") == category
    assert reply.details["is_auto_reply"] is is_auto_reply
    assert reply.details["subject"].endswith("Quick question,")
    assert reply.details["body"]


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({}, set()),
        ({"enable_tracking": True}, {"opened"}),
        ({"enable_click_tracking": True}, {"clicked"}),
        ({"enable_tracking": True, "variants": [variant()]}, set()),
        ({"enable_click_tracking": True, "variants": [variant()]}, set()),
    ],
)
def test_opens_and_clicks_are_noticed_only_where_they_are_tracked(
    settings: dict[str, Any], kinds: set[str]
) -> None:
    tale = story(rates={"opened": 1, "clicked": 1})
    tale.campaign(emails("ada"), **{"variants": [variant(**HTML)], **settings})
    tale.advance(days=3)
    assert {event.kind for event in tale.events()} == {"sent", *kinds}


def test_a_click_names_its_link(tale: Story) -> None:
    tale.campaign(emails("click"), variants=[variant(**HTML)], enable_click_tracking=True)
    tale.advance(days=1)
    [click] = tale.events("clicked")
    assert click.details == {"url": "https://example.com/a", "link_index": 0, "verified": True}


@pytest.mark.parametrize(("enabled", "gone"), [(True, 5), (False, 0)])
def test_nobody_unsubscribes_without_a_link_to_do_so(enabled: bool, gone: int) -> None:
    tale = story(rates={"unsubscribed": 1})
    tale.campaign(emails("a", "b", "c", "d", "e"), enable_unsubscribe=enabled)
    tale.advance(days=5)
    assert len(tale.events("unsubscribed")) == gone


def test_rates_set_in_the_workspace_count_from_the_next_mail_on(tale: Story) -> None:
    campaign = tale.campaign(emails("a", "b"), daily_limit_per_inbox=1)
    tale.advance(hours=1)
    tale.bench.add("rates", name="bounced", value=1.0)
    tale.advance(days=2)
    assert [tale.name(event) for event in tale.events("bounced")] == ["b"]
    assert tale.status(campaign) == "COMPLETED"


def test_rates_come_out_about_as_set() -> None:
    rates = {"bounced": 0.05, "opened": 0.5, "replied": 0.1, "unsubscribed": 0.05}
    tale = story(rates=rates)
    tale.campaign((f"p{n}@example.com" for n in range(1000)), inboxes=[tale.inbox(daily_limit=1000)],
                  variants=[variant(**HTML)], enable_tracking=True)  # fmt: skip
    tale.advance(days=7)
    counts = {kind: len(tale.events(kind)) for kind in ("bounced", "opened", "replied", "unsubscribed")}
    assert 25 <= counts["bounced"] <= 80
    assert 420 <= counts["opened"] <= 530
    assert 60 <= counts["replied"] <= 130
    assert 25 <= counts["unsubscribed"] <= 80


# ---------------------------------------------------------------- branches


def add_branch(tale: Story, campaign: Campaign, trigger_type: str, **params: Any) -> Subsequence:
    step = {"wait_seconds": 3600, "variants": [{"subject": "More, {{first_name|friend}}", "body": "Here."}]}
    found: Subsequence = tale.bench.add(
        "subsequences", campaign_id=campaign.campaign_id, trigger_type=trigger_type, trigger_params=params,
        steps=[step, {**step, "wait_seconds": 2 * 3600}],
    )  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("name", "trigger", "params", "taken"),
    [
        ("interested", "INTENT_TAG", {"tag_names": ["interested"]}, True),
        ("reply", "INTENT_TAG", {"tag_names": ["interested"]}, False),
        ("reply", "KEYWORD", {"phrases": ["who sent you"]}, True),
        ("interested", "KEYWORD", {"phrases": ["who sent you"]}, False),
        ("open", "STATUS", {"status": "OPENED"}, True),
        ("silent", "STATUS", {"status": "OPENED"}, False),
        ("bounce", "STATUS", {"status": "BOUNCED"}, False),
    ],
)
def test_a_branch_takes_those_whose_trigger_fires(
    name: str, trigger: str, params: dict[str, Any], taken: bool
) -> None:
    tale = story()
    campaign = tale.campaign(emails(name), launched=False, sequences=[follow_up()])
    branch = add_branch(tale, campaign, trigger, **params)
    tale.launch(campaign)
    happened = tale.advance(days=10)
    assert happened["enrolled"] == len(tale.workspace.enrollments) == int(taken)
    mails = [e for e in tale.events("sent") if e.details.get("subsequence_id") == branch.subsequence_id]
    assert [mail.details["subject"] for mail in mails] == ["More, friend"] * 2 * taken
    if taken:  # the trigger, an hour, two hours; and no follow-up of the main chain
        [entry] = tale.workspace.enrollments
        assert [(mail.at - entry.enrolled_at).total_seconds() for mail in mails] == [3600, 3 * 3600]
        assert [e.details["sequence_step"] for e in tale.events("sent")] == [1, 0, 0]
    assert tale.status(campaign) == "COMPLETED"


def test_a_lead_moved_by_hand_leaves_the_main_chain(tale: Story) -> None:
    campaign = tale.campaign(emails("silent1", "silent2"), launched=False, sequences=[follow_up()])
    branch = add_branch(tale, campaign, "KEYWORD", phrases=["never said"])
    tale.launch(campaign)
    tale.advance(days=1)
    enter_branch(tale.workspace, tale.leads(campaign)[0], branch, "manual")
    tale.advance(days=10)
    steps = {name: [mail[-1] for mail in tale.sent() if name in mail] for name in ("silent1", "silent2")}
    assert steps == {"silent1": ["1", "0", "0"], "silent2": ["1", "2"]}


def test_a_paused_branch_holds_its_leads_back(tale: Story) -> None:
    campaign = tale.campaign(emails("interested"), launched=False)
    branch = add_branch(tale, campaign, "INTENT_TAG", tag_names=["interested"])
    tale.launch(campaign)
    while not len(tale.workspace.enrollments):  # the first mail of the branch is due an hour later
        tale.advance(minutes=10)
    for is_active in (False, True):
        tale.workspace.subsequences.put(replace(branch, is_active=is_active))
        tale.advance(days=2)
        assert (tale.status(campaign), len(tale.sent())) == (("COMPLETED", 3) if is_active else ("ACTIVE", 1))


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
