"""What the mails of campaigns came to, counted in several ways."""

from typing import Any

from ..api import Api
from ..rule import rule
from .contact_history import history
from .shared import UNDOCUMENTED, get_campaign, tell_once

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
    needs=["outside"],
    operations=["getCampaignAnalytics", "getCampaign"],
)
def count_mails(api: Api) -> None:
    """A campaign's figures are those of the campaign itself, and its rates follow from them."""
    campaign_id, _, _ = history(api)
    row, campaign = _row(api, campaign_id), get_campaign(api, campaign_id)
    expected = {"total_replied": 1, "total_bounced": 1}
    for name, value in expected.items():
        api.judge.compare(row[name], value, name)
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
        api.judge.demand(
            off < 0.001, f"{kind}_rate is {row[f'{kind}_rate']} for {count} of {row['total_sent']}"
        )


@rule("analytics.campaigns.filters", source=_OVERVIEW, operations=["getCampaignAnalytics"])
def filter_campaigns(api: Api) -> None:
    """A status leaves only campaigns in it; the workspace's figures add up its campaigns'."""
    answer = api.read("getCampaignAnalytics")
    sums = sum(row["total_sent"] for row in answer["campaigns"])
    api.judge.compare(answer["workspace_kpis"]["total_sends"], sums, "total_sends", documented=False)
    _row(api, api.campaign_id)
    drafts = api.send("getCampaignAnalytics", query={"status": "DRAFT"}).succeeds()["campaigns"]
    api.judge.compare({row["status"] for row in drafts}, {"DRAFT"}, "the statuses found by DRAFT")
    none = api.send("getCampaignAnalytics", query={"status": "NO_SUCH_STATUS"}).succeeds()["campaigns"]
    api.judge.compare(none, [], "the campaigns in no such status", documented=False)


@rule("analytics.timeline.days", source=_TIMELINE, needs=["outside"], operations=["getTimeline"])
def count_days(api: Api) -> None:
    """The timeline has each day asked for once, in order, and today what the run's leads were sent."""
    history(api)
    today = api.now().date().isoformat()
    query = {"from_date": "2024-01-01", "to_date": "2024-01-03"}
    past = api.send("getTimeline", query=query).succeeds()
    days = [row["date"] for row in past["timeline"]]
    api.judge.compare(days, ["2024-01-01", "2024-01-02", "2024-01-03"], "the days")
    api.judge.compare(sum(row["sent"] for row in past["timeline"]), 0, "mails sent before the run")
    now = api.send("getTimeline", query={"from_date": today, "to_date": today}).succeeds()["timeline"]
    kpis = api.read("getCampaignAnalytics")
    for name in ("sent", "replied", "bounced"):
        total = sum(row[f"total_{name}"] for row in kpis["campaigns"])
        told = sum(row[name] for row in now)  # of mails, and not of leads
        api.judge.demand(told >= total, f"{told} are {name} today, of {total} leads", documented=False)
    api.send("getTimeline", query={"from_date": "2024-01-03", "to_date": "2024-01-01"}).fails("date_order")


@rule(
    "analytics.ctr.counts",
    source=UNDOCUMENTED,
    needs=["outside"],
    operations=["getCtr", "getCtrLinks", "getSubsequenceAnalytics"],
)
def count_clicks(api: Api) -> None:
    """Clicks are counted once a lead and once each, against what was sent."""
    assert api.target.outside is not None
    campaign_id = api.ready_campaign(name=api.name("clicked"))
    leads = [api.add_lead(campaign_id)["lead_id"] for _ in range(2)]
    for lead_id in leads:
        api.target.outside.happen(lead_id, "sent")
    for _ in range(2):
        api.target.outside.happen(leads[0], "clicked")
    found = api.read("getCtr", campaign_id=campaign_id)
    expected = {
        "total_sent": 2,
        "unique_verified_clicks": 1,
        "total_verified_clicks": 2,
        "unique_raw_clicks": 1,
        "total_raw_clicks": 2,
        "verified_ctr": 50.0,
    }
    for name, value in expected.items():
        api.judge.compare(found[name], value, name)
    first = {name: value for name, value in found["by_step"][0].items() if name in expected}
    api.judge.compare(first, expected, "the first step")


