"""What a server forgets or mixes up; see also `lists` and `members`."""

from dataclasses import replace
from typing import Any

from mockserver.errors import ApiError
from mockserver.model import content
from mockserver.openapi.spec import load_spec
from mockserver.resources import campaigns
from mockserver.resources.call import Call
from mockserver.state.records import Campaign

from .documents import edit
from .mutant import Mutant
from .mutations import Handler, Mutation, Plan, after, around, before, forgetting, keep_changes, swap
from .recorder import Recorder

_SCHEMAS = "/components/schemas"
_MAPPING_UNSHOWN = "no source says that an answer shows lead_mapping"


def _campaign(call: Call) -> Campaign:
    return call.workspace.campaigns.get(call.path["campaign_id"])


def _restore(handler: Handler, call: Call) -> Any:
    """Answer an update without storing it."""
    stored = _campaign(call)
    found = handler(call)
    call.workspace.campaigns.put(stored)
    return found


def _defaults() -> dict[str, Any]:
    schema = load_spec().operations["createCampaign"].body or {}
    return {name: each["default"] for name, each in schema["properties"].items() if "default" in each}


def _reset_omitted(call: Call) -> dict[str, Any]:
    """Set what an update leaves out to its default."""
    return {**_defaults(), **call.body}


def _reset_when_empty(call: Call) -> dict[str, Any]:
    return call.body or _defaults()


def _half(handler: Handler, call: Call) -> Any:
    """Store the settings of a refused update."""
    try:
        return handler(call)
    except ApiError as error:
        if error.name != "campaign_not_modifiable":
            stored = _campaign(call)
            names = ("name", "daily_limit_per_inbox", "enable_tracking")
            sent = {name: call.body[name] for name in names if name in call.body}
            call.workspace.campaigns.put(replace(stored, settings={**stored.settings, **sent}))
            keep_changes(call.workspace)
        raise


def _half_mapping(handler: Handler, call: Call) -> Any:
    try:
        return handler(call)
    except ApiError:
        if "inbox_ids" in call.body:
            known = filter(call.workspace.sender_accounts.find, call.body["inbox_ids"])
            call.workspace.campaigns.put(replace(_campaign(call), inbox_ids=tuple(dict.fromkeys(known))))
            keep_changes(call.workspace)
        raise


def _others(call: Call) -> list[Campaign]:
    own = call.path.get("campaign_id")
    return [campaign for campaign in call.workspace.campaigns if campaign.campaign_id != own]


def _reset_steps(call: Call, _found: Any) -> None:
    for campaign in call.workspace.campaigns:
        call.workspace.campaigns.put(replace(campaign, current_step=0))


def _rename_all(call: Call, _found: Any) -> None:
    for campaign in _others(call):
        settings = {**campaign.settings, "name": call.body.get("name", campaign.settings["name"])}
        call.workspace.campaigns.put(replace(campaign, settings=settings))


def _delete_all(call: Call, _found: Any) -> None:
    for campaign in _others(call):
        call.workspace.campaigns.remove(campaign.campaign_id)


def _delete_leads_of_all(call: Call, _found: Any) -> None:
    for campaign in _others(call):
        for lead in call.workspace.leads.where("campaign", campaign.campaign_id):
            call.workspace.leads.remove(lead.lead_id)


def _delete_anything(handler: Handler, call: Call) -> Any:
    try:
        return handler(call)
    except ApiError as error:
        if error.name != "campaign_not_found":
            raise
        return {"campaign_id": call.path["campaign_id"]}


def _same_name_same_id(handler: Handler, call: Call) -> Any:
    for campaign in call.workspace.campaigns:
        if campaign.settings["name"] == call.body["name"]:
            return campaigns.get_campaign(replace(call, path={"campaign_id": campaign.campaign_id}))
    return handler(call)


def _forget_old(most: int) -> Mutation:
    def act(call: Call, _found: Any) -> None:
        drafts = [campaign for campaign in call.workspace.campaigns if campaign.status == "DRAFT"]
        for campaign in drafts[:-most]:
            call.workspace.campaigns.remove(campaign.campaign_id)

    return after("createCampaign", act)


