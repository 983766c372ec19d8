"""Subsequences of campaigns, and how to meet the errors of flow, moves and analytics."""

from typing import Any

from mockserver.openapi.spec import Operation

from .api import SPEC, UNKNOWN_ID, Api
from .error_causes import Cause, Request, name_unknown, send_bad_id, send_fields, send_query, with_facts

KEYWORD_SUBSEQUENCE: dict[str, Any] = SPEC.operations["createSubsequence"].body_examples["keyword"]
"""A subsequence of two mails."""


def subsequence_step(wait_seconds: int = 0, **changes: Any) -> dict[str, Any]:
    """Return a mail of a subsequence; `changes` are of its only variant."""
    return {
        "wait_seconds": wait_seconds,
        "variants": [{"subject": "Here's the deck", "body": "As promised.", **changes}],
    }


def add_subsequence(api: Api, campaign_id: str, **changes: Any) -> Any:
    """Add a subsequence to a campaign; returns the answer."""
    return api.ok("createSubsequence", {**KEYWORD_SUBSEQUENCE, **changes}, campaign_id=campaign_id)


def move_leads(api: Api, campaign_id: str, node_id: str, *lead_ids: str) -> Any:
    """Move leads into the subsequence of an entry node; returns the answer."""
    body = {"lead_ids": list(lead_ids), "target_subsequence_node_id": node_id}
    return api.ok("moveLeadsToSubsequence", body, campaign_id=campaign_id)


def prepare_subsequence(api: Api, operation: Operation, campaign_id: str) -> dict[str, str]:
    """Make what operations on subsequences need; returns the ids."""
    if operation.operation_id not in ("updateSubsequence", "deleteSubsequence", "moveLeadsToSubsequence"):
        return {}
    made = add_subsequence(api, campaign_id)
    nodes = [node["id"] for node in made["nodes"]]
    return {"subsequence_id": made["entry_edge"]["id"], "target_subsequence_node_id": nodes[0]}


def remove_subsequence(request: Request) -> None:
    ids = {name: request.ids[name] for name in ("campaign_id", "subsequence_id")}
    request.api.ok("deleteSubsequence", **ids)


def aim_at_second(request: Request) -> None:
    flow = request.api.ok("getFlow", campaign_id=request.ids["campaign_id"])
    request.body_with(target_subsequence_node_id=flow["nodes"][-1]["id"])


SUBSEQUENCE_CAUSES: dict[str, Cause] = {
    "subsequence_not_found": name_unknown("subsequence_id"),
    "subsequence_id_invalid": send_bad_id("subsequence_id"),
    "trigger_type_invalid": with_facts(send_fields(trigger_type="NOT_OPENED"), trigger_type="NOT_OPENED"),
    "trigger_params_invalid": with_facts(send_fields(trigger_params={"phrases": []}), trigger_type="KEYWORD"),
    "weight_sum": send_fields(steps=[subsequence_step(weight=99)]),
    "entry_node_not_main": send_fields(entry_from_node_id=UNKNOWN_ID),
    "trigger_type_missing": lambda request: request.without("trigger_type"),
    "steps_empty": send_fields(steps=[]),
    "wait_seconds_missing": send_fields(steps=[{"variants": subsequence_step()["variants"]}]),
    "wait_seconds_negative": send_fields(steps=[subsequence_step(-1)]),
    "weight_too_large": send_fields(steps=[subsequence_step(weight=101)]),
    "is_active_not_boolean": send_fields(is_active="maybe"),
    "subsequences_not_enabled": remove_subsequence,
    "target_not_subsequence": send_fields(target_subsequence_node_id=UNKNOWN_ID),
    "target_not_entry": aim_at_second,
    "lead_ids_empty": send_fields(lead_ids=[]),
    "lead_ids_too_many": send_fields(lead_ids=[UNKNOWN_ID] * 501),
    "target_node_invalid": send_fields(target_subsequence_node_id="none"),
    "date_order": send_query(from_date="2024-02-01", to_date="2024-01-31"),
    "dates_too_far_apart": with_facts(send_query(from_date="1899-12-31", to_date="2000-01-01"), limit=36525),
    "from_date_invalid": send_query(from_date="2024-02-30"),
    "to_date_invalid": send_query(to_date="15.01.2024"),
    "verified_not_boolean": send_query(verified="maybe"),
}
"""Name of an error → how to make a request meet it."""
