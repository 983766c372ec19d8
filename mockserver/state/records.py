"""What a workspace remembers. A record never changes: an update puts a new one in its place.

The annotations say what openapi.yaml calls a field's content; seeds and imports are checked by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from .field_marks import Documented, Identifies, OneOf, Seconds, Share, Spread

MAIL_KINDS = ("test", "contact", "reply")
"""What a mail that a sender account sends outside of any campaign is for."""
EVENT_KINDS = ("sent", "opened", "clicked", "replied", "bounced", "unsubscribed")
LEAD_UPLOAD = "lead upload"
SMTP_ACCOUNTS, NATIVE_ACCOUNTS, DELETED_ACCOUNTS = "smtp_accounts", "native_accounts", "deleted_accounts"
DOMAIN_SETUP = "domain_setup"
JOB_KINDS = (LEAD_UPLOAD, SMTP_ACCOUNTS, NATIVE_ACCOUNTS, DELETED_ACCOUNTS, DOMAIN_SETUP)
ENROLLMENT_ORIGINS = ("manual", "trigger")
"""How a lead entered a subsequence: a request moved it, or the trigger fired."""
REACTION_RATES = (
    "bounced",
    "opened",
    "clicked",
    "by_bot",
    "replied",
    "interested",
    "out_of_office",
    "unsubscribed",
)
"""The reactions that happen more or less often; see `sending.reactions`."""

REACTION_DELAYS = ("bounced", "opened", "clicked", "replied", "out_of_office", "unsubscribed")
"""The reactions that come sooner or later; see `sending.reactions`."""

Id = Annotated[str, Identifies()]
Parts = tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class SenderAccount:
    """A mailbox that campaigns send from. Passwords are not kept."""

    inbox_id: Id
    email_address: Annotated[str, Documented("SmtpSenderAccountCreate.email_address")]
    created_at: datetime
    inbox_type: Annotated[str, Documented("InboxType")]
    settings: Annotated[dict[str, Any], Spread("SmtpSenderAccountCreate", "SenderAccountDetail")]
    """The values of the request, with defaults; a native account has no servers."""
    overall_status: Annotated[str, Documented("SenderAccountStatus")] = "ACTIVE"
    health_score: Annotated[int, Documented("SenderAccount.health_score")] = 100
    domain_id: Annotated[str, Identifies("domains")] | None = None
    """The domain of a native account."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain that sender accounts can be made on."""

    domain_id: Id
    domain_name: Annotated[str, Documented("DomainCreate.domain")]
    created_at: datetime
    updated_at: datetime
    max_inboxes: Annotated[int, Documented("DomainListItem.max_inboxes")]
    status: Annotated[str, Documented("DomainStatus")] = "DNS_PENDING"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a domain redirects to."""

    redirect_id: Id
    domain_id: Annotated[str, Identifies("domains")]
    created_at: datetime
    changed_at: datetime
    settings: Annotated[dict[str, Any], Spread("DomainRedirectSet")]
    """The values of the last request, with defaults."""


@dataclass(frozen=True, slots=True)
class ArchivedSenderAccount:
    """A sender account that was removed; its threads still name it."""

    inbox_id: Id
    email_address: Annotated[str, Documented("SmtpSenderAccountCreate.email_address")]
    archived_at: datetime
    domain_name: str | None = None
    """The domain of a native account."""


@dataclass(frozen=True, slots=True)
class DirectMail:
    """A mail that no campaign sent: a test, a mail to a contact, or a reply in a thread."""

    mail_id: Id
    inbox_id: Id
    recipient_email: Annotated[str, Documented("LeadCreate.email")]
    at: datetime
    kind: Annotated[str, OneOf(MAIL_KINDS)] = "test"
    lead_id: Annotated[str, Identifies("leads")] | None = None
    """The lead whose thread it stands in; None for a test, and when the lead is removed."""
    in_reply_to: Annotated[str, Identifies("events")] | None = None
    """The last event of the lead before it; the mail stands after that one."""
    subject: str = ""
    body_text: str | None = None
    body_html: str | None = None
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    attachments: Annotated[Parts, Documented("Attachments")] = ()


@dataclass(frozen=True, slots=True)
class ThreadMark:
    """What no event holds about the thread of a lead (see `mails.threads`)."""

    lead_id: Annotated[str, Identifies("leads")]
    last_read_id: Annotated[str, Identifies("events")] | None = None
    """The last reply that had come in when the thread was read; what came in later is unread."""
    is_starred: bool = False
    manual_category: str | None = None
    """The category that was set by hand; it replaces that of the reply."""


@dataclass(frozen=True, slots=True)
class Contact:
    """An address with its details, across all campaigns."""

    contact_id: Id
    email: Annotated[str, Documented("LeadCreate.email")]
    created_at: datetime
    updated_at: datetime
    details: Annotated[Mapping[str, Any], Spread("LeadCreate")]
    """Names, company and custom fields."""
    source_type: str = "MANUAL"
    """How the contact was added."""
    source_name: str | None = None
    """Where the contact comes from, for example the name of a file."""
    signal_override: Annotated[str, Documented("ContactSignal")] | None = None
    """The signal that was set by hand; None: it follows from events (see `contacts.trace_contact`)."""
    tag_ids: tuple[Annotated[str, Identifies("contact_tags")], ...] = ()


@dataclass(frozen=True, slots=True)
class ContactTag:
    """A label for contacts."""

    tag_id: Id
    name: str


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that gets no mails, for a reason that no event of a lead holds."""

    suppression_id: Id
    email: Annotated[str, Documented("LeadCreate.email")]
    reason: Annotated[str, Documented("SuppressionReason")] = "BLOCKLISTED"


