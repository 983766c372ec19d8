"""What `coldsend-mock check` promises the owner of a real account."""

import json
import re
import shlex
import time
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from contracts import (
    CannotRunError,
    Exchange,
    Options,
    Outcome,
    Run,
    Target,
    check_contract,
    standing_in,
)
from contracts.command import check
from contracts.safety.guard import GuardError

from .kit.hostile_server import ask, list_names
from .kit.recording import KEY, SECOND_KEY, Recorder, Request, recording

pytestmark = pytest.mark.long

FAST = Options(requests_per_minute=None, max_requests=None, random_seed="safety")
MARK = re.compile(r"\[ct[0-9a-z]{4}\]")


@pytest.fixture
def server() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


def target(server: Recorder) -> Target:
    return Target(server.base_url, KEY, SECOND_KEY)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/campaigns/{foreign}", None),
        ("PUT", "/campaigns/{foreign}", {"name": "Renamed by mistake"}),
        ("DELETE", "/campaigns", None),
        ("PATCH", "/campaigns/{foreign}", {}),
        ("POST", "/campaigns", {"name": "Without a mark"}),
        ("POST", "/campaigns/{foreign}/leads/manual", {"email": "x@example.com"}),
        ("PUT", "/campaigns/{own}", {"launch": True}),
        ("PUT", "/campaigns/{own}", {"launch": "yes"}),
        ("PUT", "/campaigns/{own}", {"current_step": 5}),
        ("PUT", "/campaigns/{own}", {"current_step": "5.0"}),
        ("PUT", "/campaigns/{own}", {"inbox_ids": ["{foreign}"]}),
        ("POST", "/campaigns/{own}/activate", None),
        ("POST", "/campaigns/{own}/leads/manual", {"email": "somebody@example.com"}),
        ("DELETE", "/contacts", ["{foreign}"]),
        ("DELETE", "/contacts", []),
        ("DELETE", "/contacts", {"all": True}),
        ("DELETE", "/contacts", None),
        ("POST", "/contacts/bulk/tags", {"contact_ids": ["{foreign}"], "tag_id": "{foreign}"}),
        ("POST", "/contacts/lists", {"name": "Without a mark", "list_type": "STATIC"}),
        ("POST", "/sender-accounts/bulk/delete", {"inbox_ids": ["{foreign}"], "confirm_deletion": True}),
        ("POST", "/domains", {"domain": "somebody.example.com"}),
    ],
)
def test_a_harmful_request_never_leaves(server: Recorder, method: str, path: str, body: Any) -> None:
    foreign = ask(server, "POST", "/campaigns", json={"name": "Somebody else's"})["campaign_id"]
    with Run(target(server), FAST) as run:
        own = run.api.create_campaign()["campaign_id"]
        before = len(server.requests)
        filled = path.replace("{foreign}", foreign).replace("{own}", own)
        body = json.loads(json.dumps(body).replace("{foreign}", foreign))
        with pytest.raises(GuardError):
            run.session.request(method, server.base_url + filled, json=body, headers={"X-API-Key": KEY})
        assert len(server.requests) == before


def test_on_a_stage_nobody_else_has_anything_that_could_be_harmed() -> None:
    with standing_in("safety") as target, Run(target, FAST) as run:
        assert target.stage is not None
        body = {"domain": "somebody.example.com"}
        assert run.api.send("addDomain", body=body, key=target.stage.keys[0]).is_success
        with pytest.raises(GuardError, match="marker"):
            run.api.send("addDomain", body=body)


def test_a_file_with_somebody_in_it_never_leaves(server: Recorder) -> None:
    with Run(target(server), FAST) as run:
        before = len(server.requests)
        for rows in ("{own}\nsomebody@example.com\n", "somebody@example.com\n", "nobody at all\n"):
            file = f"email\n{rows}".replace("{own}", run.api.email())
            with pytest.raises(GuardError):
                run.api.send("importContacts", body={"file": file.encode()})
        assert len(server.requests) == before


