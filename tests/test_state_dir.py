"""--state-dir: the workspaces of a server are there again after a restart."""

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import pytest

from mockserver import Server, Settings, create_app, running
from mockserver.server.server import ListenError
from mockserver.state_dir import StateDirError
from mockserver.state_dir.directory import Directory

from .kit.api import Api
from .kit.control import Control
from .kit.simulation import ready
from .kit.state_dir import KEY, Folder, users
from .soak.generator import RequestGenerator
from .soak.transports import InProcess
from .soak.view import View

NINE = "2026-01-05T09:00:00Z"


def test_a_workspace_is_there_again_with_all_that_it_goes_on_from(folder: Folder) -> None:
    api, control = users(folder.start(rate_limit=True))
    control.ok("setClock", {"now": NINE, "frozen": True})
    api.update(ready(api, "reply@example.com", "bounce@example.com"), launch=True)
    control.ok("addFault", {"operation": "pauseCampaign", "status": 503, "first": 2})
    control.ok("moveClock", {"to": "next-send"})
    before = control.ok("exportState")
    left = api("listCampaigns").headers["X-RateLimit-Remaining"]
    api, control = users(folder.start(rate_limit=True))
    after = control.ok("exportState")
    assert {**after, "rate_counts": 0} == {**before, "rate_counts": 0}
    assert int(api("listCampaigns").headers["X-RateLimit-Remaining"]) == int(left) - 1
    assert control.ok("moveClock", {"advance": "9d"})["happened"]


def test_two_servers_one_of_which_was_restarted_go_on_alike(folder: Folder) -> None:
    def begin(api: Api, control: Control) -> None:
        control.ok("setClock", {"now": NINE, "frozen": True})
        api.update(ready(api, "a@example.com", "b@example.com"), launch=True)

    def go_on(api: Api, control: Control) -> Any:
        control.ok("moveClock", {"advance": "9d"})
        api.campaign(name="One more")
        return {**control.ok("exportState"), "rate_counts": 0}

    unbroken = users(create_app())
    begin(*unbroken)
    begin(*users(folder.start()))
    assert go_on(*users(folder.start())) == go_on(*unbroken)


@pytest.mark.parametrize("random_seed", ["1", "2"])
def test_whatever_was_asked_of_a_workspace_it_is_there_again(folder: Folder, random_seed: str) -> None:
    app = folder.start(job_seconds=30)
    generator, view, transport = RequestGenerator(Random(random_seed)), View(KEY), InProcess(app)
    control = Control(Api(app, KEY))
    for _ in range(300):
        request = generator.draw(view)
        if request.name not in {"resetWorkspace", "seedWorkspace", "importState"}:
            view.meet(transport.send(request).json)
    control("clearFaults")
    control.ok("setClock", {"frozen": True})
    before = [control.ok(name) for name in ("exportState", "listSnapshots")]
    control = Control(Api(folder.start(job_seconds=30), KEY))
    after = [control.ok(name) for name in ("exportState", "listSnapshots")]
    before[1]["reachable"] = []  # the times that the clock passed are not kept
    assert after == before
    assert sum(len(rows) for rows in before[0].values() if isinstance(rows, list)) > 20


def test_a_snapshot_and_the_seed_of_a_workspace_are_there_again(folder: Folder) -> None:
    api, control = users(folder.start())
    control.ok("seedWorkspace", {"seed": "large", "leads": 500})
    control.ok("takeSnapshot", {"name": "monday"})
    api.campaign()
    folder.save()
    files = folder.files()
    api.campaign()
    api, control = users(folder.start())
    assert control.ok("showWorkspace")["counts"]["campaigns"] == 502
    kept = [name for name in folder.files() if folder.files()[name] == files.get(name)]
    assert len(kept) == 1, "a snapshot never changes, so it is written once"
    restored = control.ok("restoreSnapshot", name="monday")["counts"]
    assert (restored["campaigns"], restored["leads"]) == (500, 500)
    assert control.ok("listSnapshots")["reachable"] == [], "what the clock passed is forgotten"
    api.campaign()
    assert control.ok("resetWorkspace")["counts"]["leads"] == 500
    control.ok("deleteSnapshot", name="monday")
    folder.save()
    assert len(folder.files()) == 1


