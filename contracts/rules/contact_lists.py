"""Contact lists: static lists and dynamic lists."""

from dataclasses import dataclass
from typing import Any

from ..api.api import Api
from ..inputs.encoding import write_csv
from ..registry import rule
from .fixtures.contacts import imported_contacts, require_ids, search
from .fixtures.shared import UNDOCUMENTED, require_recent


@dataclass(frozen=True, slots=True)
class _Lists:
    """A static list of the first two contacts and a dynamic list, as answered and as read."""

    static: dict[str, Any]
    dynamic: dict[str, Any]
    sent: dict[str, Any]
    found: dict[str, dict[str, Any]]
    listed: list[dict[str, Any]]


def _create(api: Api, name: str, **fields: Any) -> dict[str, Any]:
    body = {"name": f"{api.name(name)} {api.ledger.token()}", **fields}
    answer: dict[str, Any] = api.send("createContactList", body=body).succeeds()
    return answer


def _lists(api: Api) -> _Lists:
    def make() -> _Lists:
        contacts = imported_contacts(api)
        ids = [*contacts.ids[:2], contacts.ids[0], api.unknown_id()]
        static = _create(api, " Members ", list_type="STATIC", contact_ids=ids, description=" é 🚀 ")
        sent = {"search": contacts.token, "signal": ["NEVER_CONTACTED", "HOT_LEAD"], "has_replied": False}
        dynamic = _create(api, "Filter", list_type="DYNAMIC", filter_definition=sent)
        found = {
            each["list_id"]: api.read("getContactList", list_id=each["list_id"]) for each in (static, dynamic)
        }
        return _Lists(static, dynamic, sent, found, api.send("listContactLists").succeeds()["lists"])

    return api.once("contact lists", make, show=True)


