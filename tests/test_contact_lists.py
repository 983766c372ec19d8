"""Contact lists: static ones have members, dynamic ones a filter."""

from typing import Any

import pytest

from mockserver import MockServer

from .kit.api import UNKNOWN_ID, Api, fresh


def emails(contacts: list[Any]) -> list[str]:
    return [contact["email"] for contact in contacts]


def dynamic(api: Api, name: str = "Everyone", **filters: Any) -> str:
    body = {"name": name, "list_type": "DYNAMIC", "filter_definition": filters}
    return str(api.ok("createContactList", body)["list_id"])


def refused(api: Api, **body: Any) -> list[Any]:
    answer = api("createContactList", {"name": "Guests", **body})
    assert answer.status == 422
    return [(item["loc"], item["msg"]) for item in answer.body["detail"]]


def test_a_list_is_counted_when_it_is_read(api: Api) -> None:
    members = [api.contact("ada@x.io"), api.contact("grace@x.io")]
    created = api.ok(
        "createContactList",
        {"name": "Guests", "list_type": "STATIC", "contact_ids": [*members, members[0], UNKNOWN_ID]},
    )
    assert created["cached_count"] is None
    assert (created["description"], created["filter_definition"]) == (None, None)
    assert api.ok("getContactList", list_id=created["list_id"]) == {**created, "cached_count": 2}
    assert emails(api.contacts(list_id=created["list_id"])) == ["ada@x.io", "grace@x.io"]


def test_a_dynamic_list_finds_those_who_come_later(api: Api) -> None:
    list_id = dynamic(api, signal=["ENGAGED", "HOT_LEAD"], search="x.io")
    assert api.contacts(list_id=list_id) == []
    campaign_id = api.campaign()
    for email, kind in (
        ("a@x.io", "opened"),
        ("b@y.io", "opened"),
        ("c@x.io", "replied"),
        ("d@x.io", "sent"),
    ):
        api.happen(api.lead(campaign_id, email), kind)
    assert emails(api.contacts(list_id=list_id)) == ["a@x.io", "c@x.io"]
    assert emails(api.contacts(list_id=list_id, has_replied=True)) == ["c@x.io"]
    assert api.ok("getContactList", list_id=list_id)["cached_count"] == 2


def test_an_empty_filter_finds_everyone(api: Api) -> None:
    api.contact("ada@x.io")
    assert emails(api.contacts(list_id=dynamic(api))) == ["ada@x.io"]


def test_a_preview_finds_what_a_list_with_that_filter_has(api: Api) -> None:
    first, second = api.campaign(), api.campaign()
    for number in range(12):
        api.lead(first, f"{number}@x.io")
    api.happen(api.lead(second, "3@x.io"), "bounced")
    for filters, total in (
        ({}, 12),
        ({"campaign_id": first, "not_in_campaign_id": second}, 11),
        ({"is_bounced": True}, 1),
        ({"is_unsubscribed": True}, 0),
        ({"search": "1"}, 3),
        ({"signal": "BOUNCED"}, 1),
    ):
        preview = api.ok("previewContactList", query=filters)
        assert (preview["total"], len(preview["sample"])) == (total, min(total, 10))
        saved = {name: [value] if name == "signal" else value for name, value in filters.items()}
        list_id = dynamic(api, str(filters), **saved)
        assert emails(api.contacts(list_id=list_id))[::-1][:10] == emails(preview["sample"])
    assert api.ok("previewContactList", query={"sample_size": 0}) == {"total": 12, "sample": []}
    assert len(api.ok("previewContactList", query={"sample_size": 11})["sample"]) == 11


def test_lists_are_listed_newest_first_and_by_type(api: Api) -> None:
    api.contact("ada@x.io")
    api.contact_list("One")
    dynamic(api, "Two")
    api.contact_list("Three")
    answer = api.ok("listContactLists")
    assert ([found["name"] for found in answer["lists"]], answer["total"]) == (["Three", "Two", "One"], 3)
    [found] = api.ok("listContactLists", query={"list_type": "DYNAMIC"})["lists"]
    assert (found["name"], found["cached_count"]) == ("Two", 1)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"list_type": "DYNAMIC"}, [("filter_definition", "field required")]),
        (
            {"list_type": "DYNAMIC", "filter_definition": None},
            [("filter_definition", "none is not an allowed value")],
        ),
        (
            {"list_type": "DYNAMIC", "filter_definition": {}, "contact_ids": []},
            [("contact_ids", "contact_ids is only allowed for STATIC lists")],
        ),
        (
            {"list_type": "STATIC", "filter_definition": {}},
            [("filter_definition", "filter_definition is only allowed for DYNAMIC lists")],
        ),
        (
            {"list_type": "STATIC", "contact_ids": [UNKNOWN_ID] * 1001},
            [("contact_ids", "ensure this value has at most 1000 items")],
        ),
        ({"filter_definition": {}}, [("list_type", "field required")]),
        ({"list_type": "SMART"}, [("list_type", "value is not a valid enumeration member; "
                                   "permitted: 'STATIC', 'DYNAMIC'")]),
        ({"list_type": "STATIC", "name": ""}, [("name", "ensure this value has at least 1 characters")]),
    ],
)  # fmt: skip
def test_a_list_that_is_neither_static_nor_dynamic_is_refused(
    body: dict[str, Any], expected: list[Any], api: Api
) -> None:
    assert refused(api, **body) == [(["body", field], message) for field, message in expected]


