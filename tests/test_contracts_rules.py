"""What the suite finds: nothing on the mock, each fault by the rule it breaks."""

import gc
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import Options, Outcome, Run, Target, check_contract, standing_in
from contracts.generated.fields import list_field_rules
from contracts.generated.probes import BAD_TEXTS
from contracts.inputs.cross_field import repair
from contracts.registry import Rule, rule, select
from contracts.rules import list_rules
from contracts.run import list_rule_ids
from contracts.situations.scripts import SUMMARIES
from contracts.verdict.causes import WALK_SUFFIX
from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, find_spec, load_spec
from mockserver.openapi.yaml_files import read_yaml

from .kit.recording import KEY, SECOND_KEY, recording
from .kit.samples import examples
from .released_rules import read_released

pytestmark = pytest.mark.long

_INNER = ["variants", "steps", "variant_name", "distribution_percent", "weight", "phrases", "step_number"]
FIRST_SLICE = {
    operation.operation_id
    for operation in load_spec().operations.values()
    if operation.tag in ("Campaigns", "Leads", "Sender accounts")
    and not re.search("upload|export|bulk|native|test-email|quotas|usage|journey|move", operation.path)
    and operation.operation_id not in ("uploadLeads", "createSenderAccount")
}
"""Campaigns, leads one by one, and one kind of sender account."""


def test_campaigns_and_what_a_launch_needs_take_fewer_than_600_requests() -> None:
    # the walk and the situations have budgets of their own
    rules = ("*", f"!*{WALK_SUFFIX}", *(f"!*.{situation}" for situation in SUMMARIES))

    def choose(run: Run) -> None:
        run.rules[:] = [
            found for found in run.rules if found.operations and set(found.operations) <= FIRST_SLICE
        ]

    gc.collect()  # what other tests left; its finalizers fail within the deep bodies of this run
    with standing_in("tests") as target:
        result = check_contract(target, Options(random_seed="tests", rules=rules), on_start=choose)
    assert len(result.verdicts) > 700
    assert result.requests < 600


def test_ids_of_rules_are_distinct_and_begin_with_a_resource_or_a_group() -> None:
    names = [found.id for found in list_rules()]
    assert len(set(names)) == len(names)
    groups = {name.partition(".")[0] for name in names}
    literals = {part for o in load_spec().operations.values() for part in o.path.split("/")}
    assert groups <= literals | {"auth", "errors", "limits"}


def test_a_released_rule_keeps_its_id() -> None:
    kept, given_up = read_released()
    today = set(list_rule_ids())
    assert kept - today == set()
    assert given_up & today == set()
    assert len(kept) > 3000


def test_every_rule_has_a_summary_a_source_and_its_sentence() -> None:
    for found in list_rules():
        assert found.summary, found.id
        assert found.source, found.id
        assert found.sentence or not found.is_documented, found.id


def test_an_operation_new_in_openapi_yaml_gets_rules_without_code(tmp_path: Path) -> None:
    document: dict[str, Any] = read_yaml(find_spec())
    document["paths"]["/notes"] = {
        "post": {
            **document["paths"]["/campaigns"]["post"],
            "operationId": "createNote",
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["text"],
                            "properties": {"text": {"type": "string", "maxLength": 40}},
                        }
                    }
                }
            },
        }
    }
    path = tmp_path / "openapi.yaml"
    path.write_text(json.dumps(document), "utf-8")
    names = {found.id for found in list_field_rules(load_spec(path))}
    expected = {"required", "null", "type", "type.strict", "max_length"}
    assert {f"notes.create.text.{name}" for name in expected} <= names


def test_every_format_of_a_request_has_values_to_be_refused() -> None:
    used = {name for operation in load_spec().operations.values() for name in _formats(operation.body)}
    assert used - {"binary"} <= BAD_TEXTS.keys()


def _formats(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from [schema["format"]] if isinstance(schema.get("format"), str) else []
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _formats(inner)


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_INNER), inner, max_size=3),
    max_leaves=8,
)


def _has_rules(operation: Operation) -> bool:
    """Return whether a body has rules across fields."""
    fields = non_null(operation.body or {}).get("properties", {})
    return bool(
        {"variants", "trigger_params", "daily_limit", "sending_window_start", "body_text"} & set(fields)
    )


@settings(max_examples=examples(300))
@given(st.data())
def test_any_generated_body_can_be_made_fit_to_be_sent(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from([o for o in load_spec().operations.values() if _has_rules(o)]))
    fields = non_null(operation.body or {})["properties"]
    texts = {name: st.sampled_from(non_null(fields[name]).get("enum") or ["KEYWORD", "A"]) for name in fields}
    sent: dict[str, st.SearchStrategy[Any]] = {
        name: st.none() | st.just([]) | st.just({}) | _values | texts[name] for name in fields
    }
    body = data.draw(st.fixed_dictionaries(sent) | st.fixed_dictionaries({}, optional=sent))
    assert repair(operation, repair(operation, body)) == repair(operation, body)


