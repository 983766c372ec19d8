"""One campaign: its settings, what a launch needs, its counts, and the buttons that change its status."""

import json
from typing import Any

from ...http.entry import CONSOLE
from ...http.messages import Request, Response
from ...model.lead_counts import count_campaign_leads
from ...openapi.spec import JSON_TYPE
from ...state.records import Campaign
from ..messages import act, describe_status, report, warn
from ..pages import render
from ..show import show_view
from ..view import Route, View
from ..visit import Visit
from .campaign_drawings import Marks, draw_page, update_drawings

ACTIONS = {
    "launch": ("Launch", "updateCampaign", {"launch": True}),
    "pause": ("Pause", "pauseCampaign", None),
    "activate": ("Activate", "activateCampaign", None),
    "archive": ("Archive", "archiveCampaign", None),
}
"""Action on the status → its button, the operation of the API that it calls, and the body."""
_LABELS = {"make_launchable": "Make launchable", **{name: label for name, (label, *_) in ACTIONS.items()}}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def find_id(visit: Visit) -> str:
    """Return the id of the campaign that a page or its stream is about; empty for that of the list."""
    return visit.path.get("campaign_id", "") or visit.value("campaign")


def show_campaign(visit: Visit, view: View, marks: Marks) -> Response:
    """Show one campaign; the marks are those of its drawings."""
    found = visit.workspace.campaigns.find(find_id(visit))
    if found is None:
        return show_view(visit, view, "campaigns/gone.html", title="No such campaign", status=404)
    figures = _describe_figures(visit, found)
    drawings = draw_page(visit, found, figures["counts"]["total_leads"], marks)
    facts = {**figures, **drawings, "page": visit.value("page")}
    return show_view(visit, view, "campaigns/campaign.html", title=found.settings["name"], **facts)


def update_campaign(visit: Visit, before: Any, present: Any) -> str:
    """Return the parts of the page that change; both marks are those of the figures and the drawings."""
    found = visit.workspace.campaigns.find(find_id(visit))
    if found is None:
        return render("campaigns/removed.html", visit=visit)
    figures, drawings = before or (None, None)
    text = ""
    if figures != present[0]:
        text += render("campaigns/figures.html", is_update=True, **_describe_figures(visit, found))
    return text + update_drawings(visit, found, drawings, present[1])


def make_launchable(visit: Visit) -> Response:
    """Add what a launch lacks."""

    def make() -> Response:
        visit.ask("makeLaunchable", campaign_id=visit.path["campaign_id"])
        return report("The campaign lacks nothing for a launch.")

    return act(visit, make)


def change_status(visit: Visit) -> Response:
    """Call the operation of a button, like a request from outside."""
    name = visit.path["action"]
    if name not in ACTIONS:
        return warn("No button does this.")
    _, operation_id, body = ACTIONS[name]
    operation = visit.desk.spec.operations[operation_id]
    data = json.dumps(body).encode() if body else b""
    headers = {
        "host": visit.request.host,
        "user-agent": CONSOLE,
        visit.desk.spec.key_header.lower(): visit.key,
    }
    if body:
        headers |= {"content-type": JSON_TYPE, "content-length": str(len(data))}
    response = visit.desk.send(
        Request(
            operation.method,
            operation.path.format(campaign_id=visit.path["campaign_id"]),
            "",
            headers,
            visit.request.remote_address,
            lambda _most: data,
        )
    )
    return _report_answer(visit, operation_id, response)


def _report_answer(visit: Visit, operation_id: str, response: Response) -> Response:
    """Return what the API answered, with a link to the exchange when the journal keeps it."""
    text = f"{operation_id}: {describe_status(response)}"
    try:
        answer = json.loads(response.body) if isinstance(response.body, bytes) else None
    except ValueError:  # a fault cut it
        answer = None
    if isinstance(answer, dict):
        text += f", {answer.get('message') or answer.get('detail', '')}"
    if response.status >= 400 or response.cut is not None:
        return warn(text)
    number = visit.desk.journal.last_number
    shown = visit.desk.journal.find(number, visit.name) is not None
    link = {"link": visit.link(f"/requests/{number}"), "link_text": f"Request {number}"} if shown else {}
    return report(text, **link)


def _describe_figures(visit: Visit, found: Campaign) -> dict[str, Any]:
    readiness = visit.ask("showReadiness", campaign_id=found.campaign_id)
    workspace = visit.workspace
    with workspace.lock:
        accounts = [account for account in map(workspace.sender_accounts.find, found.inbox_ids) if account]
        counts = count_campaign_leads(workspace, found)
    return {
        "visit": visit,
        "campaign_id": found.campaign_id,
        "campaign": found,
        "counts": counts,
        "checks": readiness["checks"],
        "buttons": [
            {"name": name, "label": _LABELS[name], "refusal": refusal}
            for name, refusal in readiness["refusals"].items()
        ],
        "settings": _describe_settings(found),
        "accounts": accounts,
    }


def _describe_settings(found: Campaign) -> dict[str, str]:
    """Return the settings in words."""
    given = found.settings
    days = ", ".join(_WEEKDAYS[number - 1] for number in given["sending_days"])
    start = f"{given['sending_window_start']:02}:{given['sending_window_start_minute']:02}"
    end = f"{given['sending_window_end']:02}:{given['sending_window_end_minute']:02}"
    begins, limit = given["start_date"], given["daily_limit_per_inbox"]
    return {
        "Window": f"{start} to {end}, {given['timezone']}",
        "Days": days,
        "Starts": f"{begins:%Y-%m-%d %H:%M:%S} UTC" if begins else "at once",
        "Limit per inbox and day": str(limit) if limit is not None else "that of the inbox",
        "Ramp-up": _describe_ramp_up(given),
        "Tracking": ", ".join(
            name
            for setting, name in (("enable_tracking", "opens"), ("enable_click_tracking", "clicks"))
            if given[setting]
        )
        or "off",
        "Unsubscribe link": "on" if given["enable_unsubscribe"] else "off",
    }


def _describe_ramp_up(given: dict[str, Any]) -> str:
    if not given["ramp_up_enabled"]:
        return "off"
    step, most = given["ramp_up_increment"], given["ramp_up_max_limit"]
    parts = [f"{step} more each day"] if step is not None else []
    parts += [f"{most} at most"] if most is not None else []
    return ", ".join(parts) or "on"


ROUTES: tuple[Route, ...] = (
    ("POST", "/console/campaigns/{campaign_id}/make_launchable", make_launchable),
    ("POST", "/console/campaigns/{campaign_id}/{action}", change_status),
)
