"""The leads of a campaign, one by one."""

from dataclasses import dataclass
from typing import Any

from ..api.api import Api
from ..api.reply import Reply
from ..registry import rule
from .fixtures.shared import UNDOCUMENTED, ask, compare_undocumented, get_campaign, require_recent

_ADD = "docs:api-reference/leads/add-a-single-lead-manually"
_GET = "docs:api-reference/leads/get-a-single-lead"
_UPDATE = "docs:api-reference/leads/update-a-lead"
_CLIENT = "client"
_SCOPES = "docs:authentication/scopes, client"

_CUSTOM: dict[str, Any] = {
    "Size": 50,
    "nested": {"a": [1, None, {"b": "é"}]},
    "city": " Paris ",
    "flag": False,
    "ratio": 0.5,
    "empty": "",
}


@dataclass(frozen=True, slots=True)
class _SharedLeads:
    """Two campaigns; the first has two leads, and the second has one with the address of `ada`."""

    one: str
    two: str
    ada: dict[str, Any]
    grace: dict[str, Any]
    twin: dict[str, Any]


def _share_leads(api: Api) -> _SharedLeads:
    def make() -> _SharedLeads:
        one, two = (str(api.create_campaign()["campaign_id"]) for _ in range(2))
        email = "Ada.Mixed." + api.email("lead")
        ada = api.add_lead(
            one, email=email, first_name=" ada <Ünï> & co ", last_name="O'Łove", custom_fields=_CUSTOM
        )
        grace = api.add_lead(one, email=api.email("grace"))
        return _SharedLeads(one, two, ada, grace, api.add_lead(two, email=email))

    return api.once("leads", make, show=True)


def _lead(api: Api, operation_id: str, campaign_id: str, lead: dict[str, Any], **more: Any) -> Reply:
    return ask(api, operation_id, campaign_id, path={"lead_id": lead["lead_id"]}, **more)


@rule(
    "leads.add.answer",
    source=_ADD,
    sentence="Lead added successfully: lead_id, batch_id, email, names, company, status, custom_fields",
    operations=["addLead", "getLead"],
    repeated=True,
)
def answer_new_lead(api: Api) -> None:
    """A new lead is PENDING, has the sent values byte for byte, and is read as it was answered."""
    shared = _share_leads(api)
    expected = {
        "first_name": " ada <Ünï> & co ",
        "last_name": "O'Łove",
        "company": None,
        "status": "PENDING",
        "batch_id": None,
        "custom_fields": _CUSTOM,
    }
    for field, value in expected.items():
        api.judge.compare(shared.ada[field], value, field)
    for field in (name for name in shared.ada if name.endswith("_at") and name != "created_at"):
        api.judge.compare(shared.ada[field], None, field)
    require_recent(api, shared.ada["created_at"], "created_at")
    found = _lead(api, "getLead", shared.one, shared.ada).succeeds()
    for field in shared.ada.keys() & found.keys():
        api.judge.compare(found[field], shared.ada[field], f"{field} read")
    for field in ("email_interactions", "replies"):
        api.judge.compare(found[field], [], field)


@rule(
    "leads.add.defaults",
    source=_ADD,
    sentence="email is required; first_name, last_name, company, custom_fields are not.",
    operations=["addLead"],
)
def fill_in_defaults(api: Api) -> None:
    """A missing field of a new lead gets the documented default."""
    grace = _share_leads(api).grace
    body = api.spec.operations["addLead"].body or {}
    for field, schema in body["properties"].items():
        if "default" in schema:
            api.judge.compare(grace[field], schema["default"], field)


@rule("leads.add.email.letter_case", source=UNDOCUMENTED, operations=["addLead"])
def keep_letter_case(api: Api) -> None:
    """An address keeps its letter case."""
    email = _share_leads(api).ada["email"]
    api.judge.compare(email.partition(".lead.")[0], "Ada.Mixed", "the beginning of the address")


@rule("leads.add.duplicate", source=UNDOCUMENTED, operations=["addLead"])
def refuse_duplicate(api: Api) -> None:
    """A campaign has an address only once in any letter case."""
    shared = _share_leads(api)
    for email in (shared.ada["email"], shared.ada["email"].swapcase()):
        ask(api, "addLead", shared.one, body={"email": email, "company": "X"}).fails("lead_exists")


@rule(
    "leads.add.other_campaign",
    source="client",
    sentence="A lead is one membership of a contact in a campaign.",
    operations=["addLead"],
)
def accept_address_elsewhere(api: Api) -> None:
    """Another campaign may have a lead with the same address."""
    shared = _share_leads(api)
    api.judge.require(shared.twin["lead_id"] != shared.ada["lead_id"], "both leads have one id")
    api.judge.compare(shared.twin["email"].casefold(), shared.ada["email"].casefold(), "email")


