"""The times of creation and of the last change of a campaign."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..api.api import Api
from ..registry import rule
from .fixtures.shared import OLDER_GUIDE, get_campaign, read_time, require_recent

_UPDATED_AT = '"updated_at": "2024-01-15T11:00:00Z"'

_OPERATIONS = ["updateCampaign", "getCampaign"]
_A_SECOND_AND_A_BIT = 1.1


@dataclass(frozen=True, slots=True)
class _Times:
    """A campaign at several times within a second, as read or answered."""

    created: dict[str, Any]
    read_later: dict[str, Any]
    updated: dict[str, Any]
    read_after_update: dict[str, Any]
    second: dict[str, Any]
    newest_first: list[str]


def _live_a_second(api: Api) -> _Times:
    def make() -> _Times:
        name = api.name(f"clock {api.random.getrandbits(40):010x}")
        created = api.create_campaign(name=f"{name} b")
        campaign_id = created["campaign_id"]
        time.sleep(_A_SECOND_AND_A_BIT)
        api.update_campaign(campaign_id, name=f"{name} b", sending_window_start=23)
        read_later = get_campaign(api, campaign_id)
        updated = api.update_campaign(campaign_id, enable_tracking=True).succeeds()
        read_after_update = get_campaign(api, campaign_id)
        second = api.create_campaign(name=f"{name} a")  # by name it would come last
        listed = api.send("listCampaigns", query={"search": name}).succeeds()["campaigns"]
        ids = [campaign["campaign_id"] for campaign in listed]
        return _Times(created, read_later, updated, read_after_update, second, ids)

    return api.once("a campaign over a second", make, show=True)


def _read_time(api: Api, value: dict[str, Any], field: str) -> datetime:
    return read_time(api, value[field], field)


@rule(
    "campaigns.update.updated_at",
    source=OLDER_GUIDE,
    sentence=_UPDATED_AT,
    operations=_OPERATIONS,
    repeated=True,
)
def move_updated_at(api: Api) -> None:
    """A later change has a later updated_at, which is read as it was answered."""
    times = _live_a_second(api)
    before, after = (_read_time(api, each, "updated_at") for each in (times.read_later, times.updated))
    api.judge.require(after > before, f"updated_at went from {before} to {after} over a second")
    api.judge.compare(times.read_after_update["updated_at"], times.updated["updated_at"], "updated_at read")
    require_recent(api, times.updated["updated_at"], "updated_at")


@rule(
    "campaigns.update.updated_at.changes_only",
    source=OLDER_GUIDE,
    sentence=_UPDATED_AT,
    operations=_OPERATIONS,
    repeated=True,
)
def keep_updated_at(api: Api) -> None:
    """Neither a read nor a refused update changes updated_at."""
    times = _live_a_second(api)
    created = _read_time(api, times.created, "created_at")
    time_read = _read_time(api, times.read_later, "updated_at")
    off = (time_read - created).total_seconds()
    api.judge.require(abs(off) < _A_SECOND_AND_A_BIT - 0.05, f"updated_at is {off:.1f} s off created_at")


@rule(
    "campaigns.update.created_at",
    source=OLDER_GUIDE,
    sentence='"created_at": "2024-01-15T10:30:00Z"',
    operations=_OPERATIONS,
    repeated=True,
)
def keep_created_at(api: Api) -> None:
    """created_at never changes."""
    times = _live_a_second(api)
    for each in (times.read_later, times.read_after_update):
        api.judge.compare(each["created_at"], times.created["created_at"], "created_at")


@rule(
    "campaigns.list.newest_first",
    source="client",
    sentence="sort_by: default created_at; sort_order: default desc.",
    operations=["createCampaign", "listCampaigns"],
    repeated=True,
)
def list_newest_first(api: Api) -> None:
    """The later of two campaigns is listed first and has the later created_at."""
    times = _live_a_second(api)
    first, second = (_read_time(api, each, "created_at") for each in (times.created, times.second))
    api.judge.require(second > first, f"created_at is {first}, then {second} a second later")
    ids = [times.second["campaign_id"], times.created["campaign_id"]]
    api.judge.compare(times.newest_first, ids, "the campaigns listed")
