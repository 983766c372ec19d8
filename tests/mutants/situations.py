"""Faults that show in a situation only: many records, a second life, two of a kind, odd data, an order.

A single request and its answer look right with each of them.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver.errors import ApiError
from mockserver.mails import thread_list, threads
from mockserver.model import analytics
from mockserver.resources.call import Call
from mockserver.state.records import Lead

from .mutant import Mutant
from .mutations import Handler, Json, Mutation, after, all_of, answer, around, before, forgetting, swap
from .situation_scenarios import exercise_situations

_OPEN = "no source describes the operation"


# ---- more than a page


def _cap_total(body: Json) -> Json:
    pagination = body["pagination"]
    return {**body, "pagination": {**pagination, "total": min(pagination["total"], 100)}}


def _empty_third_page(body: Json) -> Json:
    return {**body, "leads": []} if body["pagination"]["page"] >= 3 else None


def _overlap(handler: Handler, call: Call) -> Any:
    """Begin each page but the first with the last row of the one before."""
    found = handler(call)
    page = call.query["page"]
    if page == 1 or not found["contacts"]:
        return found
    before_it = handler(replace(call, query={**call.query, "page": page - 1}))["contacts"]
    return {**found, "contacts": [before_it[-1], *found["contacts"][:-1]]}


def _short_export(handler: Handler, call: Call) -> Any:
    lines = "".join(handler(call)).splitlines(keepends=True)
    return iter(lines[:101])


# ---- a second life


def _remember(
    operation: str, names: Callable[[Call], list[str]], *, makes: str, error: str, field: str
) -> Mutation:
    """Refuse for ever what had the name of something that is deleted."""
    gone: set[tuple[str, str]] = set()

    def delete(handler: Handler, call: Call) -> Any:
        found_names = names(call)
        found = handler(call)
        gone.update((call.workspace.name, name) for name in found_names)
        return found

    def make(handler: Handler, call: Call) -> Any:
        if (call.workspace.name, str(call.body[field]).casefold()) in gone:
            raise ApiError(error)
        return handler(call)

    return all_of(around(operation, delete), around(makes, make))


def _addresses_of_leads(call: Call) -> list[str]:
    leads = filter(None, map(call.workspace.leads.find, call.body))
    return [lead.email.casefold() for lead in leads]


def _count_deleted() -> Mutation:
    """Count the leads that a campaign ever had."""
    most: dict[str, int] = {}

    def keep(call: Call, found: Json) -> Json:
        campaign_id = call.path["campaign_id"]
        most[campaign_id] = max(most.get(campaign_id, 0), found["total_leads"])
        return {**found, "total_leads": most[campaign_id]}

    return after("getCampaign", keep)


def _stale_list_counts() -> Mutation:
    """Count the members that a static list ever had."""
    most: dict[str, int] = {}

    def keep(_call: Call, found: Json) -> Json:
        if found["list_type"] != "STATIC":
            return found
        most[found["list_id"]] = max(most.get(found["list_id"], 0), found["cached_count"] or 0)
        return {**found, "cached_count": most[found["list_id"]]}

    return after("getContactList", keep)


# ---- two of everything


def _leads_of_same(call: Call) -> list[Lead]:
    lead = call.workspace.leads.get(call.path["lead_id"])
    return [each for each in call.workspace.leads.where("contact", lead.contact_id) if each is not lead]


def _change_elsewhere(call: Call, _found: Any) -> None:
    """Change the leads of the same contact in other campaigns, too."""
    sent = {name: call.body[name] for name in call.body if name != "custom_fields"}
    for lead in _leads_of_same(call):
        call.workspace.leads.put(replace(lead, details={**lead.details, **sent}))


def _keep_second_leads(handler: Handler, call: Call) -> Any:
    """Remove one lead of each contact only."""
    kept = [
        lead
        for contact_id in dict.fromkeys(call.body)
        for lead in list(call.workspace.leads.where("contact", contact_id))[1:]
    ]
    found = handler(call)
    for lead in kept:
        call.workspace.leads.put(lead)
    return found


def _toggle_all(workspace: Any, thread: Any) -> bool:
    starred = threads.toggle_star(workspace, thread)
    for other in thread_list.list_threads(workspace)[:]:
        if other.is_starred != starred:
            threads.toggle_star(workspace, threads.read_thread(workspace, other.lead))
    return starred


def _read_all(workspace: Any, _thread: Any) -> None:
    for other in thread_list.list_threads(workspace)[:]:
        threads.mark_read(workspace, threads.read_thread(workspace, other.lead))


def _pin_newest(handler: Handler, call: Call) -> Any:
    """Pin the signal of the contact made last."""
    newest = list(call.workspace.contacts)[-1].contact_id
    found = handler(replace(call, path={"contact_id": newest}))
    own = call.workspace.contacts.get(call.path["contact_id"])
    return {**found, "contact": {**found["contact"], "contact_id": own.contact_id, "email": own.email}}


def _addresses_of_all() -> Mutation:
    """Let an address be connected in one workspace only."""
    owners: dict[str, str] = {}

    def make(handler: Handler, call: Call) -> Any:
        name = str(call.body["email_address"]).casefold()
        if owners.setdefault(name, call.workspace.name) != call.workspace.name:
            raise ApiError("email_exists")
        return handler(call)

    return around("createSmtpSenderAccount", make)


# ---- unequal figures


def _rate_by(part: str, whole: str, name: str) -> Mutation:
    def count(workspace: Any, campaign: Any) -> Any:
        found = analytics.count_campaign(workspace, campaign)
        share = round(found[part] / found[whole], 4) if found[whole] else 0.0
        return {**found, name: share}

    return swap("getCampaignAnalytics", analytics.count_campaign, count)


# ---- one changes, the rest stays


def _touch_created(call: Call, found: Json) -> Json:
    lead = call.workspace.leads.get(call.path["lead_id"])
    call.workspace.leads.put(replace(lead, created_at=call.workspace.now()))
    return found


def _drop_signal(call: Call, _found: Any) -> None:
    contact = call.workspace.contacts.get(call.path["contact_id"])
    call.workspace.contacts.put(replace(contact, signal_override=None))


def _drop_description(call: Call, _found: Any) -> None:
    if "description" not in call.body:
        stored = call.workspace.contact_lists.get(call.path["list_id"])
        call.workspace.contact_lists.put(replace(stored, description=None))


def _change_campaign(operation: str, **changes: Any) -> Mutation:
    def act(call: Call, _found: Any) -> None:
        stored = call.workspace.campaigns.get(call.path["campaign_id"])
        call.workspace.campaigns.put(replace(stored, **changes))

    return after(operation, act)


def _relaunch(call: Call, _found: Any) -> None:
    stored = call.workspace.campaigns.get(call.path["campaign_id"])
    call.workspace.campaigns.put(replace(stored, launched_at=call.workspace.now()))


def _update_skipped(call: Call) -> Json:
    """Update known leads when they should be skipped."""
    is_skip = call.body["duplicate_action"] == "skip"
    return {**call.body, "duplicate_action": "update"} if is_skip else call.body


# ---- odd data


def _texts(alter: Callable[[str], str], *names: str) -> Mutation:
    def read(call: Call) -> Json:
        sent = {name: alter(call.body[name]) for name in names if isinstance(call.body.get(name), str)}
        return {**call.body, **sent}

    return before("addLead", read)


def _ascii_names(call: Call) -> Json:
    fields = call.body.get("custom_fields") or {}
    kept = {name.encode("ascii", "ignore").decode(): value for name, value in fields.items()}
    return {**call.body, "custom_fields": kept}


# ---- bulk as single, order


def _count_twice(handler: Handler, call: Call) -> Any:
    known = sum(call.workspace.contacts.find(each) is not None for each in call.body)
    return {**handler(call), "deleted": known}


def _move_up(call: Call, _found: Any) -> None:
    """List an updated lead as if it were the newest."""
    lead = call.workspace.leads.get(call.path["lead_id"])
    call.workspace.leads.remove(lead.lead_id)
    call.workspace.leads.put(lead)


def _oldest_first(workspace: Any, filters: Any) -> Any:
    return thread_list.list_threads(workspace, filters)[:][::-1]


def _mutant(name: str, summary: str, mutation: Mutation, choice: str = "") -> Mutant:
    return Mutant(f"situations.{name}", summary, mutation, choice=choice, scenario=exercise_situations)


# fmt: off
MUTANTS = (
    _mutant("page.total_capped", "no more than 100 leads are counted",
            answer("listLeads", _cap_total), _OPEN),
    _mutant("page.third_empty", "the third page of leads is empty",
            answer("listLeads", _empty_third_page), _OPEN),
    _mutant("page.overlap", "a page of contacts begins with the last row of the page before",
            around("listContacts", _overlap), _OPEN),
    _mutant("page.export_short", "100 leads are exported", around("exportLeads", _short_export), _OPEN),
    _mutant("second_life.lead", "the address of a deleted lead stays taken",
            _remember("deleteLeads", _addresses_of_leads, makes="addLead", error="lead_exists",
                      field="email")),
    _mutant("second_life.counted", "a campaign counts deleted leads", _count_deleted()),
    _mutant("second_life.inbox", "the address of a deleted sender account stays taken",
            _remember("deleteSenderAccount", lambda call: [call.workspace.sender_accounts.get(
                call.path["inbox_id"]).email_address.casefold()], makes="createSmtpSenderAccount",
                error="email_exists", field="email_address")),
    _mutant("second_life.list", "the name of a deleted list stays taken",
            _remember("deleteContactList", lambda call: [call.workspace.contact_lists.get(
                call.path["list_id"]).name.casefold()], makes="createContactList",
                error="contact_list_exists", field="name"), _OPEN),
    _mutant("second_life.members", "a list counts deleted contacts", _stale_list_counts(), _OPEN),
    _mutant("second_life.domain", "a deleted domain is still there", forgetting("deleteDomain", "domains")),
    _mutant("two.lead_elsewhere", "an update of a lead changes the same contact in other campaigns",
            after("updateLead", _change_elsewhere)),
    _mutant("two.contact_leads", "a deleted contact stays a lead of its second campaign",
            around("deleteContacts", _keep_second_leads), _OPEN),
    _mutant("two.star", "a star is put on all threads",
            swap("toggleThreadStar", threads.toggle_star, _toggle_all)),
    _mutant("two.read", "all threads are marked as read",
            swap("markThreadRead", threads.mark_read, _read_all)),
    _mutant("two.signal", "the signal of the newest contact is pinned",
            around("setContactSignal", _pin_newest), _OPEN),
    _mutant("two.addresses", "an address is connected in one workspace only", _addresses_of_all()),
    _mutant("figures.open_rate", "the open rate is one of all leads",
            _rate_by("total_opened", "total_leads", "open_rate")),
    _mutant("figures.reply_rate", "the reply rate is one of opened mails",
            _rate_by("total_replied", "total_opened", "reply_rate")),
    _mutant("rest.lead_created", "an update of a lead makes it as new", after("updateLead", _touch_created)),
    _mutant("rest.signal", "an update of a contact takes its pinned signal",
            after("updateContact", _drop_signal), _OPEN),
    _mutant("rest.description", "a renamed list loses its description",
            after("updateContactList", _drop_description), _OPEN),
    _mutant("rest.archive_variants", "an archived campaign loses its variants",
            _change_campaign("archiveCampaign", variants=())),
    _mutant("rest.pause_step", "a paused campaign is back at step 1",
            _change_campaign("pauseCampaign", current_step=1)),
    _mutant("rest.launched_at", "an activated campaign was launched just now",
            after("activateCampaign", _relaunch)),
    _mutant("rest.upload_skip", "a skipped row of a file changes the lead",
            before("uploadLeads", _update_skipped)),
    _mutant("odd.trimmed", "the first name of a lead is trimmed", _texts(str.strip, "first_name")),
    _mutant("odd.composed", "the company of a lead is composed anew",
            _texts(lambda text: unicodedata.normalize("NFC", text), "company")),
    _mutant("odd.ascii_names", "names of custom fields lose what is not ASCII",
            before("addLead", _ascii_names)),
    _mutant("bulk.counted_twice", "a contact named twice is counted twice",
            around("deleteContacts", _count_twice), _OPEN),
    _mutant("order.updated_lead", "an updated lead is listed first", after("updateLead", _move_up), _OPEN),
    _mutant("order.threads", "threads are listed the oldest first",
            swap("listReplies", thread_list.list_threads, _oldest_first)),
)
# fmt: on
