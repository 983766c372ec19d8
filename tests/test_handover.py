"""A workspace moves from one server to another, under load, without a lost write."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from mockserver import Server, Settings, create_app, running
from mockserver.cli import main

from .kit.api import SPEC, Api
from .kit.control import Control
from .kit.simulation import ready

KEY = "cs_live_moves"


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        yield stack.enter_context(running(quiet=True)), stack.enter_context(running(quiet=True))


def users(count: int = 2, **settings: Any) -> Iterator[tuple[Api, Control]]:
    for _ in range(count):
        api = Api(create_app(Settings(**settings)), KEY)
        yield api, Control(api)


def move(key: str, source: str, target: str, *more: str, status: int = 0) -> str:
    result = CliRunner().invoke(main, ["workspaces", "move", key, "--from", source, "--to", target, *more])
    assert result.exit_code == status, result.output
    return result.output


def test_a_workspace_goes_on_at_another_server_as_it_would_have_here() -> None:
    (here, control), (there, other), (alone, third) = users(3)
    for each, clock in ((here, control), (alone, third)):
        clock.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
        each.update(ready(each, "a@example.com", "b@example.com"), launch=True)
        clock.ok("takeSnapshot", {"name": "monday"})
    other.ok("takeOver", control.ok("beginHandover"))
    assert control.ok("finishHandover") == {"removed": 1}
    for _, clock in ((there, other), (alone, third)):
        assert clock.ok("moveClock", {"advance": "9d"})["happened"]
    assert other.ok("exportState") == third.ok("exportState")
    assert other.ok("restoreSnapshot", name="monday")["now"] == "2026-01-05T09:00:00Z"


def test_a_workspace_that_is_suspended_refuses_and_does_nothing_until_it_goes_on() -> None:
    ((api, control),) = users(1)
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    campaign_id = ready(api)
    api.update(campaign_id, launch=True)
    before = len(control.ok("beginHandover")["state"]["events"])
    refused = [api("listCampaigns"), api.send("PUT", f"{SPEC.base_path}/campaigns/{campaign_id}", json={})]
    refused += [control("resetWorkspace"), control("beginHandover")]
    for answer in refused:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert answer.body == {"detail": "The workspace is moving to another server; ask again in a second"}
    workspace, due_work = api.workspace, api.app.pipeline.due_work
    workspace.clock.advance(timedelta(days=1))
    assert not due_work.has_some()
    with workspace.lock:
        due_work.advance(workspace)
    assert len(workspace.events) == before
    control.ok("cancelHandover")
    assert len(workspace.events) > before


def test_a_suspension_ends_by_itself() -> None:
    ((api, control),) = users(1)
    control.ok("beginHandover", query={"seconds": 1})
    api.workspace.suspend(1e-9)  # the second is over
    api.campaign()
    for operation in ("finishHandover", "cancelHandover"):
        assert control(operation).status == 404


def test_a_workspace_that_is_gone_is_refused_until_it_comes_back() -> None:
    (here, control), (_, other) = users()
    here.campaign()
    other.ok("takeOver", control.ok("beginHandover"))
    control.ok("finishHandover")
    for answer in (
        here("listCampaigns"),
        here("createCampaign", {"name": "Too late"}),
        control("showWorkspace"),
    ):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert answer.body == {"detail": "The workspace is on another server now; ask again in a second"}
    assert Control(Api(here.app, "")).ok("listWorkspaces")["workspaces"] == []
    assert control("finishHandover").status == 404
    control.ok("takeOver", other.ok("beginHandover"))
    other.ok("finishHandover")
    assert len(here.ok("listCampaigns")["campaigns"]) == 1


def test_what_holds_changes_is_replaced_on_request_only() -> None:
    (_, control), (there, other) = users()
    there.campaign()
    saved = control.ok("beginHandover")
    assert other("takeOver", saved).status == 409
    assert other.ok("takeOver", saved, {"replace": "true"})["counts"]["campaigns"] == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 2}, "it is no workspace of format 1"),
        ({"workspace": {}}, "it breaks a rule: workspace.name: field required"),
        ({"state": {}}, "its state has no clock"),
        ({"state": {"campaigns": 1}}, "it breaks a rule: campaigns"),
        ({"snapshots": {"monday": {"leads": [{}]}}}, "it breaks a rule: leads"),
    ],
)
def test_something_else_is_not_taken_over(change: dict[str, Any], reason: str) -> None:
    ((_, control),) = users(1)
    saved = control.ok("beginHandover")
    control.ok("cancelHandover")
    answer = control("takeOver", {**saved, **change}, {"replace": "true"})
    assert answer.status == 400
    assert reason in answer.body["detail"]


def test_the_name_of_a_seed_file_reads_no_file(tmp_path: Path) -> None:
    ((_, control),) = users(1)
    saved = control.ok("beginHandover")
    control.ok("cancelHandover")
    saved["workspace"]["seed"] = {"name": str(tmp_path / "missing.yaml"), "leads": None}
    assert control.ok("takeOver", saved, {"replace": "true"})["seed"] == "empty"


def test_each_server_notes_the_move_in_its_folder_before_it_answers(tmp_path: Path) -> None:
    folders = tmp_path / "here", tmp_path / "there"
    apps = [create_app(Settings(state_dir=str(folder), state_seconds=3600)) for folder in folders]
    here, there = (Control(Api(app, KEY)) for app in apps)

    def count() -> list[int]:
        return [len(list(folder.glob("*.json"))) for folder in folders]

    here.api.campaign()
    here.api.app.save_workspace(KEY)
    assert count() == [1, 0]
    there.ok("takeOver", here.ok("beginHandover"))
    assert count() == [1, 1]
    here.ok("finishHandover")
    assert count() == [0, 1]
    for app in apps:
        app.close()


def test_no_write_is_lost_while_a_workspace_moves_under_load(
    servers: tuple[Server, Server], key: str
) -> None:
    """Clients are led to the new server when the move has ended, as by a balancer."""
    first, _ = servers
    places = [first]
    header = {SPEC.key_header: key}
    body = {"name": "Under load"}
    created = requests.post(f"{first.base_url}/campaigns", json=body, headers=header).json()
    path = f"/campaigns/{created['campaign_id']}/leads/manual"
    is_over, acknowledged, refusals = Event(), list[str](), list[str]()

    def write(writer: int) -> None:
        number = 0
        with requests.Session() as session:
            session.headers.update(header)
            while not is_over.is_set():
                email = f"{writer}-{number}@example.com"
                answer = session.post(places[-1].base_url + path, json={"email": email})
                if answer.status_code == 503:
                    assert answer.headers["Retry-After"] == "1"
                    refusals.append(email)
                    continue
                assert answer.ok, answer.text
                acknowledged.append(email)
                number += 1

    def count() -> int:
        return len(acknowledged)

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, each) for each in range(3)]
        try:
            for turn in range(4):
                before = count()
                while count() < before + 30:
                    assert not any(each.done() for each in writers)
                source, target = servers[turn % 2], servers[1 - turn % 2]
                assert "is at http" in move(key, source.url, target.url)
                places.append(target)
        finally:
            is_over.set()
        for each in writers:
            each.result()
    state = requests.get(f"{first.url}/_mock/state", headers=header).json()
    kept = [lead["email"] for lead in state["leads"]]
    assert sorted(kept) == sorted(acknowledged)
    assert refusals


def test_a_move_that_fails_leaves_the_workspace_where_it_was(
    servers: tuple[Server, Server], key: str
) -> None:
    first, second = servers
    here, there = Api(first.app, key), Api(second.app, key)
    here.campaign()
    there.campaign()
    said = move(key, first.url, second.url, status=1)
    assert said == "Error: The workspace holds changes here; with replace=true it is replaced\n"
    here.campaign(name="Still here")
    assert "does not answer" in move(key, first.url, "http://127.0.0.1:1", status=1)
    here.campaign(name="Still here again")
    move(key, first.url, second.url, "--replace")
    assert len(there.ok("listCampaigns")["campaigns"]) == 3
    usage = move(key, first.url, second.url, "--server", "b", status=2)
    assert "--haproxy and --server belong together" in usage


def test_a_workspace_that_is_too_large_stays(servers: tuple[Server, Server], key: str) -> None:
    first, _ = servers
    Api(first.app, key).campaign()
    with running(quiet=True, max_body=1000) as small:
        said = move(key, first.url, small.url, status=1)
    assert said.endswith(f"larger than 1000 bytes; start {small.url} with a higher --max-body\n")
    Api(first.app, key).campaign(name="Still here")
