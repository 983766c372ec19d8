"""The graph of a campaign, and the subsequences that hang off its main chain."""

from typing import Any

import pytest

from .kit.api import Api, follow_up
from .kit.subsequences import KEYWORD_SUBSEQUENCE, add_subsequence, subsequence_step


@pytest.fixture
def campaign_id(api: Api) -> str:
    return api.ready(sequences=[follow_up(2), follow_up(4, trigger_type="NOT_OPENED", wait_days=1)])


def flow(api: Api, campaign_id: str) -> Any:
    return api.ok("getFlow", campaign_id=campaign_id)


def update(api: Api, campaign_id: str, subsequence_id: str, **changes: Any) -> Any:
    return api.ok("updateSubsequence", changes, campaign_id=campaign_id, subsequence_id=subsequence_id)


def delete(api: Api, campaign_id: str, subsequence_id: str) -> Any:
    return api.ok("deleteSubsequence", campaign_id=campaign_id, subsequence_id=subsequence_id)


def test_the_main_chain_follows_from_the_first_mail_and_the_sequences(api: Api, campaign_id: str) -> None:
    graph = flow(api, campaign_id)
    assert graph["subsequences_enabled"] is False
    assert [(n["node_group"], n["step_number"], n["position"]) for n in graph["nodes"]] == [
        ("MAIN", 1, 0),
        ("MAIN", 2, 1),
        ("MAIN", 4, 2),
    ]
    assert {node["variants"] for node in graph["nodes"]} == {None}
    first, second, fourth = (node["id"] for node in graph["nodes"])
    assert [
        (e["kind"], e["from_node_id"], e["to_node_id"], e["condition_type"], e["wait_seconds"])
        for e in graph["edges"]
    ] == [
        ("TIMEOUT", first, second, "NOT_REPLIED", 3 * 86400),
        ("TIMEOUT", second, fourth, "NOT_OPENED", 86400),
    ]


def test_a_campaign_without_content_has_the_node_of_its_first_mail(api: Api) -> None:
    graph = flow(api, api.campaign())
    assert [node["step_number"] for node in graph["nodes"]] == [1]
    assert graph["edges"] == []


def test_nodes_and_edges_of_the_main_chain_keep_their_ids_while_their_steps_are_there(
    api: Api, campaign_id: str
) -> None:
    before = flow(api, campaign_id)
    assert flow(api, campaign_id) == before
    api.update(campaign_id, sequences=[follow_up(2, wait_days=9), follow_up(3), follow_up(4)])
    after = flow(api, campaign_id)
    ids = {node["step_number"]: node["id"] for node in after["nodes"]}
    assert {node["step_number"]: node["id"] for node in before["nodes"]}.items() <= ids.items()
    assert after["edges"][0] == {**before["edges"][0], "wait_seconds": 9 * 86400}
    assert not {n["id"] for n in after["nodes"]} & {n["id"] for n in flow(api, api.campaign())["nodes"]}


def test_a_subsequence_is_in_the_graph_as_it_was_answered(api: Api, campaign_id: str) -> None:
    made = add_subsequence(api, campaign_id)
    graph = flow(api, campaign_id)
    assert graph["subsequences_enabled"] is True
    assert graph["nodes"][3:] == made["nodes"]
    assert graph["edges"][2:] == [made["entry_edge"], *made["edges"]]
    first, second = (node["id"] for node in made["nodes"])
    entry = made["entry_edge"]
    assert (entry["kind"], entry["condition_type"]) == ("EVENT", KEYWORD_SUBSEQUENCE["trigger_type"])
    assert entry["condition_params"] == KEYWORD_SUBSEQUENCE["trigger_params"]
    assert (entry["from_node_id"], entry["to_node_id"]) == (graph["nodes"][0]["id"], first)
    (edge,) = made["edges"]
    assert (edge["kind"], edge["from_node_id"], edge["to_node_id"]) == ("TIMEOUT", first, second)
    assert (edge["wait_seconds"], edge["condition_type"]) == (172800, "ALWAYS")
    assert len({first, second, entry["id"], edge["id"]}) == 4


def test_missing_fields_of_a_subsequence_are_filled_in(api: Api, campaign_id: str) -> None:
    made = add_subsequence(api, campaign_id, steps=[subsequence_step()])
    (node,) = made["nodes"]
    assert node["variants"] == [
        {"variant_name": "A", **subsequence_step()["variants"][0], "html_body": None, "weight": 100}
    ]
    assert node["label"] is None
    body = {name: value for name, value in KEYWORD_SUBSEQUENCE.items() if name != "label"}
    plain = api.ok("createSubsequence", body, campaign_id=campaign_id)["entry_edge"]
    assert (plain["priority"], plain["is_active"], plain["label"]) == (0, True, None)


