"""Leads: contacts in one campaign."""

from dataclasses import fields, replace
from typing import Any

from ..errors import ApiError
from ..model.contacts import (
    MANUAL,
    edit_details,
    find_lead,
    find_suppression,
    make_lead,
    remove_lead,
    save_contact,
)
from ..model.content import find_open_campaign
from ..model.events import LeadHistory, MailHistory, find_step, list_mails, list_replies, trace_lead
from ..model.lead_counts import LeadCounts
from ..state.records import Lead
from .call import Call
from .paging import paginate, select_kept

__all__ = ["add_lead", "delete_leads", "get_lead", "list_leads", "update_lead"]


def add_lead(call: Call) -> dict[str, Any]:
    """Store a PENDING lead, and its contact."""
    workspace = call.workspace
    campaign = find_open_campaign(call.workspace, call.path["campaign_id"])
    details = dict(call.body)
    email = details.pop("email")
    if find_lead(workspace, campaign.campaign_id, email):
        raise ApiError("lead_exists")
    if find_suppression(workspace, email):
        raise ApiError("lead_suppressed")
    contact = save_contact(workspace, email, details, source_type=MANUAL)
    return _describe(call, make_lead(workspace, campaign, contact, email=email, details=details))


def list_leads(call: Call) -> dict[str, Any]:
    """Return a page of a campaign's leads, newest first."""
    workspace, query = call.workspace, call.query
    campaign = workspace.campaigns.get(call.path["campaign_id"])
    kept = select_kept(query, "status", "batch_id")
    own = ("campaign", campaign.campaign_id)
    if kept:
        workspace.derive(LeadCounts)  # it touches the leads whose status changes
        name = (campaign.campaign_id, *kept.items())
        view = workspace.leads.view(name, lambda lead: _matches(call, lead, kept), within=own)
        found = view.read(descending=True)
    else:
        found = workspace.leads.list_newest_where(*own)
    if "search" in query:
        found = [lead for lead in found if query["search"].casefold() in lead.email.casefold()]
    page, pagination = paginate(found, query)
    return {"leads": [_describe(call, lead) for lead in page], "pagination": pagination}


def get_lead(call: Call) -> dict[str, Any]:
    """Return one lead with its mails and replies."""
    call.workspace.campaigns.get(call.path["campaign_id"])
    lead = _find_lead(call)
    return {
        **_describe(call, lead),
        "email_interactions": _list_interactions(call, lead),
        "replies": list_replies(call.workspace, lead),
    }


def update_lead(call: Call) -> dict[str, Any]:
    """Change the fields sent; custom fields are merged, null removes one."""
    find_open_campaign(call.workspace, call.path["campaign_id"])
    lead = _find_lead(call)
    changed = replace(lead, details=edit_details(lead.details, call.body))
    return _describe(call, call.workspace.leads.put(changed))


def delete_leads(call: Call) -> dict[str, Any]:
    """Remove the pending ones of the leads named; others are skipped."""
    campaign = find_open_campaign(call.workspace, call.path["campaign_id"])
    if not call.body:
        raise ApiError("no_lead_ids")
    named = map(call.workspace.leads.find, dict.fromkeys(call.body))
    own = [lead for lead in named if lead and lead.campaign_id == campaign.campaign_id]
    deleted = [lead for lead in own if trace_lead(call.workspace, lead).status == "PENDING"]
    for lead in deleted:
        remove_lead(call.workspace, lead)
    return {"message": f"Deleted {len(deleted)} leads", "deleted_count": len(deleted)}


def _matches(call: Call, lead: Lead, query: dict[str, Any]) -> bool:
    return (
        lead.campaign_id == call.path["campaign_id"]
        and query.get("batch_id", lead.batch_id) == lead.batch_id
        and ("status" not in query or query["status"] == trace_lead(call.workspace, lead).status)
    )


def _find_lead(call: Call) -> Lead:
    lead = call.workspace.leads.get(call.path["lead_id"])
    if lead.campaign_id != call.path["campaign_id"]:
        raise ApiError("lead_not_found")
    return lead


def _describe(call: Call, lead: Lead) -> dict[str, Any]:
    history = trace_lead(call.workspace, lead)
    return {
        **{field.name: getattr(lead, field.name) for field in fields(Lead)},
        **lead.details,
        **{field.name: getattr(history, field.name) for field in fields(LeadHistory)},
        "email_opened": history.opened_at is not None,
        "email_replied": history.replied_at is not None,
        "unsubscribed": history.unsubscribed_at is not None,
        "delivery_status": None,
    }


def _list_interactions(call: Call, lead: Lead) -> list[dict[str, Any]]:
    """Return the mails of the main chain only [client: those of subsequences stand in the journey]."""
    mails = list_mails(call.workspace.events.where("lead", lead.lead_id))
    return [_describe_mail(call, mail) for mail in mails if find_step(mail.sent)]


def _describe_mail(call: Call, mail: MailHistory) -> dict[str, Any]:
    sent = mail.sent
    account = call.workspace.sender_accounts.find(sent.inbox_id or "")
    return {
        **sent.details,
        "email_id": sent.email_id,
        "sent_at": sent.at,
        "opened_at": mail.find("opened"),
        "replied_at": mail.find("replied"),
        "inbox_email": account.email_address if account else "",
        "sent": True,
        "opened": "opened" in mail.events,
        "bounced": "bounced" in mail.events,
    }
