"""Contacts, and the leads that are their memberships of campaigns."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from ..state.details import Details
from ..state.records import Campaign, Contact, ContactTag, Lead, Suppression
from ..state.workspace import Workspace
from .content import assign_variants, reopen_campaign
from .events import LeadHistory, remove_events, trace_lead

SUPPRESSION_REASONS = ("UNSUBSCRIBED", "BOUNCED", "BLOCKLISTED")
"""Why a contact gets no mails; of several reasons, the first is named."""

NAMES = ("first_name", "last_name", "company")
"""What every contact has besides the address and the custom fields."""

_BLANK: Mapping[str, Any] = {"custom_fields": {}, **dict.fromkeys(NAMES)}
"""The details of a contact of whom nothing is known."""

MANUAL, CSV_UPLOAD, EXTERNAL = "MANUAL", "CSV_UPLOAD", "EXTERNAL"
"""How a contact was added: `source_type`."""


@dataclass(frozen=True, slots=True)
class ContactHistory:
    """What the events of all leads of a contact, and the suppressed addresses, come to."""

    signal: str
    has_opened: bool
    has_replied: bool
    is_unsubscribed: bool
    is_bounced: bool
    campaign_count: int
    last_contacted_at: datetime | None
    is_suppressed: bool
    suppression_reason: str | None


def find_contact(workspace: Workspace, email: str) -> Contact | None:
    """Return the contact with this address, in any letter case, or None."""
    return next(iter(workspace.contacts.where("address", email.casefold())), None)


def save_contact(
    workspace: Workspace,
    email: str,
    details: Mapping[str, Any],
    *,
    source_type: str,
    source_name: str | None = None,
    at: datetime | None = None,
) -> Contact:
    """Store a contact by address: a new one, or what is new about a known one.

    Of a known one every value that is not empty replaces the one before; the source stays.
    """
    now = at or workspace.now()
    known = find_contact(workspace, email)
    if known is None:
        contact = Contact(
            contact_id=workspace.draw_id(),
            email=email,
            created_at=now,
            updated_at=now,
            details=Details(merge_details(_BLANK, details)),
            source_type=source_type,
            source_name=source_name,
        )
    else:
        merged = merge_details(known.details, details)
        if merged == known.details:
            return known
        contact = replace(known, details=Details(merged), updated_at=now)
    return workspace.contacts.put(contact)


def merge_details(stored: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """Return details with every newer value that is not empty in place of the stored one."""
    names = {name: newer[name] for name in NAMES if newer.get(name)}
    custom = {name: value for name, value in newer.get("custom_fields", {}).items() if not _is_empty(value)}
    merged = {**stored, **names}
    if custom:
        merged["custom_fields"] = {**stored["custom_fields"], **custom}
    return merged


def edit_details(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return details with the changes of a request: custom fields merged, null removes one."""
    merged = {**stored["custom_fields"], **changes.get("custom_fields", {})}
    custom_fields = {name: value for name, value in merged.items() if value is not None}
    return {**stored, **changes, "custom_fields": custom_fields}


def format_name(details: Mapping[str, Any]) -> str:
    """Return first and last name; empty for a contact without names."""
    return " ".join(filter(None, (details["first_name"], details["last_name"])))


def find_lead(workspace: Workspace, campaign_id: str | None, email: str) -> Lead | None:
    """Return a campaign's lead with this address, in any letter case, or None.

    Without a campaign it is the one that mail is exchanged with outside of any.
    """
    return next(iter(workspace.leads.where("address", (campaign_id, email.casefold()))), None)


def make_lead(
    workspace: Workspace,
    campaign: Campaign,
    contact: Contact,
    *,
    email: str | None = None,
    details: Mapping[str, Any] | None = None,
    batch_id: str | None = None,
    at: datetime | None = None,
) -> Lead:
    """Make a contact a PENDING lead of a campaign that does not have it yet.

    The lead's details are its own from then on: given ones, or those of the contact. A COMPLETED campaign
    becomes ACTIVE again.
    """
    lead = workspace.leads.put(
        Lead(
            lead_id=workspace.draw_id(),
            campaign_id=campaign.campaign_id,
            contact_id=contact.contact_id,
            email=email or contact.email,
            created_at=at or workspace.now(),
            details=contact.details if details is None else details,
            batch_id=batch_id,
        )
    )
    if reopen_campaign(workspace, campaign, at).status == "ACTIVE":
        assign_variants(workspace, campaign)
    return lead


def ensure_external_lead(workspace: Workspace, contact: Contact) -> Lead:
    """Return the EXTERNAL lead of a contact, who mail is exchanged with outside of any campaign."""
    known = find_lead(workspace, None, contact.email)
    return known or workspace.leads.put(
        Lead(
            lead_id=workspace.draw_id(),
            campaign_id=None,
            contact_id=contact.contact_id,
            email=contact.email,
            created_at=workspace.now(),
            details=contact.details,
            status="EXTERNAL",
        )
    )


