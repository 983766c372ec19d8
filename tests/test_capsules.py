"""Capsules: what happened to a workspace happens again elsewhere, and no secret leaves the machine."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.datastructures import FileStorage

from mockserver import MockServer, Settings, create_app
from mockserver.cli import main
from mockserver.http.keys import Key
from mockserver.http.messages import Request as Received
from mockserver.replay import CapsuleError, Replay
from mockserver.server.app import find_pages
from mockserver.testing.fixture import Coldsend

from .kit.api import BASE, SPEC, Api, smtp_account
from .kit.control import CONTROL, Control
from .soak.exchanges import Answer, Request
from .soak.generator import RequestGenerator
from .soak.transports import JOB_SECONDS, InProcess
from .soak.view import View

SECRET = "cs_live_key-that-nobody-may-see"
CALLS = 1000
_APART = ("resetWorkspace", "seedWorkspace", "importState", "clearJournal", "dropFork", "forkWorkspace")
"""With these, a capsule begins anew, or another workspace does."""


@pytest.fixture
def user() -> Api:
    return Api(create_app(), SECRET)


def take(api: Api) -> Any:
    return Control(api).ok("exportCapsule")


def count(capsule: Any) -> Counter[str]:
    return Counter(kind for step in capsule["steps"] for kind in ("state", "call", "request") if kind in step)


def check(capsule: Any) -> int:
    """Do a capsule again; returns how many answers are the same."""
    outcome = Replay(json.loads(json.dumps(capsule))).run()
    assert outcome.difference is None, "\n".join(outcome.difference.lines)
    return outcome.answers


def call_at_random(transport: InProcess, view: View, random: Random) -> list[Answer]:
    generator, answers = RequestGenerator(random), list[Answer]()
    export = CONTROL.operations["exportState"]
    while len(answers) < CALLS:
        request = generator.draw(view)
        if request.name not in _APART:
            answers.append(transport.send(request))
            view.meet(answers[-1].json)
        if len(answers) % 20 == 0:
            view.see(transport.send(Request("GET", export.path, view.key, {}, None, export, True)).body)
    return answers


def test_a_thousand_random_calls_have_the_same_answers_in_another_process(tmp_path: Path) -> None:
    transport = InProcess(create_app(Settings(job_seconds=JOB_SECONDS, journal=2 * CALLS)))
    answers = call_at_random(transport, View(SECRET), Random("3"))
    assert len({answer.status for answer in answers}) > 8
    path = tmp_path / "capsule.json"
    capsule = take(Api(transport.app, SECRET))
    path.write_text(json.dumps(capsule), "utf-8")
    assert SECRET.removeprefix(SPEC.key_prefix) not in path.read_text("utf-8")
    kinds = count(capsule)
    assert kinds["request"] > CALLS / 2
    assert kinds["call"] > CALLS / 20
    environment = {**os.environ, "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-m", "mockserver", "replay", str(path), "--json"]
    ran = subprocess.run(command, check=False, capture_output=True, env=environment, cwd=tmp_path)
    assert ran.returncode == 0, (ran.stdout, ran.stderr)
    assert json.loads(ran.stdout)["answers"] == sum("status" in step for step in capsule["steps"])


def test_passwords_stay_here_and_make_no_difference(user: Api) -> None:
    user.account(smtp_password="hunter2-and-more")
    assert (
        user("createSmtpSenderAccount", smtp_account("b@x.io") | {"smtp_password": "wrong-password"}).status
        == 400
    )
    for password in ("", "p" * 256, 12345678):
        body = smtp_account("c@x.io") | {"imap_password": password}
        assert user("createSmtpSenderAccount", body).status == 422
    user.send("POST", f"{BASE}/campaigns?token=hunter2-and-more", data=b'{"password": "hunter2-and-more')
    capsule = take(user)
    text = json.dumps(capsule)
    assert "hunter2" not in text
    assert "12345678" not in text
    assert SECRET not in text
    assert check(capsule) == 5


def test_keys_of_one_workspace_have_their_scopes_and_rate_limits() -> None:
    app = create_app(Settings(rate_limit=True))
    others = [Api(app, f"{SECRET}-{number}") for number in range(2)]
    for api, scopes in zip(others, [("*",), ("campaigns:read",)], strict=True):
        app.pipeline.keys.declare(Key(api.key, "the team's own name", scopes))
    for api in others:
        Control(api).ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
        statuses = Counter(api("listCampaigns").status for _ in range(102))
        assert statuses == {200: 100, 429: 2}
    assert others[1]("createCampaign", {"name": "Q1 Product Launch"}).status == 429
    Control(others[0]).ok("advanceClock", {"days": 1})
    assert others[1]("createCampaign", {"name": "Q1 Product Launch"}).status == 403
    capsule = take(others[0])
    assert "team's" not in json.dumps(capsule)
    assert len(capsule["keys"]) == 2
    assert check(capsule) == 208


def test_it_begins_where_the_journal_still_reaches() -> None:
    app = create_app(Settings(journal=40))
    api, other = Api(app, SECRET), Api(app, SECRET + "-2")
    for _ in range(60):
        api.campaign()
        other("listCampaigns")
    api.ok("listCampaigns")
    capsule = take(api)
    assert len(capsule["steps"][0]["state"]["campaigns"]) > 15
    assert check(capsule) >= 30


def test_it_begins_anew_with_a_reset_and_a_loaded_state(user: Api) -> None:
    control = Control(user)
    user.campaign()
    control.ok("seedWorkspace", {"seed": "running"})
    control.ok("moveClock", {"advance": "3d"})
    assert count(take(user)) == {"state": 1, "call": 1}
    assert check(take(user)) == 1
    control.ok("importState", control.ok("exportState"))
    user.ok("listCampaigns")
    assert count(take(user)) == {"state": 1, "request": 1}
    control.ok("clearJournal")
    assert count(take(user)) == {"state": 1}
    user.ok("listCampaigns")
    assert check(take(user)) == 1


def test_what_puts_an_earlier_state_back_is_in_it(launched: Api) -> None:
    control = Control(launched)
    control.ok("takeSnapshot", {"name": "before"})
    control.ok("moveClock", {"advance": "4d"})
    launched.campaign()
    control.ok("moveClock", {"rewind": "1d"})
    launched.campaign()
    control.ok("restoreSnapshot", name="before")
    control.ok("deleteSnapshot", name="before")
    launched.campaign()
    control.ok("moveClock", {"to": "next-send"})
    capsule = take(launched)
    assert count(capsule)["state"] == 3
    assert check(capsule) == sum("status" in step for step in capsule["steps"])


def test_a_refused_call_that_left_a_trace_makes_no_difference(user: Api) -> None:
    control = Control(user)
    assert control("advanceClock", {"days": 3650}).status == 200
    for _ in range(2):
        assert control("setClock", {"frozen": True, "now": "9999-12-31T23:59:59+00:00"}).status in (400, 422)
    assert control("addFault", {"operation": "createCampain", "status": 503}).status == 400
    control.ok("addFault", {"operation": "createCampaign", "status": 503, "every": 2})
    assert [user("createCampaign", {"name": "Q1 Product Launch"}).status for _ in range(4)].count(503) == 2
    assert check(take(user)) >= 5


def test_an_upload_and_its_job_are_in_it(user: Api) -> None:
    campaign_id = user.campaign()
    user.upload(campaign_id, "email,company\nada@example.com,Ünïcode & Söhne\nno address,x\n")
    file = FileStorage(BytesIO(b"email,company\ngrace@example.com,caf\xe9\n"), "latin.csv")
    assert user("uploadLeads", {"file": file}, campaign_id=campaign_id).status == 400
    assert len(user.leads(campaign_id)) == 1
    assert check(take(user)) == 5


def test_a_file_that_may_hold_secrets_is_not_in_it(user: Api) -> None:
    campaign_id = user.campaign()
    user.upload(campaign_id, "email,password\nada@example.com,hunter2\n")
    answer = Control(user)("exportCapsule")
    assert answer.status == 409
    assert answer.body["detail"].startswith("The body of exchange 2 may hold a secret")
    Control(user).ok("takeSnapshot", {"name": "after"})
    Control(user).ok("restoreSnapshot", name="after")
    user.ok("getCampaign", campaign_id=campaign_id)
    assert check(take(user)) == 1


def test_a_request_between_head_and_answer_of_another_keeps_its_place(user: Api) -> None:
    app = user.app
    Control(user).ok("addFault", {"operation": "createCampaign", "status": 503, "every": 2})
    body = b'{"name": "Q1 Product Launch"}'
    headers = {SPEC.key_header.lower(): SECRET, "content-type": "application/json", "host": "localhost"}
    first = app.pipeline.open(
        Received("POST", f"{BASE}/campaigns", "", headers, "127.0.0.1", lambda _most: body)
    )
    assert user("createCampaign", {"name": "Q2 Product Launch"}).status == 503
    assert app.pipeline.finish(first, find_pages(app)).status == 201
    capsule = take(user)
    assert [step.get("status") for step in capsule["steps"]] == [None, 201, 503, 201]
    assert "opened" in capsule["steps"][3]
    assert check(capsule) == 3


def test_a_rule_does_not_hit_a_request_that_began_before_it(user: Api) -> None:
    app = user.app
    user.ok("listCampaigns")
    headers = {SPEC.key_header.lower(): SECRET, "host": "localhost"}
    first = app.pipeline.open(
        Received("GET", f"{BASE}/campaigns", "", headers, "127.0.0.1", lambda _most: b"")
    )
    Control(user).ok("addFault", {"operation": "listCampaigns", "status": 503})
    assert app.pipeline.finish(first, find_pages(app)).status == 200
    assert user("listCampaigns").status == 503
    assert check(take(user)) == 4


def test_a_test_that_works_on_its_workspace_directly_is_in_it(
    app: MockServer, key: str, tmp_path: Path
) -> None:
    with Coldsend(app, key) as coldsend:
        clock = coldsend.clock
        clock.freeze(datetime(2026, 1, 5, 9, tzinfo=UTC))
        coldsend.session.post("/campaigns", json={"name": "Q1 Product Launch"})
        clock.advance(days=3)
        coldsend.fail("createCampaign", status=503, first=1)
        coldsend.session.post("/campaigns", json={"name": "Q1 Product Launch"})
        coldsend.session.get("/campaigns")
        coldsend.capsule(tmp_path / "capsule.json")
    capsule = json.loads((tmp_path / "capsule.json").read_text("utf-8"))
    assert [step["status"] for step in capsule["steps"] if "status" in step] == [201, 503, 200]
    assert capsule["steps"][-1]["answer"].count("2026-01-05T09:00:00") >= 1
    assert check(capsule) == 3


def test_a_fork_begins_as_its_origin_was(launched: Api) -> None:
    fork = Api(launched.app, Control(launched).ok("forkWorkspace")["key"])
    Control(fork).ok("moveClock", {"advance": "2d"})
    fork.ok("listCampaigns")
    capsule = take(fork)
    Control(fork).ok("dropFork")
    assert count(capsule) == {"state": 1, "call": 1, "request": 1}
    assert check(capsule) == 2


def test_another_answer_is_shown_and_ends_the_command_with_1(user: Api, tmp_path: Path) -> None:
    user.campaign()
    capsule = take(user)
    capsule["steps"][1]["answer"] = capsule["steps"][1]["answer"].replace("DRAFT", "ACTIVE")
    path = tmp_path / "capsule.json"
    path.write_text(json.dumps(capsule), "utf-8")
    result = CliRunner().invoke(main, ["replay", str(path)])
    assert result.exit_code == 1
    assert (
        f"Step 2, POST {BASE}/campaigns, is answered otherwise:\n--- in the capsule\n+++ here\n"
        in result.output
    )
    assert '-  "status": "ACTIVE",\n+  "status": "DRAFT",\n' in result.output


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[", "is no JSON"),
        ("{}", "this is no capsule: its root: "),
        ('{"capsule": 2}', "this is no capsule: "),
    ],
)
def test_a_file_that_is_no_capsule_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "capsule.json"
    path.write_text(text, "utf-8")
    result = CliRunner().invoke(main, ["replay", str(path)])
    assert result.exit_code == 1
    assert why in result.output


def test_a_state_that_breaks_a_rule_is_named(user: Api) -> None:
    user.campaign()
    capsule = take(user)
    capsule["steps"][0]["state"]["campaigns"] = [{"name": 1}]
    with pytest.raises(CapsuleError, match=r"a state in this capsule breaks a rule: campaigns\.0\.name"):
        Replay(capsule).run()
