"""Each fault of the catalogue is there once it is planted, and none is when none is."""

import logging
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.mutants.catalogue import list_faults
from tests.mutants.lenient import make_lenient
from tests.mutants.mutant import GROUPS, Fault, Probe
from tests.mutants.planting import Plan, PlantedError, draw_plan, rewire
from tests.mutants.story import differs, record
from tests.mutants.teller import DifferentError

EVERY_FAULT = bool(os.environ.get("COLDSEND_EVERY_FAULT"))
_FAULTS = list_faults()
_SAMPLE = _FAULTS[::5]
_FOLDER = Path(rewire.__code__.co_filename).parent


class _Failures(logging.Handler):
    """Notes what faults fail with instead of the server: whatever they claim is wrong, that is not it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        _, error, frame = record.exc_info or (None, None, None)
        while frame and frame.tb_next:
            frame = frame.tb_next
        if frame and Path(frame.tb_frame.f_code.co_filename).parent == _FOLDER:
            self.found += [] if isinstance(error, (PlantedError, DifferentError)) else [repr(error)]


@pytest.fixture(autouse=True)
def failures() -> Iterator[list[str]]:
    handler, logger = _Failures(), logging.getLogger("mockserver")
    logger.addHandler(handler)
    yield handler.found
    logger.removeHandler(handler)


@cache
def _tell(probe: Probe | None) -> list[str]:
    return record(draw_plan(), *([probe] if probe else []))


def test_the_correct_server_tells_the_same_story_each_time() -> None:
    assert record(draw_plan()) == _tell(None)


# a part of them, for time; `make strength` looks at all
@pytest.mark.parametrize("fault", _FAULTS if EVERY_FAULT else _SAMPLE, ids=lambda fault: fault.id)
def test_a_planted_fault_can_be_observed(fault: Fault, failures: list[str]) -> None:
    plan = draw_plan()
    fault.plant(plan)
    if fault.probe:
        assert record(plan, fault.probe) != _tell(fault.probe)
    else:
        assert differs(plan, _tell(None))
    assert not failures


def test_a_fault_leaves_later_servers_alone() -> None:
    for fault in _FAULTS[::40]:
        plan = draw_plan()
        fault.plant(plan)
        record(plan)
    assert not differs(draw_plan(), _tell(None))


def test_every_group_has_faults_and_every_id_is_used_once() -> None:
    assert {fault.group for fault in _FAULTS} == set(GROUPS)
    assert len({fault.id for fault in _FAULTS}) == len(_FAULTS)


def test_a_helper_that_a_module_does_not_have_cannot_be_replaced() -> None:
    with pytest.raises(KeyError, match="has no _no_such_helper"):
        rewire(differs, _no_such_helper=print)


def _draw_lenient() -> Plan:
    plan = draw_plan()
    make_lenient(plan)
    return plan


def test_the_lenient_server_tells_another_story_and_the_same_each_time() -> None:
    story = record(_draw_lenient())
    assert story == record(_draw_lenient())
    assert differs(draw_plan(), story)


@pytest.mark.parametrize(
    "fault", [fault for fault in _FAULTS if not fault.choice][::24], ids=lambda fault: fault.id
)
def test_a_fault_can_be_observed_on_the_lenient_server_too(fault: Fault, failures: list[str]) -> None:
    plan = _draw_lenient()
    fault.plant(plan)
    chapters = [fault.probe] if fault.probe else []
    assert record(plan, *chapters) != record(_draw_lenient(), *chapters)
    assert not failures
