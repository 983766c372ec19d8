"""Campaigns: settings, content, status, launch."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from ..errors import ApiError
from ..model.contacts import remove_lead
from ..model.content import assign_variants, change_content, check_campaign, check_window
from ..model.launching import (
    LAUNCH_STEP,
    change_status,
    check_editable,
    choose_step,
    find_missing,
    launch,
)
from ..model.lead_counts import count_campaign_leads
from ..openapi.formats import parse_date_time
from ..openapi.rows import Row
from ..state.records import Campaign
from ..state.views import Window
from ..state.workspace import Workspace
from .call import Call
from .paging import paginate, select_kept, sort_records

__all__ = [
    "activate_campaign",
    "archive_campaign",
    "create_campaign",
    "delete_campaign",
    "get_campaign",
    "list_campaigns",
    "pause_campaign",
    "update_campaign",
]

_FIELDS = tuple(field.name for field in fields(Campaign))
_read_fields = attrgetter(*_FIELDS)
_OWN_FIELDS = {*_FIELDS, "launch", "sequence_edits"}


def create_campaign(call: Call) -> dict[str, Any]:
    """Store a DRAFT."""
    workspace = call.workspace
    now = workspace.now()
    # The id is drawn last: a refused request uses up none.
    draft = Campaign("", now, now, _localize(call.body, call.body["timezone"]))
    check_campaign(draft)
    return _describe(workspace.campaigns.put(replace(draft, campaign_id=workspace.draw_id())))


def list_campaigns(call: Call) -> dict[str, Any]:
    """Return a page of campaigns with their counts."""
    workspace, query = call.workspace, call.query
    kept = select_kept(query, "status")
    found = sort_records(
        workspace.campaigns,
        query,
        kept,
        lambda campaign: is_listed(campaign, kept, workspace),
        lambda campaign, name: _find_value(workspace, campaign, name),
    )
    days = select_kept(query, "days")
    if days and query["sort_by"] == "created_at":
        found = _cut(found, lambda campaign: is_listed(campaign, days, workspace), query["sort_order"])
        days = {}
    if days or "search" in query:
        found = [campaign for campaign in found if is_listed(campaign, query, workspace)]
    page, pagination = paginate(found, query)
    return {"campaigns": [_make_row(workspace, each) for each in page], "pagination": pagination}


def _cut(found: Sequence[Campaign], is_young: Callable[[Campaign], bool], order: str) -> Sequence[Campaign]:
    """Return the young ones of campaigns sorted by age: they stand before the others, or behind them."""
    if order == "desc":
        return Window(found, 0, bisect_left(found, True, key=lambda each: not is_young(each)))
    return Window(found, bisect_left(found, True, key=is_young), len(found))


def _make_row(workspace: Workspace, campaign: Campaign) -> Row:
    counts = count_campaign_leads(workspace, campaign)
    return Row(campaign, counts, lambda: {**_describe(campaign), **counts})


def get_campaign(call: Call) -> dict[str, Any]:
    """Return everything about one campaign."""
    workspace = call.workspace
    campaign = workspace.campaigns.get(call.path["campaign_id"])
    accounts = [workspace.sender_accounts.get(inbox_id) for inbox_id in campaign.inbox_ids]
    counts = count_campaign_leads(workspace, campaign)
    done = counts["sent_count"] + counts["bounce_count"]
    return {
        **_describe(campaign),
        **counts,
        "inboxes": [
            {
                "inbox_id": account.inbox_id,
                "email_address": account.email_address,
                "display_name": account.settings["display_name"],
                "inbox_type": account.inbox_type,
            }
            for account in accounts
        ],
        "user_id": workspace.user_id,
        "team_id": workspace.team_id,
        "reply_to_email": None,
        "lead_batches": [
            {"batch_id": b.batch_id, "total_rows": b.total_rows, "created_at": b.created_at}
            for b in workspace.lead_batches.where("campaign", campaign.campaign_id)
        ],
        "completion_rate": _percentage(done, counts["total_leads"]),
        "success_rate": _percentage(counts["sent_count"], counts["total_leads"]),
        "open_to_reply_rate": _percentage(counts["reply_count"], counts["open_count"]),
    }


def update_campaign(call: Call) -> dict[str, Any]:
    """Change the fields sent, then launch if asked to: all of it or nothing."""
    workspace, body = call.workspace, call.body
    stored = workspace.campaigns.get(call.path["campaign_id"])
    check_editable(stored)
    settings = {name: value for name, value in body.items() if name not in _OWN_FIELDS}
    timezone = settings.get("timezone", stored.settings["timezone"])
    step = choose_step(stored, body.get("current_step"))
    campaign = replace(
        stored,
        settings={**stored.settings, **_localize(settings, timezone)},
        current_step=step,
        lead_mapping=body.get("lead_mapping", stored.lead_mapping),
        updated_at=workspace.now() if body else stored.updated_at,
    )
    check_window(campaign.settings)  # what follows checks the content
    validations = _validate_accounts(workspace, body.get("inbox_ids", []))
    if "inbox_ids" in body:
        campaign = replace(campaign, inbox_ids=tuple(dict.fromkeys(body["inbox_ids"])))
    campaign = change_content(
        workspace,
        campaign,
        body,
        most_variants=call.limit("variants", "maxItems"),
        most_sequences=call.limit("sequences", "maxItems"),
    )
    launches = body.get("launch", False) or step == LAUNCH_STEP != stored.current_step
    if launches:
        campaign = launch(workspace, campaign)
    else:
        workspace.campaigns.put(campaign)
    missing = find_missing(workspace, campaign)
    answer = {
        **_describe(campaign),
        "message": call.operation.message("launch" if launches else "rename"),
        "is_launch_ready": not missing,
        "missing_requirements": missing,
    }
    return {**answer, "inbox_validations": validations} if "inbox_ids" in body else answer


def delete_campaign(call: Call) -> dict[str, Any]:
    """Remove a campaign and its leads. What is finished can go too, not only drafts."""
    workspace = call.workspace
    campaign = workspace.campaigns.get(call.path["campaign_id"])
    if campaign.status == "ACTIVE":
        raise ApiError("campaign_not_deletable")
    for lead in workspace.leads.where("campaign", campaign.campaign_id):
        remove_lead(workspace, lead)
    for batch in workspace.lead_batches.where("campaign", campaign.campaign_id):
        workspace.lead_batches.remove(batch.batch_id)
    for subsequence in workspace.subsequences.where("campaign", campaign.campaign_id):
        workspace.subsequences.remove(subsequence.subsequence_id)
    workspace.campaigns.remove(campaign.campaign_id)
    return {"campaign_id": campaign.campaign_id}


def pause_campaign(call: Call) -> dict[str, Any]:
    """ACTIVE → PAUSED."""
    return _describe(change_status(call.workspace, call.path["campaign_id"], "PAUSED"))


def activate_campaign(call: Call) -> dict[str, Any]:
    """PAUSED → ACTIVE."""
    campaign = change_status(call.workspace, call.path["campaign_id"], "ACTIVE")
    assign_variants(call.workspace, campaign)
    return _describe(campaign)


def archive_campaign(call: Call) -> dict[str, Any]:
    """PAUSED or COMPLETED → ARCHIVED; the sender accounts are freed."""
    campaign = change_status(call.workspace, call.path["campaign_id"], "ARCHIVED")
    call.workspace.campaigns.put(replace(campaign, inbox_ids=()))
    return _describe(campaign)


def _describe(campaign: Campaign) -> dict[str, Any]:
    return dict(zip(_FIELDS, _read_fields(campaign), strict=True), **campaign.settings)


def _find_value(workspace: Workspace, campaign: Campaign, name: str) -> Any:
    if name.endswith("_count"):
        return count_campaign_leads(workspace, campaign)[name]
    return getattr(campaign, name) if name in _FIELDS else campaign.settings[name]


def _percentage(part: int, whole: int) -> float:
    return round(part / whole * 100, 2) if whole else 0.0


def is_listed(campaign: Campaign, query: dict[str, Any], workspace: Workspace) -> bool:
    """Return whether a campaign passes the filters of a list."""
    return (
        query.get("status", campaign.status) == campaign.status
        and query.get("search", "").casefold() in campaign.settings["name"].casefold()
        and ("days" not in query or (workspace.now() - campaign.created_at).days < query["days"])
    )


def _localize(settings: dict[str, Any], timezone: str) -> dict[str, Any]:
    start = settings.get("start_date")
    return {**settings, "start_date": parse_date_time(start, timezone)} if start else settings


def _validate_accounts(workspace: Workspace, inbox_ids: list[str]) -> list[dict[str, Any]]:
    validations = []
    for inbox_id in inbox_ids:
        account = workspace.sender_accounts.find(inbox_id)
        if account is None:
            raise ApiError("inbox_not_found", inbox_id=inbox_id)
        is_valid = account.overall_status == "ACTIVE"
        reason = {} if is_valid else {"error_message": f"Inbox is {account.overall_status}"}
        validations.append({"inbox_id": inbox_id, "is_valid": is_valid, **reason})
    return validations
