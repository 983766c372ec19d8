"""What a run leaves alone on servers that answer otherwise than documented."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

from contracts import CannotRunError, Options, Outcome, Run, Target, check_contract
from contracts.command import check
from contracts.safety.bounded import BoundedSession
from contracts.safety.guard import GuardError
from contracts.safety.run_file import find_folder, read_run_files
from contracts.verdict.outcomes import NoAnswerError

from .kit.hostile_server import JSON, ask, flood, list_names, trickle, trickling_heads
from .kit.recording import BASE_PATH, KEY, Recorder, Request, recording
from .kit.samples import rules, tries_all

pytestmark = pytest.mark.long

FAST = Options(requests_per_minute=None, max_requests=None, random_seed="harm")
CONTACTS = "contacts.*" if tries_all() else "contacts.create.*"
SOME = rules("campaigns.create.name.*", CONTACTS, "sender-accounts.create.*", "!*.fuzzing")


@pytest.fixture
def server() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


@pytest.fixture
def inbox_id(server: Recorder) -> str:
    """The sender account of the account's owner."""
    return str(add_account(server, "owner@example.com")["inbox_id"])


def add_account(server: Recorder, address: str) -> Any:
    parts = {"host": "mail.example.com", "port": 587, "username": address, "password": "0123456789"}
    hosts = {f"{kind}_{name}": value for kind in ("smtp", "imap") for name, value in parts.items()}
    body = {"email_address": address, "display_name": "Owner", "inbox_type": "CUSTOM_SMTP", **hosts}
    return ask(server, "POST", "/sender-accounts/smtp", json=body)


def target(server: Recorder) -> Target:
    return Target(server.base_url, KEY)


def list_accounts(server: Recorder) -> list[str]:
    rows = ask(server, "GET", "/sender-accounts", params={"limit": 100})["sender_accounts"]
    return [row["inbox_id"] for row in rows]


