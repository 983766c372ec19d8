"""Which contacts a filter finds, and which are members of a list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import ApiError
from ..state.records import Contact, ContactList
from ..state.workspace import Workspace
from .contacts import NAMES, trace_contact
from .lead_counts import LeadCounts

_FLAGS = ("has_replied", "has_opened", "is_unsubscribed", "is_bounced")
_KEPT = ("signal", "source_type", "source_name", "campaign_id", "not_in_campaign_id", *_FLAGS)
"""The filters that a view keeps the result of."""


def find_contacts(workspace: Workspace, filters: Mapping[str, Any]) -> Sequence[Contact]:
    """Return the contacts that all filters let through, newest first.

    The filters are those of `ContactFilter` in openapi.yaml, and `list_id`; `signal` is one or several.
    Raises ApiError `contact_list_not_found`.
    """
    kept = {name: filters[name] for name in _KEPT if name in filters}
    if "list_id" in filters:
        members = find_members(workspace, workspace.contact_lists.get(filters["list_id"]))
        found: Sequence[Contact] = [c for c in members if _matches(workspace, c, kept)]
    elif kept:
        workspace.derive(LeadCounts)  # it touches the contacts whose leads something happens to
        name = tuple((key, tuple(value) if isinstance(value, list) else value) for key, value in kept.items())
        view = workspace.contacts.view(name, lambda contact: _matches(workspace, contact, kept))
        found = view.read(descending=True)
    else:
        found = workspace.contacts.list_newest()
    text = filters.get("search", "").casefold()
    return [contact for contact in found if is_named(contact, text)] if text else found


def find_members(workspace: Workspace, contact_list: ContactList) -> Sequence[Contact]:
    """Return the members of a list, the newest contact first."""
    if contact_list.filter_definition is not None:
        return find_contacts(workspace, contact_list.filter_definition)
    return workspace.contacts.list_newest_of(contact_list.contact_ids)


def find_static_list(workspace: Workspace, list_id: str) -> ContactList:
    """Return a list that takes members.

    Raises ApiError `contact_list_not_found`, `contact_list_dynamic`.
    """
    contact_list = workspace.contact_lists.get(list_id)
    if contact_list.filter_definition is not None:
        raise ApiError("contact_list_dynamic")
    return contact_list


def add_members(workspace: Workspace, contact_list: ContactList, contact_ids: list[str]) -> ContactList:
    """Add contacts to a static list; those in it already stay where they are."""
    members = tuple(dict.fromkeys((*contact_list.contact_ids, *contact_ids)))
    if members == contact_list.contact_ids:
        return contact_list
    return workspace.contact_lists.put(replace(contact_list, contact_ids=members, updated_at=workspace.now()))


def _matches(workspace: Workspace, contact: Contact, filters: Mapping[str, Any]) -> bool:
    return (
        _matches_source(contact, filters)
        and _matches_campaigns(workspace, contact, filters)
        and _matches_history(workspace, contact, filters)
    )


def _matches_source(contact: Contact, filters: Mapping[str, Any]) -> bool:
    return all(
        filters.get(name, getattr(contact, name)) == getattr(contact, name)
        for name in ("source_type", "source_name")
    )


def _matches_campaigns(workspace: Workspace, contact: Contact, filters: Mapping[str, Any]) -> bool:
    if "campaign_id" not in filters and "not_in_campaign_id" not in filters:
        return True
    campaigns = {lead.campaign_id for lead in workspace.leads.where("contact", contact.contact_id)}
    return ("campaign_id" not in filters or filters["campaign_id"] in campaigns) and (
        "not_in_campaign_id" not in filters or filters["not_in_campaign_id"] not in campaigns
    )


def is_named(contact: Contact, text: str) -> bool:
    """Return whether a search for a text, in lower case, finds a contact."""
    first, last, company = (contact.details[name] or "" for name in NAMES)
    return any(text in part.casefold() for part in (contact.email, f"{first} {last}", company))


def _matches_history(workspace: Workspace, contact: Contact, filters: Mapping[str, Any]) -> bool:
    asked = {name: filters[name] for name in ("signal", *_FLAGS) if name in filters}
    if not asked:
        return True
    history = trace_contact(workspace, contact)
    signals = asked.pop("signal", history.signal)
    return history.signal in ([signals] if isinstance(signals, str) else signals) and all(
        getattr(history, name) == wanted for name, wanted in asked.items()
    )
