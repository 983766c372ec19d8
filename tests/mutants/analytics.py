"""Figures that are wrong: of campaigns, of days, of clicks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from mockserver.model import analytics
from mockserver.model.events import list_mails
from mockserver.resources.analytics import check_date_order
from mockserver.resources.call import Call
from mockserver.state.records import Campaign
from mockserver.state.workspace import Workspace

from .mail_scenarios import exercise_numbers
from .mutant import Mutant
from .mutations import Handler, Json, Mutation, answer, around, ignore_query, swap

_OPEN = "no source describes the operation"


def _mutant(name: str, summary: str, mutation: Mutation, choice: str = "") -> Mutant:
    return Mutant(f"state.analytics.{name}", summary, mutation, choice=choice, scenario=exercise_numbers)


def _clicks(name: str, summary: str, mutation: Mutation) -> Mutant:
    return _mutant(f"ctr.{name}", summary, mutation, _OPEN)


def _counting(alter: Callable[[Workspace, Campaign, Json], Json]) -> Mutation:
    """Count something else of each campaign."""

    def count(workspace: Workspace, campaign: Campaign) -> Json:
        found = analytics.count_campaign(workspace, campaign)
        return {**found, **alter(workspace, campaign, found)}

    return swap("getCampaignAnalytics", analytics.count_campaign, count)


def _count_mails(workspace: Workspace, campaign: Campaign, kind: str) -> int:
    leads = workspace.leads.where("campaign", campaign.campaign_id)
    events = [event for lead in leads for event in workspace.events.where("lead", lead.lead_id)]
    return sum(len(mail.events.get(kind, ())) for mail in list_mails(events))


def _of_days(alter: Callable[[list[Json]], list[Json]]) -> Mutation:
    return answer("getTimeline", lambda body: {**body, "timeline": alter(body["timeline"])})


def _of_kpis(alter: Callable[[Json], Json]) -> Mutation:
    return answer(
        "getCampaignAnalytics",
        lambda body: {**body, "workspace_kpis": {**body["workspace_kpis"], **alter(body)}},
    )


def _rate_of_leads(_workspace: Workspace, _campaign: Campaign, found: Json) -> Json:
    leads = found["total_leads"] or 1
    return {"open_rate": round(found["total_opened"] / leads, 4)}


def _of_ctr(alter: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """Alter the click rates of a campaign, and those of each of its steps."""
    return lambda body: {**body, **alter(body), "by_step": [{**row, **alter(row)} for row in body["by_step"]]}


def _rate_each(row: Json) -> Json:
    """Count clicks instead of leads in the click rates."""
    clicks, sent = row["total_verified_clicks"], row["total_sent"]
    rate = round(clicks / sent * 100, 2) if sent else 0.0
    return {"unique_verified_clicks": clicks, "verified_ctr": rate}


def _rate_fraction(row: Json) -> Json:
    sent = row["total_sent"] or 1
    return {f"{kind}_ctr": row[f"unique_{kind}_clicks"] / sent for kind in ("verified", "raw")}


def _start_late(workspace: Workspace, first: date, last: date) -> Json:
    return analytics.list_days(workspace, first, last)[1:]


def _turn_round(handler: Handler, call: Call) -> Any:
    names = ("from_date", "to_date")
    dates = sorted(call.query[name] for name in names if name in call.query)
    return handler(
        replace(call, query=dict(zip(names, dates, strict=True)) if len(dates) == 2 else call.query)
    )


# fmt: off
MUTANTS = (
    _mutant("campaigns.others_leads", "a campaign's figures are those of all campaigns",
            _counting(lambda workspace, campaign, found: {"total_leads": len(workspace.leads)})),
    _mutant("campaigns.mails", "mails are counted instead of leads: open rates above one",
            _counting(lambda workspace, campaign, found: {
                "total_opened": _count_mails(workspace, campaign, "opened")})),
    _mutant("campaigns.bounced_sent", "bounced mails count as sent: open rates look worse",
            _counting(lambda workspace, campaign, found: {
                "total_sent": found["total_sent"] + found["total_bounced"]})),
    _mutant("campaigns.rates_of_leads", "open and reply rates are of all leads, and not of those sent to",
            _counting(_rate_of_leads)),
    _mutant("campaigns.percent", "open_rate is a percentage", _counting(lambda workspace, campaign, found: {
        name: found[name] * 100 for name in ("open_rate", "reply_rate", "bounce_rate")})),
    _mutant("campaigns.replies_zero", "total_replied is always 0",
            _counting(lambda workspace, campaign, found: {"total_replied": 0, "reply_rate": 0.0})),
    _mutant("campaigns.status_ignored", "status is ignored",
            ignore_query("getCampaignAnalytics", status=None)),
    _mutant("campaigns.dates_ignored", "from_date is ignored: old campaigns water the figures down",
            ignore_query("getCampaignAnalytics", from_date=None)),
    _mutant("campaigns.to_date_ignored", "to_date is ignored",
            ignore_query("getCampaignAnalytics", to_date=None)),
    _mutant("campaigns.active_only", "only ACTIVE campaigns are listed",
            answer("getCampaignAnalytics", lambda body: {
                **body, "campaigns": [row for row in body["campaigns"] if row["status"] == "ACTIVE"]})),
    _mutant("campaigns.order", "dates in the wrong order find nothing instead of an error",
            swap("getCampaignAnalytics", check_date_order, lambda first, last: None)),
    _mutant("kpis.sends_zero", "total_sends is always 0", _of_kpis(lambda body: {"total_sends": 0})),
    _mutant("kpis.campaigns", "drafts are not counted", _of_kpis(lambda body: {"total_campaigns": sum(
        row["status"] != "DRAFT" for row in body["campaigns"])})),
    _mutant("timeline.gaps", "days on which nothing happened are left out: charts lie",
            _of_days(lambda days: [day for day in days if day["sent"]])),
    _mutant("timeline.first_missing", "the first day is left out",
            swap("getTimeline", analytics.list_days, _start_late)),
    _mutant("timeline.last_missing", "the last day is left out: today is never seen",
            _of_days(lambda days: days[:-1])),
    _mutant("timeline.newest_first", "the newest day comes first", _of_days(lambda days: days[::-1])),
    _mutant("timeline.sent_zero", "nothing is ever sent",
            _of_days(lambda days: [{**day, "sent": 0} for day in days])),
    _mutant("timeline.bounced_zero", "nothing ever bounces",
            _of_days(lambda days: [{**day, "bounced": 0} for day in days])),
    _mutant("timeline.everyday", "each day has the sum of all days", _of_days(lambda days: [
        {**day, "sent": sum(each["sent"] for each in days)} for day in days])),
    _mutant("timeline.from_ignored", "from_date is ignored", ignore_query("getTimeline", from_date=None)),
    _mutant("timeline.order", "dates in the wrong order are turned round",
            around("getTimeline", _turn_round)),
    _clicks("each", "clicks are counted, and not leads", answer("getCtr", _of_ctr(_rate_each))),
    _clicks("fraction", "click rates are fractions", answer("getCtr", _of_ctr(_rate_fraction))),
    _clicks("no_steps", "by_step is empty",
            answer("getCtr", lambda body: {**body, "by_step": []})),
    _clicks("step_from_zero", "steps are counted from 0", answer("getCtr", lambda body: {**body, "by_step": [
        {**row, "sequence_step": row["sequence_step"] - 1} for row in body["by_step"]]})),
    _clicks("no_links", "no link is listed", answer("getCtrLinks", lambda body: {**body, "links": []})),
    _clicks("links_once", "each link has one click", answer("getCtrLinks", lambda body: {
        **body, "links": [{**row, "raw_clicks": 1, "verified_clicks": 1} for row in body["links"]]})),
    _clicks("by_bots", "no click is verified", swap(
        "getCtr", analytics.is_verified, lambda click: False)),
)
# fmt: on
