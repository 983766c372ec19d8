"""Moves into subsequences, how far leads get there, and what a journey shows."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver.mails.incoming_events import tag_lead
from mockserver.model.events import record_event
from mockserver.model.subsequences import (
    EnrollmentProgress,
    enter_subsequence,
    find_triggered,
    trace_enrollment,
)

from .kit.api import UNKNOWN_ID, Api, follow_up
from .kit.subsequences import add_subsequence, move_leads, subsequence_step


@pytest.fixture
def campaign_id(api: Api) -> str:
    return api.ready(sequences=[follow_up(2)])


@pytest.fixture
def lead_id(api: Api, campaign_id: str) -> str:
    return api.lead(campaign_id, "grace@example.com")


def journey(api: Api, campaign_id: str, lead_id: str) -> Any:
    return api.ok("getLeadJourney", campaign_id=campaign_id, lead_id=lead_id)


def send(api: Api, lead_id: str, made: Any, index: int) -> str:
    """Let a subsequence send one of its mails; returns its id."""
    details = {
        "sequence_step": 0,
        "subject": made["nodes"][index]["variants"][0]["subject"],
        "subsequence_id": made["entry_edge"]["id"],
        "node_id": made["nodes"][index]["id"],
    }
    return record_event(api.workspace, api.workspace.leads.get(lead_id), "sent", details=details).email_id


def progress(api: Api) -> EnrollmentProgress:
    """Return how far the only lead in a subsequence has come."""
    (enrollment,) = api.workspace.enrollments
    return trace_enrollment(api.workspace, enrollment)


def test_a_move_reports_each_entry(api: Api, campaign_id: str, lead_id: str) -> None:
    made = add_subsequence(api, campaign_id)
    entry = made["nodes"][0]["id"]
    answer = move_leads(api, campaign_id, entry, lead_id)
    (enrollment,) = answer["enrollments"]
    assert (answer["success_count"], answer["skipped_leads"]) == (1, [])
    assert enrollment["lead_id"] == lead_id
    assert enrollment["subsequence_id"] == made["entry_edge"]["id"]
    assert enrollment["entry_node_id"] == entry
    (shown,) = journey(api, campaign_id, lead_id)["enrollments"]
    assert enrollment.items() - {("lead_id", lead_id)} <= shown.items()
    assert (shown["origin"], shown["status"], shown["sent_count"]) == ("manual", "active", 0)


def test_a_move_skips_who_is_there_already_and_who_is_no_lead_of_the_campaign(
    api: Api, campaign_id: str, lead_id: str
) -> None:
    entry = add_subsequence(api, campaign_id)["nodes"][0]["id"]
    stranger = api.lead(api.campaign(), "ada@example.com")
    other = api.lead(campaign_id, "alan@example.com")
    assert move_leads(api, campaign_id, entry, lead_id, lead_id)["success_count"] == 1
    answer = move_leads(api, campaign_id, entry, lead_id, UNKNOWN_ID, stranger, other)
    assert [e["lead_id"] for e in answer["enrollments"]] == [other]
    assert answer["skipped_leads"] == [
        {"lead_id": lead_id, "reason": "Already enrolled"},
        {"lead_id": UNKNOWN_ID, "reason": "Lead not found"},
        {"lead_id": stranger, "reason": "Lead not found"},
    ]
    assert len(api.workspace.enrollments) == 2


@pytest.mark.parametrize("which", ["entry edge", "main node", "second node"])
def test_a_move_needs_the_entry_node(api: Api, campaign_id: str, lead_id: str, which: str) -> None:
    made = add_subsequence(api, campaign_id)
    main = api.ok("getFlow", campaign_id=campaign_id)["nodes"][0]["id"]
    target, detail = {
        "entry edge": (made["entry_edge"]["id"], "Target node is not a subsequence node"),
        "main node": (main, "Target node is not a subsequence node"),
        "second node": (made["nodes"][1]["id"], "Target node is not the entry node of a subsequence"),
    }[which]
    body = {"lead_ids": [lead_id], "target_subsequence_node_id": target}
    answer = api("moveLeadsToSubsequence", body, campaign_id=campaign_id)
    assert (answer.status, answer.body) == (400, {"detail": detail})


def test_a_subsequence_sends_its_steps_in_order_until_all_are_sent(
    api: Api, campaign_id: str, lead_id: str
) -> None:
    made = add_subsequence(api, campaign_id)
    move_leads(api, campaign_id, made["nodes"][0]["id"], lead_id)
    seen = [(progress(api).state, progress(api).next_index)]
    for index in (0, 1):
        send(api, lead_id, made, index)
        seen.append((progress(api).state, progress(api).next_index))
    assert seen == [("active", 0), ("active", 1), ("completed", None)]
    assert len(progress(api).mails) == 2


@pytest.mark.parametrize("kind", ["replied", "bounced", "unsubscribed"])
def test_a_reply_a_bounce_or_an_unsubscription_stops_a_subsequence(
    api: Api, campaign_id: str, lead_id: str, kind: str
) -> None:
    api.workspace.clock.freeze()
    made = add_subsequence(api, campaign_id)
    move_leads(api, campaign_id, made["nodes"][0]["id"], lead_id)
    send(api, lead_id, made, 0)
    api.workspace.clock.advance(timedelta(seconds=1))
    api.happen(lead_id, kind)
    assert (progress(api).state, progress(api).next_index) == ("stopped", None)


def test_the_reply_that_led_into_a_subsequence_does_not_stop_it(
    api: Api, campaign_id: str, lead_id: str
) -> None:
    api.workspace.clock.freeze()
    made = add_subsequence(api, campaign_id)
    api.happen(lead_id, "sent", "replied")
    move_leads(api, campaign_id, made["nodes"][0]["id"], lead_id)
    assert progress(api).state == "active"


def test_the_next_subsequence_stops_the_one_before(api: Api, campaign_id: str, lead_id: str) -> None:
    first, second = add_subsequence(api, campaign_id), add_subsequence(api, campaign_id, label="Second")
    for made in (first, second):
        move_leads(api, campaign_id, made["nodes"][0]["id"], lead_id)
    shown = journey(api, campaign_id, lead_id)
    assert [e["status"] for e in shown["enrollments"]] == ["stopped", "active"]
    assert shown["current_position"]["subsequence_id"] == second["entry_edge"]["id"]


def test_a_step_with_a_condition_is_never_sent_nor_is_what_follows(
    api: Api, campaign_id: str, lead_id: str
) -> None:
    made = add_subsequence(
        api,
        campaign_id,
        steps=[
            subsequence_step(),
            {**subsequence_step(9), "condition_type": "NOT_REPLIED"},
            subsequence_step(9),
        ],
    )
    move_leads(api, campaign_id, made["nodes"][0]["id"], lead_id)
    assert progress(api).state == "active"
    send(api, lead_id, made, 0)
    assert progress(api).state == "stopped"


def test_who_was_in_a_subsequence_that_is_gone_stays_known(api: Api, campaign_id: str, lead_id: str) -> None:
    made = add_subsequence(api, campaign_id)
    move_leads(api, campaign_id, made["nodes"][0]["id"], lead_id)
    send(api, lead_id, made, 0)
    api.ok("deleteSubsequence", campaign_id=campaign_id, subsequence_id=made["entry_edge"]["id"])
    shown = journey(api, campaign_id, lead_id)
    (enrollment,) = shown["enrollments"]
    assert (enrollment["status"], enrollment["label"], enrollment["sent_count"]) == ("stopped", None, 1)
    assert [point["node_id"] for point in shown["touchpoints"]] == [None]


def test_a_journey_shows_everything_in_the_order_it_happened(
    api: Api, campaign_id: str, lead_id: str
) -> None:
    clock = api.workspace.clock
    clock.freeze()
    main = [node["id"] for node in api.ok("getFlow", campaign_id=campaign_id)["nodes"]]
    assert journey(api, campaign_id, lead_id)["current_position"] == {
        "node_group": "MAIN",
        "subsequence_id": None,
        "node_id": None,
        "position": None,
    }
    lead = api.workspace.leads.get(lead_id)
    details = {"sequence_step": 1, "subject": "Quick question"}
    first = record_event(api.workspace, lead, "sent", details=details)
    assert journey(api, campaign_id, lead_id)["current_node_id"] == main[0]
    clock.advance(timedelta(days=1))
    record_event(api.workspace, lead, "replied", details={"subject": "Re: Quick question", "body": "Yes"})
    made = add_subsequence(api, campaign_id)
    move_leads(api, campaign_id, made["nodes"][0]["id"], lead_id)
    clock.advance(timedelta(days=1))
    send(api, lead_id, made, 0)
    clock.advance(timedelta(days=1))
    record_event(api.workspace, lead, "opened", email_id=first.email_id)
    shown = journey(api, campaign_id, lead_id)
    entry, subsequence_id = made["nodes"][0]["id"], made["entry_edge"]["id"]
    assert [
        (p["event_type"], p["node_id"], p["subsequence_id"], p["sequence_step"], p["subject"])
        for p in shown["touchpoints"]
    ] == [
        ("sent", main[0], None, 1, "Quick question"),
        ("replied", main[0], None, 1, "Quick question"),
        ("sent", entry, subsequence_id, None, "Here's the deck"),
        ("opened", main[0], None, 1, "Quick question"),
    ]
    assert [reply["body_preview"] for reply in shown["replies"]] == ["Yes"]
    assert shown["current_position"] == {
        "node_group": "SUBSEQUENCE",
        "subsequence_id": subsequence_id,
        "node_id": entry,
        "position": 0,
    }
    assert shown["current_node_id"] == entry


def test_only_a_journey_shows_the_mails_of_subsequences(api: Api, campaign_id: str, lead_id: str) -> None:
    api.happen(lead_id, "sent")
    made = add_subsequence(api, campaign_id)
    move_leads(api, campaign_id, made["nodes"][0]["id"], lead_id)
    send(api, lead_id, made, 0)
    lead = api.ok("getLead", campaign_id=campaign_id, lead_id=lead_id)
    assert [mail["sequence_step"] for mail in lead["email_interactions"]] == [1]
    assert lead["sequence_step"] == 1
    assert len(journey(api, campaign_id, lead_id)["touchpoints"]) == 2


def test_a_journey_goes_with_the_lead(api: Api, campaign_id: str, lead_id: str) -> None:
    entry = add_subsequence(api, campaign_id)["nodes"][0]["id"]
    move_leads(api, campaign_id, entry, lead_id)
    api.ok("deleteLeads", [lead_id], campaign_id=campaign_id)
    assert api("getLeadJourney", campaign_id=campaign_id, lead_id=lead_id).status == 404
    assert not len(api.workspace.enrollments)


def test_a_journey_is_found_under_its_own_campaign_and_key_only(
    api: Api, campaign_id: str, lead_id: str
) -> None:
    elsewhere = api("getLeadJourney", campaign_id=api.campaign(), lead_id=lead_id)
    assert (elsewhere.status, elsewhere.body) == (404, {"detail": "Lead not found"})
    stranger = Api(api.app, api.key + "-other")
    assert stranger("getLeadJourney", campaign_id=campaign_id, lead_id=lead_id).status == 404


@pytest.mark.parametrize(
    ("trigger_type", "params", "fires"),
    [
        ("INTENT_TAG", {"tag_names": ["Pricing", "HOT"]}, True),
        ("INTENT_TAG", {"tag_name": "interested"}, True),
        ("INTENT_TAG", {"tag_names": ["cold"]}, False),
        ("KEYWORD", {"phrases": ["never", "show US"]}, True),
        ("KEYWORD", {"phrases": ["quick question"]}, False),
        ("STATUS", {"status": "REPLIED"}, True),
        ("STATUS", {"status": "OPENED"}, False),
    ],
)
def test_a_trigger_fires_for_tags_phrases_of_replies_and_the_status(
    api: Api, campaign_id: str, lead_id: str, trigger_type: str, params: dict[str, Any], fires: bool
) -> None:
    add_subsequence(api, campaign_id, trigger_type=trigger_type, trigger_params=params)
    lead = api.workspace.leads.get(lead_id)
    assert find_triggered(api.workspace, lead) is None
    details = {"subject": "Re: Quick question", "body": "Can you show us?", "category": "interested"}
    record_event(api.workspace, lead, "replied", details=details)
    lead = tag_lead(api.workspace, lead_id, ("hot",))
    assert (find_triggered(api.workspace, lead) is not None) == fires


def test_of_several_subsequences_the_lowest_priority_fires_once_and_paused_ones_do_not(
    api: Api, campaign_id: str, lead_id: str
) -> None:
    trigger = {"trigger_type": "STATUS", "trigger_params": {"status": "PENDING"}}
    ids = [
        add_subsequence(api, campaign_id, priority=priority, **trigger)["entry_edge"]["id"]
        for priority in (5, 1, 5, -1)
    ]
    api.ok("updateSubsequence", {"is_active": False}, campaign_id=campaign_id, subsequence_id=ids[3])
    fired = []
    lead = api.workspace.leads.get(lead_id)
    while subsequence := find_triggered(api.workspace, lead):
        enter_subsequence(api.workspace, lead, subsequence, "trigger")
        fired.append(subsequence.subsequence_id)
    assert fired == [ids[1]]  # the triggers of the others fired at the same time, so they are spent