def trace_contact(workspace: Workspace, contact: Contact) -> ContactHistory:
    """Return what the events of a contact's leads come to."""
    leads = workspace.leads.where("contact", contact.contact_id)
    histories = [trace_lead(workspace, lead) for lead in leads]
    reasons = _list_reasons(workspace, contact.email, histories)
    opened = any(history.opened_at for history in histories)
    replied = any(history.replied_at for history in histories)
    contacted = [history.last_contacted_at for history in histories if history.last_contacted_at]
    derived = {
        "UNSUBSCRIBED": "UNSUBSCRIBED" in reasons,
        "BOUNCED": "BOUNCED" in reasons,
        "HOT_LEAD": replied,
        "ENGAGED": opened,
        "CONTACTED": bool(contacted),
        "NEVER_CONTACTED": True,
    }
    return ContactHistory(
        signal=contact.signal_override or next(signal for signal, holds in derived.items() if holds),
        has_opened=opened,
        has_replied=replied,
        is_unsubscribed="UNSUBSCRIBED" in reasons,
        is_bounced="BOUNCED" in reasons,
        campaign_count=sum(workspace.campaigns.find(lead.campaign_id) is not None for lead in leads),
        last_contacted_at=max(contacted, default=None),
        is_suppressed=bool(reasons),
        suppression_reason=reasons[0] if reasons else None,
    )


def describe_contact(workspace: Workspace, contact: Contact) -> dict[str, Any]:
    """Return a contact with what its leads' events come to."""
    standing = trace_contact(workspace, contact)
    tags = map(workspace.contact_tags.get, contact.tag_ids)
    return {
        **{field.name: getattr(contact, field.name) for field in fields(Contact)},
        **contact.details,
        **{field.name: getattr(standing, field.name) for field in fields(ContactHistory)},
        "tags": [{"tag_id": tag.tag_id, "name": tag.name} for tag in tags],
    }


def find_suppression(workspace: Workspace, email: str) -> str | None:
    """Return why an address gets no mails (see `SUPPRESSION_REASONS`), or None."""
    contact = find_contact(workspace, email)
    if contact is not None:
        return trace_contact(workspace, contact).suppression_reason
    return next(iter(_list_reasons(workspace, email, [])), None)


def suppress(workspace: Workspace, email: str, reason: str = "BLOCKLISTED") -> None:
    """Suppress an address, whether it belongs to a contact now, later or never."""
    known = workspace.suppressions.where("email", email.casefold())
    if reason not in {suppression.reason for suppression in known}:
        workspace.suppressions.put(Suppression(workspace.draw_id(), email, reason))


def remove_lead(workspace: Workspace, lead: Lead) -> None:
    """Remove a lead, its thread and its events; an address that unsubscribed or bounced stays suppressed.

    Direct mails stay sent.
    """
    for reason in _reasons_of([trace_lead(workspace, lead)]):
        suppress(workspace, lead.email, reason)
    remove_events(workspace, lead)
    for mail in workspace.direct_mails.where("lead", lead.lead_id):
        workspace.direct_mails.put(replace(mail, lead_id=None, in_reply_to=None))
    if workspace.thread_marks.find(lead.lead_id):
        workspace.thread_marks.remove(lead.lead_id)
    workspace.leads.remove(lead.lead_id)


def remove_contacts(workspace: Workspace, contacts: list[Contact]) -> None:
    """Remove contacts, their leads and their places in lists; suppressions stay."""
    for contact in contacts:
        for lead in workspace.leads.where("contact", contact.contact_id):
            remove_lead(workspace, lead)
        workspace.contacts.remove(contact.contact_id)
    removed = {contact.contact_id for contact in contacts}
    for contact_list in workspace.contact_lists:
        left = tuple(contact_id for contact_id in contact_list.contact_ids if contact_id not in removed)
        if left != contact_list.contact_ids:
            workspace.contact_lists.put(replace(contact_list, contact_ids=left))


def add_tag(workspace: Workspace, name: str) -> ContactTag:
    """Return the tag of this name, a new one if need be. No operation of the API makes tags."""
    known = workspace.contact_tags.where("name", name)
    return known[0] if known else workspace.contact_tags.put(ContactTag(workspace.draw_id(), name))


def _list_reasons(workspace: Workspace, email: str, histories: list[LeadHistory]) -> list[str]:
    stored = workspace.suppressions.where("email", email.casefold())
    reasons = {*_reasons_of(histories), *(suppression.reason for suppression in stored)}
    return [reason for reason in SUPPRESSION_REASONS if reason in reasons]


def _reasons_of(histories: list[LeadHistory]) -> set[str]:
    happened = {
        "UNSUBSCRIBED": any(history.unsubscribed_at for history in histories),
        "BOUNCED": any(history.bounced_at for history in histories),
    }
    return {reason for reason, holds in happened.items() if holds}


def _is_empty(value: Any) -> bool:
    return value is None or value == ""