def test_a_subsequence_can_hang_off_any_node_of_the_main_chain(api: Api, campaign_id: str) -> None:
    last = flow(api, campaign_id)["nodes"][-1]["id"]
    entry = add_subsequence(api, campaign_id, entry_from_node_id=last.upper())["entry_edge"]
    assert entry["from_node_id"] == last


def test_a_subsequence_whose_node_has_gone_hangs_off_the_first_one(api: Api, campaign_id: str) -> None:
    nodes = flow(api, campaign_id)["nodes"]
    add_subsequence(api, campaign_id, entry_from_node_id=nodes[-1]["id"])
    api.update(campaign_id, sequences=[follow_up(2)])
    assert flow(api, campaign_id)["edges"][-2]["from_node_id"] == nodes[0]["id"]


def test_a_subsequence_hangs_off_no_subsequence(api: Api, campaign_id: str) -> None:
    node_id = add_subsequence(api, campaign_id)["nodes"][0]["id"]
    answer = api(
        "createSubsequence", {**KEYWORD_SUBSEQUENCE, "entry_from_node_id": node_id}, campaign_id=campaign_id
    )
    assert (answer.status, answer.body["detail"]) == (
        400,
        "entry_from_node_id is not a MAIN node of this campaign",
    )


@pytest.mark.parametrize(
    ("trigger_type", "params", "is_good"),
    [
        ("INTENT_TAG", {"tag_names": ["pricing", "demo"]}, True),
        ("INTENT_TAG", {"tag_name": "pricing"}, True),
        ("INTENT_TAG", {"tag_names": []}, False),
        ("INTENT_TAG", {"phrases": ["demo"]}, False),
        ("KEYWORD", {"phrases": ["send info"]}, True),
        ("KEYWORD", {"phrases": "send info"}, False),
        ("KEYWORD", {"phrases": [""]}, False),
        ("KEYWORD", {}, False),
        ("STATUS", {"status": "REPLIED"}, True),
        ("STATUS", {"status": "HAPPY"}, False),
        ("STATUS", {"status": None}, False),
    ],
)
def test_the_params_must_fit_the_trigger(
    api: Api, campaign_id: str, trigger_type: str, params: dict[str, Any], is_good: bool
) -> None:
    body = {**KEYWORD_SUBSEQUENCE, "trigger_type": trigger_type, "trigger_params": params}
    answer = api("createSubsequence", body, campaign_id=campaign_id)
    assert answer.status == (201 if is_good else 400)
    if is_good:
        assert answer.body["entry_edge"]["condition_params"] == params
    else:
        assert answer.body == {"detail": f"Invalid trigger_params for {trigger_type}"}


def test_params_left_out_are_refused(api: Api, campaign_id: str) -> None:
    body = {"trigger_type": "STATUS", "steps": [subsequence_step()]}
    assert api("createSubsequence", body, campaign_id=campaign_id).status == 400


@pytest.mark.parametrize("trigger_type", ["NOT_OPENED", "NOT_REPLIED", "OPENED_BUT_NOT_REPLIED", "keyword"])
def test_triggers_of_the_main_chain_lead_into_no_subsequence(
    api: Api, campaign_id: str, trigger_type: str
) -> None:
    expected = f"Invalid trigger_type '{trigger_type}' for a subsequence. Use INTENT_TAG, KEYWORD or STATUS."
    body = {**KEYWORD_SUBSEQUENCE, "trigger_type": trigger_type}
    answer = api("createSubsequence", body, campaign_id=campaign_id)
    assert (answer.status, answer.body) == (400, {"detail": expected})
    ids = {
        "campaign_id": campaign_id,
        "subsequence_id": add_subsequence(api, campaign_id)["entry_edge"]["id"],
    }
    answer = api("updateSubsequence", {"trigger_type": trigger_type}, **ids)
    assert (answer.status, answer.body) == (400, {"detail": expected})


@pytest.mark.parametrize(("weights", "status"), [((60, 40), 201), ((60, 39), 400), ((0, 100), 201)])
def test_the_weights_of_a_step_sum_to_100(
    api: Api, campaign_id: str, weights: tuple[int, int], status: int
) -> None:
    variants = [
        {"variant_name": name, "subject": "Hi", "body": "Hello", "weight": weight}
        for name, weight in zip("AB", weights, strict=True)
    ]
    body = {**KEYWORD_SUBSEQUENCE, "steps": [subsequence_step(), {"wait_seconds": 60, "variants": variants}]}
    assert api("createSubsequence", body, campaign_id=campaign_id).status == status


def test_an_update_changes_only_the_fields_it_sends(api: Api, campaign_id: str) -> None:
    made = add_subsequence(api, campaign_id)
    subsequence_id = made["entry_edge"]["id"]
    assert update(api, campaign_id, subsequence_id) == made
    paused = update(api, campaign_id, subsequence_id, is_active=False, priority=-3)
    assert paused == {**made, "entry_edge": {**made["entry_edge"], "is_active": False, "priority": -3}}
    renamed = update(api, campaign_id, subsequence_id, label=None, is_active=True)
    assert renamed["entry_edge"] == {**made["entry_edge"], "priority": -3, "label": None}
    assert flow(api, campaign_id)["edges"][2] == renamed["entry_edge"]


