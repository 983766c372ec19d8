"""What a workspace remembers. A record never changes: an update puts a new one in its place."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SenderAccount:
    """An inbox to send from. Passwords are not kept."""

    inbox_id: str
    email_address: str
    created_at: datetime
    settings: dict[str, Any]
    """What the request said, defaults filled in."""
    overall_status: str = "ACTIVE"
    health_score: int = 100
    domain_id: str | None = None
    """The domain of a native account."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain to make inboxes on."""

    domain_id: str
    domain_name: str
    created_at: datetime
    updated_at: datetime
    max_inboxes: int
    status: str = "DNS_PENDING"
    redirect: dict[str, Any] | None = None
    """`redirect_id`, `created_at`, `changed_at` and what the request said."""


@dataclass(frozen=True, slots=True)
class DirectMail:
    """A mail that an inbox sent outside of any campaign."""

    mail_id: str
    inbox_id: str
    recipient_email: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lead:
    """One campaign's membership of a person."""

    lead_id: str
    campaign_id: str
    email: str
    created_at: datetime
    details: dict[str, Any]
    """Names, company and custom fields."""
    status: str = "PENDING"
    """The status before anything happened; then the events decide (see `events.trace_lead`)."""
    batch_id: str | None = None
    variant_name: str | None = None
    """The version of the first mail that the lead is to get; drawn at launch."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a lead, as a mail sent, opened or answered."""

    event_id: str
    kind: str
    """One of `events.KINDS`."""
    at: datetime
    lead_id: str
    campaign_id: str
    email_id: str
    """The mail it happened to; shared by all events of that mail."""
    inbox_id: str | None
    details: dict[str, Any]
    """sent: `sequence_step`, `subject`; replied: `subject`, `body`, `is_auto_reply`, `is_unsubscribe`."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that goes on after its request was answered; see jobs."""

    job_id: str
    kind: str
    """Names the worker that does the rows."""
    started_at: datetime
    seconds: float
    """How long it takes."""
    stages: tuple[str, ...]
    """Its statuses before COMPLETED, each as long as the others; rows are worked off in the last."""
    facts: dict[str, Any]
    """What the rows have in common."""
    rows: tuple[dict[str, Any], ...]
    """Still to do."""
    results: tuple[dict[str, Any], ...] = ()
    """One per row that is done."""
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign and everything it is to send."""

    campaign_id: str
    created_at: datetime
    updated_at: datetime
    settings: dict[str, Any]
    """What create and update requests set, by their names in openapi.yaml."""
    status: str = "DRAFT"
    current_step: int = 0
    launched_at: datetime | None = None
    lead_mapping: dict[str, str] = field(default_factory=dict)
    inbox_ids: tuple[str, ...] = ()
    variants: tuple[dict[str, Any], ...] = ()
    sequences: tuple[dict[str, Any], ...] = ()
