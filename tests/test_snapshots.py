"""Snapshots and forks: a workspace as it was, with everything that its future follows from."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import Settings, create_app
from mockserver.openapi.spec import load_spec
from mockserver.sending import advance_sending
from mockserver.state.fault_rules import Fault, FaultRule
from mockserver.state.workspace import Workspace, WorkspaceOptions

from .kit.api import Api
from .kit.campaign_strategies import Plan, plans
from .kit.control import Control
from .kit.simulation import Simulation
from .test_sending_rules import ACTIONS, act, begin, told

DEEDS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 23), st.integers(0, 2 * 86400)), max_size=8
)


def live(simulation: Simulation, deeds: list[tuple[str, int, int]]) -> list[Any]:
    """Let time pass and things be done; returns all that happened, and the ids that come next."""
    for action, number, seconds in deeds:
        simulation.advance(seconds=seconds)
        act(simulation, action, number)
    simulation.advance(days=10)
    workspace = simulation.workspace
    return [*told(simulation), workspace.now(), workspace.clock.frozen, workspace.draw_id()]


@settings(max_examples=150)
@given(plans(), DEEDS, st.integers(0, 2 * 86400), DEEDS)
def test_who_returns_to_a_snapshot_has_the_same_future_as_who_never_left(
    plan: Plan, before: list[tuple[str, int, int]], seconds: int, after: list[tuple[str, int, int]]
) -> None:
    simulation = begin(plan)
    for action, number, pause in before:
        simulation.advance(seconds=pause)
        act(simulation, action, number)
    simulation.advance(seconds=seconds)
    snapshot, fork = simulation.workspace.snapshot(), Simulation(simulation.workspace.fork("fork"))
    future = live(simulation, after)
    assert live(fork, after) == future
    for _ in range(2):
        simulation.workspace.restore(snapshot)
        assert live(simulation, after) == future


@pytest.mark.parametrize("frozen", [True, False])
def test_a_snapshot_holds_the_time_and_whether_it_stands(frozen: bool) -> None:
    workspace = Workspace("", "0", options=WorkspaceOptions(speed=3600))
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    workspace.clock.set(at)
    if frozen:
        workspace.clock.freeze(at)
    snapshot = workspace.snapshot()
    workspace.reset()
    workspace.clock.reset(1)
    workspace.restore(snapshot)
    state = workspace.clock.read()
    assert (state.frozen, state.speed) == (frozen, 3600)
    assert at <= state.now < at + timedelta(hours=10)
    assert (workspace.now() == at) is frozen


def test_a_snapshot_holds_fault_rules_with_their_counts_and_draws() -> None:
    workspace = Workspace("", "0")
    rule = FaultRule(workspace.draw_fault_id(), Fault(status=503), chance=0.5)
    workspace.faults.append(rule)

    def strike() -> list[bool]:
        return [workspace.faults[0].strikes(workspace.fault_random) for _ in range(20)]

    strike()
    snapshot = workspace.snapshot()
    first = strike()
    workspace.faults.clear()
    for _ in range(2):
        workspace.restore(snapshot)
        assert workspace.faults[0].seen == 20
        assert strike() == first
    assert True in first
    assert False in first


def test_a_snapshot_holds_the_windows_of_the_rate_limit() -> None:
    api = Api(create_app(Settings(rate_limit=True)), "cs_live_windows")
    Control(api).ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    limit = load_spec().rate_limits[0].requests
    for _ in range(limit - 1):
        api.ok("listCampaigns")
    snapshot = api.workspace.snapshot()
    for _ in range(2):
        assert [api("listCampaigns").status for _ in range(2)] == [200, 429]
        api.workspace.restore(snapshot)


def test_a_reset_leaves_nothing_of_a_snapshot_behind() -> None:
    other = Workspace("other", "0", options=WorkspaceOptions(speed=60))
    other.clock.freeze()
    other.faults.append(FaultRule(other.draw_fault_id(), Fault(status=503)))
    other.rate_counts["key", 60] = (1, 1)
    workspace, fresh = Workspace("mine", "0"), Workspace("mine", "0")
    workspace.restore(other.snapshot())
    assert workspace.sending_key == other.sending_key != fresh.sending_key
    workspace.reset()
    assert (workspace.faults, workspace.rate_counts) == ([], {})
    assert (workspace.clock.read().speed, workspace.clock.frozen) == (1, False)
    assert workspace.sending_key == fresh.sending_key
    assert workspace.draw_id() == fresh.draw_id()
    assert workspace.draw_fault_id() == fresh.draw_fault_id()


def test_a_fork_under_another_name_returns_to_its_own_seed() -> None:
    workspace = Workspace("one", "0")
    fork = workspace.fork("two")
    assert (fork.name, fork.user_id) == ("two", workspace.user_id)
    fork.reset()
    assert fork.user_id == Workspace("two", "0").user_id != workspace.user_id
    advance_sending(fork)
