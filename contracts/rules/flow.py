"""Subsequences: the graph of a campaign, moves of leads into subsequences, journeys."""

from typing import Any

from ..api.api import Api
from ..registry import rule
from .fixtures.shared import UNDOCUMENTED, follow_up


def _subsequence(api: Api) -> tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return a campaign, the body that made its subsequence, the answer, and a lead."""

    def make() -> tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]:
        campaign_id = api.ready_campaign(name=api.name("with a subsequence"))
        example = api.spec.operations["createSubsequence"].body_examples["keyword"]
        versions = [
            {"variant_name": name, "subject": f" {name}: ü 🚀", "body": f"Text {name}\n", "weight": weight}
            for name, weight in (("A", 70), ("B", 30))
        ]
        steps = [{**step, "label": f"Step {place}"} for place, step in enumerate(example["steps"])]
        body = {**example, "priority": 3, "steps": [*steps, {"wait_seconds": 60, "variants": versions}]}
        made = api.send("createSubsequence", path={"campaign_id": campaign_id}, body=body).succeeds()
        return campaign_id, body, dict(made), api.add_lead(campaign_id)

    return api.once("a subsequence", make, show=True)


@rule("flow.branch.stored", source=UNDOCUMENTED, operations=["createSubsequence", "getFlow"])
def store_subsequence(api: Api) -> None:
    """The graph has a subsequence as answered: its trigger, its mails in order, their waits."""
    campaign_id, body, made, _ = _subsequence(api)
    edge = made["entry_edge"]
    expected = {
        "condition_type": body["trigger_type"],
        "condition_params": body["trigger_params"],
        "label": body["label"],
        "is_active": True,
        "priority": 3,
        "wait_seconds": body["steps"][0]["wait_seconds"],
        "to_node_id": made["nodes"][0]["id"],
    }
    api.judge.compare_fields(edge, expected)
    api.judge.compare(len(made["nodes"]), len(body["steps"]), "the number of mails")
    for step, node in zip(body["steps"], made["nodes"], strict=True):
        api.judge.compare(node["label"], step.get("label"), "label of a mail")
        api.judge.compare(len(node["variants"]), len(step["variants"]), "the number of versions")
        for sent, reported in zip(step["variants"], node["variants"], strict=True):
            api.judge.compare_fields(reported, sent)
    waits = [each["wait_seconds"] for each in made["edges"]]
    api.judge.compare(waits, [step["wait_seconds"] for step in body["steps"][1:]], "waits")
    graph = api.read("getFlow", campaign_id=campaign_id)
    api.judge.compare(graph["subsequences_enabled"], True, "subsequences_enabled")
    for kind, answered in (("nodes", made["nodes"]), ("edges", [edge, *made["edges"]])):
        by_id = {each["id"]: each for each in graph[kind]}
        for each in answered:
            api.judge.compare(by_id.get(each["id"]), each, f"one of the {kind}")
    groups = [node["node_group"] for node in graph["nodes"]]
    api.judge.require("MAIN" in groups, "the graph lacks the campaign's own mails")
    first = body["steps"][-1]["variants"][:1]
    unequal = {**body, "steps": [*body["steps"], {"wait_seconds": 0, "variants": first}]}
    api.send("createSubsequence", path={"campaign_id": campaign_id}, body=unequal).fails("weight_sum")
    bare = {name: value for name, value in body.items() if name != "label"}
    unlabelled = api.send("createSubsequence", path={"campaign_id": campaign_id}, body=bare).succeeds()
    api.judge.compare(unlabelled["entry_edge"]["label"], None, "label")


@rule("flow.main", source=UNDOCUMENTED, operations=["getFlow", "createSubsequence"], repeated=True)
def join_main(api: Api) -> None:
    """The graph has the campaign's own mails in order, each with an edge to the next."""
    campaign_id = api.ready_campaign(name=api.name("with follow-ups"))
    sequences = [follow_up(api, 2, 2), follow_up(api, 3, 4)]
    api.update_campaign(campaign_id, sequences=sequences).succeeds()
    graph = api.read("getFlow", campaign_id=campaign_id)
    api.judge.compare([node["step_number"] for node in graph["nodes"]], [1, 2, 3], "the steps")
    ids = [node["id"] for node in graph["nodes"]]
    edges = [(edge["from_node_id"], edge["to_node_id"], edge["wait_seconds"]) for edge in graph["edges"]]
    expected = [(ids[0], ids[1], 2 * 86400), (ids[1], ids[2], 4 * 86400)]
    api.judge.compare(edges, expected, "the edges: from, to, seconds")
    example = api.spec.operations["createSubsequence"].body_examples["keyword"]
    body = {**example, "entry_from_node_id": ids[1]}
    made = api.send("createSubsequence", path={"campaign_id": campaign_id}, body=body).succeeds()
    api.judge.compare(made["entry_edge"]["from_node_id"], ids[1], "the node that a subsequence hangs off")


