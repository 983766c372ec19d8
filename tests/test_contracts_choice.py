"""Which rules a run checks, at which pace, and in which order it reports."""

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from contracts import Exchange, Options, Outcome, Run, Target, Verdict, check_contract, standing_in
from contracts.command import check
from contracts.profiles import PROFILES
from contracts.report import terminal
from contracts.run import list_chosen
from contracts.verdict.causes import group_by_cause
from mockserver.openapi.spec import load_spec

from .kit import samples
from .kit.recording import KEY, Recorder, Request, recording

FAST = Options(max_requests=None, random_seed="choice")
SPEC = load_spec()


def check_recorded(options: Options, change: Any = None) -> tuple[Any, Recorder]:
    with recording() as server:
        if change:
            change(server)
        return check_contract(Target(server.base_url, KEY), options), server


# ---------------------------------------------------------------- profiles and operations


def test_a_read_only_run_sends_nothing_that_changes() -> None:
    result, server = check_recorded(replace(FAST, part="read-only"))
    assert {request.method for request in server.requests} == {"GET"}
    assert result.having(Outcome.BROKEN) == []
    assert not result.is_little_checked
    assert result.profile == "read-only 1, quick"


@pytest.mark.parametrize("name", PROFILES)
def test_each_profile_has_rules_of_its_tags_only(name: str) -> None:
    chosen = list_chosen(Options(part=name))
    tags = PROFILES[name].tags
    assert len(chosen) > 100
    assert tags is None or {SPEC.operations[o].tag for rule in chosen for o in rule.operations} <= tags


def test_rules_that_histories_repeat_are_asked_where_these_are_not_alone_or_by_name() -> None:
    repeated = {rule.id for rule in list_chosen(Options()) if rule.repeated}
    assert "contacts.list.filters" in repeated

    def list_ids(target: Target, **options: Any) -> set[str]:
        with Run(target, Options(**options)) as run:
            return {rule.id for rule in run.rules}

    with standing_in("choice") as target:
        assert not list_ids(target) & repeated
        assert list_ids(target, profile="full") > repeated
        assert list_ids(target, rules=("contacts.list.filters",)) == {"contacts.list.filters"}
        assert list_ids(replace(target, stage=None)) > repeated


def test_core_neither_launches_nor_sends_but_sending_does() -> None:
    core, sending = ({rule.id for rule in list_chosen(Options(part=name))} for name in ("core", "sending"))
    assert core < sending
    assert "campaigns.launch.stored" in sending - core


def test_operations_are_chosen_by_pattern() -> None:
    chosen = list_chosen(Options(operations=("*Campaign",)))
    assert {o for rule in chosen for o in rule.operations} == {
        o for o in SPEC.operations if o.endswith("Campaign")
    }


def test_the_command_takes_a_part_and_a_depth() -> None:
    arguments = ["--profile", "core", "--profile", "full", "--rules", "campaigns.create.name.*"]
    done = CliRunner().invoke(check, arguments)
    assert done.exit_code == 0, done.output
    assert "profile core 1, full" in done.output


def test_a_revoked_key_of_the_command_is_checked() -> None:
    with standing_in() as target:
        arguments = [target.base_url, "--api-key", target.api_key, "--revoked-key", target.revoked_key]
        done = CliRunner().invoke(check, [*arguments, "--rules", "auth.revoked_key.*"])
    assert done.exit_code == 0, done.output
    assert "unchecked" in done.output.splitlines()[1]
    assert "needs" not in done.output


def test_pytest_has_the_options_of_the_command() -> None:
    command = [sys.executable, "-m", "pytest", "contracts", "-q", "--rules", "auth.missing_key.*",
               "--operations", "*Campaign", "--contract-profile", "core,quick", "--max-minutes", "5",
               "--requests-per-minute", "0", "--contract-strict", "--max-requests", "500"]  # fmt: skip
    root = Path(__file__).parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


# ---------------------------------------------------------------- what every answer is looked at for


def leak(server: Recorder) -> None:
    server.rewrite(
        "POST", "/sender-accounts/smtp", lambda s, body: (s, {**body, "smtp_password": "0123456789abc"})
    )


def test_a_leak_in_the_set_up_counts_in_any_run() -> None:
    rules = ("campaigns.update.inbox_ids.*",)
    result, _ = check_recorded(replace(FAST, rules=rules), leak)
    [verdict] = [v for v in result.having(Outcome.BROKEN) if v.rule.endswith("answers.secrets")]
    assert "smtp_password" in verdict.reason
    result, _ = check_recorded(replace(FAST, rules=(*rules, "!*.answers.*")), leak)
    assert not [v for v in result.verdicts if v.rule.endswith("answers.secrets")]


def rewrite_text(old: str, new: str) -> Any:
    def answer(server: Recorder, request: Request) -> Any:
        if request.method != "POST" or not request.path.endswith("/campaigns"):
            return None
        status, headers, data = server.forward(request)
        return status, headers, data.replace(old.encode(), new.encode())

    return lambda server: server.answers.append(lambda request: answer(server, request))


