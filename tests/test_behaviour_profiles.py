"""Behaviour profiles: named ones, files, and what they do to a workspace."""

from pathlib import Path
from typing import Any

import pytest

from mockserver import Settings, create_app
from mockserver.control.behaviours import load_behaviours
from mockserver.sending.behaviour import BehaviourError, list_behaviours
from mockserver.sending.reactions import DELAYS

from .kit.api import Api
from .kit.control import CONTROL, Control
from .kit.simulation import Simulation, emails

LEADS = emails(*(f"p{number}" for number in range(40)))


def happened(simulation: Simulation, behaviour: str) -> dict[str, int]:
    simulation.bench.set_behaviour(behaviour)
    simulation.campaign(LEADS)
    return dict(simulation.advance(days=7))


def test_on_holiday_everybody_is_out_of_office(simulation: Simulation) -> None:
    assert happened(simulation, "holiday")["replied"] == len(LEADS)
    assert {event.details["category"] for event in simulation.events("replied")} == {"out_of_office"}


def test_a_bad_day_is_a_storm_of_bounces(simulation: Simulation) -> None:
    assert happened(simulation, "bad-day")["bounced"] >= len(LEADS) // 5


def test_in_a_dream_replies_come_overnight(simulation: Simulation) -> None:
    counts = happened(simulation, "dream")
    assert counts["replied"] >= len(LEADS) // 5
    assert "bounced" not in counts
    sent = {event.email_id: event.at for event in simulation.events("sent")}
    delays = [(reply.at - sent[reply.email_id]).total_seconds() for reply in simulation.events("replied")]
    assert all(10 * 3600 <= delay <= 15 * 3600 for delay in delays)


def test_normal_is_what_holds_without_a_profile(api: Api, control: Control) -> None:
    before = control.ok("showBehaviour")
    assert before["known"] == list_behaviours()
    assert before["delay_seconds"] == {name: list(delay) for name, delay in DELAYS.items()}
    control.ok("setBehaviour", {"name": "dream"})
    assert control.ok("showBehaviour") != before
    assert control.ok("setBehaviour", {"name": "normal"}) == before


def test_a_profile_of_ones_own_differs_from_normal_where_it_says_so(control: Control) -> None:
    normal = control.ok("showBehaviour")
    profile = {"reaction_rates": {"replied": 1}, "delay_seconds": {"replied": [5, 5]}}
    answer = control.ok("setBehaviour", {"profile": profile})
    assert answer["reaction_rates"] == {**normal["reaction_rates"], "replied": 1}
    assert answer["delay_seconds"] == {**normal["delay_seconds"], "replied": [5, 5]}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "behaviour_unclear"),
        ({"name": "dream", "profile": {}}, "behaviour_unclear"),
        ({"name": "tuesday"}, "behaviour_unknown"),
        ({"profile": {"delay_seconds": {"opened": [60, 5]}}}, "behaviour_invalid"),
    ],
)
def test_what_is_no_profile_is_refused(body: Any, error: str, control: Control) -> None:
    before = control.ok("showBehaviour")
    answer = control("setBehaviour", body)
    assert (answer.status, answer.body) == (400, CONTROL.find_error(error).value)
    assert control.ok("showBehaviour") == before


def test_a_server_takes_a_file_and_a_rate_changes_it(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("reaction_rates: {replied: 0.5, opened: 0.1}\ndelay_seconds: {opened: [1, 2]}\n", "utf-8")
    app = create_app(Settings(behaviour=str(path), reaction_rate=("replied=0.7",)))
    options = app.workspaces.get("any").options
    assert (options.reaction_rates["replied"], options.reaction_rates["opened"]) == (0.7, 0.1)
    assert (options.reaction_rates["bounced"], options.reaction_delays["opened"]) == (0.02, (1, 2))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("reaction_rates: {replid: 0.5}", "replid"),
        ("reaction_rates: {replied: 2}", "reaction_rates/replied"),
        ("delay_seconds: {opened: [9, 1]}", "opened"),
        ("delays: {}", "delays"),
        ("[1]", "object"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_file_with_a_mistake_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BehaviourError, match=reason):
        load_behaviours().find(str(path))
    with pytest.raises(BehaviourError, match="no behaviour is called tuesday"):
        load_behaviours().find("tuesday")


def test_the_profile_of_a_workspace_goes_with_its_state(api: Api, control: Control) -> None:
    dream = control.ok("setBehaviour", {"name": "dream"})
    state = control.ok("exportState")
    control.ok("setBehaviour", {"name": "normal"})
    control.ok("importState", state)
    assert control.ok("showBehaviour") == dream
