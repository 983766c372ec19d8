"""The walk: silent on correct servers, the same in each process, and brief about what it finds."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts import Options, Outcome, Result, check_contract
from contracts.comparison.answers import Difference
from contracts.safety.guard import launches
from contracts.walk.drawing import Drawer
from contracts.walk.history import Ref, Step
from contracts.walk.leave import Leave
from contracts.walk.model import Model
from contracts.walk.replay import Numbered
from contracts.walk.replay import Outcome as Replayed
from contracts.walk.shrinking import shrink
from mockserver.openapi.spec import load_spec
from tests.kit.samples import tries_all
from tests.mutants.servers import Variant, serving
from tests.mutants.strength import find_mutant

pytestmark = pytest.mark.long

SPEC = load_spec()
EVERYTHING = Leave(launch=True, send=True, second=True, events=True, clock=True, domains=True)
_PRINT = """
from tests.test_walk import EVERYTHING, digest, draw
print(digest(draw(EVERYTHING, 3)))
"""


def walk(variant: Variant, seed: str, mutant: str = "", rules: str = "*.model") -> Result:
    with serving(variant, find_mutant(mutant), seed) as (target, sleep):
        options = Options(
            rules=(rules,),
            strict=target.is_mock,
            allow_launch=True,
            allow_send=True,
            random_seed=seed,
            sleep=sleep,
            max_requests=None,
            requests_per_minute=None,
        )
        return check_contract(target, options)


def draw(leave: Leave, count: int) -> list[list[Step]]:
    drawer = Drawer(SPEC, Model(SPEC, "1"), "1", leave)
    return [drawer.draw(number) for number in range(count)]


def digest(histories: list[list[Step]]) -> str:
    """Return how many steps there are, and what they are."""
    steps = [step for history in histories for step in history]
    return f"{len(steps)} {hashlib.sha256(repr(steps).encode()).hexdigest()}"


@pytest.mark.skipif(not tries_all(), reason="test_strength.py walks on both servers in every run")
@pytest.mark.parametrize(
    ("variant", "seed"), [(Variant.MOCK, "1"), (Variant.MOCK, "2"), (Variant.LENIENT, "1")]
)
def test_a_correct_server_answers_as_the_model(variant: Variant, seed: str) -> None:
    result = walk(variant, seed)
    assert [(each.rule, each.reason) for each in result.having(Outcome.BROKEN)] == []
    assert result.requests < 1000
    if variant is Variant.MOCK:
        assert result.count(Outcome.KEPT) > 70


def test_a_difference_is_shown_by_a_short_history() -> None:
    result = walk(Variant.MOCK, "3", "situations.rest.lead_created", "leads.*.model")
    broken = result.having(Outcome.BROKEN)
    assert broken
    assert "created_at" in broken[0].reason
    operations = [exchange.operation for exchange in broken[0].exchanges]
    assert "updateLead" in operations
    assert len(operations) <= 6


@pytest.fixture(scope="module")
def histories() -> list[list[Step]]:
    return draw(EVERYTHING, 3)


def test_the_same_seed_walks_the_same_way_in_each_process(histories: list[list[Step]]) -> None:
    other = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    printed = subprocess.run(
        [sys.executable, "-c", _PRINT],
        env={**os.environ, "PYTHONHASHSEED": other},
        cwd=Path(__file__).parent.parent,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert printed == f"{digest(histories)}\n"


def test_without_leave_nothing_is_launched_or_mailed() -> None:
    steps = [step for history in draw(Leave(second=True), 4) for step in history]
    assert len({step.operation for step in steps}) > 30
    for step in steps:
        operation = SPEC.operations[step.operation]
        assert not operation.sends
        assert not operation.launches
        assert not launches(operation.body, step.body)


def test_histories_hold_large_uploads_second_lives_and_two_workspaces(histories: list[list[Step]]) -> None:
    steps = [step for history in histories for step in history]
    sizes = [len(step.body["file"].rows) for step in steps if step.operation == "uploadLeads"]
    assert max(sizes) > 100
    assert {step.second for step in steps} == {False, True}
    assert {step.operation for step in steps if step.is_event} >= {"wait", "reply"}


def step(*refs: int) -> Step:
    return Step("createCampaign", {}, {}, [Ref(number, ()) for number in refs])


def test_shrinking_keeps_what_the_last_step_needs_and_what_else_shows_the_difference() -> None:
    history: list[Numbered] = [(1, step()), (2, step()), (3, step(1)), (4, step(2)), (5, step(3))]
    asked: list[list[int]] = []

    def replay(candidate: Sequence[Numbered]) -> Replayed:
        numbers = [number for number, _ in candidate]
        asked.append(numbers)
        shows = {1, 2, 3, 5} <= set(numbers)
        found = [Difference("createCampaign", "status", "differs", True)] if shows else []
        return Replayed(differences=found, compared={str(numbers)})

    outcome = shrink(history, ("createCampaign", "status"), Replayed(), replay, changes=set(), most=100)
    assert outcome.compared == {"[1, 2, 3, 5]"}
    asked.clear()
    shrink(history, ("createCampaign", "status"), Replayed(), replay, changes=set(), most=9)
    assert sum(map(len, asked)) <= 9
