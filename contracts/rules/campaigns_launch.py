"""Launching a campaign: what it requires, and that a refused launch changes nothing."""

from dataclasses import dataclass
from typing import Any

from ..api.api import LATER, Api
from ..api.reply import Reply
from ..registry import rule
from .fixtures.shared import (
    GUIDE,
    NEWER_GUIDE,
    OLDER_GUIDE,
    SENT_ALONG,
    UNDOCUMENTED,
    ask,
    compare_undocumented,
    get_campaign,
    launch,
    launched_by_step,
    parts,
    paused_campaign,
    prepared_by_step,
    require_recent,
)

_ACTIVATES = "launch — Set to true to activate the campaign"
_DELETABLE = "campaigns:delete: delete campaigns, DRAFT or PAUSED only."

_OPERATIONS = ["updateCampaign", "getCampaign"]
_ERRORS = "docs:reference/errors"
_UPDATE = "docs:api-reference/campaigns/update-campaign"
_LAUNCH = ["launch"]
_SCOPES = "docs:authentication/scopes, client"
_ALL = ("leads", "inboxes", "variants")


@dataclass(frozen=True, slots=True)
class _Launches:
    """The answers for a campaign that is launched too early, then launched, then deleted."""

    refused: list[tuple[tuple[str, ...], Reply]]
    """(what was missing, the answer) of each refused launch."""
    unchanged: dict[str, Any]
    """The campaign after the refusals."""
    fields: dict[str, Any]
    """What was sent with the launch that succeeds."""
    is_accepted: bool
    """Whether a launch was accepted together with what it requires."""
    launched: dict[str, Any]
    found: dict[str, Any]
    deleted_active: Reply
    deleted_paused: Reply
    gone: Reply


def _launch_all(api: Api) -> _Launches:
    def make() -> _Launches:
        campaign_id = str(api.create_campaign(**LATER)["campaign_id"])
        all_parts = parts(api)
        variants, accounts = ({name: all_parts[name]} for name in ("variants", "inbox_ids"))
        refused: list[tuple[tuple[str, ...], Reply]] = []

        def try_launch(along: dict[str, Any], *missing: str) -> None:
            fields = {"launch": True, "daily_limit_per_inbox": 41, **along}
            refused.append((missing, api.update_campaign(campaign_id, **fields)))

        try_launch({}, "leads", "inboxes", "variants")
        try_launch(accounts, "leads", "variants")
        try_launch(variants, "leads", "inboxes")
        try_launch(all_parts, "leads")
        api.add_lead(campaign_id)
        try_launch({}, "inboxes", "variants")
        try_launch(accounts, "variants")
        try_launch(variants, "inboxes")
        unchanged = get_campaign(api, campaign_id)
        fields: dict[str, Any] = {"name": api.name("launched"), "enable_tracking": True}
        is_accepted, launched = launch(api, campaign_id, all_parts, **fields)
        found = get_campaign(api, campaign_id)
        deleted_active = ask(api, "deleteCampaign", campaign_id)
        ask(api, "pauseCampaign", campaign_id)
        return _Launches(
            refused,
            unchanged,
            fields,
            is_accepted,
            launched,
            found,
            deleted_active,
            deleted_paused=ask(api, "deleteCampaign", campaign_id),
            gone=ask(api, "getCampaign", campaign_id),
        )

    return api.once("launches", make, show=True)


@rule(
    "campaigns.launch.needs",
    source=NEWER_GUIDE,
    sentence="When launch: true, the API checks: At least one lead exists; At least one inbox is assigned; "
    "At least one email variant is configured",
    operations=_OPERATIONS,
    needs=_LAUNCH,
)
def refuse_unready_launch(api: Api) -> None:
    """A launch requires a lead, a sender account and a variant, and the refusal names the missing ones."""
    for missing, reply in _launch_all(api).refused:
        reply.fails("launch_not_ready", missing=", ".join(missing))


