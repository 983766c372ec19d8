"""What came of campaigns, days, links and subsequences, counted by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mockserver.model.events import record_event

from .kit.api import Api, follow_up
from .kit.subsequences import add_subsequence, move_leads

DAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def api(api: Api) -> Api:
    """A user whose clock stands at noon."""
    api.workspace.clock.freeze(DAY)
    return api


def happen(api: Api, lead_id: str, kind: str, days: int = 0, **facts: Any) -> str:
    """Let something happen so many days from now; returns the mail's id."""
    lead, at = api.workspace.leads.get(lead_id), DAY + timedelta(days=days)
    return record_event(api.workspace, lead, kind, at=at, **facts).email_id


def send(api: Api, lead_id: str, step: int = 1, days: int = 0) -> str:
    return happen(api, lead_id, "sent", days, details={"sequence_step": step, "subject": "Hi"})


def click(api: Api, lead_id: str, email_id: str, url: str = "https://x.io", **details: Any) -> None:
    happen(api, lead_id, "clicked", email_id=email_id, details={"url": url, **details})


def ctr(api: Api, campaign_id: str, **query: Any) -> Any:
    return api.ok("getCtr", query=query, campaign_id=campaign_id)


def campaigns(api: Api, **query: str) -> Any:
    return api.ok("getCampaignAnalytics", query=query)


def timeline(api: Api, **query: str) -> Any:
    return api.ok("getTimeline", query=query)


def leads(api: Api, campaign_id: str, count: int) -> list[str]:
    return [api.lead(campaign_id, f"lead-{number}@{campaign_id[:8]}.example.com") for number in range(count)]


# ---------------------------------------------------------------- campaigns


def test_a_campaigns_rates_are_fractions_of_the_leads_sent_to(api: Api) -> None:
    campaign_id = api.campaign()
    ids = leads(api, campaign_id, 8)
    for lead_id in ids[:7]:
        api.happen(lead_id, "sent")
    api.happen(ids[0], "sent", "opened", "opened", "replied")
    api.happen(ids[1], "opened")
    api.happen(ids[6], "bounced")
    (shown,) = campaigns(api)["campaigns"]
    assert {name: value for name, value in shown.items() if name not in ("campaign_id", "created_at")} == {
        "campaign_name": "Q1 Product Launch",
        "status": "DRAFT",
        "total_leads": 8,
        "total_sent": 6,
        "total_opened": 2,
        "total_replied": 1,
        "total_bounced": 1,
        "open_rate": 0.3333,
        "reply_rate": 0.1667,
        "bounce_rate": 0.1667,
    }


def test_the_workspace_averages_the_campaigns_that_sent_anything(api: Api) -> None:
    for opened in (1, 2):
        ids = leads(api, api.campaign(), 4)
        for index, lead_id in enumerate(ids):
            api.happen(lead_id, "sent", *(["opened"] if index < opened else []))
    leads(api, api.campaign(), 3)
    assert campaigns(api)["workspace_kpis"] == {
        "total_campaigns": 3,
        "total_sends": 8,
        "avg_open_rate": 0.375,
        "avg_reply_rate": 0.0,
        "avg_bounce_rate": 0.0,
    }


def test_an_empty_workspace_has_no_campaigns_and_no_rates(api: Api) -> None:
    shown = campaigns(api)
    assert shown["campaigns"] == []
    assert set(shown["workspace_kpis"].values()) == {0}


@pytest.mark.parametrize("status", ["DRAFT", "ACTIVE", "PAUSED", "COMPLETED", "FAILED", "ARCHIVED", "HAPPY"])
def test_campaigns_can_be_filtered_by_status(api: Api, status: str) -> None:
    made = {name: api.campaign_in(name) for name in ("DRAFT", "ACTIVE", "PAUSED", "ARCHIVED", "FAILED")}
    assert {c["campaign_id"] for c in campaigns(api)["campaigns"]} == set(made.values())
    shown = campaigns(api, status=status)
    assert [c["campaign_id"] for c in shown["campaigns"]] == ([made[status]] if status in made else [])
    assert shown["workspace_kpis"]["total_campaigns"] == len(shown["campaigns"])


@pytest.mark.parametrize(
    ("query", "launched"),
    [
        ({}, [None, 0, 1, 2]),
        ({"from_date": "2026-03-03"}, [1, 2]),
        ({"to_date": "2026-03-03"}, [0, 1]),
        ({"from_date": "2026-03-03", "to_date": "2026-03-03"}, [1]),
        ({"from_date": "2026-03-05"}, []),
    ],
)
def test_campaigns_can_be_filtered_by_the_day_of_their_launch(
    api: Api, query: dict[str, str], launched: list[int | None]
) -> None:
    made: dict[int | None, str] = {None: api.campaign()}
    for days in range(3):
        made[days] = api.campaign_in("ACTIVE")
        api.workspace.clock.advance(timedelta(days=1))
    shown = [campaign["campaign_id"] for campaign in campaigns(api, **query)["campaigns"]]
    assert shown == [made[days] for days in launched]


