"""Updates that must be refused, sent once for all rules about them."""

import json
from dataclasses import dataclass
from typing import Any

from ..api import Api
from ..outcomes import Exchange
from ..reply import Reply
from .shared import bystander, follow_up, get_campaign


@dataclass(frozen=True, slots=True)
class Refusals:
    """A campaign before and after, and what was answered to each update, by what is wrong with it."""

    before: dict[str, Any]
    after: dict[str, Any]
    replies: dict[str, tuple[Reply, Exchange | None]]
    unknown_inbox: str
    """The id of no inbox, which one of them sent."""


def refuse_all(api: Api) -> Refusals:
    """Send one campaign everything that it must refuse, each with other fields that would be fine."""

    def make() -> Refusals:
        unknown = api.unknown_id()
        campaign_id = bystander(api)["campaign_id"]
        edit = {"action": "add", **follow_up(api, 4)}
        bodies: dict[str, dict[str, Any]] = {
            "schema": {"sending_window_start": 24},
            "zone": {"timezone": "America/Invalid"},
            "window": {"sending_window_end": 6},
            "midnight": {"sending_window_end": 24},
            "step": {"current_step": 3},
            "sum": {"variants": [api.variant("A", 50), api.variant("B", 49)]},
            "alike": {"variants": [api.variant("A", 50), api.variant("a", 50)]},
            "inbox": {"inbox_ids": [api.inbox_id, unknown]},
            "edits": {"sequence_edits": [edit]},
            "both": {"sequences": [follow_up(api, 2)], "sequence_edits": [edit]},
            "follow_up_sum": {"sequences": [follow_up(api, 2, variants=[api.variant("A", 60)])]},
        }
        before = dict(bystander(api))
        replies = {}
        for index, (name, body) in enumerate(bodies.items()):
            fine: dict[str, Any] = {
                "name": api.name(f"refused for {name}"),
                "daily_limit_per_inbox": 40 + index,
                "enable_tracking": False,
                "lead_mapping": {"email": name},
                "sending_days": [1 + index % 7],
            }
            replies[name] = api.update_campaign(campaign_id, **fine, **body), api.last_exchange
        fine = {"name": api.name("ends early"), "daily_limit_per_inbox": 60}
        reply = api.send(
            "updateCampaign",
            path={"campaign_id": campaign_id},
            data=json.dumps(fine).encode()[:-1],
            headers={"Content-Type": "application/json"},
        )
        replies["end"] = reply, api.last_exchange
        return Refusals(before, get_campaign(api, campaign_id), replies, unknown)

    return api.once("refused updates", make)


def find_refusal(api: Api, name: str) -> Reply:
    """Return the answer to one of the updates of `refuse_all`."""
    reply, exchange = refuse_all(api).replies[name]
    if exchange:
        api.judge.exchanges.append(exchange)
    return reply
