"""Leads: added, listed, changed, deleted."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver.model.events import record_event

from .kit.api import UNKNOWN_ID, Api

LEAD: dict[str, Any] = {
    "batch_id": None,
    "email": "ada@example.com",
    **dict.fromkeys(("first_name", "last_name", "company")),
    "status": "PENDING",
    **dict.fromkeys(("last_contacted_at", "opened_at", "replied_at")),
    "custom_fields": {},
    "sequence_step": 0,
    **dict.fromkeys(("email_opened", "email_replied", "unsubscribed"), False),
    "delivery_status": None,
}


@pytest.fixture
def campaign_id(api: Api) -> str:
    return api.campaign()


def happen(api: Api, lead_id: str, kind: str) -> None:
    record_event(api.workspace, api.workspace.leads.get(lead_id), kind)


def listed(api: Api, campaign_id: str, **query: Any) -> list[str]:
    leads = api.ok("listLeads", query=query, campaign_id=campaign_id)["leads"]
    return [lead["email"] for lead in leads]


def test_a_lead_of_an_address_only_has_every_default(api: Api, campaign_id: str) -> None:
    lead = api.ok("addLead", {"email": "ada@example.com"}, campaign_id=campaign_id)
    assert lead == {**LEAD, "lead_id": lead["lead_id"], "created_at": lead["created_at"]}
    assert list(lead)[:3] == ["lead_id", "batch_id", "email"]


def test_a_lead_is_read_with_its_mails_and_replies(api: Api, campaign_id: str) -> None:
    details = {"first_name": "Ada", "last_name": "Lovelace", "company": "Analytical Engines"}
    custom = {"size": "50-100", "nested": {"list": [1, None, 2.5]}, "": ""}
    lead_id = api.lead(campaign_id, **details, custom_fields=custom)
    lead = api.ok("getLead", campaign_id=campaign_id, lead_id=lead_id)
    expected: dict[str, Any] = {
        **LEAD,
        **details,
        "custom_fields": custom,
        "email_interactions": [],
        "replies": [],
    }
    del expected["batch_id"]
    assert lead == {**expected, "lead_id": lead_id, "created_at": lead["created_at"]}


@pytest.mark.parametrize("again", ["ada@example.com", "ADA@example.com", "Ada@EXAMPLE.com"])
def test_an_address_is_once_in_a_campaign_in_any_letter_case(again: str, api: Api, campaign_id: str) -> None:
    api.lead(campaign_id)
    before = api.remembered()
    answer = api("addLead", {"email": again}, campaign_id=campaign_id)
    assert (answer.status, answer.body) == (
        409,
        {"detail": "Lead with this email already exists in this campaign"},
    )
    assert api.remembered() == before
    assert api.lead(api.campaign(), again)


def test_an_address_is_free_again_when_its_lead_is_deleted(api: Api, campaign_id: str) -> None:
    lead_id = api.lead(campaign_id)
    api.ok("deleteLeads", [lead_id], campaign_id=campaign_id)
    assert api.lead(campaign_id) != lead_id


def test_an_address_is_kept_as_it_was_written(api: Api, campaign_id: str) -> None:
    api.lead(campaign_id, "Ada.Lovelace+Mail@Example.COM")
    assert listed(api, campaign_id) == ["Ada.Lovelace+Mail@Example.COM"]


@pytest.mark.parametrize("status", ["DRAFT", "ACTIVE", "PAUSED", "COMPLETED", "FAILED"])
def test_leads_can_be_added_until_a_campaign_is_archived(status: str, api: Api) -> None:
    campaign_id = api.campaign_in(status)
    api.lead(campaign_id, "late@example.com")
    assert api.read(campaign_id)["total_leads"] == 2


def test_a_leads_fields_are_changed_one_by_one(api: Api, campaign_id: str) -> None:
    lead_id = api.lead(
        campaign_id, first_name="Ada", company="Engines", custom_fields={"size": 1, "city": "x"}
    )
    ids = {"campaign_id": campaign_id, "lead_id": lead_id}
    body = {
        "company": None,
        "last_name": "King",
        "custom_fields": {"size": None, "city": "London", "new": [1]},
    }
    lead = api.ok("updateLead", body, **ids)
    assert (lead["first_name"], lead["last_name"], lead["company"]) == ("Ada", "King", None)
    assert lead["custom_fields"] == {"city": "London", "new": [1]}
    same = api.ok("updateLead", {"custom_fields": None}, **ids)
    assert same == lead == api.ok("updateLead", {}, **ids)


def test_the_address_and_the_status_of_a_lead_stay(api: Api, campaign_id: str) -> None:
    lead_id = api.lead(campaign_id)
    body = {"email": "eve@example.com", "status": "REPLIED", "lead_id": UNKNOWN_ID, "batch_id": UNKNOWN_ID}
    lead = api.ok("updateLead", body, campaign_id=campaign_id, lead_id=lead_id)
    assert lead == {**LEAD, "lead_id": lead_id, "created_at": lead["created_at"]}


def test_a_lead_is_only_in_its_own_campaign(api: Api, campaign_id: str) -> None:
    ids = {"campaign_id": api.campaign(), "lead_id": api.lead(campaign_id)}
    for answer in (api("getLead", **ids), api("updateLead", {"company": "Other"}, **ids)):
        assert (answer.status, answer.body) == (404, {"detail": "Lead not found"})
    deleted = api.ok("deleteLeads", [ids["lead_id"]], campaign_id=ids["campaign_id"])
    assert deleted["deleted_count"] == 0
    assert listed(api, campaign_id) == ["ada@example.com"]


# ---------------------------------------------------------------- listing


@pytest.fixture
def four(api: Api, campaign_id: str) -> str:
    """A campaign of four leads: one pending, one sent to, one who opened, one who replied."""
    for name, kind in (("pending", None), ("sent", "sent"), ("opened", "opened"), ("replied", "replied")):
        lead_id = api.lead(campaign_id, f"{name}@example.com")
        if kind:
            happen(api, lead_id, kind)
    return campaign_id


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["replied", "opened", "sent", "pending"]),
    ({"status": "PENDING"}, ["pending"]),
    ({"status_filter": "REPLIED"}, ["replied"]),
    ({"status": "SENT", "status_filter": "REPLIED"}, ["sent"]),
    ({"status": "EXTERNAL"}, []),
    ({"search": "EN"}, ["opened", "sent", "pending"]),
    ({"search": "@example.com", "limit": 1, "page": 2}, ["opened"]),
    ({"batch_id": UNKNOWN_ID}, []),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_leads_are_listed_newest_first_and_filtered(
    query: dict[str, Any], expected: list[str], api: Api, four: str
) -> None:
    assert listed(api, four, **query) == [f"{name}@example.com" for name in expected]


def test_a_filter_that_is_no_status_is_refused(api: Api, campaign_id: str) -> None:
    for name in ("status", "status_filter"):
        answer = api("listLeads", query={name: "HAPPY"}, campaign_id=campaign_id)
        assert (answer.status, answer.body["detail"][0]["loc"]) == (422, ["query", name])


def test_the_last_name_of_a_parameter_given_twice_counts(api: Api, four: str) -> None:
    query = [("status", "PENDING"), ("status", "SENT")]
    assert [x["email"] for x in api.ok("listLeads", query=query, campaign_id=four)["leads"]] == [
        "sent@example.com"
    ]


# ---------------------------------------------------------------- deleting


def test_only_pending_leads_of_the_campaign_are_deleted_and_each_once(api: Api, four: str) -> None:
    leads = api.ok("listLeads", campaign_id=four)["leads"]
    foreign = api.lead(api.campaign())
    ids = [lead["lead_id"] for lead in leads]
    answer = api.ok("deleteLeads", [*ids, ids[-1].upper(), UNKNOWN_ID, foreign], campaign_id=four)
    assert answer == {"success": True, "message": "Deleted 1 leads", "deleted_count": 1}
    assert listed(api, four) == ["replied@example.com", "opened@example.com", "sent@example.com"]
    assert api.ok("deleteLeads", ids, campaign_id=four)["deleted_count"] == 0


def test_a_lead_is_deleted_with_a_body_only(api: Api, campaign_id: str) -> None:
    answer = api("deleteLeads", [], campaign_id=campaign_id)
    assert (answer.status, answer.body) == (400, {"detail": "No lead IDs provided"})
    answer = api("deleteLeads", campaign_id=campaign_id)
    assert answer.body["detail"][0]["msg"] == "field required"


@pytest.mark.parametrize("operation_id", ["addLead", "updateLead", "deleteLeads"])
def test_the_leads_of_an_archived_campaign_stay_as_they_are(operation_id: str, api: Api) -> None:
    campaign_id = api.campaign_in("ARCHIVED")
    lead_id = api.ok("listLeads", campaign_id=campaign_id)["leads"][0]["lead_id"]
    before = api.remembered()
    body: Any = {"addLead": {"email": "new@example.com"}, "updateLead": {"company": "New"}}
    body = body.get(operation_id, [lead_id])
    answer = api(operation_id, body, campaign_id=campaign_id, lead_id=lead_id)
    assert (answer.status, answer.body) == (400, {"detail": "Campaign is archived"})
    assert api.remembered() == before


def test_what_happened_to_leads_is_counted_in_their_campaign(api: Api, four: str) -> None:
    api.workspace.clock.advance(timedelta(hours=1))
    campaign = api.read(four)
    counts = {name: campaign[name] for name in ("total_leads", "sent_count", "open_count", "reply_count")}
    assert counts == {"total_leads": 4, "sent_count": 3, "open_count": 1, "reply_count": 1}
    assert (campaign["completion_rate"], campaign["success_rate"], campaign["open_to_reply_rate"]) == (
        75,
        75,
        100,
    )
