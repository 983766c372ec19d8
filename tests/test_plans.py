"""What a campaign will do, and what it lacks for it."""

from typing import Any

import pytest

from .kit.api import Api, follow_up
from .kit.control import CONTROL, Control

# ---------------------------------------------------------------- plans
from .kit.simulation import ready

MONDAY = "2026-01-05T09:00:00Z"


@pytest.fixture
def control(control: Control) -> Control:
    control.ok("setClock", {"now": MONDAY, "frozen": True})
    return control


def test_a_plan_is_what_happens(api: Api, control: Control) -> None:
    leads = ["silent@example.com", "reply@example.com", "ada@example.com"]
    campaign_id = ready(api, *leads, sequences=[follow_up(), follow_up(3, wait_days=2)])
    before = api.remembered()
    draft = control.ok("planCampaign", campaign_id=campaign_id)
    assert api.remembered() == before
    api.update(campaign_id, launch=True)
    launched = control.ok("planCampaign", campaign_id=campaign_id)
    assert (draft["status"], launched["status"]) == ("DRAFT", "ACTIVE")
    assert draft["mails"] == launched["mails"]
    control.ok("moveClock", {"advance": "14d"})
    names = ("lead_id", "inbox_id", "at")
    planned = [(*(mail[name] for name in names), mail["sequence_step"]) for mail in launched["mails"]]
    sent = [
        (event.lead_id, event.inbox_id, f"{event.at:%Y-%m-%dT%H:%M:%SZ}", event.details["sequence_step"])
        for event in api.workspace.events
        if event.kind == "sent"
    ]
    assert planned == sent
    assert len(planned) >= 6
    assert control.ok("planCampaign", campaign_id=campaign_id)["mails"] == []


def test_a_plan_names_both_times_and_what_is_sent(api: Api, control: Control) -> None:
    campaign_id = ready(api)
    api.update(campaign_id, timezone="Asia/Kolkata")
    answer = control.ok("planCampaign", query={"days": 3}, campaign_id=campaign_id)
    assert (answer["timezone"], answer["now"], answer["until"]) == (
        "Asia/Kolkata", MONDAY, "2026-01-08T09:00:00Z",
    )  # fmt: skip
    [mail] = answer["mails"]
    [sender] = api.read(campaign_id)["inboxes"]
    assert mail == {
        "at": "2026-01-05T09:01:00Z",
        "local_time": "2026-01-05T14:31:00+05:30",
        "lead_id": api.leads(campaign_id)[0]["lead_id"],
        "email": "silent@example.com",
        "inbox_id": sender["inbox_id"],
        "inbox_email": sender["email_address"],
        "sequence_step": 1,
        "subsequence_id": None,
        "variant_name": "A",
        "subject": "Quick question,",
        "due_at": "2026-01-05T09:01:00Z",
        "window_opens_at": "2026-01-04T18:30:00Z",
        "window_closes_at": "2026-01-05T18:30:00Z",
        "daily_limit": 50,
        "sent_before": 0,
        "rest_seconds": 24 * 3600 // 50,
    }


def test_a_plan_counts_the_mails_of_a_day(api: Api, control: Control) -> None:
    leads = [f"silent{number}@example.com" for number in range(4)]
    campaign_id = ready(api, *leads, sequences=[follow_up(wait_days=1)])
    api.update(campaign_id, daily_limit_per_inbox=3)
    mails = control.ok("planCampaign", campaign_id=campaign_id)["mails"]
    facts = [(mail["sequence_step"], mail["sent_before"], mail["daily_limit"]) for mail in mails]
    assert facts == [(1, 0, 3), (1, 1, 3), (1, 0, 3), (1, 1, 3), (2, 2, 3), (2, 0, 3), (2, 1, 3), (2, 2, 3)]
    assert {mail["rest_seconds"] for mail in mails} == {8 * 3600}
    assert mails[4]["due_at"] == "2026-01-06T09:01:00Z"


def test_a_plan_lists_what_a_launch_lacks(api: Api, control: Control) -> None:
    answer = control.ok("planCampaign", campaign_id=api.campaign())
    assert (answer["missing_requirements"], answer["mails"]) == (["leads", "inboxes", "variants"], [])


