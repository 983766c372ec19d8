"""Contacts: importing, finding, changing, tagging and deleting them, and adding them to campaigns."""

from typing import Any

from ..api.api import Api
from ..inputs.encoding import write_csv
from ..registry import rule
from .fixtures.contacts import FILE, imported_contacts, require_ids, search
from .fixtures.shared import UNDOCUMENTED, ask, get_campaign, require_recent

_COUNTS = {
    "total_rows": 4,
    "imported_rows": 3,
    "skipped_rows": 1,
    "contacts_created": 3,
    "contacts_matched": 0,
    "blocked": [],
}


def _change(api: Api, contact_id: str, **fields: Any) -> dict[str, Any]:
    reply = api.send("updateContact", path={"contact_id": contact_id}, body=fields)
    contact: dict[str, Any] = reply.succeeds()["contact"]
    return contact


@rule("contacts.import.counts", source=UNDOCUMENTED, operations=["importContacts"])
def count_imported(api: Api) -> None:
    """An import counts new contacts, known contacts and rows without an address."""
    imported = imported_contacts(api).imported
    for name, expected in _COUNTS.items():
        api.judge.compare(imported[name], expected, name)


@rule("contacts.import.stored", source=UNDOCUMENTED, operations=["importContacts", "listContacts"])
def store_imported(api: Api) -> None:
    """An imported contact has the values of its row byte for byte, the name of the file and no history."""
    contacts = imported_contacts(api)
    expected: dict[str, Any] = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "company": f"Ada & {contacts.token} Ltd",
        "custom_fields": {"City": "London"},
        "source_type": "CSV_UPLOAD",
        "source_name": FILE,
        "signal": "NEVER_CONTACTED",
        "signal_override": None,
        "campaign_count": 0,
        "tags": [],
        "last_contacted_at": None,
        "suppression_reason": None,
    }
    expected |= {name: False for name in contacts.ada if name.startswith(("has_", "is_"))}
    api.judge.compare_fields(contacts.ada, expected)
    api.judge.compare(contacts.grace["custom_fields"], {}, "custom fields of empty cells")
    api.judge.compare(contacts.grace["last_name"], "Hopper é", "last_name")
    api.judge.compare(contacts.linus["custom_fields"], {"City": " Helsinki "}, "custom_fields")
    for name in ("created_at", "updated_at"):
        require_recent(api, contacts.ada[name], name)


@rule("contacts.import.matched", source=UNDOCUMENTED, operations=["importContacts", "getContact"])
def match_known(api: Api) -> None:
    """An import matches a known address in any letter case, and empty values change nothing."""
    known = api.create_contact(first_name="Kim", company="Old Ltd", City="Oslo", Size="9")
    row = {
        "email": known["email"].swapcase(),
        "first_name": "",
        "company": "New Ltd",
        "City": "",
        "Size": "10",
    }
    imported = api.send("importContacts", body={"file": write_csv([row])}).succeeds()
    for name, count in (("contacts_created", 0), ("contacts_matched", 1), ("imported_rows", 1)):
        api.judge.compare(imported[name], count, name)
    found = api.read("getContact", contact_id=known["contact_id"])["contact"]
    expected = {"first_name": "Kim", "company": "New Ltd", "custom_fields": {"City": "Oslo", "Size": "10"}}
    api.judge.compare_fields(found, {**expected, "email": known["email"]})


@rule("contacts.import.mapping", source=UNDOCUMENTED, operations=["importContacts"])
def map_columns(api: Api) -> None:
    """A mapping names the column of each field and the names of custom fields."""
    email = api.email("mapped")
    file = write_csv([{"Mail": email, "Given": "Mo", "Ort": "Rome", "first_name": "not this"}])
    mapping = '{"email": "Mail", "first_name": "Given", "custom_city": "Ort", "company": "no such column"}'
    api.send("importContacts", body={"file": file, "mapping": mapping}).succeeds()
    found = api.find_contact(email)
    api.judge.compare(found["first_name"], "Mo", "first_name")
    api.judge.compare(found["company"], None, "company")
    api.judge.compare(found["custom_fields"].get("city"), "Rome", "the custom field city")


