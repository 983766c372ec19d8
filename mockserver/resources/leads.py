"""Leads: the people of one campaign."""

from dataclasses import fields, replace
from typing import Any

from ..calls import Call
from ..content import assign_variants
from ..errors import ApiError
from ..paging import paginate
from ..records import Campaign, Lead

__all__ = ["add_lead", "delete_leads", "get_lead", "list_leads", "update_lead"]


def add_lead(call: Call) -> dict[str, Any]:
    """Store a PENDING lead."""
    workspace = call.workspace
    campaign = _find_open_campaign(call)
    details = dict(call.body)
    email = details.pop("email")
    if workspace.leads.count("address", (campaign.campaign_id, email.casefold())):
        raise ApiError("lead_exists")
    lead = workspace.leads.put(
        Lead(workspace.draw_id(), campaign.campaign_id, email, created_at=workspace.now(), details=details)
    )
    if campaign.status == "ACTIVE":
        assign_variants(workspace, campaign)
    return _describe(lead)


def list_leads(call: Call) -> dict[str, Any]:
    """Return a page of a campaign's leads, newest first."""
    workspace, query = call.workspace, call.query
    campaign = workspace.campaigns.get(call.path["campaign_id"])
    found = [
        lead
        for lead in reversed(workspace.leads.where("campaign", campaign.campaign_id))
        if query.get("status", lead.status) == lead.status
        and query.get("search", "").casefold() in lead.email.casefold()
        and query.get("batch_id", lead.batch_id) == lead.batch_id
    ]
    page, pagination = paginate(found, query)
    return {"leads": [_describe(lead) for lead in page], "pagination": pagination}


def get_lead(call: Call) -> dict[str, Any]:
    """Return one lead with its mails and replies."""
    call.workspace.campaigns.get(call.path["campaign_id"])
    return {**_describe(_find_lead(call)), "email_interactions": [], "replies": []}


def update_lead(call: Call) -> dict[str, Any]:
    """Change the fields sent; custom fields are merged, null removes one."""
    _find_open_campaign(call)
    lead = _find_lead(call)
    merged = {**lead.details["custom_fields"], **call.body.get("custom_fields", {})}
    custom_fields = {name: value for name, value in merged.items() if value is not None}
    details = {**lead.details, **call.body, "custom_fields": custom_fields}
    return _describe(call.workspace.leads.put(replace(lead, details=details)))


def delete_leads(call: Call) -> dict[str, Any]:
    """Remove the pending ones of the leads named; others are skipped."""
    campaign = _find_open_campaign(call)
    if not call.body:
        raise ApiError("no_lead_ids")
    leads = map(call.workspace.leads.find, dict.fromkeys(call.body))
    deleted = [
        lead for lead in leads
        if lead and lead.campaign_id == campaign.campaign_id and lead.status == "PENDING"
    ]  # fmt: skip
    for lead in deleted:
        call.workspace.leads.remove(lead.lead_id)
    return {"message": f"Deleted {len(deleted)} leads", "deleted_count": len(deleted)}


def _find_open_campaign(call: Call) -> Campaign:
    campaign = call.workspace.campaigns.get(call.path["campaign_id"])
    if campaign.status == "ARCHIVED":
        raise ApiError("campaign_archived")
    return campaign


def _find_lead(call: Call) -> Lead:
    lead = call.workspace.leads.get(call.path["lead_id"])
    if lead.campaign_id != call.path["campaign_id"]:
        raise ApiError("lead_not_found")
    return lead


def _describe(lead: Lead) -> dict[str, Any]:
    return {
        **{field.name: getattr(lead, field.name) for field in fields(Lead)},
        **lead.details,
        "sequence_step": 0,
        "email_opened": lead.opened_at is not None,
        "email_replied": lead.replied_at is not None,
        "unsubscribed": lead.unsubscribed_at is not None,
        "delivery_status": None,
    }
