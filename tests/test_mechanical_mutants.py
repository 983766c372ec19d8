"""Mechanical mutants: each operator makes the change it names, and only what a client can observe counts."""

import ast
import json
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from mockserver.openapi.spec import load_spec
from tests.mutants.comparison import Comparison, Tool, pin_ids
from tests.mutants.mechanical.calls import Call, Reader, read_answer, record_calls
from tests.mutants.mechanical.host import Host, HostError, serve
from tests.mutants.mechanical.operators import OPERATORS, apply, list_edits
from tests.mutants.mechanical.sources import Mutation, list_mutations, mutate
from tests.mutants.mechanical.table import render, render_comparison, save
from tests.mutants.mechanical.trial import Trial, try_mutation
from tests.soak.exchanges import Request
from tests.soak.soak import KEYS
from tests.soak.transports import InProcess

_OBSERVABLE = "resources.campaigns:create_campaign:returned:1"


def change(code: str, operator: str) -> list[str]:
    """Return the code after each edit of an operator."""
    source = f"def work(a, b):\n    {code}\n"
    found = []
    for index, edit in enumerate(list_edits(ast.parse(source))):
        if edit.operator == operator:
            tree = ast.parse(source)
            apply(tree, list(list_edits(tree))[index])
            compile(tree, "work", "exec")
            found.append("; ".join(ast.unparse(line) for line in tree.body[0].body))  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    ("operator", "code", "expected"),
    [
        ("comparison", "return a < b", ["return a >= b"]),
        ("boundary", "return a < b", ["return a <= b"]),
        ("constant", "return a[1]", ["return a[2]"]),
        ("truth", "return True", ["return False"]),
        ("condition", "return 1 if a else 2", ["return 1 if not a else 2"]),
        ("condition", "return [x for x in a if not x]", ["return [x for x in a if x]"]),
        ("logic", "return a and b", ["return a or b"]),
        ("operand", "return a and b", ["return b", "return a"]),
        ("arithmetic", "return a + b", ["return a - b"]),
        ("statement", "a.clear(); b[0] = 1; c = 2", ["pass; b[0] = 1; c = 2", "a.clear(); pass; c = 2"]),
        (
            "attribute",
            "return a.x_at, a.y_at, a.z",
            ["return (a.y_at, a.y_at, a.z)", "return (a.x_at, a.x_at, a.z)"],
        ),
        ("swapped", "return f(x=1, y=2)", ["return f(x=2, y=1)"]),
        ("swapped", "return {'x': 1, 'y': 2}", ["return {'x': 2, 'y': 1}"]),
        ("dropped", "return replace(a, x=1)", ["return replace(a)"]),
        ("dropped", "return {'x': 1, 'y': 2}", ["return {'y': 2}", "return {'x': 1}"]),
        ("unsorted", "return sorted(a, key=b)", ["return list(a)"]),
        ("reversed", "a.sort()", ["a.sort(reverse=True)"]),
        ("reversed", "return max(a)", ["return min(a)"]),
    ],
)
def test_an_operator_makes_the_change_that_it_names(operator: str, code: str, expected: list[str]) -> None:
    assert change(code, operator) == expected


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("bool", "return not a"),
        ("int | None", "return None"),
        ("list[int]", "return []"),
        ("str", "return ''"),
    ],
)
def test_what_is_returned_becomes_what_the_annotation_allows(annotation: str, expected: str) -> None:
    tree = ast.parse(f"def work(a) -> {annotation}:\n    return a\n")
    (edit,) = (each for each in list_edits(tree) if each.operator == "returned")
    assert ast.unparse(edit.new) == expected


def test_what_only_readers_and_type_checkers_see_is_not_changed() -> None:
    source = '"""Docs 1."""\nfrom a import b\ndef work(a: "Literal[1]") -> "Literal[2]":\n    """Docs."""\n'
    assert list(list_edits(ast.parse(source))) == []


def test_ids_are_distinct_and_every_operator_finds_something() -> None:
    mutations = list_mutations()
    assert len({each.id for each in mutations}) == len(mutations) > 5000
    assert {each.operator for each in mutations} == set(OPERATORS)


def test_a_change_elsewhere_leaves_the_id_of_a_mutant() -> None:
    code = "def one():\n    return 1\ndef two():\n    return 2\n"
    longer = "def zero():\n    return 0\n" + code
    ids = [
        {(e.function, e.operator, e.number) for e in list_edits(ast.parse(each))} for each in (code, longer)
    ]
    assert ids[0] < ids[1]


