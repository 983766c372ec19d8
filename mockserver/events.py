"""What happened to the leads; every status, count and rate derives from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .records import Event, Lead
from .workspace import Workspace

# What a lead's status says, the later the stronger: an open after a reply changes nothing.
_STATUS_OF_KIND = {
    "sent": "SENT",
    "opened": "OPENED",
    "replied": "REPLIED",
    "bounced": "BOUNCED",
    "unsubscribed": "UNSUBSCRIBED",
}


@dataclass(frozen=True, slots=True)
class History:
    """What the events of one lead come to."""

    status: str
    sequence_step: int = 0
    """The last step sent; 0 before the first mail."""
    last_contacted_at: datetime | None = None
    opened_at: datetime | None = None
    replied_at: datetime | None = None
    bounced_at: datetime | None = None
    unsubscribed_at: datetime | None = None


def record_event(
    workspace: Workspace,
    lead: Lead,
    kind: str,
    *,
    at: datetime | None = None,
    event_id: str | None = None,
    email_id: str | None = None,
    inbox_id: str | None = None,
    details: dict[str, Any] | None = None,
) -> Event:
    """Record that something happened to a lead, now or `at` a moment in UTC; returns the event.

    A `sent` is a new mail. Anything else happens to the mail `email_id`, or to the last one sent to
    the lead; when none was, one is recorded as sent at the same moment, since nobody opens or answers
    what never went out. A lead of no campaign gets direct mails only, and may write unasked.

    The `details` of a reply are `subject`, `body`, `is_auto_reply`, `is_unsubscribe`, and perhaps
    `category` and `confidence` (0 to 1).
    """
    at = at or workspace.now()
    if kind == "sent":
        email_id = email_id or workspace.draw_id()
        inbox_id = inbox_id or _pick_inbox(workspace, lead)
        details = {"sequence_step": 1, "subject": "", **(details or {})}
    elif email_id is None and lead.campaign_id is None:
        direct = workspace.direct_mails.where("lead", lead.lead_id)
        email_id = direct[-1].mail_id if direct else workspace.draw_id()
        inbox_id = inbox_id or (direct[-1].inbox_id if direct else None)
    elif email_id is None:
        mails = [event for event in workspace.events.where("lead", lead.lead_id) if event.kind == "sent"]
        mail = mails[-1] if mails else record_event(workspace, lead, "sent", at=at, inbox_id=inbox_id)
        email_id, inbox_id = mail.email_id, inbox_id or mail.inbox_id
    event = Event(
        event_id=event_id or workspace.draw_id(),
        kind=kind,
        at=at,
        lead_id=lead.lead_id,
        campaign_id=lead.campaign_id,
        email_id=email_id or "",
        inbox_id=inbox_id,
        details=details or {},
    )
    workspace.events.put(event)
    if kind == "sent":
        workspace.announce(event)
    return event


def trace_lead(workspace: Workspace, lead: Lead) -> History:
    """Return what the events of a lead come to."""
    events = workspace.events.where("lead", lead.lead_id)
    direct = workspace.direct_mails.where("lead", lead.lead_id)
    if not events and not direct:
        return History(lead.status)
    first = {kind: _first(events, kind) for kind in _STATUS_OF_KIND}
    sent = [event for event in events if event.kind == "sent"]
    reached = [status for kind, status in _STATUS_OF_KIND.items() if first[kind]]
    return History(
        status=reached[-1] if reached and lead.campaign_id is not None else lead.status,
        sequence_step=max((event.details["sequence_step"] for event in sent), default=0),
        last_contacted_at=max((*(event.at for event in sent), *(mail.at for mail in direct)), default=None),
        opened_at=first["opened"],
        replied_at=first["replied"],
        bounced_at=first["bounced"],
        unsubscribed_at=first["unsubscribed"],
    )


def count_leads(histories: Iterable[History]) -> dict[str, int]:
    """Count leads by what happened to them, under the names of the campaign answers.

    A lead counts once, however many mails it got; one whose mail bounced was not sent to
    [docs:analytics/overview: sent and bounced sum to the leads].
    """
    histories = list(histories)
    return {
        "total_leads": len(histories),
        "sent_count": sum(h.last_contacted_at is not None and h.bounced_at is None for h in histories),
        "reply_count": sum(h.replied_at is not None for h in histories),
        "open_count": sum(h.opened_at is not None for h in histories),
        "bounce_count": sum(h.bounced_at is not None for h in histories),
        "unsubscribe_count": sum(h.unsubscribed_at is not None for h in histories),
    }


def remove_events(workspace: Workspace, lead: Lead) -> None:
    """Forget everything that happened to a lead."""
    for event in workspace.events.where("lead", lead.lead_id):
        workspace.events.remove(event.event_id)


def _first(events: list[Event], kind: str) -> datetime | None:
    return min((event.at for event in events if event.kind == kind), default=None)


def _pick_inbox(workspace: Workspace, lead: Lead) -> str | None:
    campaign = workspace.campaigns.find(lead.campaign_id)
    return campaign.inbox_ids[0] if campaign and campaign.inbox_ids else None