@rule(
    "campaigns.launch.refused_changes_nothing",
    source=_ERRORS,
    sentence="400, 422: the request is invalid. RFC 9110, 15.5: the server will not process it.",
    operations=_OPERATIONS,
    needs=_LAUNCH,
)
def leave_all_when_refused(api: Api) -> None:
    """A refused launch changes nothing of a DRAFT, and stores no other field of the request."""
    found = _launch_all(api).unchanged
    expected: dict[str, Any] = {
        "status": "DRAFT",
        "daily_limit_per_inbox": None,
        "variants": [],
        "launched_at": None,
        "current_step": 0,
    }
    for field, value in expected.items():
        api.judge.compare(found[field], value, f"{field} after refused launches")
    if "inboxes" in found:
        api.judge.compare(found["inboxes"], [], "inboxes after refused launches")


@rule(
    "campaigns.launch.answer",
    source="docs:api-reference/campaigns/update-campaign",
    sentence='After a launch: "status": "ACTIVE", "is_launch_ready": true, "missing_requirements": [].',
    operations=_OPERATIONS,
    needs=_LAUNCH,
)
def answer_launch(api: Api) -> None:
    """A launched campaign is ACTIVE at the last step, and misses no requirement."""
    answer = _launch_all(api).launched
    expected = {"status": "ACTIVE", "current_step": 5, "is_launch_ready": True, "missing_requirements": []}
    for field, value in expected.items():
        api.judge.compare(answer[field], value, field, documented=field != "current_step")
    message = api.spec.operations["updateCampaign"].message("launch")
    compare_undocumented(api, answer["message"], message, "message")


@rule(
    "campaigns.launch.stored", source=NEWER_GUIDE, sentence=_ACTIVATES, operations=_OPERATIONS, needs=_LAUNCH
)
def store_launch(api: Api) -> None:
    """A launched campaign is read as ACTIVE with the time of its launch."""
    answer, found = _launch_all(api).launched, _launch_all(api).found
    api.judge.compare(found["status"], "ACTIVE", "status")
    api.judge.compare(found["current_step"], answer["current_step"], "current_step read")
    compare_undocumented(api, found["current_step"], 5, "current_step")
    require_recent(api, found["launched_at"], "launched_at")
    api.judge.compare(found["total_leads"], 1, "total_leads")


@rule(
    "campaigns.launch.with_fields",
    source=GUIDE,
    sentence="Update any campaign field or activate it. Only include the fields you want to change.",
    operations=_OPERATIONS,
    needs=_LAUNCH,
)
def store_fields_first(api: Api) -> None:
    """Other fields of a launch are stored first, and count for its requirements."""
    launches = _launch_all(api)
    for field, value in launches.fields.items():
        api.judge.compare(launches.found[field], value, field)
    api.judge.compare(len(launches.found["variants"]), 1, "the number of variants")
    what = "whether a launch is accepted together with what it requires"
    compare_undocumented(api, launches.is_accepted, True, what)


@rule(
    "campaigns.launch.readiness",
    source=_UPDATE,
    sentence='"is_launch_ready": false, "missing_requirements": ["leads", "inboxes"]',
    operations=["updateCampaign"],
)
def report_readiness(api: Api) -> None:
    """The answer to each update lists what a launch still requires."""
    _, updates, _ = prepared_by_step(api)
    lacking: tuple[list[str], ...] = ([*_ALL], ["leads", "inboxes"], ["leads"], ["leads"], [])
    for (sent, answer), missing in zip(updates, lacking, strict=True):
        found, what = answer["missing_requirements"], f"missing_requirements after {[*sent]}"
        api.judge.compare(sorted(found), sorted(missing), what)
        compare_undocumented(api, found, missing, f"the order of {what}")
        api.judge.compare(answer["is_launch_ready"], not missing, f"is_launch_ready after {[*sent]}")


@rule(
    "campaigns.launch.only_when_asked", source=NEWER_GUIDE, sentence=_ACTIVATES, operations=["updateCampaign"]
)
def launch_only_when_asked(api: Api) -> None:
    """Neither launch: false nor content launches a campaign that is ready."""
    _, updates, _ = prepared_by_step(api)
    for _, answer in updates:
        api.judge.compare(answer["status"], "DRAFT", "status")


@rule(
    "campaigns.update.current_step",
    source=OLDER_GUIDE,
    sentence="current_step - Progress to next step (1-5)",
    operations=["updateCampaign"],
)
def move_step_by_step(api: Api) -> None:
    """An update may send the next step; one that sends no step keeps it."""
    _, updates, _ = prepared_by_step(api)
    step = 0
    for sent, answer in updates:
        step = sent.get("current_step", step)
        api.judge.compare(answer["current_step"], step, "current_step")