@rule("contacts.import.refused", source=UNDOCUMENTED, operations=["importContacts"], repeated=True)
def refuse_files(api: Api) -> None:
    """A file is refused that has no address column, another encoding or an invalid mapping."""
    file = write_csv([{"email": api.email("refused")}])
    send = api.send("importContacts", body={"file": write_csv([{"mail": api.email("refused")}])})
    send.fails("email_column_missing")
    api.send("importContacts", body={"file": file, "mapping": "[1]"}).fails("mapping_invalid")
    latin = f"email,first_name\n{api.email('refused')},Zo\u00eb\n".encode("latin-1")
    api.send("importContacts", body={"file": latin}).fails("file_not_utf8")
    body = {"file": file, "list_id": api.unknown_id()}
    api.send("importContacts", body=body).fails("contact_list_not_found")


@rule(
    "contacts.lead_is_contact",
    source=UNDOCUMENTED,
    operations=["addLead", "listContacts", "getContact"],
    profile="full",
)
def make_contact_of_lead(api: Api) -> None:
    """A new lead becomes a contact, and the leads of two campaigns with one address are one contact."""
    one, two = (str(api.create_campaign(name=api.name("of contacts"))["campaign_id"]) for _ in range(2))
    email = api.email("both")
    leads = {
        one: api.add_lead(one, email=email, company="First Ltd", custom_fields={"size": 5, "kept": True}),
        two: api.add_lead(two, email=email.swapcase(), first_name="Bo", custom_fields={"size": 6}),
    }
    contact = api.find_contact(email)
    expected = {"first_name": "Bo", "company": "First Ltd", "custom_fields": {"size": 6, "kept": True}}
    api.judge.compare_fields(contact, {**expected, "source_type": "MANUAL", "campaign_count": 2})
    found = api.read("getContact", contact_id=contact["contact_id"])
    api.judge.compare(found["contact"], contact, "the contact read")
    reported = {each["campaign_id"]: (each["lead_id"], each["status"]) for each in found["campaigns"]}
    api.judge.compare(
        reported, {key: (lead["lead_id"], "PENDING") for key, lead in leads.items()}, "campaigns"
    )
    _change(api, contact["contact_id"], first_name="Changed", custom_fields={"size": None})
    path = {"lead_id": leads[two]["lead_id"]}
    lead = ask(api, "getLead", two, path=path).succeeds()
    for name in ("first_name", "custom_fields"):
        api.judge.compare(lead[name], leads[two][name], f"{name} of a lead whose contact has changed")
    for query, expected_ids in (
        ({"campaign_id": one}, {contact["contact_id"]}),
        ({"not_in_campaign_id": one}, set()),
        ({"campaign_id": api.campaign_id}, set()),
    ):
        require_ids(api, search(api, email, **query), expected_ids, f"{query}")


@rule("contacts.update.merge", source=UNDOCUMENTED, operations=["updateContact", "getContact"])
def merge_fields(api: Api) -> None:
    """An update changes only the sent fields, and null clears a name or removes a custom field."""
    before = api.create_contact(first_name="Una", last_name="Kept", company="Old", City="Bonn", Size="3")
    contact_id = before["contact_id"]
    sent: dict[str, Any] = {"City": None, "new": {"a": [1, None]}, "none": None}
    changed = _change(api, contact_id, first_name=None, company=" Neu é ", custom_fields=sent)
    expected = {
        **before,
        "first_name": None,
        "company": " Neu é ",
        "custom_fields": {"Size": "3", "new": {"a": [1, None]}},
    }
    found = api.read("getContact", contact_id=contact_id)["contact"]
    for name in expected.keys() - {"updated_at"}:
        api.judge.compare(changed[name], expected[name], name)
        api.judge.compare(found[name], expected[name], f"{name} read")
    found = _change(api, contact_id, custom_fields=None)
    api.judge.compare(found["custom_fields"], expected["custom_fields"], "custom fields after null")


