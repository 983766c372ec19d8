"""Changes of the status, and what each status allows."""

from dataclasses import dataclass, field
from typing import Any

from ..api.api import LATER, Api
from ..api.reply import Reply
from ..registry import rule
from .fixtures.shared import (
    UNDOCUMENTED,
    active_campaign,
    ask,
    compare_campaigns,
    compare_if_present,
    compare_undocumented,
    get_campaign,
    launch,
    launched_by_step,
    parts,
    require_recent,
)

_NOT_MODIFIABLE = "Campaign Not Modifiable: pause the campaign first."

_ERRORS = "docs:reference/errors"
_SCOPES = "docs:authentication/scopes, client"
_CLIENT = "client"
_LAUNCH = ["launch"]
_MOVES = {
    "pauseCampaign": "campaign_not_active",
    "activateCampaign": "campaign_not_paused",
    "archiveCampaign": "campaign_not_archivable",
}
"""Operation that changes the status → its error in a wrong status."""


@dataclass(slots=True)
class _StatusHistory:
    """The answers and reads of a campaign that goes through its statuses."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    reads: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: dict[str, Reply] = field(default_factory=dict)


def _follow_career(api: Api) -> _StatusHistory:
    def make() -> _StatusHistory:
        career = _StatusHistory()
        campaign_id = str(api.create_campaign(**LATER)["campaign_id"])
        api.add_lead(campaign_id)
        launch(api, campaign_id, parts(api))
        career.reads["launched"] = get_campaign(api, campaign_id)

        def move(operation_id: str, name: str) -> None:
            career.answers[name] = ask(api, operation_id, campaign_id).succeeds()
            career.reads[name] = get_campaign(api, campaign_id)

        move("pauseCampaign", "paused")
        career.refusals["paused again"] = ask(api, "pauseCampaign", campaign_id)
        move("activateCampaign", "resumed")
        ask(api, "pauseCampaign", campaign_id).succeeds()
        move("archiveCampaign", "archived")
        for operation_id in _MOVES:
            career.refusals[operation_id] = ask(api, operation_id, campaign_id)
        career.refusals["update"] = api.update_campaign(campaign_id, name=api.name("too late"))
        body = {"email": api.email("late")}
        career.refusals["lead"] = ask(api, "addLead", campaign_id, body=body)
        career.reads["refused"] = get_campaign(api, campaign_id)
        career.answers["deleted"] = ask(api, "deleteCampaign", campaign_id).succeeds()
        career.refusals["gone"] = ask(api, "getCampaign", campaign_id)
        return career

    return api.once("a campaign through its statuses", make, show=True)


def _require_move(api: Api, before: str, after: str, status: str, message: str) -> None:
    """Require that a change of the status is answered and stored, and changes nothing else."""
    career = _follow_career(api)
    answer, was, found = career.answers[after], career.reads[before], career.reads[after]
    api.judge.compare(answer["status"], status, "status")
    api.judge.compare(found["status"], status, "status read")
    changed = ("status", "updated_at", *(("inboxes",) if status == "ARCHIVED" else ()))
    compare_campaigns(api, found, was, "after the move", changed=changed)
    require_recent(api, answer["updated_at"], "updated_at")
    details = {"campaign_id": was["campaign_id"], "name": was["name"], "success": True, "message": message}
    for name, value in details.items():
        compare_undocumented(api, answer[name], value, name)


@rule(
    "campaigns.pause.moved",
    source=_SCOPES,
    sentence="campaigns:pause: pause active campaigns. Sending stops, the configuration is kept.",
    operations=["pauseCampaign"],
    needs=_LAUNCH,
    repeated=True,
)
def pause(api: Api) -> None:
    """An ACTIVE campaign can be paused, which changes only its status."""
    _require_move(api, "launched", "paused", "PAUSED", "Campaign paused successfully")


@rule(
    "campaigns.activate.moved",
    source=_SCOPES,
    sentence="campaigns:activate: resume paused campaigns. Sending continues where it stopped.",
    operations=["activateCampaign"],
    needs=_LAUNCH,
)
def activate(api: Api) -> None:
    """A PAUSED campaign can be resumed, which changes neither its step nor its launch."""
    _require_move(api, "paused", "resumed", "ACTIVE", "Campaign activated successfully")


@rule(
    "campaigns.archive.moved",
    source=_CLIENT,
    sentence="PAUSED or COMPLETED to ARCHIVED: view-only, its inboxes are freed.",
    operations=["archiveCampaign"],
    needs=_LAUNCH,
)
def archive(api: Api) -> None:
    """A PAUSED campaign can be archived, which keeps its leads and content and frees its sender accounts."""
    _require_move(api, "resumed", "archived", "ARCHIVED", "Campaign archived successfully")
    compare_if_present(api, _follow_career(api).reads["archived"], "inboxes", [])


@rule("campaigns.pause.again", source=UNDOCUMENTED, operations=["pauseCampaign"], needs=_LAUNCH)
def refuse_second_pause(api: Api) -> None:
    """A PAUSED campaign cannot be paused again."""
    _follow_career(api).refusals["paused again"].fails("campaign_not_active")


@rule(
    "campaigns.archive.one_way",
    source=_CLIENT,
    sentence="Archiving is one-way: only deletion is left.",
    operations=[*_MOVES],
    needs=_LAUNCH,
)
def refuse_moves_of_archived(api: Api) -> None:
    """An ARCHIVED campaign cannot be paused, resumed or archived."""
    career = _follow_career(api)
    for operation_id, error in _MOVES.items():
        career.refusals[operation_id].fails(error)
    compare_campaigns(api, career.reads["refused"], career.reads["archived"], "after refused requests")


@rule(
    "campaigns.archive.closed",
    source=_CLIENT,
    sentence="An archived campaign is view-only.",
    operations=["updateCampaign", "addLead"],
    needs=_LAUNCH,
)
def refuse_update_of_archived(api: Api) -> None:
    """An ARCHIVED campaign cannot be changed and takes no leads."""
    refusals = _follow_career(api).refusals
    refusals["update"].fails("campaign_not_modifiable", status="ARCHIVED")
    refusals["lead"].fails("campaign_archived")


@rule(
    "campaigns.delete.archived",
    source=_CLIENT,
    sentence="Deletion is the only way out of ARCHIVED.",
    operations=["deleteCampaign"],
    needs=_LAUNCH,
)
def delete_archived(api: Api) -> None:
    """An ARCHIVED campaign can be deleted."""
    _follow_career(api).refusals["gone"].fails("campaign_not_found")


@rule(
    "campaigns.status.draft",
    source="docs:authentication/scopes, client",
    sentence="campaigns:pause: pause active campaigns; campaigns:activate: resume paused campaigns; "
    "archive: PAUSED or COMPLETED.",
    operations=[*_MOVES],
    needs=_LAUNCH,
)
def refuse_moves_of_draft(api: Api) -> None:
    """A DRAFT cannot be paused, resumed or archived."""
    for operation_id, error in _MOVES.items():
        ask(api, operation_id, api.campaign_id).fails(error)
    api.judge.compare(get_campaign(api, api.campaign_id)["status"], "DRAFT", "status")


def _refuse_active(api: Api) -> tuple[dict[str, Reply], dict[str, Any], dict[str, Any]]:
    """Send an ACTIVE campaign what it must refuse; return the answers and the campaign around them."""

    def make() -> tuple[dict[str, Reply], dict[str, Any], dict[str, Any]]:
        campaign_id = active_campaign(api)
        replies = {
            "update": api.update_campaign(campaign_id, name=api.name("too late")),
            "launch": api.update_campaign(campaign_id, launch=True),
        }
        for operation_id in ("activateCampaign", "archiveCampaign"):
            replies[operation_id] = ask(api, operation_id, campaign_id)
        return replies, launched_by_step(api).found, get_campaign(api, campaign_id)

    return api.once("refused to an ACTIVE campaign", make, show=True)


@rule(
    "campaigns.status.active",
    source="docs:authentication/scopes, client",
    sentence="campaigns:activate: resume paused campaigns; archive: PAUSED or COMPLETED.",
    operations=[*_MOVES],
    needs=_LAUNCH,
)
def refuse_moves_of_active(api: Api) -> None:
    """An ACTIVE campaign cannot be resumed or archived."""
    replies, before, after = _refuse_active(api)
    for operation_id in ("activateCampaign", "archiveCampaign"):
        replies[operation_id].fails(_MOVES[operation_id])
    compare_campaigns(api, after, before, "after refused requests")


@rule(
    "campaigns.update.active",
    source=_ERRORS,
    sentence=_NOT_MODIFIABLE,
    operations=["updateCampaign"],
    needs=_LAUNCH,
)
def refuse_update_of_active(api: Api) -> None:
    """An ACTIVE campaign cannot be changed."""
    replies, before, after = _refuse_active(api)
    replies["update"].fails("campaign_not_modifiable", status="ACTIVE")
    compare_campaigns(api, after, before, "after refused requests")


@rule(
    "campaigns.launch.again",
    source=_ERRORS,
    sentence=_NOT_MODIFIABLE,
    operations=["updateCampaign"],
    needs=_LAUNCH,
)
def refuse_second_launch(api: Api) -> None:
    """An ACTIVE campaign cannot be launched again."""
    replies, *_ = _refuse_active(api)
    replies["launch"].fails("campaign_not_modifiable", status="ACTIVE")
