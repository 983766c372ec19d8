"""How many mails a sender account has sent and may still send, in days of UTC.

They are counted from the records. Sending applies the same limits in days of a campaign's timezone.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ..state.records import Campaign, SenderAccount
from ..state.workspace import Workspace


def count_sent_on(workspace: Workspace, inbox_id: str, day: date) -> int:
    """Return how many mails a sender account sent on a day, for campaigns and others."""
    return workspace.events.count("day", (inbox_id, "sent", day)) + workspace.direct_mails.count(
        "day", (inbox_id, day)
    )


def count_sent_this_month(workspace: Workspace, inbox_id: str) -> int:
    """Return how many mails a sender account has sent since the first day of the month."""
    today = workspace.now().date()
    return sum(count_sent_on(workspace, inbox_id, today - timedelta(days=back)) for back in range(today.day))


def describe_day(now: datetime) -> dict[str, Any]:
    """Return the day that quotas are counted for, and when the next begins."""
    tomorrow = now.date() + timedelta(days=1)
    return {"date": now.date().isoformat(), "reset_at_utc": datetime.combine(tomorrow, time(), UTC)}


def describe_usage(workspace: Workspace, account: SenderAccount) -> dict[str, Any]:
    """Return what an account has sent today, and what its own limit leaves."""
    sent_today = count_sent_on(workspace, account.inbox_id, workspace.now().date())
    remaining = max(0, account.settings["daily_limit"] - sent_today)
    return {
        "inbox_id": account.inbox_id,
        "email_address": account.email_address,
        "sent_today": sent_today,
        "daily_limit": account.settings["daily_limit"],
        "remaining": remaining,
        "is_rate_limited": remaining == 0,
    }


def describe_quota(workspace: Workspace, campaign: Campaign, account: SenderAccount) -> dict[str, Any]:
    """Return what an account may still send today for a campaign: the least of all limits."""
    today = workspace.now().date()
    launched = campaign.launched_at.date() if campaign.launched_at else today
    limits = find_limits(campaign, account, (today - launched).days)
    effective = find_least(limits)
    sent_today = count_sent_on(workspace, account.inbox_id, today)
    remaining = max(0, effective - sent_today)
    return {
        "inbox_id": account.inbox_id,
        "email_address": account.email_address,
        **limits,
        "effective_daily_limit": effective,
        "sent_today": sent_today,
        "effective_remaining": remaining,
        "is_rate_limited": remaining == 0,
        "ramp_up_enabled": campaign.settings["ramp_up_enabled"],
    }


def find_limits(campaign: Campaign, account: SenderAccount, days: int) -> dict[str, int | None]:
    """Return how many mails an account may send on a day, `days` after a campaign's launch.

    None is no limit. All mails of the account count against each of them, of any campaign.
    """
    return {
        "inbox_daily_limit": account.settings["daily_limit"],
        "campaign_daily_limit": campaign.settings["daily_limit_per_inbox"],
        "ramp_up_limit": find_ramp_up_limit(campaign.settings, days),
    }


def find_least(limits: Mapping[str, int | None]) -> int:
    """Return the limit that counts; the account's own is always set."""
    return min(limit for limit in limits.values() if limit is not None)


def find_ramp_up_limit(settings: Mapping[str, Any], days: int) -> int | None:
    """Return how many mails an account may send on a day of a ramp-up; None without a ramp-up.

    The day of the launch allows `ramp_up_increment` mails, each day after it as many more, up to
    `ramp_up_max_limit`. What is not launched yet stands on its first day.
    """
    most: int | None = settings["ramp_up_max_limit"]
    if not settings["ramp_up_enabled"]:
        return None
    if settings["ramp_up_increment"] is None:
        return most
    limit: int = settings["ramp_up_increment"] * (max(0, days) + 1)
    return limit if most is None else min(limit, most)
