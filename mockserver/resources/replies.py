"""Replies: the threads of all sender accounts in one place."""

from typing import Any

from ..errors import ApiError
from ..mails.compose import answer_subject
from ..mails.thread_list import FILTERS, count_unread, list_threads
from ..mails.threads import (
    Thread,
    describe_message,
    describe_thread,
    find_subject,
    find_thread,
    mark_read,
    read_thread,
    toggle_star,
)
from ..model.attachments import check_attachments
from ..model.direct_mails import name_message, send_mail
from ..state.workspace import Workspace
from .call import Call
from .paging import paginate_flat, select_kept

__all__ = [
    "get_thread",
    "list_replies",
    "list_thread_messages",
    "mark_thread_read",
    "send_reply",
    "toggle_thread_star",
]


def list_replies(call: Call) -> dict[str, Any]:
    """Return a page of the threads that the filters let through; all unread ones are counted."""
    workspace, query = call.workspace, call.query
    found = list_threads(workspace, select_kept(query, *FILTERS))
    if "search" in query:
        text = query["search"].casefold()
        found = [each for each in found if _is_named(workspace, read_thread(workspace, each.lead), text)]
    page, pagination = paginate_flat(found, query)
    return {
        "conversations": [describe_thread(workspace, read_thread(workspace, each.lead)) for each in page],
        "unread_count": count_unread(workspace),
        **pagination,
    }


def get_thread(call: Call) -> dict[str, Any]:
    """Return one thread without its messages; that does not mark it as read."""
    return describe_thread(call.workspace, _find(call))


def list_thread_messages(call: Call) -> dict[str, Any]:
    """Return a page of the mails of a thread, oldest first."""
    thread = _find(call)
    page, pagination = paginate_flat(thread.messages, call.query)
    messages = [describe_message(call.workspace, thread, message) for message in page]
    return {"thread_id": thread.thread_id, "messages": messages, **pagination}


def send_reply(call: Call) -> dict[str, Any]:
    """Add a mail of the sender account to a thread; nothing is sent, and no credit spent."""
    workspace, body = call.workspace, call.body
    if call.lacks_text():
        raise ApiError("reply_body_missing")
    thread = _find(call)
    limits = call.read_extensions("attachments")
    check_attachments(body["attachments"] or (), limits.max_files, limits.max_bytes)
    account = workspace.sender_accounts.find(thread.inbox_id)
    if account is None:
        raise ApiError("thread_archived")
    content = {
        "subject": answer_subject(find_subject(workspace, thread)),
        "body_text": body["body"],
        "body_html": body["html_body"],
        "attachments": body["attachments"],
    }
    mail = send_mail(workspace, account, thread.lead, "reply", content)
    return {
        "from_address": account.email_address,
        "to_address": mail.recipient_email,
        "message_id": name_message(mail, account.email_address),
        "thread_id": thread.thread_id,
    }


def mark_thread_read(call: Call) -> dict[str, Any]:
    """Mark all replies of a thread as read, whether they were or not."""
    thread = _find(call)
    mark_read(call.workspace, thread)
    return {"marked_count": 1, "thread_ids": [thread.thread_id]}


def toggle_thread_star(call: Call) -> dict[str, Any]:
    """Star a thread, or take the star away."""
    thread = _find(call)
    return {"thread_id": thread.thread_id, "is_starred": toggle_star(call.workspace, thread)}


def _find(call: Call) -> Thread:
    return find_thread(call.workspace, call.path["thread_id"])


def _is_named(workspace: Workspace, thread: Thread, text: str) -> bool:
    parts = (thread.lead_name, thread.lead.email, find_subject(workspace, thread))
    return any(text in part.casefold() for part in parts)
