"""Contacts and their lists that are mixed up, forgotten, doubled or found by the wrong word.

Most of it comes to one of three things: somebody is written to who must not be, somebody is not written
to who should be, or a mail has another contact's values in it.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from mockserver.model import contact_lists, contacts
from mockserver.model.contacts import find_contact, save_contact
from mockserver.model.csv_contacts import read_contacts
from mockserver.resources.call import Call
from mockserver.resources.contact_lists import check_name_free
from mockserver.state.records import Contact, ContactList
from mockserver.state.workspace import Workspace

from .contact_scenarios import exercise_contacts, exercise_history, exercise_lists
from .mutant import Mutant, Scenario
from .mutations import (
    Handler,
    Mutation,
    after,
    answer,
    around,
    before,
    forgetting,
    ignore_query,
    swap,
)

_OPEN = "no source describes the operation"


def _mutant(name: str, summary: str, mutation: Mutation, scenario: Scenario = exercise_contacts) -> Mutant:
    return Mutant(f"state.{name}", summary, mutation, choice=_OPEN, scenario=scenario)


def _add_once(workspace: Workspace, email: str, details: Any, **more: Any) -> Contact:
    return find_contact(workspace, email) or save_contact(workspace, email, details, **more)


def _overwrite(workspace: Workspace, email: str, details: Any, **more: Any) -> Contact:
    contact = save_contact(workspace, email, details, **more)
    fresh = {"first_name": None, "last_name": None, "company": None, **details}
    return workspace.contacts.put(replace(contact, details=fresh))


def _find_exactly(workspace: Workspace, email: str) -> Contact | None:
    return next((contact for contact in workspace.contacts if contact.email == email), None)


def _lose_source(workspace: Workspace, email: str, details: Any, **more: Any) -> Contact:
    return save_contact(workspace, email, details, **{**more, "source_name": None})


def _replace_fields(stored: Any, changes: Any) -> dict[str, Any]:
    sent = changes.get("custom_fields", stored["custom_fields"])
    kept = {name: value for name, value in sent.items() if value is not None}
    return {**stored, **changes, "custom_fields": kept}


def _keep_nulls(stored: Any, changes: Any) -> dict[str, Any]:
    return {
        **stored,
        **changes,
        "custom_fields": {**stored["custom_fields"], **changes.get("custom_fields", {})},
    }


def _keep_names(call: Call) -> Any:
    return {name: value for name, value in call.body.items() if value is not None}


def _change_leads(call: Call, _found: Any) -> None:
    contact = call.workspace.contacts.get(call.path["contact_id"])
    for lead in call.workspace.leads.where("contact", contact.contact_id):
        call.workspace.leads.put(replace(lead, details=contact.details))


def _suppress_pinned(call: Call, found: Any) -> Any:
    pinned = found["contact"]["signal_override"] in ("UNSUBSCRIBED", "BOUNCED")
    return {**found, "contact": {**found["contact"], "is_suppressed": pinned}} if pinned else None


def _delete_all(call: Call, _found: Any) -> None:
    for contact in list(call.workspace.contacts):
        call.workspace.contacts.remove(contact.contact_id)


def _keep_contacts(workspace: Workspace, deleted: list[Contact]) -> None:
    for contact in deleted:
        for lead in workspace.leads.where("contact", contact.contact_id):
            contacts.remove_lead(workspace, lead)


def _keep_leads(handler: Handler, call: Call) -> Any:
    kept = [lead for each in call.body for lead in call.workspace.leads.where("contact", each)]
    found = handler(call)
    for lead in kept:
        call.workspace.leads.put(lead)
    return found


def _free(call: Call, _found: Any) -> None:
    for suppression in list(call.workspace.suppressions):
        call.workspace.suppressions.remove(suppression.suppression_id)


def _trim_fields(call: Call, _found: Any) -> None:
    for contact in list(call.workspace.contacts):
        fields = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in contact.details["custom_fields"].items()
        }
        details = {**contact.details, "custom_fields": fields}
        call.workspace.contacts.put(replace(contact, details=details))


def _empty_fields(call: Call, _found: Any) -> None:
    for lead in call.workspace.leads.where("campaign", call.body["campaign_id"]):
        call.workspace.leads.put(replace(lead, details={**lead.details, "custom_fields": {}}))


def _hide_unknown(handler: Handler, call: Call) -> Any:
    """Count the unknown as skipped."""
    found = handler(call)
    return {**found, "skipped": found["skipped"] + found["not_found"], "not_found": 0}


def _searching(matches: Any) -> Mutation:
    return swap("listContacts", contact_lists.is_named, matches)


def _named_by_address(contact: Contact, text: str) -> bool:
    return text in contact.email.casefold()


def _named_at_start(contact: Contact, text: str) -> bool:
    names = [contact.details[name] or "" for name in contacts.NAMES]
    return any(part.casefold().startswith(text) for part in (contact.email, *names))


def _named_apart(contact: Contact, text: str) -> bool:
    names = [contact.details[name] or "" for name in contacts.NAMES]
    return any(text in part.casefold() for part in (contact.email, *names))


def _one_row(body: Any, name: str, alter: Any) -> Any:
    return {**body, name: [alter(row) for row in body[name]]}


def _oldest_first(handler: Handler, call: Call) -> Any:
    found = handler(call)
    return {**found, "contacts": found["contacts"][::-1]}


_FILTERS = {
    "signal": "hot contacts and unsubscribed ones are mixed",
    "source_type": "imports and single leads are mixed",
    "source_name": "a file's contacts cannot be found again",
    "campaign_id": "another campaign's contacts are changed",
    "not_in_campaign_id": "contacts are added who are in already",
    "list_id": "a list is everybody",
    "has_replied": "contacts that replied get mails again",
    "has_opened": "interest cannot be followed up",
    "is_unsubscribed": "unsubscribed contacts cannot be filtered",
    "is_bounced": "bounced contacts cannot be filtered",
    "search": "nobody can be found",
}
_HISTORIES = ("signal", "has_opened", "is_unsubscribed", "is_bounced")


def _lose_members(handler: Handler, call: Call) -> Any:
    """Delete the contacts with the list that has them."""
    contact_list = call.workspace.contact_lists.find(call.path["list_id"])
    found = handler(call)
    for contact_id in contact_list.contact_ids if contact_list else ():
        call.workspace.contacts.remove(contact_id)
    return found


def _replace_members(workspace: Workspace, contact_list: ContactList, contact_ids: list[str]) -> ContactList:
    others = [each for each in contact_ids if each not in contact_list.contact_ids]
    return workspace.contact_lists.put(replace(contact_list, contact_ids=tuple(others)))


def _mind_last(workspace: Workspace, contact_list: Any) -> Any:
    filters = contact_list.filter_definition
    if filters and filters.get("signal"):
        contact_list = replace(contact_list, filter_definition={**filters, "signal": filters["signal"][-1:]})
    return contact_lists.find_members(workspace, contact_list)


_CONTACTS = (
    _mutant("contacts.import.known_as_new", "an import counts known contacts as new: figures do not add up",
            answer("importContacts", lambda body: {
                **body, "contacts_created": body["imported_rows"], "contacts_matched": 0})),
    _mutant("contacts.import.known_left", "an import leaves known contacts as they are: corrections are lost",
            swap("importContacts", save_contact, _add_once)),
    _mutant("contacts.import.known_emptied", "an import empties what its file lacks: names vanish from mails",
            swap("importContacts", save_contact, _overwrite)),
    _mutant("contacts.import.letter_case", "an address in another letter case is another contact",
            swap("importContacts", find_contact, _find_exactly)),
    _mutant("contacts.import.blocks_nobody", "an import takes unsubscribed contacts: unlawful mail",
            swap("importContacts", contacts.find_suppression, lambda workspace, email: None),
            exercise_history),
    _mutant("contacts.import.block_unlisted", "an import does not list whom it blocked: contacts seem lost",
            answer("importContacts", lambda body: {**body, "blocked": []}), exercise_history),
    _mutant("contacts.import.skipped_uncounted", "bad rows are not counted: bad files look good",
            answer("importContacts", lambda body: {**body, "skipped_rows": 0})),
    _mutant("contacts.import.mapping_ignored", "a mapping is ignored: mails greet nobody by name",
            swap("importContacts", read_contacts, lambda upload, mapping, max_rows: read_contacts(
                upload, None if "mail" not in str(mapping).casefold() else '{"email": "Mail"}', max_rows))),
    _mutant("contacts.import.list_ignored", "an import joins no list: the list stays empty",
            swap("importContacts", contact_lists.add_members,
                 lambda workspace, contact_list, contact_ids: contact_list), exercise_lists),
    _mutant("contacts.import.source_lost", "an import forgets the file's name: its contacts cannot be found",
            swap("importContacts", save_contact, _lose_source)),
    _mutant("contacts.import.trimmed", "an import trims values: what was sent is not what is read",
            after("importContacts", _trim_fields)),
    _mutant("contacts.update.fields_replaced", "custom fields are not merged: what was known is lost",
            swap("updateContact", contacts.edit_details, _replace_fields)),
    _mutant("contacts.update.null_kept", "a key sent as null stays: data cannot be taken away",
            swap("updateContact", contacts.edit_details, _keep_nulls)),
    _mutant("contacts.update.name_uncleared", "a name sent as null stays: a wrong name cannot be taken away",
            before("updateContact", _keep_names)),
    _mutant("contacts.update.leads_changed", "a contact's change reaches its leads: running mails change",
            after("updateContact", _change_leads)),
    _mutant("contacts.update.unstored", "a change is answered and not stored",
            forgetting("updateContact", "contacts")),
    _mutant("contacts.signal.unstored", "a pinned signal is answered and not stored",
            forgetting("setContactSignal", "contacts")),
    _mutant("contacts.signal.never_unpinned", "a pinned signal stays for ever",
            before("setContactSignal", lambda call: {
                "signal_override": call.body["signal_override"] or "HOT_LEAD"})),
    _mutant("contacts.signal.pin_suppresses", "a pinned signal suppresses: contacts get no mail",
            after("setContactSignal", _suppress_pinned)),
    _mutant("contacts.signal.opened_is_hot", "who opened is called hot: sales calls the wrong ones",
            answer("listContacts", lambda body: _one_row(body, "contacts", lambda row: {
                **row, "signal": "HOT_LEAD" if row["signal"] == "ENGAGED" else row["signal"]})),
            exercise_history),
    _mutant("contacts.signal.bounce_unsuppressed", "bounced contacts count as reachable",
            answer("listContacts", lambda body: _one_row(body, "contacts", lambda row: {
                **row, "is_suppressed": row["is_unsubscribed"]})), exercise_history),
    _mutant("contacts.list.search_address_only", "a search looks at addresses only",
            _searching(_named_by_address)),
    _mutant("contacts.list.search_beginning", "a search finds beginnings only", _searching(_named_at_start)),
    _mutant("contacts.list.search_names_apart", "a search does not find a whole name",
            _searching(_named_apart)),
    _mutant("contacts.list.oldest_first", "contacts are listed oldest first: pages shift with new ones",
            around("listContacts", _oldest_first)),
    _mutant("contacts.list.campaigns_uncounted", "campaign_count is always 0",
            answer("listContacts", lambda body: _one_row(
                body, "contacts", lambda row: {**row, "campaign_count": 0}))),
    _mutant("contacts.get.campaigns_missing", "a contact is read without its campaigns",
            answer("getContact", lambda body: {**body, "campaigns": []})),
    _mutant("contacts.tag.unstored", "a tag is counted and not given: the filter by it finds nobody",
            forgetting("tagContacts", "contacts")),
    _mutant("contacts.tag.counted_again", "contacts that have the tag already are counted again",
            answer("tagContacts", lambda body: {
                **body, "affected": body["affected"] + body["skipped"], "skipped": 0})),
    _mutant("contacts.tag.unknown_skipped", "unknown contacts are called skipped: typing errors go unseen",
            around("tagContacts|untagContacts", _hide_unknown)),
    _mutant("contacts.add.suppressed", "a bounced contact is added: the sender's name suffers",
            swap("addContactsToCampaign", contacts.trace_contact, lambda workspace, contact: replace(
                contacts.trace_contact(workspace, contact), suppression_reason=None)), exercise_history),
    _mutant("contacts.add.twice", "a contact is added to a campaign twice: two mails to one",
            swap("addContactsToCampaign", contacts.find_lead, lambda workspace, campaign_id, email: None)),
    _mutant("contacts.add.fields_lost", "custom fields of an added contact are lost: mails have gaps",
            after("addContactsToCampaign", _empty_fields)),
    _mutant("contacts.add.unknown_skipped", "unknown contacts are called skipped",
            around("addContactsToCampaign", _hide_unknown)),
    _mutant("contacts.delete.kept", "a contact is reported as deleted and kept: unlawful",
            swap("deleteContacts", contacts.remove_contacts, _keep_contacts)),
    _mutant("contacts.delete.leads_kept", "a deleted contact's leads stay and are written to",
            around("deleteContacts", _keep_leads)),
    _mutant("contacts.delete.everybody", "all contacts go with one", after("deleteContacts", _delete_all)),
    _mutant("contacts.delete.unknown_counted", "unknown ids are counted as deleted",
            answer("deleteContacts", lambda body: {**body, "deleted": body["requested"], "not_found": 0})),
    _mutant("contacts.delete.frees", "who has unsubscribed is free again once deleted: unlawful mail",
            after("deleteContacts", _free), exercise_history),
    *(_mutant(f"contacts.list.{name}_ignored", f"{name} is ignored: {why}",
             ignore_query("listContacts", **{name: None}), exercise_history if name in _HISTORIES else
             exercise_lists if name == "list_id" else exercise_contacts)
      for name, why in _FILTERS.items()),
)  # fmt: skip


_in_lists = partial(_mutant, scenario=exercise_lists)
_LISTS = (
    _in_lists("contact_lists.count_zero", "a list counts nobody: campaigns look empty",
              swap("getContactList|listContactLists", contact_lists.find_members,
                   lambda workspace, contact_list: [])),
    _in_lists("contact_lists.name_taken", "two lists have one name: the wrong one is picked",
              swap("createContactList|updateContactList", check_name_free, lambda workspace, name: None)),
    _in_lists("contact_lists.type_ignored", "list_type is ignored",
              ignore_query("listContactLists", list_type=None)),
    _in_lists("contact_lists.oldest_first", "lists are listed oldest first",
              answer("listContactLists", lambda body: {**body, "lists": body["lists"][::-1]})),
    _in_lists("contact_lists.filter_unstored", "another filter is answered and not stored",
              forgetting("updateContactList", "contact_lists")),
    _in_lists("contact_lists.description_kept", "a description sent as null stays",
              before("updateContactList", _keep_names)),
    _in_lists("contact_lists.dynamic_takes_members", "a list by filter takes members, who never show",
              swap("addContactsToList|importContacts", contact_lists.find_static_list,
                   lambda workspace, list_id: workspace.contact_lists.get(list_id))),
    _in_lists("contact_lists.members_replaced", "who joins a list drives the others out",
              swap("addContactsToList", contact_lists.add_members, _replace_members)),
    _in_lists("contact_lists.members_lost", "contacts go with a list",
              around("deleteContactList", _lose_members)),
    _in_lists("contact_lists.gone_contacts_counted", "a list counts contacts that are gone",
              answer("getContactList", lambda body: {
                  **body, "cached_count": body["cached_count"] and max(body["cached_count"], 2)})),
    _in_lists("contact_lists.kept", "a list is reported as deleted and kept",
              forgetting("deleteContactList", "contact_lists")),
    _in_lists("contact_lists.preview_of_all", "a preview counts everybody: the audience is misjudged",
              ignore_query("previewContactList", search=None)),
    _in_lists("contact_lists.preview_flags", "a preview ignores has_opened: the audience is misjudged",
              ignore_query("previewContactList", has_opened=None)),
    _in_lists("contact_lists.preview_whole", "a preview shows everybody it finds: slow pages",
              ignore_query("previewContactList", sample_size=100)),
    _in_lists("contact_lists.filter_one", "a list by filter minds the last signal only",
              swap("getContactList|listContactLists", contact_lists.find_members, _mind_last)),
)  # fmt: skip


MUTANTS = (*_CONTACTS, *_LISTS)
