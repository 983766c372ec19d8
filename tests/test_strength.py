"""The contract suite: silent on correct servers, however they differ, and loud on a mutated one."""

import pytest

from contracts import Outcome
from tests.mutants.catalogue import list_mutants
from tests.mutants.strength import Variant, check, is_mutant_of, try_mutants, try_random_seeds
from tests.mutants.tally import Tally


def test_no_rule_is_broken_on_the_mock() -> None:
    result = check(Variant.MOCK, random_seed="1")
    assert [(each.rule, each.reason) for each in result.having(Outcome.BROKEN)] == []
    assert result.left_behind == ()


@pytest.mark.parametrize("pace", [None, 90])
def test_no_rule_is_broken_on_a_server_that_does_all_that_is_open_otherwise(pace: int | None) -> None:
    result = check(Variant.LENIENT, random_seed="2", pace=pace)
    assert [(each.rule, each.reason) for each in result.having(Outcome.BROKEN)] == []


def test_a_server_that_limits_rates_is_checked_to_the_end_and_left_clean() -> None:
    result = check(Variant.LENIENT, random_seed="3")
    assert result.requests > 100
    assert not result.interrupted
    assert result.left_behind == ()


@pytest.mark.parametrize("variant", list(Variant))
def test_a_mutant_breaks_a_rule(variant: Variant) -> None:
    (mutant,) = (each for each in list_mutants() if each.id == "cross_field.window.equal")
    assert is_mutant_of(mutant, variant)
    tally = Tally({mutant.id: mutant}, list(try_random_seeds(1, [variant], workers=1)))
    ignored = {variant: frozenset(tally.rules_always_broken(variant))}
    tally.mutated += try_mutants([mutant], [variant], workers=1, ignored=ignored)
    assert tally.count(variant) == (1, 1)
    assert "cross_field" in tally.render()