def _staling() -> Mutation:
    """Answer a read as the read before, the first time after a change."""
    seen: dict[str, Any] = {}

    def wrap(handler: Handler, call: Call) -> Any:
        found = handler(call)
        previous = seen.get(call.path["campaign_id"], found)
        seen[call.path["campaign_id"]] = found
        return previous

    return around("getCampaign", wrap)


def _slow_write(plan: Plan) -> None:
    """Read, wait without the lock, and write over what came in between."""

    def wrap(handler: Handler, call: Call) -> Any:
        stored = _campaign(call)
        call.workspace.lock.release()
        plan.sleep(0.05)
        call.workspace.lock.acquire()
        call.workspace.campaigns.put(stored)
        return handler(call)

    around("updateCampaign", wrap)(plan)


def _touch(handler: Handler, call: Call) -> Any:
    call.workspace.campaigns.put(replace(_campaign(call), updated_at=call.workspace.now()))
    return handler(call)


def _with_stored_accounts(call: Call) -> dict[str, Any]:
    stored = list(_campaign(call).inbox_ids)
    return (
        {**call.body, "inbox_ids": stored + call.body["inbox_ids"]} if "inbox_ids" in call.body else call.body
    )


def _with_stored_mapping(call: Call) -> dict[str, Any]:
    stored = _campaign(call).lead_mapping
    return (
        {**call.body, "lead_mapping": {**stored, **call.body["lead_mapping"]}}
        if "lead_mapping" in call.body
        else call.body
    )


def _ignore_deletions(workspace: Any, stored: Any, edits: Any, most: int) -> Any:
    known = {sequence["sequence_id"] for sequence in stored}
    kept = [each for each in edits if each["action"] != "delete" or each["sequence_id"] not in known]
    return content.edit_sequences(workspace, stored, kept, most)


def _edit_first(workspace: Any, stored: Any, edits: Any, most: int) -> Any:
    """Edit the first follow-up, whichever was meant."""
    ids = [sequence["sequence_id"] for sequence in stored]
    aimed = [
        {**each, "sequence_id": ids[0]}
        if each.get("sequence_id") in ids and each["action"] == "edit"
        else each
        for each in edits
    ]
    return content.edit_sequences(workspace, stored, aimed, most)


def _drop_content(call: Call, _found: Any) -> None:
    if "variants" not in call.body:
        call.workspace.campaigns.put(replace(_campaign(call), variants=()))


def _nulls_become(pointer: str, value: str) -> Mutation:
    return edit(f"{_SCHEMAS}/{pointer}/x-null", value)


def _append_variants(workspace: Any, campaign: Campaign, changes: Any, **most: int) -> Campaign:
    changed = content.change_content(workspace, campaign, changes, **most)
    if "variants" not in changes:
        return changed
    return replace(changed, variants=campaign.variants + changed.variants)


def _append_sequences(workspace: Any, campaign: Campaign, changes: Any, **most: int) -> Campaign:
    changed = content.change_content(workspace, campaign, changes, **most)
    if "sequences" not in changes:
        return changed
    return replace(changed, sequences=campaign.sequences + changed.sequences)


def _update_twice(recorder: Recorder) -> None:
    """Send a second update while the server works on a first."""
    path = f"/campaigns/{recorder.add_campaign()}"
    recorder.meanwhile = [lambda: recorder.ask("PUT", path, {"enable_tracking": True})]
    recorder.ask("PUT", path, {"name": "Renamed campaign"})
    recorder.use_time()
    recorder.transcript.clear()
    recorder.ask("GET", path)