@dataclass(frozen=True, slots=True)
class ContactList:
    """Contacts under a name: its members, or a filter that finds them."""

    list_id: Id
    name: Annotated[str, Documented("ContactListCreate.name")]
    list_type: Annotated[str, Documented("ContactListType")]
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    filter_definition: Annotated[dict[str, Any], Documented("ContactFilter")] | None = None
    """DYNAMIC: who is a member."""
    contact_ids: tuple[Annotated[str, Identifies("contacts")], ...] = ()
    """STATIC: the members."""


@dataclass(frozen=True, slots=True)
class LeadBatch:
    """One upload of leads into a campaign."""

    batch_id: Id
    campaign_id: Annotated[str, Identifies("campaigns")]
    file_name: str
    total_rows: Annotated[int, Documented("LeadBatch.total_rows")]
    """Rows in the file, good or bad."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Lead:
    """A contact in one campaign; or EXTERNAL: a contact that exchanges mails outside of any campaign."""

    lead_id: Id
    campaign_id: Annotated[str, Identifies("campaigns")] | None
    email: Annotated[str, Documented("LeadCreate.email")]
    created_at: datetime
    details: Annotated[Mapping[str, Any], Spread("LeadCreate")]
    """Names, company and custom fields."""
    status: Annotated[str, Documented("LeadStatus")] = "PENDING"
    """The status before anything happened; then the events decide (see `events.trace_lead`)."""
    batch_id: Id | None = None
    variant_name: str | None = None
    """The version of the first mail that the lead is to get; drawn at launch."""
    tags: tuple[str, ...] = ()
    contact_id: Annotated[str, Identifies("contacts")] = ""
    """The contact that the lead is; a document may leave it out."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a lead: a mail to it was sent, opened, answered and so on."""

    event_id: Id
    kind: Annotated[str, OneOf(EVENT_KINDS)]
    at: datetime
    lead_id: Annotated[str, Identifies("leads")]
    campaign_id: Annotated[str, Identifies("campaigns")] | None
    email_id: Id
    """The mail it happened to; shared by all events of that mail."""
    inbox_id: Id | None = None
    details: dict[str, Any] = field(default_factory=dict)
    """What else is known of it; see `events.record_event`."""


@dataclass(frozen=True, slots=True)
class ReactionRate:
    """How often leads react in one way, in this workspace."""

    name: Annotated[str, OneOf(REACTION_RATES)]
    value: Annotated[float, Share()]
    """The share of those who could."""


@dataclass(frozen=True, slots=True)
class ReactionDelay:
    """How soon leads react in one way, in this workspace."""

    name: Annotated[str, OneOf(REACTION_DELAYS)]
    least_seconds: Annotated[int, Seconds()]
    most_seconds: Annotated[int, Seconds()]


@dataclass(frozen=True, slots=True)
class Subsequence:
    """A trigger, and the mails for the leads that it takes off the main chain of a campaign.

    The ids of its nodes and edges follow from its own (see `model.subsequences`).
    """

    subsequence_id: Id
    """Also the id of the edge that leads into it."""
    campaign_id: Annotated[str, Identifies("campaigns")]
    created_at: datetime
    updated_at: datetime
    trigger_type: Annotated[str, Documented("BranchTrigger")]
    trigger_params: Annotated[dict[str, Any], Documented("SubsequenceCreate.trigger_params")]
    steps: Annotated[Parts, Documented("SubsequenceCreate.steps")]
    """Its mails in order: the values of the request, with defaults."""
    entry_from_node_id: Id | None = None
    """The node of the main chain that it hangs off; None: the first."""
    priority: Annotated[int, Documented("SubsequenceCreate.priority")] = 0
    """Of several that could fire, the lowest does."""
    label: str | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Enrollment:
    """A lead's entry into a subsequence. It stays when the subsequence is removed."""

    enrollment_id: Id
    lead_id: Annotated[str, Identifies("leads")]
    campaign_id: Annotated[str, Identifies("campaigns")]
    subsequence_id: Id
    """The subsequence may be removed."""
    enrolled_at: datetime
    origin: Annotated[str, OneOf(ENROLLMENT_ORIGINS)] = "manual"
    spent_ids: tuple[Id, ...] = ()
    """The other subsequences whose triggers fired by then: they do not take the lead later."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that goes on after its request was answered; see jobs."""

    job_id: Id
    kind: Annotated[str, OneOf(JOB_KINDS)]
    """Names the worker that does the rows."""
    started_at: datetime
    seconds: int
    """How long it takes."""
    stages: tuple[str, ...]
    """Its statuses before COMPLETED, each as long as the others; rows are worked off in the last."""
    facts: dict[str, Any]
    """What the rows have in common, as JSON values."""
    rows: tuple[dict[str, Any], ...]
    """Still to do, as JSON values."""
    results: tuple[dict[str, Any], ...] = ()
    """One per row that is done, as JSON values."""
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Campaign:
    """A campaign and everything it is to send."""

    campaign_id: Id
    created_at: datetime
    updated_at: datetime
    settings: Annotated[dict[str, Any], Spread("CampaignCreate")]
    """What create and update requests set, by their names in openapi.yaml."""
    status: Annotated[str, Documented("CampaignStatus")] = "DRAFT"
    current_step: Annotated[int, Documented("Campaign.current_step")] = 0
    launched_at: datetime | None = None
    lead_mapping: Annotated[dict[str, str], Documented("Campaign.lead_mapping")] = field(default_factory=dict)
    inbox_ids: tuple[Annotated[str, Identifies("sender_accounts")], ...] = ()
    variants: Annotated[Parts, Documented("Campaign.variants", "CampaignUpdate.variants")] = ()
    sequences: Annotated[Parts, Documented("Campaign.sequences", "CampaignUpdate.sequences")] = ()
