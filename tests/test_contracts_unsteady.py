"""Servers that answer now and then, in part, or with something else: the suite says so, and no more."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle

import pytest
from click.testing import CliRunner, Result

from contracts import Options, Outcome, Target, check_contract
from contracts.command import check
from contracts.verdict.outcomes import Cause
from contracts.verdict.outcomes import Result as RunResult

from .kit.hostile_server import fail_some, list_names
from .kit.recording import BASE_PATH, DROPPED, KEY, Answer, Recorder, Request, recording
from .kit.samples import rules, tries_all

pytestmark = pytest.mark.long

OPTIONS = Options(
    requests_per_minute=None,
    max_requests=None,
    random_seed="unsteady",
    rules=rules("campaigns.*", "leads.*", "contacts.*", "errors.*", histories=True),
)
GATEWAY: Answer = (502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>")


@pytest.fixture
def server() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


def run(server: Recorder, options: Options = OPTIONS) -> RunResult:
    return check_contract(Target(server.base_url, KEY), options)


def choose(*patterns: str) -> Options:
    """Choose rules with their histories; all rules when everything is tried."""
    return OPTIONS if tries_all() else replace(OPTIONS, rules=rules(*patterns, histories=True))


def run_command(server: Recorder, *arguments: str) -> Result:
    return CliRunner().invoke(check, [server.base_url, "--api-key", KEY, *arguments])


def broken(result: RunResult) -> list[tuple[str, str]]:
    return [(verdict.rule, verdict.reason) for verdict in result.having(Outcome.BROKEN)]


FAILURES: dict[str, tuple[int, tuple[Answer, ...]]] = {
    "one 502": (10**9, (GATEWAY,)),
    "1 % of 502s": (100, (GATEWAY,)),
    "1 % of dropped connections": (100, (DROPPED,)),
    "1 % of each": (50, (GATEWAY, DROPPED)),
}
"""How many requests there are to a failure, and the failures by turns."""


@pytest.mark.parametrize("name", FAILURES if tries_all() else ["1 % of each"])
def test_an_answer_that_fails_now_and_then_breaks_no_rule(server: Recorder, name: str) -> None:
    every, answers = FAILURES[name]
    turns = cycle(answers)
    fail_some(server, every, lambda _: next(turns), first=30)
    result = run(server, choose("campaigns.*", "errors.*"))
    assert broken(result) == []
    silent = [verdict for verdict in result.verdicts if verdict.cause is Cause.SILENT]
    assert len(silent) < len(result.verdicts) / 20
    assert not result.is_unstable
    assert result.left_behind == ()
    server.answers.clear()
    assert list_names(server) == []


def test_a_lost_change_breaks_no_rule_and_leaves_nothing(server: Recorder) -> None:
    def lose(request: Request) -> Answer:
        server.forward(request)
        return DROPPED

    fail_some(server, 100, lose, first=30)
    result = run(server, choose("leads.*", "contacts.*"))
    server.answers.clear()
    assert broken(result) == []
    assert list_names(server) == []


def test_a_server_that_fails_often_is_unstable(server: Recorder) -> None:
    fail_some(server, 3, lambda _: GATEWAY, first=30)
    done = run_command(server, "--requests-per-minute", "100000", "--rules", "campaigns.create.*")
    assert "Unstable" in done.output
    assert done.exit_code == 3, done.output


def test_a_server_that_goes_down_ends_the_run(server: Recorder) -> None:
    fail_some(server, 1, lambda _: DROPPED, first=200)
    before = len(server.requests)
    result = run(server)
    assert broken(result) == []
    assert result.is_unstable
    assert result.verdicts[-1].reason == "the server does not answer any more"
    assert len(server.requests) - before < 250


# ---------------------------------------------------------------- part of an API


@pytest.fixture
def partial(server: Recorder) -> Recorder:
    """A server with campaigns and leads only."""

    def lack(request: Request) -> Answer | None:
        is_there = re.match(rf"{BASE_PATH}/campaigns(?!.*(flow|upload|export|journey|move))", request.path)
        if is_there:
            return None
        request.path = f"{BASE_PATH}/nowhere-at-all"
        return server.forward(request)

    server.answers.append(lack)
    return server


def test_an_operation_that_is_not_there_is_one_line(partial: Recorder) -> None:
    result = run(partial, choose("campaigns.*", "contacts.*"))
    assert broken(result) == []
    absent = [verdict for verdict in result.verdicts if verdict.cause is Cause.ABSENT]
    reasons = {verdict.reason for verdict in absent}
    assert "this server has no listContacts: GET /api/public/v1/contacts" in reasons
    assert all(reason.startswith("this server has no ") for reason in reasons)
    assert len(reasons) < len(absent) / 5
    assert not result.is_little_checked
    assert [v.reason for v in result.having(Outcome.WARNED)] == []


# ---------------------------------------------------------------- no API at all


def test_a_web_page_is_noticed_at_the_first_answer(server: Recorder) -> None:
    server.answers.append(lambda _: (200, {"Content-Type": "text/html; charset=utf-8"}, b"<html></html>"))
    done = run_command(server)
    assert done.exit_code == 2
    assert "answers with a web page (200, text/html), not with the API" in done.output
    assert len(server.requests) <= 2


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://no-such-host.invalid/api", "no address is known for its host name"),
        ("http://127.0.0.1:9/api", "nothing listens there"),
    ],
)
def test_a_name_without_an_address_has_a_reason_of_its_own(url: str, sentence: str) -> None:
    done = CliRunner().invoke(check, [url, "--api-key", KEY])
    assert done.exit_code == 2
    assert sentence in done.output
