"""The engine brings a workspace from its last known time to its present, event by event.

How it works: the engine has one `CampaignRun` for each ACTIVE campaign and one `Agenda`. It takes the next
entry of the agenda, lets it happen, and adds what follows: a slot sends a mail, a mail brings reactions, a
reaction changes the lead's next mail, and that changes a lane's next slot. `advance_sending` runs it before
each request and after each move of the clock. It follows the tables that others change (requests, tests,
imports). When only single leads changed, it admits these anew; after any other change a new engine is made
from the records.

Why so: everything that the engine keeps follows from the records. So it can be thrown away at any time, one
big step of the clock and many small ones give the same, and so does a workspace that was exported and
imported. Between two requests without changes it costs a comparison of times.

All times are whole Unix seconds.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from ..model.events import outline_event
from ..model.subsequences import enter_subsequence, find_triggered
from ..state.records import Event, Lead
from ..state.workspace import Workspace
from .agenda import Agenda, Entry, Look
from .campaign_run import CampaignRun, Lane, LeadProgress
from .changes import Changes, reopen_campaigns
from .daily_counts import make_daily_counts
from .event_log import EventLog, find_first_subject
from .mail_events import ReactionDraws
from .next_mails import BLOCKING, ONCE, find_blocked
from .randomness import Randomness, read_mark
from .reactions import find_reaction_delays, find_reaction_rates
from .schedule import Calendar, to_seconds, to_utc

KEPT_LOG = 1000
"""Fewest events of a log that stays one: a short one costs each reader more than it saves."""
KEPT_SHARE = 16
"""A log also holds one in so many of all events at least, so there are never many logs."""


class Engine:
    """What is going to happen in one workspace. The caller holds the workspace's lock."""

    def __init__(self, workspace: Workspace, now: int) -> None:
        self.now = now
        """The time of what is happening."""
        self.agenda = Agenda()
        self.runs: dict[str, CampaignRun] = {}
        """The ACTIVE campaigns, by id."""
        self.happened: Counter[str] = Counter()
        """How often what happened; see `advance_sending`."""
        self._workspace = workspace
        self._randomness = Randomness(workspace)
        self._log = EventLog(self._randomness)
        """What happens in the present run."""
        self._draws = self._make_draws()
        for event in workspace.coming_events:
            self.agenda.add_reaction(event)
        active = {
            n: campaign for n, campaign in enumerate(workspace.campaigns) if campaign.status == "ACTIVE"
        }
        used = {inbox_id for campaign in active.values() for inbox_id in campaign.inbox_ids}
        self._counts = make_daily_counts(workspace, used)
        self._blocked = find_blocked(workspace)
        for order, campaign in active.items():
            run = CampaignRun(workspace, campaign, self._counts, self._blocked, order=order, now=now)
            self.runs[campaign.campaign_id] = run
        for campaign in workspace.campaigns:
            if campaign.launched_at:
                for counts in filter(None, map(self._counts.get, campaign.inbox_ids)):
                    counts.add_zone(Calendar(campaign.settings))
        for lane in (lane for run in self.runs.values() for lane in run.lanes.values()):
            lane.counts.lanes.append(lane)
            lane.counts.last = max(lane.counts.last, lane.last)
        for counts in self._counts.values():
            # Either may be later: an engine goes on where the last one ended, or looks at all records anew.
            counts.read_last(now)
            counts.read_last(to_seconds(workspace.now()))
            counts.rest()
        for run in self.runs.values():
            for progress in list(run.leads.values()):
                self._look_ahead(progress)
            for lane in run.lanes.values():
                self._schedule(lane)
            self._end_if_done(run)
        self.changes = Changes(workspace)

    @property
    def due(self) -> float:
        """When something may happen next; infinite when nothing will."""
        return self.agenda.due

    @contextmanager
    def logging(self) -> Iterator[EventLog]:
        """Take down what happens inside; only there may entries be handled."""
        workspace, self._log = self._workspace, EventLog(self._randomness)
        before = len(workspace.events)
        workspace.events.open_segment(self._log)
        try:
            yield self._log
        finally:
            is_kept = len(self._log) >= max(KEPT_LOG, before // KEPT_SHARE)
            if is_kept:  # it would take too long to call the watchers for each event
                workspace.forget_derived()
                self.changes.stop()
            workspace.events.close_segment(is_kept=is_kept)
            if is_kept:
                self.changes.begin()

    def handle(self, entry: Entry) -> None:
        """Let an entry of the agenda happen."""
        subject = entry.subject
        if self.now != entry.at:  # what happens at the same time shares an integer
            self.now = entry.at
        if isinstance(subject, Lane):
            # A lane that came back to a time has its older entry there, too, with the order of then.
            if subject.entry is entry:
                self._use_slot(subject)
        elif isinstance(subject, Event):
            self._react(subject)
        elif isinstance(subject, Look):
            if subject.progress.next is subject.mail:
                self._plan(subject.progress)
        else:
            self._end(subject)

    # ------------------------------------------------------------ changes by others

    def take_changes(self, now: int) -> bool:
        """Take in what others changed; returns False when a new engine has to do that."""
        self.now = now
        workspace, changes = self._workspace, self.changes
        if changes.are_of_campaigns():
            return changes.are_followed(self.runs, ())
        if changes.has("reaction_rates") or changes.has("reaction_delays"):
            self._draws = self._make_draws()
        events = changes.find_events()
        leads = changes.find_leads(events)
        reopen_campaigns(workspace, leads, changes.find_subsequences(), self._blocked)
        if not changes.are_followed(self.runs, events):
            return False
        if changes.has("direct_mails"):
            for counts in self._counts.values():
                counts.forget()
        for lead in leads:
            run = self.runs.get(lead.campaign_id or "")
            if run:
                self._follow_up(run.admit(lead, now))
        for event in events:
            lost = workspace.leads.find(event.lead_id)
            if lost and event.kind in BLOCKING:
                self._block(lost)
        return True

    # ------------------------------------------------------------ what happens

    def _use_slot(self, lane: Lane) -> None:
        if not self._is_running(lane.run):
            return
        lane.at = None
        if lane.counts.free > self.now:  # it has sent a mail of another campaign
            self._schedule(lane)
            return
        calendar = lane.run.calendar
        limit = lane.find_limit(calendar.find_day(self.now))
        block = lane.counts.find_block(calendar, self.now, limit)
        if block is not None:
            lane.free = max(lane.free, block)
        else:
            progress = lane.take(self.now)
            if progress:
                self._send(lane, progress)
        self._schedule(lane)

    def _send(self, lane: Lane, progress: LeadProgress) -> None:
        workspace, found = self._workspace, progress.next
        assert found is not None
        now, lead, log = self.now, progress.lead, self._log
        content = lane.run.choose_content(progress, found)
        digest = self._randomness.draw_digest(lead.lead_id, content.key)
        first_rows, place = lane.run.first_rows, progress.place
        row, first = len(log), log.find_named(first_rows[place])
        if content.step == 1:
            first_rows[place] = log.name_row(row)
        elif not content.subject and first is None:
            log.note_first_subject(lead.lead_id, find_first_subject(workspace, lead))
        log.add_mail(lead, content, lane.inbox_id, now, read_mark(digest))
        if workspace.on_sent:
            workspace.announce(log.make(row))
        self.happened["sent"] += 1
        lane.counts.add_mail(now)
        lane.last = now
        lane.free = lane.find_next_free(now)
        if len(lane.counts.lanes) == 1:  # what `rest` would find
            lane.counts.free = lane.free
        else:
            lane.counts.rest()
        progress.note_sent(content.step, now, lane.inbox_id)
        coming = self._draws.list_coming(
            lead,
            lane.run.magic_addresses.get(place),
            content,
            lane.inbox_id,
            at=now,
            digest=digest,
            make_subject=partial(log.make_subject, row, first),
        )
        for event in coming:
            workspace.coming_events.put(event)
            self.agenda.add_reaction(event)
        progress.plan(now)
        self._look_ahead(progress)  # the lane is scheduled by its slot

    def _react(self, event: Event) -> None:
        workspace = self._workspace
        if workspace.coming_events.find(event.event_id) is None:
            return
        workspace.coming_events.remove(event.event_id)
        lead = workspace.leads.find(event.lead_id)
        campaign = workspace.campaigns.find(event.campaign_id or "")
        if lead is None or campaign is None or campaign.status == "ARCHIVED":
            return
        run = self.runs.get(campaign.campaign_id)
        progress = run.leads[lead.lead_id] if run else None
        if not self._is_late(event, progress):
            if workspace.events.is_plain(event.event_id):
                workspace.events.put(event)
            else:
                self._log.add_reaction(lead, event)
            self.happened[event.kind] += 1
            if progress and event.kind != "clicked":
                progress.note_reaction(event.kind, to_seconds(event.at))
                self._plan(progress)
            if event.kind in BLOCKING:
                self._block(lead)
        if run:
            self._end_if_done(run)

    def _is_late(self, event: Event, progress: LeadProgress | None) -> bool:
        """Return whether the lead already had a reaction that it has once at most."""
        if event.kind not in ONCE:
            return False
        if progress:
            return event.kind in progress.happened
        past = self._workspace.events.outline("lead", event.lead_id, outline_event)
        return any(other.kind == event.kind for other in past)

    def _end(self, run: CampaignRun) -> None:
        if not self._is_running(run) or not self._is_done(run):
            return
        campaigns = self._workspace.campaigns
        campaign = campaigns.get(run.campaign.campaign_id)
        campaigns.put(replace(campaign, status="COMPLETED", updated_at=to_utc(self.now)))
        del self.runs[campaign.campaign_id]
        for lane in run.lanes.values():
            lane.counts.lanes.remove(lane)
            lane.counts.rest()
        self.happened["completed"] += 1

    # ------------------------------------------------------------ what follows from it

    def _plan(self, progress: LeadProgress) -> None:
        """Find a lead's next mail anew, after something happened to it."""
        progress.plan(self.now)
        self._follow_up(progress)

    def _follow_up(self, progress: LeadProgress) -> None:
        """Schedule the lanes that may send a lead's next mail."""
        self._look_ahead(progress)
        if progress.next and progress.next.certain:
            for lane in progress.find_lanes():
                self._schedule(lane)

    def _look_ahead(self, progress: LeadProgress) -> None:
        """Enroll a lead whose trigger fired; look again later when its next mail is not certain."""
        if progress.run.has_subsequences and not progress.blocked:
            self._enroll(progress)
        found = progress.next
        if found is None:
            self._end_if_done(progress.run)
        elif not found.certain and found.step:
            self.agenda.add_look(progress, found)

    def _make_draws(self) -> ReactionDraws:
        workspace = self._workspace
        rates, delays = find_reaction_rates(workspace), find_reaction_delays(workspace)
        return ReactionDraws(self._randomness, rates, delays)

    def _enroll(self, progress: LeadProgress) -> None:
        lead = progress.lead
        subsequence = find_triggered(self._workspace, lead)
        if subsequence is None:
            return
        enrollment_id = self._randomness.draw_id(lead.lead_id, subsequence.subsequence_id)
        enter_subsequence(
            self._workspace,
            lead,
            subsequence,
            "trigger",
            at=to_utc(self.now),
            enrollment_id=enrollment_id,
        )
        self.happened["enrolled"] += 1
        progress.plan(self.now)

    def _schedule(self, lane: Lane) -> None:
        """Find the next slot of a lane."""
        slot = lane.find_slot(self.now)
        if slot == lane.at:
            return
        lane.at = slot
        lane.entry = None if slot is None else self.agenda.add_slot(lane, slot)

    def _block(self, lead: Lead) -> None:
        """Send no more mails to the contact of a lead, from any campaign."""
        self._blocked.add(lead.contact_id)
        for other in self._workspace.leads.where("contact", lead.contact_id):
            run = self.runs.get(other.campaign_id or "")
            progress = run.leads.get(other.lead_id) if run else None
            if progress and not progress.blocked:
                progress.blocked = True
                self._plan(progress)

    def _is_running(self, run: CampaignRun) -> bool:
        return self.runs.get(run.campaign.campaign_id) is run

    def _is_done(self, run: CampaignRun) -> bool:
        coming = self._workspace.coming_events
        return not run.waiting and not coming.count("campaign", run.campaign.campaign_id)

    def _end_if_done(self, run: CampaignRun) -> None:
        if self._is_done(run):
            self.agenda.add_end(run, max(self.now, run.base))