def test_contacts_of_others_are_not_removed_with_those_of_the_run(server: Recorder) -> None:
    campaign_id = ask(server, "POST", "/campaigns", json={"name": "Somebody else's"})["campaign_id"]
    ask(server, "POST", f"/campaigns/{campaign_id}/leads/manual", json={"email": "kept@example.com"})
    with Run(target(server), FAST) as run:
        for _ in range(3):
            run.api.create_contact()
        assert ask(server, "GET", "/contacts")["pagination"]["total"] == 4
    assert run.left_behind == ()
    assert [row["email"] for row in ask(server, "GET", "/contacts")["contacts"]] == ["kept@example.com"]


def test_a_redirect_to_another_host_gets_no_key(server: Recorder) -> None:
    server.answers.append(
        lambda r: (307, {"Location": "http://evil.example.com/"}, b"") if r.path.endswith("x") else None
    )
    with Run(target(server), FAST) as run, pytest.raises(GuardError, match="not on the server"):
        run.session.get(f"{server.base_url}/x", headers={"X-API-Key": KEY})


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_or_crashed_run_leaves_nothing(server: Recorder, error: type[BaseException]) -> None:
    made: list[str] = []

    def fail(run: Run, _verdict: Any) -> None:
        made.append(run.api.create_campaign()["campaign_id"])
        if len(made) == 3:
            raise error

    if error is KeyboardInterrupt:
        assert check_contract(target(server), FAST, fail).interrupted
    else:
        with pytest.raises(error):
            check_contract(target(server), FAST, fail)
    assert len(made) == 3
    assert list_names(server) == []


def run_command(server: Recorder, *arguments: str) -> Result:
    return CliRunner().invoke(check, [server.base_url, "--api-key", KEY, *arguments])


def test_clean_up_removes_what_killed_runs_left_and_nothing_else(server: Recorder) -> None:
    run = Run(target(server), FAST)
    run.api.ready_campaign()
    run.session.close()  # killed: never closed as a run
    ask(server, "POST", "/campaigns", json={"name": "[ct] is my favourite tag"})
    ask(server, "POST", "/campaigns", json={"name": "[ctabcde] is none either"})
    done = run_command(server, "--clean-up", "--yes")
    assert done.exit_code == 0, done.output
    assert "Removed 3, left 0." in done.output
    assert sorted(list_names(server)) == ["[ct] is my favourite tag", "[ctabcde] is none either"]
    assert ask(server, "GET", "/sender-accounts")["sender_accounts"] == []
    assert ask(server, "GET", "/contacts")["contacts"] == []


def test_a_run_ends_its_questions_at_the_budget(server: Recorder) -> None:
    options = Options(requests_per_minute=None, max_requests=30, rules=("auth.*",))
    result = check_contract(target(server), options)
    asked = [r for r in server.requests if r.method != "DELETE"]
    assert len(asked) <= 30 + 12  # two before the run, five lists of each workspace while cleaning up
    assert any("budget of 30 requests" in v.reason for v in result.having(Outcome.UNCHECKED))
    assert list_names(server) == []


def test_requests_keep_the_pace(server: Recorder) -> None:
    waits: list[float] = []
    options = Options(requests_per_minute=5, rules=("auth.missing_key.*",), sleep=waits.append)
    result = check_contract(target(server), options)
    assert len(waits) >= result.requests - 5
    assert all(0 < seconds <= 60 for seconds in waits)


