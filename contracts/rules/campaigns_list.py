"""Lists of campaigns: filters, order, pages."""

from typing import Any

from ..api.api import Api
from ..registry import rule
from .fixtures.shared import (
    UNDOCUMENTED,
    active_campaign,
    compare_undocumented,
    list_ids,
    listed_campaigns,
    paused_campaign,
    unchanged_campaign,
)

_PAGINATION = "pagination: page, limit, total, pages, has_next, has_prev."
_SORT = "sort_by: name, status, created_at, launched_at, sent_count, reply_count; sort_order: asc, desc."

_LIST = "docs:api-reference/campaigns/list-campaigns"
_CLIENT = "client"
_IN_ORDER = ("apple", "Banana", "mango")


def _list(api: Api, token: str, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api.send("listCampaigns", query={"search": token, **query}).succeeds()
    return answer


def _ids(answer: dict[str, Any]) -> list[str]:
    return [str(campaign["campaign_id"]) for campaign in answer["campaigns"]]


@rule(
    "campaigns.list.search",
    source="docs:api-reference/campaigns/list-campaigns, client",
    sentence="search: by name; a case-insensitive part of it.",
    operations=["listCampaigns"],
)
def find_by_part_of_name(api: Api) -> None:
    """A search finds the campaigns whose names contain the text in any letter case."""
    token, made = listed_campaigns(api)
    text = token[1:].upper()
    api.judge.compare(sorted(_ids(_list(api, text))), sorted(made.values()), f"a search for {text}")
    found = _ids(_list(api, f"PLE {token}"))
    api.judge.compare(found, [made["apple"]], "a search for text across words")


@rule(
    "campaigns.list.search.literal",
    source=_CLIENT,
    sentence="search: a case-insensitive part of the name.",
    operations=["listCampaigns"],
)
def search_literally(api: Api) -> None:
    """A search has no wildcards: each character stands for itself."""
    token, _ = listed_campaigns(api)
    for text in (f"{token[:8]}%", f"{token[:8]}_"):
        api.judge.compare(_ids(_list(api, text)), [], f"a search for {text}")


@rule(
    "campaigns.list.item",
    source=_LIST,
    sentence="campaign_id, name, status, current_step, created_at, launched_at, total_leads, five counts",
    operations=["listCampaigns", "getCampaign"],
)
def list_as_read(api: Api) -> None:
    """A listed campaign has the fields of the campaign itself, including counts."""
    read = unchanged_campaign(api)
    listed = _list(api, read["name"], limit=100)["campaigns"]
    (item,) = (campaign for campaign in listed if campaign["campaign_id"] == read["campaign_id"])
    for field in item:
        if field in read:
            api.judge.compare(item[field], read[field], field)
    api.judge.compare(item["total_leads"], 1, "total_leads")


@rule(
    "campaigns.list.default_page",
    source="docs:api-reference/campaigns/list-campaigns, client",
    sentence="page: default 1; limit: default 20; sort_by: default created_at; sort_order: default desc.",
    operations=["listCampaigns"],
)
def list_first_page(api: Api) -> None:
    """Without page, limit and sort_by, a list has the 20 newest campaigns, newest first."""
    token, made = listed_campaigns(api)
    answer = _list(api, token)
    pagination = answer["pagination"]
    for field, expected in {"page": 1, "limit": 20, "total": 3, "pages": 1}.items():
        api.judge.compare(pagination[field], expected, field)
    api.judge.compare(answer["success"], True, "success")
    times = [campaign["created_at"] for campaign in answer["campaigns"]]
    api.judge.compare(times, sorted(times, reverse=True), "the order of created_at")
    newest_first = list(reversed(made.values()))
    compare_undocumented(api, _ids(answer), newest_first, "the order of campaigns")


@rule("campaigns.list.pages", source=_LIST, sentence=_PAGINATION, operations=["listCampaigns"])
def list_in_pages(api: Api) -> None:
    """Pages share no campaign, miss none, and have correct numbers; a page past the end is empty."""
    token, made = listed_campaigns(api)
    seen: list[str] = []
    for page, size in ((1, 2), (2, 1), (99, 0)):
        answer = _list(api, token, page=page, limit=2)
        api.judge.compare(len(answer["campaigns"]), size, f"the number of campaigns on page {page}")
        expected = {
            "page": page,
            "limit": 2,
            "total": 3,
            "pages": 2,
            "has_next": page < 2,
            "has_prev": page > 1,
        }
        for field, value in expected.items():
            reported = answer["pagination"][field]
            api.judge.compare(reported, value, f"{field} on page {page}", documented=page <= 2)
        seen += _ids(answer)
    api.judge.compare(sorted(seen), sorted(made.values()), "the campaigns of all pages")


@rule("campaigns.list.full_page", source=_LIST, sentence=_PAGINATION, operations=["listCampaigns"])
def fill_page_exactly(api: Api) -> None:
    """A full last page has no next page."""
    token, _ = listed_campaigns(api)
    pagination = _list(api, token, limit=3)["pagination"]
    api.judge.compare(pagination["pages"], 1, "pages")
    api.judge.compare(pagination["has_next"], False, "has_next")


@rule("campaigns.list.whole", source=_LIST, sentence=_PAGINATION, operations=["listCampaigns"])
def list_everything(api: Api) -> None:
    """Without a filter, a list counts all campaigns of the workspace."""
    listed_campaigns(api)
    own = sum(name == "campaign_id" for name, _, key in api.ledger.made if key == api.target.api_key)
    answer = api.send("listCampaigns", query={"limit": 1}).succeeds()
    pagination = answer["pagination"]
    api.judge.compare(len(answer["campaigns"]), 1, "the number of campaigns on the page")
    api.judge.require(pagination["total"] >= own, f"total is {pagination['total']}, the run made {own}")
    api.judge.compare(pagination["pages"], pagination["total"], "pages of one campaign each")


@rule(
    "campaigns.list.sort.name",
    source="docs:api-reference/campaigns/list-campaigns, client",
    sentence=_SORT,
    operations=["listCampaigns"],
)
def sort_by_name(api: Api) -> None:
    """Campaigns are sorted by name in any letter case, upwards or downwards."""
    token, made = listed_campaigns(api)
    ascending = [made[word] for word in _IN_ORDER]
    lower = [made[word] for word in _IN_ORDER if word.islower()]
    for order, turn in (("asc", 1), ("desc", -1)):
        found = _ids(_list(api, token, sort_by="name", sort_order=order))
        kept = [campaign_id for campaign_id in found if campaign_id in lower]
        api.judge.compare(kept, lower[::turn], f"names in lower case, {order}")
        compare_undocumented(api, found, ascending[::turn], f"names, {order}")


@rule(
    "campaigns.list.sort.created_at",
    source="docs:api-reference/campaigns/list-campaigns, client",
    sentence="sort_by: default created_at; sort_order: asc, desc.",
    operations=["listCampaigns"],
)
def sort_by_creation(api: Api) -> None:
    """Campaigns are sorted by creation, upwards when the request says so."""
    token, made = listed_campaigns(api)
    answer = _list(api, token, sort_order="asc")
    times = [campaign["created_at"] for campaign in answer["campaigns"]]
    api.judge.compare(times, sorted(times), "created_at, ascending")
    compare_undocumented(api, _ids(answer), list(made.values()), "campaigns, ascending")


@rule(
    "campaigns.list.sort.other", source=_CLIENT, sentence=_SORT, operations=["listCampaigns"], profile="full"
)
def sort_by_other_fields(api: Api) -> None:
    """Campaigns are sorted by each of the other documented fields."""
    listed_campaigns(api)
    operation = api.spec.operations["listCampaigns"]
    (sort_by,) = (p for p in operation.parameters_in("query") if p.name == "sort_by")
    for field in sort_by.known_values:
        if field in ("name", "created_at"):
            continue
        answer = _list(api, api.ledger.marker, sort_by=field, limit=100)
        values = [c[field] for c in answer["campaigns"] if c[field] is not None]
        api.judge.compare(values, sorted(values, reverse=True), f"{field}, descending")


@rule("campaigns.list.sort.unknown", source=UNDOCUMENTED, operations=["listCampaigns"], profile="full")
def sort_by_unknown(api: Api) -> None:
    """An unknown sort field sorts by creation, newest first."""
    token, made = listed_campaigns(api)
    answer = _list(api, token, sort_by="nonsense", sort_order="nonsense")
    api.judge.compare(_ids(answer), list(reversed(made.values())), "the order of campaigns")


@rule(
    "campaigns.list.status",
    source=_LIST,
    sentence="status: campaigns with this status.",
    operations=["listCampaigns"],
)
def filter_by_status(api: Api) -> None:
    """A status selects campaigns: drafts are listed under DRAFT and no other status."""
    token, made = listed_campaigns(api)
    api.judge.compare(sorted(_ids(_list(api, token, status="DRAFT"))), sorted(made.values()), "DRAFT")
    answer = _list(api, token, status="ACTIVE")
    api.judge.compare(_ids(answer), [], "the drafts listed as ACTIVE")
    api.judge.compare(answer["pagination"]["total"], 0, "their total")


@rule(
    "campaigns.list.status.launched",
    source=_LIST,
    sentence="status: campaigns with this status; items have launched_at.",
    operations=["listCampaigns"],
    needs=["launch"],
    repeated=True,
)
def filter_launched(api: Api) -> None:
    """ACTIVE and PAUSED campaigns are listed under their status, with the time of their launch."""
    made = {"ACTIVE": active_campaign(api), "PAUSED": paused_campaign(api)["campaign_id"]}
    for status, campaign_id in made.items():
        answer = _list(api, api.ledger.marker, status=status, limit=100)
        statuses = {campaign["status"] for campaign in answer["campaigns"]}
        api.judge.compare(sorted(statuses), [status], f"the statuses listed as {status}")
        api.judge.require(campaign_id in _ids(answer), f"the campaign is not listed as {status}")
        (item,) = (c for c in answer["campaigns"] if c["campaign_id"] == campaign_id)
        api.judge.require(item["launched_at"], "a launched campaign is listed without its launch")


@rule("campaigns.list.status.unknown", source=UNDOCUMENTED, operations=["listCampaigns"], profile="full")
def filter_by_unknown_status(api: Api) -> None:
    """An unknown status matches no campaign."""
    token, _ = listed_campaigns(api)
    api.judge.compare(_ids(_list(api, token, status="NONSENSE")), [], "the campaigns listed")


@rule("campaigns.list.status.alias", source=UNDOCUMENTED, operations=["listCampaigns"])
def filter_by_alias(api: Api) -> None:
    """status_filter is another name of status."""
    token, _ = listed_campaigns(api)
    api.judge.compare(_ids(_list(api, token, status_filter="ACTIVE")), [], "drafts listed as ACTIVE")


@rule(
    "campaigns.list.days",
    source=_LIST,
    sentence="days: created in the last so many days, at least 1.",
    operations=["listCampaigns"],
)
def filter_by_age(api: Api) -> None:
    """The campaigns of the last day include those created today."""
    token, made = listed_campaigns(api)
    reply = api.send("listCampaigns", query={"search": token, "days": 1})
    api.judge.compare(
        sorted(list_ids(reply, "campaigns", "campaign_id")), sorted(made.values()), "the campaigns of a day"
    )