@rule(
    "leads.add.counted",
    source="docs:api-reference/campaigns/list-campaigns",
    sentence="total_leads, and counts that begin at 0.",
    operations=["addLead", "getCampaign"],
)
def count_leads(api: Api) -> None:
    """A campaign counts its own leads, and no sent mails before its launch."""
    shared = _share_leads(api)
    found = get_campaign(api, shared.one)
    api.judge.compare(found["total_leads"], 2, "total_leads")
    for field in (name for name in found if name.endswith("_count")):
        api.judge.compare(found[field], 0, field)


@rule(
    "leads.get.other_campaign",
    source=_GET,
    sentence="/campaigns/{campaign_id}/leads/{lead_id}",
    operations=["getLead", "updateLead"],
)
def find_under_own_campaign(api: Api) -> None:
    """A lead is found only in its own campaign."""
    shared = _share_leads(api)
    _lead(api, "getLead", shared.two, shared.ada).fails("lead_not_found")
    body = {"company": "Elsewhere"}
    _lead(api, "updateLead", shared.two, shared.ada, body=body).fails("lead_not_found")


@rule(
    "leads.update.merged",
    source=_UPDATE,
    sentence="custom_fields: keys are kept, sent keys are added or updated, keys sent as null are removed.",
    operations=["updateLead", "getLead"],
)
def merge_fields(api: Api) -> None:
    """An update changes only sent fields, merges custom fields, and null removes a custom field."""
    shared = _share_leads(api)
    body = {"company": " Engines ", "custom_fields": {"Size": None, "city": {"name": "London"}, "new": 1}}
    merged = {name: value for name, value in _CUSTOM.items() if name != "Size"}
    merged.update({"city": {"name": "London"}, "new": 1})
    answer = _lead(api, "updateLead", shared.one, shared.ada, body=body).succeeds()
    found = _lead(api, "getLead", shared.one, shared.ada).succeeds()
    expected = {**shared.ada, "company": " Engines ", "custom_fields": merged}
    for what, each in (("answered", answer), ("read", found)):
        for field in expected.keys() & each.keys():
            api.judge.compare(each[field], expected[field], f"{field} {what}")


@rule("leads.update.null", source=UNDOCUMENTED, operations=["updateLead", "getLead"])
def read_nulls(api: Api) -> None:
    """Null clears a text, and null for all custom fields changes nothing."""
    shared = _share_leads(api)
    body = {"last_name": None, "custom_fields": None}
    answer = _lead(api, "updateLead", shared.one, shared.ada, body=body).succeeds()
    found = _lead(api, "getLead", shared.one, shared.ada).succeeds()
    for each in (answer, found):
        api.judge.compare(each["last_name"], None, "last_name")
        api.judge.compare(each["first_name"], shared.ada["first_name"], "first_name")
        api.judge.compare(each["custom_fields"].get("nested"), _CUSTOM["nested"], "a custom field")


@rule(
    "leads.update.fixed",
    source=_UPDATE,
    sentence="The body has first_name, last_name, company and custom_fields.",
    operations=["updateLead", "getLead"],
)
def keep_address_and_status(api: Api) -> None:
    """The address and the status of a lead cannot be changed."""
    shared = _share_leads(api)
    body = {"email": api.email("other"), "status": "REPLIED", "lead_id": api.unknown_id()}
    _lead(api, "updateLead", shared.one, shared.grace, body=body)
    found = _lead(api, "getLead", shared.one, shared.grace).succeeds()
    for field in shared.grace.keys() & found.keys():
        api.judge.compare(found[field], shared.grace[field], field)


@rule(
    "leads.update.others_stay",
    source=_UPDATE,
    sentence="Lead updated successfully",
    operations=["updateLead", "getLead"],
    profile="full",
)
def change_one_only(api: Api) -> None:
    """An update of a lead changes no other lead."""
    shared = _share_leads(api)
    body = {"company": "Mine alone", "custom_fields": {"own": True}}
    _lead(api, "updateLead", shared.one, shared.ada, body=body).succeeds()
    found = _lead(api, "getLead", shared.one, shared.grace).succeeds()
    for field in ("company", "custom_fields"):
        api.judge.compare(found[field], shared.grace[field], f"{field} of another lead")


@rule(
    "leads.list.all",
    source=_CLIENT,
    sentence="leads, with pagination.total.",
    operations=["listLeads", "getLead"],
)
def list_leads(api: Api) -> None:
    """A campaign lists its leads as they are read, newest first."""
    shared = _share_leads(api)
    leads = ask(api, "listLeads", shared.one).succeeds()["leads"]
    ids = [lead["lead_id"] for lead in leads]
    made = [lead["lead_id"] for lead in (shared.ada, shared.grace)]
    api.judge.compare(sorted(ids), sorted(made), "the leads")
    compare_undocumented(api, ids, made[::-1], "the order of the leads")
    (listed,) = (lead for lead in leads if lead["lead_id"] == shared.ada["lead_id"])
    found = _lead(api, "getLead", shared.one, shared.ada).succeeds()
    for field in listed.keys() & found.keys():
        api.judge.compare(listed[field], found[field], f"{field} listed")


