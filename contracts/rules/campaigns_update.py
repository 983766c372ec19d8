"""Updating a campaign: only sent fields change, and a refused update changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import non_null

from ..api.api import Api
from ..api.reply import Reply
from ..registry import rule
from ..verdict.outcomes import UncheckedError
from .fixtures.refused_updates import find_refusal, refuse_all
from .fixtures.shared import (
    GUIDE,
    NEWER_GUIDE,
    SETTINGS,
    campaign_to_update,
    compare_campaigns,
    compare_undocumented,
    get_campaign,
    read_time,
    require_recent,
    require_unchanged,
    unchanged_campaign,
)

_PARTIAL = "Only include the fields you want to change."
_ORDER = "sending_window_end must be greater than sending_window_start"

_UPDATE = "docs:api-reference/campaigns/update-campaign"
_OPERATIONS = ["updateCampaign", "getCampaign"]
_A_SECOND_AND_A_BIT = 1.1


@dataclass(frozen=True, slots=True)
class _Rename:
    """An update of a campaign, and the campaign before and after."""

    name: str
    before: dict[str, Any]
    answer: dict[str, Any]
    after: dict[str, Any]


def _rename(api: Api) -> _Rename:
    def make() -> _Rename:
        unchanged_campaign(api)
        campaign_id = campaign_to_update(api)
        before = get_campaign(api, campaign_id)
        name = f"  {api.name('renamed')}\t "
        answer = api.update_campaign(campaign_id, name=name, daily_limit_per_inbox=99).succeeds()
        return _Rename(name, before, answer, get_campaign(api, campaign_id))

    return api.once("a campaign renamed", make, show=True)


@rule(
    "campaigns.update.answer",
    source=_UPDATE,
    sentence="success, message, campaign_id, name, status, is_launch_ready, updated_at, missing_requirements",
    operations=_OPERATIONS,
)
def answer_update(api: Api) -> None:
    """The answer to an update has the campaign's id, name, status, step and the time of the change."""
    rename = _rename(api)
    expected = {
        "success": True,
        "message": "Campaign updated successfully",
        "campaign_id": campaign_to_update(api),
        "name": rename.name,
        "status": "DRAFT",
        "current_step": 0,
        "is_launch_ready": False,
    }
    for field, value in expected.items():
        api.judge.compare(rename.answer[field], value, field)
    api.judge.require("inbox_validations" not in rename.answer, "inbox_validations without inbox_ids")
    require_recent(api, rename.answer["updated_at"], "updated_at")


@rule("campaigns.update.only_what_is_sent", source=GUIDE, sentence=_PARTIAL, operations=_OPERATIONS)
def change_only_what_is_sent(api: Api) -> None:
    """An update stores each character of the sent fields and changes no other field."""
    rename = _rename(api)
    expected = {**rename.before, "name": rename.name, "daily_limit_per_inbox": 99}
    compare_campaigns(api, rename.after, expected, "after an update", changed=("updated_at",))


@rule(
    "campaigns.update.others_stay",
    source=GUIDE,
    sentence="Update any campaign field or activate it.",
    operations=_OPERATIONS,
)
def change_one_only(api: Api) -> None:
    """An update changes no other campaign."""
    _rename(api)
    require_unchanged(api, "a campaign after another was updated")


def _require_no_effect(api: Api, what: str, **fields: Any) -> Reply:
    """Require that an update of a campaign with content changes nothing of it; return the answer."""
    before = unchanged_campaign(api)
    reply = api.update_campaign(before["campaign_id"], **fields)
    after = get_campaign(api, before["campaign_id"])
    compare_campaigns(api, after, before, what, changed=("updated_at",))
    before["updated_at"] = after["updated_at"]
    return reply


@rule("campaigns.update.empty", source=GUIDE, sentence=_PARTIAL, operations=_OPERATIONS)
def change_nothing(api: Api) -> None:
    """An update without fields changes nothing, and is not refused."""
    reply = _require_no_effect(api, "after an empty update")
    compare_undocumented(api, reply.is_success, True, "whether an update without fields is accepted")


@rule("campaigns.update.same", source=GUIDE, sentence=_PARTIAL, operations=_OPERATIONS, profile="full")
def keep_content(api: Api) -> None:
    """An update of a setting changes no leads, sender accounts, variants, follow-ups, mapping or step."""
    sent = {"enable_tracking": SETTINGS["enable_tracking"]}
    _require_no_effect(api, "after a setting was sent", **sent).succeeds()


@rule("campaigns.update.null", source="undocumented", operations=_OPERATIONS, repeated=True)
def ignore_nulls(api: Api) -> None:
    """Null changes nothing in the fields that it does not clear."""
    operation = api.spec.operations["updateCampaign"]
    properties = non_null(operation.body or {})["properties"]
    unchanged = [name for name, schema in properties.items() if Extensions(schema).null == "unchanged"]
    _require_no_effect(api, "after nulls", **dict.fromkeys(unchanged)).succeeds()


@rule("campaigns.update.null.clears", source="undocumented", operations=_OPERATIONS)
def clear_by_null(api: Api) -> None:
    """Null clears the daily limit and the start date, and changes no other field."""
    rename = _rename(api)
    api.update_campaign(campaign_to_update(api), daily_limit_per_inbox=None, start_date=None).succeeds()
    found = get_campaign(api, campaign_to_update(api))
    expected = {"daily_limit_per_inbox": None, "start_date": None, "timezone": rename.after["timezone"]}
    for field, value in expected.items():
        api.judge.compare(found[field], value, f"{field} after null")


