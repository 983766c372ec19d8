"""Subsequences that are lost, mixed up or entered by the wrong leads, and journeys that are not shown.

No source describes these operations; see openapi.yaml.
"""

from dataclasses import replace
from typing import Any

from mockserver.model.subsequences import check_subsequence, find_enrollment, list_node_ids
from mockserver.resources import flow
from mockserver.resources.call import Call
from mockserver.resources.journeys import UNKNOWN
from mockserver.state.records import Subsequence

from .mail_scenarios import exercise_flow
from .mutant import Mutant
from .mutations import Handler, Mutation, after, answer, around, before, forgetting, swap

_OPEN = "no source describes the operation"
_CHANGING = "createSubsequence|updateSubsequence"


def _mutant(name: str, summary: str, mutation: Mutation, group: str = "state") -> Mutant:
    return Mutant(f"{group}.{name}", summary, mutation, choice=_OPEN, scenario=exercise_flow)


def _reset(call: Call, _found: Any) -> None:
    """Forget what an update does not name."""
    stored = call.workspace.subsequences.get(call.path["subsequence_id"])
    unsaid: dict[str, Any] = {"label": None, "priority": 0, "is_active": True}
    lost = {name: value for name, value in unsaid.items() if name not in call.body}
    call.workspace.subsequences.put(replace(stored, **lost))


def _rename(call: Call, _found: Any) -> Any:
    """Give the subsequence another id."""
    stored = call.workspace.subsequences.get(call.path["subsequence_id"])
    call.workspace.subsequences.remove(stored.subsequence_id)
    renamed = replace(stored, subsequence_id=call.workspace.draw_id())
    call.workspace.subsequences.put(renamed)
    path = {**call.path, "subsequence_id": renamed.subsequence_id}
    return flow.update_subsequence(replace(call, path=path, body={}))


def _drop_main_edges(body: Any) -> Any:
    main = {node["id"] for node in body["nodes"] if node["node_group"] == "MAIN"}
    kept = [edge for edge in body["edges"] if not {edge["from_node_id"], edge["to_node_id"]} <= main]
    return {**body, "edges": kept}


def _delete_all(call: Call, _found: Any) -> None:
    for subsequence in list(call.workspace.subsequences):
        call.workspace.subsequences.remove(subsequence.subsequence_id)


def _delete_last_step(call: Call, _found: Any) -> None:
    for subsequence in list(call.workspace.subsequences):
        steps = subsequence.steps[:-1] or subsequence.steps
        call.workspace.subsequences.put(replace(subsequence, steps=steps))


def _of_entry(**fields: Any) -> Mutation:
    """Alter the edges that lead into subsequences, in the graph and alone."""

    def alter_edge(edge: Any) -> Any:
        return {**edge, **fields} if edge["kind"] == "EVENT" else edge

    return answer(
        f"{_CHANGING}|getFlow",
        lambda body: (
            {**body, "edges": [alter_edge(edge) for edge in body["edges"]]}
            if "entry_edge" not in body
            else {**body, "entry_edge": alter_edge(body["entry_edge"])}
        ),
    )


def _of_body(alter: Any) -> Mutation:
    return before(_CHANGING, lambda call: {**call.body, **alter(call.body)})


def _of_steps(alter: Any) -> Mutation:
    return _of_body(
        lambda body: {"steps": [alter(step) for step in body["steps"]]} if "steps" in body else {}
    )


def _move_strangers(handler: Handler, call: Call) -> Any:
    """Take the leads of other campaigns along."""
    leads = [call.workspace.leads.find(lead_id) for lead_id in call.body["lead_ids"]]
    strangers = [lead for lead in leads if lead and lead.campaign_id != call.path["campaign_id"]]
    for lead in strangers:
        call.workspace.leads.put(replace(lead, campaign_id=call.path["campaign_id"]))
    return handler(call)


def _forget(found: Any) -> Any:
    return {
        **found,
        "skipped_leads": [row for row in found["skipped_leads"] if row["reason"] != UNKNOWN],
    }


def _is_any(subsequence: Subsequence) -> list[str]:
    """Return the nodes of a subsequence in a list that calls each of them the first."""

    class Nodes(list[str]):
        def index(self, *_: Any) -> int:
            return 0

    return Nodes(list_node_ids(subsequence))


