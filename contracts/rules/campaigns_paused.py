"""Changes of PAUSED campaigns."""

from dataclasses import dataclass
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import non_null

from ..api.api import Api
from ..registry import rule
from ..verdict.outcomes import UncheckedError
from .fixtures.shared import (
    UNDOCUMENTED,
    compare_campaigns,
    compare_undocumented,
    follow_up,
    get_campaign,
    paused_campaign,
)

_ERRORS = "docs:reference/errors"
_UPDATE = "docs:api-reference/campaigns/update-campaign"
_CLIENT = "client"
_LAUNCH = ["launch"]
_EDIT = ["updateCampaign", "getCampaign"]


@rule(
    "campaigns.update.paused",
    source=_ERRORS,
    sentence="Campaign Not Modifiable: pause the campaign first.",
    operations=_EDIT,
    needs=_LAUNCH,
)
def update_paused(api: Api) -> None:
    """An update of a PAUSED campaign changes neither its status, its step nor its launch."""
    before = paused_campaign(api)
    name = api.name("renamed in a pause")
    answer = api.update_campaign(before["campaign_id"], name=name, sending_window_end=24).succeeds()
    api.judge.compare(answer["status"], "PAUSED", "status")
    found = get_campaign(api, before["campaign_id"])
    api.judge.compare(found["name"], name, "name")
    changed = ("name", "sending_window_end", "updated_at", "variants", "sequences")
    compare_campaigns(api, found, before, "after an update", changed=changed)


@rule(
    "campaigns.update.paused.variants",
    source="client",
    sentence="variants of a PAUSED campaign are merged by variant_name.",
    operations=_EDIT,
    needs=_LAUNCH,
)
def merge_variants(api: Api) -> None:
    """A PAUSED campaign merges variants by name: a sent variant replaces the one of its name."""
    campaign_id = paused_campaign(api)["campaign_id"]
    text = "Another text for version B"
    api.update_campaign(campaign_id, variants=[api.variant("b", 30, email_content=text)]).succeeds()
    api.update_campaign(campaign_id, variants=[api.variant("B", 20)]).fails("variant_sum")
    more = [api.variant(name, 0) for name in "CDE"]
    api.update_campaign(campaign_id, variants=more).fails("variants_full", limit=4)
    stored = {each["variant_name"]: each for each in get_campaign(api, campaign_id)["variants"]}
    shares = {name: each["distribution_percent"] for name, each in stored.items()}
    api.judge.compare(shares, {"A": 70, "B": 30}, "the percentages")
    api.judge.compare(stored["B"]["email_content"], text, "the text of B")


@rule(
    "campaigns.update.paused.sequences",
    source=_CLIENT,
    sentence="Use 'sequences' for DRAFT campaigns or 'sequence_edits' for PAUSED campaigns.",
    operations=_EDIT,
    needs=_LAUNCH,
)
def refuse_sequences_of_paused(api: Api) -> None:
    """A PAUSED campaign takes sequence_edits, not sequences."""
    reply = api.update_campaign(paused_campaign(api)["campaign_id"], sequences=[follow_up(api, 2)])
    reply.fails("sequences_not_draft")


def _read_steps(api: Api, campaign_id: str) -> dict[int, dict[str, Any]]:
    return _list_steps(get_campaign(api, campaign_id))


def _list_steps(campaign: dict[str, Any]) -> dict[int, dict[str, Any]]:
    sequences = campaign["sequences"]
    if any("sequence_id" not in sequence for sequence in sequences):
        raise UncheckedError("this server does not show the ids of follow-ups")
    return {int(sequence["step_number"]): sequence for sequence in sequences}


@rule(
    "campaigns.update.paused.sequence_edits",
    source=_CLIENT,
    sentence="sequence_edits: action add, edit or delete; sequence_id for edit and delete.",
    operations=_EDIT,
    needs=_LAUNCH,
)
def edit_sequences(api: Api) -> None:
    """Edits of a PAUSED campaign change, add and delete follow-ups by their ids."""
    campaign = paused_campaign(api)
    campaign_id, before = campaign["campaign_id"], _list_steps(campaign)
    edits = [
        {"action": "edit", "sequence_id": before[4]["sequence_id"], "wait_days": 9},
        {"action": "add", **follow_up(api, 3, 5, variants=[api.variant("x", 50), api.variant("Y", 50)])},
    ]
    api.update_campaign(campaign_id, sequence_edits=edits).succeeds()
    after = _read_steps(api, campaign_id)
    compare_undocumented(api, [*after], [2, 3, 4], "the steps")
    api.judge.compare(after[2], before[2], "the follow-up that was not named")
    api.judge.compare(after[4], {**before[4], "wait_days": 9}, "the follow-up that was changed")
    api.judge.compare(after[3]["wait_days"], 5, "wait_days of the new one")
    api.judge.compare(len(after[3]["variants"]), 2, "the number of variants of the new one")
    delete = {"action": "delete", "sequence_id": after[3]["sequence_id"]}
    back = {**edits[0], "wait_days": before[4]["wait_days"]}
    api.update_campaign(campaign_id, sequence_edits=[delete, back]).succeeds()
    steps = [*_read_steps(api, campaign_id)]
    api.judge.compare(steps, [2, 4], "the steps after a deletion")