def test_a_job_under_way_goes_on(folder: Folder) -> None:
    api, control = users(folder.start(job_seconds=100))
    control.ok("setClock", {"now": NINE, "frozen": True})
    campaign_id = api.campaign()
    job_id = api.upload(campaign_id, "email\na@example.com\nb@example.com\n")["job_id"]
    api, control = users(folder.start(job_seconds=100))
    assert not api.leads(campaign_id)
    control.ok("moveClock", {"advance": "2m"})
    assert len(api.leads(campaign_id)) == 2
    assert api.ok("getLeadUpload", campaign_id=campaign_id, job_id=job_id)["status"] == "COMPLETED"


def test_a_fork_keeps_its_scopes_and_is_gone_for_good_when_it_is_dropped(folder: Folder) -> None:
    key = ("cs_live_reader=campaigns:read",)
    _, control = users(folder.start(key=key, strict_keys=True), "cs_live_reader")
    fork = control.ok("forkWorkspace")["key"]
    api, control = users(folder.start(key=key, strict_keys=True), fork)
    assert api("listCampaigns").status == 200
    assert api("createCampaign", {"name": "x"}).status == 403
    control.ok("dropFork")
    folder.save()
    assert len(folder.files()) == 1
    assert users(folder.start(key=key, strict_keys=True), fork)[0]("listCampaigns").status == 401


def test_a_clock_that_stands_still_is_found_as_it_was(folder: Folder) -> None:
    users(folder.start())[1].ok("setClock", {"now": NINE, "frozen": True})
    folder.stop()
    folder.edit(lambda document: document["workspace"].update(saved_at="2020-01-01T00:00:00Z"))
    assert users(folder.start())[1].ok("showClock")["now"] == NINE


def test_a_clock_that_runs_goes_on_and_what_was_due_meanwhile_happens(folder: Folder) -> None:
    api, control = users(folder.start(speed=24))
    control.ok("setClock", {"now": NINE, "frozen": False})
    campaign_id = ready(api, "a@example.com", "b@example.com")
    control.ok("setClock", {"now": "2026-01-05T08:00:00Z", "frozen": False})
    api.update(campaign_id, launch=True)
    assert control.ok("listOutbox")["mails"] == []
    folder.stop()
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    folder.edit(lambda document: document["workspace"].update(saved_at=an_hour_ago))
    api, control = users(folder.start(speed=24))
    assert control.ok("showClock")["now"] > "2026-01-06T08:00:00"
    sent = [mail["sent_at"] for mail in control.ok("listOutbox")["mails"]]
    assert [at[:10] for at in sent] == ["2026-01-05", "2026-01-05"]


def test_a_clock_that_would_leave_the_calendar_goes_on_from_where_it_was(folder: Folder) -> None:
    users(folder.start(speed=1e6))[1].ok("setClock", {"now": NINE, "frozen": False})
    folder.stop()
    folder.edit(lambda document: document["workspace"].update(saved_at="1970-01-01T00:00:00Z"))
    assert users(folder.start())[1].ok("showClock")["now"] < "2027"


