"""Incoming events of the control API: replies, bounces, tags, statuses."""

import pytest

from .kit.api import UNKNOWN_ID, Api
from .kit.control import CONTROL, Control


def test_an_inbound_reply_shows_in_the_lead_and_in_the_campaign(api: Api, control: Control) -> None:
    campaign_id = api.campaign()
    lead_id = api.lead(campaign_id)
    view = control.ok("receiveReply", {"text": "Tell me more.", "subject": "Re: hello"}, lead_id=lead_id)
    assert view["status"] == "REPLIED"
    assert view["last_contacted_at"] == view["replied_at"]
    lead = api.ok("getLead", campaign_id=campaign_id, lead_id=lead_id)
    (reply,) = lead["replies"]
    assert reply == {
        "reply_id": reply["reply_id"],
        "subject": "Re: hello",
        "received_at": lead["replied_at"],
        "body_preview": "Tell me more.",
        "is_auto_reply": False,
        "is_unsubscribe": False,
    }
    assert api.read(campaign_id)["reply_count"] == 1


@pytest.mark.parametrize(
    ("event", "status", "count"),
    [
        ("sent", "SENT", "sent_count"),
        ("opened", "OPENED", "open_count"),
        ("bounced", "BOUNCED", "bounce_count"),
        ("unsubscribed", "UNSUBSCRIBED", "unsubscribe_count"),
    ],
)
def test_an_event_sets_status_and_count(
    event: str, status: str, count: str, api: Api, control: Control
) -> None:
    campaign_id = api.campaign()
    lead_id = api.lead(campaign_id)
    assert control.ok("recordLeadEvent", {"event": event}, lead_id=lead_id)["status"] == status
    assert api.ok("getLead", campaign_id=campaign_id, lead_id=lead_id)["status"] == status
    assert api.read(campaign_id)[count] == 1


def test_a_status_never_falls_back(api: Api, control: Control) -> None:
    lead_id = api.lead(api.campaign())
    control.ok("receiveReply", {"text": "Yes."}, lead_id=lead_id)
    assert control.ok("recordLeadEvent", {"event": "opened"}, lead_id=lead_id)["status"] == "REPLIED"


def test_a_send_can_fail(api: Api, control: Control) -> None:
    lead_id = api.lead(api.campaign())
    view = control.ok("recordLeadEvent", {"event": "failed"}, lead_id=lead_id)
    assert (view["status"], view["last_contacted_at"]) == ("FAILED", None)


def test_a_reply_may_unsubscribe(api: Api, control: Control) -> None:
    lead_id = api.lead(api.campaign())
    view = control.ok("receiveReply", {"text": "Stop.", "is_unsubscribe": True}, lead_id=lead_id)
    assert view["status"] == "UNSUBSCRIBED"
    assert view["unsubscribed_at"] is not None


def test_tags_replace_each_other(api: Api, control: Control) -> None:
    lead_id = api.lead(api.campaign())
    control.ok("tagLead", {"tags": ["cold"]}, lead_id=lead_id)
    assert control.ok("tagLead", {"tags": ["hot", "hot", "vip"]}, lead_id=lead_id)["tags"] == ["hot", "vip"]


def test_an_account_that_is_paused_does_not_count_for_a_launch(api: Api, control: Control) -> None:
    campaign_id = api.ready()
    (sender,) = api.read(campaign_id)["inboxes"]
    control.ok(
        "setSenderAccountStatus", {"overall_status": "PAUSED", "health_score": 12}, **account_of(sender)
    )
    account = api.ok("getSenderAccount", **account_of(sender))
    assert (account["overall_status"], account["health_score"]) == ("PAUSED", 12)
    answer = api("updateCampaign", {"launch": True}, campaign_id=campaign_id)
    assert answer.body["detail"].endswith("Missing: inboxes")


def account_of(sender: dict[str, str]) -> dict[str, str]:
    return {"inbox_id": sender["inbox_id"]}


def test_a_campaign_that_was_set_active_without_a_variant_takes_leads(api: Api, control: Control) -> None:
    campaign_id = api.campaign()
    control.ok("setCampaignStatus", {"status": "ACTIVE"}, campaign_id=campaign_id)
    lead_id = api.lead(campaign_id)
    body = {"campaign_id": campaign_id, "contact_ids": [api.contact("grace@example.com")]}
    assert api.ok("addContactsToCampaign", body)["affected"] == 1
    control.ok("advanceClock", {"days": 3})
    assert {lead["status"] for lead in api.leads(campaign_id)} == {"PENDING"}
    assert api.ok("getLead", campaign_id=campaign_id, lead_id=lead_id)["email_interactions"] == []


def test_a_lead_of_no_campaign_does_not_fail(api: Api, control: Control) -> None:
    mail = {"from_email": "ada@example.com", "text": "What does it cost?"}
    lead = control.ok("receiveMail", mail, inbox_id=api.account())
    failed = control.ok("recordLeadEvent", {"event": "failed"}, lead_id=lead["lead_id"])
    assert failed["status"] == "EXTERNAL"
    control.ok("importState", control.ok("exportState"))


def test_a_lead_of_no_campaign_clicks_no_link(api: Api, control: Control) -> None:
    mail = {"from_email": "ada@example.com", "text": "What does it cost?"}
    lead = control.ok("receiveMail", mail, inbox_id=api.account())
    control.ok("recordLeadEvent", {"event": "sent"}, lead_id=lead["lead_id"])
    answer = control("recordLeadEvent", {"event": "clicked"}, lead_id=lead["lead_id"])
    assert (answer.status, answer.body) == (400, CONTROL.find_error("mail_without_link").value)


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
def test_a_campaign_reaches_what_only_sending_leads_to(status: str, api: Api, control: Control) -> None:
    campaign_id = api.campaign()
    control.ok("setCampaignStatus", {"status": status}, campaign_id=campaign_id)
    assert api.read(campaign_id)["status"] == status


@pytest.mark.parametrize(
    ("operation_id", "body"),
    [
        ("receiveReply", {"text": "Hello"}),
        ("receiveMail", {"from_email": "zoe@example.com", "text": "Hello"}),
        ("recordLeadEvent", {"event": "opened"}),
        ("tagLead", {"tags": []}),
        ("setSenderAccountStatus", {"overall_status": "ACTIVE"}),
        ("setCampaignStatus", {"status": "FAILED"}),
    ],
)
def test_what_is_not_there_is_not_found(operation_id: str, body: object, control: Control) -> None:
    ids = dict.fromkeys(("lead_id", "inbox_id", "campaign_id"), UNKNOWN_ID)
    answer = control(operation_id, body, **ids)
    assert answer.status == 404
    assert set(answer.body) == {"detail"}
