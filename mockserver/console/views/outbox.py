"""Outbox: every mail as its reader sees it."""

from collections.abc import Hashable
from datetime import UTC
from typing import Any

from ...http.messages import Response
from ...mails.compose import compose_mail
from ...mails.outbox import Sent, list_sent, read_newest
from ..messages import announce
from ..pages import render
from ..show import show_view
from ..view import Route, View
from ..visit import Visit
from . import mail
from .paging import describe_pages, read_page

MOST_ROWS = 100
"""Of the list at once."""
_FILTERS = ("search", "campaign_id", "lead_id")


def show_list(visit: Visit) -> Response:
    """Show the mails, newest first."""
    return show_view(visit, VIEW, "outbox/list.html", **_describe_list(visit))


def show_one(visit: Visit) -> Response:
    """Show one mail."""
    return mail.show_mail(visit, VIEW)


def mark(visit: Visit) -> Hashable:
    """Return what is equal as long as nothing is sent or taken back."""
    workspace = visit.used_workspace
    if workspace is None:
        return None
    return id(workspace), workspace.settled_at, len(workspace.events), len(workspace.direct_mails)


def update(visit: Visit, before: Any) -> str:
    """Return the list; nothing for the page of one mail, which stays as it was sent."""
    if visit.value("mail"):
        return ""
    facts = _describe_list(visit)
    return render("outbox/rows.html", is_update=True, **facts) + announce(f"{facts['pages'].total} mails")


def _describe_list(visit: Visit) -> dict[str, Any]:
    workspace = visit.workspace
    filters = {name: visit.value(name).strip() for name in _FILTERS}
    page = read_page(visit)
    start, stop = (page - 1) * MOST_ROWS, page * MOST_ROWS
    with workspace.lock:
        found: list[Sent]
        if any(filters.values()):
            selected = list_sent(workspace, **{name: value or None for name, value in filters.items()})
            found, total = selected[::-1][start:stop], len(selected)
        else:
            found, total = read_newest(workspace, start, stop)
        rows = [_describe_row(visit, record) for record in found]
        has_campaign = len(workspace.campaigns) > 0
    return {
        "visit": visit,
        "rows": rows,
        "filters": filters,
        "is_filtered": any(filters.values()),
        "has_campaign": has_campaign,
        "pages": describe_pages(page, total, MOST_ROWS),
        "move": visit.desk.find_control("moveClock"),
        "seed": visit.desk.find_control("seedWorkspace"),
    }


def _describe_row(visit: Visit, record: Sent) -> dict[str, Any]:
    made = compose_mail(visit.workspace, record)
    at = made.at.astimezone(UTC)
    campaign = visit.workspace.campaigns.find(made.campaign_id)
    return {
        "mail": made,
        "at": at.isoformat().replace("+00:00", "Z"),
        "time": at.strftime("%Y-%m-%d %H:%M:%S"),
        "campaign": campaign.settings["name"] if campaign else "",
    }


ROUTES: tuple[Route, ...] = (
    ("GET", "/outbox", show_list),
    ("GET", "/outbox/{email_id}", show_one),
    *mail.ROUTES,
)
VIEW = View("outbox", "Outbox", "/outbox", ROUTES, mark, update)
