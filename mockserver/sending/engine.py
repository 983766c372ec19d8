"""Runs a workspace from what was last done in it to its present, event by event.

What is kept between two moments follows from the records, so advancing by one big step or many small ones
does the same, and so does a workspace that was exported and imported.
"""

from collections import Counter
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Any

from ..model.subsequences import find_triggered
from ..state.records import Enrollment, Event, Lead
from ..state.workspace import Workspace
from .chains import BLOCKING, Traveller, find_blocked
from .daily_counts import Meter
from .draws import Chance
from .reactions import find_rates, foresee
from .runs import Line, Run
from .schedule import LAST, to_utc
from .sent_details import look_at, write_details

# What happens at the same moment, happens in this order.
_REACTION, _LOOK, _TURN, _END = range(4)

_ONCE = ("replied", "bounced", "unsubscribed")
"""What people do once at most, however many mails they get."""

_SEED_SCALE = 2**32


class Engine:
    """What is going to happen in one workspace, from a moment on. The caller holds the workspace's lock."""

    def __init__(self, workspace: Workspace, now: int, changes: tuple[set[str], ...] = ()) -> None:
        self.runs: dict[str, Run] = {}
        """The ACTIVE campaigns."""
        self.happened: Counter[str] = Counter()
        """How often what has happened: kinds of events, `enrolled`, `completed`."""
        self.changes = changes
        """What others change, by table; see `changes.list_changes`."""
        self.rates = find_rates(workspace)
        self._workspace = workspace
        self._chance = Chance(workspace)
        self._serial = count()
        self.agenda: list[tuple[int, int, Any, int, Any, Any]] = []
        """Heap: when, which kind, what decides between equals, a number, and what it is about."""
        for event in workspace.coming_events:
            self._await(event)
        campaigns = [campaign for campaign in workspace.campaigns if campaign.status == "ACTIVE"]
        self.meters = _make_meters(workspace, {inbox for c in campaigns for inbox in c.inbox_ids})
        self.blocked = find_blocked(workspace)
        for campaign in campaigns:
            self.runs[campaign.campaign_id] = Run(workspace, campaign, self.meters, self.blocked, now)
        for run in self.runs.values():
            for traveller in list(run.travellers.values()):
                self._decide(run, traveller, now)
            for line in run.lines.values():
                self.schedule(run, line, now)
            self._end_if_done(run, now)

    @property
    def due(self) -> float:
        """When something may happen next, in Unix seconds; infinite when nothing will."""
        return self.agenda[0][0] if self.agenda else inf

    def run_until(self, now: float) -> None:
        """Let everything happen that is due by a moment, in Unix seconds."""
        agenda = self.agenda
        while agenda and agenda[0][0] <= now:
            self.step()

    def step(self) -> int:
        """Let the next thing happen; returns when it did."""
        at, kind, _, _, run, about = heappop(self.agenda)
        if kind == _TURN:
            self._take_turn(run, about, at)
        elif kind == _REACTION:
            self._react(about, at)
        elif kind == _LOOK:
            self._look(run, about, at)
        else:
            self._end(run, at)
        return at

    def follow_up(self, run: Run, traveller: Traveller, now: int) -> None:
        """See to it that a lead gets what it is to get next, after something happened to it."""
        self._decide(run, traveller, now)
        if traveller.next and traveller.next.certain:
            for line in run.find_lines(traveller):
                self.schedule(run, line, now)

    def schedule(self, run: Run, line: Line, now: int) -> None:
        """Set when a line takes its next turn."""
        turn = run.find_turn(line, now)
        if turn == line.at:
            return
        line.at = turn
        if turn is not None:
            # Of two lines that are free, the one that rested longer.
            self._push(turn, _TURN, (line.last, run.campaign.campaign_id, line.place), run, line)

    def block_others(self, lead: Lead, now: int) -> None:
        """Write to somebody no more in any other campaign."""
        self.blocked.add(lead.contact_id)
        for other in self._workspace.leads.where("contact", lead.contact_id):
            run = self.runs.get(other.campaign_id or "")
            traveller = run.travellers.get(other.lead_id) if run else None
            if run and traveller and not traveller.blocked:
                traveller.blocked = True
                run.plan(traveller, now)
                self.follow_up(run, traveller, now)

    def _push(self, at: int, kind: int, tie: Any, run: Run | None, about: Any) -> None:
        heappush(self.agenda, (at, kind, tie, next(self._serial), run, about))

    def _await(self, event: Event) -> None:
        self._push(int(event.at.timestamp()), _REACTION, event.event_id, None, event)

    def _react(self, event: Event, at: int) -> None:
        workspace = self._workspace
        if workspace.coming_events.find(event.event_id) is None:
            return
        workspace.coming_events.remove(event.event_id)
        lead = workspace.leads.find(event.lead_id)
        campaign = workspace.campaigns.find(event.campaign_id or "")
        if lead is None or campaign is None or campaign.status == "ARCHIVED":
            return
        run = self.runs.get(campaign.campaign_id)
        if not self._is_late(event):
            workspace.events.put(event)
            self.happened[event.kind] += 1
            if run and event.kind != "clicked":
                traveller = run.travellers[lead.lead_id]
                traveller.note(event)
                run.plan(traveller, at)
                self.follow_up(run, traveller, at)
            if event.kind in BLOCKING:
                self.block_others(lead, at)
        if run:
            self._end_if_done(run, at)

    def _is_late(self, event: Event) -> bool:
        """Tell whether somebody already did what is done once."""
        if event.kind not in _ONCE:
            return False
        past = self._workspace.events.where("lead", event.lead_id)
        return any(other.kind == event.kind for other in past)

    def _look(self, run: Run, about: tuple[Traveller, int], at: int) -> None:
        traveller, version = about
        if traveller.version == version:
            run.plan(traveller, at)
            self.follow_up(run, traveller, at)

    def _take_turn(self, run: Run, line: Line, at: int) -> None:
        if line.at != at or not self._is_running(run):
            return  # planned anew since
        line.at = None
        block = line.meter.find_block(run.calendar, at, run.find_limit(line, at))
        if block is not None:
            line.free = max(line.free, block)
        else:
            traveller = run.take(line, at)
            if traveller:
                self._send(run, line, traveller, at)
        self.schedule(run, line, at)

    def _send(self, run: Run, line: Line, traveller: Traveller, at: int) -> None:
        found, lead = traveller.next, traveller.lead
        assert found is not None
        draw = self._chance.draw(lead.lead_id, found.key)
        variant = run.choose_variant(traveller, found)
        seed = int(draw.numbers[0] * _SEED_SCALE)
        details = write_details(run, traveller, found, variant, at=at, seed=seed)
        event = Event(
            event_id=draw.second_id,
            kind="sent",
            at=to_utc(at),
            lead_id=lead.lead_id,
            campaign_id=lead.campaign_id,
            email_id=draw.first_id,
            inbox_id=line.inbox_id,
            details=details,
        )
        self._workspace.events.put(event)
        self._workspace.announce(event)
        self.happened["sent"] += 1
        line.meter.add()
        line.last = at
        line.free = run.find_next_free(line, at)
        traveller.note(event)
        self._foresee(event, traveller, draw.numbers, at)
        run.plan(traveller, at)
        self._decide(run, traveller, at)  # the line that sent it goes on by itself

    def _foresee(self, sent: Event, traveller: Traveller, numbers: tuple[float, ...], at: int) -> None:
        mail = look_at(sent.details, at)
        for reaction in foresee(mail, traveller.habit, self.rates, numbers):
            if reaction.at >= LAST:
                continue
            event = Event(
                event_id=self._chance.draw(sent.email_id, reaction.kind).first_id,
                kind=reaction.kind,
                at=to_utc(reaction.at),
                lead_id=sent.lead_id,
                campaign_id=sent.campaign_id,
                email_id=sent.email_id,
                inbox_id=sent.inbox_id,
                details=reaction.details,
            )
            self._workspace.coming_events.put(event)
            self._await(event)

    def _decide(self, run: Run, traveller: Traveller, now: int) -> None:
        """Take a lead into a branch whose trigger fired; look again when what comes is not certain."""
        if run.has_branches and not traveller.blocked:
            self._branch_off(run, traveller, now)
        found = traveller.next
        if found is None:
            self._end_if_done(run, now)
        elif not found.certain and found.step:
            self._push(found.due, _LOOK, traveller.lead.lead_id, run, (traveller, traveller.version))

    def _branch_off(self, run: Run, traveller: Traveller, now: int) -> None:
        lead = traveller.lead
        subsequence = find_triggered(self._workspace, lead)
        if subsequence is None:
            return
        enrollment = Enrollment(
            enrollment_id=self._chance.draw(lead.lead_id, subsequence.subsequence_id).first_id,
            lead_id=lead.lead_id,
            campaign_id=subsequence.campaign_id,
            subsequence_id=subsequence.subsequence_id,
            enrolled_at=to_utc(now),
            origin="trigger",
        )
        self._workspace.enrollments.put(enrollment)
        self.happened["enrolled"] += 1
        run.plan(traveller, now)

    def _is_running(self, run: Run) -> bool:
        return self.runs.get(run.campaign.campaign_id) is run

    def _is_done(self, run: Run) -> bool:
        return not run.waiting and not self._workspace.coming_events.count(
            "campaign", run.campaign.campaign_id
        )

    def _end_if_done(self, run: Run, now: int) -> None:
        if self._is_done(run):
            self._push(max(now, run.base), _END, run.campaign.campaign_id, run, None)

    def _end(self, run: Run, at: int) -> None:
        if not self._is_running(run) or not self._is_done(run):
            return
        campaigns = self._workspace.campaigns
        campaign = campaigns.get(run.campaign.campaign_id)
        campaigns.put(replace(campaign, status="COMPLETED", updated_at=to_utc(at)))
        del self.runs[campaign.campaign_id]
        self.happened["completed"] += 1


def _make_meters(workspace: Workspace, inbox_ids: set[str]) -> dict[str, Meter]:
    """Return a meter for each of the inboxes that can send."""
    accounts = [workspace.sender_accounts.find(inbox_id) for inbox_id in inbox_ids]
    return {
        account.inbox_id: Meter(workspace, account)
        for account in accounts
        if account and account.overall_status == "ACTIVE"
    }