def run_command(server: Recorder, *arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(check, [server.base_url, "--api-key", KEY, *arguments], input=answer)


# ---------------------------------------------------------------- ids


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_undocumented_id_in_an_answer_is_never_claimed(
    server: Recorder, inbox_id: str, method: str
) -> None:
    def add(status: int, body: Any) -> tuple[int, Any]:
        rows = body.get("campaigns") or body.get("contacts") or [body] if isinstance(body, dict) else []
        for row in rows:
            row["inbox_id"] = inbox_id
        return status, body

    server.rewrite(method, "/campaigns.*|/contacts.*", add)
    check_contract(target(server), replace(FAST, rules=SOME))
    assert list_accounts(server) == [inbox_id]


def test_a_documented_id_of_something_else_is_never_claimed(server: Recorder, inbox_id: str) -> None:
    def show(status: int, body: Any) -> tuple[int, Any]:
        for row in body.get("inboxes", []):
            row["inbox_id"] = inbox_id
        return status, body

    server.rewrite("GET", "/campaigns/[^/]+", show)
    with Run(target(server), FAST) as run:
        campaign_id = run.api.ready_campaign()
        run.api.send("getCampaign", path={"campaign_id": campaign_id})
        with pytest.raises(GuardError, match="was not made by this run"):
            run.api.send("deleteSenderAccount", path={"inbox_id": inbox_id})
    assert list_accounts(server) == [inbox_id]


def test_an_id_that_was_there_before_is_never_the_runs(server: Recorder) -> None:
    mine = ask(server, "POST", "/campaigns", json={"name": "Somebody else's"})["campaign_id"]
    server.rewrite(
        "POST", "/campaigns", lambda s, body: (s, {**body, "campaign_id": mine} if s < 300 else body)
    )
    check_contract(target(server), replace(FAST, rules=rules("campaigns.*", "!*.fuzzing")))
    assert "Somebody else's" in list_names(server)
    changed = [r for r in server.requests if r.method != "GET" and mine in r.path]
    assert changed == []


def test_an_upsert_of_an_account_does_not_make_it_the_runs(server: Recorder, inbox_id: str) -> None:
    server.rewrite("POST", "/sender-accounts.*", lambda s, body: (200, {**body, "inbox_id": inbox_id}))
    check_contract(target(server), replace(FAST, rules=rules("sender-accounts.*", "!*.fuzzing")))
    assert inbox_id in list_accounts(server)


def test_more_than_the_run_lists_is_recognized_by_its_name(server: Recorder) -> None:
    mine = ask(server, "POST", "/campaigns", json={"name": "Somebody else's"})
    ids = iter(range(10_000))

    def fill(status: int, body: Any) -> tuple[int, Any]:
        rows = [{**mine, "campaign_id": f"00000000-0000-4000-8000-{next(ids):012}"} for _ in range(100)]
        return status, {**body, "campaigns": rows, "pagination": {**body["pagination"], "total": 1_000_000}}

    server.rewrite("GET", "/campaigns", fill)
    server.rewrite("POST", "/campaigns", lambda status, body: (status, mine))
    with Run(target(server), FAST) as run:
        listed = [r for r in server.requests if r.method == "GET" and r.path.endswith("/campaigns")]
        assert len(listed) <= 21
        campaign_id = run.api.send("createCampaign", body={"name": run.api.name()}).json["campaign_id"]
        with pytest.raises(GuardError):
            run.api.send("deleteCampaign", path={"campaign_id": campaign_id})


def test_pages_without_an_end_are_left(server: Recorder) -> None:
    ask(server, "POST", "/campaigns", json={"name": "Somebody else's"})

    def repeat(status: int, body: Any) -> tuple[int, Any]:
        return status, {**body, "campaigns": body["campaigns"] * 100, "pagination": {"total": 10**9}}

    server.rewrite("GET", "/campaigns", repeat)
    with Run(target(server), FAST):
        assert len([r for r in server.requests if r.path.endswith("/campaigns")]) <= 4


def test_a_copy_that_somebody_made_of_a_campaign_stays_and_is_reported(server: Recorder) -> None:
    with Run(target(server), FAST) as run:
        run.api.create_campaign()
        copied = run.api.name("contract check (copy)")
        ask(server, "POST", "/campaigns", json={"name": copied})
    assert list_names(server) == [copied]
    assert len(run.left_behind) == 1
    assert copied in run.left_behind[0]


def test_what_a_lost_answer_had_made_is_removed(server: Recorder) -> None:
    def lose(request: Request) -> Any:
        if request.method != "POST":
            return None
        server.forward(request)
        return 502, JSON, b"{}"

    with Run(target(server), FAST) as run:
        server.answers.append(lose)
        with pytest.raises(NoAnswerError):
            run.api.send("createCampaign", body={"name": run.api.name("lost")})
        server.answers.clear()
        assert len(list_names(server)) == 1
    assert list_names(server) == []
    assert run.left_behind == ()


# ---------------------------------------------------------------- what a killed run leaves


def kill_a_run(server: Recorder) -> Run:
    """Start a run, make something, and end without a cleanup."""
    run = Run(target(server), FAST)
    run.api.create_campaign()
    run.session.close()
    return run


def test_ids_are_written_down_before_they_are_used_without_a_key(server: Recorder) -> None:
    with Run(target(server), FAST) as run:
        campaign_id = run.api.create_campaign()["campaign_id"]
        [file] = [f for f in read_run_files(find_folder(), server.base_url) if f.marker == run.ledger.marker]
        assert list(file.made) == [campaign_id]
        assert KEY not in file.path.read_text("utf-8")
    assert not file.path.exists()


def test_a_name_that_only_looks_marked_is_never_cleaned_up(server: Recorder) -> None:
    run = kill_a_run(server)
    theirs = ["Precious contacts [ctrl01] v2", "[ctrl01] Precious", "ctrl01: Precious"]
    theirs += [f"Copy of {name}" for name in (run.api.name(), run.api.ledger.small_name("a list"))]
    for name in theirs:
        ask(server, "POST", "/campaigns", json={"name": name})
    done = run_command(server, "--clean-up", "--yes")
    assert done.exit_code == 0, done.output
    assert sorted(list_names(server)) == sorted(theirs)


@pytest.mark.parametrize(("answer", "code", "removed"), [("y\n", 0, True), ("n\n", 0, False), ("", 2, False)])
def test_clean_up_lists_and_asks(server: Recorder, answer: str, code: int, removed: bool) -> None:
    run = kill_a_run(server)
    [name] = list_names(server)
    done = run_command(server, "--clean-up", answer=answer)
    assert done.exit_code == code, done.output
    assert name in done.output
    assert "Remove these 1?" in done.output
    assert (list_names(server) == []) is removed
    assert run.ledger.file is not None
    assert run.ledger.file.path.exists() is not removed


def test_clean_up_knows_a_run_of_another_machine_by_its_marker(server: Recorder) -> None:
    run = kill_a_run(server)
    ask(server, "POST", "/campaigns", json={"name": run.ledger.small_name("a campaign")})
    assert run.ledger.file is not None
    run.ledger.file.delete()
    assert "Removed 0" in run_command(server, "--clean-up", "--yes").output
    assert "Removed 2" in run_command(server, "--clean-up", "--yes", "--marker", run.ledger.marker).output
    assert list_names(server) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_and_cleans_up(server: Recorder, number: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mockserver", "check", server.base_url, "--api-key", KEY,
               "--requests-per-minute", "600", "--rules", "campaigns.*"]  # fmt: skip
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    while not any(r.method == "POST" and r.status == 201 for r in list(server.requests)):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted" in output
    assert list_names(server) == []
    assert list(tmp_path.rglob("*.jsonl")) == []


# ---------------------------------------------------------------- little or nothing is checked


@pytest.mark.parametrize(
    ("pattern", "near"),
    [("nosuch.*", ""), ("campaign.create.*", "campaigns.create"), ("auth.scop.*", "auth.scope")],
)
def test_a_pattern_without_rules_is_an_error_that_names_the_nearest(
    server: Recorder, pattern: str, near: str
) -> None:
    done = run_command(server, "--rules", pattern)
    assert done.exit_code == 2
    assert f"No rule matches '{pattern}'; the nearest are" in done.output
    assert near in done.output


def test_a_server_that_redirects_everything_is_not_called_good(server: Recorder) -> None:
    started: list[Request] = []

    def redirect(request: Request) -> Any:
        started.append(request)
        away = {"Location": "https://www.example.com/"}
        return (302, away, b"") if len(started) > 3 else None

    server.answers.append(redirect)
    done = run_command(server, "--requests-per-minute", "100000", "--rules", "campaigns.*")
    assert done.exit_code != 0
    assert re.search(r"only \d+ of \d+ rules could be checked", done.output) or "broken" in done.output


def test_rules_that_nobody_may_check_are_exit_code_2(server: Recorder) -> None:
    done = run_command(server, "--rules", "auth.isolation.*")
    assert done.exit_code == 2
    assert "only 0 of" in done.output


# ---------------------------------------------------------------- bounds


IMPATIENT = replace(FAST, timeout_seconds=0.4, max_answer_bytes=200_000)


def test_an_answer_that_trickles_is_given_up(server: Recorder) -> None:
    with Run(target(server), IMPATIENT) as run:
        server.answers.append(lambda _: (200, JSON, trickle(b'{"a": "' + b"x" * 10_000)))
        with pytest.raises(NoAnswerError, match=r"not whole after 0\.4 s"):
            run.session.get(f"{server.base_url}/campaigns", headers={"X-API-Key": KEY})
        server.answers.clear()
        assert run.api.create_campaign()


def test_an_answer_without_end_is_given_up(server: Recorder) -> None:
    with Run(target(server), IMPATIENT) as run:
        server.answers.append(lambda _: (200, JSON, flood()))
        with pytest.raises(NoAnswerError, match="more than 200000 bytes"):
            run.session.get(f"{server.base_url}/campaigns", headers={"X-API-Key": KEY})
        server.answers.clear()


def test_a_head_that_trickles_is_given_up() -> None:
    with trickling_heads() as base_url, pytest.raises(CannotRunError, match=r"not whole after 0\.4 s"):
        Run(Target(base_url, KEY), IMPATIENT)


def test_a_redirect_loop_costs_few_requests(server: Recorder) -> None:
    with Run(target(server), FAST) as run:
        before = len(server.requests)
        server.answers.append(lambda r: (307, {"Location": r.path}, b""))
        run.check(next(rule for rule in run.rules if rule.id == "campaigns.list.search.literal"))
        assert len(server.requests) - before < 10
        server.answers.clear()


def test_a_run_ends_in_time(server: Recorder) -> None:
    result = check_contract(target(server), replace(FAST, max_minutes=0, rules=("campaigns.create.name.*",)))
    assert {verdict.outcome for verdict in result.verdicts} == {Outcome.UNCHECKED}
    assert "--max-minutes" in result.verdicts[0].reason


def test_a_file_that_cannot_be_written_is_one_sentence(server: Recorder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    options = replace(FAST, runs_folder=tmp_path / "file")
    with pytest.raises(CannotRunError, match="cannot be written"):
        check_contract(target(server), replace(options, rules=("campaigns.create.name.*",)))


def test_a_damaged_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("nonsense")
    (tmp_path / "b.jsonl").write_text(json.dumps({"server": "here", "marker": "[ctabcd]"}) + '\n{"made": ["x')
    assert [file.marker for file in read_run_files(tmp_path, "here")] == ["[ctabcd]"]


def test_the_proxy_of_the_environment_is_asked(server: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.base_url.removesuffix(BASE_PATH))
    monkeypatch.setenv("no_proxy", "other.invalid")
    with BoundedSession("http://api.invalid", 5, 1000) as session:
        session.get("http://api.invalid/anything")
    with BoundedSession("http://other.invalid", 5, 1000) as session, pytest.raises(requests.ConnectionError):
        session.get("http://other.invalid/anything")
    assert len(server.requests) == 1
