"""Each mutant of the catalogue answers otherwise than the correct server, which always answers the same."""

import logging
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests import mutants
from tests.kit.samples import sample
from tests.mutants.catalogue import list_mutants
from tests.mutants.lenient import make_lenient
from tests.mutants.mutant import GROUPS, Mutant, Scenario
from tests.mutants.mutations import MutationError, Plan, draw_plan
from tests.mutants.recorder import DifferentError
from tests.mutants.scenarios import differs, record

pytestmark = pytest.mark.long

EVERY_MUTANT = bool(os.environ.get("COLDSEND_EVERY_MUTANT"))
_MUTANTS = list_mutants()
_SAMPLE = sample(_MUTANTS[::5])
_FOLDER = Path(mutants.__file__).parent


class _Failures(logging.Handler):
    """Keeps the errors of the mutants' own code: what they claim to be wrong is something else."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        _, error, frame = record.exc_info or (None, None, None)
        while frame and frame.tb_next:
            frame = frame.tb_next
        if frame and Path(frame.tb_frame.f_code.co_filename).parent == _FOLDER:
            self.found += [] if isinstance(error, (MutationError, DifferentError)) else [repr(error)]


@pytest.fixture(autouse=True)
def failures() -> Iterator[list[str]]:
    handler, logger = _Failures(), logging.getLogger("mockserver")
    logger.addHandler(handler)
    yield handler.found
    logger.removeHandler(handler)


@cache
def _record_lenient(scenario: Scenario | None) -> list[str]:
    return record(_draw_lenient(), *([scenario] if scenario else []))


@cache
def _record_correct(scenario: Scenario | None) -> list[str]:
    return record(draw_plan(), *([scenario] if scenario else []))


@pytest.fixture(scope="module", autouse=True)
def _later_servers() -> Iterator[None]:
    """The mutants of all tests leave later servers alone."""
    correct, lenient = _record_correct(None), _record_lenient(None)
    yield
    assert not differs(draw_plan(), correct)
    assert not differs(_draw_lenient(), lenient)


def test_the_correct_server_answers_the_same_each_time() -> None:
    assert not differs(draw_plan(), _record_correct(None))


# a part of them, for time; `make strength` looks at all
@pytest.mark.parametrize("mutant", _MUTANTS if EVERY_MUTANT else _SAMPLE, ids=lambda mutant: mutant.id)
def test_a_mutant_can_be_observed(mutant: Mutant, failures: list[str]) -> None:
    plan = draw_plan()
    mutant.apply(plan)
    assert differs(plan, _record_correct(mutant.scenario), mutant.scenario)
    assert not failures


def test_every_group_has_mutants_and_every_id_is_used_once() -> None:
    assert {mutant.group for mutant in _MUTANTS} == set(GROUPS)
    assert len({mutant.id for mutant in _MUTANTS}) == len(_MUTANTS)


def _draw_lenient() -> Plan:
    plan = draw_plan()
    make_lenient(plan)
    return plan


def test_the_lenient_server_answers_otherwise_and_the_same_each_time() -> None:
    assert not differs(_draw_lenient(), _record_lenient(None))
    assert differs(draw_plan(), _record_lenient(None))


def test_the_strangers_of_the_lenient_server_come_by_its_clock() -> None:
    listed = record(_draw_lenient(), lambda recorder: recorder.ask("GET", "/campaigns"))
    assert "stranger" in listed[0]
    assert set(re.findall(r'"created_at":"(\d+)', listed[0])) == {"2024"}


@pytest.mark.parametrize(
    "mutant", sample([mutant for mutant in _MUTANTS if not mutant.choice][::24]), ids=lambda mutant: mutant.id
)
def test_a_mutant_of_the_lenient_server_can_be_observed_too(mutant: Mutant, failures: list[str]) -> None:
    plan = _draw_lenient()
    mutant.apply(plan)
    assert differs(plan, _record_lenient(mutant.scenario), mutant.scenario)
    assert not failures
