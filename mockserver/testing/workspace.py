"""The workspace of a test: its records, read and prepared without a request."""

from typing import TypeVar, Unpack

from ..control.behaviours import load_behaviours
from ..errors import RequestInvalidError
from ..mails import incoming_events
from ..mails.incoming_events import ReplyDetails
from ..mails.threads import flip_id
from ..model.content import reopen_campaign
from ..openapi.spec import Spec
from ..seeding.documents import StateFormat
from ..seeding.seeds import describe_violations
from ..sending.behaviour import set_behaviour
from ..state.records import (
    Campaign,
    Contact,
    ContactList,
    ContactTag,
    DirectMail,
    Domain,
    Event,
    Job,
    Lead,
    Redirect,
    SenderAccount,
    Subsequence,
    Suppression,
)
from ..state.table import Table
from ..state.workspace import Workspace
from .bodies import make_smtp_account

R = TypeVar("R")
WithStatus = TypeVar("WithStatus", Campaign, SenderAccount)


class FixtureWorkspace:
    """The records of one workspace, to read and to prepare.

    A table, for example `leads`, is read by `len(workspace.leads)`, by iteration, `find` and `get`.
    What adds a record takes the fields of a seed and the defaults of openapi.yaml; what breaks a rule
    raises ValueError and changes nothing.
    """

    def __init__(self, workspace: Workspace, states: StateFormat) -> None:
        self._workspace = workspace
        self._states = states
        self._spec: Spec = states.spec

    @property
    def campaigns(self) -> Table[Campaign]:
        """The campaigns, oldest first."""
        return self._workspace.campaigns

    @property
    def leads(self) -> Table[Lead]:
        """The leads of all campaigns, oldest first."""
        return self._workspace.leads

    @property
    def contacts(self) -> Table[Contact]:
        """The contacts."""
        return self._workspace.contacts

    @property
    def contact_lists(self) -> Table[ContactList]:
        """The lists of contacts."""
        return self._workspace.contact_lists

    @property
    def contact_tags(self) -> Table[ContactTag]:
        """The tags of contacts."""
        return self._workspace.contact_tags

    @property
    def suppressions(self) -> Table[Suppression]:
        """The addresses that get no mail."""
        return self._workspace.suppressions

    @property
    def sender_accounts(self) -> Table[SenderAccount]:
        """The sender accounts."""
        return self._workspace.sender_accounts

    @property
    def domains(self) -> Table[Domain]:
        """The sending domains."""
        return self._workspace.domains

    @property
    def redirects(self) -> Table[Redirect]:
        """The redirects of domains."""
        return self._workspace.redirects

    @property
    def subsequences(self) -> Table[Subsequence]:
        """The subsequences of all campaigns."""
        return self._workspace.subsequences

    @property
    def events(self) -> Table[Event]:
        """What happened to leads, for example `sent` and `replied`."""
        return self._workspace.events

    @property
    def direct_mails(self) -> Table[DirectMail]:
        """The mails that no campaign sent."""
        return self._workspace.direct_mails

    @property
    def jobs(self) -> Table[Job]:
        """The background jobs."""
        return self._workspace.jobs

    def add(self, table: Table[R], **values: object) -> R:
        """Add a record to a table, for example `workspace.add(workspace.contacts, email="ada@x.org")`."""
        name = next(name for name, known in self._workspace.tables.items() if known is table)
        try:
            made: list[R] = self._states.add(self._workspace, {name: [values]})
        except RequestInvalidError as error:
            raise ValueError(describe_violations(f"this record of {name} breaks a rule:", error)) from None
        return made[0]

    def add_sender_account(self, email_address: str = "", **values: object) -> SenderAccount:
        """Add an ACTIVE sender account."""
        number = len(self._workspace.sender_accounts) + 1
        body = make_smtp_account(self._spec, email_address or f"sender-{number}@outreach.example.com")
        known = self._states.forms["sender_accounts"].schema["properties"]
        settings = {name: value for name, value in body.items() if name in known}
        return self.add(self.sender_accounts, **{**settings, **values})

    def add_campaign(self, name: str = "Q1 Product Launch", **values: object) -> Campaign:
        """Add a campaign, a DRAFT unless `status` says otherwise."""
        return self.add(self.campaigns, name=name, **values)

    def add_lead(self, campaign: Campaign | str, email: str = "", **values: object) -> Lead:
        """Add a lead to a campaign; one that is COMPLETED becomes ACTIVE again."""
        campaign_id = find_id(campaign)
        number = self._workspace.leads.count("campaign", campaign_id) + 1
        address = email or f"lead-{number}@example.com"
        lead = self.add(self.leads, campaign_id=campaign_id, email=address, **values)
        reopen_campaign(self._workspace, self.campaigns.get(campaign_id))
        return lead

    def add_ready_campaign(self, name: str = "Q1 Product Launch", **values: object) -> Campaign:
        """Add a draft that is ready to launch: it has a sender account, variants and a lead."""
        example = self._spec.operations["updateCampaign"].body_examples["two_variants"]
        parts = {"inbox_ids": [self.add_sender_account().inbox_id], "variants": example["variants"]}
        campaign = self.add_campaign(name, **{**parts, **values})
        self.add_lead(campaign)
        return campaign

    def receive_reply(
        self, lead: Lead | str, text: str = "Tell me more.", **details: Unpack[ReplyDetails]
    ) -> Lead:
        """Let a lead reply."""
        return incoming_events.receive_reply(self._workspace, find_id(lead), text, **details)

    def receive_mail(
        self,
        account: SenderAccount | str,
        from_email: str,
        text: str = "What does it cost?",
        from_name: str = "",
        **details: Unpack[ReplyDetails],
    ) -> Lead:
        """Let anybody write to a sender account, in no campaign's thread; returns the EXTERNAL lead."""
        return incoming_events.receive_mail(
            self._workspace, find_id(account), from_email, text, from_name, **details
        )

    def find_thread_id(self, lead: Lead | str) -> str:
        """Return the id of a lead's thread."""
        return flip_id(find_id(lead))

    def record_event(self, lead: Lead | str, kind: str, url: str | None = None) -> Lead:
        """Let a mail be `sent`, `opened`, `clicked`, `bounced` or `unsubscribed`, or a send have `failed`.

        A click is on the link `url`, or on the first link. Raises ApiError when the mail has no such link.
        """
        return incoming_events.record_lead_event(self._workspace, find_id(lead), kind, url)

    def tag_lead(self, lead: Lead | str, *tags: str) -> Lead:
        """Replace the tags of a lead."""
        return incoming_events.tag_lead(self._workspace, find_id(lead), tags)

    def set_behaviour(self, name: str) -> None:
        """Let leads behave as a profile says: one with a name, or a YAML file.

        Raises BehaviourError.
        """
        set_behaviour(self._workspace, load_behaviours().find(name))

    def set_status(self, record: WithStatus, status: str) -> WithStatus:
        """Set the status of a campaign or a sender account; returns the new record.

        Raises ValueError for a status that openapi.yaml lacks.
        """
        schema = "CampaignStatus" if isinstance(record, Campaign) else "SenderAccountStatus"
        known = self._spec.find_schema(schema)["enum"]
        if status not in known:
            raise ValueError(f"{status} is none of {', '.join(known)}")
        if isinstance(record, Campaign):
            return incoming_events.set_campaign_status(self._workspace, record.campaign_id, status)
        return incoming_events.set_account_status(self._workspace, record.inbox_id, status)


def find_id(record: Campaign | Lead | SenderAccount | str) -> str:
    """Return the id of a record, or the id that is given instead of one."""
    match record:
        case Campaign():
            return record.campaign_id
        case Lead():
            return record.lead_id
        case SenderAccount():
            return record.inbox_id
    return record
