"""The graph of a campaign: its main chain, and its subsequences."""

from dataclasses import replace
from typing import Any

from ..errors import ApiError
from ..model.content import find_open_campaign
from ..model.subsequences import (
    check_subsequence,
    find_edge_id,
    find_main_edge_id,
    find_main_node_id,
    find_node_id,
    list_main_nodes,
    list_subsequences,
)
from ..state.records import Campaign, Subsequence
from .call import Call

__all__ = ["create_subsequence", "delete_subsequence", "get_flow", "update_subsequence"]

_DAY = 24 * 60 * 60


def get_flow(call: Call) -> dict[str, Any]:
    """Return the whole graph."""
    campaign = call.workspace.campaigns.get(call.path["campaign_id"])
    subsequences = list_subsequences(call.workspace, campaign.campaign_id)
    described = [_describe(campaign, subsequence) for subsequence in subsequences]
    return {
        "campaign_id": campaign.campaign_id,
        "subsequences_enabled": bool(subsequences),
        "nodes": [*_list_main_nodes(campaign), *(node for each in described for node in each["nodes"])],
        "edges": [
            *_list_main_edges(campaign),
            *(edge for each in described for edge in (each["entry_edge"], *each["edges"])),
        ],
    }


def create_subsequence(call: Call) -> dict[str, Any]:
    """Add a subsequence to a campaign."""
    workspace = call.workspace
    campaign = find_open_campaign(workspace, call.path["campaign_id"])
    now = workspace.now()
    # Drawn last: a refused request uses up no id.
    subsequence = Subsequence("", campaign.campaign_id, created_at=now, updated_at=now, **_read(call))
    _check(call, subsequence)
    entry = subsequence.entry_from_node_id
    if entry is not None and entry not in list_main_nodes(campaign):
        raise ApiError("entry_node_not_main")
    subsequence = workspace.subsequences.put(replace(subsequence, subsequence_id=workspace.draw_id()))
    return _describe(campaign, subsequence)


def update_subsequence(call: Call) -> dict[str, Any]:
    """Change the fields sent; steps are compared by position, so that their nodes keep their ids."""
    workspace = call.workspace
    campaign, stored = _find(call)
    changed = replace(stored, **_read(call), updated_at=workspace.now() if call.body else stored.updated_at)
    _check(call, changed)
    return _describe(campaign, workspace.subsequences.put(changed))


def delete_subsequence(call: Call) -> dict[str, Any]:
    """Remove a subsequence; its enrollments stay."""
    _, subsequence = _find(call)
    call.workspace.subsequences.remove(subsequence.subsequence_id)
    return {}


def _find(call: Call) -> tuple[Campaign, Subsequence]:
    campaign = call.workspace.campaigns.get(call.path["campaign_id"])
    subsequence = call.workspace.subsequences.get(call.path["subsequence_id"])
    if subsequence.campaign_id != campaign.campaign_id:
        raise ApiError("subsequence_not_found")
    return find_open_campaign(call.workspace, campaign.campaign_id), subsequence


def _read(call: Call) -> dict[str, Any]:
    body: dict[str, Any] = dict(call.body)
    return {**body, "steps": tuple(body["steps"])} if "steps" in body else body


def _check(call: Call, subsequence: Subsequence) -> None:
    check_subsequence(subsequence, call.read_extensions("trigger_params").by_trigger_type)


def _list_main_nodes(campaign: Campaign) -> list[dict[str, Any]]:
    return [
        {
            "id": node_id,
            "node_group": "MAIN",
            "node_type": "EMAIL",
            "variants": None,
            "label": None,
            "position": position,
            "step_number": step,
        }
        for position, (node_id, step) in enumerate(list_main_nodes(campaign).items())
    ]


def _list_main_edges(campaign: Campaign) -> list[dict[str, Any]]:
    nodes = list(list_main_nodes(campaign))
    return [
        _make_edge(
            find_main_edge_id(campaign.campaign_id, sequence["step_number"]),
            before,
            find_main_node_id(campaign.campaign_id, sequence["step_number"]),
            kind="TIMEOUT",
            condition_type=sequence["trigger_type"],
            wait_seconds=sequence["wait_days"] * _DAY,
        )
        for before, sequence in zip(nodes, campaign.sequences, strict=False)
    ]


def _describe(campaign: Campaign, subsequence: Subsequence) -> dict[str, Any]:
    own_id, main = subsequence.subsequence_id, list_main_nodes(campaign)
    entry = subsequence.entry_from_node_id
    nodes = [
        {
            "id": find_node_id(own_id, index),
            "node_group": "SUBSEQUENCE",
            "node_type": "EMAIL",
            "variants": step["variants"],
            "label": step["label"],
            "position": index,
            "step_number": None,
        }
        for index, step in enumerate(subsequence.steps)
    ]
    edges = [
        _make_edge(
            find_edge_id(own_id, index),
            find_node_id(own_id, index - 1),
            find_node_id(own_id, index),
            kind="TIMEOUT",
            condition_type=step["condition_type"],
            wait_seconds=step["wait_seconds"],
        )
        for index, step in enumerate(subsequence.steps)
        if index
    ]
    entry_edge = {
        **_make_edge(
            own_id,
            # The node may have gone since, with its sequence.
            entry if entry in main else next(iter(main)),
            nodes[0]["id"],
            kind="EVENT",
            condition_type=subsequence.trigger_type,
            condition_params=subsequence.trigger_params,
            wait_seconds=subsequence.steps[0]["wait_seconds"],
        ),
        "priority": subsequence.priority,
        "is_active": subsequence.is_active,
        "label": subsequence.label,
    }
    return {"entry_edge": entry_edge, "nodes": nodes, "edges": edges}


def _make_edge(
    edge_id: str,
    before: str,
    after: str,
    *,
    kind: str,
    condition_type: str,
    condition_params: dict[str, Any] | None = None,
    wait_seconds: int,
) -> dict[str, Any]:
    return {
        "id": edge_id,
        "kind": kind,
        "from_node_id": before,
        "to_node_id": after,
        "wait_seconds": wait_seconds,
        "condition_type": condition_type,
        "condition_params": condition_params,
        "priority": 0,
        "is_active": True,
        "label": None,
    }
