"""A workspace in the hands of a test: looked into, and prepared without a request."""

from typing import Any

from ..errors import RequestInvalidError
from ..mails.threads import turn_id
from ..model import incoming_events
from ..openapi.spec import Spec
from ..seeding.documents import StateFormat
from ..seeding.seeds import tell_violations
from ..state.records import Campaign, Lead, SenderAccount
from ..state.workspace import Workspace


class Workbench:
    """Prepares the state of one workspace.

    What is not said takes the defaults of openapi.yaml; the fields are those of a seed. What breaks a
    rule raises ValueError and changes nothing. Tables (`campaigns`, `leads`, `sender_accounts`,
    `events`) and everything else of the workspace can be looked at: `len(workbench.leads)`.
    """

    def __init__(self, workspace: Workspace, states: StateFormat) -> None:
        self._workspace = workspace
        self._states = states
        self._spec: Spec = states.spec

    def __getattr__(self, name: str) -> Any:
        return getattr(self._workspace, name)

    def add(self, table: str, **values: Any) -> Any:
        """Add a record of a table; returns it."""
        try:
            return self._states.add(self._workspace, {table: [values]})[0]
        except RequestInvalidError as error:
            raise ValueError(tell_violations(f"this record of {table} breaks a rule:", error)) from None

    def add_inbox(self, email_address: str = "", **values: Any) -> SenderAccount:
        """Add an ACTIVE inbox."""
        example = self._spec.operations["createSmtpSenderAccount"].body_examples["custom_smtp"]
        known = self._states.forms["sender_accounts"].schema["properties"]
        settings = {name: value for name, value in example.items() if name in known}
        number = len(self._workspace.sender_accounts) + 1
        address = email_address or f"inbox-{number}@outreach.example.com"
        account: SenderAccount = self.add(
            "sender_accounts", **{**settings, "email_address": address, **values}
        )
        return account

    def add_campaign(self, name: str = "Q1 Product Launch", **values: Any) -> Campaign:
        """Add a campaign, a DRAFT unless `status` says otherwise."""
        campaign: Campaign = self.add("campaigns", name=name, **values)
        return campaign

    def add_lead(self, campaign: Campaign | str, email: str = "", **values: Any) -> Lead:
        """Add a lead to a campaign."""
        campaign_id = _id_of(campaign)
        number = self._workspace.leads.count("campaign", campaign_id) + 1
        address = email or f"lead-{number}@example.com"
        lead: Lead = self.add("leads", campaign_id=campaign_id, email=address, **values)
        return lead

    def add_ready_campaign(self, name: str = "Q1 Product Launch", **values: Any) -> Campaign:
        """Add a draft that a launch lacks nothing of: an inbox, a variant and a lead."""
        example = self._spec.operations["updateCampaign"].body_examples["two_variants"]
        parts = {"inbox_ids": [self.add_inbox().inbox_id], "variants": example["variants"]}
        campaign = self.add_campaign(name, **{**parts, **values})
        self.add_lead(campaign)
        return campaign

    def receive_reply(self, lead: Lead | str, text: str = "Tell me more.", **details: Any) -> Lead:
        """Let a lead reply.

        `details` are `subject`, `is_auto_reply`, `is_unsubscribe`, `category`, `confidence`.
        """
        return incoming_events.receive_reply(self._workspace, _id_of(lead), text, **details)

    def receive_mail(
        self, inbox: SenderAccount | str, from_email: str, text: str = "What does it cost?", **details: Any
    ) -> Lead:
        """Let anybody write to an inbox, in no campaign's thread; returns the EXTERNAL lead.

        `details` are those of a reply, and `from_name`.
        """
        return incoming_events.receive_mail(self._workspace, _id_of(inbox), from_email, text, **details)

    def find_thread_id(self, lead: Lead | str) -> str:
        """Return the id of a lead's thread."""
        return turn_id(_id_of(lead))

    def record_event(self, lead: Lead | str, kind: str) -> Lead:
        """Let a mail be `sent`, `opened`, `clicked`, `bounced` or `unsubscribed`, or a send have `failed`."""
        return incoming_events.record_lead_event(self._workspace, _id_of(lead), kind)

    def tag_lead(self, lead: Lead | str, *tags: str) -> Lead:
        """Replace the tags of a lead."""
        return incoming_events.tag_lead(self._workspace, _id_of(lead), tags)

    def set_status(self, record: Campaign | SenderAccount, status: str) -> Any:
        """Set the status of a campaign or an inbox; raises ValueError for one that openapi.yaml lacks."""
        is_campaign = isinstance(record, Campaign)
        schema = "CampaignStatus" if is_campaign else "SenderAccountStatus"
        known = self._spec.find_schema(schema)["enum"]
        if status not in known:
            raise ValueError(f"{status} is none of {', '.join(known)}")
        change = incoming_events.set_campaign_status if is_campaign else incoming_events.set_account_status
        return change(self._workspace, _id_of(record), status)


def _id_of(record: Any) -> str:
    if isinstance(record, str):
        return record
    key = {Campaign: "campaign_id", Lead: "lead_id", SenderAccount: "inbox_id"}[type(record)]
    return str(getattr(record, key))
