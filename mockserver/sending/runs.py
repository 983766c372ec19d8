"""One ACTIVE campaign on its way: who waits for which mail, and when each inbox takes its turn."""

from collections.abc import Collection, Iterable
from heapq import heappop, heappush
from typing import Any

from ..mails.compose import list_switches
from ..model.quotas import find_least, find_limits
from ..model.subsequences import find_last_enrollment
from ..state.records import Campaign, Event, Lead
from ..state.workspace import Workspace
from .chains import Next, Traveller, find_next, find_next_in_branch
from .daily_counts import Meter
from .draws import choose
from .schedule import Calendar, Day, to_seconds

PAUSE = 60
"""Seconds from a launch, an activation or a new lead to the first mail, so that whoever made it can look."""

Waiting = tuple[int, int, int, Traveller]
"""A mail that waits: when it is due, the place of its lead, its version, its lead."""


class Line:
    """One inbox as one campaign sends from it, one mail after the other."""

    __slots__ = ("at", "followups", "free", "inbox_id", "last", "meter", "place")

    def __init__(self, inbox_id: str, place: int, meter: Meter) -> None:
        self.inbox_id = inbox_id
        self.place = place
        self.meter = meter
        self.followups: list[Waiting] = []
        """To leads that this inbox has written to."""
        self.last = 0
        """When it sent the last mail of the campaign."""
        self.free = 0
        """From when on it may send again."""
        self.at: int | None = None
        """When its next turn is; None when nothing waits."""


