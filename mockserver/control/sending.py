"""What campaigns are going to send, and how leads react."""

from typing import Any
from zoneinfo import ZoneInfo

from ..errors import ApiError
from ..model import launching
from ..model.launching import REQUIREMENTS, find_missing
from ..sending import plan
from ..sending.reactions import find_reaction_rates
from ..state.records import Campaign, ReactionRate
from .calls import ControlCall

__all__ = ["make_launchable", "plan_campaign", "set_reaction_rates", "show_reaction_rates", "show_readiness"]

_EDITABLE = ("DRAFT", "PAUSED")
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


def plan_campaign(call: ControlCall) -> dict[str, Any]:
    """Return the coming mails of a campaign."""
    workspace = call.workspace
    campaign = workspace.campaigns.get(call.path["campaign_id"])
    planned = plan.plan_campaign(workspace, campaign.campaign_id, call.query["days"])
    zone = ZoneInfo(campaign.settings["timezone"])
    return {
        "campaign_id": campaign.campaign_id,
        "status": campaign.status,
        "timezone": zone.key,
        "now": workspace.now(),
        "until": planned.until,
        "missing_requirements": planned.missing,
        "mails": [{**mail, "local_time": mail["at"].astimezone(zone).isoformat()} for mail in planned.mails],
    }


def show_readiness(call: ControlCall) -> dict[str, Any]:
    """Return the checks of a launch."""
    return _check(call, call.workspace.campaigns.get(call.path["campaign_id"]))


def make_launchable(call: ControlCall) -> dict[str, Any]:
    """Add what a launch lacks."""
    campaign = call.workspace.campaigns.get(call.path["campaign_id"])
    if campaign.status not in _EDITABLE:
        raise ApiError("campaign_not_modifiable", status=campaign.status)
    return _check(call, launching.make_launchable(call.workspace, campaign, call.tools.spec))


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
    }
