"""Replies: the threads of all sender accounts in one place."""

from collections.abc import Mapping
from typing import Any

from ..errors import ApiError
from ..mails.compose import answer_subject
from ..mails.threads import (
    Thread,
    describe_message,
    describe_thread,
    find_subject,
    find_thread,
    list_threads,
    mark_read,
    toggle_star,
)
from ..model.attachments import check_attachments
from ..model.direct_mails import name_message, send_mail
from ..state.workspace import Workspace
from .call import Call
from .paging import paginate_flat

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
    threads = list_threads(call.workspace)
    found = [thread for thread in threads if _matches(call.workspace, thread, call.query)]
    page, pagination = paginate_flat(found, call.query)
    return {
        "conversations": [describe_thread(call.workspace, thread) for thread in page],
        "unread_count": sum(not thread.is_read for thread in threads),
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


def _matches(workspace: Workspace, thread: Thread, query: Mapping[str, Any]) -> bool:
    status = query.get("status")
    wanted = {
        "campaign_id": thread.lead.campaign_id,
        "is_read": thread.is_read,
        "is_starred": thread.mark.is_starred,
        "category": thread.effective_category,
    }
    states = {"unread": not thread.is_read, "read": thread.is_read, "starred": thread.mark.is_starred}
    return (
        all(query.get(name, value) == value for name, value in wanted.items())
        and (status is None or states[status])
        and ("search" not in query or _is_named(workspace, thread, query["search"].casefold()))
    )


def _is_named(workspace: Workspace, thread: Thread, text: str) -> bool:
    parts = (thread.lead_name, thread.lead.email, find_subject(workspace, thread))
    return any(text in part.casefold() for part in parts)
