"""The contract suite: silent on correct servers, however they differ, and loud on a mutated one."""

import pytest

from contracts import Options, Outcome, Result, check_contract, standing_in
from contracts.rules import list_rules
from contracts.verdict.causes import WALK_SUFFIX
from mockserver.openapi.spec import load_spec
from tests.kit.samples import rules, tries_all
from tests.mutants.catalogue import list_mutants
from tests.mutants.servers import Variant
from tests.mutants.strength import Trial, is_mutant_of, sum_up, try_mutants, try_random_seeds
from tests.mutants.tally import Tally

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def result() -> Result:
    """A run as `coldsend-mock check` does it when no server is named."""
    with standing_in() as target:
        return check_contract(target, Options(random_seed="tests"))


@pytest.fixture(scope="module")
def correct(result: Result) -> dict[Variant, list[Trial]]:
    """Runs on the correct servers; the second one on the lenient server is at the pace of a real one."""
    mock = [sum_up(Trial("", Variant.MOCK, "tests"), result)]
    if tries_all():
        mock += try_random_seeds(1, [Variant.MOCK], workers=1)
    seeds = 2 if tries_all() else 1
    lenient = [*try_random_seeds(seeds, [Variant.LENIENT], workers=1, rules=rules("*", histories=True))]
    return {Variant.MOCK: mock, Variant.LENIENT: lenient}


def test_the_mock_keeps_every_rule_of_the_quick_profile(result: Result) -> None:
    assert [(v.rule, v.outcome, v.reason) for v in result.verdicts if v.outcome != Outcome.KEPT] == []
    assert len(result.verdicts) > 1900


def test_the_quick_profile_needs_few_requests(result: Result) -> None:
    assert result.requests <= 2500


def test_operations_without_a_handwritten_rule_are_named(result: Result) -> None:
    touched = {name for found in list_rules() if found.handwritten for name in found.operations}
    assert set(result.untouched) == set(load_spec().operations) - touched


def test_no_rule_is_broken_on_the_mock(correct: dict[Variant, list[Trial]]) -> None:
    for trial in correct[Variant.MOCK]:
        assert [*zip(trial.broken, trial.reasons, strict=True)] == []


def test_no_rule_is_broken_on_a_server_that_does_all_that_is_open_otherwise(
    correct: dict[Variant, list[Trial]],
) -> None:
    assert [trial.pace for trial in correct[Variant.LENIENT]] == ([None, 90] if tries_all() else [None])
    for trial in correct[Variant.LENIENT]:
        assert [*zip(trial.broken, trial.reasons, strict=True)] == []


@pytest.mark.parametrize("variant", list(Variant))
def test_a_correct_server_is_checked_to_the_end(
    correct: dict[Variant, list[Trial]], variant: Variant
) -> None:
    for trial in correct[variant]:
        assert trial.requests > 100
        assert trial.trouble == ""


@pytest.mark.parametrize("variant", list(Variant))
def test_every_operation_of_a_correct_server_is_compared_with_the_model(
    correct: dict[Variant, list[Trial]], variant: Variant
) -> None:
    suffixes = [".rest", ".two"]
    if variant is Variant.MOCK or tries_all():
        suffixes.append(WALK_SUFFIX)  # to some operations, only the situations come that CI tries
    for trial in correct[variant]:
        assert [rule for rule in trial.unchecked if rule.endswith(tuple(suffixes))] == []


@pytest.mark.parametrize("variant", list(Variant))
def test_a_mutant_breaks_a_rule(correct: dict[Variant, list[Trial]], variant: Variant) -> None:
    (mutant,) = (each for each in list_mutants() if each.id == "cross_field.window.equal")
    assert is_mutant_of(mutant, variant)
    tally = Tally({mutant.id: mutant}, list(correct[variant]))
    ignored = {variant: frozenset(tally.rules_always_broken(variant))}
    tally.mutated += try_mutants([mutant], [variant], workers=1, ignored=ignored)
    assert tally.count(variant) == (1, 1)
    assert "cross_field" in tally.render()