@rule("campaigns.update.current_step.same", source=UNDOCUMENTED, operations=["updateCampaign"])
def keep_step(api: Api) -> None:
    """An update may send the stored step."""
    campaign_id = str(api.create_campaign()["campaign_id"])
    for _ in range(2):
        answer = api.update_campaign(campaign_id, current_step=1).succeeds()
        api.judge.compare(answer["current_step"], 1, "current_step")


@rule(
    "campaigns.update.current_step.back",
    source=_ERRORS,
    sentence="Step Progression Error: current_step must be the stored step + 1.",
    operations=["updateCampaign"],
)
def refuse_step_back(api: Api) -> None:
    """A step back is refused."""
    _, _, back = prepared_by_step(api)
    back.fails("step_progression", expected=5, got=3)


@rule(
    "campaigns.launch.step_five",
    source="docs:campaigns/overview",
    sentence="Step 5: launch.",
    operations=_OPERATIONS,
    needs=_LAUNCH,
)
def launch_by_step(api: Api) -> None:
    """Step 5 launches a campaign, the older way, and stores what is sent along."""
    launch = launched_by_step(api)
    for field, value in {"status": "ACTIVE", "current_step": 5}.items():
        api.judge.compare(launch.launched[field], value, field)
        api.judge.compare(launch.found[field], value, f"{field} read")
    for field, value in SENT_ALONG.items():
        api.judge.compare(launch.found[field], value, f"{field} read")
    require_recent(api, launch.found["launched_at"], "launched_at")


@rule(
    "campaigns.launch.step_five.needs",
    source=UNDOCUMENTED,
    operations=_OPERATIONS,
    needs=_LAUNCH,
    profile="full",
)
def refuse_unready_step_five(api: Api) -> None:
    """Step 5 is refused for a campaign that is not ready, and the step stays."""
    campaign_id = str(api.create_campaign()["campaign_id"])
    for step in (1, 2, 3, 4):
        api.update_campaign(campaign_id, current_step=step).succeeds()
    reply = api.update_campaign(campaign_id, current_step=5)
    reply.fails("launch_not_ready", missing=", ".join(_ALL))
    api.judge.compare(get_campaign(api, campaign_id)["current_step"], 4, "current_step after a refusal")


@rule(
    "campaigns.delete.active",
    source=_SCOPES,
    sentence=_DELETABLE,
    operations=["deleteCampaign"],
    needs=_LAUNCH,
)
def refuse_delete_of_active(api: Api) -> None:
    """An ACTIVE campaign cannot be deleted."""
    _launch_all(api).deleted_active.fails("campaign_not_deletable")


@rule(
    "campaigns.delete.paused",
    source=_SCOPES,
    sentence=_DELETABLE,
    operations=["deleteCampaign"],
    needs=_LAUNCH,
)
def delete_paused(api: Api) -> None:
    """A PAUSED campaign can be deleted."""
    launches = _launch_all(api)
    launches.deleted_paused.succeeds()
    launches.gone.fails("campaign_not_found")


@rule(
    "campaigns.launch.resume",
    source=UNDOCUMENTED,
    operations=_OPERATIONS,
    needs=_LAUNCH,
    profile="full",
)
def launch_paused(api: Api) -> None:
    """A launch resumes a PAUSED campaign and keeps the time of the first launch."""
    before = paused_campaign(api)
    campaign_id = before["campaign_id"]
    api.update_campaign(campaign_id, launch=True).succeeds()
    after = get_campaign(api, campaign_id)
    ask(api, "pauseCampaign", campaign_id).succeeds()
    api.judge.compare(after["status"], "ACTIVE", "status")
    api.judge.compare(after["launched_at"], before["launched_at"], "launched_at")


@rule(
    "campaigns.launch.leads_later",
    source=UNDOCUMENTED,
    operations=["addLead", "getCampaign"],
    needs=_LAUNCH,
    profile="full",
)
def add_lead_to_active(api: Api) -> None:
    """An ACTIVE campaign takes more leads."""
    campaign_id = api.launched_campaign()
    api.add_lead(campaign_id)
    api.judge.compare(get_campaign(api, campaign_id)["total_leads"], 2, "total_leads")