# ---------------------------------------------------------------- days


def test_a_timeline_ends_today_and_goes_back_ninety_days(api: Api) -> None:
    shown = timeline(api)
    assert (shown["from_date"], shown["to_date"]) == ("2025-12-02", "2026-03-02")
    assert len(shown["timeline"]) == 91
    assert {point["sent"] for point in shown["timeline"]} == {0}


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({"to_date": "2026-03-01"}, "2025-12-01", "2026-03-01"),
        ({"from_date": "2026-02-27"}, "2026-02-27", "2026-03-02"),
        ({"from_date": "2026-03-02", "to_date": "2026-03-02"}, "2026-03-02", "2026-03-02"),
        ({"from_date": "1926-03-03"}, "1926-03-03", "2026-03-02"),
        ({"to_date": "0001-01-05"}, "0001-01-01", "0001-01-05"),
        ({"from_date": "9999-12-30", "to_date": "9999-12-31"}, "9999-12-30", "9999-12-31"),
    ],
)
def test_a_timeline_has_every_day_from_the_first_to_the_last(
    api: Api, query: dict[str, str], first: str, last: str
) -> None:
    shown = timeline(api, **query)
    days = [date.fromisoformat(point["date"]).toordinal() for point in shown["timeline"]]
    assert (shown["from_date"], shown["to_date"]) == (first, last)
    assert days == list(
        range(date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1)
    )


def test_a_day_that_begins_after_today_needs_an_end(api: Api) -> None:
    answer = api("getTimeline", query={"from_date": "2026-03-03"})
    assert (answer.status, answer.body) == (400, {"detail": "from_date must be on or before to_date"})


def test_each_day_counts_the_mails_it_happened_to_first(api: Api) -> None:
    one, two = leads(api, api.campaign(), 2)
    mails = [send(api, one), send(api, two), send(api, one, step=2, days=1)]
    happen(api, one, "opened", days=1, email_id=mails[0])
    happen(api, one, "opened", days=2, email_id=mails[0])
    happen(api, one, "opened", days=1, email_id=mails[2])
    happen(api, two, "bounced", email_id=mails[1])
    happen(api, one, "replied", days=2, email_id=mails[2])
    points = timeline(api, from_date="2026-03-02", to_date="2026-03-04")["timeline"]
    assert [tuple(point.values()) for point in points] == [
        ("2026-03-02", 2, 0, 0, 1, 0.0, 0.0, 0.5),
        ("2026-03-03", 1, 2, 0, 0, 2.0, 0.0, 0.0),
        ("2026-03-04", 0, 0, 1, 0, 0.0, 0.0, 0.0),
    ]


def test_days_are_days_of_utc(api: Api) -> None:
    lead = api.workspace.leads.get(api.lead(api.campaign(timezone="Asia/Tokyo")))
    for at in (datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)):
        record_event(api.workspace, lead, "sent", at=at)
    points = timeline(api, from_date="2026-03-01")["timeline"]
    assert [point["sent"] for point in points] == [1, 1]


# ---------------------------------------------------------------- clicks


def test_click_rates_are_leads_by_mails_as_percentages(api: Api) -> None:
    campaign_id = api.campaign()
    one, two, three = leads(api, campaign_id, 3)
    firsts = {lead_id: send(api, lead_id) for lead_id in (one, two, three)}
    second = send(api, one, step=2)
    click(api, one, firsts[one])
    click(api, one, firsts[one])
    click(api, one, second, verified=True)
    click(api, two, firsts[two], verified=False)
    shown = ctr(api, campaign_id)
    assert shown["by_step"] == [
        {
            "sequence_step": 1,
            "total_sent": 3,
            "unique_verified_clicks": 1,
            "unique_raw_clicks": 2,
            "total_verified_clicks": 2,
            "total_raw_clicks": 3,
            "verified_ctr": 33.33,
            "raw_ctr": 66.67,
        },
        {
            "sequence_step": 2,
            "total_sent": 1,
            "unique_verified_clicks": 1,
            "unique_raw_clicks": 1,
            "total_verified_clicks": 1,
            "total_raw_clicks": 1,
            "verified_ctr": 100.0,
            "raw_ctr": 100.0,
        },
    ]
    assert {name: shown[name] for name in shown["by_step"][0] if name in shown} == {
        "total_sent": 4,
        "unique_verified_clicks": 1,
        "unique_raw_clicks": 2,
        "total_verified_clicks": 3,
        "total_raw_clicks": 4,
        "verified_ctr": 25.0,
        "raw_ctr": 50.0,
    }