def test_patterns_choose_and_leave_out_rules() -> None:
    chosen = select(list_rules(), ["campaigns.*", "!*.coverage"], "quick")
    assert chosen
    assert all(found.id.startswith("campaigns.") for found in chosen)
    assert not any(found.id.endswith(".coverage") for found in chosen)


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "auth.key.malformed"},
        {"needs": ["luck"]},
        {"sentence": ""},
        {"source": "undocumented"},
    ],
    ids=lambda bad: next(iter(bad)),
)
def test_a_bad_rule_is_refused(bad: dict[str, Any]) -> None:
    def check(_api: Any) -> None:
        """Never asked."""

    facts = {"name": "campaigns.new", "source": "client", "sentence": "So", "operations": [], **bad}
    with pytest.raises(ValueError, match="rule"):
        rule(facts.pop("name"), **facts)(check)


# ---------------------------------------------------------------- faults


def without(name: str) -> Any:
    return lambda status, body: (status, {k: v for k, v in body.items() if k != name})


def with_value(name: str, value: Any) -> Any:
    return lambda status, body: (status, {**body, name: value} if status < 300 else body)


def with_message(old: str, new: str) -> Any:
    return lambda status, body: (status, json.loads(json.dumps(body).replace(old, new)))


FAULTS = {
    "a field is missing": ("/campaigns", without("current_step"), "campaigns.create.answers.body"),
    "a field has another type": (
        "/campaigns", with_value("created_at", 1705314600), "campaigns.create.answers.body",
    ),
    "a status in another letter case": (
        "/campaigns", with_value("status", "draft"), "campaigns.create.answers.body",
    ),
    "the documented words of a breach are others": (
        "/campaigns", with_message("at least 8 char", "8 char"), "campaigns.create.name.min_length",
    ),
    "a violation has a wrong place": (
        "/campaigns", with_message('"body", "timezone"', '"timezone"'), "campaigns.create.timezone.format",
    ),
    "the guide's example is answered otherwise": (
        "/campaigns", with_value("current_step", 3), "campaigns.create.examples.product_launch",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_documented_difference_breaks_its_rule_on_any_server(name: str) -> None:
    end, change, broken = FAULTS[name]
    with recording() as server:
        server.rewrite("POST", end, change)
        rules = (broken, "campaigns.create.answer")
        options = Options(profile="full", requests_per_minute=None, rules=rules)
        found = check_contract(Target(server.base_url, KEY), options)
    assert broken in {verdict.rule for verdict in found.having(Outcome.BROKEN)}


@pytest.mark.parametrize("strict", [True, False])
def test_an_undocumented_difference_warns_unless_strict(strict: bool) -> None:
    with recording() as server:
        server.rewrite("POST", "/campaigns", with_message("value is not a valid list", "no list"))
        options = Options(
            requests_per_minute=None, rules=("campaigns.create.sending_days.type",), strict=strict
        )
        (verdict,) = check_contract(Target(server.base_url, KEY), options).verdicts
    assert verdict.outcome == (Outcome.BROKEN if strict else Outcome.WARNED)
    assert "no list" in verdict.reason


def test_isolation_is_checked_with_a_second_key() -> None:
    with recording() as server:
        server.answers.append(lambda r: setattr(r, "key", KEY) if r.key == SECOND_KEY else None)
        server.rewrite("DELETE", ".*", lambda status, body: (status, body))
        options = Options(requests_per_minute=None, rules=("auth.isolation.campaigns.delete",))
        (verdict,) = check_contract(Target(server.base_url, KEY, SECOND_KEY), options).verdicts
        assert verdict.outcome == Outcome.BROKEN
        (verdict,) = check_contract(Target(server.base_url, KEY), options).verdicts
        assert verdict.outcome == Outcome.UNCHECKED


def test_every_rule_is_a_test_of_pytest_contracts() -> None:
    command = [sys.executable, "-m", "pytest", "contracts", "-q", "-k", "auth.missing_key"]
    root = Path(__file__).parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert f"{len(load_spec().operations)} passed" in done.stdout


def test_a_rule_is_added_by_one_file_as_documented(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "contract.md").read_text("utf-8")
    [block] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "campaign_names.py").write_text(block, "utf-8")
    [name] = re.findall(r'@rule\(\s*"([^"]+)"', block)
    assert name not in {found.id for found in list_rules()}
    program = (
        f"import contracts.rules; contracts.rules.__path__.append({str(tmp_path)!r});"
        f"from contracts.command import check; check(['--rules', {name!r}])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^all +1 ", done.stdout, re.MULTILINE), done.stdout


def test_an_installed_package_has_the_suite_but_no_tests_of_its_own(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    root = Path(__file__).parent.parent
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    (path,) = tmp_path.glob("*.whl")
    with ZipFile(path) as wheel:
        found = {name for name in wheel.namelist() if name.startswith("contracts/")}
    modules = {str(module.relative_to(root)) for module in (root / "contracts").rglob("*.py")}
    assert modules - found == {"contracts/conftest.py", "contracts/test_contract.py"}


def test_derived_rules_are_not_counted_as_handwritten() -> None:
    derived: list[Rule] = [found for found in list_rules() if not found.handwritten]
    assert len(derived) > 700