@rule("contacts.set.pinned", source=UNDOCUMENTED, operations=["setContactSignal", "listContacts"])
def pin_signal(api: Api) -> None:
    """A pinned signal is shown and found until it is unpinned, and suppresses no contact."""
    contact_id = imported_contacts(api).linus["contact_id"]
    path = {"contact_id": contact_id}
    for pinned, shown in (("UNSUBSCRIBED", "UNSUBSCRIBED"), (None, "NEVER_CONTACTED")):
        body = {"signal_override": pinned}
        answered = api.send("setContactSignal", path=path, body=body).succeeds()["contact"]
        api.judge.compare_fields(
            answered, {"signal": shown, "signal_override": pinned, "is_suppressed": False}
        )
        require_ids(
            api,
            search(api, imported_contacts(api).token, signal="UNSUBSCRIBED"),
            {contact_id} if pinned else set(),
            "signal=UNSUBSCRIBED",
        )


@rule("contacts.list.filters", source=UNDOCUMENTED, operations=["listContacts", "addLead"], repeated=True)
def filter_contacts(api: Api) -> None:
    """A search looks at address, name and company in any letter case, and all filters must match."""
    contacts = imported_contacts(api)
    ada, grace, linus = contacts.ids
    asked: list[tuple[dict[str, Any], set[str]]] = [
        ({"search": contacts.token.upper()}, {ada, grace, linus}),
        ({"search": contacts.grace["email"][2:-4]}, {grace}),
        ({"search": "gRACE hopper É", "source_name": FILE}, {grace}),
        ({"search": contacts.token, "source_type": "MANUAL"}, set()),
        ({"search": contacts.token, "source_name": "other.csv"}, set()),
        (
            {
                "search": contacts.token,
                "has_opened": False,
                "is_bounced": False,
                "has_replied": False,
                "is_unsubscribed": False,
                "source_type": "CSV_UPLOAD",
            },
            {ada, grace, linus},
        ),
        ({"search": contacts.token, "has_replied": True}, set()),
        ({"search": contacts.token, "signal": "HOT_LEAD"}, set()),
        ({"search": contacts.token, "not_in_campaign_id": api.campaign_id}, {ada, grace, linus}),
    ]
    for query, expected in asked:
        rows = api.send("listContacts", query=query).succeeds()["contacts"]
        if query["search"].startswith("gRACE"):
            rows = [row for row in rows if row["contact_id"] in contacts.ids]  # others may be called so, too
        require_ids(api, rows, expected, f"{query}")
    campaign_id = str(api.create_campaign()["campaign_id"])
    email = api.add_lead(campaign_id)["email"]
    require_ids(api, search(api, email, not_in_campaign_id=campaign_id), set(), "those not in its campaign")


@rule("contacts.list.pages", source=UNDOCUMENTED, operations=["listContacts"], repeated=True)
def page_contacts(api: Api) -> None:
    """Pages count the found contacts and have each once, newest first."""
    contacts = imported_contacts(api)
    pages = [
        api.send("listContacts", query={"search": contacts.token, "limit": 2, "page": page}).succeeds()
        for page in (1, 2)
    ]
    rows = [row["contact_id"] for page in pages for row in page["contacts"]]
    api.judge.compare(rows, contacts.ids[::-1], "the contacts of both pages")
    for number, page in enumerate(pages, start=1):
        expected = {
            "page": number,
            "limit": 2,
            "total": 3,
            "pages": 2,
            "has_next": number == 1,
            "has_prev": number == 2,
        }
        api.judge.compare(page["pagination"], expected, "pagination")