@rule("campaigns.update.paused.sequence_edits.null", source=UNDOCUMENTED, operations=_EDIT, needs=_LAUNCH)
def leave_nulls(api: Api) -> None:
    """Null in an edit changes nothing or clears, and null is no id for an added follow-up."""
    edited = _edit_alone(api)
    api.judge.compare(edited.after[2], edited.before[2], "the follow-up after nulls")


@rule("campaigns.update.paused.sequence_edits.alone", source=UNDOCUMENTED, operations=_EDIT, needs=_LAUNCH)
def keep_other_fields(api: Api) -> None:
    """An edit changes the one field that it names, and null clears a field that may be null."""
    edited = _edit_alone(api)
    after = {each["sequence_id"]: each for each in edited.after.values()}
    for step, change in edited.changes.items():
        found = after.get(edited.before[step]["sequence_id"], {})
        expected = {**edited.before[step], **change}
        if "variants" in change:  # its versions get ids
            api.judge.compare(found["variants"][0]["variant_name"], "Z", "the version that was sent")
            expected["variants"] = found["variants"]
        api.judge.compare(found, expected, f"the follow-up after {[*change]} was edited")


@dataclass(frozen=True, slots=True)
class _Edited:
    """Follow-ups before and after edits of one field each, and of none."""

    before: dict[int, dict[str, Any]]
    after: dict[int, dict[str, Any]]
    changes: dict[int, dict[str, Any]]
    """Step → the field that was changed."""


def _edit_alone(api: Api) -> _Edited:
    def make() -> _Edited:
        campaign_id = paused_campaign(api)["campaign_id"]
        items = non_null(api.spec.schemas["CampaignUpdate"]["properties"]["sequence_edits"])["items"]
        fields = non_null(items)["properties"].items()
        nulls = {name: None for name, schema in fields if Extensions(schema).null == "unchanged"}
        changes: dict[int, dict[str, Any]] = {
            5: {"step_number": 11},
            6: {"trigger_type": "NOT_OPENED"},
            7: {"wait_days": 8},
            8: {"enable_unsubscribe": True},
            9: {"enable_unsubscribe": None},
            10: {"variants": [api.variant("Z")]},
        }
        added = [follow_up(api, step, 3, enable_unsubscribe=False) for step in changes]
        adds = [{"action": "add", "sequence_id": None, **each} for each in added]
        api.update_campaign(campaign_id, sequence_edits=adds).succeeds()
        before = _read_steps(api, campaign_id)
        edits = [
            {**change, "action": "edit", "sequence_id": before[step]["sequence_id"]}
            for step, change in {**changes, 2: nulls}.items()
        ]
        api.update_campaign(campaign_id, sequence_edits=edits).succeeds()
        after = _read_steps(api, campaign_id)
        doomed = [{"action": "delete", "sequence_id": before[step]["sequence_id"]} for step in changes]
        api.update_campaign(campaign_id, sequence_edits=doomed).succeeds()
        return _Edited(before, after, changes)

    return api.once("follow-ups edited alone", make, show=True)


@rule("campaigns.update.paused.sequence_edits.refused", source=UNDOCUMENTED, operations=_EDIT, needs=_LAUNCH)
def refuse_wrong_edits(api: Api) -> None:
    """If one edit is invalid, such as an unknown id or a taken step, no edit is made."""
    campaign = paused_campaign(api)
    campaign_id, before = campaign["campaign_id"], _list_steps(campaign)
    fine = {"action": "edit", "sequence_id": before[2]["sequence_id"], "wait_days": 29}
    unknown = {"action": "delete", "sequence_id": api.unknown_id()}
    taken = {"action": "add", **follow_up(api, 4)}
    api.update_campaign(campaign_id, sequence_edits=[fine, unknown]).fails("sequence_not_found")
    reply = api.update_campaign(campaign_id, sequence_edits=[fine, taken])
    reply.fails("sequence_step_taken", step_number=4)
    reply = api.update_campaign(campaign_id, sequences=[], sequence_edits=[fine])
    reply.fails("sequences_and_edits")
    reply = api.update_campaign(campaign_id, sequence_edits=[{"action": "edit"}, {"action": "add"}])
    lacking = ((0, "sequence_id"), (1, "step_number"), (1, "trigger_type"), (1, "wait_days"), (1, "variants"))
    places = (("body", "sequence_edits", index, name) for index, name in lacking)
    reply.violates(*(reply.violation(place, "required") for place in places))
    api.judge.compare(_read_steps(api, campaign_id), before, "the follow-ups after refused edits")


@rule(
    "campaigns.update.paused.sequence_edits.values",
    source=UNDOCUMENTED,
    operations=_EDIT,
    needs=_LAUNCH,
    profile="full",
)
def refuse_wrong_values(api: Api) -> None:
    """An edit must keep the rules of follow-ups: percentages sum to 100, steps are unique."""
    campaign_id = paused_campaign(api)["campaign_id"]
    before = _read_steps(api, campaign_id)
    moved = {"action": "edit", "sequence_id": before[2]["sequence_id"], "step_number": 4}
    api.update_campaign(campaign_id, sequence_edits=[moved]).fails("sequence_step_taken", step_number=4)
    unsummed = {"action": "add", **follow_up(api, 3, variants=[api.variant("A", 99)])}
    api.update_campaign(campaign_id, sequence_edits=[unsummed]).fails("variant_sum")
    api.judge.compare(_read_steps(api, campaign_id), before, "the follow-ups after refused edits")
