"""Mails that no campaign sends: to a contact, for a credit, and replies in a thread."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ApiError
from ..state.records import DirectMail, Lead, SenderAccount
from ..state.workspace import Workspace
from .attachments import Attachment

# What the id of a message begins with, by the kind of the mail.
_PREFIXES = {"contact": "direct", "reply": "reply"}


def send_mail(
    workspace: Workspace,
    account: SenderAccount,
    lead: Lead,
    kind: str,
    content: Mapping[str, Any],
) -> DirectMail:
    """Record a mail in the thread of a lead; it counts for the usage of the sender account.

    `content` holds `subject`, `body_text`, `body_html`, and perhaps `cc`, `bcc`, `attachments`.
    """
    happened = workspace.events.where("lead", lead.lead_id)
    lists: dict[str, Sequence[str | Attachment]] = {
        name: tuple(content.get(name) or ()) for name in ("cc", "bcc", "attachments")
    }
    return record_mail(
        workspace,
        DirectMail(
            mail_id=workspace.draw_id(),
            inbox_id=account.inbox_id,
            recipient_email=lead.email,
            at=workspace.now(),
            kind=kind,
            lead_id=lead.lead_id,
            in_reply_to=happened[-1].event_id if happened else None,
            subject=content["subject"],
            body_text=content["body_text"],
            body_html=content["body_html"],
            **lists,  # type: ignore[arg-type]
        ),
    )


def record_mail(workspace: Workspace, mail: DirectMail) -> DirectMail:
    """Record a mail as sent by hand; returns it."""
    workspace.direct_mails.put(mail)
    workspace.announce(mail)
    return mail


def name_message(mail: DirectMail, address: str) -> str:
    """Return the id of a mail as its recipient sees it, `address` being that of the sender account."""
    return f"{_PREFIXES[mail.kind]}_{mail.mail_id[:8]}@{address.rpartition('@')[2]}"


def count_credits(workspace: Workspace, cost: int) -> int:
    """Return the credits that are left, `cost` being that of a mail to a contact; none is stored."""
    return max(0, workspace.options.credits - cost * workspace.direct_mails.count("kind", "contact"))


def check_credits(workspace: Workspace, cost: int) -> None:
    """Raise ApiError `credits_insufficient` when too few are left for a mail."""
    available = count_credits(workspace, cost)
    if available < cost:
        raise ApiError("credits_insufficient", required=cost, available=available)