@pytest.mark.parametrize(
    ("old", "new", "outcome", "reason"),
    [
        ('"current_step":0', '"current_step":0.0', Outcome.WARNED, "current_step is written 0.0"),
        ('"current_step":0', '"current_step":0,"name":"x"', Outcome.BROKEN, "name is given twice"),
    ],
)
def test_the_raw_text_of_an_answer_counts(old: str, new: str, outcome: Outcome, reason: str) -> None:
    rules = ("campaigns.create.answers.body", "campaigns.delete.gone", "campaigns.create.distinct_ids")
    options = replace(FAST, rules=rules[:1])
    result, _ = check_recorded(options, rewrite_text(old, new))
    [verdict] = [v for v in result.verdicts if v.rule == rules[0]]
    assert (verdict.outcome, reason in verdict.reason) == (outcome, True), verdict.reason


# ---------------------------------------------------------------- pace and progress


@pytest.mark.parametrize(
    ("url", "asked", "pace"),
    [
        ("https://api.example.com", None, 90),
        ("https://api.example.com", 0, 0),
        ("https://api.example.com", 30, 30),
        ("http://127.0.0.1:8000", None, 0),
        ("http://localhost:8000", 30, 30),
    ],
)
def test_the_pace_is_off_on_this_machine_unless_asked_for(url: str, asked: int | None, pace: int) -> None:
    assert Options(requests_per_minute=asked).find_pace(Target(url, KEY)) == pace


def test_the_expected_time_is_printed_before_the_run() -> None:
    with recording() as server:
        arguments = ["--requests-per-minute", "600", "--rules", "auth.missing_key.campaigns.*"]
        done = CliRunner().invoke(check, [server.base_url, "--api-key", KEY, *arguments])
    assert "about 1 min at 600 requests a minute; names begin with" in done.output


def test_progress_is_a_line_now_and_then_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_LINE_SECONDS", 0)
    console = Console(file=io.StringIO(), width=100)
    with terminal.Progress(console) as progress, standing_in() as target:
        check_contract(target, replace(FAST, rules=("campaigns.create.name.*",)), progress.advance)
    assert "1 of " in console.file.getvalue()  # type: ignore[attr-defined]


# ---------------------------------------------------------------- causes


def broken(
    rule: str, reason: str, operations: tuple[str, ...], failing: str, method: str = "POST"
) -> Verdict:
    exchange = Exchange(failing, method, "http://x", {}, "", 500, {}, json.dumps({}), 0.0)
    return Verdict(rule, Outcome.BROKEN, "", "", operations, reason, (exchange,))


def test_what_follows_from_one_cause_stands_under_the_rule_closest_to_it() -> None:
    reason = "createCampaign answered 500 for {}"
    far = broken("flow.read", reason.format("a1b2"), ("getFlow",), "createCampaign")
    near = broken("campaigns.create.answer", reason.format("c3d4"), ("createCampaign",), "createCampaign")
    wide = broken("campaigns.walk", "another", ("createCampaign", "getFlow"), "createCampaign")
    groups = group_by_cause([far, wide, near])
    assert [[verdict.rule for verdict in group] for group in groups] == [
        ["campaigns.create.answer", "flow.read"],
        ["campaigns.walk"],
    ]


def test_what_a_rule_has_a_name_for_stands_before_what_the_walk_has_met() -> None:
    walked = broken("campaigns.get.model", "name is '', not 'A'", ("getCampaign",), "getCampaign", "GET")
    named = broken("campaigns.create.name.stored", "name is ''", ("createCampaign",), "getCampaign", "GET")
    assert [group[0] for group in group_by_cause([walked, named])] == [named, walked]


def test_a_success_has_one_cause_whatever_its_body_repeats() -> None:
    answered = 'createCampaign answered 202 \'{{"name": "{}"}}\', expected {}'
    one, other, refused, also_refused = (
        broken(f"campaigns.{word}", answered.format(word, expected), ("createCampaign",), "createCampaign")
        for word, expected in (("a", "201"), ("b", "201"), ("c", "422"), ("d", "422"))
    )
    groups = group_by_cause([one, other, refused, also_refused])
    assert sorted(map(len, groups)) == [1, 1, 2]


def test_a_rule_that_only_needs_a_failing_change_stands_after_those_about_it() -> None:
    needs = broken("flow.branch.changed", "label is 'x'", ("updateSubsequence",), "createSubsequence")
    about = broken("flow.create.model", "label is 'x', not None", ("createSubsequence",), "createSubsequence")
    assert [group[0] for group in group_by_cause([needs, about])] == [about, needs]


def test_one_wrong_status_is_reported_as_few_causes() -> None:
    result, _ = check_recorded(
        replace(FAST, rules=samples.rules("campaigns.*", "leads.*")),
        lambda server: server.rewrite("POST", "/campaigns", lambda s, body: (202 if s == 201 else s, body)),
    )
    groups = group_by_cause(result.having(Outcome.BROKEN))
    assert len(result.having(Outcome.BROKEN)) > 100
    assert len(groups) < 20
    assert "createCampaign" in groups[0][0].operations
