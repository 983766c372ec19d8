"""The leads of a campaign: where each is, why, the journey of one, and buttons that let it do something."""

from collections.abc import Hashable
from typing import Any

from ...errors import ApiError
from ...http.messages import Response
from ...model.events import trace_lead
from ...resources.call import Call
from ...resources.journeys import get_lead_journey
from ...resources.paging import paginate
from ...state.records import Lead
from ..messages import act, report
from ..pages import answer_page, render
from ..show import show_view
from ..view import Route, View
from ..visit import Visit
from .paging import read_page

ROWS = 25
"""Leads of a page of the list."""
_ENTRIES = 5000
"""How many things that happen the page of a lead looks ahead."""
_EVENTS = {"opened": "Opens", "clicked": "Clicks", "bounced": "Bounces", "unsubscribed": "Unsubscribes"}
"""Event of the control API → button."""


def describe_leads(visit: Visit, campaign_id: str, *, is_explained: bool = True) -> dict[str, Any]:
    """Return a page of the leads, each with what it gets next and what it waits for.

    Unless they are explained, that is left out, which costs no look ahead.
    """
    query = {"page": read_page(visit), "limit": ROWS}
    if is_explained:
        found = visit.ask("explainLeads", query=query, campaign_id=campaign_id)
    else:
        workspace = visit.workspace
        with workspace.lock:
            leads, pagination = paginate(workspace.leads.where("campaign", campaign_id), query)
            rows = [_describe_row(visit, lead) for lead in leads]
        found = {"leads": rows, "pagination": pagination}
    return {
        "leads": found["leads"],
        "pagination": found["pagination"],
        "events": _EVENTS,
        "add_lead": visit.desk.spec.operations["addLead"],
    }


def show_lead(visit: Visit, view: View) -> Response:
    """Show one lead: where it is, why, and its journey."""
    facts = _describe_lead(visit)
    if facts is None:
        return show_view(visit, view, "campaigns/lead_gone.html", title="No such lead", status=404)
    return show_view(visit, view, "campaigns/lead.html", title=facts["lead"].email, **facts)


def mark_lead(visit: Visit, present: Hashable) -> Hashable:
    """Return the mark of the journey that a page may show now, when `present` is that of all there is."""
    return visit.desk.drawings.mark(_name_journey(visit), present)


def update_lead(visit: Visit, mark: Hashable) -> str:
    """Return what changes on the page of a lead."""
    return visit.desk.drawings.draw(_name_journey(visit), mark, lambda: _draw_journey(visit))


def _name_journey(visit: Visit) -> Hashable:
    return "journey", visit.key, find_lead_id(visit)


def _draw_journey(visit: Visit) -> str:
    facts = _describe_lead(visit)
    if facts is None:
        return render("campaigns/lead_removed.html", visit=visit)
    return render("campaigns/journey.html", is_update=True, **facts)


def record_event(visit: Visit) -> Response:
    """Let something happen to a lead."""

    def record() -> Response:
        event = visit.form.get("event", "")
        lead = visit.ask("recordLeadEvent", body={"event": event}, lead_id=visit.path["lead_id"])
        return report(f"{lead['email']}: {event}")

    return act(visit, record)


def ask_reply(visit: Visit) -> Response:
    """Return the form in which a reply is written."""
    lead = visit.workspace.leads.find(visit.path["lead_id"])
    if lead is None:
        raise ApiError("route_not_found")
    return answer_page(render("campaigns/reply.html", lead=lead, campaign_id=visit.path["campaign_id"]))


def receive_reply(visit: Visit) -> Response:
    """Let a lead reply."""

    def receive() -> Response:
        body = {
            "text": visit.form.get("text", ""),
            "is_auto_reply": "is_auto_reply" in visit.form,
            "is_unsubscribe": "is_unsubscribe" in visit.form,
        }
        lead = visit.ask("receiveReply", body=body, lead_id=visit.path["lead_id"])
        message = report(f"{lead['email']}: replied")
        assert isinstance(message.body, bytes)
        message.body += b'<div id="reply" hx-swap-oob="innerHTML"></div>'
        return message

    return act(visit, receive)


def find_lead_id(visit: Visit) -> str:
    """Return the id of the lead that a page or its stream is about; empty for that of a campaign."""
    return visit.path.get("lead_id", "") or visit.value("lead")


def _describe_row(visit: Visit, lead: Lead) -> dict[str, Any]:
    history = trace_lead(visit.workspace, lead)
    known = {"status": history.status, "sequence_step": history.sequence_step, "text": "…"}
    return {"lead_id": lead.lead_id, "email": lead.email, **known}


def _describe_lead(visit: Visit) -> dict[str, Any] | None:
    """Return what the page of a lead shows; None when the campaign has no such lead."""
    workspace, lead_id = visit.workspace, find_lead_id(visit)
    lead = workspace.leads.find(lead_id)
    campaign_id = visit.path.get("campaign_id", "") or visit.value("campaign")
    if lead is None or lead.campaign_id != campaign_id:
        return None
    why = visit.ask("explainLead", query={"entries": _ENTRIES}, lead_id=lead_id)
    operation = visit.desk.spec.operations["getLeadJourney"]
    path = {"campaign_id": campaign_id, "lead_id": lead_id}
    with workspace.lock:
        journey = get_lead_journey(Call(operation, workspace, path, {}, None))
        return {
            "visit": visit,
            "campaign_id": campaign_id,
            "campaign": workspace.campaigns.get(campaign_id),
            "lead": lead,
            "history": trace_lead(workspace, lead),
            "why": why,
            "journey": journey,
            "events": _EVENTS,
        }


ROUTES: tuple[Route, ...] = (
    ("POST", "/console/campaigns/{campaign_id}/leads/{lead_id}/events", record_event),
    ("GET", "/console/campaigns/{campaign_id}/leads/{lead_id}/reply", ask_reply),
    ("POST", "/console/campaigns/{campaign_id}/leads/{lead_id}/reply", receive_reply),
)