@pytest.mark.parametrize("list_type", ["STATIC", "DYNAMIC"])
def test_what_is_null_may_be_left_out(list_type: str, api: Api) -> None:
    filters: dict[str, Any] | None = {} if list_type == "DYNAMIC" else None
    body = {"name": "Guests", "list_type": list_type, "description": None}
    created = api.ok("createContactList", {**body, "filter_definition": filters, "contact_ids": None})
    assert created["filter_definition"] == filters


def test_a_filter_keeps_what_it_knows(api: Api) -> None:
    known: dict[str, Any] = {
        "signal": ["HOT_LEAD"],
        "has_opened": True,
        "search": "x",
        "campaign_id": UNKNOWN_ID,
    }
    list_id = dynamic(api, **known, unknown=1)
    assert api.ok("getContactList", list_id=list_id)["filter_definition"] == known
    assert refused(api, list_type="DYNAMIC", filter_definition={"has_opened": "yes"}) == [
        (["body", "filter_definition", "has_opened"], "value could not be parsed to a boolean")
    ]


def test_names_are_unique_in_a_workspace(app: MockServer, api: Api) -> None:
    list_id = api.contact_list("Guests")
    taken = {"detail": "A contact list with this name already exists"}
    assert api("createContactList", {"name": "Guests", "list_type": "STATIC"}).body == taken
    other = api.contact_list("Others")
    assert api("updateContactList", {"name": "Guests"}, list_id=other).body == taken
    assert api.ok("updateContactList", {"name": "Guests"}, list_id=list_id)["name"] == "Guests"
    api.ok("updateContactList", {"name": "Friends"}, list_id=list_id)
    api.contact_list("Guests")
    fresh(app).contact_list("Guests")


def test_an_update_changes_what_is_sent(api: Api) -> None:
    api.contact("ada@x.io")
    list_id = dynamic(api, search="ada")
    renamed = api.ok("updateContactList", {"name": "A", "description": "B"}, list_id=list_id)
    assert (renamed["name"], renamed["description"], renamed["cached_count"]) == ("A", "B", 1)
    assert api.ok("updateContactList", {"name": None, "description": None}, list_id=list_id) == {
        **renamed,
        "description": None,
    }
    filtered = api.ok("updateContactList", {"filter_definition": {"search": "grace"}}, list_id=list_id)
    assert (filtered["filter_definition"], filtered["cached_count"]) == ({"search": "grace"}, None)
    assert api.ok("getContactList", list_id=list_id)["cached_count"] == 0
    same = api.ok("updateContactList", {"filter_definition": {"search": "grace"}}, list_id=list_id)
    assert same["cached_count"] == 0


def test_the_type_of_a_list_cannot_be_changed(api: Api) -> None:
    answer = api("updateContactList", {"list_type": "STATIC"}, list_id=dynamic(api))
    assert (answer.status, answer.body["detail"][0]["msg"]) == (422, "list_type cannot be changed")


def test_a_dynamic_list_takes_no_members(api: Api) -> None:
    list_id, contact_id = dynamic(api), api.contact("ada@x.io")
    refusal = {"detail": "Contacts cannot be added to a DYNAMIC list"}
    assert api("addContactsToList", {"contact_ids": [contact_id], "list_id": list_id}).body == refusal
    answer = api("importContacts", {"file": "email\ngrace@x.io\n", "list_id": list_id})
    assert (answer.status, answer.body) == (400, refusal)
    assert emails(api.contacts()) == ["ada@x.io"]


def test_a_deleted_list_leaves_its_members(api: Api) -> None:
    list_id = api.contact_list("Guests", api.contact("ada@x.io"))
    answer = api.ok("deleteContactList", list_id=list_id)
    assert answer == {"success": True, "message": "Contact list deleted"}
    assert emails(api.contacts()) == ["ada@x.io"]
    gone = (404, {"detail": "Contact list not found"})
    for again in (
        api("deleteContactList", list_id=list_id),
        api("getContactList", list_id=list_id),
        api("listContacts", query={"list_id": list_id}),
    ):
        assert (again.status, again.body) == gone