class Run:
    """The state of one ACTIVE campaign. It follows from the records: made anew, it is the same."""

    def __init__(
        self,
        workspace: Workspace,
        campaign: Campaign,
        meters: dict[str, Meter],
        blocked: Collection[str],
        now: int,
    ) -> None:
        self.workspace = workspace
        self.blocked = blocked
        """The contacts that are not written to any more."""
        self.campaign = campaign
        self.calendar = Calendar(campaign.settings)
        self.has_branches = workspace.subsequences.count("campaign", campaign.campaign_id) > 0
        started = max(campaign.updated_at, workspace.settled_at)
        start_date = campaign.settings["start_date"]
        self.base = max(to_seconds(started) + PAUSE, to_seconds(start_date) if start_date else 0)
        """Nothing is sent before."""
        self.floor = now
        self.travellers: dict[str, Traveller] = {}
        self.waiting: set[str] = set()
        """The leads that something is to come for."""
        self.first_mails: list[Waiting] = []
        self.loose_followups: list[Waiting] = []
        """To leads whose inbox does not send any more."""
        self._counts: dict[str, dict[str, int]] = {}
        """Mail (its `Next.key`) → variant → how often it was sent."""
        self._switches: dict[int, list[str]] = {}
        self._day: Day | None = None
        self._limits: dict[str, int] = {}
        self.lines = {
            inbox_id: Line(inbox_id, place, meters[inbox_id])
            for place, inbox_id in enumerate(campaign.inbox_ids)
            if inbox_id in meters
        }
        launched_at = to_seconds(campaign.launched_at or campaign.updated_at)
        self._launched = self.calendar.find_day(launched_at).date
        for lead in workspace.leads.where("campaign", campaign.campaign_id):
            self.board(lead, now)
        for line in self.lines.values():
            line.meter.follow(self.calendar)
            line.free = self._find_free(line)

    def board(self, lead: Lead, now: int) -> Traveller:
        """Take a lead in, or in anew, as the records say."""
        known = self.travellers.get(lead.lead_id)
        traveller = Traveller(
            self.workspace, lead, known.order if known else len(self.travellers), self.blocked
        )
        if known:
            known.version += 1
            traveller.version = known.version
        self.travellers[lead.lead_id] = traveller
        for event in self.workspace.events.where("lead", lead.lead_id):
            if event.kind == "sent" and not known:
                self._take_in(event)
        self.plan(traveller, now)
        return traveller

    def plan(self, traveller: Traveller, now: int) -> None:
        """Decide anew what a lead is to get next, and let it wait for that."""
        traveller.version += 1
        traveller.next = found = self._find_next(traveller, now)
        if found is None:
            self.waiting.discard(traveller.lead.lead_id)
            return
        self.waiting.add(traveller.lead.lead_id)
        if found.certain:
            heappush(self._find_queue(traveller), (found.due, traveller.order, traveller.version, traveller))

    def find_lines(self, traveller: Traveller) -> Iterable[Line]:
        """Return the lines that may send a lead its next mail."""
        if traveller.next and traveller.next.step != 1 and traveller.inbox_id in self.lines:
            return (self.lines[traveller.inbox_id],)
        return self.lines.values()

    def find_due(self, line: Line) -> int | None:
        """Return when the next mail that this line could send is due; None when none waits."""
        return min([queue[0][0] for queue in self._queues(line)], default=None)

    def take(self, line: Line, at: int) -> Traveller | None:
        """Return the lead whose turn it is, and let it wait no longer: follow-ups go first."""
        for queue in self._queues(line):
            if queue[0][0] <= at:
                return heappop(queue)[3]
        return None

    def find_turn(self, line: Line, now: int) -> int | None:
        """Return when a line is to take its next turn."""
        due = self.find_due(line)
        if due is None:
            return None
        return self.calendar.find_slot(max(due, line.free, self.base, self.floor, now))

    def find_limit(self, line: Line, at: int) -> int:
        """Return how many mails the inbox of a line may send on the day of a moment."""
        day = self.calendar.find_day(at)
        if day is not self._day:
            self._day = day
            self._limits.clear()
        limit = self._limits.get(line.inbox_id)
        if limit is None:
            days = (day.date - self._launched).days
            limit = find_least(find_limits(self.campaign, line.meter.account, days))
            self._limits[line.inbox_id] = limit
        return limit

    def find_next_free(self, line: Line, at: int) -> int:
        """Return when a line that sent a mail may send again.

        The mails of a day are spread over its window evenly; a new day begins anew.
        """
        day = self.calendar.find_day(at)
        gap = (day.closes - day.opens) // max(1, self.find_limit(line, at))
        return min(at + gap, day.end)

    def find_switches(self, step: int) -> list[str]:
        """Return which settings add something to the mails of a step."""
        switches = self._switches.get(step)
        if switches is None:
            switches = self._switches[step] = list(list_switches(self.campaign, step))
        return switches

    def choose_variant(self, traveller: Traveller, found: Next) -> dict[str, Any]:
        """Return the version that a lead gets: the one drawn for it, or so that the shares hold."""
        if found.step == 1:
            name = traveller.lead.variant_name
            return next((v for v in found.variants if v["variant_name"] == name), found.variants[0])
        if len(found.variants) == 1:
            return found.variants[0]
        shares = [v["distribution_percent"] if found.step else v["weight"] for v in found.variants]
        names = [variant["variant_name"] for variant in found.variants]
        counts = self._counts.setdefault(found.key, {})
        chosen = choose(shares, [counts.get(name, 0) for name in names])
        counts[names[chosen]] = counts.get(names[chosen], 0) + 1
        return found.variants[chosen]

    def _find_next(self, traveller: Traveller, now: int) -> Next | None:
        lead = traveller.lead
        if self.workspace.enrollments.count("lead", lead.lead_id):
            enrollment = find_last_enrollment(self.workspace, lead)
            return find_next_in_branch(self.workspace, traveller, enrollment) if enrollment else None
        if traveller.step:
            return find_next(traveller, self.campaign.sequences, self.calendar, now)
        if traveller.ended or traveller.blocked or not self.campaign.variants:
            return None
        return Next(max(self.base, to_seconds(lead.created_at) + PAUSE), 1, self.campaign.variants)

    def _find_queue(self, traveller: Traveller) -> list[Waiting]:
        if traveller.next and traveller.next.step == 1:
            return self.first_mails
        line = self.lines.get(traveller.inbox_id or "")
        return line.followups if line else self.loose_followups

    def _queues(self, line: Line) -> list[list[Waiting]]:
        """Return the queues that a line serves and that hold somebody, the most urgent first."""
        found = []
        for queue in (line.followups, self.loose_followups, self.first_mails):
            while queue and queue[0][2] != queue[0][3].version:
                heappop(queue)  # planned anew since
            if queue:
                found.append(queue)
        return found

    def _take_in(self, event: Event) -> None:
        details = event.details
        line = self.lines.get(event.inbox_id or "")
        if line:
            line.last = max(line.last, to_seconds(event.at))
        if details["sequence_step"] != 1:
            counts = self._counts.setdefault(details.get("node_id") or str(details["sequence_step"]), {})
            name = details.get("variant_name", "")
            counts[name] = counts.get(name, 0) + 1

    def _find_free(self, line: Line) -> int:
        return self.find_next_free(line, line.last) if line.last else 0