# fmt: off
MUTANTS = (
    _mutant("flow.create.unstored", "a subsequence is answered and not stored",
            forgetting("createSubsequence", "subsequences")),
    _mutant("flow.create.reversed", "the mails of a subsequence are stored last to first",
            _of_body(lambda body: {"steps": body["steps"][::-1]} if "steps" in body else {})),
    _mutant("flow.create.first_only", "a subsequence keeps its first mail only",
            _of_body(lambda body: {"steps": body["steps"][:1]} if "steps" in body else {})),
    _mutant("flow.create.at_once", "the waits of a subsequence are lost: all its mails go out together",
            _of_steps(lambda step: {**step, "wait_seconds": 0})),
    _mutant("flow.create.variant_one", "a mail keeps its first version only",
            _of_steps(lambda step: {**step, "variants": [{**step["variants"][0], "weight": 100}]})),
    _mutant("flow.create.stripped", "texts of mails are stripped of all but ASCII", _of_steps(lambda step: {
        **step, "variants": [{**variant, "subject": variant["subject"].encode("ascii", "ignore").decode()}
                              for variant in step["variants"]]})),
    _mutant("flow.create.first_to_fire", "every subsequence has priority 0: the wrong one starts",
            _of_body(lambda _: {"priority": 0})),
    _mutant("flow.create.label_lost", "labels are lost", _of_body(lambda _: {"label": None})),
    _mutant("flow.create.always_active", "a subsequence that should wait is active",
            _of_body(lambda _: {"is_active": True})),
    _mutant("flow.create.weights", "shares of versions need not add up", swap(
        _CHANGING, check_subsequence, lambda subsequence, triggers: None), "cross_field"),
    _mutant("flow.edge.params_missing", "the graph lacks what triggers a subsequence",
            _of_entry(condition_params=None)),
    _mutant("flow.edge.type", "every subsequence has the trigger STATUS", _of_entry(condition_type="STATUS")),
    _mutant("flow.edge.target", "the edge into a subsequence leads nowhere",
            _of_entry(to_node_id="00000000-0000-4000-8000-000000000000")),
    _mutant("flow.graph.no_branches", "the graph lacks the subsequences", answer("getFlow", lambda body: {
        **body, **{kind: [row for row in body[kind] if row.get("node_group") != "SUBSEQUENCE" and
                           row.get("kind") != "EVENT"] for kind in ("nodes", "edges")}})),
    _mutant("flow.graph.no_main", "the graph lacks the campaign's own mails", answer("getFlow", lambda body: {
        **body, "nodes": [node for node in body["nodes"] if node["node_group"] != "MAIN"]})),
    _mutant("flow.graph.no_main_edges", "the graph does not join the campaign's own mails",
            answer("getFlow", _drop_main_edges)),
    _mutant("flow.graph.disabled", "subsequences are shown as off",
            answer("getFlow", lambda body: {**body, "subsequences_enabled": False})),
    _mutant("flow.update.unstored", "a change is answered and not stored",
            forgetting("updateSubsequence", "subsequences")),
    _mutant("flow.update.resets", "an update resets what it does not name",
            after("updateSubsequence", _reset)),
    _mutant("flow.update.renames", "an update gives a subsequence another id: its figures are lost",
            after("updateSubsequence", _rename)),
    _mutant("flow.update.shortens", "an update loses the last mail",
            after("updateSubsequence", _delete_last_step)),
    _mutant("flow.delete.kept", "a subsequence is reported as deleted and kept",
            forgetting("deleteSubsequence", "subsequences")),
    _mutant("flow.delete.all", "all subsequences go with one", after("deleteSubsequence", _delete_all)),
    _mutant("flow.move.unstored", "leads are reported as moved and stay", forgetting(
        "moveLeadsToSubsequence", "enrollments")),
    _mutant("flow.move.twice", "a lead enters a subsequence again: the same mails twice", swap(
        "moveLeadsToSubsequence", find_enrollment, lambda workspace, lead, subsequence_id: None)),
    _mutant("flow.move.strangers", "leads of other campaigns are taken along",
            around("moveLeadsToSubsequence", _move_strangers)),
    _mutant("flow.move.unknown_unlisted", "unknown leads are passed over: typing errors go unseen",
            answer("moveLeadsToSubsequence", _forget)),
    _mutant("flow.move.any_node", "a lead can be moved into the midst of a subsequence", swap(
        "moveLeadsToSubsequence", list_node_ids, _is_any)),
    _mutant("flow.journey.no_branches", "a lead's journey lacks its subsequences",
            answer("getLeadJourney", lambda body: {**body, "enrollments": []})),
    _mutant("flow.journey.no_mails", "a lead's journey lacks its mails",
            answer("getLeadJourney", lambda body: {**body, "touchpoints": []})),
    _mutant("flow.journey.no_replies", "a lead's journey lacks its replies",
            answer("getLeadJourney", lambda body: {**body, "replies": []})),
    _mutant("flow.journey.newest_first", "a lead's journey is newest first",
            answer("getLeadJourney", lambda body: {**body, "touchpoints": body["touchpoints"][::-1]})),
    _mutant("flow.journey.on_main", "every lead is shown on the main chain",
            answer("getLeadJourney", lambda body: {
                **body, "current_position": {**body["current_position"], "node_group": "MAIN"}})),
    _mutant("analytics.branches.nobody", "nobody is counted in subsequences",
            answer("getSubsequenceAnalytics", lambda body: {
                **body, "subsequences": [{**row, "enrolled_count": 0} for row in body["subsequences"]]})),
    _mutant("analytics.branches.all_done", "a lead in a subsequence counts as through with it",
            answer("getSubsequenceAnalytics", lambda body: {**body, "subsequences": [
                {**row, "active_count": 0, "completed_count": row["enrolled_count"]}
                for row in body["subsequences"]]})),
    _mutant("analytics.branches.none", "no subsequence is listed",
            answer("getSubsequenceAnalytics", lambda body: {**body, "subsequences": []})),
)
# fmt: on
