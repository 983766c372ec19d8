"""What a workspace remembers, kind by kind, and by what it is looked up."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields
from threading import RLock
from typing import Any, TypeVar

from .records import (
    ArchivedSenderAccount,
    Campaign,
    Contact,
    ContactList,
    ContactTag,
    DirectMail,
    Domain,
    Enrollment,
    Event,
    Job,
    Lead,
    LeadBatch,
    ReactionDelay,
    ReactionRate,
    Redirect,
    SenderAccount,
    Subsequence,
    Suppression,
    ThreadMark,
)
from .table import Table
from .undo_log import UndoLog

R = TypeVar("R")


def _table(
    record: type[R], key: str, missing: str = "server_error", **indexes: Callable[[R], Hashable]
) -> Table[R]:
    """Return a field that holds a new table in each object."""
    return field(default_factory=lambda: Table(record, key, missing, indexes))


def fold_address(address: str) -> str:
    """Return an address without regard to letter case; the same object where it has no capitals.

    An index of a million addresses then takes no copy of each.
    """
    folded = address.casefold()
    return address if folded == address else folded


@dataclass(eq=False)
class Tables:
    """All tables of a workspace; a document of its state has them in this order."""

    campaigns: Table[Campaign] = _table(Campaign, "campaign_id", "campaign_not_found")
    leads: Table[Lead] = _table(
        Lead,
        "lead_id",
        "lead_not_found",
        campaign=lambda lead: lead.campaign_id,
        address=lambda lead: (lead.campaign_id, fold_address(lead.email)),
        contact=lambda lead: lead.contact_id,
        variant=lambda lead: (lead.campaign_id, lead.variant_name),
    )
    lead_batches: Table[LeadBatch] = _table(LeadBatch, "batch_id", campaign=lambda batch: batch.campaign_id)
    contacts: Table[Contact] = _table(
        Contact, "contact_id", "contact_not_found", address=lambda contact: fold_address(contact.email)
    )
    contact_lists: Table[ContactList] = _table(
        ContactList, "list_id", "contact_list_not_found", name=lambda contact_list: contact_list.name
    )
    contact_tags: Table[ContactTag] = _table(ContactTag, "tag_id", "tag_not_found", name=lambda tag: tag.name)
    suppressions: Table[Suppression] = _table(
        Suppression, "suppression_id", email=lambda suppression: fold_address(suppression.email)
    )
    sender_accounts: Table[SenderAccount] = _table(
        SenderAccount,
        "inbox_id",
        "sender_account_not_found",
        address=lambda account: fold_address(account.email_address),
        domain=lambda account: account.domain_id,
    )
    domains: Table[Domain] = _table(
        Domain, "domain_id", "domain_not_found", name=lambda domain: domain.domain_name
    )
    redirects: Table[Redirect] = _table(
        Redirect, "redirect_id", "redirect_not_found", domain=lambda redirect: redirect.domain_id
    )
    events: Table[Event] = _table(
        Event,
        "event_id",
        lead=lambda event: event.lead_id,
        kind=lambda event: event.kind,
        day=lambda event: (event.inbox_id, event.kind, event.at.date()),
        mail=lambda event: event.email_id,
    )
    subsequences: Table[Subsequence] = _table(
        Subsequence,
        "subsequence_id",
        "subsequence_not_found",
        campaign=lambda subsequence: subsequence.campaign_id,
    )
    enrollments: Table[Enrollment] = _table(
        Enrollment,
        "enrollment_id",
        lead=lambda enrollment: enrollment.lead_id,
        subsequence=lambda enrollment: enrollment.subsequence_id,
    )
    coming_events: Table[Event] = _table(
        Event,
        "event_id",
        lead=lambda event: event.lead_id,
        campaign=lambda event: event.campaign_id,
        mail=lambda event: event.email_id,
    )
    """What leads will do with mails they have got, unless something else comes first."""
    reaction_rates: Table[ReactionRate] = _table(ReactionRate, "name")
    """Those that differ from the server's."""
    reaction_delays: Table[ReactionDelay] = _table(ReactionDelay, "name")
    """Those that differ from the server's."""
    direct_mails: Table[DirectMail] = _table(
        DirectMail,
        "mail_id",
        day=lambda mail: (mail.inbox_id, mail.at.date()),
        lead=lambda mail: mail.lead_id,
        kind=lambda mail: mail.kind,
    )
    archived_sender_accounts: Table[ArchivedSenderAccount] = _table(ArchivedSenderAccount, "inbox_id")
    thread_marks: Table[ThreadMark] = _table(ThreadMark, "lead_id")
    jobs: Table[Job] = _table(Job, "job_id", "job_not_found", open=lambda job: job.completed_at is None)

    def __post_init__(self) -> None:
        self.undo_log = UndoLog()
        """What all tables note their changes in."""
        self.lock = RLock()
        """Held by a thread that reads several records or changes any."""
        self._tables = {item.name: getattr(self, item.name) for item in fields(Tables)}
        for table in self.tables.values():
            table.undo_log = self.undo_log
            table.lock = self.lock

    @property
    def tables(self) -> dict[str, Table[Any]]:
        """The tables by name; the caller does not change the dict."""
        return self._tables
