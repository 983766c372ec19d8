"""Why a lead or a campaign gets a mail at a time, or none.

How it works: the records show why no mail comes (`stops`). If one may come, a look ahead finds it (`stages`),
and `waits` says what it waits for in each stage. A campaign counts its leads by the first of their reasons,
which needs no look ahead. Why so: sentences for 100,000 leads would take hours, and nobody would read them.

`stages.MOST_DAYS` and `stages.MOST_ENTRIES` limit a look ahead, `MOST_LEADS` limits the counts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from ..state.records import Campaign, Lead
from ..state.workspace import Workspace
from .campaign_run import LeadProgress
from .engine import Engine
from .next_mails import NextMail
from .reason_texts import DescribedReason, describe_reason, describe_time, name_step
from .schedule import Calendar, to_seconds, to_utc
from .stages import Outlook, Stage, look_for_each, look_for_mails
from .stops import list_campaign_stops, list_stops
from .time_travel import catch_up
from .waits import QUEUE, FindFull, Reason, describe_step, find_full, list_waits

MOST_LEADS = 100_000
"""So many leads of a campaign are counted."""


@dataclass(frozen=True, slots=True)
class LeadWhy:
    """What a lead gets next, and why not now."""

    lead: Lead
    text: str
    """The next mail and the reasons in words."""
    reasons: list[DescribedReason]
    """What it waits for, one after the other; or all that has to change before a mail comes."""
    mail: dict[str, Any] | None = None
    """The next mail as a plan describes it; None when none comes, or none was found."""
    looked_until: datetime | None = None
    """Until when a mail was looked for in vain; None: no later mail was missed."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How many leads of a campaign have a reason as their first."""

    code: str
    leads: int
    lead_id: str
    """The first of them."""


@dataclass(frozen=True, slots=True)
class CampaignWhy:
    """What a campaign sends next, and what its leads wait for."""

    campaign: Campaign
    text: str
    """The next mail and the reasons of the campaign in words."""
    reasons: list[DescribedReason]
    """What holds for all of its leads."""
    counts: list[CodeCount]
    """The most frequent code first. A lead is counted once, by the first of its reasons."""
    counted: int
    """How many leads were counted."""
    mails: list[dict[str, Any]]
    """The next mails as a plan describes them."""
    looked_until: datetime | None = None
    """Until when mails were looked for, if there may be more; None: no later mail was missed."""

    def __str__(self) -> str:
        return self.text


def explain_lead(workspace: Workspace, lead_id: str, most_entries: float = inf) -> LeadWhy:
    """Return what a lead gets next, or why nothing; raises ApiError `lead_not_found`.

    `most_entries` is how many things that happen it looks ahead.
    """
    with workspace.lock:
        catch_up(workspace)
        lead = workspace.leads.get(lead_id)
        return _explain(workspace, workspace.campaigns.find(lead.campaign_id), [lead], most_entries)[0]


def explain_leads(
    workspace: Workspace, campaign_id: str, leads: Sequence[Lead], most_entries: float
) -> list[LeadWhy]:
    """Return what each of some leads of a campaign gets next, or why nothing.

    It looks ahead once for all of them, as `explain_lead` does. Raises ApiError `campaign_not_found`.
    """
    with workspace.lock:
        catch_up(workspace)
        return _explain(workspace, workspace.campaigns.get(campaign_id), leads, most_entries)


def _explain(
    workspace: Workspace, campaign: Campaign | None, leads: Sequence[Lead], most_entries: float
) -> list[LeadWhy]:
    """Explain leads of one campaign, or of none."""
    now = _find_now(workspace)
    calendar = Calendar(campaign.settings) if campaign else None
    stops = {lead.lead_id: list_stops(workspace, lead, now, calendar) for lead in leads}
    others = list_campaign_stops(workspace, campaign) if campaign else []
    coming = workspace.coming_events
    open_leads = [
        lead
        for lead in leads
        if not others and (not stops[lead.lead_id] or coming.count("lead", lead.lead_id))
    ]
    outlooks = look_for_each(workspace, open_leads, most_entries) if open_leads else []
    found = {outlook.progress.lead.lead_id: outlook for outlook in outlooks}
    return [
        _describe_lead(workspace, lead, campaign, found.get(lead.lead_id), [*stops[lead.lead_id], *others])
        for lead in leads
    ]


def _describe_lead(
    workspace: Workspace,
    lead: Lead,
    campaign: Campaign | None,
    outlook: Outlook | None,
    stops: Sequence[Reason],
) -> LeadWhy:
    mail, looked_until = None, None
    if outlook:
        stops, looked_until = list(_list_reasons(outlook)), _to_time(outlook.looked_until)
        mail = outlook.mail
    reasons = [describe_reason(workspace, reason, campaign) for reason in stops]
    text = _summarize(workspace, campaign, reasons, mail, looked_until)
    return LeadWhy(lead, text, reasons, mail, looked_until)


