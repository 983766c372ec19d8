"""Rewinding: the clock goes back, and what has happened since is undone."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import MockServer
from mockserver.errors import ApiError
from mockserver.sending import time_travel
from mockserver.state import history
from mockserver.state.workspace import Workspace, WorkspaceOptions

from .kit.api import Api, fresh
from .kit.campaign_strategies import Plan, plans
from .kit.control import CONTROL, Control
from .kit.samples import examples
from .kit.simulation import MONDAY, STATES, Simulation, emails, follow_up, ready, simulate
from .test_sending_rules import ACTIONS, act, begin

DEEDS = st.lists(
    st.tuples(st.sampled_from([*ACTIONS, "look"]), st.integers(0, 23), st.integers(1, 2 * 86400)),
    min_size=1,
    max_size=8,
)


def look(simulation: Simulation) -> dict[str, Any]:
    """Return everything that a workspace holds, as its export says it."""
    return STATES.write(simulation.workspace.snapshot())


def advance(simulation: Simulation, seconds: int) -> None:
    time_travel.advance(simulation.workspace, timedelta(seconds=seconds))


def refusal(simulation: Simulation, to: datetime) -> ApiError:
    """Return why a time cannot be reached; nothing has changed then."""
    time_travel.catch_up(simulation.workspace)
    before = look(simulation)
    with pytest.raises(ApiError) as caught:
        time_travel.rewind(simulation.workspace, to)
    assert look(simulation) == before
    return caught.value


@settings(max_examples=examples(100))
@given(plans(), DEEDS, st.data())
def test_who_rewinds_and_runs_again_gets_the_same_byte_for_byte(
    plan: Plan, deeds: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    simulation = begin(plan)
    workspace = simulation.workspace
    seen = {workspace.now(): look(simulation)}
    for action, number, seconds in deeds:
        advance(simulation, seconds)
        act(simulation, action, number)
        seen[workspace.now()] = look(simulation)
    for _ in range(3):
        advance(simulation, 3 * 86400)
        now = workspace.now()
        to = data.draw(st.sampled_from([time for time in seen if time < now]))
        time_travel.rewind(workspace, to)
        assert look(simulation) == seen[to]
        assert workspace.now() == to
        seen = {time: state for time, state in seen.items() if time <= to}


@settings(max_examples=examples(50))
@given(plans(), st.integers(1, 20 * 86400), st.integers(1, 20 * 86400))
def test_every_time_of_a_move_can_be_reached(plan: Plan, first: int, second: int) -> None:
    simulation, direct = begin(plan), begin(plan)
    advance(simulation, first + second)
    end = look(simulation)
    time_travel.rewind(simulation.workspace, plan.start + timedelta(seconds=first))
    advance(direct, first)
    assert look(simulation) == look(direct)
    advance(simulation, second)
    assert look(simulation) == end


def make(options: WorkspaceOptions | None = None) -> Simulation:
    simulation = simulate(workspace=Workspace("rewind", "0", options=options))
    simulation.campaign(emails("ada", "bob"), sequences=[follow_up()])
    return simulation


def test_a_time_before_the_first_move_cannot_be_reached() -> None:
    simulation = make()
    assert refusal(simulation, MONDAY - timedelta(days=1)).name == "rewind_impossible"
    advance(simulation, 86400)
    error = refusal(simulation, MONDAY - timedelta(days=1))
    assert (error.name, error.facts["nearest"]) == ("time_unreachable", "2026-01-05T09:00:00Z")


def test_a_rewind_does_not_go_ahead() -> None:
    simulation = make()
    for days in (0, 1):
        error = refusal(simulation, MONDAY + timedelta(days=days))
        assert (error.name, error.facts["now"]) == ("rewind_ahead", "2026-01-05T09:00:00Z")


def test_a_move_that_leaves_what_happened_is_undone_too() -> None:
    simulation = make()
    before = look(simulation)
    advance(simulation, 10 * 86400)
    advance(simulation, -5 * 86400)
    assert simulation.events("sent")
    time_travel.rewind(simulation.workspace, MONDAY)
    assert look(simulation) == before


def test_no_mail_is_announced_twice() -> None:
    simulation = make()
    announced: list[Any] = []
    simulation.workspace.on_sent = lambda _, mail: announced.append(mail)
    advance(simulation, 86400)
    time_travel.rewind(simulation.workspace, MONDAY + timedelta(hours=20))
    assert len(announced) == len(simulation.events("sent")) == 2


def test_a_clock_that_runs_goes_on_running() -> None:
    simulation = make()
    simulation.workspace.clock.resume()
    advance(simulation, 86400)
    time_travel.rewind(simulation.workspace, MONDAY + timedelta(hours=1))
    assert not simulation.workspace.clock.frozen
    assert timedelta() <= simulation.workspace.now() - MONDAY - timedelta(hours=1) < timedelta(minutes=5)


@pytest.mark.parametrize("most", [1, 2, 5, 30])
def test_moves_without_changes_between_them_cost_no_time_that_was_passed(most: int) -> None:
    simulation = make(WorkspaceOptions(rewind_points=most))
    seen = {}
    for _ in range(200):
        seen[simulation.workspace.now()] = look(simulation)
        advance(simulation, 3600)
    assert len(simulation.workspace.history.passed) <= most
    for time in sorted(seen, reverse=True)[::40]:
        time_travel.rewind(simulation.workspace, time)
        assert look(simulation) == seen[time]


def test_what_changes_between_moves_is_remembered_at_longer_intervals_the_longer_ago() -> None:
    simulation = make(WorkspaceOptions(rewind_points=10))
    workspace = simulation.workspace
    for number in range(200):
        simulation.bench.add_sender_account(f"sam-{number}@example.org")
        advance(simulation, 3600)
    assert len(workspace.history.passed) == 10
    spans = workspace.history.list_spans(workspace.now())
    assert spans[0][0] == MONDAY
    assert spans[-1][0] < spans[-1][1] == workspace.now()
    gaps = [after - before for (_, before), (after, _) in pairwise(spans)]
    assert gaps[0] > gaps[-1] > timedelta()
    lost = spans[0][1] + timedelta(minutes=1)
    error = refusal(simulation, lost)
    assert (error.name, error.facts["nearest"]) == ("time_unreachable", "2026-01-05T10:00:00Z")


def test_a_server_may_keep_no_points() -> None:
    simulation = make(WorkspaceOptions(rewind_points=0))
    advance(simulation, 86400)
    assert refusal(simulation, MONDAY).name == "rewind_impossible"


def test_the_points_of_a_large_workspace_hold_no_more_than_so_many_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulation = make()
    monkeypatch.setattr(history, "MOST_RECORDS", 60)
    for number in range(30):
        simulation.bench.add_lead(next(iter(simulation.workspace.campaigns)), f"lead-{number}@example.org")
        advance(simulation, 60)
    assert len(simulation.workspace.history.passed) in (0, 1)


def test_a_reset_and_an_import_begin_a_new_history() -> None:
    simulation = make()
    document = look(simulation)
    advance(simulation, 86400)
    STATES.replace(
        simulation.workspace, {**document, "clock": {**document["clock"], "now": "2026-01-09T09:00:00Z"}}
    )
    assert refusal(simulation, MONDAY).name == "rewind_impossible"
    advance(simulation, 86400)
    simulation.workspace.reset()
    assert simulation.workspace.history.passed == ()


def test_who_returns_to_a_snapshot_has_its_past() -> None:
    simulation = make()
    workspace = simulation.workspace
    advance(simulation, 86400)
    early = look(simulation)
    simulation.bench.add_sender_account("sam@example.org")
    snapshot = workspace.snapshot()
    advance(simulation, 86400)
    simulation.bench.add_sender_account("max@example.org")
    advance(simulation, 86400)
    workspace.restore(snapshot)
    advance(simulation, 3600)
    time_travel.rewind(workspace, MONDAY + timedelta(hours=23))
    advance(simulation, 3600)
    assert look(simulation) == early


def test_a_snapshot_of_another_workspace_brings_no_past_of_this_one() -> None:
    simulation = make()
    fork = Simulation(simulation.workspace.fork("fork"))
    for other in (simulation, fork):
        advance(other, 86400)
    fork.workspace.restore(simulation.workspace.snapshot())
    assert refusal(fork, MONDAY).name == "rewind_impossible"


def test_an_upload_that_was_under_way_goes_on_again(app: MockServer) -> None:
    options = WorkspaceOptions(job_seconds=3600)
    api = fresh(app)
    api.workspace.options = options
    api.workspace.clock.freeze(MONDAY)
    campaign_id = ready(api, sequences=[follow_up()])
    api.update(campaign_id, launch=True)
    lines = "\n".join(["email", *(f"lead-{number}@example.org" for number in range(20))])
    api.ok("uploadLeads", {"file": lines}, campaign_id=campaign_id)
    simulation = Simulation(api.workspace)
    advance(simulation, 2700)
    time_travel.catch_up(api.workspace)
    half = look(simulation)
    assert 1 < len(half["leads"]) < 21
    advance(simulation, 5 * 86400)
    end = look(simulation)
    assert len(end["leads"]) == 21
    time_travel.rewind(api.workspace, MONDAY + timedelta(seconds=2700))
    time_travel.catch_up(api.workspace)
    assert look(simulation) == half
    advance(simulation, 5 * 86400)
    assert look(simulation) == end


def test_a_fork_has_a_history_of_its_own() -> None:
    simulation = make()
    advance(simulation, 86400)
    fork = Simulation(simulation.workspace.fork("fork"))
    before = look(fork)
    time_travel.rewind(fork.workspace, MONDAY)
    assert fork.events("sent") == []
    assert look(simulation) == before
    advance(fork, 86400)
    assert look(fork) == before


# ---------------------------------------------------------------- over HTTP


def test_a_rewind_goes_by_a_duration_to_a_time_or_to_a_snapshot(launched: Api, control: Control) -> None:
    control.ok("moveClock", {"advance": "1d"})
    control.ok("takeSnapshot", {"name": "tuesday"})
    tuesday = control.ok("exportState")
    for to in ("tuesday", "2d", "PT48H", "2026-01-06T09:00:00Z"):
        control.ok("moveClock", {"advance": "2d"})
        moved = control.ok("moveClock", {"rewind": to})
        assert moved == {"now": "2026-01-06T09:00:00Z", "frozen": True, "happened": {}}
        assert control.ok("exportState") == tuesday
    assert control.ok("listSnapshots")["reachable"] == [
        {"from": "2026-01-05T09:00:00Z", "to": "2026-01-06T09:00:00Z"}
    ]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"rewind": "3days"}, "3days is no duration, no time, and no name of a snapshot"),
        ({"rewind": "3d", "advance": "3d"}, CONTROL.find_error("move_unclear").value["detail"]),
        ({}, CONTROL.find_error("move_unclear").value["detail"]),
        (
            {"rewind": "-1d"},
            "A rewind goes back, and 2026-01-06T09:00:00Z is not before 2026-01-05T09:00:00Z",
        ),
        (
            {"rewind": "2026-01-05T10:00:00+01:00"},
            "A rewind goes back, and 2026-01-05T09:00:00Z is not before 2026-01-05T09:00:00Z",
        ),
        ({"rewind": "1d"}, CONTROL.find_error("rewind_impossible").value["detail"]),
    ],
)
def test_a_rewind_that_makes_no_sense_is_refused(
    body: Any, detail: str, launched: Api, control: Control
) -> None:
    answer = control("moveClock", body)
    assert (answer.status, answer.body["detail"]) == (400, detail)


def test_a_rewind_ends_where_the_calendar_begins(control: Control) -> None:
    control.ok("setClock", {"now": "0010-01-01T00:00:00Z", "frozen": True})
    answer = control("moveClock", {"rewind": "9999d"})
    assert (answer.status, answer.body) == (400, CONTROL.find_error("time_out_of_range").value)


def test_a_rewind_says_the_nearest_time_that_it_reaches(launched: Api, control: Control) -> None:
    control.ok("moveClock", {"advance": "1d"})
    answer = control("moveClock", {"rewind": "2d"})
    assert answer.status == 400
    assert answer.body["detail"] == (
        "2026-01-04T09:00:00Z cannot be reached; the nearest time that can is 2026-01-05T09:00:00Z"
    )
