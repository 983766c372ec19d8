"""What a launch needs, and what it does."""

from dataclasses import replace

from .content import assign_variants
from .errors import ApiError
from .records import Campaign
from .workspace import Workspace

LAUNCH_STEP = 5
"""The step of a launched campaign, and the older way to ask for the launch [guide:older]."""

REQUIREMENTS = ("leads", "inboxes", "variants")
"""What a launch needs, in documented order."""


def find_missing(workspace: Workspace, campaign: Campaign) -> list[str]:
    """Return which of `REQUIREMENTS` a launch still needs; nothing once launched."""
    if campaign.status == "ACTIVE":
        return []
    accounts = map(workspace.sender_accounts.find, campaign.inbox_ids)
    met = (
        workspace.leads.count("campaign", campaign.campaign_id) > 0,
        any(account and account.overall_status == "ACTIVE" for account in accounts),
        bool(campaign.variants),
    )
    return [name for name, is_met in zip(REQUIREMENTS, met, strict=True) if not is_met]


def launch(workspace: Workspace, campaign: Campaign) -> Campaign:
    """Store a campaign as ACTIVE, and give its leads their variants; returns it.

    Raises ApiError `launch_not_ready`, and changes nothing then.
    """
    missing = find_missing(workspace, campaign)
    if missing:
        raise ApiError("launch_not_ready", missing=", ".join(missing))
    launched = workspace.campaigns.put(
        replace(
            campaign,
            status="ACTIVE",
            current_step=LAUNCH_STEP,
            launched_at=campaign.launched_at or workspace.now(),
        )
    )
    assign_variants(workspace, launched)
    return launched
