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
from mockserver.testing.fixture import Coldsend

from .kit.api import Api
from .kit.campaign_strategies import Plan, plans
from .kit.control import Control
from .kit.samples import examples
from .kit.simulation import MONDAY, Simulation
from .kit.subsequences import add_subsequence
from .test_sending_rules import ACTIONS, act, begin, list_outcome

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
    return [*list_outcome(simulation), workspace.now(), workspace.clock.frozen, workspace.draw_id()]


@settings(max_examples=examples(150))
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

    def draw_hits() -> list[bool]:
        return [workspace.faults[0].draws_hit(workspace.fault_random) for _ in range(20)]

    draw_hits()
    snapshot = workspace.snapshot()
    first = draw_hits()
    workspace.faults.clear()
    for _ in range(2):
        workspace.restore(snapshot)
        assert workspace.faults[0].seen == 20
        assert draw_hits() == first
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


# ---------------------------------------------------------------- over HTTP


def test_a_workspace_returns_to_a_snapshot_by_its_name(launched: Api, control: Control) -> None:
    control.ok("addFault", {"operation": "pauseCampaign", "status": 503})
    taken = control.ok("takeSnapshot", {"name": "launched"})
    assert (taken["name"], taken["now"], taken["frozen"]) == ("launched", "2026-01-05T09:00:00Z", True)
    assert (taken["counts"]["leads"], taken["counts"]["events"]) == (2, 0)
    assert control.ok("listSnapshots")["snapshots"] == [taken]
    state = control.ok("exportState")
    moved = control.ok("moveClock", {"advance": "3d"})
    last = control.ok("exportState")
    control.ok("clearFaults")
    for _ in range(2):
        control.ok("setClock", {"frozen": False})
        view = control.ok("restoreSnapshot", name="launched")
        assert (view["now"], view["frozen"], view["faults"]) == ("2026-01-05T09:00:00Z", True, 1)
        assert control.ok("exportState") == state
        assert control.ok("moveClock", {"advance": "3d"}) == moved
        assert control.ok("exportState") == last
    assert control.ok("deleteSnapshot", name="launched") == {"removed": 1}
    assert control.ok("listSnapshots")["snapshots"] == []
    for operation in ("restoreSnapshot", "deleteSnapshot"):
        assert control(operation, name="launched").status == 404
    assert control.ok("exportState") == last


@pytest.mark.parametrize("name", ["", "1st", "-x", "a b", "a" * 65, "é"])
def test_a_name_that_is_hard_to_type_is_refused(name: str, control: Control) -> None:
    answer = control("takeSnapshot", {"name": name})
    assert (answer.status, answer.body["detail"][0]["loc"]) == (422, ["body", "name"])


def test_a_snapshot_is_never_written_over(control: Control) -> None:
    control.ok("takeSnapshot", {"name": "mine"})
    answer = control("takeSnapshot", {"name": "mine"})
    assert (answer.status, answer.body["detail"]) == (
        409,
        "A snapshot is called mine already; delete it first",
    )


def test_there_are_at_most_so_many_snapshots() -> None:
    control = Control(Api(create_app(Settings(max_snapshots=2)), "cs_live_many"))
    for name in ("a", "b"):
        control.ok("takeSnapshot", {"name": name})
    answer = control("takeSnapshot", {"name": "c"})
    assert answer.status == 409
    assert answer.body["detail"] == "There are 2 snapshots; delete some, or let --max-snapshots allow more"
    control.ok("deleteSnapshot", name="a")
    control.ok("takeSnapshot", {"name": "c"})


def test_snapshots_outlive_a_reset(launched: Api, control: Control) -> None:
    control.ok("takeSnapshot", {"name": "launched"})
    before = launched.remembered()
    control.ok("resetWorkspace")
    control.ok("restoreSnapshot", name="launched")
    assert launched.remembered() == before


def test_a_fork_goes_on_for_itself_as_the_workspace_would(launched: Api, control: Control) -> None:
    control.ok("takeSnapshot", {"name": "launched"})
    made = control.ok("forkWorkspace")
    assert (made["now"], made["frozen"]) == ("2026-01-05T09:00:00Z", True)
    fork = Api(launched.app, made["key"])
    state = control.ok("exportState")
    happened = Control(fork).ok("moveClock", {"advance": "3d"})
    assert happened["happened"]["sent"] == 2
    assert control.ok("exportState") == state
    assert control.ok("moveClock", {"advance": "3d"}) == happened
    assert fork.remembered() == launched.remembered()
    assert fork.campaign() == launched.campaign()
    Control(fork).ok("restoreSnapshot", name="launched")
    assert control.ok("showClock")["now"] == "2026-01-08T09:00:00Z"
    assert Control(fork).ok("dropFork") == {"removed": 1}
    assert launched.app.workspaces.find(made["key"]) is None
    assert fork.ok("listCampaigns")["campaigns"] == []


