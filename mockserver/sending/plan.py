"""The plan of a campaign: the mails that it is going to send.

How it works: a copy of the workspace sends for the asked days, and the mails that only the copy has are the
plan. Why so: a plan made in any other way could differ from what happens. A copy costs as long as the sending
itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ..model.launching import find_missing, launch
from ..state.records import Event
from ..state.workspace import Workspace
from .engine import advance_sending
from .schedule import LAST, to_seconds, to_utc
from .time_travel import look_ahead


@dataclass(frozen=True, slots=True)
class Plan:
    """The mails that go out until a time, if only the leads do anything."""

    missing: list[str]
    """The requirements that a launch lacks; then no mail is planned."""
    until: datetime
    mails: list[dict[str, Any]]


def plan_campaign(workspace: Workspace, campaign_id: str, days: int) -> Plan:
    """Return the coming mails of a campaign.

    A campaign that is not ACTIVE is planned as if it were launched or activated now. The reactions of the
    leads are known, so the plan is exact. Raises ApiError `campaign_not_found`.
    """
    twin = look_ahead(workspace)
    campaign = twin.campaigns.get(campaign_id)
    now = twin.now()
    until = to_utc(min(to_seconds(now) + days * 24 * 3600, LAST))
    missing = find_missing(twin, campaign) if campaign.status in ("DRAFT", "PAUSED") else []
    if not missing and campaign.status in ("DRAFT", "PAUSED"):
        launch(twin, replace(campaign, updated_at=now))
    advance_sending(twin)
    twin.clock.advance(max(until - now, timedelta()))
    advance_sending(twin)
    return Plan(missing, until, list(_describe_new(workspace, twin, campaign_id)))


def _describe_new(workspace: Workspace, twin: Workspace, campaign_id: str) -> Iterator[dict[str, Any]]:
    for event in twin.events:
        is_own = event.kind == "sent" and event.campaign_id == campaign_id
        if is_own and workspace.events.find(event.event_id) is None:
            yield describe_mail(twin, event)


def describe_mail(workspace: Workspace, event: Event) -> dict[str, Any]:
    """Return a mail of a plan: a `sent` event of the workspace, in the fields of the control API."""
    account = workspace.sender_accounts.find(event.inbox_id or "")
    details = event.details
    return {
        "at": event.at,
        "lead_id": event.lead_id,
        "email": workspace.leads.get(event.lead_id).email,
        "inbox_id": event.inbox_id,
        "inbox_email": account.email_address if account else "",
        "sequence_step": details["sequence_step"],
        "subsequence_id": details.get("subsequence_id"),
        "variant_name": details["variant_name"],
        "subject": details["subject"],
    }
