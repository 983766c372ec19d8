"""What a lead of an ACTIVE campaign is to get next, as its events say."""

from collections.abc import Collection, Sequence
from typing import Any

from ..model.subsequences import find_node_id, trace_enrollment
from ..state.records import Enrollment, Event, Lead
from ..state.workspace import Workspace
from .reactions import find_habit
from .schedule import Calendar, to_seconds

_FRESH = ("PENDING", "QUEUED")
"""The statuses of a lead that waits for its first mail; another one was given from outside."""

BLOCKING = ("bounced", "unsubscribed")
"""What has an address not written to any more."""


class Next:
    """A mail to come: due at a moment, in Unix seconds, if it is `certain`; else to be looked at then."""

    __slots__ = ("certain", "due", "node_id", "step", "subsequence_id", "variants")

    def __init__(self, due: int, step: int, variants: Sequence[dict[str, Any]]) -> None:
        self.due = due
        self.step = step
        """Of the main chain, 1 is the first mail; 0 in a branch."""
        self.variants = variants
        self.certain = True
        self.subsequence_id: str | None = None
        self.node_id: str | None = None

    @property
    def key(self) -> str:
        """What names the mail among those of its lead."""
        return self.node_id or str(self.step)


class Traveller:
    """A lead on its way through a campaign."""

    __slots__ = (
        "blocked", "ended", "fields", "habit", "inbox_id", "lead", "next", "opened_at", "order", "sent_at",
        "step", "subject", "version",
    )  # fmt: skip

    def __init__(self, workspace: Workspace, lead: Lead, order: int, blocked: Collection[str]) -> None:
        self.lead = lead
        self.order = order
        """Its place among the leads of its campaign."""
        self.habit = find_habit(lead.email)
        self.fields: dict[str, Any] | None = None
        """What templates see of the lead, once one has looked."""
        self.version = 0
        """Tells a plan that was given up from the present one."""
        self.next: Next | None = None
        self.step = 0
        """The last step of the main chain that was sent."""
        self.sent_at = 0
        self.opened_at: int | None = None
        """When it first opened a mail."""
        self.subject = ""
        """Of the first mail."""
        self.inbox_id: str | None = None
        """That sent the last mail: the next ones are of the same thread."""
        events = workspace.events.where("lead", lead.lead_id)
        self.ended = not events and lead.status not in _FRESH
        """Whether the main chain is over."""
        is_suppressed = workspace.suppressions.count("email", lead.email.casefold()) > 0
        self.blocked = is_suppressed or lead.contact_id in blocked
        """Whether the address is not written to any more, in no branch and no campaign."""
        for event in events:
            self.note(event)

    def note(self, event: Event) -> None:
        """Take in what happened."""
        kind = event.kind
        if kind == "sent":
            self.inbox_id = event.inbox_id
            step = event.details["sequence_step"]
            if step > self.step:
                self.step, self.sent_at = step, to_seconds(event.at)
            if step == 1:
                self.subject = event.details["subject"]
        elif kind == "opened":
            at = to_seconds(event.at)
            self.opened_at = at if self.opened_at is None else min(at, self.opened_at)
        elif kind == "replied":
            self.ended = True
        elif kind in BLOCKING:
            self.blocked = True


def find_next(
    traveller: Traveller, steps: Sequence[dict[str, Any]], calendar: Calendar, now: int
) -> Next | None:
    """Return the follow-up that a lead which got its first mail is to get; None when none is left.

    A step whose trigger is not met when it is due, or no longer while it waits, is passed over; the next
    one counts its days from then.
    """
    if traveller.ended or traveller.blocked:
        return None
    at, opened_at = traveller.sent_at, traveller.opened_at
    for step in steps:
        if step["step_number"] <= traveller.step:
            continue
        due = calendar.add_days(at, step["wait_days"])
        found = Next(due, step["step_number"], step["variants"])
        if step["trigger_type"] == "NOT_OPENED" and opened_at is not None:
            at = max(due, opened_at)
        elif step["trigger_type"] == "OPENED_BUT_NOT_REPLIED" and (opened_at is None or opened_at > due):
            if now < due:
                found.certain = False
                return found
            at = due
        else:
            return found
    return None


def find_next_in_branch(workspace: Workspace, traveller: Traveller, enrollment: Enrollment) -> Next | None:
    """Return what a lead is to get in the branch that it entered last; None when nothing is left.

    A paused branch holds its leads back, and what is to come there is not certain.
    """
    progress = trace_enrollment(workspace, enrollment)
    subsequence = workspace.subsequences.find(enrollment.subsequence_id)
    if progress.next_index is None or subsequence is None or traveller.blocked:
        return None
    step = subsequence.steps[progress.next_index]
    last = max((mail.at for mail in progress.mails), default=enrollment.enrolled_at)
    found = Next(to_seconds(last) + step["wait_seconds"], 0, step["variants"])
    found.subsequence_id = subsequence.subsequence_id
    found.node_id = find_node_id(subsequence.subsequence_id, progress.next_index)
    found.certain = subsequence.is_active
    return found


def find_blocked(workspace: Workspace) -> set[str]:
    """Return the contacts of whom a mail, of whatever campaign, bounced, or who unsubscribed."""
    lost = {event.lead_id for event in workspace.events if event.kind in BLOCKING}
    return {lead.contact_id for lead in map(workspace.leads.find, lost) if lead}
