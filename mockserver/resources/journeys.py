"""Journeys of leads: what happened to one, and moves into a subsequence."""

from typing import Any

from ..errors import ApiError
from ..model.content import find_open_campaign
from ..model.events import MailHistory, find_step, list_mails, list_replies
from ..model.subsequences import (
    enter_subsequence,
    find_enrollment,
    find_last_enrollment,
    find_main_node_id,
    find_node_id,
    list_main_nodes,
    list_node_ids,
    list_subsequences,
    trace_enrollment,
)
from ..state.records import Campaign, Enrollment, Lead, Subsequence
from ..state.workspace import Workspace
from .call import Call

__all__ = ["get_lead_journey", "move_leads_to_subsequence"]

ALREADY, UNKNOWN = "Already enrolled", "Lead not found"
"""Why a lead is not moved."""


def move_leads_to_subsequence(call: Call) -> dict[str, Any]:
    """Move leads into a subsequence; those that were ever in it are skipped."""
    workspace, campaign_id = call.workspace, call.path["campaign_id"]
    campaign = find_open_campaign(workspace, campaign_id)
    subsequence = _find_target(workspace, campaign, call.body["target_subsequence_node_id"])
    skipped: list[dict[str, Any]] = []
    entered: list[Enrollment] = []
    for lead_id in dict.fromkeys(call.body["lead_ids"]):
        lead = workspace.leads.find(lead_id)
        if lead is None or lead.campaign_id != campaign_id:
            skipped.append({"lead_id": lead_id, "reason": UNKNOWN})
        elif find_enrollment(workspace, lead, subsequence.subsequence_id):
            skipped.append({"lead_id": lead_id, "reason": ALREADY})
        else:
            entered.append(enter_subsequence(workspace, lead, subsequence, "manual"))
    return {
        "success_count": len(entered),
        "skipped_leads": skipped,
        "enrollments": [_describe_enrollment(enrollment) for enrollment in entered],
    }


def get_lead_journey(call: Call) -> dict[str, Any]:
    """Return everything that happened to a lead, its enrollments, and where it is."""
    workspace = call.workspace
    campaign = workspace.campaigns.get(call.path["campaign_id"])
    lead = workspace.leads.get(call.path["lead_id"])
    if lead.campaign_id != campaign.campaign_id:
        raise ApiError("lead_not_found")
    mails = list_mails(workspace.events.where("lead", lead.lead_id))
    touchpoints = [point for mail in mails for point in _list_touchpoints(workspace, campaign, mail)]
    touchpoints.sort(key=lambda point: point["at"])
    position = _find_position(workspace, campaign, lead, touchpoints)
    return {
        "campaign_id": campaign.campaign_id,
        "lead_id": lead.lead_id,
        "touchpoints": touchpoints,
        "enrollments": _list_enrollments(workspace, lead),
        "replies": list_replies(workspace, lead),
        "current_node_id": position["node_id"],
        "current_position": position,
    }


def _find_target(workspace: Workspace, campaign: Campaign, node_id: str) -> Subsequence:
    subsequences = list_subsequences(workspace, campaign.campaign_id)
    if not subsequences:
        raise ApiError("subsequences_not_enabled")
    for subsequence in subsequences:
        nodes = list_node_ids(subsequence)
        if node_id in nodes:
            if nodes.index(node_id):
                raise ApiError("target_not_entry")
            return subsequence
    raise ApiError("target_not_subsequence")


def _describe_enrollment(enrollment: Enrollment) -> dict[str, Any]:
    return {
        "enrollment_id": enrollment.enrollment_id,
        "lead_id": enrollment.lead_id,
        "subsequence_id": enrollment.subsequence_id,
        "entry_node_id": find_node_id(enrollment.subsequence_id, 0),
        "enrolled_at": enrollment.enrolled_at,
        "origin": enrollment.origin,
    }


def _list_enrollments(workspace: Workspace, lead: Lead) -> list[dict[str, Any]]:
    described = []
    for enrollment in workspace.enrollments.where("lead", lead.lead_id):
        subsequence = workspace.subsequences.find(enrollment.subsequence_id)
        progress = trace_enrollment(workspace, enrollment)
        described.append(
            {
                **_describe_enrollment(enrollment),
                "label": subsequence.label if subsequence else None,
                "status": progress.state,
                "sent_count": len(progress.mails),
            }
        )
    return described


def _list_touchpoints(workspace: Workspace, campaign: Campaign, mail: MailHistory) -> list[dict[str, Any]]:
    """Return the events of a mail, each with the node that sent the mail if the graph still has it."""
    step = find_step(mail.sent)
    subsequence_id = mail.sent.details.get("subsequence_id")
    node_id = find_main_node_id(campaign.campaign_id, step) if step else mail.sent.details.get("node_id")
    is_there = node_id in _list_chain(workspace, campaign, subsequence_id)
    return [
        {
            "event_id": event.event_id,
            "event_type": event.kind,
            "at": event.at,
            "email_id": event.email_id,
            "node_id": node_id if is_there else None,
            "subsequence_id": subsequence_id,
            "sequence_step": step or None,
            "subject": mail.sent.details["subject"],
        }
        for events in mail.events.values()
        for event in events
    ]


def _list_chain(workspace: Workspace, campaign: Campaign, subsequence_id: str | None) -> list[str]:
    """Return the nodes of a subsequence, or of the main chain; none when the subsequence is removed."""
    if subsequence_id is None:
        return list(list_main_nodes(campaign))
    subsequence = workspace.subsequences.find(subsequence_id)
    return list_node_ids(subsequence) if subsequence else []


def _find_position(
    workspace: Workspace, campaign: Campaign, lead: Lead, touchpoints: list[dict[str, Any]]
) -> dict[str, Any]:
    enrollment = find_last_enrollment(workspace, lead)
    subsequence_id = enrollment.subsequence_id if enrollment else None
    sent = [
        point["node_id"]
        for point in touchpoints
        if point["event_type"] == "sent" and point["subsequence_id"] == subsequence_id
    ]
    node_id = sent[-1] if sent else None
    chain = _list_chain(workspace, campaign, subsequence_id)
    return {
        "node_group": "SUBSEQUENCE" if enrollment else "MAIN",
        "subsequence_id": subsequence_id,
        "node_id": node_id,
        "position": chain.index(node_id) if node_id else None,
    }
