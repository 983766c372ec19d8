"""Branches of campaigns, and how to meet the errors of flow, moves and analytics."""

from typing import Any

from mockserver.openapi.spec import Operation

from .api import SPEC, UNKNOWN_ID, Api
from .error_causes import Request, Spoil, ask, know, lose, send_fields, spoil_id

BRANCH: dict[str, Any] = SPEC.operations["createSubsequence"].body_examples["keyword"]
"""A branch of two mails."""


def step(wait_seconds: int = 0, **changes: Any) -> dict[str, Any]:
    """Return a mail of a branch; `changes` are of its only variant."""
    return {
        "wait_seconds": wait_seconds,
        "variants": [{"subject": "Here's the deck", "body": "As promised.", **changes}],
    }


def branch(api: Api, campaign_id: str, **changes: Any) -> Any:
    """Add a branch to a campaign; returns the answer."""
    return api.ok("createSubsequence", {**BRANCH, **changes}, campaign_id=campaign_id)


def move(api: Api, campaign_id: str, node_id: str, *lead_ids: str) -> Any:
    """Move leads into the branch of an entry node; returns the answer."""
    body = {"lead_ids": list(lead_ids), "target_subsequence_node_id": node_id}
    return api.ok("moveLeadsToSubsequence", body, campaign_id=campaign_id)


def prepare_flow(api: Api, operation: Operation, campaign_id: str) -> dict[str, str]:
    """Make what operations on branches need; returns the ids."""
    if operation.operation_id not in ("updateSubsequence", "deleteSubsequence", "moveLeadsToSubsequence"):
        return {}
    made = branch(api, campaign_id)
    nodes = [node["id"] for node in made["nodes"]]
    return {"subsequence_id": made["entry_edge"]["id"], "target_subsequence_node_id": nodes[0]}


def remove_branch(request: Request) -> None:
    ids = {name: request.ids[name] for name in ("campaign_id", "subsequence_id")}
    request.api.ok("deleteSubsequence", **ids)


def aim_at_second(request: Request) -> None:
    flow = request.api.ok("getFlow", campaign_id=request.ids["campaign_id"])
    request.body_with(target_subsequence_node_id=flow["nodes"][-1]["id"])


FLOW: dict[str, Spoil] = {
    "subsequence_not_found": lose("subsequence_id"),
    "subsequence_id_invalid": spoil_id("subsequence_id"),
    "trigger_type_invalid": know(send_fields(trigger_type="NOT_OPENED"), trigger_type="NOT_OPENED"),
    "trigger_params_invalid": know(send_fields(trigger_params={"phrases": []}), trigger_type="KEYWORD"),
    "weight_sum": send_fields(steps=[step(weight=99)]),
    "entry_node_not_main": send_fields(entry_from_node_id=UNKNOWN_ID),
    "trigger_type_missing": lambda request: request.without("trigger_type"),
    "steps_empty": send_fields(steps=[]),
    "wait_seconds_missing": send_fields(steps=[{"variants": step()["variants"]}]),
    "wait_seconds_negative": send_fields(steps=[step(-1)]),
    "weight_too_large": send_fields(steps=[step(weight=101)]),
    "is_active_not_boolean": send_fields(is_active="maybe"),
    "subsequences_not_enabled": remove_branch,
    "target_not_subsequence": send_fields(target_subsequence_node_id=UNKNOWN_ID),
    "target_not_entry": aim_at_second,
    "lead_ids_empty": send_fields(lead_ids=[]),
    "lead_ids_too_many": send_fields(lead_ids=[UNKNOWN_ID] * 501),
    "target_node_invalid": send_fields(target_subsequence_node_id="none"),
    "date_order": ask(from_date="2024-02-01", to_date="2024-01-31"),
    "dates_too_far_apart": know(ask(from_date="1899-12-31", to_date="2000-01-01"), limit=36525),
    "from_date_invalid": ask(from_date="2024-02-30"),
    "to_date_invalid": ask(to_date="15.01.2024"),
    "verified_not_boolean": ask(verified="maybe"),
}
"""Name of an error → how to make a request meet it."""
