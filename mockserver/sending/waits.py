"""What a mail waits for that is going to come, gate by gate.

How it works: a mail passes five gates in a fixed order: the campaign begins, the mail is due, the window is
open, its sender accounts are within their limits, and one of them has a slot. `list_waits` walks through the
first four from a time on and yields a reason for each gate that is shut. The fifth depends on what other
leads do, so only who looks ahead can say when it opens. Why so: a wait is the same question at any time, for
a lead now and for one a week ahead.

All times are whole Unix seconds.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..model.quotas import find_limits
from .campaign_run import CampaignRun, Lane
from .next_mails import NextMail
from .schedule import to_seconds

QUEUE = "queue"
"""The code of the fifth gate."""
_CODE_OF_LIMIT = {
    "inbox_daily_limit": "daily_limit",
    "campaign_daily_limit": "daily_limit",
    "ramp_up_limit": "ramp_up",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a mail does not go out."""

    code: str
    """One of `WhyCode` of the control API."""
    since: int | None = None
    """From when on it holds, also in the future; None: unknown."""
    until: int | None = None
    """When it ends by itself; None: it does not, or the end is unknown."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What else is known of it, by the fields of `WhyReason` of the control API."""


class Full(NamedTuple):
    """A sender account that has sent all that it may on a day."""

    inbox_id: str
    sent: int
    limit: int
    limited_by: str
    """The limit that counts, by its name in `quotas.find_limits`."""
    until: int


FindFull = Callable[[Lane, int, int], Full | None]


def find_full(lane: Lane, at: int, now: int) -> Full | None:
    """Return why an account can send no more mails on the day of a time; None when it can.

    Only mails that are sent by `now` count.
    """
    run, day = lane.run, lane.run.calendar.find_day(at)
    limit = lane.find_limit(day)
    found = lane.counts.find_full(run.calendar, at, limit, now)
    if found is None:
        return None
    limits = find_limits(run.campaign, lane.counts.account, (day.date - run.launched_on).days)
    names = [name for name, value in limits.items() if value == found.limit]
    limited_by = names[0] if found.limit == limit else "inbox_daily_limit"
    return Full(lane.inbox_id, found.sent, found.limit, limited_by, found.until)


def list_waits(
    run: CampaignRun,
    mail: NextMail,
    lanes: Collection[Lane],
    since: int,
    now: int,
    *,
    find_full: FindFull = find_full,
) -> Iterator[Reason]:
    """Yield what a mail waits for from a time on, until it only needs a slot of one of its lanes.

    The reasons follow each other: each begins when the one before it ends. Of the mails to other leads only
    those count that are out by `now`.
    """
    at, calendar = since, run.calendar
    facts = describe_step(mail)
    if run.base > at:
        start_date = run.campaign.settings["start_date"]
        is_dated = start_date and run.base == to_seconds(start_date)
        yield Reason("start_date" if is_dated else "quiet_minute", at, run.base)
        at = run.base
    if mail.due > at:
        yield Reason("quiet_minute" if mail.step == 1 else "step_wait", at, mail.due, facts)
        at = mail.due
    slot = calendar.find_slot(at)
    if slot is not None and slot > at:
        yield Reason("outside_window", at, slot)
        at = slot
    full = [found for lane in lanes if slot is not None and (found := find_full(lane, slot, now))]
    if full and len(full) == len(lanes):
        first = min(full, key=lambda found: found.until)
        account = {"inbox_id": first.inbox_id, "sent": first.sent, "limit": first.limit}
        yield Reason(_CODE_OF_LIMIT[first.limited_by], at, first.until, account)
        at = first.until
        slot = calendar.find_slot(at)
        if slot is not None and slot > at:
            yield Reason("outside_window", at, slot)
    if slot is None:
        yield Reason("calendar_end", at)


def describe_step(mail: NextMail) -> dict[str, Any]:
    """Return which mail it is, by the fields of `WhyReason`."""
    if mail.subsequence_id is not None:
        return {"subsequence_id": mail.subsequence_id}
    return {"sequence_step": mail.step}