@rule(
    "flow.branch.moved",
    source=UNDOCUMENTED,
    operations=["moveLeadsToSubsequence", "getLeadJourney", "getSubsequenceAnalytics"],
)
def move_lead(api: Api) -> None:
    """A moved lead is enrolled and counted; one of another campaign, and one moved before, are skipped."""
    campaign_id, _, made, lead = _subsequence(api)
    path, node = {"campaign_id": campaign_id}, made["nodes"][0]["id"]
    stranger = api.add_lead(api.create_campaign()["campaign_id"])
    lead_ids = [lead["lead_id"], api.unknown_id(), stranger["lead_id"]]
    body = {"lead_ids": lead_ids, "target_subsequence_node_id": node}
    moved = api.send("moveLeadsToSubsequence", path=path, body=body).succeeds()
    api.judge.compare(moved["success_count"], 1, "success_count")
    api.judge.compare(len(moved["skipped_leads"]), 2, "the number of skipped leads")
    enrolled = [(row["lead_id"], row["subsequence_id"], row["entry_node_id"]) for row in moved["enrollments"]]
    api.judge.compare(enrolled, [(lead["lead_id"], made["entry_edge"]["id"], node)], "enrollments")
    journey = api.read("getLeadJourney", lead_id=lead["lead_id"], **path)
    reported = [row["subsequence_id"] for row in journey["enrollments"]]
    api.judge.compare(reported, [made["entry_edge"]["id"]], "the subsequences of the journey")
    api.judge.compare(journey["current_position"]["node_group"], "SUBSEQUENCE", "node_group")
    again = api.send("moveLeadsToSubsequence", path=path, body=body).succeeds()
    api.judge.compare(again["success_count"], 0, "success_count of the second time")
    inner = {**body, "target_subsequence_node_id": made["nodes"][1]["id"]}
    api.send("moveLeadsToSubsequence", path=path, body=inner).fails("target_not_entry")
    row = api.read("getSubsequenceAnalytics", **path)["subsequences"][0]
    expected = {"enrolled_count": 1, "active_count": 1, "completed_count": 0, "sent_count": 0}
    api.judge.compare_fields(row, {**expected, "label": made["entry_edge"]["label"]})


@rule(
    "flow.journey",
    source=UNDOCUMENTED,
    needs=["incoming_events"],
    operations=["getLeadJourney"],
    profile="full",
)
def show_journey(api: Api) -> None:
    """The journey of a lead has its events in order, its replies and its position."""
    path = {"campaign_id": api.ready_campaign(name=api.name("with a journey"))}
    lead = api.add_lead(path["campaign_id"])
    for kind in ("sent", "opened"):
        api.incoming_events.record_event(lead["lead_id"], kind)
    api.incoming_events.receive_reply(lead["lead_id"], "Not yet")
    journey = api.read("getLeadJourney", lead_id=lead["lead_id"], **path)
    kinds = [point["event_type"] for point in journey["touchpoints"]]
    api.judge.compare(kinds, ["sent", "opened", "replied"], "what happened")
    api.judge.compare([reply["body_preview"] for reply in journey["replies"]], ["Not yet"], "the replies")
    api.judge.compare(journey["enrollments"], [], "the subsequences")
    api.judge.compare(journey["current_position"]["node_group"], "MAIN", "node_group")


@rule(
    "flow.branch.changed",
    source=UNDOCUMENTED,
    operations=["updateSubsequence", "deleteSubsequence", "getFlow"],
    profile="full",
)
def change_subsequence(api: Api) -> None:
    """An update changes only sent fields of a subsequence, and a deletion removes all its mails."""
    campaign_id = api.ready_campaign(name=api.name("loses a subsequence"))
    path = {"campaign_id": campaign_id}
    example = next(iter(api.spec.operations["createSubsequence"].body_examples.values()))
    body = {name: value for name, value in example.items() if name != "label"}
    before = api.read("getFlow", **path)
    made = api.send("createSubsequence", path=path, body=body).succeeds()
    api.judge.compare(made["entry_edge"]["label"], None, "label")
    other = api.send("createSubsequence", path=path, body={**body, "priority": 9}).succeeds()
    own = {**path, "subsequence_id": made["entry_edge"]["id"]}
    api.send("updateSubsequence", path=own, body={"label": "Changed", "priority": 4}).succeeds()
    changed = api.send("updateSubsequence", path=own, body={"is_active": False}).succeeds()
    expected = {**made["entry_edge"], "label": "Changed", "priority": 4, "is_active": False}
    graph = api.read("getFlow", **path)
    [stored] = [edge for edge in graph["edges"] if edge["id"] == expected["id"]] or [{}]
    for reported in (changed["entry_edge"], stored):
        for name, value in expected.items():
            api.judge.compare(reported.get(name), value, name)
    api.judge.compare(changed["nodes"], made["nodes"], "nodes")
    ids = {node["id"] for node in graph["nodes"]}
    kept = all(node["id"] in ids for node in made["nodes"])
    api.judge.require(kept, "the graph lacks mails of a changed subsequence")
    for doomed, left in ((made, other), (other, None)):
        own = {**path, "subsequence_id": doomed["entry_edge"]["id"]}
        api.send("deleteSubsequence", path=own).succeeds()
        after = api.read("getFlow", **path)
        rest = {"nodes": left["nodes"], "edges": [left["entry_edge"], *left["edges"]]} if left else {}
        for kind in ("nodes", "edges"):
            reported_ids = [each["id"] for each in after[kind]]
            due = [each["id"] for each in [*before[kind], *rest.get(kind, ())]]
            api.judge.compare(reported_ids, due, f"{kind} without the subsequence")
    api.send("deleteSubsequence", path=own).fails("subsequence_not_found")
