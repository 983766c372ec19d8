"""The next mail of a lead in an ACTIVE campaign, read off its events.

How it works: a lead keeps no pointer into the campaign's steps. Its `SendingState` sums up its events, and
each function here finds the next mail from this state and the campaign alone. Why so: events also come from
tests and imports, and campaigns change while they are paused. A pointer would have to follow all of that; a
function of the records is right after any of it, and so is a workspace that was exported and imported.

All times are whole Unix seconds.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from ..model.events import outline_event
from ..model.subsequences import find_node_id, trace_enrollment
from ..state.records import Enrollment, Lead
from ..state.workspace import Workspace
from .schedule import Calendar, to_seconds

FRESH = ("PENDING", "QUEUED")
"""The statuses of a lead that waits for its first mail; a test may have given another one."""

BLOCKING = ("bounced", "unsubscribed")
"""The events after which an address gets no more mails."""

ONCE = ("replied", *BLOCKING)
"""The reactions that a lead has once at most, however many mails it gets."""


class NextMail:
    """A mail that a lead is to get at `due`; it is looked at again then unless it is `certain`."""

    __slots__ = ("certain", "due", "node_id", "step", "subsequence_id", "variants")

    def __init__(self, due: int, step: int, variants: Sequence[dict[str, Any]]) -> None:
        self.due = due
        self.step = step
        """The step of the main chain, 1 for the first mail; 0 in a subsequence."""
        self.variants = variants
        self.certain = True
        self.subsequence_id: str | None = None
        self.node_id: str | None = None

    @property
    def key(self) -> str:
        """The name of the mail among those of its lead."""
        return self.node_id or str(self.step)

    @property
    def may_come(self) -> bool:
        """Whether it comes unless something happens; a paused subsequence holds its mail back."""
        return self.certain or self.step > 0


class SendingState:
    """What the events of a lead mean for its next mail."""

    __slots__ = ("blocked", "ended", "happened", "inbox_id", "opened_at", "sent_at", "step")

    def __init__(self, workspace: Workspace, lead: Lead, blocked: Collection[str]) -> None:
        self.step = 0
        """The last step of the main chain that was sent."""
        self.sent_at = 0
        """When it was sent."""
        self.opened_at: int | None = None
        """When the lead first opened a mail."""
        self.inbox_id: str | None = None
        """The sender account of the first mail; the next mails belong to the same thread."""
        self.happened: tuple[str, ...] = ()
        """The reactions that a lead has once at most (see `ONCE`), as far as they happened."""
        events = workspace.events.outline("lead", lead.lead_id, outline_event)
        self.ended = not events and lead.status not in FRESH
        """Whether the main chain is over."""
        is_suppressed = workspace.suppressions.count("email", lead.email.casefold()) > 0
        self.blocked = is_suppressed or lead.contact_id in blocked
        """Whether the address gets no more mails, from any subsequence and any campaign."""
        for event in events:
            at = to_seconds(event.at)
            if event.kind == "sent":
                self.note_sent(event.step, at, event.inbox_id)
            else:
                self.note_reaction(event.kind, at)

    def note_sent(self, step: int, at: int, inbox_id: str | None) -> None:
        """Take in a mail; 0 is the step of a mail of a subsequence."""
        self.inbox_id = self.inbox_id or inbox_id
        if step > self.step:
            self.step, self.sent_at = step, at

    def note_reaction(self, kind: str, at: int) -> None:
        """Take in what a lead did."""
        if kind == "opened":
            self.opened_at = at if self.opened_at is None else min(at, self.opened_at)
        elif kind == "replied":
            self.ended = True
        elif kind in BLOCKING:
            self.blocked = True
        if kind in ONCE:
            self.happened = (*self.happened, kind)


def find_follow_up(
    state: SendingState,
    steps: Sequence[dict[str, Any]],
    calendar: Calendar,
    now: int,
    make: Callable[[int, int, Sequence[dict[str, Any]]], NextMail] = NextMail,
) -> NextMail | None:
    """Return the follow-up of a lead that got its first mail; None when none is left.

    A step is skipped when its trigger is not met at its due time, or is lost while the step waits. The next
    step counts its days from then.
    """
    if state.ended or state.blocked:
        return None
    at, opened_at = state.sent_at, state.opened_at
    for step in steps:
        if step["step_number"] <= state.step:
            continue
        due = calendar.add_days(at, step["wait_days"])
        if step["trigger_type"] == "NOT_OPENED" and opened_at is not None:
            at = max(due, opened_at)
        elif step["trigger_type"] == "OPENED_BUT_NOT_REPLIED" and (opened_at is None or opened_at > due):
            if now < due:
                found = NextMail(due, step["step_number"], step["variants"])
                found.certain = False
                return found
            at = due
        else:
            return make(due, step["step_number"], step["variants"])
    return None


def find_subsequence_mail(
    workspace: Workspace, state: SendingState, enrollment: Enrollment
) -> NextMail | None:
    """Return the next mail of the subsequence that a lead entered last; None when none is left.

    A paused subsequence holds its leads back, so its next mail is not certain.
    """
    progress = trace_enrollment(workspace, enrollment)
    subsequence = workspace.subsequences.find(enrollment.subsequence_id)
    if progress.next_index is None or subsequence is None or state.blocked:
        return None
    step = subsequence.steps[progress.next_index]
    last = max((mail.at for mail in progress.mails), default=enrollment.enrolled_at)
    found = NextMail(to_seconds(last) + step["wait_seconds"], 0, step["variants"])
    found.subsequence_id = subsequence.subsequence_id
    found.node_id = find_node_id(subsequence.subsequence_id, progress.next_index)
    found.certain = subsequence.is_active
    return found


def find_blocked(workspace: Workspace) -> set[str]:
    """Return the ids of the contacts that bounced or unsubscribed in any campaign."""
    events = workspace.events.outline_all(outline_event)
    lost = {event.lead_id for event in events if event.kind in BLOCKING}
    return {lead.contact_id for lead in map(workspace.leads.find, lost) if lead}
