"""All that one workspace remembers, and all workspaces of a server."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from threading import RLock
from typing import Any

from .clock import Clock
from .faults import FaultRule
from .records import (
    ArchivedInbox,
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
    Redirect,
    SenderAccount,
    Subsequence,
    Suppression,
    ThreadMark,
)
from .table import Table


def draw_id(random: Random) -> str:
    """Return a new id."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The records of a workspace at one moment, and what its next draws follow from."""

    user_id: str
    team_id: str
    records: dict[str, dict[str, Any]]
    """Table → id → record."""
    random: Random


def make_empty(random: Random) -> Snapshot:
    """Return a state without records."""
    return Snapshot(draw_id(random), draw_id(random), {}, random)


@dataclass(frozen=True, slots=True)
class Start:
    """A starting state, by name; `make` draws every id in it from the random numbers given."""

    name: str = "empty"
    make: Callable[[Random], Snapshot] = make_empty


OnSent = Callable[["Workspace", Event | DirectMail], None]


class Workspace:
    """One tenant: its records, its clock, its random numbers, its rate windows, its faults.

    Whoever reads several records or changes any holds `lock`. Equal names, random seeds and starting
    states draw equal ids. `job_seconds` is how long its background jobs take, `budget` the credits it has
    to spend on mails to contacts.
    """

    def __init__(
        self, name: str, random_seed: str, start: Start = Start(), job_seconds: int = 0, budget: int = 0
    ) -> None:
        self.name = name
        self.job_seconds = job_seconds
        self.budget = budget
        self.on_sent: OnSent | None = None
        """Told of each mail as it is sent, with the lock held."""
        self.start = start
        """What `reset` returns to."""
        self.lock = RLock()
        self.clock = Clock()
        self.user_id = self.team_id = ""
        self.campaigns: Table[Campaign] = Table(Campaign, "campaign_id", missing="campaign_not_found")
        self.leads: Table[Lead] = Table(
            Lead,
            "lead_id",
            missing="lead_not_found",
            indexes={
                "campaign": lambda lead: lead.campaign_id,
                "address": lambda lead: (lead.campaign_id, lead.email.casefold()),
                "contact": lambda lead: lead.contact_id,
                "variant": lambda lead: (lead.campaign_id, lead.variant_name),
            },
        )
        self.lead_batches: Table[LeadBatch] = Table(
            LeadBatch,
            "batch_id",
            missing="server_error",
            indexes={"campaign": lambda batch: batch.campaign_id},
        )
        self.contacts: Table[Contact] = Table(
            Contact,
            "contact_id",
            missing="contact_not_found",
            indexes={"address": lambda contact: contact.email.casefold()},
        )
        self.contact_lists: Table[ContactList] = Table(
            ContactList,
            "list_id",
            missing="contact_list_not_found",
            indexes={"name": lambda contact_list: contact_list.name},
        )
        self.contact_tags: Table[ContactTag] = Table(
            ContactTag, "tag_id", missing="tag_not_found", indexes={"name": lambda tag: tag.name}
        )
        self.suppressions: Table[Suppression] = Table(
            Suppression,
            "suppression_id",
            missing="server_error",
            indexes={"email": lambda suppression: suppression.email.casefold()},
        )
        self.sender_accounts: Table[SenderAccount] = Table(
            SenderAccount,
            "inbox_id",
            missing="sender_account_not_found",
            indexes={
                "address": lambda account: account.email_address.casefold(),
                "domain": lambda account: account.domain_id,
            },
        )
        self.domains: Table[Domain] = Table(
            Domain,
            "domain_id",
            missing="domain_not_found",
            indexes={"name": lambda domain: domain.domain_name},
        )
        self.redirects: Table[Redirect] = Table(
            Redirect,
            "redirect_id",
            missing="redirect_not_found",
            indexes={"domain": lambda redirect: redirect.domain_id},
        )
        self.events: Table[Event] = Table(
            Event,
            "event_id",
            missing="server_error",
            indexes={
                "lead": lambda event: event.lead_id,
                "kind": lambda event: event.kind,
                "day": lambda event: (event.inbox_id, event.kind, event.at.date()),
            },
        )
        self.subsequences: Table[Subsequence] = Table(
            Subsequence,
            "subsequence_id",
            missing="subsequence_not_found",
            indexes={"campaign": lambda subsequence: subsequence.campaign_id},
        )
        self.enrollments: Table[Enrollment] = Table(
            Enrollment,
            "enrollment_id",
            missing="server_error",
            indexes={
                "lead": lambda enrollment: enrollment.lead_id,
                "subsequence": lambda enrollment: enrollment.subsequence_id,
            },
        )
        self.direct_mails: Table[DirectMail] = Table(
            DirectMail,
            "mail_id",
            missing="server_error",
            indexes={
                "day": lambda mail: (mail.inbox_id, mail.at.date()),
                "lead": lambda mail: mail.lead_id,
                "kind": lambda mail: mail.kind,
            },
        )
        self.archived_inboxes: Table[ArchivedInbox] = Table(ArchivedInbox, "inbox_id", missing="server_error")
        self.thread_marks: Table[ThreadMark] = Table(ThreadMark, "lead_id", missing="server_error")
        self.jobs: Table[Job] = Table(
            Job, "job_id", missing="job_not_found", indexes={"open": lambda job: job.completed_at is None}
        )
        self.rate_counts: dict[tuple[str, int], tuple[int, int]] = {}
        """(key, seconds of a window) → (which window, requests in it); see limits."""
        self.faults: list[FaultRule] = []
        self.fault_random = Random()
        self._random_seed = random_seed
        self.reset()

    @property
    def tables(self) -> dict[str, Table[Any]]:
        """The tables by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Table)}

    def draw_id(self) -> str:
        """Return a new id."""
        return draw_id(self.random)

    def draw_fault_id(self) -> str:
        """Return a new id for a rule; ids of records do not depend on how many rules there were."""
        return draw_id(self.fault_random)

    def announce(self, sent: Event | DirectMail) -> None:
        """Tell who wants to know, if anybody, that a mail was sent."""
        if self.on_sent:
            self.on_sent(self, sent)

    def now(self) -> datetime:
        """Return the time of this workspace, in UTC."""
        return self.clock.now()

    def make_random(self, purpose: str = "") -> Random:
        """Return random numbers that follow from the random seed, the name and a purpose."""
        return Random("\0".join(filter(None, (self._random_seed, self.name, purpose))))

    def reset(self) -> None:
        """Return to the starting state: its records and ids, the real time, no faults, full windows."""
        with self.lock:
            self.clock.reset()
            self.rate_counts.clear()
            self.faults.clear()
            self.fault_random = self.make_random("faults")
            self.restore(self.start.make(self.make_random()))

    def snapshot(self) -> Snapshot:
        """Return the present state; later changes do not touch it."""
        with self.lock:
            random = Random()
            random.setstate(self.random.getstate())
            records = {name: table.copy() for name, table in self.tables.items()}
            return Snapshot(self.user_id, self.team_id, records, random)

    def restore(self, snapshot: Snapshot) -> None:
        """Make a snapshot the present state; it can be restored any number of times."""
        with self.lock:
            self.user_id, self.team_id = snapshot.user_id, snapshot.team_id
            self.random = Random()
            self.random.setstate(snapshot.random.getstate())
            for name, table in self.tables.items():
                table.fill(snapshot.records.get(name, {}))


class Workspaces:
    """The workspaces of a server, each made on first use."""

    def __init__(
        self, random_seed: str, start: Start = Start(), job_seconds: int = 0, budget: int = 0
    ) -> None:
        self._random_seed = random_seed
        self._start = start
        self._job_seconds = job_seconds
        self._budget = budget
        self.on_sent: OnSent | None = None
        """That of the workspaces made from now on."""
        self._workspaces: dict[str, Workspace] = {}

    def __iter__(self) -> Iterator[Workspace]:
        return iter(list(self._workspaces.values()))

    def find(self, name: str) -> Workspace | None:
        """Return the workspace of this name if it was ever used."""
        return self._workspaces.get(name)

    def get(self, name: str) -> Workspace:
        """Return the workspace of this name."""
        workspace = self._workspaces.get(name)
        if workspace is None:
            # setdefault: of two threads that ask first at once, both get the same workspace
            made = Workspace(name, self._random_seed, self._start, self._job_seconds, self._budget)
            made.on_sent = self.on_sent
            workspace = self._workspaces.setdefault(name, made)
        return workspace

    def remove(self, name: str) -> None:
        """Forget a workspace; the next request of its name begins anew."""
        self._workspaces.pop(name, None)