@rule(
    "campaigns.update.refused.leaves_all",
    source="docs:reference/errors",
    sentence="400, 422: the request is invalid. RFC 9110, 15.5: the server will not process it.",
    operations=_OPERATIONS,
)
def leave_all_when_refused(api: Api) -> None:
    """A refused update stores none of its fields."""
    refusals = refuse_all(api)
    for name in refusals.replies:
        reply = find_refusal(api, name)
        api.judge.require(reply.status >= 400, f"an update to be refused for its {name} was accepted")
    compare_campaigns(api, refusals.after, refusals.before, "after refused updates")


@rule(
    "campaigns.update.timezone",
    source=GUIDE,
    sentence="Invalid timezone: America/Invalid",
    operations=["updateCampaign"],
)
def refuse_wrong_zone(api: Api) -> None:
    """An update refuses a time zone that is no IANA name, and repeats the sent value."""
    reply = find_refusal(api, "zone")
    reply.violates(reply.violation("timezone", "format", "America/Invalid"))


@rule("campaigns.update.window.stored", source=GUIDE, sentence=_ORDER, operations=["updateCampaign"])
def judge_window_as_a_whole(api: Api) -> None:
    """The sent values and the stored values together must form a valid window."""
    names = ("start", "start_minute", "end", "end_minute")
    values = (7, 15, 20, 45)
    window: dict[str, Any] = {f"sending_window_{n}": v for n, v in zip(names, values, strict=True)}
    campaign_id = campaign_to_update(api)
    api.update_campaign(campaign_id, **{**window, "sending_window_end": 8}).succeeds()
    api.update_campaign(campaign_id, sending_window_start=9).fails("window_order")
    api.update_campaign(campaign_id, sending_window_start=8).succeeds()
    api.update_campaign(campaign_id, sending_window_end_minute=15).fails("window_order")
    api.update_campaign(campaign_id, **window).succeeds()


@rule("campaigns.update.window.order", source=GUIDE, sentence=_ORDER, operations=["updateCampaign"])
def refuse_window_that_ends_first(api: Api) -> None:
    """An update is refused that would end the window before its start."""
    find_refusal(api, "window").fails("window_order")


@rule(
    "campaigns.update.window.midnight",
    source=NEWER_GUIDE,
    sentence="When sending_window_end is 24, the minute must be 0.",
    operations=["updateCampaign"],
)
def refuse_window_past_midnight(api: Api) -> None:
    """An end at hour 24 is refused while the stored minute is not 0."""
    find_refusal(api, "midnight").fails("window_end_minute")


@rule(
    "campaigns.update.start_date.local",
    source=_UPDATE,
    sentence="start_date: ISO 8601, in the time zone of the campaign.",
    operations=_OPERATIONS,
    profile="full",
)
def read_start_date_in_zone(api: Api) -> None:
    """A start date without an offset is local to the sent zone, or else to the stored zone."""
    campaign_id = campaign_to_update(api)
    steps: tuple[tuple[dict[str, Any], str], ...] = (
        ({"start_date": "2032-01-10T12:00:00", "timezone": "Asia/Tokyo"}, "2032-01-10T03:00:00+00:00"),
        ({"start_date": "2032-07-10T12:00:00"}, "2032-07-10T03:00:00+00:00"),
    )
    for sent, expected in steps:
        api.update_campaign(campaign_id, **sent).succeeds()
        time_read = read_time(api, get_campaign(api, campaign_id)["start_date"], "start_date")
        api.judge.compare(time_read.isoformat(), expected, f"start_date after {sent}")


@rule(
    "campaigns.update.current_step.skipped",
    source="docs:reference/errors",
    sentence="Step Progression Error: current_step must be the stored step + 1.",
    operations=["updateCampaign"],
)
def refuse_skipped_step(api: Api) -> None:
    """A step cannot be skipped."""
    find_refusal(api, "step").fails("step_progression", expected=2, got=3)


@rule(
    "campaigns.update.as_sent",
    source=GUIDE,
    sentence="timezone: IANA timezone for scheduling; sending_days: Days to send (1=Mon, 7=Sun)",
    operations=_OPERATIONS,
)
def store_as_sent(api: Api) -> None:
    """Days keep the sent order, and a zone keeps the sent name, even an old one."""
    sent: dict[str, Any] = {"sending_days": [7, 1, 3], "timezone": "Asia/Calcutta"}
    campaign_id = campaign_to_update(api)
    reply = api.update_campaign(campaign_id, **sent)
    if not reply.is_success:
        raise UncheckedError("this server does not know the old names of zones")
    found = get_campaign(api, campaign_id)
    api.judge.compare(found["timezone"], sent["timezone"], "timezone")
    api.judge.compare(sorted(found["sending_days"]), sorted(sent["sending_days"]), "sending_days")
    compare_undocumented(api, found["sending_days"], sent["sending_days"], "the order of sending_days")


@rule("campaigns.update.parallel", source=GUIDE, sentence=_PARTIAL, operations=_OPERATIONS, profile="full")
def keep_parallel_updates(api: Api) -> None:
    """Several updates at once, each of another field, are all stored."""
    campaign_id = campaign_to_update(api)
    fields: dict[str, Any] = {
        "daily_limit_per_inbox": 77,
        "enable_tracking": True,
        "sending_days": [6],
    }

    def send(item: tuple[str, Any]) -> Reply:
        return api.update_campaign(campaign_id, **dict([item]))

    with ThreadPoolExecutor(len(fields)) as pool:
        for reply in list(pool.map(send, fields.items())):
            reply.succeeds()
    found = get_campaign(api, campaign_id)
    for field, expected in fields.items():
        api.judge.compare(found[field], expected, f"{field} after {len(fields)} updates at once")
