"""The suite breaks no rule on this project's own server, however it is started."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from contracts import Options, Outcome, Run, Target, Verdict, check_contract
from contracts.control import add_tag
from contracts.stand_in import standing_in
from mockserver import MockServer, Settings, create_app, running
from mockserver.cli.remote import Remote

from .kit.samples import third_of_rules, tries_all

pytestmark = pytest.mark.long

KEY = "cs_live_started"


@contextmanager
def started(folder: Path, *options: str) -> Iterator[str]:
    ready = folder / "ready"
    command = [
        sys.executable,
        "-m",
        "mockserver",
        "serve",
        "--port",
        "0",
        "--quiet",
        "--ready-file",
        str(ready),
    ]
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    try:
        while not (ready.exists() and ready.read_text()):
            assert process.poll() is None
            time.sleep(0.05)
        yield ready.read_text().strip()
    finally:
        process.terminate()
        process.wait()


STARTS = (
    # without options, the stand-in starts, in test_strength.py
    ("--strict-keys", "--key", KEY, "--no-control"),
    ("--seed", "running", "--job-seconds", "1", "--reaction-rate", "replied=0.9"),
    ("--speed", "3600", "--credits", "3", "--journal", "0"),
)


@pytest.mark.parametrize(("number", "options"), [*enumerate(STARTS)], ids=map(" ".join, STARTS))
def test_the_mock_keeps_every_rule(tmp_path: Path, number: int, options: tuple[str, ...]) -> None:
    chosen = third_of_rules(number)
    with started(tmp_path, *options) as base_url:
        result = check_contract(Target(base_url, KEY), Options(random_seed="mock", rules=chosen))
    assert [(v.rule, v.reason) for v in result.having(Outcome.BROKEN)] == []
    assert result.checked > (1500 if tries_all() else 400)


def test_leads_act_time_passes_and_a_tag_is_there_in_workspaces_of_the_run(tmp_path: Path) -> None:
    chosen = ("leads.get.sending", "replies.send.stored", "contacts.tag.tagged")
    with started(tmp_path) as base_url:
        theirs = check_contract(Target(base_url, KEY), Options(rules=chosen))
        its_own = check_contract(Target(base_url, ""), Options(rules=chosen))
    assert [verdict.outcome for verdict in its_own.verdicts] == [Outcome.KEPT] * len(chosen)
    assert [verdict.outcome for verdict in theirs.verdicts] == [Outcome.UNCHECKED] * len(chosen)


def count_cleanup(target: Target, *, dry_run: bool) -> int:
    """Return how many requests a run sends at its end that has made a campaign."""
    with Run(target, Options(rules=("campaigns.create.answer",), dry_run=dry_run)) as run:
        run.api.create_campaign()
        before = run.session.sent
    return run.session.sent - before


def test_a_stand_in_is_not_cleaned_up_unless_it_stands_for_another_server() -> None:
    with standing_in() as target:
        assert count_cleanup(target, dry_run=False) == 0
        assert count_cleanup(replace(target, is_mock=False), dry_run=True) > 0


def count_used(app: MockServer) -> int:
    """Return how many workspaces of a server can never make room for others."""
    return sum(not app.workspaces.is_as_new(workspace) for workspace in app.workspaces)


def test_runs_without_a_key_leave_no_workspace_that_makes_no_room() -> None:
    app = create_app(Settings(max_workspaces=2))
    with running(Settings(), app) as server:
        for _ in range(3):
            result = check_contract(Target(server.base_url, ""), Options(rules=("auth.isolation.inbox",)))
            assert [verdict.outcome for verdict in result.verdicts] == [Outcome.KEPT]
            assert result.left_behind == ()
    assert count_used(app) == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_run_that_ends_early_resets_the_workspaces_of_its_own(error: type[BaseException]) -> None:
    used = []

    def fail(run: Run, _verdict: Verdict) -> None:
        run.api.create_campaign()
        used.append(count_used(app))
        raise error

    app = create_app()
    with running(Settings(), app) as server, suppress(RuntimeError):
        check_contract(Target(server.base_url, ""), Options(rules=("auth.isolation.inbox",)), fail)
    assert used == [2]
    assert count_used(app) == 0


def test_a_mock_that_stops_before_the_end_is_said_to_hold_what_was_made() -> None:
    with running() as server:
        run = Run(Target(server.base_url, ""), Options(rules=("auth.isolation.inbox",)))
    run.close()
    assert len(run.left_behind) == 2
    assert "does not answer" in run.left_behind[0]


@pytest.mark.parametrize("seed", ["empty", "running"])
def test_a_tag_for_the_run_leaves_the_rest_as_it_was(seed: str) -> None:
    with running(seed=seed) as server:
        workspace = Remote(server.url, KEY)
        workspace.call("setClock", {"frozen": True})
        before = workspace.call("exportState")
        tag_id = add_tag(server.url, KEY, seconds=30)
        after = workspace.call("exportState")
    assert [row["tag_id"] for row in after["contact_tags"]] == [tag_id]
    assert after["clock"]["now"] == before["clock"]["now"]
    assert {name for name in before if before[name] != after[name]} == {"contact_tags", "clock"}


def test_the_tag_that_the_owner_names_may_have_any_name() -> None:
    with running(seed="demo") as server:
        [tag] = Remote(server.url, KEY).call("listRecords", table="contact_tags")["records"]
        target = Target(server.base_url, KEY, tag_id=tag["tag_id"])
        result = check_contract(target, Options(rules=("contacts.tag.bulk", "contacts.tag.model")))
    assert [(each.outcome, each.reason) for each in result.verdicts] == [(Outcome.KEPT, "")] * 2
