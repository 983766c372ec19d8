"""Campaigns: their status and counts, and one of them with what it needs, does and is going to do."""

from typing import Any

from ...http.messages import Response
from ...model.lead_counts import count_campaign_leads
from ...state.records import Campaign
from ..pages import render
from ..show import show_view
from ..view import Route, View
from ..visit import Visit
from . import campaign, campaign_leads
from .campaign_drawings import mark_drawings
from .paging import read_number

MOST_ROWS = 100
"""Of the list at once."""


def show_list(visit: Visit) -> Response:
    """Show the campaigns, newest first."""
    return show_view(visit, VIEW, "campaigns/list.html", **_describe_list(visit))


def show_one(visit: Visit) -> Response:
    """Show one campaign."""
    return campaign.show_campaign(visit, VIEW, mark(visit)[1])


def show_lead(visit: Visit) -> Response:
    """Show one lead."""
    return campaign_leads.show_lead(visit, VIEW)


def mark(visit: Visit) -> Any:
    """Return what is equal as long as no record changes and nobody moves the clock.

    For the page of a campaign there are marks of its drawings, too. Drawings and journeys may change later.
    """
    workspace = visit.used_workspace
    present = (id(workspace), workspace.undo_log.changes, workspace.clock.setting) if workspace else None
    if campaign_leads.find_lead_id(visit):
        return campaign_leads.mark_lead(visit, present)
    if not campaign.find_id(visit):
        return present
    return present, mark_drawings(visit, campaign.find_id(visit), present)


def update(visit: Visit, before: Any) -> str:
    """Return the list, or what changes of the campaign or the lead that the page shows."""
    if campaign_leads.find_lead_id(visit):
        return campaign_leads.update_lead(visit, mark(visit))
    if campaign.find_id(visit):
        return campaign.update_campaign(visit, before, mark(visit))
    return render("campaigns/rows.html", is_update=True, **_describe_list(visit))


def _describe_list(visit: Visit) -> dict[str, Any]:
    workspace = visit.workspace
    before = visit.value("before")
    with workspace.lock:
        found = workspace.campaigns.list_newest()
        first = read_number(before)
        rows = [_describe_row(visit, each) for each in found[first : first + MOST_ROWS]]
        last = first + len(rows)
        return {
            "visit": visit,
            "rows": rows,
            "older": last if last < len(found) else None,
            "before": before,
            "create": visit.desk.spec.operations["createCampaign"],
        }


def _describe_row(visit: Visit, found: Campaign) -> dict[str, Any]:
    return {
        "campaign_id": found.campaign_id,
        "name": found.settings["name"],
        "status": found.status,
        "counts": count_campaign_leads(visit.workspace, found),
    }


ROUTES: tuple[Route, ...] = (
    ("GET", "/campaigns", show_list),
    ("GET", "/campaigns/{campaign_id}", show_one),
    ("GET", "/campaigns/{campaign_id}/leads/{lead_id}", show_lead),
    *campaign.ROUTES,
    *campaign_leads.ROUTES,
)
VIEW = View("campaigns", "Campaigns", "/campaigns", ROUTES, mark, update)