def explain_campaign(workspace: Workspace, campaign_id: str, most_mails: int = 5) -> CampaignWhy:
    """Return what a campaign sends next, and what its leads wait for.

    Raises ApiError `campaign_not_found`.
    """
    with workspace.lock:
        catch_up(workspace)
        campaign = workspace.campaigns.get(campaign_id)
        stops = list_campaign_stops(workspace, campaign)
        leads = workspace.leads.where("campaign", campaign_id)[:MOST_LEADS]
        now = _find_now(workspace)
        mails: list[dict[str, Any]] = []
        looked_until = None
        if stops:
            calendar, found = Calendar(campaign.settings), stops
            codes = [(list_stops(workspace, lead, now, calendar) or stops)[0].code for lead in leads]
        else:
            engine: Engine = workspace.engine
            run = engine.runs[campaign_id]
            found = list(list_waits(run, NextMail(now, 1, ()), tuple(run.lanes.values()), now, now))
            find = cache(find_full)
            codes = [_find_code(run.leads[lead.lead_id], now, find) for lead in leads]
            mails, end = look_for_mails(workspace, campaign_id, most_mails)
            looked_until = _to_time(end)
        reasons = [describe_reason(workspace, reason, campaign) for reason in found]
        text = _summarize(workspace, campaign, reasons, mails[0] if mails else None, looked_until)
        return CampaignWhy(campaign, text, reasons, _count(codes, leads), len(leads), mails, looked_until)


def _summarize(
    workspace: Workspace,
    campaign: Campaign | None,
    reasons: Iterable[DescribedReason],
    mail: dict[str, Any] | None,
    looked_until: datetime | None,
) -> str:
    """Return the next mail and the reasons in words."""
    zone, now = ZoneInfo(campaign.settings["timezone"] if campaign else "UTC"), workspace.now()
    if mail:
        step, at = name_step(mail["sequence_step"]), describe_time(mail["at"], zone, now)
        head = f"On {at}, {step} goes out from {mail['inbox_email']} to {mail['email']}."
    elif looked_until:
        head = f"No mail was found until {describe_time(looked_until, zone, now)}."
    else:
        head = "No mail is to come."
    return " ".join([head, *(reason.text for reason in reasons)])


def _find_code(progress: LeadProgress, now: int, find: FindFull) -> str:
    """Return the code of a lead's first reason, in a campaign that sends."""
    run, mail = progress.run, progress.next
    if mail is None or not mail.may_come:
        return list_stops(run.workspace, progress.lead, now, run.calendar)[0].code
    waits = list_waits(run, mail, tuple(progress.find_lanes()), now, now, find_full=find)
    wait = next(waits, None)
    return wait.code if wait else QUEUE


def _count(codes: Sequence[str], leads: Sequence[Lead]) -> list[CodeCount]:
    firsts = dict(zip(reversed(codes), reversed(leads), strict=True))
    return [CodeCount(code, count, firsts[code].lead_id) for code, count in Counter(codes).most_common()]


def _list_reasons(outlook: Outlook) -> Iterator[Reason]:
    """Yield the reasons of all stages, one after the other."""
    before: Stage | None = None
    ends = [stage.at for stage in outlook.stages[1:]]
    last = to_seconds(outlook.sent.at) if outlook.sent else None
    for stage, end in zip(outlook.stages, [*ends, last], strict=True):
        if before:
            yield from _list_changes(before, stage)
        if stage.mail is None or stage.stops:
            yield from stage.stops
        else:
            yield from _list_waits(outlook, stage, stage.mail, end)
        before = stage


def _list_changes(before: Stage, after: Stage) -> Iterator[Reason]:
    """Yield what ends a stage, unless the stops of the next one name it."""
    if after.mail and after.mail.subsequence_id:
        yield Reason("enters_subsequence", after.at, after.at, describe_step(after.mail))
    elif before.mail and all(stop.code == "sequence_finished" for stop in after.stops):
        yield Reason("step_skipped", after.at, after.at, describe_step(before.mail))


def _list_waits(outlook: Outlook, stage: Stage, mail: NextMail, end: int | None) -> Iterator[Reason]:
    """Yield what a mail waits for until the end of a stage; None: the end was not found."""
    run, at = outlook.progress.run, stage.at
    for wait in list_waits(run, mail, stage.lanes, stage.at, outlook.stages[0].at):
        if wait.until is None or wait.until == end:
            yield wait
            return
        if end is not None and wait.until > end:
            yield replace(wait, until=end)
            return
        yield wait
        at = wait.until
    facts: dict[str, Any] = {}
    if end is not None:
        facts["ahead"] = outlook.count_others(stage.lanes, at, end)
    if outlook.sent and stage is outlook.stages[-1]:
        facts["inbox_id"] = outlook.sent.inbox_id
    yield Reason(QUEUE, at, end, facts)


def _find_now(workspace: Workspace) -> int:
    return int(workspace.now().timestamp())


def _to_time(at: int | None) -> datetime | None:
    return None if at is None else to_utc(at)