@rule(
    "contacts.add-contacts-to-campaign.added",
    source=UNDOCUMENTED,
    operations=["addContactsToCampaign", "listLeads", "getContact"],
)
def add_contacts_to_campaign(api: Api) -> None:
    """Each contact becomes one PENDING lead with its values, and unknown ids are counted."""
    contacts = imported_contacts(api)
    campaign_id = str(api.create_campaign(name=api.name("adding"))["campaign_id"])
    api.add_lead(campaign_id, email=contacts.linus["email"], custom_fields={})
    body = {"contact_ids": [*contacts.ids, contacts.ids[0], api.unknown_id()], "campaign_id": campaign_id}
    counts = api.send("addContactsToCampaign", body=body).succeeds()
    expected = {"requested": 5, "affected": 2, "skipped": 2, "not_found": 1, "details": {"blocked": []}}
    api.judge.compare_fields(counts, expected)
    leads = ask(api, "listLeads", campaign_id).succeeds()["leads"]
    by_email = {lead["email"]: lead for lead in leads}
    api.judge.compare(len(leads), 3, "the number of leads")
    lead = by_email[contacts.ada["email"]]
    for name in ("first_name", "last_name", "company", "custom_fields"):
        api.judge.compare(lead[name], contacts.ada[name], name)
    api.judge.compare(lead["status"], "PENDING", "status")
    ask(api, "deleteCampaign", campaign_id).succeeds()
    api.judge.compare(
        len(search(api, contacts.token)), 3, "the contacts that are left with the campaign gone"
    )


@rule(
    "contacts.tag.tagged",
    source=UNDOCUMENTED,
    needs=["tag"],
    operations=["tagContacts", "untagContacts", "getContact"],
    repeated=True,
)
def tag_contacts(api: Api) -> None:
    """A tag is added and removed once, and a contact that needs no change is skipped."""
    contact_ids = imported_contacts(api).ids[1:]
    body = {"contact_ids": [*contact_ids, api.unknown_id()], "tag_id": api.target.tag_id}
    path = {"contact_id": contact_ids[0]}
    for operation_id, affected, tags in (
        ("tagContacts", 2, [api.target.tag_id]),
        ("tagContacts", 0, [api.target.tag_id]),
        ("untagContacts", 2, []),
        ("untagContacts", 0, []),
    ):
        counts = api.send(operation_id, body=body).succeeds()
        expected = {"requested": 3, "affected": affected, "skipped": 2 - affected, "not_found": 1}
        for name, value in expected.items():
            api.judge.compare(counts[name], value, f"{operation_id}: {name}")
        reported = [tag["tag_id"] for tag in api.read("getContact", **path)["contact"]["tags"]]
        api.judge.compare(reported, tags, f"tags after {operation_id}")


@rule(
    "contacts.delete.gone",
    source=UNDOCUMENTED,
    operations=["deleteContacts", "getContact", "getCampaign", "listContacts"],
    profile="full",
)
def delete_contacts(api: Api) -> None:
    """A contact is deleted with its leads, and unknown ids are counted."""
    campaign_id = str(api.create_campaign(name=api.name("loses a lead"))["campaign_id"])
    emails = [api.email("doomed"), api.email("spared")]
    leads = [api.add_lead(campaign_id, email=email) for email in emails]
    doomed, spared = (api.find_contact(email)["contact_id"] for email in emails)
    counts = api.send("deleteContacts", body=[doomed, api.unknown_id()]).succeeds()
    api.judge.compare_fields(counts, {"requested": 2, "deleted": 1, "not_found": 1})
    api.send("getContact", path={"contact_id": doomed}).fails("contact_not_found")
    path = {"lead_id": leads[0]["lead_id"]}
    ask(api, "getLead", campaign_id, path=path).fails("lead_not_found")
    api.judge.compare(get_campaign(api, campaign_id)["total_leads"], 1, "total_leads")
    require_ids(api, search(api, emails[1]), {spared}, "the other contact")
