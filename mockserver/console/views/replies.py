"""Replies: the threads, and what a lead writes next."""

from collections.abc import Hashable
from typing import Any

from ...http.messages import Response
from ...mails.outbox import read_newest
from ...mails.threads import (
    Thread,
    describe_message,
    describe_thread,
    find_thread,
    flip_id,
    has_thread,
    list_talkers,
)
from ...state.records import Event, Lead
from ...state.workspace import Workspace
from ..messages import act, announce, go_to, report
from ..pages import render
from ..show import show_view
from ..view import Route, View
from ..visit import Visit
from .paging import describe_pages, read_page

MOST_ROWS = 50
"""Threads of the list at once."""
MOST_MESSAGES = 200
"""Of a thread, the latest."""
MOST_LEADS = 100
"""To choose from as long as there is no thread."""


def show_list(visit: Visit) -> Response:
    """Show the threads, and the one with the latest reply."""
    return show_view(visit, VIEW, "replies/replies.html", **_describe(visit, ""))


def show_thread(visit: Visit) -> Response:
    """Show the threads, and one of them."""
    facts = _describe(visit, visit.path["thread_id"])
    if facts["thread"] is None:
        return show_view(visit, VIEW, "replies/gone.html", title="No such thread", status=404)
    return show_view(visit, VIEW, "replies/replies.html", title=facts["thread"]["lead_email"], **facts)


def receive_reply(visit: Visit) -> Response:
    """Let a lead reply."""

    def receive() -> Response:
        form, lead_id = visit.form, visit.form.get("lead_id", "")
        body = {
            "text": form.get("text", ""),
            "category": form.get("category", "").strip() or None,
            "is_auto_reply": "is_auto_reply" in form,
            "is_unsubscribe": "is_unsubscribe" in form,
        }
        lead = visit.ask("receiveReply", body=body, lead_id=lead_id)
        if not form.get("thread_id"):
            return go_to(visit.link(f"/replies/{lead['thread_id']}"))
        message = report(f"{lead['email']} replied.")
        assert isinstance(message.body, bytes)
        message.body += render("replies/text.html", is_update=True).encode()
        return message

    return act(visit, receive)


def mark(visit: Visit) -> Hashable:
    """Return what is equal as long as nobody writes or reads."""
    workspace = visit.used_workspace
    if workspace is None:
        return None
    sizes = len(workspace.events), len(workspace.direct_mails), len(workspace.thread_marks)
    return id(workspace), workspace.settled_at, sizes


def update(visit: Visit, before: Any) -> str:
    """Return the list and the messages of the thread, but not the text that somebody is writing."""
    facts = _describe(visit, visit.value("thread") or "-")
    text = render("replies/threads.html", is_update=True, **facts)
    if facts["thread"]:
        text += render("replies/messages.html", is_update=True, **facts)
    return text + announce(f"{facts['pages'].total} threads")


def _describe(visit: Visit, thread_id: str) -> dict[str, Any]:
    """Return what the page shows; without an id the thread with the latest reply."""
    workspace, page = visit.workspace, read_page(visit)
    with workspace.lock:
        talkers = list_talkers(workspace)
        wanted = talkers[(page - 1) * MOST_ROWS : page * MOST_ROWS]
        rows = [describe_thread(workspace, find_thread(workspace, flip_id(each))) for each in wanted]
        chosen = thread_id or (flip_id(talkers[0]) if talkers else "")
        thread = _find(workspace, chosen)
        leads = [] if talkers else _list_leads(workspace)
        shown = describe_thread(workspace, thread) if thread else None
        messages = _list_messages(workspace, thread) if thread else []
    return {
        "visit": visit,
        "rows": rows,
        "pages": describe_pages(page, len(talkers), MOST_ROWS),
        "thread": shown,
        "messages": messages,
        "most": MOST_MESSAGES,
        "leads": leads,
        "reply": visit.desk.find_control("receiveReply"),
        "seed": visit.desk.find_control("seedWorkspace"),
    }


def _find(workspace: Workspace, thread_id: str) -> Thread | None:
    try:
        lead = workspace.leads.find(flip_id(thread_id))
    except ValueError:  # no id
        return None
    return find_thread(workspace, thread_id) if lead and has_thread(workspace, lead) else None


def _list_messages(workspace: Workspace, thread: Thread) -> list[dict[str, Any]]:
    shown = []
    for message in thread.messages[-MOST_MESSAGES:]:
        record = message.record
        has_page = not isinstance(record, Event) or (record.kind == "sent" and record.campaign_id is not None)
        described = describe_message(workspace, thread, message)
        shown.append({**described, "has_page": has_page})
    return shown


def _list_leads(workspace: Workspace) -> list[Lead]:
    """Return leads that may reply: those that got mails last, else the newest."""
    mails, _ = read_newest(workspace, 0, MOST_LEADS)
    found = dict.fromkeys(mail.lead_id for mail in mails)
    leads = [lead for lead in map(workspace.leads.find, found) if lead]
    return leads or list(workspace.leads.list_newest()[:MOST_LEADS])


ROUTES: tuple[Route, ...] = (
    ("GET", "/replies", show_list),
    ("GET", "/replies/{thread_id}", show_thread),
    ("POST", "/console/replies", receive_reply),
)
VIEW = View("replies", "Replies", "/replies", ROUTES, mark, update)
