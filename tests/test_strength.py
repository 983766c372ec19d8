"""The contract suite: silent on correct servers, however they differ, and loud on a mutated one."""

import pytest

from contracts.verdict.causes import WALK_SUFFIX
from tests.kit.samples import tries_all
from tests.mutants.catalogue import list_mutants
from tests.mutants.servers import Variant
from tests.mutants.strength import Trial, is_mutant_of, try_mutants, try_random_seeds
from tests.mutants.tally import Tally

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def correct() -> dict[Variant, list[Trial]]:
    """Runs on the correct servers; the second one on the lenient server is at the pace of a real one."""
    random_seeds = {Variant.MOCK: 1, Variant.LENIENT: 2 if tries_all() else 1}
    return {
        variant: list(try_random_seeds(count, [variant], workers=1))
        for variant, count in random_seeds.items()
    }


def test_no_rule_is_broken_on_the_mock(correct: dict[Variant, list[Trial]]) -> None:
    [trial] = correct[Variant.MOCK]
    assert [*zip(trial.broken, trial.reasons, strict=True)] == []


def test_no_rule_is_broken_on_a_server_that_does_all_that_is_open_otherwise(
    correct: dict[Variant, list[Trial]],
) -> None:
    assert [trial.pace for trial in correct[Variant.LENIENT]] == ([None, 90] if tries_all() else [None])
    for trial in correct[Variant.LENIENT]:
        assert [*zip(trial.broken, trial.reasons, strict=True)] == []


@pytest.mark.parametrize("variant", list(Variant))
def test_a_correct_server_is_checked_to_the_end_and_left_clean(
    correct: dict[Variant, list[Trial]], variant: Variant
) -> None:
    for trial in correct[variant]:
        assert trial.requests > 100
        assert trial.trouble == ""
        assert trial.left_behind == ()


@pytest.mark.parametrize("variant", list(Variant))
def test_every_operation_of_a_correct_server_is_compared_with_the_model(
    correct: dict[Variant, list[Trial]], variant: Variant
) -> None:
    for trial in correct[variant]:
        assert [rule for rule in trial.unchecked if rule.endswith((WALK_SUFFIX, ".rest", ".two"))] == []


@pytest.mark.parametrize("variant", list(Variant))
def test_a_mutant_breaks_a_rule(correct: dict[Variant, list[Trial]], variant: Variant) -> None:
    (mutant,) = (each for each in list_mutants() if each.id == "cross_field.window.equal")
    assert is_mutant_of(mutant, variant)
    tally = Tally({mutant.id: mutant}, list(correct[variant]))
    ignored = {variant: frozenset(tally.rules_always_broken(variant))}
    tally.mutated += try_mutants([mutant], [variant], workers=1, ignored=ignored)
    assert tally.count(variant) == (1, 1)
    assert "cross_field" in tally.render()
