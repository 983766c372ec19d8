"""Runs a workspace from what was last done in it to its present, event by event.

What is kept between two moments follows from the records, so advancing by one big step or many small ones
does the same, and so does a workspace that was exported and imported.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Any

from ..branches import find_triggered
from ..records import Enrollment, Event, Lead
from ..workspace import Workspace
from .behaviour import find_rates, foresee
from .chains import BLOCKING, Traveller
from .draws import Chance
from .letters import describe_mail, write
from .meters import Meter
from .runs import Line, Run
from .schedule import to_seconds, to_utc

# What happens at the same moment, happens in this order.
_REACTION, _LOOK, _TURN, _END = range(4)


class Engine:
    """What is going to happen in one workspace. The caller holds the workspace's lock."""

    def __init__(self, workspace: Workspace, now: int) -> None:
        self._workspace = workspace
        self._chance = Chance(workspace)
        self._rates = find_rates(workspace)
        self._serial = count()
        self._agenda: list[tuple[Any, ...]] = []
        self._happened: Counter[str] = Counter()
        self._meters: dict[str, Meter] = {}
        self._runs: dict[str, Run] = {}
        self.sent: list[Event] = []
        """The mails of the last advance."""
        for event in workspace.coming_events:
            self._await(event)
        campaigns = [campaign for campaign in workspace.campaigns if campaign.status == "ACTIVE"]
        for inbox_id in dict.fromkeys(inbox_id for campaign in campaigns for inbox_id in campaign.inbox_ids):
            account = workspace.sender_accounts.find(inbox_id)
            if account and account.overall_status == "ACTIVE":
                self._meters[inbox_id] = Meter(workspace, account)
        for campaign in campaigns:
            run = self._runs[campaign.campaign_id] = Run(workspace, campaign, self._meters, now)
            if run.has_branches:
                for traveller in list(run.travellers.values()):
                    self._branch_off(run, traveller, now)
            self._look_later(run)
            for line in run.lines.values():
                self._schedule(run, line, now)
            self._end_if_done(run, now)

    @property
    def due(self) -> float:
        """When something is to happen next, in Unix seconds; infinite when nothing is."""
        return self._agenda[0][0] if self._agenda else inf
