"""Analytics: what the mails of campaigns resulted in, counted in several ways."""

from datetime import timedelta
from typing import Any

from ..api.api import Api
from ..registry import rule
from .contact_history import history
from .fixtures.shared import UNDOCUMENTED, get_campaign

_OVERVIEW = "docs:analytics/overview"
_TIMELINE = "docs:api-reference/analytics/get-campaign-activity-timeline"


def _row(api: Api, campaign_id: str) -> dict[str, Any]:
    rows = api.read("getCampaignAnalytics")["campaigns"]
    found = [row for row in rows if row["campaign_id"] == campaign_id]
    api.judge.compare(len(found), 1, "the number of rows of one campaign")
    return dict(found[0])


@rule(
    "analytics.campaigns.counts",
    source=_OVERVIEW,
    sentence="total_sent 498, total_opened 169, open_rate 0.3394, total_replied 40, reply_rate 0.0803",
    needs=["incoming_events"],
    operations=["getCampaignAnalytics", "getCampaign"],
    profile="full",
)
def count_mails(api: Api) -> None:
    """The counts equal those of the campaign, and its rates of opens and replies follow."""
    campaign_id, _, _ = history(api)
    row, campaign = _row(api, campaign_id), get_campaign(api, campaign_id)
    expected = {"total_replied": 1, "total_bounced": 1}
    api.judge.compare_fields(row, expected)
    for name, other in (
        ("total_leads", "total_leads"),
        ("total_sent", "sent_count"),
        ("total_opened", "open_count"),
        ("total_replied", "reply_count"),
        ("total_bounced", "bounce_count"),
    ):
        api.judge.compare(row[name], campaign[other], name)
    for kind in ("open", "reply", "bounce"):
        count = row[{"open": "total_opened", "reply": "total_replied", "bounce": "total_bounced"}[kind]]
        off = abs(row[f"{kind}_rate"] - count / row["total_sent"])
        api.judge.require(
            off < 0.001, f"{kind}_rate is {row[f'{kind}_rate']} for {count} of {row['total_sent']}"
        )


@rule(
    "analytics.campaigns.once",
    source=_OVERVIEW,
    sentence="open_rate is total_opened / total_sent, a fraction",
    needs=["incoming_events"],
    operations=["getCampaignAnalytics"],
    profile="full",
)
def count_leads(api: Api) -> None:
    """Analytics count leads, not mails: a lead that opens two mails counts once."""
    campaign_id = api.ready_campaign(name=api.name("opened twice"))
    lead = api.add_lead(campaign_id)
    for kind in ("sent", "opened", "sent", "opened"):
        api.incoming_events.record_event(lead["lead_id"], kind)
    row = _row(api, campaign_id)
    opened, sent, rate = row["total_opened"], row["total_sent"], row["open_rate"]
    api.judge.require(rate <= 1, f"open_rate is {rate}, more than all")
    api.judge.compare(rate, round(opened / max(sent, 1), 4), f"open_rate with {opened} of {sent}")
    expected = {"total_leads": 2, "total_sent": 1, "total_opened": 1, "open_rate": 1.0}
    found = {name: row[name] for name in expected}
    api.judge.compare(found, expected, "the figures of a lead that opened two mails", documented=False)


@rule(
    "analytics.campaigns.dates",
    source=_OVERVIEW,
    sentence="from_date, to_date: campaigns launched on or after, on or before.",
    needs=["launch"],
    operations=["getCampaignAnalytics"],
    repeated=True,
)
def find_launched(api: Api) -> None:
    """Dates select the campaigns launched between them, and the wrong order of dates is refused."""
    launched = api.launched_campaign(name=api.name("launched today"))
    yesterday, tomorrow = ((api.now() + timedelta(days=days)).date().isoformat() for days in (-1, 1))
    cases = (
        ({"from_date": yesterday, "to_date": tomorrow}, True),
        ({"from_date": yesterday}, True),
        ({"to_date": tomorrow}, True),
        ({"from_date": tomorrow}, False),
        ({"to_date": yesterday}, False),
    )
    for query, is_found in cases:
        rows = api.send("getCampaignAnalytics", query=query).succeeds()["campaigns"]
        ids = {row["campaign_id"] for row in rows}
        reported = f"whether what was launched today is found with {query}"
        api.judge.compare(launched in ids, is_found, reported)
        api.judge.require(api.campaign_id not in ids, f"a draft is found with {query}")
    query = {"from_date": tomorrow, "to_date": yesterday}
    api.send("getCampaignAnalytics", query=query).fails("date_order")


