"""What campaigns are going to send, and how leads react."""

from dataclasses import asdict
from typing import Any

from ..errors import ApiError
from ..model import launching
from ..model.events import trace_lead
from ..model.launching import REQUIREMENTS, check_editable, find_missing, find_refusals
from ..resources.paging import paginate
from ..sending import behaviour, plan, timeline, why
from ..sending.behaviour import BehaviourError, list_behaviours
from ..sending.reactions import find_reaction_delays, find_reaction_rates
from ..sending.reason_texts import DescribedReason
from ..sending.why import LeadWhy
from ..state.records import Campaign, ReactionRate
from .behaviours import load_behaviours
from .calls import ControlCall

__all__ = [
    "explain_campaign",
    "explain_lead",
    "explain_leads",
    "make_launchable",
    "plan_campaign",
    "set_behaviour",
    "set_reaction_rates",
    "show_behaviour",
    "show_reaction_rates",
    "show_readiness",
    "show_timeline",
]

_WHAT_TO_DO = {
    "leads": "Add a lead with addLead, or upload a file of them with uploadLeads.",
    "inboxes": "Assign an ACTIVE inbox: updateCampaign with inbox_ids.",
    "variants": "Write the first mail: updateCampaign with variants.",
}


def show_reaction_rates(call: ControlCall) -> dict[str, Any]:
    """Return how often leads react."""
    return find_reaction_rates(call.workspace)


def set_reaction_rates(call: ControlCall) -> dict[str, Any]:
    """Set how often leads react."""
    rates = call.workspace.reaction_rates
    for name, value in call.body.items():
        if value is not None:
            rates.put(ReactionRate(name, float(value)))
        elif rates.find(name):
            rates.remove(name)
    return show_reaction_rates(call)


def show_behaviour(call: ControlCall) -> dict[str, Any]:
    """Return how often and how soon leads react, and which profiles there are."""
    return {
        "reaction_rates": find_reaction_rates(call.workspace),
        "delay_seconds": find_reaction_delays(call.workspace),
        "known": list_behaviours(),
    }


def set_behaviour(call: ControlCall) -> dict[str, Any]:
    """Take the reaction rates and delays of a profile."""
    name, profile = call.body.get("name"), call.body.get("profile")
    if (name is None) == (profile is None):
        raise ApiError("behaviour_unclear")
    if name is not None and name not in list_behaviours():  # no file of the server's machine
        raise ApiError("behaviour_unknown", behaviour=name, known=", ".join(list_behaviours()))
    known = load_behaviours()
    try:
        chosen = known.find(name) if name is not None else known.make(profile)
    except BehaviourError as error:
        raise ApiError("behaviour_invalid", reason=str(error)) from None
    behaviour.set_behaviour(call.workspace, chosen)
    return show_behaviour(call)


def plan_campaign(call: ControlCall) -> dict[str, Any]:
    """Return the coming mails of a campaign."""
    workspace = call.workspace
    campaign = workspace.campaigns.get(call.path["campaign_id"])
    planned = plan.plan_campaign(workspace, campaign.campaign_id, call.query["days"])
    return {
        "campaign_id": campaign.campaign_id,
        "status": campaign.status,
        "timezone": campaign.settings["timezone"],
        "now": workspace.now(),
        "until": planned.until,
        "missing_requirements": planned.missing,
        "mails": planned.mails,
    }


def show_timeline(call: ControlCall) -> dict[str, Any]:
    """Return what a campaign did and is going to do, day by day."""
    found = timeline.trace_campaign(call.workspace, call.path["campaign_id"], call.query["marks"])
    return {
        "campaign_id": found.campaign.campaign_id,
        "status": found.campaign.status,
        "timezone": found.campaign.settings["timezone"],
        "now": found.now,
        "planned_until": found.planned_until,
        "is_complete": found.is_complete,
        "days": [{**asdict(day), "date": day.date.isoformat()} for day in found.days],
        "total_marks": found.total_marks,
        "marks": list(map(asdict, found.marks)),
    }


def explain_lead(call: ControlCall) -> dict[str, Any]:
    """Return what a lead gets next, or why nothing."""
    found = why.explain_lead(call.workspace, call.path["lead_id"], call.query["entries"])
    known = {"campaign_id": found.lead.campaign_id, "now": call.workspace.now()}
    return {**known, **_describe_lead(found)}


def explain_leads(call: ControlCall) -> dict[str, Any]:
    """Return a page of the leads of a campaign, each with what it gets next, or why nothing."""
    workspace, campaign_id = call.workspace, call.path["campaign_id"]
    workspace.campaigns.get(campaign_id)
    page, pagination = paginate(workspace.leads.where("campaign", campaign_id), call.query)
    rows = why.explain_leads(workspace, campaign_id, page, call.query["entries"])
    histories = [trace_lead(workspace, found.lead) for found in rows]
    return {
        "campaign_id": campaign_id,
        "now": workspace.now(),
        "leads": [
            {"status": history.status, "sequence_step": history.sequence_step, **_describe_lead(found)}
            for found, history in zip(rows, histories, strict=True)
        ],
        "pagination": pagination,
    }


def explain_campaign(call: ControlCall) -> dict[str, Any]:
    """Return what a campaign sends next, and what its leads wait for."""
    workspace, campaign_id = call.workspace, call.path["campaign_id"]
    found = why.explain_campaign(workspace, campaign_id, call.query["mails"])
    return {
        "campaign_id": campaign_id,
        "status": found.campaign.status,
        "timezone": found.campaign.settings["timezone"],
        "now": workspace.now(),
        "text": found.text,
        "reasons": list(map(_describe_reason, found.reasons)),
        "total_leads": workspace.leads.count("campaign", campaign_id),
        "counted_leads": found.counted,
        "lead_counts": list(map(asdict, found.counts)),
        "next_mails": found.mails,
        "looked_until": found.looked_until,
    }


def show_readiness(call: ControlCall) -> dict[str, Any]:
    """Return the checks of a launch."""
    return _check(call, call.workspace.campaigns.get(call.path["campaign_id"]))


def make_launchable(call: ControlCall) -> dict[str, Any]:
    """Add what a launch lacks."""
    campaign = call.workspace.campaigns.get(call.path["campaign_id"])
    check_editable(campaign)
    return _check(call, launching.make_launchable(call.workspace, campaign, call.tools.spec))


def _describe_lead(found: LeadWhy) -> dict[str, Any]:
    return {
        "lead_id": found.lead.lead_id,
        "email": found.lead.email,
        "text": found.text,
        "reasons": list(map(_describe_reason, found.reasons)),
        "next_mail": found.mail,
        "looked_until": found.looked_until,
    }


def _describe_reason(reason: DescribedReason) -> dict[str, Any]:
    known = {"code": reason.code, "text": reason.text, "since": reason.since, "until": reason.until}
    return {**known, **reason.facts}


def _check(call: ControlCall, campaign: Campaign) -> dict[str, Any]:
    missing = find_missing(call.workspace, campaign)
    return {
        "campaign_id": campaign.campaign_id,
        "status": campaign.status,
        "is_launch_ready": not missing,
        "checks": [
            {
                "name": name,
                "is_met": name not in missing,
                "what_to_do": _WHAT_TO_DO[name] if name in missing else None,
            }
            for name in REQUIREMENTS
        ],
        "refusals": {
            name: error and call.tools.spec.find_error(error.name).render(error.facts)["detail"]
            for name, error in find_refusals(call.workspace, campaign).items()
        },
    }
