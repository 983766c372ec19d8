"""The situations: derived from openapi.yaml, found by their own rules, asked on after a difference."""

import copy
import json
import traceback
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from contracts import Options, Outcome, Result, check_contract
from contracts.comparison.answers import Answer
from contracts.situations.draft import Draft
from contracts.situations.rules import list_situation_rules
from contracts.situations.scripts import list_scripts
from contracts.situations.worlds import Worlds
from contracts.situations.writing import write as write_script
from contracts.verdict.outcomes import UncheckedError
from contracts.walk.drawing import MARKS
from contracts.walk.history import Answers, Step
from contracts.walk.leave import Leave
from contracts.walk.model import Model
from mockserver.openapi.spec import load_spec, read_spec
from tests.kit.samples import tries_all
from tests.mutants.servers import Variant, serving
from tests.mutants.strength import find_mutant

SPEC = load_spec()
EVERYTHING = Leave(
    launch=True, send=True, second=True, alone=True, events=True, clock=True, domains=True, tag=True
)


@cache
def write(name: str, *, tag: bool = True, send: bool = True, most: int | None = None) -> Draft:
    """Write the script of a name, at most so many parts of it."""
    draft = Draft(SPEC, Model(SPEC, "1"), replace(EVERYTHING, tag=tag, send=send), name)
    script = next(script for script in list_scripts(SPEC) if script.name == name)
    worlds = Worlds(draft)
    for part in script.parts[:most]:
        part.write(worlds)
    return draft


def check(mutant: str, *rules: str) -> Result:
    with serving(Variant.MOCK, find_mutant(mutant)) as (target, sleep):
        options = Options(rules=rules, strict=True, random_seed="1", sleep=sleep, requests_per_minute=None)
        return check_contract(target, options)


def test_every_operation_is_asked_in_a_situation() -> None:
    asked = {step.operation for script in list_scripts(SPEC) for step in write(script.name).steps}
    # who starts a job asks for its end
    rest = {name for name, each in SPEC.operations.items() if "job_id" not in each.path} - asked
    assert rest == set()


def test_a_new_operation_gets_its_situations_by_itself() -> None:
    document = copy.deepcopy(SPEC.document)
    path = document["paths"]["/domains/{domain_id}"]
    path["patch"] = {**copy.deepcopy(path["delete"]), "operationId": "renameDomain"}
    document["paths"]["/domains/{domain_id}"] = path
    ids = {rule.id for rule in list_situation_rules(read_spec(Path("openapi.yaml"), document))}
    assert ids - {rule.id for rule in list_situation_rules(SPEC)} == {
        "domains.rename.rest",
        "domains.rename.statuses",
    }


def test_a_lead_that_has_acted_is_read_by_itself_afterwards() -> None:
    steps = write("figures").steps
    acted: list[object] = []
    read = []
    for step in steps:
        if step.operation in ("opened", "reply"):
            acted.append(step.path["lead_id"])
        elif step.operation == "getLead" and step.path["lead_id"] in acted:
            read.append(step.path["lead_id"])
    assert read


@pytest.mark.parametrize("script", [script.name for script in list_scripts(SPEC)])
def test_each_step_stands_for_a_rule_and_each_rule_has_a_step(script: str) -> None:
    rules = {
        name
        for each in list_scripts(SPEC)
        if each.name == script
        for part in each.parts
        for name, _ in part.rules
    }
    assert set(write(script).labels) == rules


def test_texts_have_all_that_a_server_may_spoil() -> None:
    body = next(step.body for step in write("lead_id").steps if step.operation == "addLead")
    text = body["first_name"]
    assert text != text.strip()
    assert all(part in text for part in ("  ", "o\u0308", '"', "'", "<b>", "&amp;", "🙂", "\\", "%", "{{"))
    assert body["custom_fields"]["nested"]


def test_what_is_deleted_is_asked_before_and_after() -> None:
    steps = write("campaign_id").steps
    first = next(i for i, step in enumerate(steps) if step.operation == "deleteCampaign")
    again = next(
        i for i, step in enumerate(steps[first + 1 :], first + 1) if step.operation == "deleteCampaign"
    )
    gone = Step("getCampaign", steps[first].path)
    assert gone in steps[:first]
    assert gone in steps[first:again]


def test_a_list_is_searched_by_parts_of_its_rows() -> None:
    draft = write("listSenderAccounts")
    steps = [step for step in draft.steps if isinstance(step.query.get("search"), str)]
    totals = [json.loads(draft.try_out(step).body)["pagination"]["total"] for step in steps]
    # the address is looked at, the display name is not; signs of SQL stand for themselves
    assert sorted(map(bool, totals)) == [False, False, True]


def test_a_search_stands_beside_a_filter() -> None:
    queries = [step.query for step in write("listCampaigns").steps]
    assert any(isinstance(query.get("search"), str) and "status" in query for query in queries)


