"""Campaigns are found, sorted and paged."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.model.events import record_event
from mockserver.resources.paging import paginate

from .kit.api import Api


def listed(api: Api, **query: Any) -> list[str]:
    return [campaign["name"] for campaign in api.ok("listCampaigns", query=query)["campaigns"]]


@pytest.fixture
def spring(api: Api) -> Api:
    """Four campaigns, a day apart: two drafts, one active, one paused."""
    api.workspace.clock.freeze()
    for name, status in (("Berlin drafts", "DRAFT"), ("amsterdam", "ACTIVE"), ("Zürich 100%", "PAUSED"),
                         ("Amsterdam", "DRAFT")):  # fmt: skip
        campaign_id = api.campaign_in(status, start_date="2099-01-01T09:00:00Z")
        campaigns = api.workspace.campaigns
        stored = campaigns.get(campaign_id)
        campaigns.put(replace(stored, settings={**stored.settings, "name": name}))
        api.workspace.clock.advance(timedelta(days=1))
    return api


def test_an_item_has_the_documented_fields_in_order(spring: Api) -> None:
    item = spring.ok("listCampaigns", query={"status": "ACTIVE"})["campaigns"][0]
    assert list(item) == [
        "campaign_id", "name", "status", "current_step", "created_at", "launched_at", "total_leads",
        "sent_count", "reply_count", "open_count", "bounce_count", "unsubscribe_count",
    ]  # fmt: skip
    assert (item["total_leads"], item["current_step"]) == (1, 5)


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["Amsterdam", "Zürich 100%", "amsterdam", "Berlin drafts"]),
    ({"status": "DRAFT"}, ["Amsterdam", "Berlin drafts"]),
    ({"status_filter": "DRAFT"}, ["Amsterdam", "Berlin drafts"]),
    ({"status": "PAUSED", "status_filter": "DRAFT"}, ["Zürich 100%"]),
    ({"status": "draft"}, []),
    ({"status_filter": "X"}, []),
    ({"status": ""}, []),
    ({"status": "COMPLETED"}, []),
    ({"search": "AMSTER"}, ["Amsterdam", "amsterdam"]),
    ({"search": "ÜRI"}, ["Zürich 100%"]),
    ({"search": "%"}, ["Zürich 100%"]),
    ({"search": ".*"}, []),
    ({"search": ""}, ["Amsterdam", "Zürich 100%", "amsterdam", "Berlin drafts"]),
    ({"search": "am", "status": "ACTIVE"}, ["amsterdam"]),
    ({"days": 1}, []),
    ({"days": 2}, ["Amsterdam"]),
    ({"days": 3}, ["Amsterdam", "Zürich 100%"]),
    ({"days": 10**18}, ["Amsterdam", "Zürich 100%", "amsterdam", "Berlin drafts"]),
    ({"days": 3, "sort_order": "asc"}, ["Zürich 100%", "Amsterdam"]),
    ({"days": 4, "sort_order": "asc", "limit": 2, "page": 2}, ["Amsterdam"]),
    ({"days": 4, "limit": 2, "page": 2}, ["amsterdam"]),
    ({"days": 1, "sort_order": "asc"}, []),
    ({"days": 4, "sort_by": "name", "sort_order": "asc"}, ["Amsterdam", "amsterdam", "Zürich 100%"]),
    ({"days": 3, "status": "PAUSED"}, ["Zürich 100%"]),
    ({"days": 4, "search": "am"}, ["Amsterdam", "amsterdam"]),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_a_filter_keeps_what_it_names(query: dict[str, Any], expected: list[str], spring: Api) -> None:
    assert listed(spring, **query) == expected


SORTS: list[tuple[dict[str, str], list[str]]] = [
    ({"sort_by": "name", "sort_order": "asc"}, ["Amsterdam", "amsterdam", "Berlin drafts", "Zürich 100%"]),
    ({"sort_by": "name"}, ["Zürich 100%", "Berlin drafts", "amsterdam", "Amsterdam"]),
    ({"sort_by": "created_at"}, ["Amsterdam", "Zürich 100%", "amsterdam", "Berlin drafts"]),
    ({"sort_order": "asc"}, ["Berlin drafts", "amsterdam", "Zürich 100%", "Amsterdam"]),
    ({"sort_by": "status", "sort_order": "asc"}, ["amsterdam", "Berlin drafts", "Amsterdam", "Zürich 100%"]),
    ({"sort_by": "status"}, ["Zürich 100%", "Amsterdam", "Berlin drafts", "amsterdam"]),
    (
        {"sort_by": "launched_at", "sort_order": "asc"},
        ["amsterdam", "Zürich 100%", "Berlin drafts", "Amsterdam"],
    ),
    ({"sort_by": "launched_at"}, ["Zürich 100%", "amsterdam", "Berlin drafts", "Amsterdam"]),
    (
        {"sort_by": "moon", "sort_order": "sideways"},
        ["Amsterdam", "Zürich 100%", "amsterdam", "Berlin drafts"],
    ),
    ({"sort_by": "", "sort_order": "ASC"}, ["Amsterdam", "Zürich 100%", "amsterdam", "Berlin drafts"]),
]


@pytest.mark.parametrize(("query", "expected"), SORTS)
def test_a_list_is_sorted_as_asked_newest_first_otherwise(
    query: dict[str, str], expected: list[str], spring: Api
) -> None:
    assert listed(spring, **query) == expected


@pytest.mark.parametrize(("count", "kind"), [("sent_count", "sent"), ("reply_count", "replied")])
def test_a_list_is_sorted_by_its_counts(count: str, kind: str, spring: Api) -> None:
    for lead in spring.workspace.leads:
        campaign = spring.workspace.campaigns.find(lead.campaign_id)
        assert campaign
        if campaign.settings["name"] in ("amsterdam", "Zürich 100%"):
            record_event(spring.workspace, lead, kind)
    ascending = ["Berlin drafts", "Amsterdam", "amsterdam", "Zürich 100%"]
    assert listed(spring, sort_by=count, sort_order="asc") == ascending
    assert listed(spring, sort_by=count) == ascending[::-1]


PAGES: list[tuple[dict[str, int], list[str], dict[str, Any]]] = [
    (
        {"limit": 3},
        ["Amsterdam", "Zürich 100%", "amsterdam"],
        {"pages": 2, "has_next": True, "has_prev": False},
    ),
    ({"limit": 3, "page": 2}, ["Berlin drafts"], {"pages": 2, "has_next": False, "has_prev": True}),
    (
        {"limit": 4},
        ["Amsterdam", "Zürich 100%", "amsterdam", "Berlin drafts"],
        {"pages": 1, "has_next": False},
    ),
    ({"limit": 4, "page": 2}, [], {"pages": 1, "has_next": False, "has_prev": True}),
    ({"limit": 1, "page": 2}, ["Zürich 100%"], {"pages": 4, "has_next": True, "has_prev": True}),
    ({"limit": 100}, ["Amsterdam", "Zürich 100%", "amsterdam", "Berlin drafts"], {"pages": 1}),
    ({"page": 10**18}, [], {"pages": 1, "page": 10**18, "has_next": False, "has_prev": True}),
]


@pytest.mark.parametrize(("query", "names", "pagination"), PAGES)
def test_a_list_comes_in_pages(
    query: dict[str, int], names: list[str], pagination: dict[str, Any], spring: Api
) -> None:
    answer = spring.ok("listCampaigns", query=query)
    assert [campaign["name"] for campaign in answer["campaigns"]] == names
    assert (
        answer["pagination"]
        == answer["pagination"] | {"total": 4, "page": 1, "limit": 20} | query | pagination
    )


def test_an_empty_workspace_has_no_pages(api: Api) -> None:
    assert api.ok("listCampaigns") == {
        "success": True,
        "message": "Campaigns retrieved successfully",
        "campaigns": [],
        "pagination": {"page": 1, "limit": 20, "total": 0, "pages": 0, "has_next": False, "has_prev": False},
    }


@given(st.lists(st.integers()), st.integers(1, 100))
def test_the_pages_together_are_the_list(records: list[int], limit: int) -> None:
    pages, page = [], 1
    while True:
        items, pagination = paginate(records, {"page": page, "limit": limit})
        pages += items
        assert len(items) <= limit
        if not pagination["has_next"]:
            break
        page += 1
    assert pages == records
    assert page == max(pagination["pages"], 1)