def _members(api: Api, list_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.send("listContacts", query={"list_id": list_id}).succeeds()["contacts"]
    return rows


@rule(
    "contacts.create.stored",
    source=UNDOCUMENTED,
    operations=["createContactList", "getContactList", "listContactLists"],
    repeated=True,
)
def store_list(api: Api) -> None:
    """A list is read and listed as it was created, with the number of its contacts."""
    lists = _lists(api)
    api.judge.compare(lists.static["description"], " é 🚀 ", "description")
    api.judge.compare(lists.dynamic["filter_definition"], lists.sent, "filter_definition")
    api.judge.compare(lists.dynamic["description"], None, "description")
    listed = {each["list_id"]: each for each in lists.listed}
    for created, count in ((lists.static, 2), (lists.dynamic, 3)):
        require_recent(api, created["created_at"], "created_at")
        expected = {**created, "cached_count": count}
        found = lists.found[created["list_id"]]
        for name in expected.keys() & found.keys():
            api.judge.compare(found[name], expected[name], name)
            api.judge.compare(listed[created["list_id"]][name], expected[name], f"{name} listed")
    order = [each["list_id"] for each in lists.listed if each["list_id"] in lists.found]
    newest_first = [lists.dynamic["list_id"], lists.static["list_id"]]
    api.judge.compare(order, newest_first, "the order of the lists")


@rule("contacts.list-contact-lists.list_type", source=UNDOCUMENTED, operations=["listContactLists"])
def list_by_type(api: Api) -> None:
    """A type selects lists and counts them."""
    lists = _lists(api)
    answer = api.send("listContactLists", query={"list_type": "STATIC"}).succeeds()
    ids = [each["list_id"] for each in answer["lists"]]
    api.judge.require(lists.static["list_id"] in ids, "the list by membership is not listed as STATIC")
    types = {each["list_type"] for each in answer["lists"]}
    api.judge.compare(types, {"STATIC"}, "the types listed")
    api.judge.compare(answer["total"], len(ids), "total")


@rule(
    "contacts.create.name.taken", source=UNDOCUMENTED, operations=["createContactList", "updateContactList"]
)
def refuse_taken_name(api: Api) -> None:
    """Two lists cannot have the same name."""
    lists = _lists(api)
    body = {"name": lists.dynamic["name"], "list_type": "STATIC"}
    api.send("createContactList", body=body).fails("contact_list_exists")
    path = {"list_id": lists.static["list_id"]}
    api.send("updateContactList", path=path, body={"name": body["name"]}).fails("contact_list_exists")
    own = {"name": lists.static["name"]}
    api.send("updateContactList", path=path, body=own).succeeds()


@rule("contacts.create.kinds", source=UNDOCUMENTED, operations=["createContactList"], repeated=True)
def keep_kinds_apart(api: Api) -> None:
    """A dynamic list has a filter and no members, and a static list has no filter."""
    name = api.name("refused list")
    bodies: tuple[tuple[dict[str, Any], str], ...] = (
        ({"list_type": "DYNAMIC"}, "filter_definition"),
        ({"list_type": "DYNAMIC", "filter_definition": {}, "contact_ids": []}, "contact_ids"),
        ({"list_type": "STATIC", "filter_definition": {}}, "filter_definition"),
    )
    for body, field in bodies:
        reply = api.send("createContactList", body={"name": name, **body})
        reported = [item["loc"] for item in reply.json["detail"]] if reply.status == 422 else []
        api.judge.require(
            reported == [["body", field]],
            f"{body} was answered with {reply.status} and violations at {reported}",
        )


@rule(
    "contacts.list.members",
    source=UNDOCUMENTED,
    operations=["listContacts", "createContactList"],
    profile="full",
)
def list_members(api: Api) -> None:
    """The contacts of a list are its members or the contacts that match its filter."""
    contacts, lists = imported_contacts(api), _lists(api)
    require_ids(api, _members(api, lists.static["list_id"]), {*contacts.ids[:2]}, "members")
    require_ids(api, _members(api, lists.dynamic["list_id"]), {*contacts.ids}, "those who pass the filter")
    rows = search(api, contacts.grace["email"], list_id=lists.static["list_id"])
    require_ids(api, rows, {contacts.ids[1]}, "members found by a search")
    unknown = {"list_id": api.unknown_id()}
    api.send("listContacts", query=unknown).fails("contact_list_not_found")


@rule("contacts.preview.agrees", source=UNDOCUMENTED, operations=["previewContactList", "listContacts"])
def agree_with_list(api: Api) -> None:
    """A preview counts the contacts that the same filters find, and shows some of them."""
    contacts = imported_contacts(api)
    operation = api.spec.operations["previewContactList"]
    [size] = (p.schema["default"] for p in operation.parameters_in("query") if p.name == "sample_size")
    several = write_csv([{"email": api.email("several")} for _ in range(size + 1)])
    api.send("importContacts", body={"file": several}).succeeds()
    shown = api.send("previewContactList", query={"search": "several."}).succeeds()["sample"]
    api.judge.compare(len(shown), size, "the size of a sample that was not asked for")
    for query in ({"search": contacts.token}, {"search": contacts.token, "has_opened": True}):
        listed = api.send("listContacts", query=query).succeeds()
        shown = api.send("previewContactList", query={**query, "sample_size": 2}).succeeds()
        api.judge.compare(shown["total"], listed["pagination"]["total"], "total")
        api.judge.compare(shown["sample"], listed["contacts"][:2], "the sample")


@rule(
    "contacts.add.counted",
    source=UNDOCUMENTED,
    operations=["addContactsToList", "getContactList"],
    repeated=True,
)
def add_members(api: Api) -> None:
    """Contacts join a static list once, and a dynamic list refuses them."""
    contacts, lists = imported_contacts(api), _lists(api)
    list_id = _create(api, "Joined", list_type="STATIC", contact_ids=contacts.ids[:1])["list_id"]
    body = {"contact_ids": [*contacts.ids, contacts.ids[2], api.unknown_id()], "list_id": list_id}
    counts = api.send("addContactsToList", body=body).succeeds()
    api.judge.compare_fields(
        counts, {"requested": 5, "affected": 2, "skipped": 2, "not_found": 1, "details": None}
    )
    require_ids(api, _members(api, list_id), {*contacts.ids}, "members")
    dynamic = {"contact_ids": contacts.ids, "list_id": lists.dynamic["list_id"]}
    api.send("addContactsToList", body=dynamic).fails("contact_list_dynamic")
    unknown = {**dynamic, "list_id": api.unknown_id()}
    api.send("addContactsToList", body=unknown).fails("contact_list_not_found")


@rule(
    "contacts.update-contact-list.changed",
    source=UNDOCUMENTED,
    operations=["updateContactList", "getContactList", "listContacts"],
    repeated=True,
)
def change_list(api: Api) -> None:
    """An update changes only the sent fields of a list, and never its type."""
    contacts, lists = imported_contacts(api), _lists(api)
    created = _create(api, "Changed", list_type="DYNAMIC", filter_definition=lists.sent, description="was")
    path = {"list_id": created["list_id"]}
    sent = {"filter_definition": {"search": contacts.ada["email"]}, "description": None}
    api.send("updateContactList", path=path, body=sent).succeeds()
    found = api.read("getContactList", **path)
    for name, value in {**created, **sent, "cached_count": 1}.items():
        if name != "updated_at":
            api.judge.compare(found[name], value, name)
    require_ids(api, _members(api, created["list_id"]), {contacts.ids[0]}, "those who pass the new filter")
    static = {"list_id": lists.static["list_id"]}
    body: dict[str, Any] = {"filter_definition": {}}
    api.send("updateContactList", path=static, body=body).fails("contact_list_static")
    reply = api.send("updateContactList", path=static, body={"list_type": "DYNAMIC"})
    api.judge.require(reply.status == 422, f"another type was answered with {reply.status}, expected 422")


@rule(
    "contacts.delete-contact-list.gone",
    source=UNDOCUMENTED,
    operations=["deleteContactList", "deleteContacts", "getContactList"],
    profile="full",
)
def delete_list(api: Api) -> None:
    """A deleted contact leaves its lists, and a deleted list keeps its contacts."""
    member, lost = (api.create_contact()["contact_id"] for _ in range(2))
    list_id = _create(api, "Deleted", list_type="STATIC", contact_ids=[member, lost])["list_id"]
    api.send("deleteContacts", body=[lost]).succeeds()
    api.judge.compare(api.read("getContactList", list_id=list_id)["cached_count"], 1, "cached_count")
    api.send("deleteContactList", path={"list_id": list_id}).succeeds()
    api.send("getContactList", path={"list_id": list_id}).fails("contact_list_not_found")
    api.read("getContact", contact_id=member)
    rows = {each["list_id"] for each in api.send("listContactLists").succeeds()["lists"]}
    api.judge.require(_lists(api).static["list_id"] in rows, "another list is gone, too")
    api.judge.require(list_id not in rows, "the list is still listed")


@rule(
    "contacts.import.into_list",
    source=UNDOCUMENTED,
    operations=["importContacts", "listContacts", "deleteContactList"],
)
def import_into_list(api: Api) -> None:
    """Imported contacts join the static list of the request and outlive it; a dynamic list refuses them."""
    contacts = imported_contacts(api)
    list_id = _create(api, "Imported", list_type="STATIC")["list_id"]
    email = api.email("joins")
    file = write_csv([{"email": email}, {"email": contacts.ada["email"]}])
    api.send("importContacts", body={"file": file, "list_id": list_id}).succeeds()
    emails = {row["email"] for row in _members(api, list_id)}
    api.judge.compare(emails, {email, contacts.ada["email"]}, "the members' addresses")
    body = {"file": file, "list_id": _lists(api).dynamic["list_id"]}
    api.send("importContacts", body=body).fails("contact_list_dynamic")
    api.send("deleteContactList", path={"list_id": list_id}).succeeds()
    api.find_contact(email)
