"""What happened, in numbers: by campaign, day, link and subsequence. Nothing of it is stored.

Rates are fractions to 4 decimals, but for click-through rates, which are percentages to 2.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from ..state.records import Campaign, Event, Subsequence
from ..state.workspace import Workspace
from .events import MailHistory, find_step, list_mails
from .lead_counts import count_campaign_leads
from .subsequences import find_node_id, trace_enrollment


def count_campaign(workspace: Workspace, campaign: Campaign) -> dict[str, Any]:
    """Return the numbers of a campaign; a lead counts once, also when it got several mails."""
    counts = count_campaign_leads(workspace, campaign)
    sent = counts["sent_count"]
    return {
        "campaign_id": campaign.campaign_id,
        "campaign_name": campaign.settings["name"],
        "status": campaign.status,
        "total_leads": counts["total_leads"],
        "total_sent": sent,
        "total_opened": counts["open_count"],
        "total_replied": counts["reply_count"],
        "total_bounced": counts["bounce_count"],
        "open_rate": _fraction(counts["open_count"], sent),
        "reply_rate": _fraction(counts["reply_count"], sent),
        "bounce_rate": _fraction(counts["bounce_count"], sent),
        "created_at": campaign.created_at,
    }


def sum_up(campaigns: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the numbers of all campaigns given, each an answer of `count_campaign`.

    Averages are the means of the campaigns that have sent anything.
    """
    sending = [campaign for campaign in campaigns if campaign["total_sent"]]
    averages = {
        f"avg_{name}": _fraction(sum(campaign[name] for campaign in sending), len(sending))
        for name in ("open_rate", "reply_rate", "bounce_rate")
    }
    total = sum(campaign["total_sent"] for campaign in campaigns)
    return {"total_campaigns": len(campaigns), "total_sends": total, **averages}


def list_days(workspace: Workspace, first: date, last: date) -> list[dict[str, Any]]:
    """Return one point for each day of UTC from the first to the last.

    Mails are counted: all sent that day, and those first opened, first answered or bounced that day.
    """
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    counts = {day: dict.fromkeys(("sent", "opened", "replied", "bounced"), 0) for day in days}
    for mail in list_mails(workspace.events):
        for kind in ("sent", "opened", "replied", "bounced"):
            at = mail.find(kind)
            if at and at.date() in counts:
                counts[at.date()][kind] += 1
    return [
        {
            "date": day.isoformat(),
            **count,
            "open_rate": _fraction(count["opened"], count["sent"]),
            "reply_rate": _fraction(count["replied"], count["sent"]),
            "bounce_rate": _fraction(count["bounced"], count["sent"]),
        }
        for day, count in counts.items()
    ]


def count_clicks(workspace: Workspace, campaign: Campaign) -> dict[str, Any]:
    """Return how many leads clicked, of the mails sent; altogether and by step."""
    mails = _list_mails_of(workspace, campaign)
    steps: dict[int, list[MailHistory]] = {}
    for mail in mails:
        steps.setdefault(find_step(mail.sent), []).append(mail)
    by_step = [{"sequence_step": step, **_rate_clicks(steps[step])} for step in sorted(steps)]
    return {**_rate_clicks(mails), "by_step": by_step}


def list_links(workspace: Workspace, campaign: Campaign) -> list[dict[str, Any]]:
    """Return the links that were clicked, by step and place in the mail."""
    links: dict[tuple[int, int, str], list[Event]] = {}
    for mail in _list_mails_of(workspace, campaign):
        for click in mail.events.get("clicked", ()):
            link = click.details.get("link_index", 0), click.details.get("url", "")
            links.setdefault((find_step(mail.sent), *link), []).append(click)
    return [
        {
            "link_index": index,
            "sequence_step": step,
            "original_url": url,
            "verified_clicks": len(
                verified := [click for click in links[step, index, url] if is_verified(click)]
            ),
            "raw_clicks": len(links[step, index, url]),
            "unique_verified_leads": len({click.lead_id for click in verified}),
        }
        for step, index, url in sorted(links)
    ]


def count_subsequence(workspace: Workspace, subsequence: Subsequence) -> dict[str, Any]:
    """Return how many leads entered a subsequence, how far they are, and how they reacted to its mails."""
    enrollments = workspace.enrollments.where("subsequence", subsequence.subsequence_id)
    entries = [trace_enrollment(workspace, enrollment) for enrollment in enrollments]
    states = [progress.state for progress in entries]
    mails = [
        mail
        for enrollment in enrollments
        for mail in list_mails(workspace.events.where("lead", enrollment.lead_id))
        if mail.sent.details.get("subsequence_id") == subsequence.subsequence_id
    ]
    opened = sum("opened" in mail.events for mail in mails)
    replied = sum("replied" in mail.events for mail in mails)
    return {
        "subsequence_id": subsequence.subsequence_id,
        "entry_node_id": find_node_id(subsequence.subsequence_id, 0),
        "label": subsequence.label,
        "trigger_type": subsequence.trigger_type,
        "is_active": subsequence.is_active,
        "enrolled_count": len(enrollments),
        "active_count": states.count("active"),
        "completed_count": states.count("completed"),
        "sent_count": len(mails),
        "opened_count": opened,
        "replied_count": replied,
        "open_rate": _fraction(opened, len(mails)),
        "reply_rate": _fraction(replied, len(mails)),
        "completion_rate": _fraction(states.count("completed"), len(enrollments)),
    }


def is_verified(click: Event) -> bool:
    """Return whether a click counts: only those of known bots do not."""
    return bool(click.details.get("verified", True))


def _list_mails_of(workspace: Workspace, campaign: Campaign) -> list[MailHistory]:
    leads = workspace.leads.where("campaign", campaign.campaign_id)
    return list_mails(event for lead in leads for event in workspace.events.where("lead", lead.lead_id))


def _rate_clicks(mails: list[MailHistory]) -> dict[str, Any]:
    clicks = [click for mail in mails for click in mail.events.get("clicked", ())]
    verified = [click for click in clicks if is_verified(click)]
    return {
        "total_sent": len(mails),
        "unique_verified_clicks": _count_leads_of(verified),
        "unique_raw_clicks": _count_leads_of(clicks),
        "total_verified_clicks": len(verified),
        "total_raw_clicks": len(clicks),
        "verified_ctr": _percentage(_count_leads_of(verified), len(mails)),
        "raw_ctr": _percentage(_count_leads_of(clicks), len(mails)),
    }


def _count_leads_of(clicks: Iterable[Event]) -> int:
    return len({click.lead_id for click in clicks})


def _fraction(part: float, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _percentage(part: int, whole: int) -> float:
    return round(part / whole * 100, 2) if whole else 0.0