def test_a_new_trigger_needs_params_of_its_kind(api: Api, campaign_id: str) -> None:
    subsequence_id = add_subsequence(api, campaign_id)["entry_edge"]["id"]
    ids = {"campaign_id": campaign_id, "subsequence_id": subsequence_id}
    assert api("updateSubsequence", {"trigger_type": "STATUS"}, **ids).status == 400
    changes = {"trigger_type": "STATUS", "trigger_params": {"status": "OPENED"}}
    entry = update(api, campaign_id, subsequence_id, **changes)["entry_edge"]
    assert (entry["condition_type"], entry["condition_params"]) == ("STATUS", {"status": "OPENED"})


def test_steps_are_edited_in_place_appended_and_cut_off(api: Api, campaign_id: str) -> None:
    made = add_subsequence(api, campaign_id)
    subsequence_id, ids = made["entry_edge"]["id"], [node["id"] for node in made["nodes"]]
    longer = update(
        api,
        campaign_id,
        subsequence_id,
        steps=[subsequence_step(5, body="New."), subsequence_step(6), subsequence_step(7)],
    )
    assert [node["id"] for node in longer["nodes"]][:2] == ids
    assert longer["nodes"][0]["variants"][0]["body"] == "New."
    assert longer["entry_edge"]["wait_seconds"] == 5
    assert [edge["wait_seconds"] for edge in longer["edges"]] == [6, 7]
    shorter = update(api, campaign_id, subsequence_id, steps=[subsequence_step()])
    assert [node["id"] for node in shorter["nodes"]] == ids[:1]
    assert shorter["edges"] == []
    assert len(flow(api, campaign_id)["nodes"]) == 3 + 1


def test_the_first_subsequence_to_fire_stands_first(api: Api, campaign_id: str) -> None:
    for label, priority in [("late", 7), ("early", -1), ("later", 7)]:
        add_subsequence(api, campaign_id, label=label, priority=priority, steps=[subsequence_step()])
    labels = [edge["label"] for edge in flow(api, campaign_id)["edges"][2:]]
    assert labels == ["early", "late", "later"]


def test_without_the_last_subsequence_there_are_none(api: Api, campaign_id: str) -> None:
    before = flow(api, campaign_id)
    first, second = (add_subsequence(api, campaign_id)["entry_edge"]["id"] for _ in range(2))
    delete(api, campaign_id, first)
    assert flow(api, campaign_id)["subsequences_enabled"] is True
    assert delete(api, campaign_id, second) == {
        "success": True,
        "message": "Subsequence deleted successfully",
    }
    assert flow(api, campaign_id) == before
    answer = api("deleteSubsequence", campaign_id=campaign_id, subsequence_id=second)
    assert (answer.status, answer.body) == (404, {"detail": "Subsequence not found"})


def test_subsequences_go_with_their_campaign(api: Api, campaign_id: str) -> None:
    add_subsequence(api, campaign_id)
    api.ok("deleteCampaign", campaign_id=campaign_id)
    assert not len(api.workspace.subsequences)


@pytest.mark.parametrize("status", ["DRAFT", "ACTIVE", "PAUSED", "COMPLETED", "FAILED"])
def test_subsequences_may_be_added_and_changed_until_a_campaign_is_archived(api: Api, status: str) -> None:
    campaign_id = api.campaign_in(status)
    subsequence_id = add_subsequence(api, campaign_id)["entry_edge"]["id"]
    update(api, campaign_id, subsequence_id, priority=1)
    delete(api, campaign_id, subsequence_id)


def test_the_graph_of_an_archived_campaign_can_be_read(api: Api) -> None:
    assert flow(api, api.campaign_in("ARCHIVED"))["nodes"]


def test_a_subsequence_is_found_under_its_own_campaign_and_key_only(api: Api, campaign_id: str) -> None:
    subsequence_id = add_subsequence(api, campaign_id)["entry_edge"]["id"]
    elsewhere = {"campaign_id": api.ready(), "subsequence_id": subsequence_id}
    stranger = Api(api.app, api.key + "-other")
    for operation_id, body in (("updateSubsequence", {"priority": 1}), ("deleteSubsequence", None)):
        assert api(operation_id, body, **elsewhere).body == {"detail": "Subsequence not found"}
        ids = {"campaign_id": campaign_id, "subsequence_id": subsequence_id}
        assert stranger(operation_id, body, **ids).body == {"detail": "Campaign not found"}
    assert stranger("getFlow", campaign_id=campaign_id).status == 404
