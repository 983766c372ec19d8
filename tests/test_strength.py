"""The contract suite: silent on correct servers, however they differ, and loud on a faulty one."""

import pytest

from contracts import Outcome
from tests.faults.catalogue import list_faults
from tests.faults.strength import Variant, check, is_fault_of, try_faults
from tests.faults.tally import Tally


@pytest.mark.parametrize("variant", list(Variant))
@pytest.mark.parametrize("seed", ["1", "2"])
def test_no_rule_is_broken_on_a_correct_server(variant: Variant, seed: str) -> None:
    result = check(variant, seed=seed)
    assert [(each.rule, each.reason) for each in result.having(Outcome.BROKEN)] == []
    assert result.left_behind == ()


def test_the_lenient_server_is_checked_at_the_pace_of_a_real_one() -> None:
    assert check(Variant.LENIENT, seed="3", pace=90).is_kept


@pytest.mark.parametrize("variant", list(Variant))
def test_a_fault_breaks_a_rule(variant: Variant) -> None:
    (fault,) = (each for each in list_faults() if each.id == "cross_field.window.equal")
    assert is_fault_of(fault, variant)
    tally = Tally({fault.id: fault}, faulty=list(try_faults([fault], [variant], workers=1)))
    assert tally.count(variant) == (1, 1)
    assert "cross_field" in tally.render()