def test_forks_have_keys_that_are_the_same_in_every_run() -> None:
    def fork() -> list[str]:
        control = Control(Api(create_app(), "cs_live_forked"))
        return [control.ok("forkWorkspace")["key"] for _ in range(3)]

    keys = fork()
    assert keys == fork()
    assert len({*keys}) == 3


def test_what_is_no_fork_stays(control: Control) -> None:
    answer = control("dropFork")
    assert (answer.status, answer.body["detail"]) == (404, "This workspace is no fork")


def test_a_fork_may_do_what_the_key_may_on_a_strict_server() -> None:
    app = create_app(Settings(strict_keys=True, key=("cs_live_reader=campaigns:read",)))
    key = Control(Api(app, "cs_live_reader")).ok("forkWorkspace")["key"]
    fork = Api(app, key)
    assert fork("listCampaigns").status == 200
    assert fork("createCampaign", {"name": "Q1 Product Launch"}).status == 403
    Control(fork).ok("dropFork")
    assert fork("listCampaigns").status == 401


def test_a_fork_has_asked_as_often_as_the_workspace() -> None:
    api = Api(create_app(Settings(rate_limit=True)), "cs_live_asked")
    control = Control(api)
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    for _ in range(load_spec().rate_limits[0].requests - 1):
        api.ok("listCampaigns")
    fork = Api(api.app, control.ok("forkWorkspace")["key"])
    for user in (fork, api):
        assert [user("listCampaigns").status for _ in range(2)] == [200, 429]


def test_forks_are_counted_as_workspaces() -> None:
    control = Control(Api(create_app(Settings(max_workspaces=2)), "cs_live_counted"))
    key = control.ok("forkWorkspace")["key"]
    assert control("forkWorkspace").status == 503
    Control(Api(control.api.app, key)).ok("dropFork")
    control.ok("forkWorkspace")


# ---------------------------------------------------------------- the fixture


def test_a_test_returns_to_what_it_prepared(coldsend: Coldsend) -> None:
    coldsend.clock.freeze(MONDAY)
    campaign = coldsend.workspace.add_ready_campaign()
    ready_to_go, named = coldsend.snapshot(), coldsend.snapshot("ready")
    assert ready_to_go.records == named.records
    for snapshot in (ready_to_go, "ready"):
        coldsend.session.put(f"/campaigns/{campaign.campaign_id}", json={"launch": True}).raise_for_status()
        assert coldsend.clock.advance(days=1)["sent"] == 1
        coldsend.restore(snapshot)
        assert coldsend.clock.now() == MONDAY
        assert coldsend.session.get("/campaigns").json()["campaigns"][0]["status"] == "DRAFT"
    with pytest.raises(ValueError, match="A snapshot is called ready already"):
        coldsend.snapshot("ready")
    with pytest.raises(ValueError, match="No snapshot is called steady"):
        coldsend.restore("steady")


@pytest.mark.parametrize("fixture", ["coldsend", "coldsend_server"])
def test_a_test_tries_two_ways(fixture: str, request: pytest.FixtureRequest) -> None:
    coldsend: Coldsend = request.getfixturevalue(fixture)
    coldsend.clock.freeze(MONDAY)
    coldsend.workspace.add_ready_campaign()
    with coldsend.fork() as other:
        assert other.api_key != coldsend.api_key
        assert other.session.get("/campaigns").json() == coldsend.httpx.get("/campaigns").json()
        other.session.post("/campaigns", json={"name": "Another Launch"}).raise_for_status()
        assert len(other.workspace.campaigns) == 2
        assert len(other.journal) == 2
        key = other.api_key
    assert len(coldsend.workspace.campaigns) == 1
    assert coldsend.app.workspaces.find(key) is None


def test_a_test_goes_back(coldsend: Coldsend) -> None:
    coldsend.clock.freeze(MONDAY)
    coldsend.clock.advance(days=3)
    assert coldsend.clock.rewind("1d") == MONDAY + timedelta(days=2)
    assert coldsend.clock.rewind(days=1, hours=12) == MONDAY + timedelta(hours=12)
    assert coldsend.clock.rewind(to=MONDAY) == MONDAY
    with pytest.raises(ValueError, match="is not before 2026-01-05T09:00:00Z"):
        coldsend.clock.rewind(to=MONDAY + timedelta(days=1))


def test_who_comes_after_the_clock_went_back_is_mailed_in_time(api: Api, control: Control) -> None:
    control.ok("setClock", {"now": "2027-02-17T01:34:00Z", "frozen": True})
    campaign_id = api.ready()
    api.lead(campaign_id, "reply@example.com")
    api.update(campaign_id, launch=True)
    control.ok("advanceClock", {"hours": 13})
    add_subsequence(api, campaign_id)
    control.ok("advanceClock", {"hours": -10})
    lead_id = api.lead(campaign_id, "late@example.com")
    planned = control.ok("explainLead", lead_id=lead_id)["next_mail"]["at"]
    control.ok("advanceClock", {"hours": 40})
    [mail] = control.ok("listOutbox", query={"to": "late@example.com"})["mails"]
    assert mail["sent_at"] == planned == "2027-02-17T14:19:12Z"
