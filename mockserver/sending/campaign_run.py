"""One ACTIVE campaign: which lead waits for which mail, and when each sender account sends the next one.

How it works: each lead has a `LeadProgress` that holds its next mail. The progress waits in a `Queue`,
ordered by the due time of the mail, then by the place of the lead in the campaign. First mails wait in a
queue that all sender accounts share. A follow-up waits in the queue of the account that sent the mail before
it, because a thread has one sender. A `Lane` is one sender account in this campaign; it takes from its own
queue before it takes a new lead. When something happens to a lead, `plan` finds its next mail anew.

Why so: one lane per account keeps an account's mails apart in time, independent of other accounts.

All times are whole Unix seconds.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from ..mails.compose import list_switches
from ..model.events import Happening, outline_event
from ..model.quotas import find_least, find_limits
from ..model.subsequences import find_last_enrollment
from ..state.records import Campaign, Lead
from ..state.workspace import Workspace
from .contents import Content, make_content
from .daily_counts import DailyCounts
from .event_log import NO_ROW
from .next_mails import NextMail, SendingState, find_follow_up, find_subsequence_mail
from .queues import Queue, read_place
from .reactions import find_magic_address
from .schedule import Calendar, Day, to_seconds

REST_SECONDS = 10
"""An account waits so long at least between two mails."""

PAUSE_SECONDS = 60
"""From a launch, an activation or a new lead to the first mail: time for a test to look at it first."""


class LeadProgress(SendingState):
    """Where a lead stands in a campaign run. A million leads have one each, so it is one small object."""

    __slots__ = ("entry", "lead", "next", "queue", "run")

    def __init__(self, run: "CampaignRun", lead: Lead, place: int) -> None:
        super().__init__(run.workspace, lead, run.blocked)
        self.run = run
        self.lead = lead
        self.entry = place
        """What it waits with in its queue; its place among the leads of the campaign, if it waits in none."""
        self.queue: Queue[LeadProgress] | None = None
        self.next: NextMail | None = None

    @property
    def place(self) -> int:
        """The place of the lead among the leads of its campaign."""
        return read_place(self.entry)

    def plan(self, now: int) -> None:
        """Find the next mail anew, and wait for it."""
        run, before = self.run, self.next
        self.next = found = self._find_next(now)
        run.waiting += (found is not None) - (before is not None)
        if found is not None and found.certain:
            self._find_queue(found).push(self, found.due)
        else:
            self.entry = self.place

    def find_lanes(self) -> Iterable["Lane"]:
        """Return the lanes that may send the next mail."""
        lanes, inbox_id = self.run.lanes, self.inbox_id
        if self.next and self.next.step != 1 and inbox_id in lanes:
            return (lanes[inbox_id],)
        return lanes.values()

    def _find_next(self, now: int) -> NextMail | None:
        run, lead = self.run, self.lead
        enrollments = run.workspace.enrollments
        if len(enrollments) and enrollments.count("lead", lead.lead_id):
            enrollment = find_last_enrollment(run.workspace, lead)
            return find_subsequence_mail(run.workspace, self, enrollment) if enrollment else None
        if self.step:
            return find_follow_up(self, run.campaign.sequences, run.calendar, now, run.make_mail)
        if self.ended or self.blocked or not run.campaign.variants:
            return None
        due = max(run.base, to_seconds(lead.created_at) + PAUSE_SECONDS)
        return run.make_mail(due, 1, run.campaign.variants)

    def _find_queue(self, found: NextMail) -> "Queue[LeadProgress]":
        if found.step == 1:
            return self.run.first_mails
        lane = self.run.lanes.get(self.inbox_id or "")
        return lane.follow_ups if lane else self.run.loose_follow_ups


class Lane:
    """One sender account in one campaign run: it sends one mail after the other."""

    __slots__ = (
        "_day",
        "_limit",
        "_queues",
        "_rest",
        "at",
        "counts",
        "entry",
        "follow_ups",
        "free",
        "inbox_id",
        "last",
        "place",
        "run",
    )

    def __init__(self, run: "CampaignRun", inbox_id: str, place: int, counts: DailyCounts) -> None:
        self.run = run
        self.inbox_id = inbox_id
        self.place = place
        """Its place among the sender accounts of the campaign."""
        self.counts = counts
        self.follow_ups = Queue(run.places)
        """Leads that this account has written to."""
        self._queues = (self.follow_ups, run.loose_follow_ups, run.first_mails)
        """Those that it takes from, the most urgent first."""
        self.last = 0
        """When it sent the last mail of the campaign."""
        self.free = 0
        """From when on it may send a mail of this campaign again."""
        self.at: int | None = None
        """Its next slot; None when nothing waits."""
        self.entry: object = None
        """The entry of its next slot in the agenda; older ones do not hold."""
        self._day: Day | None = None
        self._limit = self._rest = 0

    def take(self, at: int) -> LeadProgress | None:
        """Return the lead whose mail is next, which waits no longer; None when no mail is due."""
        for queue in self._queues:
            if (queue.line or queue.heap) and (due := queue.find_due()) is not None and due <= at:
                return queue.pop()
        return None

    def find_slot(self, now: int) -> int | None:
        """Return the first time in a sending window at which a mail is due; None when none waits."""
        run = self.run
        waited = [queue for queue in self._queues if queue.line or queue.heap]  # seldom all three
        dues = [due for queue in waited if (due := queue.find_due()) is not None]
        if not dues:
            return None
        due = min(dues)
        return run.calendar.find_slot(max(due, self.free, self.counts.free, run.base, run.floor, now))

    def find_limit(self, day: Day) -> int:
        """Return how many mails the account may send on a day of the campaign."""
        if day is not self._day:
            run, self._day = self.run, day
            days = (day.date - run.launched_on).days
            self._limit = find_least(find_limits(run.campaign, self.counts.account, days))
            window = day.closes - day.opens
            self._rest = max(REST_SECONDS, window // max(1, self._limit)) if window else day.end - day.start
        return self._limit

    def find_rest(self, day: Day) -> int:
        """Return how many seconds the account rests after a mail on a day of the campaign.

        So the mails are spread evenly over the window of the day. A day without a window is all rest.
        """
        if day is not self._day:
            self.find_limit(day)
        return self._rest

    def find_next_free(self, at: int) -> int:
        """Return from when on the lane may send again after a mail at a time; each day begins anew."""
        day = self.run.calendar.find_day(at)
        return max(at + REST_SECONDS, min(at + self.find_rest(day), day.end))


class CampaignRun:
    """An ACTIVE campaign inside the scheduler. It follows from the records: made anew, it is the same."""

    def __init__(
        self,
        workspace: Workspace,
        campaign: Campaign,
        counts: dict[str, DailyCounts],
        blocked: Collection[str],
        *,
        order: int,
        now: int,
    ) -> None:
        self.workspace = workspace
        self.campaign = campaign
        self.order = order
        """The place of the campaign among all campaigns."""
        self.blocked = blocked
        """The ids of the contacts that get no more mails."""
        self.calendar = Calendar(campaign.settings)
        self.has_subsequences = workspace.subsequences.count("campaign", campaign.campaign_id) > 0
        started = max(campaign.updated_at, workspace.settled_at)
        start_date = campaign.settings["start_date"]
        self.base = max(to_seconds(started) + PAUSE_SECONDS, to_seconds(start_date) if start_date else 0)
        """Nothing is sent before."""
        self.floor = now
        """What was due before the run was made is sent from here on."""
        launched_at = to_seconds(campaign.launched_at or campaign.updated_at)
        self.launched_on = self.calendar.find_day(launched_at).date
        self.leads: dict[str, LeadProgress] = {}
        self.waiting = 0
        """How many leads a mail is to come for."""
        self.places: list[LeadProgress] = []
        """The leads by their places."""
        self.magic_addresses: dict[int, str] = {}
        """Place of a lead → its magic address, if it has one."""
        self.first_rows = array("q")
        """Place of a lead → the row of its first mail, named as `EventLog.name_row` does."""
        self.first_mails = Queue(self.places)
        self.loose_follow_ups = Queue(self.places)
        """Leads whose sender account does not send any more."""
        self._mails: dict[int, NextMail] = {}
        """Step → the next mail that was made last."""
        self._contents: dict[tuple[str, int], Content] = {}
        """`NextMail.key` and identity of a variant → the content."""
        self._first_contents: dict[str | None, Content] = {}
        """Variant that the launch drew → the content of the first mail."""
        self._variant_counts: dict[str, dict[str, int]] = {}
        """`NextMail.key` → variant → how often it was sent."""
        self.lanes = {
            inbox_id: Lane(self, inbox_id, place, counts[inbox_id])
            for place, inbox_id in enumerate(campaign.inbox_ids)
            if inbox_id in counts
        }
        for lead in workspace.leads.where("campaign", campaign.campaign_id):
            self.admit(lead, now)
        for lane in self.lanes.values():
            lane.counts.add_zone(self.calendar)
            lane.free = lane.find_next_free(lane.last) if lane.last else 0

    def admit(self, lead: Lead, now: int) -> LeadProgress:
        """Take in a lead, or a changed one anew, from the records."""
        known = self.leads.get(lead.lead_id)
        if known:
            self.waiting -= known.next is not None
            known.next = None
            progress = LeadProgress(self, lead, known.place)
            self.places[known.place] = progress
            self.first_rows[known.place] = NO_ROW
        else:
            progress = LeadProgress(self, lead, len(self.places))
            self.places.append(progress)
            if magic_address := find_magic_address(lead.email):
                self.magic_addresses[progress.place] = magic_address
            self.first_rows.append(NO_ROW)
            for event in self.workspace.events.outline("lead", lead.lead_id, outline_event):
                if event.kind == "sent":
                    self._note_sent(event)
        self.leads[lead.lead_id] = progress
        progress.plan(now)
        return progress

    def make_mail(self, due: int, step: int, variants: Sequence[dict[str, Any]]) -> NextMail:
        """Return a certain next mail. Leads that wait for the same time share one."""
        mail = self._mails.get(step)
        if mail is None or mail.due != due:
            mail = self._mails[step] = NextMail(due, step, variants)
        return mail

    def choose_content(self, progress: LeadProgress, found: NextMail) -> Content:
        """Return the content of the next mail of a lead, in one of its variants.

        The launch drew the variant of the first mail. Later mails keep to the shares of the variants.
        """
        if found.step == 1:
            name = progress.lead.variant_name
            content = self._first_contents.get(name)
            if content is None:
                named = (variant for variant in found.variants if variant["variant_name"] == name)
                content = self._make_content(found, next(named, found.variants[0]))
                self._first_contents[name] = content
            return content
        variant = self._choose_variant(found)
        content = self._contents.get((found.key, id(variant)))
        if content is None:  # it holds the variant, so no other one gets the same identity
            content = self._contents[found.key, id(variant)] = self._make_content(found, variant)
        return content

    def _make_content(self, found: NextMail, variant: dict[str, Any]) -> Content:
        switches = list_switches(self.campaign, found.step)
        return make_content(self.campaign, found, variant, switches, self.calendar.zone)

    def _choose_variant(self, found: NextMail) -> dict[str, Any]:
        if len(found.variants) == 1:
            return found.variants[0]
        shares = [v["distribution_percent"] if found.step else v["weight"] for v in found.variants]
        names = [variant["variant_name"] for variant in found.variants]
        counts = self._variant_counts.setdefault(found.key, {})
        chosen = _find_most_behind(shares, [counts.get(name, 0) for name in names])
        counts[names[chosen]] = counts.get(names[chosen], 0) + 1
        return found.variants[chosen]

    def _note_sent(self, event: Happening) -> None:
        lane = self.lanes.get(event.inbox_id or "")
        if lane:
            lane.last = max(lane.last, to_seconds(event.at))
        if event.step != 1:
            counts = self._variant_counts.setdefault(event.mail_key, {})
            counts[event.variant_name] = counts.get(event.variant_name, 0) + 1


def _find_most_behind(shares: Sequence[int], counts: Sequence[int]) -> int:
    """Return the index whose count is furthest below its share, in percent."""
    total = sum(counts) + 1
    lacks = [share * total - 100 * count for share, count in zip(shares, counts, strict=True)]
    return lacks.index(max(lacks))