@rule(
    "analytics.campaigns.filters",
    source=_OVERVIEW,
    sentence="status selects campaigns; workspace_kpis: total_campaigns, total_sends, averages of rates.",
    operations=["getCampaignAnalytics"],
)
def filter_campaigns(api: Api) -> None:
    """A status selects campaigns, and the figures of the workspace are the sums of its campaigns."""
    answer = api.read("getCampaignAnalytics")
    sums = sum(row["total_sent"] for row in answer["campaigns"])
    for name, least in (("total_sends", sums), ("total_campaigns", len(answer["campaigns"]))):
        reported = answer["workspace_kpis"][name]
        api.judge.require(reported >= least, f"{name} is {reported}, and {least} are listed")
        api.judge.compare(reported, least, name, documented=False)
    _row(api, api.campaign_id)
    drafts = api.send("getCampaignAnalytics", query={"status": "DRAFT"}).succeeds()["campaigns"]
    api.judge.compare({row["status"] for row in drafts}, {"DRAFT"}, "the statuses found by DRAFT")
    none = api.send("getCampaignAnalytics", query={"status": "NO_SUCH_STATUS"}).succeeds()["campaigns"]
    api.judge.compare(none, [], "the campaigns in no such status", documented=False)


def _sum_up(api: Api, query: dict[str, str], kinds: tuple[str, ...]) -> dict[str, int]:
    days = api.send("getTimeline", query=query).succeeds()["timeline"]
    return {kind: sum(day[kind] for day in days) for kind in kinds}


@rule(
    "analytics.timeline.days",
    source=_TIMELINE,
    sentence="One point for every day from from_date to to_date, both included, with zeros.",
    needs=["incoming_events"],
    operations=["getTimeline"],
    profile="full",
)
def count_days(api: Api) -> None:
    """The timeline has each requested day once, in order, and counts the mails of today."""
    campaign_id = api.ready_campaign(name=api.name("with days"))
    today = api.now().date().isoformat()
    query = {"from_date": "2024-01-01", "to_date": "2024-01-03"}
    past = api.send("getTimeline", query=query).succeeds()
    days = [row["date"] for row in past["timeline"]]
    api.judge.compare(days, ["2024-01-01", "2024-01-02", "2024-01-03"], "the days")
    api.judge.compare(sum(row["sent"] for row in past["timeline"]), 0, "mails sent before the run")
    tomorrow = (api.now() + timedelta(days=1)).date().isoformat()
    query = {"from_date": today, "to_date": tomorrow}
    kinds = ("sent", "opened", "replied", "bounced")
    sums = [_sum_up(api, query, kinds)]
    for kind in ("opened", "bounced", "sent"):
        api.incoming_events.record_event(api.add_lead(campaign_id)["lead_id"], kind)
    api.incoming_events.receive_reply(api.add_lead(campaign_id)["lead_id"], "Yes")
    sums.append(_sum_up(api, query, kinds))
    for kind in kinds:
        api.judge.require(sums[1][kind] > sums[0][kind], f"{kind} is {sums[1][kind]} as before")
    before = (api.now() - timedelta(days=1)).date().isoformat()
    both, alone = (
        api.send("getTimeline", query={"from_date": before, "to_date": last}).succeeds()["timeline"]
        for last in (today, before)
    )
    api.judge.compare(both[0], alone[0], "the counts of yesterday, asked with today and alone")
    api.send("getTimeline", query={"from_date": "2024-01-03", "to_date": "2024-01-01"}).fails("date_order")
    more = {kind: sums[1][kind] - sums[0][kind] for kind in kinds}
    expected = {"sent": 4, "opened": 1, "replied": 1, "bounced": 1}
    api.judge.compare(more, expected, "the additional mails", documented=False)


@rule(
    "analytics.ctr.counts",
    source=UNDOCUMENTED,
    needs=["incoming_events"],
    operations=["getCtr", "getCtrLinks"],
    profile="full",
)
def count_clicks(api: Api) -> None:
    """Clicks are counted both per lead and in total, and the click rates relate them to the sent mails."""
    campaign_id = api.ready_campaign(name=api.name("clicked"))
    linked = api.variant(email_content="Read https://example.com/deck now.")
    api.update_campaign(campaign_id, variants=[linked]).succeeds()
    leads = [api.add_lead(campaign_id)["lead_id"] for _ in range(2)]
    for lead_id in leads:
        api.incoming_events.record_event(lead_id, "sent")
    for _ in range(2):
        api.incoming_events.record_event(leads[0], "clicked")
    found = api.read("getCtr", campaign_id=campaign_id)
    expected = {
        "total_sent": 2,
        "unique_verified_clicks": 1,
        "total_verified_clicks": 2,
        "unique_raw_clicks": 1,
        "total_raw_clicks": 2,
        "verified_ctr": 50.0,
    }
    api.judge.compare_fields(found, expected)
    first = {name: value for name, value in found["by_step"][0].items() if name in expected}
    api.judge.compare(first, expected, "the first step")
    api.judge.compare(found["by_step"][0]["sequence_step"], 1, "the number of the first step")
    links = api.read("getCtrLinks", campaign_id=campaign_id)["links"]
    reported = [
        (link["raw_clicks"], link["verified_clicks"], link["unique_verified_leads"]) for link in links
    ]
    api.judge.compare(reported, [(2, 2, 1)], "the clicks on links, raw, verified, by lead")
