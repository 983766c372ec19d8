"""Campaigns that send without a request: what the tests of sending start from."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mockserver.model.launching import launch
from mockserver.seeding.documents import StateFormat
from mockserver.sending import advance_sending
from mockserver.state.records import Campaign, Event, Lead
from mockserver.state.workspace import Workspace
from mockserver.testing.workspace import FixtureWorkspace

from .api import NAME, SPEC, Api, follow_up, variant

STATES = StateFormat(SPEC)
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
LIVELY = {
    "bounced": 0.1, "opened": 0.6, "clicked": 0.5, "by_bot": 0.2, "replied": 0.2, "interested": 0.4,
    "out_of_office": 0.2, "unsubscribed": 0.1,
}  # fmt: skip
QUIET: dict[str, float] = {}
UTC_DAYS: dict[str, Any] = {"timezone": "UTC", "sending_days": [1, 2, 3, 4, 5, 6, 7]}
ANYTIME = {**UTC_DAYS, "sending_window_start": 0, "sending_window_end": 24}


@dataclass
class Simulation:
    """A workspace whose clock stands still unless it is moved."""

    workspace: Workspace

    @property
    def bench(self) -> FixtureWorkspace:
        return FixtureWorkspace(self.workspace, STATES)

    def account(self, **values: Any) -> str:
        return str(self.bench.add_sender_account(**values).inbox_id)

    def campaign(
        self, emails: Iterable[str], *, accounts: Iterable[str] = (), launched: bool = True, **values: Any
    ) -> Campaign:
        """Add a campaign with leads, a sender account of its own unless some are given, and launch it."""
        inbox_ids = list(accounts) or [self.account()]
        parts = {"variants": [variant()], "inbox_ids": inbox_ids, **UTC_DAYS, **values}
        row = {"name": NAME, **parts, "leads": [{"email": email} for email in emails]}
        campaign: Campaign = STATES.add(self.workspace, {"campaigns": [row]})[0]
        return self.launch(campaign) if launched else campaign

    def launch(self, campaign: Campaign) -> Campaign:
        launched = launch(self.workspace, replace(campaign, updated_at=self.workspace.now()))
        advance_sending(self.workspace)
        return launched

    def advance(self, **by: float) -> Counter[str]:
        """Move the clock, and let happen what is due."""
        advance_sending(self.workspace)
        self.workspace.clock.advance(timedelta(**by))
        return advance_sending(self.workspace)

    def change(self, campaign: Campaign, **changes: Any) -> Campaign:
        """Store a changed campaign, as a request would."""
        stored = self.workspace.campaigns.get(campaign.campaign_id)
        changed = replace(stored, updated_at=self.workspace.now(), **changes)
        self.workspace.campaigns.put(changed)
        advance_sending(self.workspace)
        return changed

    def status(self, campaign: Campaign) -> str:
        return self.workspace.campaigns.get(campaign.campaign_id).status

    def leads(self, campaign: Campaign) -> list[Lead]:
        return self.workspace.leads.where("campaign", campaign.campaign_id)

    def events(self, *kinds: str) -> list[Event]:
        """Return what happened, in its order."""
        return [event for event in self.workspace.events if not kinds or event.kind in kinds]

    def sent(self, campaign: Campaign | None = None) -> list[str]:
        """Return the mails in a form that is easy to read: `05 09:01:00 ada 1`."""
        return [
            f"{event.at:%d %H:%M:%S} {self.name(event)} {event.details['sequence_step']}"
            for event in self.events("sent")
            if campaign is None or event.campaign_id == campaign.campaign_id
        ]

    def name(self, event: Event) -> str:
        return self.workspace.leads.get(event.lead_id).email.partition("@")[0]


def simulate(
    at: datetime = MONDAY,
    rates: dict[str, float] = QUIET,
    name: str = "",
    workspace: Workspace | None = None,
) -> Simulation:
    """Return an empty workspace at a time; no lead reacts unless `rates` or its magic address makes it."""
    # Named after the test, so that the draws are the same whichever tests ran before it.
    workspace = workspace or Workspace(name or os.environ["PYTEST_CURRENT_TEST"], "0")
    workspace.options = replace(workspace.options, reaction_rates=rates)
    workspace.clock.freeze(at)
    workspace.settled_at = at
    return Simulation(workspace)


def emails(*names: str) -> list[str]:
    return [f"{name}@example.com" for name in names]


__all__ = ["LIVELY", "MONDAY", "STATES", "Simulation", "emails", "follow_up", "simulate", "variant"]


def ready(api: Api, *emails: str, **changes: Any) -> str:
    """Make a campaign that only lacks its launch, and sends at any time of any day; returns its id."""
    campaign_id = api.campaign(**ANYTIME)
    for email in emails or ("silent@example.com",):
        api.lead(campaign_id, email)
    inbox_id = api.account(f"sender-of-{campaign_id}@outreach.example.com")
    api.update(campaign_id, inbox_ids=[inbox_id], **{"variants": [variant()], **changes})
    return campaign_id