@pytest.mark.parametrize("header", ["Retry-After", "X-RateLimit-Reset"])
def test_a_429_is_waited_out_and_asked_again(server: Recorder, header: str) -> None:
    refused: list[Request] = []

    def refuse_once(request: Request) -> tuple[int, dict[str, str], bytes] | None:
        if refused or request.method == "GET":
            return None
        refused.append(request)
        value = "7" if header == "Retry-After" else str(int(time.time()) + 7)
        return 429, {header: value, "Content-Type": "application/json"}, b'{"detail": "Rate limit exceeded"}'

    server.answers.append(refuse_once)
    waits: list[float] = []
    with Run(target(server), Options(sleep=waits.append)) as run:
        assert run.api.create_campaign()["campaign_id"]
    assert len(refused) == 1
    assert len(waits) == 1
    assert 1 <= waits[0] <= 8


def test_a_wait_of_an_hour_ends_the_run(server: Recorder) -> None:
    headers = {"Retry-After": "3600"}
    server.answers.append(lambda r: (429, headers, b"{}") if r.method == "POST" else None)
    with pytest.raises(CannotRunError, match="3600 s"):
        check_contract(target(server), Options(rules=("campaigns.create.answer",)))


def test_a_dry_run_sends_nothing_and_shows_no_key(server: Recorder) -> None:
    done = run_command(server, "--dry-run", "--rules", "campaigns.create.*")
    assert done.exit_code == 0, done.output
    assert server.requests == []
    assert f"curl -X POST {server.base_url}/campaigns" in done.output
    assert KEY not in done.output
    assert "this one sent none" in done.output


def test_reports_and_output_hold_no_key(server: Recorder, tmp_path: Any) -> None:
    done = run_command(server, "--rules", "auth.*.campaigns.*", "--report-dir", str(tmp_path))
    texts = [done.output, *(path.read_text("utf-8") for path in tmp_path.iterdir())]
    assert len(texts) == 7
    assert not any(KEY in text for text in texts)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["http://127.0.0.1:9/api/public/v1", "--api-key", "k"], "cannot be reached"),
        (["ftp://example.com", "--api-key", "k"], "is no http or https URL"),
        (["{server}", "--api-key", "cs_live_wrong"], "refuses the API key"),
        (["{server}/nowhere", "--api-key", KEY], "is not the base of the API"),
        (["{server}"], "needs an API key"),
    ],
)
def test_a_server_that_cannot_be_checked_is_one_sentence(
    server: Recorder, arguments: list[str], sentence: str
) -> None:
    filled = [argument.replace("{server}", server.base_url) for argument in arguments]
    done = CliRunner().invoke(check, filled)
    assert done.exit_code == 2
    assert sentence in done.output
    assert done.output.startswith("Cannot check: ")
    assert len(done.output.strip().splitlines()) == 1


def test_a_random_seed_repeats_the_requests_of_a_run(server: Recorder) -> None:
    rules = ("--rules", "campaigns.create.name.*")
    sent = []
    for _ in range(2):
        server.requests.clear()
        done = run_command(server, "--random-seed", "again", *rules)
        assert "random seed again." in done.output
        sent.append([request.body for request in server.requests if request.method == "POST"])
    assert sent[0]
    assert sent[0] == sent[1]


def test_a_broken_rule_is_exit_code_1(server: Recorder) -> None:
    body = b'{"detail": "API key required"}'
    headers = {"Content-Type": "application/json"}
    server.answers.append(lambda r: (403, headers, body) if not r.key else None)
    done = run_command(server, "--rules", "auth.missing_key.campaigns.*")
    assert done.exit_code == 1
    assert "broken auth.missing_key.campaigns.create" in done.output
    assert "curl -X POST" in done.output


def test_a_shell_reads_the_curl_command_of_a_request_as_it_was_meant() -> None:
    body = '{"name": "O\'Brien & $HOME"}'
    url = "http://127.0.0.1:1/campaigns?page=1&limit=2"
    exchange = Exchange("", "POST", url, {"X-API-Key": "********"}, body, 201, {}, "", 0.0)
    assert shlex.split(exchange.as_curl()) == [
        "curl",
        "-X",
        "POST",
        url,
        "-H",
        "X-API-Key: ********",
        "--data-raw",
        body,
    ]
