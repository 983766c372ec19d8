"""The plan of a campaign: the mails that it is going to send.

How it works: a copy of the workspace sends for the asked days, or until a bound is reached. Each mail that it
sends is noted with what decided its time. Why so: a plan made in any other way could differ from what
happens. A copy costs as long as the sending itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from ..model.launching import find_missing, launch
from ..state.collection import pause_collection
from ..state.records import DirectMail, Event
from ..state.workspace import Workspace
from .advance import advance_sending
from .engine import Engine
from .schedule import LAST, to_seconds, to_utc
from .time_travel import look_ahead


@dataclass(frozen=True, slots=True)
class Plan:
    """The mails that go out until a time, if only the leads do anything."""

    missing: list[str]
    """The requirements that a launch lacks; then no mail is planned."""
    until: datetime
    """Earlier than was asked when a bound was reached."""
    mails: list[dict[str, Any]]
    """In the order of their times; see `PlanView` of the control API."""


def plan_campaign(
    workspace: Workspace,
    campaign_id: str,
    days: int,
    *,
    most_mails: float = inf,
    most_entries: float = inf,
) -> Plan:
    """Return the coming mails of a campaign.

    A campaign that is not ACTIVE is planned as if it were launched or activated now. The reactions of the
    leads are known, so the plan is exact. It ends with so many mails, or after so many things that happen in
    the workspace (mails, reactions, looks). Raises ApiError `campaign_not_found`.
    """
    twin, mails = look_ahead(workspace), []

    def note_mail(_workspace: Workspace, mail: Event | DirectMail) -> None:
        if isinstance(mail, Event) and mail.campaign_id == campaign_id:
            mails.append(describe_mail(twin, mail))

    twin.on_sent = note_mail
    campaign = twin.campaigns.get(campaign_id)
    now = twin.now()
    until = min(to_seconds(now) + days * 24 * 3600, LAST)
    missing = find_missing(twin, campaign) if campaign.status in ("DRAFT", "PAUSED") else []
    if not missing and campaign.status in ("DRAFT", "PAUSED"):
        launch(twin, replace(campaign, updated_at=now))
    advance_sending(twin)
    engine: Engine = twin.engine
    with engine.logging(), pause_collection():
        entries = 0
        while entry := engine.agenda.pop(until):
            if len(mails) >= most_mails or entries >= most_entries:
                until = entry.at
                break
            engine.handle(entry)
            entries += 1
    return Plan(missing, to_utc(until), mails)


def describe_mail(workspace: Workspace, event: Event) -> dict[str, Any]:
    """Return a mail of a plan in the fields of the control API.

    It is called while the workspace sends the mail (see `on_sent`), when it is known what decides the time.
    """
    account = workspace.sender_accounts.find(event.inbox_id or "")
    campaign = workspace.campaigns.get(event.campaign_id or "")
    details = event.details
    return {
        "at": event.at,
        "local_time": event.at.astimezone(ZoneInfo(campaign.settings["timezone"])).isoformat(),
        "lead_id": event.lead_id,
        "email": workspace.leads.get(event.lead_id).email,
        "inbox_id": event.inbox_id,
        "inbox_email": account.email_address if account else "",
        "sequence_step": details["sequence_step"],
        "subsequence_id": details.get("subsequence_id"),
        "variant_name": details["variant_name"],
        "subject": details["subject"],
        **_describe_time(workspace.engine, event),
    }


def _describe_time(engine: Engine, event: Event) -> dict[str, Any]:
    """Return what decides the time of a mail."""
    run = engine.runs[event.campaign_id or ""]
    lane, found = run.lanes[event.inbox_id or ""], run.leads[event.lead_id].next
    assert found is not None
    day = run.calendar.find_day(engine.now)
    return {
        "due_at": to_utc(found.due),
        "window_opens_at": to_utc(day.opens),
        "window_closes_at": to_utc(day.closes),
        "daily_limit": lane.find_limit(day),
        "sent_before": lane.counts.count(run.calendar),
        "rest_seconds": lane.find_rest(day),
    }
