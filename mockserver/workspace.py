"""All that one workspace remembers, and all workspaces of a server."""

import uuid
from datetime import datetime
from random import Random
from threading import RLock

from .clock import Clock
from .records import Campaign, DirectMail, Domain, Event, Job, Lead, SenderAccount
from .table import Table


class Workspace:
    """One tenant: its records, its clock, its random numbers, its rate windows.

    Whoever reads several records or changes any holds `lock`. Equal names and seeds draw equal ids.
    `job_seconds` is how long its background jobs take.
    """

    def __init__(self, name: str, seed: str, job_seconds: float = 0) -> None:
        self.name = name
        self.job_seconds = job_seconds
        self.lock = RLock()
        self.clock = Clock()
        self.random = Random(f"{seed}\0{name}")
        self.user_id = self.draw_id()
        self.team_id = self.draw_id()
        self.campaigns: Table[Campaign] = Table("campaign_id", missing="campaign_not_found")
        self.leads: Table[Lead] = Table(
            "lead_id",
            missing="lead_not_found",
            indexes={
                "campaign": lambda lead: lead.campaign_id,
                "address": lambda lead: (lead.campaign_id, lead.email.casefold()),
            },
        )
        self.sender_accounts: Table[SenderAccount] = Table(
            "inbox_id",
            missing="sender_account_not_found",
            indexes={
                "address": lambda account: account.email_address.casefold(),
                "domain": lambda account: account.domain_id,
            },
        )
        self.domains: Table[Domain] = Table(
            "domain_id", missing="domain_not_found", indexes={"name": lambda domain: domain.domain_name}
        )
        self.events: Table[Event] = Table(
            "event_id",
            missing="server_error",
            indexes={
                "lead": lambda event: event.lead_id,
                "day": lambda event: (event.inbox_id, event.kind, event.at.date()),
            },
        )
        self.direct_mails: Table[DirectMail] = Table(
            "mail_id",
            missing="server_error",
            indexes={"day": lambda mail: (mail.inbox_id, mail.at.date())},
        )
        self.jobs: Table[Job] = Table(
            "job_id", missing="job_not_found", indexes={"open": lambda job: job.completed_at is None}
        )
        self.rate_counts: dict[tuple[str, int], tuple[int, int]] = {}
        """(key, seconds of a window) → (which window, requests in it); see limits."""

    def draw_id(self) -> str:
        """Return a new id."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def now(self) -> datetime:
        """Return the time of this workspace, in UTC."""
        return self.clock.now()


class Workspaces:
    """The workspaces of a server, each made on first use."""

    def __init__(self, seed: str, job_seconds: float = 0) -> None:
        self._seed = seed
        self._job_seconds = job_seconds
        self._workspaces: dict[str, Workspace] = {}

    def get(self, name: str) -> Workspace:
        """Return the workspace of this name."""
        workspace = self._workspaces.get(name)
        if workspace is None:
            # setdefault: of two threads that ask first at once, both get the same workspace
            workspace = self._workspaces.setdefault(name, Workspace(name, self._seed, self._job_seconds))
        return workspace
