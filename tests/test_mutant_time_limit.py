"""A trial that takes too long ends, even in a rule that takes each exception for the server's."""

import signal
import time

import pytest

from contracts.registry import Rule
from contracts.run import Run
from tests.mutants import strength
from tests.mutants.servers import Variant
from tests.mutants.strength import try_mutants
from tests.mutants.time_limit import TooLongError, limiting

_MUTANT = "situations.order.threads"


def sleep_twice() -> None:
    """Take each exception for something else, as `Run.check` does."""
    try:
        time.sleep(60)
    except Exception:
        time.sleep(60)


def test_a_block_ends_although_it_takes_each_exception_for_another() -> None:
    with pytest.raises(TooLongError, match=r"no end after 0\.05 s"), limiting(0.05):
        sleep_twice()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_block_that_ends_in_time_is_left_alone() -> None:
    with limiting(30):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_trial_that_sleeps_in_a_rule_ends_with_a_clear_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(_run: Run, _rule: Rule) -> None:
        sleep_twice()

    monkeypatch.setattr(Run, "_judge_rule", judge)
    monkeypatch.setattr(strength, "_LONGEST", 3)
    mutant = strength.find_mutant(_MUTANT)
    assert mutant
    [trial] = try_mutants([mutant], [Variant.MOCK], workers=1)
    assert trial.trouble == "no end after 3 s"
    assert trial.seconds < 30
