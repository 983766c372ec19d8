"""Threads: all mails between a lead and the sender accounts, read off the events and direct mails."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from ..errors import ApiError
from ..model.attachments import describe_attachments
from ..model.contacts import format_name
from ..model.direct_mails import name_message
from ..model.events import outline_event
from ..model.sender_accounts import find_address
from ..state.records import Campaign, DirectMail, Event, Lead, ThreadMark
from ..state.workspace import Workspace
from .compose import compose_mail

EXTERNAL_NAME = "External"
"""The campaign name of a thread that belongs to no campaign."""

# A thread's id differs from its lead's in these bits; the bits of version and variant stay.
_FLIPPED_BITS = UUID("5a5a5a5a-5a5a-0a5a-1a5a-5a5a5a5a5a5a").int
_PREVIEW_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Message:
    """One mail of a thread: a reply, a mail of the campaign, or a direct mail."""

    record: Event | DirectMail
    is_read: bool

    @property
    def is_outgoing(self) -> bool:
        """Whether it was sent from a sender account."""
        return isinstance(self.record, DirectMail) or self.record.kind == "sent"


@dataclass(frozen=True, slots=True)
class Thread:
    """The conversation with one lead; it begins with the first reply or direct mail."""

    lead: Lead
    campaign: Campaign | None
    mark: ThreadMark
    messages: list[Message]
    """Oldest first; at least one."""
    category: str | None
    """The category of the last reply that has one."""
    confidence: float | None

    @property
    def thread_id(self) -> str:
        """The id of the thread; it follows from the id of the lead."""
        return flip_id(self.lead.lead_id)

    @property
    def lead_name(self) -> str:
        """First and last name; empty for a lead without names."""
        return format_name(self.lead.details)

    @property
    def effective_category(self) -> str | None:
        """The category chosen by hand, or else that of the replies."""
        return self.mark.manual_category or self.category

    @property
    def is_read(self) -> bool:
        """Whether every reply was read."""
        return all(message.is_read for message in self.messages)

    @property
    def inbox_id(self) -> str | None:
        """The sender account that took part last; it may be deleted."""
        return next((m.record.inbox_id for m in reversed(self.messages) if m.record.inbox_id), None)


def flip_id(key: str) -> str:
    """Return the id of a lead's thread, or of a thread's lead."""
    return str(UUID(int=UUID(key).int ^ _FLIPPED_BITS))


def find_thread(workspace: Workspace, thread_id: str) -> Thread:
    """Return a thread; raises ApiError `thread_not_found`."""
    lead = workspace.leads.find(flip_id(thread_id))
    if lead is None or not has_thread(workspace, lead):
        raise ApiError("thread_not_found")
    return read_thread(workspace, lead)


def has_thread(workspace: Workspace, lead: Lead) -> bool:
    """Return whether a lead has replied or got a direct mail."""
    return bool(workspace.direct_mails.count("lead", lead.lead_id) or _list_replies(workspace, lead))


def read_thread(workspace: Workspace, lead: Lead) -> Thread:
    """Return the thread of a lead that has one (see `has_thread`)."""
    mark = workspace.thread_marks.find(lead.lead_id) or ThreadMark(lead.lead_id)
    replies = _list_replies(workspace, lead)
    judged = [event.details for event in replies if event.details.get("category")]
    messages = _list_messages(workspace, lead, mark)
    return Thread(
        lead=lead,
        campaign=workspace.campaigns.find(lead.campaign_id),
        mark=mark,
        messages=messages,
        category=judged[-1]["category"] if judged else None,
        confidence=judged[-1].get("confidence") if judged else None,
    )


def list_talkers(workspace: Workspace) -> list[str]:
    """Return the leads that have a thread, the one with the latest reply or direct mail first.

    It reads no thread.
    """
    talks = [(each.at, each.lead_id) for each in workspace.events.outline("kind", "replied", outline_event)]
    talks += [(mail.at, mail.lead_id) for mail in workspace.direct_mails if mail.lead_id]
    talks.sort(key=lambda talk: talk[0])
    latest = dict.fromkeys(lead_id for _, lead_id in reversed(talks))
    return [lead_id for lead_id in latest if workspace.leads.find(lead_id)]


def mark_read(workspace: Workspace, thread: Thread) -> None:
    """Mark every present reply read."""
    replies = _list_replies(workspace, thread.lead)
    if replies:
        workspace.thread_marks.put(replace(thread.mark, last_read_id=replies[-1].event_id))


def toggle_star(workspace: Workspace, thread: Thread) -> bool:
    """Star a thread, or remove the star; returns whether it has a star now."""
    return workspace.thread_marks.put(replace(thread.mark, is_starred=not thread.mark.is_starred)).is_starred


def find_subject(workspace: Workspace, thread: Thread) -> str:
    """Return the first subject in a thread that is not empty."""
    subjects = (_find_subject(workspace, message.record) for message in thread.messages)
    return next(filter(None, subjects), "")


def describe_thread(workspace: Workspace, thread: Thread) -> dict[str, Any]:
    """Return a thread under the names of the API.

    Sender and recipient are those of its first mail. A thread is archived when its sender account is
    deleted; nobody can answer in it then.
    """
    first, last = (describe_message(workspace, thread, thread.messages[place]) for place in (0, -1))
    account = workspace.sender_accounts.find(thread.inbox_id)
    archived = workspace.archived_sender_accounts.find(thread.inbox_id)
    return {
        "thread_id": thread.thread_id,
        "lead_id": thread.lead.lead_id,
        "lead_email": thread.lead.email,
        "lead_name": thread.lead_name,
        "campaign_id": thread.lead.campaign_id,
        "campaign_name": thread.campaign.settings["name"] if thread.campaign else EXTERNAL_NAME,
        "from_address": first["from_email"],
        "to_address": first["to_email"],
        "subject": find_subject(workspace, thread),
        "created_at": first["created_at"],
        "last_message_at": last["created_at"],
        "last_message_preview": last["body_text"][:_PREVIEW_CHARACTERS],
        "is_read": thread.is_read,
        "is_starred": thread.mark.is_starred,
        "reply_count": sum(not message.is_outgoing for message in thread.messages),
        "inbox_id": account.inbox_id if account else None,
        "inbox_email": account.email_address if account else None,
        "category": thread.effective_category,
        "ai_category": thread.category,
        "ai_confidence": thread.confidence,
        "manual_category": thread.mark.manual_category,
        "tags": thread.lead.tags,
        "is_archived": account is None,
        "archived_domain_name": archived.domain_name if archived else None,
        "archived_inbox_email": archived.email_address if archived else None,
        "archived_at": archived.archived_at if archived else None,
    }


def describe_message(workspace: Workspace, thread: Thread, message: Message) -> dict[str, Any]:
    """Return a mail under the names of the API; a mail of the campaign is rendered anew."""
    record, ours = message.record, find_address(workspace, message.record.inbox_id)
    theirs = record.recipient_email if isinstance(record, DirectMail) else thread.lead.email
    return {
        "from_email": ours if message.is_outgoing else theirs,
        "to_email": theirs if message.is_outgoing else ours,
        "is_outgoing": message.is_outgoing,
        "is_read": message.is_read,
        "created_at": record.at,
        "subject": _find_subject(workspace, record),
        "message_id": None,
        "body_html": None,
        "attachments": [],
        **_describe_content(workspace, record),
    }


def _describe_content(workspace: Workspace, record: Event | DirectMail) -> dict[str, Any]:
    if isinstance(record, DirectMail):
        return {
            "reply_id": record.mail_id,
            "body_text": record.body_text or compose_mail(workspace, record).body.text,
            "body_html": record.body_html,
            "message_id": name_message(record, find_address(workspace, record.inbox_id)),
            "attachments": describe_attachments(record.mail_id, record.attachments),
        }
    if record.kind == "replied":
        return {"reply_id": record.event_id, "body_text": record.details.get("body", "")}
    if record.campaign_id is None:
        return {"reply_id": record.email_id, "body_text": ""}
    mail = compose_mail(workspace, record)
    return {
        "reply_id": mail.email_id,
        "body_text": mail.body.text,
        "body_html": mail.body.html,
        "message_id": dict(mail.headers)["Message-ID"].strip("<>"),
    }


def _find_subject(workspace: Workspace, record: Event | DirectMail) -> str:
    subject = record.subject if isinstance(record, DirectMail) else record.details.get("subject", "")
    if subject or isinstance(record, DirectMail) or record.kind == "replied" or record.campaign_id is None:
        return str(subject)
    return compose_mail(workspace, record).subject


def _list_messages(workspace: Workspace, lead: Lead, mark: ThreadMark) -> list[Message]:
    """Return the mails of a thread by time, and mails of the same time in the order of recording."""
    events = workspace.events.where("lead", lead.lead_id)
    places = {event.event_id: place for place, event in enumerate(events)}
    last_read = places.get(mark.last_read_id or "", -1)
    found: list[tuple[float, Message]] = [
        (place, Message(event, is_read=event.kind == "sent" or place <= last_read))
        for place, event in enumerate(events)
        if event.kind in ("sent", "replied")
    ]
    for mail in workspace.direct_mails.where("lead", lead.lead_id):
        found.append((places.get(mail.in_reply_to or "", -1) + 0.5, Message(mail, is_read=True)))
    return [message for _, message in sorted(found, key=lambda item: (item[1].record.at, item[0]))]


def _list_replies(workspace: Workspace, lead: Lead) -> list[Event]:
    return [event for event in workspace.events.where("lead", lead.lead_id) if event.kind == "replied"]