# fmt: off
MUTANTS = (
    Mutant("state.update.not_stored", "an update is not stored", around("updateCampaign", _restore)),
    Mutant("state.update.resets_omitted", "an update resets what it leaves out",
           before("updateCampaign", _reset_omitted)),
    Mutant("state.update.drops_variants", "an update without variants drops them",
           after("updateCampaign", _drop_content)),
    Mutant("state.update.empty_resets", "an empty update resets all settings",
           before("updateCampaign", _reset_when_empty)),
    Mutant("state.update.half_applied", "a refused update stores a part", around("updateCampaign", _half)),
    Mutant("state.update.half_inboxes", "an update refused for an unknown sender account stores the others",
           around("updateCampaign", _half_mapping)),
    Mutant("state.update.all_renamed", "an update renames all campaigns",
           after("updateCampaign", _rename_all)),
    Mutant("state.update.null_limit_kept", "null does not clear the daily limit",
           _nulls_become("CampaignUpdate/properties/daily_limit_per_inbox", "unchanged"),
           choice="no source says what null does"),
    Mutant("state.update.null_date_kept", "null does not clear the start date",
           _nulls_become("CampaignUpdate/properties/start_date", "unchanged"),
           choice="no source says what null does"),
    Mutant("state.update.inboxes_added", "inbox_ids are added to the stored ones",
           before("updateCampaign", _with_stored_accounts), choice="no source says whether they replace"),
    Mutant("state.update.mapping_merged", "lead_mapping is merged with the stored one",
           before("updateCampaign", _with_stored_mapping), choice=_MAPPING_UNSHOWN),
    Mutant("state.update.mapping_ignored", "lead_mapping is not stored",
           before("updateCampaign", lambda call: {
               name: call.body[name] for name in call.body if name != "lead_mapping"}),
           choice=_MAPPING_UNSHOWN),
    Mutant("state.update.days_ignored", "sending_days are not stored on update",
           before("updateCampaign", lambda call: {
               name: call.body[name] for name in call.body if name != "sending_days"})),
    Mutant("state.update.race", "of two updates at once, one is lost",
           _slow_write,
           unseen="short requests are answered in one thread, one after another",
           scenario=_update_twice),
    Mutant("state.create.resets_steps", "a create resets the steps of all",
           after("createCampaign", _reset_steps)),
    Mutant("state.create.same_name", "the same name is the same campaign",
           around("createCampaign", _same_name_same_id)),
    Mutant("state.create.forgets", "a workspace keeps the last ten drafts", _forget_old(10)),
    Mutant("state.get.stale", "a read shows the state of the read before", _staling()),
    Mutant("state.get.touches", "a read moves updated_at", around("getCampaign", _touch)),
    Mutant("state.delete.kept", "a deleted campaign stays",
           forgetting("deleteCampaign", "campaigns")),
    Mutant("state.delete.all", "all campaigns are deleted", after("deleteCampaign", _delete_all)),
    Mutant("state.delete.leads_of_all", "the leads of all are deleted",
           after("deleteCampaign", _delete_leads_of_all)),
    Mutant("state.delete.unknown", "deleting what is not there succeeds",
           around("deleteCampaign", _delete_anything)),
    Mutant("state.variants.appended", "variants of a draft are added to the stored ones",
           swap("updateCampaign", content.change_content, _append_variants)),
    Mutant("state.variants.replaced", "variants of a PAUSED campaign replace the stored ones",
           swap("updateCampaign", content.merge_variants, lambda workspace, stored, requested, most:
                   content.make_variants(workspace, requested))),
    Mutant("state.sequences.appended", "sequences are added to the stored ones",
           swap("updateCampaign", content.change_content, _append_sequences)),
    Mutant("state.sequences.unsorted", "follow-ups stand in the order sent",
           swap("updateCampaign", content.make_sequences, lambda workspace, requested: tuple(
               content.make_sequences(workspace, [each])[0] for each in requested)),
           choice="no source says the order"),
    Mutant("state.sequences.not_deleted", "deleting a follow-up does nothing",
           swap("updateCampaign", content.edit_sequences, _ignore_deletions),
           choice="a choice of this project"),
    Mutant("state.sequences.wrong_edited", "always the first follow-up is edited",
           swap("updateCampaign", content.edit_sequences, _edit_first), choice="a choice of this project"),
)
# fmt: on
