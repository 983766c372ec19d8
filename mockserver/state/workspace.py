"""All that one workspace remembers, and all workspaces of a server."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from threading import RLock
from typing import Any

from .clock import Clock
from .fault_rules import FaultRule
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
    Rate,
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
    at: datetime | None = None
    """The moment from which its clock runs; None: it shows the real time."""


OnSent = Callable[["Workspace", Event | DirectMail], None]
Worker = Callable[["Workspace", Job, dict[str, Any], datetime], dict[str, Any]]
"""Does a row of a background job at its moment; returns what came of it, with a `status`; raises nothing."""
Workers = dict[str, Worker]
"""Kind of job → who does its rows."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How workspaces behave, all of a server alike."""

    job_seconds: int = 0
    """How long background jobs take."""
    budget: int = 0
    """Credits to spend on mails to contacts."""
    speed: float = 1
    """Seconds that pass in each real second."""
    rates: Mapping[str, float] = field(default_factory=dict)
    """How often people do something (see `records.RATES`), where that is not the default."""


class Workspace:
    """One tenant: its records, its clock, its random numbers, its rate windows, its faults.

    Whoever reads several records or changes any holds `lock`. Equal names, random seeds and starting
    states draw equal ids.
    """

    def __init__(
        self, name: str, random_seed: str, start: Start = Start(), habits: Habits | None = None
    ) -> None:
        self.name = name
        self.habits = habits or Habits()
        self.on_sent: OnSent | None = None
        """Told of each mail as it is sent, with the lock held."""
        self.workers: Workers = {}
        """Who does the rows of background jobs, by kind; see `jobs`."""
        self.start = start
        """What `reset` returns to."""
        self.lock = RLock()
        self.clock = Clock(self.habits.speed)
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
        self.coming_events: Table[Event] = Table(
            Event,
            "event_id",
            missing="server_error",
            indexes={
                "lead": lambda event: event.lead_id,
                "campaign": lambda event: event.campaign_id,
                "mail": lambda event: event.email_id,
            },
        )
        """What people are going to do with mails they have got, unless something else comes first."""
        self.rates: Table[Rate] = Table(Rate, "name", missing="server_error")
        """What differs from `default_rates`."""
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
        self.settled_at = self.now()
        """When the present records were put in place of others, or the first ones."""
        self.engine: Any = None
        """What sending keeps between two moments; it follows from the records, and is made when lacking."""
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
        """Return to the starting state: its records and ids, its time, no faults, full windows."""
        with self.lock:
            self.clock.reset()
            if self.start.at:
                self.clock.set(self.start.at)
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
            self.settled_at = self.now()
            self.engine = None

    def fork(self) -> "Workspace":
        """Return a workspace that is as this one is now, its clock stopped; what it does touches nothing."""
        with self.lock:
            twin = Workspace(self.name, self._random_seed, habits=self.habits)
            twin.clock.freeze(self.now())
            twin.restore(self.snapshot())
            twin.settled_at = self.settled_at
        return twin


class Workspaces:
    """The workspaces of a server, each made on first use."""

    def __init__(self, random_seed: str, start: Start = Start(), habits: Habits | None = None) -> None:
        self._random_seed = random_seed
        self._start = start
        self._habits = habits
        self.on_sent: OnSent | None = None
        """That of the workspaces made from now on."""
        self.workers: Workers = {}
        """Those of all workspaces."""
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
            made = Workspace(name, self._random_seed, self._start, self._habits)
            made.on_sent, made.workers = self.on_sent, self.workers
            workspace = self._workspaces.setdefault(name, made)
        return workspace

    def remove(self, name: str) -> None:
        """Forget a workspace; the next request of its name begins anew."""
        self._workspaces.pop(name, None)
