"""Subsequences of campaigns, and how to meet the errors of flow, moves and analytics."""

from typing import Any

from mockserver.openapi.spec import Operation

from .api import SPEC, Api

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
