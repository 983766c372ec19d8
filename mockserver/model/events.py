"""What happened to the leads; every status, count and rate derives from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ..state.records import Event, Lead
from ..state.workspace import Workspace

_PREVIEW_CHARACTERS = 200

# Kind of event → status of the lead. The last one that holds counts: an open after a reply changes nothing.
_STATUS_OF_KIND = {
    "sent": "SENT",
    "opened": "OPENED",
    "replied": "REPLIED",
    "bounced": "BOUNCED",
    "unsubscribed": "UNSUBSCRIBED",
}


@dataclass(frozen=True, slots=True)
class LeadHistory:
    """What the events of one lead come to."""

    status: str
    sequence_step: int = 0
    """The last step sent; 0 before the first mail."""
    last_contacted_at: datetime | None = None
    opened_at: datetime | None = None
    replied_at: datetime | None = None
    bounced_at: datetime | None = None
    unsubscribed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MailHistory:
    """One mail to a lead, and what happened to it."""

    events: dict[str, list[Event]]
    """Kind → events, as they were recorded."""

    @property
    def sent(self) -> Event:
        """How it went out."""
        return self.events["sent"][0]

    def find(self, kind: str) -> datetime | None:
        """Return when this happened to it first, or None."""
        return _first(self.events.get(kind, ()), kind)


class Happening(NamedTuple):
    """An event in outline (see `Table.outline`); a named tuple, because there are millions of them."""

    lead_id: str
    kind: str
    at: datetime
    inbox_id: str | None
    step: int = 0
    """Of a mail: as its detail `sequence_step`."""
    mail_key: str = ""
    """Of a mail: its node in a subsequence, or its step; no other mail of its lead has the same."""
    variant_name: str = ""


def outline_event(event: Event) -> Happening:
    """Return an event in outline."""
    if event.kind != "sent":
        return Happening(event.lead_id, event.kind, event.at, event.inbox_id)
    details = event.details
    step = details["sequence_step"]
    key = details.get("node_id") or str(step)
    name = details.get("variant_name", "")
    return Happening(event.lead_id, event.kind, event.at, event.inbox_id, step, key, name)


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
    """Record that something happened to a lead, now or `at` a time in UTC; returns the event.

    A `sent` is a new mail. Anything else happens to the mail `email_id`, or to the last one sent to
    the lead; when none was, one is recorded as sent at the same time, since nobody opens or answers
    what never went out. A lead of no campaign gets direct mails only, and may write unasked.

    `details` hold, all but the first two optional:

    - sent: `sequence_step` (1 is the first mail of the main chain, 0 any mail of a subsequence), `subject`,
      `variant_name`; of a mail of a subsequence `subsequence_id` and `node_id`;
    - clicked: `url` (the link of the template), `link_index` (from 0 on), `verified` (true when lacking;
      false: by a bot);
    - replied: `subject`, `body`, `is_auto_reply`, `is_unsubscribe`, `category`, `confidence` (0 to 1).
    """
    at = at or workspace.now()
    if kind == "sent":
        email_id = email_id or workspace.draw_id()
        inbox_id = inbox_id or _pick_account_id(workspace, lead)
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


def trace_lead(workspace: Workspace, lead: Lead) -> LeadHistory:
    """Return what the events of a lead come to."""
    events = workspace.events.where("lead", lead.lead_id)
    direct = workspace.direct_mails.where("lead", lead.lead_id)
    if not events and not direct:
        return LeadHistory(lead.status)
    first = {kind: _first(events, kind) for kind in _STATUS_OF_KIND}
    sent = [event for event in events if event.kind == "sent"]
    reached = [status for kind, status in _STATUS_OF_KIND.items() if first[kind]]
    return LeadHistory(
        status=reached[-1] if reached and lead.campaign_id is not None else lead.status,
        sequence_step=max(map(find_step, sent), default=0),
        last_contacted_at=max((*(event.at for event in sent), *(mail.at for mail in direct)), default=None),
        opened_at=first["opened"],
        replied_at=first["replied"],
        bounced_at=first["bounced"],
        unsubscribed_at=first["unsubscribed"],
    )


def find_step(sent: Event) -> int:
    """Return the step of the main chain that a mail is, 1 is the first; 0 for a mail of a subsequence."""
    return 0 if sent.details.get("subsequence_id") else int(sent.details["sequence_step"])


def list_mails(events: Iterable[Event]) -> list[MailHistory]:
    """Return the mails that events are about, in the order they went out."""
    mails: dict[tuple[str, str], MailHistory] = {}
    for event in events:
        mail = mails.setdefault((event.lead_id, event.email_id), MailHistory({}))
        mail.events.setdefault(event.kind, []).append(event)
    return list(mails.values())


def list_replies(workspace: Workspace, lead: Lead) -> list[dict[str, Any]]:
    """Return the replies of a lead as the answers describe them, oldest first."""
    return [
        {
            "reply_id": event.event_id,
            "subject": event.details.get("subject", ""),
            "received_at": event.at,
            "body_preview": event.details.get("body", "")[:_PREVIEW_CHARACTERS],
            "is_auto_reply": event.details.get("is_auto_reply", False),
            "is_unsubscribe": event.details.get("is_unsubscribe", False),
        }
        for event in workspace.events.where("lead", lead.lead_id)
        if event.kind == "replied"
    ]


def remove_events(workspace: Workspace, lead: Lead) -> None:
    """Remove everything that happened to a lead or is to come for it, and its enrollments."""
    for event in workspace.coming_events.where("lead", lead.lead_id):
        workspace.coming_events.remove(event.event_id)
    for event in workspace.events.where("lead", lead.lead_id):
        workspace.events.remove(event.event_id)
    for enrollment in workspace.enrollments.where("lead", lead.lead_id):
        workspace.enrollments.remove(enrollment.enrollment_id)


def _first(events: Iterable[Event], kind: str) -> datetime | None:
    return min((event.at for event in events if event.kind == kind), default=None)


def _pick_account_id(workspace: Workspace, lead: Lead) -> str | None:
    campaign = workspace.campaigns.find(lead.campaign_id)
    return campaign.inbox_ids[0] if campaign and campaign.inbox_ids else None