def test_verified_is_repeated_and_changes_nothing_else(api: Api) -> None:
    campaign_id = api.campaign()
    (lead_id,) = leads(api, campaign_id, 1)
    click(api, lead_id, send(api, lead_id), verified=False)
    for operation_id in ("getCtr", "getCtrLinks"):
        shown = {
            text: api.ok(operation_id, query={"verified": text} if text else {}, campaign_id=campaign_id)
            for text in ("true", "false", "")
        }
        assert [shown[text]["verified"] for text in shown] == [True, False, True]
        assert shown["true"] == shown[""] == {**shown["false"], "verified": True}


def test_nothing_sent_means_no_clicks(api: Api) -> None:
    campaign_id = api.campaign()
    shown = ctr(api, campaign_id)
    assert (shown["total_sent"], shown["verified_ctr"], shown["by_step"]) == (0, 0.0, [])
    assert api.ok("getCtrLinks", campaign_id=campaign_id)["links"] == []


def test_links_are_listed_by_step_and_place(api: Api) -> None:
    campaign_id = api.campaign()
    one, two = leads(api, campaign_id, 2)
    first, other, second = send(api, one), send(api, two), send(api, one, step=2)
    click(api, one, second, "https://x.io/b", link_index=0)
    click(api, one, first, "https://x.io/b", link_index=1)
    for lead_id, mail, verified in ((one, first, True), (one, first, True), (two, other, False)):
        click(api, lead_id, mail, "https://x.io/a", link_index=0, verified=verified)
    assert [tuple(link.values()) for link in api.ok("getCtrLinks", campaign_id=campaign_id)["links"]] == [
        (0, 1, "https://x.io/a", 2, 3, 1),
        (1, 1, "https://x.io/b", 1, 1, 1),
        (0, 2, "https://x.io/b", 1, 1, 1),
    ]


# ---------------------------------------------------------------- subsequences


def test_a_subsequence_counts_who_came_how_far_they_got_and_the_reactions_to_its_mails(api: Api) -> None:
    campaign_id = api.ready(sequences=[follow_up()])
    made = add_subsequence(api, campaign_id)
    ids = leads(api, campaign_id, 5)
    for lead_id in ids:
        send(api, lead_id)
    move_leads(api, campaign_id, made["nodes"][0]["id"], *ids[:4])
    details = {"sequence_step": 0, "subject": "Hi", "subsequence_id": made["entry_edge"]["id"]}
    mails = [
        happen(api, lead_id, "sent", 1, details={**details, "node_id": made["nodes"][index]["id"]})
        for lead_id, index in ((ids[0], 0), (ids[0], 1), (ids[1], 0), (ids[2], 0))
    ]
    happen(api, ids[0], "opened", 2, email_id=mails[0])
    happen(api, ids[0], "opened", 2, email_id=mails[1])
    happen(api, ids[1], "replied", 2, email_id=mails[2])
    (shown,) = api.ok("getSubsequenceAnalytics", campaign_id=campaign_id)["subsequences"]
    assert shown == {
        "subsequence_id": made["entry_edge"]["id"],
        "entry_node_id": made["nodes"][0]["id"],
        "label": "Interested: nurture",
        "trigger_type": "KEYWORD",
        "is_active": True,
        "enrolled_count": 4,
        "active_count": 2,
        "completed_count": 1,
        "sent_count": 4,
        "opened_count": 2,
        "replied_count": 1,
        "open_rate": 0.5,
        "reply_rate": 0.25,
        "completion_rate": 0.25,
    }
    steps = {step["sequence_step"]: step["total_sent"] for step in ctr(api, campaign_id)["by_step"]}
    assert steps == {0: 4, 1: 5}


def test_subsequences_are_listed_in_the_order_they_fire(api: Api) -> None:
    campaign_id = api.ready()
    assert api.ok("getSubsequenceAnalytics", campaign_id=campaign_id)["subsequences"] == []
    for priority in (3, 1, 2):
        add_subsequence(api, campaign_id, priority=priority, label=str(priority))
    shown = api.ok("getSubsequenceAnalytics", campaign_id=campaign_id)["subsequences"]
    assert [subsequence["label"] for subsequence in shown] == ["1", "2", "3"]


def test_another_key_sees_nothing_of_it(api: Api) -> None:
    campaign_id = api.ready()
    api.happen(api.leads(campaign_id)[0]["lead_id"], "sent")
    stranger = Api(api.app, api.key + "-other")
    stranger.workspace.clock.freeze(DAY)
    assert campaigns(stranger)["workspace_kpis"]["total_campaigns"] == 0
    assert timeline(stranger)["timeline"][-1]["sent"] == 0
    for operation_id in ("getCtr", "getCtrLinks", "getSubsequenceAnalytics"):
        assert stranger(operation_id, campaign_id=campaign_id).status == 404