def _branch(api: Api) -> tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return a campaign, the body that made a branch of it, the answer, and a lead in it."""

    def make() -> tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]:
        campaign_id = api.ready_campaign(name=api.name("with a branch"))
        body = dict(api.spec.operations["createSubsequence"].body_examples["keyword"])
        made = api.send("createSubsequence", path={"campaign_id": campaign_id}, body=body).succeeds()
        return campaign_id, body, dict(made), api.add_lead(campaign_id)

    return tell_once(api, "a branch", make)


@rule("flow.branch.stored", source=UNDOCUMENTED, operations=["createSubsequence", "getFlow"])
def store_branch(api: Api) -> None:
    """A branch stands in the graph as it was answered: its trigger, its mails in order, their waits."""
    campaign_id, body, made, _ = _branch(api)
    edge = made["entry_edge"]
    expected = {
        "condition_type": body["trigger_type"],
        "condition_params": body["trigger_params"],
        "label": body["label"],
        "is_active": True,
        "to_node_id": made["nodes"][0]["id"],
    }
    for name, value in expected.items():
        api.judge.compare(edge[name], value, name)
    subjects = [node["variants"][0]["subject"] for node in made["nodes"]]
    api.judge.compare(subjects, [step["variants"][0]["subject"] for step in body["steps"]], "subjects")
    graph = api.read("getFlow", campaign_id=campaign_id)
    api.judge.compare(graph["subsequences_enabled"], True, "subsequences_enabled")
    for kind, answered in (("nodes", made["nodes"]), ("edges", [edge, *made["edges"]])):
        by_id = {each["id"]: each for each in graph[kind]}
        for each in answered:
            api.judge.compare(by_id.get(each["id"]), each, f"one of the {kind}")
    groups = [node["node_group"] for node in graph["nodes"]]
    api.judge.demand("MAIN" in groups, "the graph lacks the campaign's own mails")


@rule(
    "flow.branch.moved",
    source=UNDOCUMENTED,
    operations=["moveLeadsToSubsequence", "getLeadJourney", "getSubsequenceAnalytics"],
)
def move_lead(api: Api) -> None:
    """A lead that is moved into a branch is in it, counted there, and skipped the next time."""
    campaign_id, _, made, lead = _branch(api)
    path, node = {"campaign_id": campaign_id}, made["nodes"][0]["id"]
    body = {"lead_ids": [lead["lead_id"], api.unknown_id()], "target_subsequence_node_id": node}
    moved = api.send("moveLeadsToSubsequence", path=path, body=body).succeeds()
    api.judge.compare(moved["success_count"], 1, "success_count")
    api.judge.compare(len(moved["skipped_leads"]), 1, "the number of skipped leads")
    enrolled = [(row["lead_id"], row["subsequence_id"], row["entry_node_id"]) for row in moved["enrollments"]]
    api.judge.compare(enrolled, [(lead["lead_id"], made["entry_edge"]["id"], node)], "enrollments")
    journey = api.read("getLeadJourney", lead_id=lead["lead_id"], **path)
    told = [row["subsequence_id"] for row in journey["enrollments"]]
    api.judge.compare(told, [made["entry_edge"]["id"]], "the journey's branches")
    row = api.read("getSubsequenceAnalytics", **path)["subsequences"][0]
    api.judge.compare(row["enrolled_count"], 1, "enrolled_count")
    api.judge.compare(row["label"], made["entry_edge"]["label"], "label")


@rule(
    "flow.branch.changed",
    source=UNDOCUMENTED,
    operations=["updateSubsequence", "deleteSubsequence", "getFlow"],
)
def change_branch(api: Api) -> None:
    """Only what is sent of a branch changes; deleted, it leaves the graph with all its mails."""
    campaign_id = api.ready_campaign(name=api.name("loses a branch"))
    path = {"campaign_id": campaign_id}
    example = next(iter(api.spec.operations["createSubsequence"].body_examples.values()))
    body = {name: value for name, value in example.items() if name != "label"}
    before = api.read("getFlow", **path)
    made = api.send("createSubsequence", path=path, body=body).succeeds()
    api.judge.compare(made["entry_edge"]["label"], None, "label")
    own = {**path, "subsequence_id": made["entry_edge"]["id"]}
    changed = api.send("updateSubsequence", path=own, body={"is_active": False}).succeeds()
    expected = {**made["entry_edge"], "is_active": False}
    for name, value in expected.items():
        api.judge.compare(changed["entry_edge"][name], value, name)
    api.judge.compare(changed["nodes"], made["nodes"], "nodes")
    api.send("deleteSubsequence", path=own).succeeds()
    after = api.read("getFlow", **path)
    for kind in ("nodes", "edges"):
        ids = [each["id"] for each in after[kind]]
        api.judge.compare(ids, [each["id"] for each in before[kind]], f"{kind} without the branch")
    api.send("deleteSubsequence", path=own).fails("subsequence_not_found")
