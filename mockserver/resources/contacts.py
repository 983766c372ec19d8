"""Contacts, across all campaigns."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..errors import ApiError
from ..mails.threads import flip_id
from ..model.attachments import check_attachments
from ..model.contact_lists import add_members, find_contacts, find_static_list
from ..model.contacts import (
    CSV_UPLOAD,
    describe_contact,
    edit_details,
    ensure_external_lead,
    find_contact,
    find_lead,
    find_suppression,
    make_lead,
    remove_contacts,
    save_contact,
    trace_contact,
)
from ..model.csv_contacts import read_contacts
from ..model.direct_mails import check_credits, count_credits, name_message, send_mail
from ..model.events import trace_lead
from ..model.sender_accounts import is_reachable
from ..state.records import Campaign, Contact, Lead
from ..state.workspace import Workspace
from .call import Call
from .paging import paginate

__all__ = [
    "add_contacts_to_campaign",
    "add_contacts_to_list",
    "delete_contacts",
    "get_contact",
    "import_contacts",
    "list_contacts",
    "send_contact_email",
    "set_contact_signal",
    "tag_contacts",
    "untag_contacts",
    "update_contact",
]


def list_contacts(call: Call) -> dict[str, Any]:
    """Return a page of the contacts that the filters let through."""
    page, pagination = paginate(find_contacts(call.workspace, call.query), call.query)
    contacts = [describe_contact(call.workspace, contact) for contact in page]
    return {"contacts": contacts, "pagination": pagination}


def get_contact(call: Call) -> dict[str, Any]:
    """Return one contact and its campaigns."""
    return _describe_fully(call.workspace, call.workspace.contacts.get(call.path["contact_id"]))


def import_contacts(call: Call) -> dict[str, Any]:
    """Store the contacts of a file, known ones with what is new about them."""
    workspace, body = call.workspace, call.body
    upload = body["file"]
    contact_list = find_static_list(workspace, body["list_id"]) if "list_id" in body else None
    rows = read_contacts(upload, body.get("mapping"), max_rows=call.read_extensions("file").max_rows)
    valid = [row for row in rows if "error" not in row]
    created = 0
    blocked = []
    imported = []
    for row in valid:
        reason = find_suppression(workspace, row["email"])
        if reason:
            blocked.append({"email": row["email"], "reason": reason})
            continue
        created += find_contact(workspace, row["email"]) is None
        name = body.get("filename", upload.name)
        contact = save_contact(
            workspace, row["email"], row["details"], source_type=CSV_UPLOAD, source_name=name
        )
        imported.append(contact.contact_id)
    if contact_list:
        add_members(workspace, contact_list, imported)
    return {
        "total_rows": len(rows),
        "imported_rows": len(imported),
        "skipped_rows": len(rows) - len(valid),
        "contacts_created": created,
        "contacts_matched": len(imported) - created,
        "blocked": blocked,
    }


def update_contact(call: Call) -> dict[str, Any]:
    """Change the fields sent; custom fields are merged, null removes one. Leads keep their own."""
    workspace = call.workspace
    contact = workspace.contacts.get(call.path["contact_id"])
    if call.body:
        details = edit_details(contact.details, call.body)
        contact = workspace.contacts.put(replace(contact, details=details, updated_at=workspace.now()))
    return _describe_fully(workspace, contact)


def set_contact_signal(call: Call) -> dict[str, Any]:
    """Pin a signal, or with null return to the derived one."""
    workspace = call.workspace
    contact = workspace.contacts.get(call.path["contact_id"])
    changed = replace(contact, signal_override=call.body["signal_override"], updated_at=workspace.now())
    return _describe_fully(workspace, workspace.contacts.put(changed))


def send_contact_email(call: Call) -> dict[str, Any]:
    """Record a mail to a contact, in the thread outside of any campaign; it costs a credit."""
    workspace, body = call.workspace, call.body
    if call.lacks_text():
        raise ApiError("mail_body_missing")
    contact = workspace.contacts.get(call.path["contact_id"])
    account = workspace.sender_accounts.find(body["inbox_id"])
    if account is None:
        raise ApiError("inbox_unknown")
    if account.overall_status != "ACTIVE" or not is_reachable(account.settings.get("smtp_host")):
        raise ApiError("inbox_unusable")
    limits = call.read_extensions("attachments")
    check_attachments(body["attachments"] or (), limits.max_files, limits.max_bytes)
    reason = trace_contact(workspace, contact).suppression_reason
    if reason:
        raise ApiError("contact_suppressed", reason=reason)
    check_credits(workspace, call.operation.credits)
    lead = ensure_external_lead(workspace, contact)
    mail = send_mail(workspace, account, lead, "contact", body)
    return {
        "message_id": name_message(mail, account.email_address),
        "thread_id": flip_id(lead.lead_id),
        "recipient_email": mail.recipient_email,
        "inbox_email": account.email_address,
        "credits_remaining": count_credits(workspace, call.operation.credits),
    }


def delete_contacts(call: Call) -> dict[str, Any]:
    """Remove contacts and their leads; unknown ones are counted."""
    found = {}
    for contact_id in call.body:
        contact = call.workspace.contacts.find(contact_id)
        if contact:
            found[contact_id] = contact
    remove_contacts(call.workspace, list(found.values()))
    return {
        "requested": len(call.body),
        "deleted": len(found),
        "not_found": len(call.body) - len(found),
    }


def tag_contacts(call: Call) -> dict[str, Any]:
    """Give contacts a tag."""
    tag_id = call.workspace.contact_tags.get(call.body["tag_id"]).tag_id

    def tag(contact: Contact) -> bool:
        if tag_id in contact.tag_ids:
            return False
        call.workspace.contacts.put(replace(contact, tag_ids=(*contact.tag_ids, tag_id)))
        return True

    return _work_off(call, tag)


def untag_contacts(call: Call) -> dict[str, Any]:
    """Take a tag from contacts."""
    tag_id = call.workspace.contact_tags.get(call.body["tag_id"]).tag_id

    def untag(contact: Contact) -> bool:
        if tag_id not in contact.tag_ids:
            return False
        others = tuple(other for other in contact.tag_ids if other != tag_id)
        call.workspace.contacts.put(replace(contact, tag_ids=others))
        return True

    return _work_off(call, untag)


def add_contacts_to_list(call: Call) -> dict[str, Any]:
    """Make contacts members of a static list."""
    contact_list = find_static_list(call.workspace, call.body["list_id"])
    members = dict.fromkeys(contact_list.contact_ids)

    def add(contact: Contact) -> bool:
        is_new = contact.contact_id not in members
        members[contact.contact_id] = None
        return is_new

    summary = _work_off(call, add)
    add_members(call.workspace, contact_list, list(members))
    return summary


def add_contacts_to_campaign(call: Call) -> dict[str, Any]:
    """Make each contact that may be written to a PENDING lead."""
    workspace = call.workspace
    campaign = workspace.campaigns.get(call.body["campaign_id"])
    if campaign.status == "ARCHIVED":
        raise ApiError("campaign_archived")
    blocked: list[dict[str, Any]] = []

    def add(contact: Contact) -> bool:
        if find_lead(workspace, campaign.campaign_id, contact.email):
            return False
        reason = trace_contact(workspace, contact).suppression_reason
        if reason:
            blocked.append({"contact_id": contact.contact_id, "email": contact.email, "reason": reason})
            return False
        make_lead(workspace, campaign, contact)
        return True

    summary = _work_off(call, add)
    return {**summary, "skipped": summary["skipped"] - len(blocked), "details": {"blocked": blocked}}


def _describe_fully(workspace: Workspace, contact: Contact) -> dict[str, Any]:
    memberships = []
    for lead in workspace.leads.where("contact", contact.contact_id):
        campaign = workspace.campaigns.find(lead.campaign_id)
        if campaign:  # mail from outside belongs to no campaign
            memberships.append(_describe_membership(workspace, campaign, lead))
    return {"contact": describe_contact(workspace, contact), "campaigns": memberships}


def _describe_membership(workspace: Workspace, campaign: Campaign, lead: Lead) -> dict[str, Any]:
    return {
        "campaign_id": campaign.campaign_id,
        "campaign_name": campaign.settings["name"],
        "lead_id": lead.lead_id,
        "status": trace_lead(workspace, lead).status,
        "added_at": lead.created_at,
    }


def _work_off(call: Call, work: Callable[[Contact], bool]) -> dict[str, Any]:
    """Call `work` with each contact named; it returns whether that changed anything."""
    contact_ids = call.body["contact_ids"]
    counts = Counter[str]()
    seen: set[str] = set()
    for contact_id in contact_ids:
        contact = call.workspace.contacts.find(contact_id)
        if contact is None:
            counts["not_found"] += 1
        elif contact_id not in seen and work(contact):
            counts["affected"] += 1
        else:
            counts["skipped"] += 1
        seen.add(contact_id)
    kinds = ("affected", "skipped", "not_found")
    return {"requested": len(contact_ids), **{kind: counts[kind] for kind in kinds}, "details": None}
