"""Contacts: one per address, derived from the events of all their leads."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import MockServer
from mockserver.model.contacts import add_tag, suppress

from .kit.api import SPEC, UNKNOWN_ID, Api, fresh
from .kit.samples import examples

SIGNALS = ["UNSUBSCRIBED", "BOUNCED", "HOT_LEAD", "ENGAGED", "CONTACTED", "NEVER_CONTACTED"]


def emails(contacts: list[Any]) -> list[str]:
    return [contact["email"] for contact in contacts]


def read(api: Api, contact_id: str) -> Any:
    return api.ok("getContact", contact_id=contact_id)["contact"]


# ---------------------------------------------------------------- how they come


def test_a_lead_is_a_membership_of_a_contact(api: Api) -> None:
    first, second = api.campaign(), api.campaign(name="Q2 Product Launch")
    lead_ids = [api.lead(campaign_id, "ada@x.io", first_name="Ada") for campaign_id in (first, second)]
    api.happen(lead_ids[1], "sent")
    [contact] = api.contacts()
    assert (contact["first_name"], contact["source_type"], contact["source_name"]) == ("Ada", "MANUAL", None)
    assert contact["campaign_count"] == 2
    detail = api.ok("getContact", contact_id=contact["contact_id"])
    assert detail["contact"] == contact
    assert [
        (c["campaign_id"], c["campaign_name"], c["lead_id"], c["status"]) for c in detail["campaigns"]
    ] == [
        (first, "Q1 Product Launch", lead_ids[0], "PENDING"),
        (second, "Q2 Product Launch", lead_ids[1], "SENT"),
    ]


def test_an_address_is_one_contact_in_any_letter_case(api: Api) -> None:
    api.lead(api.campaign(), "Ada@x.io", company="AE")
    api.lead(api.campaign(), "ADA@X.io", first_name="Ada", company="")
    assert [(c["email"], c["first_name"], c["company"]) for c in api.contacts()] == [
        ("Ada@x.io", "Ada", "AE")
    ]


def test_an_upload_of_leads_names_its_file_as_the_source(api: Api) -> None:
    api.upload(api.campaign(), "email,first_name,city\nada@x.io,Ada,London\n")
    [contact] = api.contacts()
    assert (contact["source_type"], contact["source_name"]) == ("CSV_UPLOAD", "people.csv")
    assert (contact["first_name"], contact["custom_fields"]) == ("Ada", {"city": "London"})


def test_a_refused_lead_makes_no_contact(api: Api) -> None:
    assert api("addLead", {"email": "ada@x.io"}, campaign_id=api.campaign_in("ARCHIVED")).status == 400
    assert "ada@x.io" not in emails(api.contacts())


def test_import_creates_then_matches(api: Api) -> None:
    file = "email,first_name\nada@x.io,Ada\nbad,B\ngrace@x.io,Grace\n"
    first = api.ok("importContacts", {"file": file, "filename": "guests.csv"})
    assert first == {
        "total_rows": 3, "imported_rows": 2, "skipped_rows": 1, "contacts_created": 2,
        "contacts_matched": 0, "blocked": [],
    }  # fmt: skip
    before = api.contacts()
    again = api.ok("importContacts", {"file": file, "filename": "other.csv"})
    assert (again["contacts_created"], again["contacts_matched"]) == (0, 2)
    assert api.contacts() == before
    assert {contact["source_name"] for contact in before} == {"guests.csv"}
    assert api.ok("listCampaigns")["campaigns"] == []


def test_import_keeps_what_the_file_leaves_empty(api: Api) -> None:
    api.ok("importContacts", {"file": "email,first_name,company,a,b\nada@x.io,Ada,AE,1,2\n"})
    api.ok("importContacts", {"file": "email,first_name,company,a,c\nADA@x.io,Augusta,,,3\n"})
    [contact] = api.contacts()
    assert (contact["first_name"], contact["company"]) == ("Augusta", "AE")
    assert contact["custom_fields"] == {"a": "1", "b": "2", "c": "3"}


def test_import_leaves_those_who_are_not_written_to_as_they_are(api: Api) -> None:
    api.happen(api.lead(api.campaign(), "gone@x.io"), "unsubscribed")
    suppress(api.workspace, "never@x.io")
    list_id = api.contact_list("Guests")
    answer = api.ok(
        "importContacts",
        {"file": "email,company\ngone@x.io,New\nNever@x.io,New\nada@x.io,New\n", "list_id": list_id},
    )
    assert answer["blocked"] == [
        {"email": "gone@x.io", "reason": "UNSUBSCRIBED"},
        {"email": "Never@x.io", "reason": "BLOCKLISTED"},
    ]
    assert answer["imported_rows"] == 1
    assert emails(api.contacts(list_id=list_id)) == emails(api.contacts(search="new")) == ["ada@x.io"]


# ---------------------------------------------------------------- what becomes of them


@pytest.mark.parametrize(
    ("kinds", "signal"),
    [
        ([], "NEVER_CONTACTED"),
        (["sent"], "CONTACTED"),
        (["opened"], "ENGAGED"),
        (["replied", "opened"], "HOT_LEAD"),
        (["replied", "bounced"], "BOUNCED"),
        (["bounced", "unsubscribed"], "UNSUBSCRIBED"),
    ],
)
def test_the_signal_is_derived_from_what_happened(kinds: list[str], signal: str, api: Api) -> None:
    api.happen(api.lead(api.campaign()), *kinds)
    [contact] = api.contacts()
    assert contact["signal"] == signal
    assert emails(api.contacts(signal=signal)) == [contact["email"]]
    assert api.contacts(signal=next(other for other in SIGNALS if other != signal)) == []


happenings = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["sent", "opened", "replied", "bounced", "unsubscribed"]))
)


@settings(max_examples=examples(40))
@given(happenings)
def test_a_contact_and_its_leads_agree(app: MockServer, events: list[tuple[int, str]]) -> None:
    api = fresh(app)
    campaigns = [api.campaign() for _ in range(3)]
    lead_ids = [api.lead(campaign_id) for campaign_id in campaigns]
    for number, kind in events:
        api.happen(lead_ids[number], kind)
    [contact] = api.contacts()
    leads = [api.leads(campaign_id)[0] for campaign_id in campaigns]
    assert contact["has_opened"] == any(lead["email_opened"] for lead in leads)
    assert contact["has_replied"] == any(lead["email_replied"] for lead in leads)
    assert contact["is_unsubscribed"] == any(lead["unsubscribed"] for lead in leads)
    assert contact["is_bounced"] == any(api.read(c)["bounce_count"] for c in campaigns)
    assert contact["is_suppressed"] == (contact["is_unsubscribed"] or contact["is_bounced"])
    assert (contact["suppression_reason"] is not None) == contact["is_suppressed"]
    times = [lead["last_contacted_at"] for lead in leads if lead["last_contacted_at"]]
    assert contact["last_contacted_at"] == max(times, default=None)
    for flag in ("has_opened", "has_replied", "is_unsubscribed", "is_bounced"):
        for wanted in (True, False):
            assert len(api.contacts(**{flag: wanted})) == (contact[flag] == wanted)


def test_a_pinned_signal_wins_until_it_is_cleared(api: Api) -> None:
    lead_id = api.lead(api.campaign())
    [contact] = api.contacts()
    pin = {"contact_id": contact["contact_id"]}
    assert api.ok("setContactSignal", {"signal_override": "UNSUBSCRIBED"}, **pin)["contact"]["signal"] == (
        "UNSUBSCRIBED"
    )
    api.happen(lead_id, "replied")
    pinned = read(api, **pin)
    assert (pinned["signal"], pinned["signal_override"]) == ("UNSUBSCRIBED", "UNSUBSCRIBED")
    assert (pinned["is_suppressed"], pinned["is_unsubscribed"]) == (False, False)
    cleared = api.ok("setContactSignal", {"signal_override": None}, **pin)["contact"]
    assert (cleared["signal"], cleared["signal_override"]) == ("HOT_LEAD", None)


def test_a_suppression_outlives_the_campaign_and_the_contact(api: Api) -> None:
    for email, kind in (("gone@x.io", "unsubscribed"), ("bounced@x.io", "bounced"), ("ada@x.io", "opened")):
        campaign_id = api.campaign()
        api.happen(api.lead(campaign_id, email), kind)
        api.ok("deleteCampaign", campaign_id=campaign_id)
    shown = [(c["signal"], c["suppression_reason"], c["campaign_count"]) for c in api.contacts()]
    assert shown == [
        ("UNSUBSCRIBED", "UNSUBSCRIBED", 0), ("BOUNCED", "BOUNCED", 0), ("NEVER_CONTACTED", None, 0),
    ]  # fmt: skip
    api.ok("deleteContacts", [contact["contact_id"] for contact in api.contacts()])
    blocked = api.ok("importContacts", {"file": "email\ngone@x.io\nbounced@x.io\nada@x.io\n"})["blocked"]
    assert [entry["reason"] for entry in blocked] == ["UNSUBSCRIBED", "BOUNCED"]


@pytest.mark.parametrize("kind", ["unsubscribed", "bounced", "blocklist"])
def test_who_is_suppressed_becomes_no_lead_elsewhere(kind: str, api: Api) -> None:
    campaign_id = api.campaign()
    lead_id = api.lead(campaign_id)
    if kind == "blocklist":
        suppress(api.workspace, "ADA@example.com")
    else:
        api.happen(lead_id, kind)
    elsewhere = api("addLead", {"email": "Ada@example.com"}, campaign_id=api.campaign())
    assert (elsewhere.status, elsewhere.body) == (409, {"detail": "Contact is suppressed"})
    here = api("addLead", {"email": "Ada@example.com"}, campaign_id=campaign_id)
    assert (here.status, here.body) == (409, SPEC.find_error("lead_exists").value)


# ---------------------------------------------------------------- changes


def test_an_update_changes_the_contact_and_not_its_leads(api: Api) -> None:
    api.workspace.clock.freeze()
    campaign_id = api.campaign()
    api.lead(campaign_id, first_name="Ada", company="AE", custom_fields={"a": 1, "b": 2})
    [contact] = api.contacts()
    api.workspace.clock.advance(timedelta(hours=1))
    changes = {"company": None, "first_name": "Augusta", "custom_fields": {"a": None, "c": [3]}}
    answer = api.ok("updateContact", changes, contact_id=contact["contact_id"])
    assert answer == api.ok("getContact", contact_id=contact["contact_id"])
    changed = answer["contact"]
    assert (changed["first_name"], changed["last_name"], changed["company"]) == ("Augusta", None, None)
    assert changed["custom_fields"] == {"b": 2, "c": [3]}
    assert changed["updated_at"] > contact["updated_at"] == contact["created_at"] == changed["created_at"]
    [lead] = api.leads(campaign_id)
    assert (lead["first_name"], lead["company"], lead["custom_fields"]) == ("Ada", "AE", {"a": 1, "b": 2})


def test_an_update_without_fields_changes_nothing(api: Api) -> None:
    contact_id = api.contact("ada@x.io")
    before = read(api, contact_id)
    assert api.ok("updateContact", {}, contact_id=contact_id)["contact"] == before


def test_deleted_contacts_take_their_leads_and_places_with_them(api: Api) -> None:
    campaign_id = api.campaign()
    api.lead(campaign_id, "ada@x.io")
    api.lead(campaign_id, "grace@x.io")
    ada, grace = (contact["contact_id"] for contact in api.contacts())
    list_id = api.contact_list("Guests", ada, grace)
    answer = api.ok("deleteContacts", [ada, UNKNOWN_ID, ada])
    assert answer == {"requested": 3, "deleted": 1, "not_found": 2}
    assert emails(api.leads(campaign_id)) == emails(api.contacts(list_id=list_id)) == ["grace@x.io"]
    assert api.ok("getContactList", list_id=list_id)["cached_count"] == 1
    assert api("getContact", contact_id=ada).status == 404
    assert api.ok("deleteContacts", [ada])["deleted"] == 0


def test_a_deleted_lead_leaves_the_contact(api: Api) -> None:
    campaign_id = api.campaign()
    api.ok("deleteLeads", [api.lead(campaign_id)], campaign_id=campaign_id)
    [contact] = api.contacts()
    assert contact["campaign_count"] == 0


# ---------------------------------------------------------------- in bulk


def test_tags_are_put_on_and_taken_off(api: Api) -> None:
    ids = [api.contact(f"{name}@x.io") for name in ("a", "b")]
    tag = add_tag(api.workspace, "VIP")
    assert add_tag(api.workspace, "VIP") == tag
    request = {"contact_ids": [ids[0], *ids, UNKNOWN_ID], "tag_id": tag.tag_id}
    summary = {"requested": 4, "affected": 2, "skipped": 1, "not_found": 1, "details": None}
    assert api.ok("tagContacts", request) == summary
    assert [contact["tags"] for contact in api.contacts()] == [[asdict(tag)]] * 2
    assert api.ok("tagContacts", request) == {**summary, "affected": 0, "skipped": 3}
    assert api.ok("untagContacts", {**request, "contact_ids": ids[:1]})["affected"] == 1
    assert [contact["tags"] for contact in api.contacts()] == [[], [asdict(tag)]]


def test_contacts_join_a_list_once(api: Api) -> None:
    ids = [api.contact(f"{name}@x.io") for name in ("a", "b")]
    list_id = api.contact_list("Guests", ids[1])
    answer = api.ok("addContactsToList", {"contact_ids": [*ids, UNKNOWN_ID], "list_id": list_id})
    assert answer == {"requested": 3, "affected": 1, "skipped": 1, "not_found": 1, "details": None}
    assert emails(api.contacts(list_id=list_id)) == ["a@x.io", "b@x.io"]


def test_contacts_are_enrolled_unless_they_are_leads_already_or_suppressed(api: Api) -> None:
    campaign_id = api.campaign()
    api.ok("importContacts", {"file": "email,first_name,city\nnew@x.io,New,Paris\n"})
    api.lead(campaign_id, "known@x.io")
    api.happen(api.lead(api.campaign(), "gone@x.io"), "unsubscribed")
    ids = [contact["contact_id"] for contact in api.contacts()]
    gone = ids[2]
    request = {"contact_ids": [*ids, gone, UNKNOWN_ID], "campaign_id": campaign_id}
    assert api.ok("addContactsToCampaign", request) == {
        "requested": 5, "affected": 1, "skipped": 2, "not_found": 1,
        "details": {"blocked": [{"contact_id": gone, "email": "gone@x.io", "reason": "UNSUBSCRIBED"}]},
    }  # fmt: skip
    lead = api.leads(campaign_id)[-1]
    assert (lead["email"], lead["status"], lead["first_name"]) == ("new@x.io", "PENDING", "New")
    assert (lead["custom_fields"], lead["batch_id"]) == ({"city": "Paris"}, None)


def test_a_thousand_contacts_are_worked_off(api: Api) -> None:
    api.ok("importContacts", {"file": "email\n" + "".join(f"{n}@x.io\n" for n in range(1000))})
    ids = [contact.contact_id for contact in api.workspace.contacts]
    answer = api.ok("addContactsToCampaign", {"contact_ids": ids, "campaign_id": api.campaign()})
    assert answer["affected"] == 1000
    assert api.ok("deleteContacts", ids)["deleted"] == 1000


# ---------------------------------------------------------------- the list


def test_the_newest_contact_comes_first_page_by_page(api: Api) -> None:
    for number in range(5):
        api.contact(f"{number}@x.io")
    page = api.ok("listContacts", query={"limit": 2, "page": 2})
    assert emails(page["contacts"]) == ["2@x.io", "1@x.io"]
    assert page["pagination"] == {
        "page": 2, "limit": 2, "total": 5, "pages": 3, "has_next": True, "has_prev": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"search": "LOVE"}, ["ada"]),
        ({"search": "ada love"}, ["ada"]),
        ({"search": "engines"}, ["ada"]),
        ({"search": "@x"}, ["ada", "grace", "kay"]),
        ({"source_type": "CSV_UPLOAD"}, ["grace"]),
        ({"source_type": "API"}, []),
        ({"source_name": "people.csv"}, ["grace"]),
        ({"source_name": "people"}, []),
        ({"campaign_id": 0}, ["ada", "kay"]),
        ({"campaign_id": 1}, ["kay"]),
        ({"not_in_campaign_id": 1}, ["ada", "grace"]),
        ({"campaign_id": 0, "not_in_campaign_id": 1}, ["ada"]),
        ({"campaign_id": 0, "has_opened": "true"}, ["kay"]),
        ({"campaign_id": 0, "has_opened": "false", "search": "x"}, ["ada"]),
        ({"campaign_id": UNKNOWN_ID}, []),
        ({"not_in_campaign_id": UNKNOWN_ID}, ["ada", "grace", "kay"]),
    ],
)
def test_a_contact_must_pass_all_filters(filters: dict[str, Any], expected: list[str], api: Api) -> None:
    campaigns = [api.campaign(), api.campaign()]
    api.lead(campaigns[0], "ada@x.io", first_name="Ada", last_name="Lovelace", company="Analytical Engines")
    api.ok("importContacts", {"file": "email,first_name\ngrace@x.io,Grace\n"})
    api.lead(campaigns[0], "kay@x.io", first_name="Kay")
    api.happen(api.lead(campaigns[1], "kay@x.io"), "opened")
    query = {name: campaigns[value] if isinstance(value, int) else value for name, value in filters.items()}
    assert emails(api.contacts(**query)) == [f"{name}@x.io" for name in expected]


def test_contacts_belong_to_a_workspace(app: MockServer, api: Api) -> None:
    contact_id = api.contact("ada@x.io")
    tag = add_tag(api.workspace, "VIP")
    other = fresh(app)
    assert other.contacts() == []
    assert other("getContact", contact_id=contact_id).status == 404
    own = other.contact("ada@x.io")
    assert other("tagContacts", {"contact_ids": [own], "tag_id": tag.tag_id}).status == 404
    assert other.ok("deleteContacts", [contact_id])["not_found"] == 1
    assert emails(api.contacts()) == ["ada@x.io"]
