"""A long move of the clock says how far it has come, and can be stopped at a consistent moment."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from mockserver import MockServer
from mockserver.sending import advance, time_travel
from mockserver.state import workspace
from mockserver.state.workspace import Workspace

from .kit.api import fresh
from .kit.control import Control
from .kit.moves import HeldMove, Mover
from .kit.simulation import LIVELY, STATES, Simulation, follow_up, ready, simulate

DAYS = timedelta(days=30)


@pytest.fixture(autouse=True)
def _look_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advance, "LOOK_EVERY", 1)


def begin(name: str = "moves") -> Simulation:
    simulation = simulate(rates=LIVELY, name=name)
    account = simulation.account(daily_limit=9)
    emails = [f"lead{number}@example.com" for number in range(40)]
    simulation.campaign(emails, accounts=[account], sequences=[follow_up()])
    return simulation


def stop_after(moved: Workspace, mails: int) -> None:
    """Let the next move be stopped when so many mails were sent."""
    sent: list[Any] = []

    def count(_workspace: Workspace, mail: Any) -> None:
        sent.append(mail)
        if len(sent) == mails:
            time_travel.stop_move(moved)

    moved.on_sent = count


def export(simulation: Simulation) -> Any:
    return STATES.write(simulation.workspace.snapshot())


@pytest.mark.parametrize("mails", [1, 7, 20])
def test_a_stopped_move_is_a_shorter_one(mails: int) -> None:
    stopped, straight = begin(), begin()
    start = stopped.workspace.now()
    stop_after(stopped.workspace, mails)
    happened = time_travel.advance(stopped.workspace, DAYS)
    reached = stopped.workspace.now()
    assert happened["sent"] == mails
    assert start < reached < start + DAYS
    assert time_travel.advance(straight.workspace, reached - start) == happened
    assert export(stopped) == export(straight)
    stopped.workspace.on_sent = None
    for simulation in (stopped, straight):
        time_travel.set_time(simulation.workspace, start + DAYS)
    assert export(stopped) == export(straight)


def test_a_clock_that_runs_goes_on_from_where_its_move_was_stopped() -> None:
    simulation = begin()
    clock = simulation.workspace.clock
    start = clock.resume()
    stop_after(simulation.workspace, 1)
    time_travel.advance(simulation.workspace, DAYS)
    assert not clock.frozen
    assert start < clock.now() < start + timedelta(days=1)


def test_a_stopped_move_can_be_rewound() -> None:
    simulation = begin()
    before, start = export(simulation), simulation.workspace.now()
    stop_after(simulation.workspace, 5)
    time_travel.advance(simulation.workspace, DAYS)
    time_travel.rewind(simulation.workspace, start)
    assert export(simulation) == before


def test_a_stop_that_comes_too_late_changes_nothing() -> None:
    simulation, straight = begin(), begin()
    total = straight.advance(days=30)["sent"]
    stop_after(simulation.workspace, total)
    happened = time_travel.advance(simulation.workspace, timedelta(days=300))
    assert happened["sent"] == total
    assert simulation.workspace.move is None


@pytest.fixture
def moving(app: MockServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Control, Mover]]:
    api = fresh(app)
    control = Control(api)
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    api.update(ready(api, *(f"lead{number}@example.com" for number in range(5))), launch=True)
    monkeypatch.setattr(workspace, "Move", HeldMove)
    mover = Mover(control, {"advance": "30d"})
    yield control, mover
    mover.finish()


def test_the_clock_shows_a_move_that_is_under_way(moving: tuple[Control, Mover]) -> None:
    control, mover = moving
    view = control.ok("showClock")
    assert view["moving"]["from"] == "2026-01-05T09:00:00Z"
    assert view["moving"]["to"] == "2026-02-04T09:00:00Z"
    assert view["now"] == view["moving"]["now"]
    assert mover.finish()["now"] == "2026-02-04T09:00:00Z"
    assert control.ok("showClock") == {"now": "2026-02-04T09:00:00Z", "frozen": True}


def test_a_request_stops_a_move_that_is_under_way(moving: tuple[Control, Mover]) -> None:
    control, mover = moving
    assert "moving" in control.ok("stopMove")
    answer = mover.finish()
    assert answer["now"].startswith("2026-01-05T09:0")
    assert answer["happened"] == {"sent": 1}


def test_a_rewind_can_be_watched_and_changes_nothing_when_it_is_stopped(
    app: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = fresh(app)
    control = Control(api)
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    api.update(ready(api, *(f"lead{number}@example.com" for number in range(5))), launch=True)
    control.ok("moveClock", {"advance": "30d"})
    before = control.ok("exportState")
    monkeypatch.setattr(workspace, "Move", HeldMove)
    mover = Mover(control, {"rewind": "20d"})
    assert control.ok("showClock")["moving"]["to"] == "2026-01-15T09:00:00Z"
    control.ok("stopMove")
    assert mover.finish()["now"] == "2026-02-04T09:00:00Z"
    assert control.ok("exportState") == before


def test_nothing_is_stopped_where_nothing_moves(app: MockServer) -> None:
    refused = Control(fresh(app))("stopMove")
    assert (refused.status, refused.body) == (404, {"detail": "Nothing moves the clock of this workspace"})