def test_a_workspace_is_written_when_it_changes_and_not_when_it_is_read(folder: Folder) -> None:
    api, control = users(folder.start())
    control.ok("setClock", {"now": NINE, "frozen": True})
    campaign_id = api.campaign()
    folder.save()
    first = folder.files()
    api.read(campaign_id)
    api("createCampaign", {})
    control.ok("showWorkspace")
    folder.save()
    assert folder.files() == first
    changes: tuple[Callable[[], Any], ...] = (
        lambda: api.update(campaign_id, name="Another one"),
        lambda: control.ok("moveClock", {"advance": "1s"}),
        lambda: control.ok("addFault", {"status": 503}),
        lambda: control.ok("takeSnapshot", {"name": "now"}),
    )
    for change in changes:
        before = folder.files()
        change()
        folder.save()
        (name,) = before.keys() & first.keys()
        assert folder.files()[name] != before[name]


def test_requests_go_on_while_a_file_is_written_which_holds_one_moment(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, _ = users(folder.start())
    campaign_id = api.campaign(name="Before it")
    is_writing, may_write, write = Event(), Event(), Directory.write

    def write_late(self: Directory, file: str, pieces: Any) -> None:
        is_writing.set()
        assert may_write.wait(60)
        write(self, file, pieces)

    monkeypatch.setattr(Directory, "write", write_late)
    thread = Thread(target=folder.save)
    thread.start()
    assert is_writing.wait(60)
    api.update(campaign_id, name="After it")
    api.lead(campaign_id)
    may_write.set()
    thread.join()
    monkeypatch.undo()
    seen: list[Any] = []
    folder.edit(lambda document: seen.append(document["state"]))
    (state,) = seen
    assert ([each["name"] for each in state["campaigns"]], state["leads"]) == (["Before it"], [])
    folder.save()
    assert users(folder.start())[0].read(campaign_id)["name"] == "After it"


def test_nobody_else_may_read_a_file_and_no_name_shows_a_key(folder: Folder) -> None:
    users(folder.start())[1].ok("takeSnapshot", {"name": "cs_live_secret"})
    folder.save()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    for path in folder.path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "cs_live" not in path.name


def test_two_servers_do_not_share_a_folder(folder: Folder) -> None:
    folder.start()
    with pytest.raises(StateDirError, match="another server keeps its state in"):
        create_app(Settings(state_dir=str(folder.path)))
    folder.stop()
    folder.start()


def test_a_server_that_cannot_listen_gives_the_folder_back(folder: Folder) -> None:
    with running(state_dir=str(folder.path)) as server:
        port = int(server.url.rpartition(":")[2])
        other = folder.path / "other"
        with pytest.raises(ListenError):
            Server(Settings(port=port, state_dir=str(other)))
        create_app(Settings(state_dir=str(other))).close()


def test_more_workspaces_than_are_allowed_are_refused_at_the_start(folder: Folder) -> None:
    app = folder.start()
    for number in range(3):
        users(app, f"cs_live_{number}")[0].campaign()
    folder.stop()
    with pytest.raises(StateDirError, match="holds 3 workspaces, more than --max-workspaces allows"):
        folder.start(max_workspaces=2)
    assert len(list(folder.start(max_workspaces=3).workspaces)) == 3


def test_a_workspace_that_made_room_for_others_takes_its_file_along(folder: Folder) -> None:
    app = folder.start(max_workspaces=2)
    for number in range(3):
        users(app, f"cs_live_{number}")[0].ok("listCampaigns")
        folder.save()
    assert len(folder.files()) == 2


def test_a_workspace_that_was_reset_is_empty_after_a_restart_and_makes_room_for_others(
    folder: Folder,
) -> None:
    api, control = users(folder.start(max_workspaces=1))
    api.campaign()
    folder.save()
    control.ok("resetWorkspace")
    app = folder.start(max_workspaces=1)
    assert [(each.name, len(each.campaigns)) for each in app.workspaces] == [(KEY, 0)]
    users(app, "cs_live_other")[0].campaign()
    app = folder.start(max_workspaces=1)
    assert [(each.name, len(each.campaigns)) for each in app.workspaces] == [("cs_live_other", 1)]


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = create_app()
    users(app)[0].campaign()
    app.close()
    assert app.saver is None
    assert not list(tmp_path.iterdir())