def test_a_mutant_compiles_whatever_it_is() -> None:
    for mutation in Random(0).sample(list_mutations(), 12):
        compile(mutate(mutation.id), mutation.id, "exec")


def find(mutation_id: str) -> Mutation:
    return next(each for each in list_mutations(mutation_id.partition(":")[0]) if each.id == mutation_id)


def ask(operation_id: str, body: bytes = b"") -> Request:
    operation = load_spec().operations[operation_id]
    headers = {"Content-Type": "application/json"}
    return Request(operation.method, operation.path, KEYS[0], headers, body, operation)


def look(mutation_id: str) -> Call | None:
    record_calls("soak")
    with Host(mutation_id) as host:
        return host.find_difference("soak")


def test_an_equivalent_mutant_is_not_observable_and_a_mutant_leaves_later_servers_alone() -> None:
    assert look(_OBSERVABLE) is not None
    assert look("") is None


def test_no_call_counts_whose_answer_names_the_real_time() -> None:
    resets = [
        int(call.answer.headers.get("x-ratelimit-reset", 0))
        for call in record_calls("soak")
        if call.counts and call.answer
    ]
    assert resets
    assert all(abs(reset - time.time()) > 600 for reset in resets)


@pytest.mark.parametrize(
    ("old", "new", "left_open"),
    [(b'"max_inboxes":100', b'"max_inboxes":99', True), (b'"DNS_PENDING"', b'"ACTIVE"', False)],
)
def test_what_no_source_documents_is_left_open(old: bytes, new: bytes, left_open: bool) -> None:
    server = InProcess()
    answers = [
        server.send(each) for each in (ask("addDomain", b'{"domain": "a.example.com"}'), ask("listDomains"))
    ]
    answer = read_answer(answers[-1])
    assert old in answer.body
    call = Call("soak", "send", (), "listDomains", counts=True, answer=answer)
    changed = replace(answer, body=answer.body.replace(old, new))
    assert Reader().is_left_open(call, changed) is left_open


def test_a_mutant_that_does_not_start_or_never_ends_is_told() -> None:
    change = "node.resource = Resource(path) → pass"
    [broken] = [each.id for each in list_mutations("http.router") if each.change == change]
    with pytest.raises(HostError, match="Error"):
        look(broken)
    with Host("", cpu_seconds=1) as host, pytest.raises(HostError, match="the process ended"):
        host.find_difference("walk")  # takes longer


def test_the_suite_notices_a_mutant_by_a_rule_about_the_operation_that_shows_it() -> None:
    trial = try_mutation(find(_OBSERVABLE), whole=False, sources=["soak"])
    assert trial.is_observable
    assert trial.broken[0].startswith("campaigns.create.")
    table = render(
        [trial, Trial(find("resources.campaigns:create_campaign:statement:1"))], "*.campaigns", whole=False
    )
    assert "1/1 100 %" in table
    assert trial.broken[0] in table


def test_schemathesis_notices_a_mutant_by_what_it_reports_of_no_correct_server(tmp_path: Path) -> None:
    trial = Trial(find(_OBSERVABLE), {"soak": "createCampaign"}, ("campaigns.create.answer",))
    usual = frozenset({("ST202", "POST /campaigns")})
    more = usual | {("ST1", "POST /campaigns")}
    by_tool = {
        Tool.PLAIN: Comparison((usual, usual), {_OBSERVABLE: usual}),
        Tool.EQUIPPED: Comparison((usual, usual), {_OBSERVABLE: more}),
    }
    suite, plain, equipped = render_comparison([trial], by_tool).splitlines()[-3:]
    assert "1/1 100 %" in suite
    assert "0/1   0 %" in plain
    assert "1/1 100 %" in equipped
    save([trial], tmp_path / "trials.json", by_tool)
    found = json.loads((tmp_path / "trials.json").read_text("utf-8"))["schemathesis"]
    assert [found[tool]["noticed"] for tool in Tool] == [[], [_OBSERVABLE]]


def test_schemathesis_is_told_what_is_there_except_where_it_would_delete_it() -> None:
    with serve("") as target:
        settings = tomllib.loads("".join(pin_ids(target)))
        lost = replace(target, base_url=f"{target.base_url}/elsewhere")
    assert list(pin_ids(lost)) == []
    pinned = {each["include-operation-id"]: each["parameters"] for each in settings["operations"]}
    assert pinned["getLead"].keys() == {"path.campaign_id", "path.lead_id"}
    assert "deleteCampaign" not in pinned
