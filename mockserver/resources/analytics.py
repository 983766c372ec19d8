"""Analytics of campaigns, days, links and subsequences."""

from datetime import date
from typing import Any

from ..errors import ApiError
from ..model.analytics import count_campaign, count_clicks, count_subsequence, list_days, list_links, sum_up
from ..model.subsequences import list_subsequences
from ..state.records import Campaign
from .call import Call

__all__ = ["get_campaign_analytics", "get_ctr", "get_ctr_links", "get_subsequence_analytics", "get_timeline"]

_DATES = ("from_date", "to_date")


def get_campaign_analytics(call: Call) -> dict[str, Any]:
    """Return the numbers of each campaign, and of all together; by day of the launch if asked to."""
    query = call.query
    first, last = (date.fromisoformat(query[name]) if name in query else None for name in _DATES)
    check_date_order(first, last)
    campaigns = [
        count_campaign(call.workspace, campaign)
        for campaign in call.workspace.campaigns
        if query.get("status", campaign.status) == campaign.status and _was_launched(campaign, first, last)
    ]
    return {"workspace_kpis": sum_up(campaigns), "campaigns": campaigns}


def get_timeline(call: Call) -> dict[str, Any]:
    """Return what happened on each day, zeros included."""
    query = call.query
    last = date.fromisoformat(query["to_date"]) if "to_date" in query else call.workspace.now().date()
    back = call.read_extensions("from_date").default_days
    first = (
        date.fromisoformat(query["from_date"])
        if "from_date" in query
        else date.fromordinal(max(1, last.toordinal() - back))
    )
    check_date_order(first, last)
    most = call.read_extensions("from_date").max_days
    if (last - first).days >= most:
        raise ApiError("dates_too_far_apart", limit=most)
    return {
        "from_date": first.isoformat(),
        "to_date": last.isoformat(),
        "timeline": list_days(call.workspace, first, last),
    }


def get_ctr(call: Call) -> dict[str, Any]:
    """Return how many leads clicked."""
    campaign = call.workspace.campaigns.get(call.path["campaign_id"])
    return {**call.query, "campaign_id": campaign.campaign_id, **count_clicks(call.workspace, campaign)}


def get_ctr_links(call: Call) -> dict[str, Any]:
    """Return which links were clicked."""
    campaign = call.workspace.campaigns.get(call.path["campaign_id"])
    links = list_links(call.workspace, campaign)
    return {**call.query, "campaign_id": campaign.campaign_id, "links": links}


def get_subsequence_analytics(call: Call) -> dict[str, Any]:
    """Return the numbers of each subsequence, the lowest priority first."""
    workspace = call.workspace
    campaign = workspace.campaigns.get(call.path["campaign_id"])
    subsequences = list_subsequences(workspace, campaign.campaign_id)
    return {
        "campaign_id": campaign.campaign_id,
        "subsequences": [count_subsequence(workspace, subsequence) for subsequence in subsequences],
    }


def check_date_order(first: date | None, last: date | None) -> None:
    """Raise ApiError `date_order` if the first day comes after the last."""
    if first and last and first > last:
        raise ApiError("date_order")


def _was_launched(campaign: Campaign, first: date | None, last: date | None) -> bool:
    """Return whether a campaign was launched from the first day to the last; without days, any passes."""
    if first is None and last is None:
        return True
    if campaign.launched_at is None:
        return False
    day = campaign.launched_at.date()
    return (first or day) <= day <= (last or day)
