"""Lists that are wrong: filters, order, pages, counts."""

from collections.abc import Callable
from typing import Any

from mockserver.model.lead_counts import count_campaign_leads
from mockserver.resources import campaigns, paging
from mockserver.resources.call import Call
from mockserver.state.records import Campaign

from .mutant import Mutant
from .mutations import Handler, Json, Mutation, answer, around, ignore_query, swap

_LISTS = "listCampaigns|listLeads|listSenderAccounts|listDomains|listContacts"


def _unlisted(handler: Handler, call: Call) -> Any:
    """List all but the last campaign created."""
    table = call.workspace.campaigns
    last = list(table)[-1:]
    for campaign in last:
        table.remove(campaign.campaign_id)
    try:
        return handler(call)
    finally:
        for campaign in last:
            table.put(campaign)


def _pagination(alter: Callable[[Json], Json], operations: str = _LISTS) -> Mutation:
    return answer(
        operations, lambda body: {**body, "pagination": {**body["pagination"], **alter(body["pagination"])}}
    )


def _paginate(cut: Callable[[list[Any], int, int], list[Any]]) -> Mutation:
    def paginate(records: list[Any], query: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        _, pagination = paging.paginate(records, query)
        return cut(records, query["page"], query["limit"]), pagination

    return swap(_LISTS, paging.paginate, paginate)


def _sort(sort: Callable[..., Any]) -> Mutation:
    return swap("listCampaigns|listSenderAccounts", paging.sort_records, sort)


def _sort_by_code(table: Any, query: dict[str, Any], kept: Any, passes: Any, value_of: Any) -> Any:
    if query["sort_by"] not in ("name", "email_address"):
        return paging.sort_records(table, query, kept, passes, value_of)
    descending = query["sort_order"] == "desc"
    return sorted(
        filter(passes, table), key=lambda each: value_of(each, query["sort_by"]), reverse=descending
    )


def _searching(matches: Callable[[str, str], bool]) -> Mutation:
    def match(campaign: Campaign, query: dict[str, Any], workspace: Any) -> bool:
        rest = {name: query[name] for name in query if name != "search"}
        found = matches(query.get("search", ""), campaign.settings["name"])
        return found and campaigns.is_listed(campaign, rest, workspace)

    return swap("listCampaigns", campaigns.is_listed, match)


def _counts(**changes: Callable[[Any, Campaign], Any]) -> Mutation:
    def count(workspace: Any, campaign: Campaign) -> dict[str, int]:
        found = count_campaign_leads(workspace, campaign)
        return {**found, **{name: change(workspace, campaign) for name, change in changes.items()}}

    return swap("getCampaign|listCampaigns", count_campaign_leads, count)


# fmt: off
MUTANTS = (
    Mutant("state.list.last_missing", "the newest campaign is not listed",
           around("listCampaigns", _unlisted)),
    Mutant("state.list.total_of_page", "total counts the page", answer("listCampaigns", lambda body: {
        **body, "pagination": {**body["pagination"], "total": len(body["campaigns"])}})),
    Mutant("state.list.pages_down", "pages are rounded down",
           _pagination(lambda found: {"pages": found["total"] // found["limit"]})),
    Mutant("state.list.has_next", "there is always a next page",
           _pagination(lambda found: {"has_next": True})),
    Mutant("state.list.has_prev", "there is never a previous page",
           _pagination(lambda found: {"has_prev": False})),
    Mutant("state.list.page_from_zero", "page is too low by one",
           _pagination(lambda found: {"page": max(found["page"] - 1, 1)})),
    Mutant("state.list.limit_answered", "limit is always 20", _pagination(lambda found: {"limit": 20})),
    Mutant("state.list.limit_ignored", "limit is ignored", _paginate(lambda records, page, limit: records)),
    Mutant("state.list.page_ignored", "always the first page",
           _paginate(lambda records, page, limit: records[:limit])),
    Mutant("state.list.overlap", "pages overlap by one", _paginate(
        lambda records, page, limit: records[max((page - 1) * limit - (page > 1), 0):][:limit])),
    Mutant("state.list.one_more", "a page has one more", _paginate(
        lambda records, page, limit: records[(page - 1) * limit:page * limit + 1])),
    Mutant("state.list.past_the_end", "past the end stands the last page", _paginate(
        lambda records, page, limit: records[(page - 1) * limit:page * limit] or records[-limit:]),
           choice="no source says what stands there"),
    Mutant("state.list.sort_order", "sort_order is ignored",
           ignore_query("listCampaigns|listSenderAccounts", sort_order="desc")),
    Mutant("state.list.sort_by", "sort_by is ignored",
           ignore_query("listCampaigns|listSenderAccounts", sort_by="created_at")),
    Mutant("state.list.sort_reversed", "sort_order is turned round",
           _sort(lambda table, query, *rest: paging.sort_records(
               table, {**query, "sort_order": "asc" if query["sort_order"] == "desc" else "desc"}, *rest))),
    Mutant("state.list.sort_by_code", "names are sorted by character code", _sort(_sort_by_code),
           choice="no source says how letter case sorts"),
    Mutant("state.list.status", "status is ignored", ignore_query("listCampaigns", status=None)),
    Mutant("state.list.search", "search is ignored", ignore_query("listCampaigns", search=None)),
    Mutant("state.list.search_case", "search minds letter case", _searching(lambda part, name: part in name)),
    Mutant("state.list.search_beginning", "search finds beginnings only",
           _searching(lambda part, name: name.casefold().startswith(part.casefold()))),
    Mutant("state.list.search_whole", "search finds whole names only",
           _searching(lambda part, name: part.casefold() in ("", name.casefold()))),
    Mutant("state.list.days", "days leaves out today's",
           swap("listCampaigns", campaigns.is_listed, lambda campaign, query, workspace:
                "days" not in query and campaigns.is_listed(campaign, query, workspace))),
    Mutant("state.list.days_ignored", "days is ignored", ignore_query("listCampaigns", days=None),
           unseen="it takes a campaign that is a day old"),
    Mutant("state.list.step", "the list always has step 0", answer("listCampaigns", lambda body: {
        **body, "campaigns": [{**item, "current_step": 0} for item in body["campaigns"]]})),
    Mutant("state.counts.leads_zero", "total_leads stays 0",
           _counts(total_leads=lambda workspace, campaign: 0)),
    Mutant("state.counts.leads_of_all", "total_leads counts the leads of all campaigns",
           _counts(total_leads=lambda workspace, campaign: sum(
               workspace.leads.count("campaign", other.campaign_id) for other in workspace.campaigns))),
    Mutant("state.counts.sent", "leads count as sent", _counts(sent_count=lambda workspace, campaign:
           workspace.leads.count("campaign", campaign.campaign_id))),
)
# fmt: on
