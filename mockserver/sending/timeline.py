"""The timeline of a campaign: its days, what went out and what came of it, and what is planned.

How it works: the events of its leads are the past, a plan is the rest. Each is counted on its day of the
campaign's timezone. When they are too many to be shown one by one, the days are all there is.

Why so: a page that draws a campaign, or a test that prints one, needs both halves on one axis.

`MOST_DAYS`, `PLANNED_DAYS`, `MOST_PLANNED` and `MOST_ENTRIES` bound it.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..model.events import outline_event
from ..model.quotas import find_least, find_limits
from ..state.records import Campaign, SenderAccount
from ..state.workspace import Workspace
from .plan import Plan, plan_campaign
from .schedule import LAST, Calendar, Day, to_local, to_seconds, to_utc
from .time_travel import catch_up

PLANNED_DAYS = 14
"""So far ahead mails are planned."""
MOST_DAYS = 92
"""So many days at most; earlier ones are left out."""
MOST_PLANNED = 3000
"""So many mails are planned."""
MOST_ENTRIES = 20_000
"""So many things that happen (mails, reactions, looks) are looked through for a plan."""
_PLANNED = "planned"
_SENDING = ("DRAFT", "PAUSED", "ACTIVE")
"""Statuses of a campaign that mails may be planned for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mail, or what a lead did with one."""

    at: datetime
    kind: str
    """One of `records.EVENT_KINDS`."""
    lead_id: str
    email: str
    sequence_step: int | None = None
    """Of a mail: its step, 0 in a subsequence."""
    is_planned: bool = False


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """A day of the campaign's timezone."""

    date: date
    starts_at: datetime
    ends_at: datetime
    window_opens_at: datetime | None
    """None on a day without a window."""
    window_closes_at: datetime | None
    limit: int
    """How many mails its sender accounts may send."""
    clock_change_at: datetime | None
    """When the clocks of the timezone are put forward or back."""
    clock_change_seconds: int
    counts: dict[str, int]
    """Kind of event → how many; `planned` → how many mails are."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a campaign did, and is going to do."""

    campaign: Campaign
    now: datetime
    planned_until: datetime | None
    """Until when mails were planned; None: none can be."""
    is_complete: bool
    """Whether there is nothing before the first day."""
    total_marks: int
    days: list[TimelineDay]
    marks: list[Mark] = field(default_factory=list)
    """In the order of their times; empty when there are more than were asked for."""


def trace_campaign(workspace: Workspace, campaign_id: str, most_marks: int) -> Timeline:
    """Return the timeline of a campaign; raises ApiError `campaign_not_found`."""
    with workspace.lock:
        catch_up(workspace)
        campaign, now = workspace.campaigns.get(campaign_id), workspace.now()
        plan = _plan(workspace, campaign)
        past = list(_list_past(workspace, campaign_id))
        planned = [_make_planned(mail) for mail in plan.mails] if plan else []
        times = [mark.at for mark in (*past, *planned)]
        calendar = Calendar(campaign.settings)
        days = _list_days(calendar, min([*times, now]), max([*times, now]), now)
        starts = [to_utc(day.start) for day in days]
        counts: list[Counter[str]] = [Counter() for _ in days]
        marks = [mark for mark in (*past, *planned) if starts[0] <= mark.at < to_utc(days[-1].end)]
        for mark in marks:
            counts[bisect_right(starts, mark.at) - 1][_PLANNED if mark.is_planned else mark.kind] += 1
        accounts = [account for account in map(workspace.sender_accounts.find, campaign.inbox_ids) if account]
        launched = calendar.find_day(to_seconds(campaign.launched_at or now)).date
        return Timeline(
            campaign,
            now,
            plan.until if plan else None,
            starts[0] <= min([*times, now]),
            len(marks),
            [
                _describe_day(day, calendar.zone, _count_limit(campaign, accounts, day, launched), count)
                for day, count in zip(days, counts, strict=True)
            ],
            sorted(marks, key=lambda mark: mark.at) if len(marks) <= most_marks else [],
        )


def _plan(workspace: Workspace, campaign: Campaign) -> Plan | None:
    if campaign.status not in _SENDING:
        return None
    plan = plan_campaign(
        workspace, campaign.campaign_id, PLANNED_DAYS, most_mails=MOST_PLANNED, most_entries=MOST_ENTRIES
    )
    return None if plan.missing else plan


def _list_past(workspace: Workspace, campaign_id: str) -> Iterator[Mark]:
    for lead in workspace.leads.where("campaign", campaign_id):
        for event in workspace.events.outline("lead", lead.lead_id, outline_event):
            step = event.step if event.kind == "sent" else None
            yield Mark(event.at, event.kind, lead.lead_id, lead.email, step)


def _make_planned(mail: dict[str, Any]) -> Mark:
    return Mark(mail["at"], "sent", mail["lead_id"], mail["email"], mail["sequence_step"], is_planned=True)


def _list_days(calendar: Calendar, first: datetime, last: datetime, now: datetime) -> list[Day]:
    """Return the days from the first time to the last, `MOST_DAYS` at most."""
    earliest = to_seconds(now) - (MOST_DAYS - PLANNED_DAYS - 1) * 24 * 3600
    days = [calendar.find_day(max(to_seconds(first), earliest))]
    while len(days) < MOST_DAYS and days[-1].end <= min(last.timestamp(), LAST):
        days.append(calendar.find_day(days[-1].end))
    return days


def _count_limit(campaign: Campaign, accounts: list[SenderAccount], day: Day, launched: date) -> int:
    if day.opens == day.closes:
        return 0
    age = (day.date - launched).days
    return sum(
        find_least(find_limits(campaign, account, age))
        for account in accounts
        if account.overall_status == "ACTIVE"
    )


def _describe_day(day: Day, zone: ZoneInfo, limit: int, counts: Counter[str]) -> TimelineDay:
    has_window = day.opens < day.closes
    change = _find_change(day, zone)
    return TimelineDay(
        day.date,
        to_utc(day.start),
        to_utc(day.end),
        to_utc(day.opens) if has_window else None,
        to_utc(day.closes) if has_window else None,
        limit,
        to_utc(change[0]) if change else None,
        change[1] if change else 0,
        dict(counts),
    )


def _find_change(day: Day, zone: ZoneInfo) -> tuple[int, int] | None:
    """Return when on a day the clocks of a zone are put forward or back, and by how many seconds."""
    offset = to_local(day.start, zone).utcoffset()
    before, after = day.start, day.end
    changed = to_local(after, zone).utcoffset()
    if offset is None or changed is None or offset == changed:
        return None
    while after - before > 1:
        middle = (before + after) // 2
        if to_local(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after, int((changed - offset).total_seconds())