@rule(
    "leads.list.pages",
    source=_CLIENT,
    sentence="page: default 1; limit: default 20, at most 100.",
    operations=["listLeads"],
    profile="full",
)
def list_in_pages(api: Api) -> None:
    """Pages share no lead, miss none, and have correct numbers."""
    shared = _share_leads(api)
    seen: list[str] = []
    for page, size in ((1, 1), (2, 1), (3, 0)):
        answer = ask(api, "listLeads", shared.one, query={"page": page, "limit": 1}).succeeds()
        api.judge.compare(len(answer["leads"]), size, f"the number of leads on page {page}")
        seen += [lead["lead_id"] for lead in answer["leads"]]
        numbers = {"page": page, "limit": 1, "total": 2, "pages": 2}
        expected = {**numbers, "has_next": page < 2, "has_prev": page > 1}
        for field, value in expected.items():
            reported = answer["pagination"][field]
            api.judge.compare(reported, value, f"{field} on page {page}", documented=page <= 2)
    api.judge.compare(len({*seen}), 2, "the number of leads on all pages")


@rule(
    "leads.list.filters",
    source=_CLIENT,
    sentence="search: a case-insensitive part of the email; status.",
    operations=["listLeads"],
    repeated=True,
)
def filter_leads(api: Api) -> None:
    """A part of the address in any letter case selects leads, and so does a status."""
    shared = _share_leads(api)
    ada = [shared.ada["lead_id"]]
    queries: tuple[tuple[dict[str, str], list[str]], ...] = (
        ({"search": "aDA.mixed"}, ada),
        ({"status": "SENT"}, []),
        ({"status_filter": "SENT"}, []),
    )
    for query, expected in queries:
        answer = ask(api, "listLeads", shared.one, query=query).succeeds()
        found = sorted(lead["lead_id"] for lead in answer["leads"])
        api.judge.compare(found, sorted(expected), f"the leads with {query}")
        api.judge.compare(answer["pagination"]["total"], len(expected), f"total with {query}")


@dataclass(frozen=True, slots=True)
class _Deletion:
    """A deletion that names a lead twice, a lead of another campaign and an unknown lead."""

    answer: dict[str, Any]
    gone: Reply
    left: list[str]
    foreign: Reply


def _delete_some(api: Api) -> _Deletion:
    def make() -> _Deletion:
        shared = _share_leads(api)
        gone = api.add_lead(shared.two)
        body = [gone["lead_id"], gone["lead_id"], shared.grace["lead_id"], api.unknown_id()]
        answer = ask(api, "deleteLeads", shared.two, body=body).succeeds()
        listed = ask(api, "listLeads", shared.two).succeeds()["leads"]
        return _Deletion(
            answer,
            _lead(api, "getLead", shared.two, gone),
            [lead["lead_id"] for lead in listed],
            _lead(api, "getLead", shared.one, shared.grace),
        )

    return api.once("leads deleted", make, show=True)


@rule(
    "leads.delete.gone",
    source=_SCOPES,
    sentence="leads:delete: remove leads, PENDING only. The body lists their ids.",
    operations=["deleteLeads", "getLead", "listLeads"],
)
def delete_leads(api: Api) -> None:
    """A deletion deletes the named leads and no others."""
    deletion = _delete_some(api)
    deletion.gone.fails("lead_not_found")
    api.judge.compare(deletion.left, [_share_leads(api).twin["lead_id"]], "the leads left")


@rule(
    "leads.delete.own_only",
    source=_SCOPES,
    sentence="DELETE /campaigns/{campaign_id}/leads: the membership is removed.",
    operations=["deleteLeads", "getLead"],
)
def delete_own_only(api: Api) -> None:
    """A deletion deletes no lead of another campaign."""
    _delete_some(api).foreign.succeeds()


@rule("leads.delete.counted", source=UNDOCUMENTED, operations=["deleteLeads"])
def count_deleted(api: Api) -> None:
    """The answer counts each deleted lead once and skips other ids."""
    api.judge.compare(_delete_some(api).answer["deleted_count"], 1, "deleted_count")


@rule("leads.delete.none", source=UNDOCUMENTED, operations=["deleteLeads"])
def refuse_to_delete_none(api: Api) -> None:
    """A deletion that names no lead is refused."""
    ask(api, "deleteLeads", _share_leads(api).one, body=[]).fails("no_lead_ids")