def test_a_campaign_is_completed_while_others_send() -> None:
    class Teller(Draft):
        def do(self, step: Step) -> Answer:
            answer = super().do(step)
            told.append(answer.text)
            return answer

    told: list[str] = []
    worlds = Worlds(Teller(SPEC, Model(SPEC, "1"), EVERYTHING, "sending"))
    for part in next(script for script in list_scripts(SPEC) if script.name == "sending").parts:
        part.write(worlds)
    assert [text for text in told if "cannot be modified in COMPLETED status" in text]


def test_a_list_is_asked_in_another_order_than_by_time() -> None:
    asked = {
        (step.query.get("sort_by"), step.query.get("sort_order"))
        for step in write("listSenderAccounts").steps
    }
    assert ("email_address", "desc") in asked


def test_an_operation_that_lacks_an_id_leaves_the_others_to_be_asked() -> None:
    asked = {step.operation for step in write("contact_id", tag=False).steps}
    assert "tagContacts" not in asked
    assert {"addContactsToList", "addContactsToCampaign", "deleteContacts"} <= asked


def test_without_leave_to_send_all_is_asked_that_needs_no_thread() -> None:
    asked = set(write("figures", send=False).labels)
    every = set(write("figures").labels)
    assert {rule for rule in every - asked if not rule.startswith("replies.")} == {
        "contacts.send.statuses",
        "contacts.send.mistakes",
        "sender-accounts.send.mistakes",
    }


def test_a_mock_has_accounts_and_domains_in_each_status() -> None:
    draft = write("figures", most=2)
    accounts, domains = (
        json.loads(draft.try_out(Step(name, {}, {"limit": 100})).body)
        for name in ("listSenderAccounts", "listDomains")
    )
    assert {row["overall_status"] for row in accounts["sender_accounts"]} == {
        "PENDING",
        "ACTIVE",
        "PAUSED",
        "DISABLED",
    }
    assert {row["status"] for row in domains["domains"]} == {"DNS_PENDING", "ACTIVE", "FAILED"}


def test_the_order_of_refusals_is_asked_in_pairs() -> None:
    draft = write("figures", most=2)
    told = []
    for step, label in zip(draft.steps, draft.labels, strict=True):
        if label == "contacts.send.mistakes" and step.operation == "sendContactEmail":
            told.append(json.loads(draft.try_out(step).body)["detail"])
    assert "Maximum 5 attachments per email" in str(told)
    assert len({str(each) for each in told}) >= 4


def test_a_script_is_written_once_for_what_a_run_may_do() -> None:
    script = next(each for each in list_scripts(SPEC) if each.name == "domain_id")
    fewer = replace(EVERYTHING, domains=False)
    assert write_script(SPEC, EVERYTHING.freeze(), script) is write_script(SPEC, EVERYTHING.freeze(), script)
    assert write_script(SPEC, fewer.freeze(), script) != write_script(SPEC, EVERYTHING.freeze(), script)


def test_what_ends_a_script_early_can_be_told_in_each_run_anew() -> None:
    script = next(each for each in list_scripts(SPEC) if each.name == "full")
    for _ in range(3):
        trouble = write_script(SPEC, replace(EVERYTHING, alone=False).freeze(), script).tell_trouble()
        assert trouble is not None
        with pytest.raises(UncheckedError, match="a mock that has workspaces"):
            raise trouble
        assert len(traceback.extract_tb(trouble.__traceback__)) == 1


def test_a_file_may_have_semicolons_and_blank_lines() -> None:
    files = [
        step.body["file"] for step in write("importContacts").steps if step.operation == "importContacts"
    ]
    answers = Answers(MARKS)
    data = answers.resolve(files[-1]).content
    assert data.startswith(b"email;")
    assert b"\r\n\r\n" in data


MUTANTS = [
    ("situations.second_life.lead", "leads.delete.bulk"),
    ("situations.rest.launched_at", "campaigns.activate.rest"),
    ("situations.two.addresses", "sender-accounts.send.rest"),
    # of the whole workspace, which only a history with workspaces of its own can compare
    ("independent.figures.sums_of_all", "analytics.get.sending"),
]
LONG = [
    ("situations.figures.open_rate", "analytics.get.figures"),
    ("independent.leads.delete_existing_pending", "leads.upload.statuses"),
    ("independent.accounts.domain_full", "sender-accounts.create-native-sender-account.full"),
]
"""Mutants whose situations take longer than those of all others together."""


@pytest.mark.long
@pytest.mark.parametrize(("mutant", "rule"), [*MUTANTS, *(LONG if tries_all() else [])])
def test_a_mutant_is_found_by_the_rule_of_its_situation(mutant: str, rule: str) -> None:
    assert [each.rule for each in check(mutant, rule).having(Outcome.BROKEN)] == [rule]


@pytest.mark.long
def test_a_part_that_a_difference_cuts_off_is_asked_by_itself() -> None:
    result = check("situations.rest.pause_step", "campaigns.pause.rest", "campaigns.delete.second_life")
    assert [each.outcome for each in result.verdicts] == [Outcome.BROKEN, Outcome.KEPT]