def test_a_paused_campaign_is_planned_as_if_activated(api: Api, control: Control) -> None:
    campaign_id = ready(api)
    api.update(campaign_id, launch=True)
    api.ok("pauseCampaign", campaign_id=campaign_id)
    assert len(control.ok("planCampaign", campaign_id=campaign_id)["mails"]) == 1
    assert api.read(campaign_id)["status"] == "PAUSED"


# ---------------------------------------------------------------- readiness


def test_readiness_lists_what_to_do(api: Api, control: Control) -> None:
    campaign_id = api.campaign()
    api.lead(campaign_id)
    answer = control.ok("showReadiness", campaign_id=campaign_id)
    assert (answer["status"], answer["is_launch_ready"]) == ("DRAFT", False)
    assert [(check["name"], check["is_met"]) for check in answer["checks"]] == [
        ("leads", True), ("inboxes", False), ("variants", False),
    ]  # fmt: skip
    assert answer["checks"][0]["what_to_do"] is None
    assert "inbox_ids" in answer["checks"][1]["what_to_do"]


def test_what_lacks_is_added_and_what_is_there_stays(api: Api, control: Control) -> None:
    first, second = api.campaign(), api.campaign()
    lead_id = api.lead(second, "own@example.com")
    for campaign_id in (first, second):
        answer = control.ok("makeLaunchable", campaign_id=campaign_id)
        assert answer["is_launch_ready"]
        assert {check["is_met"] for check in answer["checks"]} == {True}
        assert api.update(campaign_id, launch=True)["status"] == "ACTIVE"
    assert [lead["lead_id"] for lead in api.leads(second)] == [lead_id]
    assert len(api.workspace.sender_accounts) == 1


def test_a_new_account_has_an_address_of_its_own(api: Api, control: Control) -> None:
    first, second = api.campaign(), api.campaign()
    control.ok("makeLaunchable", campaign_id=first)
    [account] = api.workspace.sender_accounts
    control.ok("setSenderAccountStatus", {"overall_status": "PAUSED"}, inbox_id=account.inbox_id)
    assert control.ok("makeLaunchable", campaign_id=second)["is_launch_ready"]
    assert len({account.email_address for account in api.workspace.sender_accounts}) == 2


def test_only_what_can_be_edited_is_made_launchable(api: Api, control: Control) -> None:
    campaign_id = ready(api)
    api.update(campaign_id, launch=True)
    answer = control("makeLaunchable", campaign_id=campaign_id)
    assert answer.status == 400
    assert "ACTIVE" in answer.body["detail"]


@pytest.mark.parametrize("status", ["DRAFT", "ACTIVE", "PAUSED", "COMPLETED", "ARCHIVED"])
def test_what_the_api_would_refuse_is_what_it_refuses(api: Api, control: Control, status: str) -> None:
    campaign_id = api.campaign_in(status)
    refusals = control.ok("showReadiness", campaign_id=campaign_id)["refusals"]
    calls: dict[str, tuple[Any, str, Any]] = {
        "make_launchable": (control, "makeLaunchable", None),
        "launch": (api, "updateCampaign", {"launch": True}),
        "pause": (api, "pauseCampaign", None),
        "activate": (api, "activateCampaign", None),
        "archive": (api, "archiveCampaign", None),
    }
    assert refusals.keys() == calls.keys()
    control.ok("takeSnapshot", {"name": "before"})
    for name, (client, operation, body) in calls.items():
        answer = client(operation, body, campaign_id=campaign_id)
        assert refusals[name] == (answer.body["detail"] if answer.status == 400 else None), name
        control.ok("restoreSnapshot", name="before")


def test_a_launch_that_lacks_something_would_be_refused(api: Api, control: Control) -> None:
    campaign_id = api.campaign()
    refused = api("updateCampaign", {"launch": True}, campaign_id=campaign_id).body["detail"]
    assert control.ok("showReadiness", campaign_id=campaign_id)["refusals"]["launch"] == refused


@pytest.mark.parametrize("operation", ["planCampaign", "showReadiness", "makeLaunchable"])
def test_an_unknown_campaign_has_neither(operation: str, control: Control) -> None:
    answer = control(operation, campaign_id="00000000-0000-4000-8000-000000000000")
    assert (answer.status, answer.body) == (404, CONTROL.find_error("campaign_not_found").value)
