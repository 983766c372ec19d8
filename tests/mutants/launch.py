"""What a launch needs and does, and every change of the status."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver.errors import ApiError
from mockserver.model import content, launching
from mockserver.resources.call import Call
from mockserver.state.records import Campaign
from mockserver.state.workspace import Workspace

from .mutant import Mutant
from .mutations import Handler, Json, Mutation, all_of, answer, around, keep_changes, swap

_CHOICE = "a choice of this project"


def _missing(find: Callable[[Workspace, Campaign], list[str]]) -> Mutation:
    return swap("updateCampaign", launching.find_missing, find)


def _unassigned(operation: str) -> Mutation:
    """Give no lead a variant."""
    return swap(operation, content.assign_variants, lambda workspace, campaign: None)


def _not_needing(part: str) -> Mutation:
    def find(workspace: Workspace, campaign: Campaign) -> list[str]:
        return [name for name in launching.find_missing(workspace, campaign) if name != part]

    return _missing(find)


def _count_everywhere(workspace: Workspace, campaign: Campaign) -> list[str]:
    """Be content with the leads of any campaign."""
    found = launching.find_missing(workspace, campaign)
    others = sum(workspace.leads.count("campaign", other.campaign_id) for other in workspace.campaigns)
    return [name for name in found if name != "leads" or not others]


def _any_account(workspace: Workspace, campaign: Campaign) -> list[str]:
    """Be content with a sender account that is not assigned."""
    found = launching.find_missing(workspace, campaign)
    return [name for name in found if name != "inboxes" or not len(workspace.sender_accounts)]


def _one_enough(workspace: Workspace, campaign: Campaign) -> list[str]:
    """Be content when any part is there."""
    found = launching.find_missing(workspace, campaign)
    return found if len(found) == 3 else []


def _alter(handler: Handler, call: Call, before: dict[str, Any], **changes: Any) -> Any:
    """Answer, then write into the stored campaign; `before` names what must have been asked for."""
    found = handler(call)
    if before.items() <= (call.body or {}).items():
        table = call.workspace.campaigns
        table.put(replace(table.get(call.path["campaign_id"]), **changes))
    return found


def _stored(operation: str, before: dict[str, Any], **changes: Any) -> Mutation:
    return around(operation, lambda handler, call: _alter(handler, call, before, **changes))


def _on_refusal(**changes: Any) -> Mutation:
    """Leave something behind when a launch is refused."""

    def wrap(handler: Handler, call: Call) -> Any:
        try:
            return handler(call)
        except ApiError as error:
            if error.name == "launch_not_ready":
                table = call.workspace.campaigns
                table.put(replace(table.get(call.path["campaign_id"]), **changes))
                keep_changes(call.workspace)
            raise

    return around("updateCampaign", wrap)


def _keep_fields(handler: Handler, call: Call) -> Any:
    """Store the other fields although the launch is refused."""
    if call.body.get("launch"):
        handler(replace(call, body={name: call.body[name] for name in call.body if name != "launch"}))
        keep_changes(call.workspace)
    return handler(call)


def _launch_only(handler: Handler, call: Call) -> Any:
    """Forget the other fields of a launch."""
    return handler(replace(call, body={"launch": True}) if call.body.get("launch") else call)


def _launch_first(handler: Handler, call: Call) -> Any:
    """Check a launch before the other fields are stored."""
    if call.body.get("launch"):
        stored = call.workspace.campaigns.get(call.path["campaign_id"])
        missing = launching.find_missing(call.workspace, stored)
        if missing:
            raise ApiError("launch_not_ready", missing=", ".join(missing))
    return handler(call)


def _ignore_launch(handler: Handler, call: Call) -> Any:
    return handler(replace(call, body={name: call.body[name] for name in call.body if name != "launch"}))


def _any_launch(handler: Handler, call: Call) -> Any:
    """Launch when the field is there, even false."""
    return handler(replace(call, body={**call.body, "launch": True}) if "launch" in call.body else call)


def _step_five_only_stored(handler: Handler, call: Call) -> Any:
    """Store step 5 without a launch."""
    found = handler(replace(call, body={**call.body, "current_step": 4})) if call.body.get(
        "current_step") == 5 else handler(call)  # fmt: skip
    if call.body.get("current_step") == 5:
        table = call.workspace.campaigns
        table.put(replace(table.get(call.path["campaign_id"]), current_step=5))
        return {**found, "current_step": 5}
    return found


def _launch_again(handler: Handler, call: Call) -> Any:
    """Answer a second launch as the first."""
    table = call.workspace.campaigns
    stored = table.get(call.path["campaign_id"])
    if call.body.get("launch") and stored.status == "ACTIVE":
        table.put(replace(stored, status="PAUSED"))
    return handler(call)


def _statuses(operation: str, *statuses: str) -> Mutation:
    """Let an operation start from these statuses."""

    return swap(operation, launching.can_become, lambda campaign, status: campaign.status in statuses)


def _editable(*statuses: str, refused: str = "") -> Mutation:
    def wrap(handler: Handler, call: Call) -> Any:
        table = call.workspace.campaigns
        stored = table.get(call.path["campaign_id"])
        if stored.status == refused:
            raise ApiError("campaign_not_modifiable", status=refused)
        if stored.status not in statuses:
            return handler(call)
        table.put(replace(stored, status="DRAFT"))
        try:
            return {**handler(call), "status": stored.status}
        finally:
            table.put(replace(table.get(stored.campaign_id), status=stored.status))

    return around("updateCampaign", wrap)


def _deletable(accepted: str = "", refused: str = "") -> Mutation:
    def wrap(handler: Handler, call: Call) -> Any:
        table = call.workspace.campaigns
        stored = table.get(call.path["campaign_id"])
        if stored.status == refused:
            raise ApiError("campaign_not_deletable")
        if stored.status == accepted:
            table.put(replace(stored, status="DRAFT"))
        return handler(call)

    return around("deleteCampaign", wrap)


def _first_missing(body: Json) -> None:
    del body["missing_requirements"][1:]


def _reverse_missing(body: Json) -> None:
    body["missing_requirements"].reverse()


def _resume(handler: Handler, call: Call) -> Any:
    was = call.workspace.campaigns.get(call.path["campaign_id"]).status
    found = handler(call)
    if was == "PAUSED":
        table = call.workspace.campaigns
        table.put(replace(table.get(call.path["campaign_id"]), status="ACTIVE"))
    return found


# fmt: off
MUTANTS = (
    Mutant("launch.needs.leads", "a launch needs no lead", _not_needing("leads")),
    Mutant("launch.needs.inboxes", "a launch needs no sender account", _not_needing("inboxes")),
    Mutant("launch.needs.variants", "a launch needs no variant",
           all_of(_not_needing("variants"), _unassigned("updateCampaign"))),
    Mutant("launch.needs.nothing", "a launch needs one part of three",
           all_of(_missing(_one_enough), _unassigned("updateCampaign"))),
    Mutant("launch.needs.own_leads", "leads of other campaigns count", _missing(_count_everywhere)),
    Mutant("launch.needs.own_inboxes", "sender accounts that are not assigned count", _missing(_any_account)),
    Mutant("launch.stored.status", "a launch is answered, not stored",
           _stored("updateCampaign", {"launch": True}, status="DRAFT")),
    Mutant("launch.stored.step", "a launch does not store the step",
           _stored("updateCampaign", {"launch": True}, current_step=0)),
    Mutant("launch.stored.launched_at", "a launch does not store its time",
           _stored("updateCampaign", {"launch": True}, launched_at=None)),
    Mutant("launch.answer.status", "a launch answers DRAFT",
           around("updateCampaign", lambda handler, call: (
               {**handler(call), "status": "DRAFT"} if call.body.get("launch") else handler(call)))),
    Mutant("launch.answer.ready_always", "every campaign is ready",
           answer("updateCampaign", lambda body: {**body, "is_launch_ready": True})),
    Mutant("launch.answer.ready_never", "no campaign is ready",
           answer("updateCampaign", lambda body: {**body, "is_launch_ready": False})),
    Mutant("launch.answer.missing_empty", "nothing is missing",
           answer("updateCampaign", lambda body: {**body, "missing_requirements": []})),
    Mutant("launch.answer.missing_first", "only the first missing part is listed",
           answer("updateCampaign", _first_missing)),
    Mutant("launch.answer.missing_order", "the missing parts are listed backwards",
           answer("updateCampaign", _reverse_missing), choice="no source says the order"),
    Mutant("launch.answer.message", "a launch answers as any update",
           answer("updateCampaign", lambda body: {**body, "message": "Campaign updated successfully"}),
           choice=_CHOICE),
    Mutant("launch.refused.status", "a refused launch leaves ACTIVE", _on_refusal(status="ACTIVE")),
    Mutant("launch.refused.step", "a refused launch leaves step 5", _on_refusal(current_step=5)),
    Mutant("launch.refused.fields", "a refused launch stores the other fields",
           around("updateCampaign", _keep_fields)),
    Mutant("launch.together.forgotten", "a launch forgets the fields sent along",
           around("updateCampaign", _launch_only)),
    Mutant("launch.together.checked_first", "a launch is checked before the fields sent along",
           around("updateCampaign", _launch_first), choice="no source says which is first"),
    Mutant("launch.asked.ignored", "launch is ignored", around("updateCampaign", _ignore_launch)),
    Mutant("launch.asked.false", "launch: false launches", around("updateCampaign", _any_launch)),
    Mutant("launch.asked.step_five", "step 5 does not launch",
           around("updateCampaign", _step_five_only_stored)),
    Mutant("launch.asked.again", "an ACTIVE campaign can be launched again",
           around("updateCampaign", _launch_again)),
    Mutant("launch.edit.active", "an ACTIVE campaign can be edited", _editable("ACTIVE")),
    Mutant("launch.edit.archived", "an ARCHIVED campaign can be edited",
           _editable("ARCHIVED"), choice=_CHOICE),
    Mutant("launch.edit.paused", "a PAUSED campaign cannot be edited", _editable(refused="PAUSED")),
    Mutant("launch.edit.paused_resumes", "an edited PAUSED campaign goes on",
           around("updateCampaign", _resume)),
    Mutant("launch.pause.from_draft", "a DRAFT can be paused", _statuses("pauseCampaign", "ACTIVE", "DRAFT")),
    Mutant("launch.pause.again", "a PAUSED campaign can be paused",
           _statuses("pauseCampaign", "ACTIVE", "PAUSED"), choice=_CHOICE),
    Mutant("launch.pause.never", "an ACTIVE campaign cannot be paused", _statuses("pauseCampaign", "DRAFT")),
    Mutant("launch.pause.not_stored", "a pause is not stored",
           _stored("pauseCampaign", {}, status="ACTIVE")),
    Mutant("launch.activate.from_draft", "a DRAFT can be activated",
           all_of(_unassigned("activateCampaign"), _statuses("activateCampaign", "DRAFT", "PAUSED"))),
    Mutant("launch.activate.not_stored", "an activation is not stored",
           _stored("activateCampaign", {}, status="PAUSED")),
    Mutant("launch.activate.step", "an activation starts from step 0",
           _stored("activateCampaign", {}, current_step=0)),
    Mutant("launch.archive.from_draft", "a DRAFT can be archived",
           _statuses("archiveCampaign", "DRAFT", "PAUSED", "COMPLETED"), choice=_CHOICE),
    Mutant("launch.archive.from_active", "an ACTIVE campaign can be archived",
           _statuses("archiveCampaign", "ACTIVE", "PAUSED", "COMPLETED"), choice=_CHOICE),
    Mutant("launch.archive.not_stored", "an archiving is not stored",
           _stored("archiveCampaign", {}, status="PAUSED")),
    Mutant("launch.archive.never", "a PAUSED campaign cannot be archived",
           _statuses("archiveCampaign", "COMPLETED")),
    Mutant("launch.delete.active", "an ACTIVE campaign can be deleted", _deletable(accepted="ACTIVE")),
    Mutant("launch.delete.paused", "a PAUSED campaign cannot be deleted", _deletable(refused="PAUSED")),
    Mutant("launch.delete.archived", "an ARCHIVED campaign cannot be deleted", _deletable(refused="ARCHIVED"),
           choice=_CHOICE),
)
# fmt: on
