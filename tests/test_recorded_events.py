"""A random seed gives the events that the plain engine gave: its digests are recorded."""

from datetime import UTC, datetime
from random import Random

import pytest

from mockserver.sending import engine, event_log

from .kit.event_digests import MANY_LEADS, RANDOM_SEEDS, digest, draw_plan, load_digests
from .kit.simulation import STATES, Simulation, emails, follow_up, simulate
from .test_sending_rules import ACTIONS, act, begin


def run_workspace(seed: int) -> Simulation:
    """Return a workspace after some weeks in which things were done, too; every fourth is a large one."""
    random = Random(seed)
    simulation = begin(draw_plan(random, MANY_LEADS if seed % 4 == 3 else 0), f"digest {seed}")
    for _ in range(random.randint(0, 8)):
        simulation.advance(seconds=random.randint(0, 3 * 86400))
        act(simulation, random.choice(ACTIONS), random.randint(0, 23))
    for campaign in simulation.workspace.campaigns:
        if campaign.status == "PAUSED":
            simulation.change(campaign, status="ACTIVE")
    simulation.advance(days=30)
    return simulation


@pytest.mark.parametrize("seed", RANDOM_SEEDS)
def test_a_random_seed_gives_the_events_that_the_plain_engine_gave(seed: int) -> None:
    assert digest(run_workspace(seed)) == load_digests()[str(seed)]


@pytest.mark.parametrize("seed", [seed for seed in RANDOM_SEEDS if seed % 4 == 3])
def test_a_log_that_is_kept_gives_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "KEPT_LOG", 1)
    monkeypatch.setattr(engine, "KEPT_SHARE", 10**6)
    for name, value in {"BITS": 3, "ROWS": 8, "LAST_PLACE": 7}.items():  # so that there are many blocks
        monkeypatch.setattr(event_log, name, value)
    simulation = run_workspace(seed)
    assert digest(simulation) == load_digests()[str(seed)]
    imported = simulate(name="imported")
    STATES.replace(imported.workspace, STATES.write(simulation.workspace.snapshot()))
    assert digest(imported) == digest(simulation)


def test_mails_keep_their_times_when_these_need_more_than_four_bytes() -> None:
    simulation = simulate(datetime(2106, 2, 5, 9, tzinfo=UTC))
    simulation.campaign(emails("silent1"), sequences=[follow_up(2), follow_up(3)])
    simulation.advance(days=9)
    times = ["2106-02-05 09:01", "2106-02-08 09:01", "2106-02-11 09:01"]
    assert [f"{event.at:%Y-%m-%d %H:%M}" for event in simulation.events("sent")] == times
