"""What a lead waits for until its next mail, found by looking ahead.

How it works: a copy of the workspace goes on until the lead has its mail, or until nothing can bring one. On
the way the lead may come to wait for another mail, since a trigger takes it, a step is skipped, or it
replies. Each time a new stage begins. Why so: no reason has to be guessed, and the mail is the one that the
plan names.

All times are whole Unix seconds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from ..state.records import DirectMail, Event, Lead
from ..state.workspace import Workspace
from .campaign_run import Lane, LeadProgress
from .engine import Engine
from .next_mails import NextMail
from .plan import describe_mail
from .schedule import LAST, to_seconds
from .stops import list_stops
from .time_travel import look_ahead
from .waits import Reason

MOST_DAYS = 366
"""So far ahead a mail is looked for."""
MOST_ENTRIES = 100_000
"""So many things that happen (mails, reactions, looks) are looked through for it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """That a lead waits for one mail, or for none, from a time on."""

    at: int
    mail: NextMail | None
    lanes: tuple[Lane, ...]
    """Those that may send it."""
    stops: list[Reason]
    """Why it does not come while the stage lasts; empty when it only has to wait."""

    def is_for(self, mail: NextMail | None) -> bool:
        """Return whether the stage is that of a mail."""
        if mail is None or self.mail is None:
            return mail is self.mail
        return (mail.key, mail.subsequence_id) == (self.mail.key, self.mail.subsequence_id)


@dataclass(slots=True)
class Outlook:
    """What is going to happen to a lead until its next mail."""

    twin: Workspace
    """The copy, as it is when the mail is out."""
    progress: LeadProgress
    stages: list[Stage] = field(default_factory=list)
    sent: Event | None = None
    """The mail; None when none comes, or none was found (see `looked_until`)."""
    mail: dict[str, Any] | None = None
    """The mail as a plan describes it."""
    others: list[tuple[int, str | None]] = field(default_factory=list)
    """Time and sender account of the mails that go out before it, in any campaign."""
    looked_until: int | None = None
    """Until when a mail was looked for in vain; None: no later mail was missed."""

    def note_mail(self, mail: Event | DirectMail) -> None:
        """Take in a mail that the copy sends."""
        if isinstance(mail, Event) and mail.lead_id == self.progress.lead.lead_id:
            if self.sent is None:
                self.sent, self.mail = mail, describe_mail(self.twin, mail)
        elif self.sent is None:
            self.others.append((to_seconds(mail.at), mail.inbox_id))

    def note_stage(self, at: int) -> None:
        """Begin a stage when the lead waits for something else by now."""
        found = self.progress.next
        if self.sent is None and not (self.stages and self.stages[-1].is_for(found)):
            comes = found is not None and found.may_come
            stops = [] if comes else list_stops(self.twin, self.progress.lead, at)
            self.stages.append(Stage(at, found, tuple(self.progress.find_lanes()), stops))

    def count_others(self, lanes: Iterable[Lane], since: int, until: int) -> int:
        """Return how many mails the sender accounts of lanes send to others between two times."""
        accounts = {lane.inbox_id for lane in lanes}
        return sum(since <= at <= until and inbox_id in accounts for at, inbox_id in self.others)

    def may_change(self) -> bool:
        """Return whether anything can still bring the mail, or change why none comes."""
        if self.sent:
            return False
        found = self.progress.next
        may_react = self.twin.coming_events.count("lead", self.progress.lead.lead_id) > 0
        return may_react or (found is not None and found.may_come)


def look_for_each(workspace: Workspace, leads: Sequence[Lead], most_entries: float) -> list[Outlook]:
    """Return what is going to happen to each of some leads of an ACTIVE campaign until its next mail.

    One copy goes ahead for all of them, `most_entries` things that happen at most. The caller holds the
    workspace's lock, and has done what is due by now.
    """
    twin = look_ahead(workspace)
    engine: Engine = twin.engine
    outlooks = [Outlook(twin, engine.runs[lead.campaign_id or ""].leads[lead.lead_id]) for lead in leads]

    def note_stages(at: int) -> None:
        for outlook in outlooks:
            outlook.note_stage(at)

    def note_mail(_workspace: Workspace, mail: Event | DirectMail) -> None:
        for outlook in outlooks:
            outlook.note_mail(mail)

    note_stages(int(twin.now().timestamp()))
    twin.on_sent = note_mail
    end = _go_on(twin, lambda: any(each.may_change() for each in outlooks), note_stages, most_entries)
    for outlook in outlooks:
        outlook.looked_until = end if outlook.may_change() else None
    return outlooks


def look_for_mails(
    workspace: Workspace, campaign_id: str, most: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return the next mails of an ACTIVE campaign as a plan describes them, `most` at most.

    The second is until when they were looked for if there may be more. The caller is as above.
    """
    twin, mails = look_ahead(workspace), []

    def note_mail(_workspace: Workspace, mail: Event | DirectMail) -> None:
        if isinstance(mail, Event) and mail.campaign_id == campaign_id:
            mails.append(describe_mail(twin, mail))

    twin.on_sent = note_mail
    runs = twin.engine.runs
    looked_until = _go_on(twin, lambda: len(mails) < most and campaign_id in runs, lambda _at: None, inf)
    return mails[:most], looked_until


def _go_on(
    twin: Workspace, goes_on: Callable[[], bool], note: Callable[[int], None], most_entries: float
) -> int | None:
    """Handle at most so many coming entries while `goes_on` returns True; `note` is called with their times.

    Returns the time at which a limit stopped it, or None.
    """
    engine: Engine = twin.engine
    until = min(int(twin.now().timestamp()) + MOST_DAYS * 24 * 3600, LAST)
    with engine.logging():
        for _ in range(int(min(most_entries, MOST_ENTRIES))):
            if not goes_on():
                return None
            entry = engine.agenda.pop(until)
            if entry is None:
                break
            engine.handle(entry)
            note(entry.at)
    is_all = engine.due == inf or not goes_on()
    return None if is_all else min(until, int(engine.due))
