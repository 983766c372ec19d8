"""The commands that ask a running server: what they do, what they print, and what they refuse."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from mockserver.cli import journal, main
from mockserver.cli.command import MODULES
from mockserver.cli.tables import write_table
from mockserver.server.server import Server
from mockserver.settings import URL_VARIABLE, check_environment

from .kit.api import UNKNOWN_ID, Api, smtp_account
from .kit.control import CONTROL

ADA = "ada@example.com"


@pytest.fixture
def user(live_server: Server, key: str) -> Api:
    return Api(live_server.app, key)


@pytest.fixture
def run(user: Api, live_server: Server) -> Callable[..., str]:
    def run(*arguments: str, status: int = 0) -> str:
        options = ["--url", live_server.url, "--key", user.key]
        result = CliRunner().invoke(main, [*arguments, *options])
        assert result.exit_code == status, result.output
        return result.output

    return run


def test_the_server_is_named_at_the_group_or_at_the_command(user: Api, live_server: Server) -> None:
    lead = user.lead(user.campaign())
    options = ["--url", live_server.url, "--key", user.key]
    for arguments in (
        ["state", *options, "show"],
        ["state", "show", *options],
        ["state", "--key", "cs_live_nobody", "--url", live_server.url, "show", "--key", user.key],
    ):
        result = CliRunner().invoke(main, arguments)
        assert ["leads", "1"] in map(str.split, result.output.splitlines()), result.output
    assert lead in CliRunner().invoke(main, ["call", "listRecords", "table=leads", *options]).output


def test_the_environment_may_name_the_server(user: Api, live_server: Server) -> None:
    environment = {URL_VARIABLE: "http://127.0.0.1:1"}
    for command in ("workspaces", "clock show"):
        unreachable = CliRunner().invoke(main, command.split(), env=environment)
        assert unreachable.output.startswith("Error: http://127.0.0.1:1 does not answer")
    named = ["clock", "--url", live_server.url, "show", "--key", user.key]
    assert CliRunner().invoke(main, named, env=environment).exit_code == 0
    check_environment(environment)


# ---------------------------------------------------------------- fault


def test_a_fault_is_added_listed_and_removed(user: Api, run: Callable[..., str]) -> None:
    options = ["--operation", "createCampaign", "--first", "1", "--example", "rate_limited"]
    added = run("fault", "add", *options)
    fault_id, _, said = added.partition(": ")
    assert said == "createCampaign first=1: example=rate_limited\n"
    assert [user("createCampaign", {"name": "Q1 Product Launch"}).status for _ in "ab"] == [429, 201]
    head, row = run("fault", "list").splitlines()
    assert head.split() == ["ID", "CALLS", "WHAT", "HAPPENS", "HITS"]
    assert row == f"{fault_id}  createCampaign first=1  example=rate_limited  1 of 2"
    assert run("fault", "remove", fault_id) == "1 removed\n"
    assert run("fault", "clear") == "0 removed\n"
    assert run("fault", "list") == "There are none.\n"


def test_a_fault_has_an_option_for_each_field() -> None:
    described = CliRunner().invoke(main, ["fault", "add", "--help"], terminal_width=200).output
    for name, field in CONTROL.schemas["FaultCreate"]["properties"].items():
        assert f"--{name} " in described
        assert field["description"].split(",")[0].split("\n")[0] in described


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--operation", "createCampain", "--status", "500"], "the nearest is createCampaign"),
        (["--example", "rate_limit"], "the nearest is rate_limited"),
        (["--operation", "createCampaign"], "A fault needs at least one of example, status, wait, answer"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    options: list[str], reason: str, run: Callable[..., str]
) -> None:
    assert reason in run("fault", "add", *options, status=1)


def test_a_value_that_is_none_is_refused_before_it_is_sent(run: Callable[..., str]) -> None:
    assert "'lots' is not one of 'dropped'" in run("fault", "add", "--answer", "lots", status=2)
    assert "'nan' is not a valid number" in run("fault", "add", "--chance", "nan", status=2)


# ---------------------------------------------------------------- log


def test_the_log_lists_exchanges_and_says_why_one_was_refused(user: Api, run: Callable[..., str]) -> None:
    user("createCampaign", {"name": "short"})
    user("listCampaigns", query={"limit": 1})
    _, refused, listed = run("log").splitlines()
    assert refused.split()[2] == "422"
    assert refused.endswith("body.name: ensure this value has at least 8 characters")
    assert listed.endswith("GET /api/public/v1/campaigns?limit=1")
    assert len(run("log", "--operation", "createCampaign", "--status", "422").splitlines()) == 2
    assert json.loads(run("log", "--json", "--limit", "1"))["total"] == 2


def test_the_log_shows_one_exchange(user: Api, run: Callable[..., str]) -> None:
    user.send("POST", "/api/public/v1/campaigns", json={"name": "a\x1b[2Jb"}, headers={"X-API-Key": user.key})
    [exchange] = json.loads(run("log", "--json"))["exchanges"]
    shown = run("log", str(exchange["number"]))
    assert shown.startswith("POST /api/public/v1/campaigns\n")
    assert "x-api-key: [redacted]\n" in shown
    assert "\x1b" not in shown
    assert (
        run("log", "999999999", status=1) == "Error: The journal has no such exchange with this workspace\n"
    )


def test_the_log_writes_code(user: Api, live_server: Server, run: Callable[..., str]) -> None:
    user.campaign()
    [exchange] = json.loads(run("log", "--json"))["exchanges"]
    number = str(exchange["number"])
    for form, begin in {
        "curl": f"curl -sS \\\n  -X POST \\\n  {live_server.url}/api/public/v1/campaigns",
        "requests": "import requests",
        "fetch": "const response = await fetch(",
        "pytest": "def test_create_campaign_answers_201(coldsend):",
    }.items():
        code = run("log", number, "--as", form)
        assert code.startswith(begin)
        assert user.key not in code
    user.campaign()
    assert len(json.loads(run("log", number, "--as", "har"))["log"]["entries"]) == 1
    assert len(json.loads(run("log", "--as", "har"))["log"]["entries"]) == 2
    assert "--as curl needs the NUMBER" in run("log", "--as", "curl", status=2)
    assert "go with none of the filters" in run("log", number, "--status", "200", status=2)


def test_the_log_of_all_has_requests_without_a_key(user: Api, run: Callable[..., str]) -> None:
    user.send("GET", "/api/public/v1/campaigns", headers={})
    assert run("log") == "There are none.\n"
    assert any(" 401 " in line for line in run("log", "--all").splitlines())


def test_the_log_follows(user: Api, run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each exchange is written once, in its order; a failing one in the meantime, too."""
    names = iter(["Q1 Product Launch", "short"])

    def wait(_seconds: float) -> None:
        name = next(names, None)
        if name is None:
            raise KeyboardInterrupt
        user("createCampaign", {"name": name})

    monkeypatch.setattr(journal, "sleep", wait)
    user.ok("listCampaigns")
    lines = run("log", "--follow", status=1).splitlines()
    assert [line.split()[2] for line in lines[:3]] == ["200", "201", "422"]
    assert lines[3:] == ["", "Aborted!"]


def test_a_log_that_nobody_reads_any_more_ends_quietly(user: Api, live_server: Server) -> None:
    user.ok("listCampaigns")
    command = [
        sys.executable,
        "-m",
        "mockserver",
        "log",
        "--follow",
        "--url",
        live_server.url,
        "--key",
        user.key,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert b" 200 " in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


# ---------------------------------------------------------------- mails, reply, why, workspaces


def test_a_lead_replies_to_its_mail(user: Api, run: Callable[..., str]) -> None:
    lead = user.lead(user.campaign(), ADA)
    user.happen(lead, "sent")
    head, row = run("mails", "--to", ADA).splitlines()
    assert head.split() == ["ID", "SENT", "AT", "FROM", "TO", "SUBJECT"]
    mail = row.split()[0]
    assert f"To: {ADA}" in run("mails", mail)
    assert run("mails", mail, "--as", "eml").startswith("From: ")
    assert run("mails", "--as", "mbox").startswith("From ")
    assert json.loads(run("mails", "--json"))["mails"][0]["email_id"] == mail
    assert run("reply", ADA, "Tell me more.", "--category", "interested").startswith(f"{ADA}: REPLIED, ")
    [thread] = user.ok("listReplies")["conversations"]
    assert thread["category"] == "interested"
    assert run("why", ADA) == run("why", lead)


def test_mails_say_when_there_are_more(user: Api, run: Callable[..., str]) -> None:
    campaign = user.ready()
    for name in "abc":
        user.happen(user.lead(campaign, f"{name}@example.com"), "sent")
    assert "1 of 3; --page and --limit show others." in run("mails", "--limit", "1")
    assert "--as eml needs an EMAIL_ID" in run("mails", "--as", "eml", status=2)


def test_an_address_that_names_no_one_lead_is_refused(user: Api, run: Callable[..., str]) -> None:
    assert run("reply", ADA, "Hi", status=1) == f"Error: No lead has the address {ADA}\n"
    ids = [user.lead(user.campaign(), ADA) for _ in "ab"]
    assert run("why", ADA, status=1) == (
        f"Error: 2 leads have the address {ADA}; name one: {', '.join(ids)}\n"
    )


def test_the_workspaces_are_listed(user: Api, run: Callable[..., str]) -> None:
    user.campaign()
    rows = run("workspaces").splitlines()
    assert rows[0].split() == ["KEY", "TIME", "CAMPAIGNS"]
    assert rows[1].split()[0] == user.key
    assert json.loads(run("workspaces", "--json"))["workspaces"][0]["key"] == user.key


def test_every_command_takes_json(user: Api, run: Callable[..., str]) -> None:
    assert json.loads(run("seed", "launch-ready", "--json"))["counts"]["campaigns"] == 2
    for command in (
        "seed", "fault list", "fault clear", "log", "mails", "snapshot take a", "snapshot list",
        "snapshot restore a", "snapshot delete a", "clock show", "clock freeze", "clock advance 1h",
        "state show", "state export", "state reset", "workspaces", "fork",
    ):  # fmt: skip
        assert isinstance(json.loads(run(*command.split(), "--json")), dict), command


# ---------------------------------------------------------------- call


def test_any_operation_is_called(user: Api, run: Callable[..., str]) -> None:
    account = user.ok("createSmtpSenderAccount", smtp_account("sam@outreach.example.com"))["inbox_id"]
    values = ["inbox_id=SAM@outreach.example.com", "overall_status=DISABLED", "health_score=7"]
    answer: dict[str, Any] = json.loads(run("call", "setSenderAccountStatus", *values))
    assert (answer["inbox_id"], answer["overall_status"], answer["health_score"]) == (account, "DISABLED", 7)
    tags = json.loads(run("call", "tagLead", f"lead_id={user.lead(user.campaign())}", 'tags=["hot"]'))["tags"]
    assert tags == ["hot"]
    assert json.loads(run("call", "listJournal", "limit=1"))["total"] == 3
    assert run("call", "downloadOutbox") == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["showClok"], "No operation is called showClok; did you mean showClock?"),
        (["showClock", "now"], "now is no NAME=VALUE"),
        (["showClock", "now=1"], "showClock takes no now; it takes nothing"),
        (["setClock", "froze=true"], "setClock takes no froze; did you mean frozen?"),
        (["tagLead", "tags=[]"], "tagLead needs lead_id=…"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    arguments: list[str], reason: str, run: Callable[..., str]
) -> None:
    assert f"Error: {reason}\n" in run("call", *arguments, status=2)


# ---------------------------------------------------------------- names, tables


@pytest.mark.parametrize("name", MODULES)
def test_each_command_is_added_by_the_module_that_is_imported_for_it(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command
    assert command.name == name
    assert command.callback
    assert command.callback.__module__ == f"mockserver.cli.{MODULES[name]}"


def test_no_module_that_adds_commands_is_left_out() -> None:
    folder = Path(journal.__file__).parent
    adding = {path.stem for path in folder.glob("*.py") if "@main." in path.read_text("utf-8")}
    assert adding == {*MODULES.values()}
    for module in adding:
        import_module(f"mockserver.cli.{module}")
    assert sorted(main.commands) == main.list_commands(click.Context(main))


def test_a_command_imports_no_server_unless_it_starts_one() -> None:
    code = "import sys; from mockserver.cli import main; main.load('mails'); print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert {"mockserver.cli.mails", "mockserver.control.spec"} <= {*loaded}
    assert not {"flask", "mockserver.server", "mockserver.resources", "mockserver.cli.serve"} & {*loaded}


@pytest.mark.parametrize(("name", "nearest"), [("mials", "mails"), ("snapshto", "snapshot")])
def test_a_misspelt_command_is_told_the_nearest(name: str, nearest: str, run: Callable[..., str]) -> None:
    assert f"No command is called {name}; did you mean {nearest}?" in run(name, status=2)


def test_a_misspelt_command_of_a_group_is_told_the_nearest(run: Callable[..., str]) -> None:
    assert "No command is called ad; did you mean add?" in run("fault", "ad", status=2)


@pytest.mark.parametrize(
    ("arguments", "start", "found"),
    [
        ([], "work", ["workspaces"]),
        (["fault", "add", "--operation"], "createCa", ["createCampaign"]),
        (["fault", "add", "--example"], "rate_l", ["rate_limited"]),
        (["fault", "add", "--answer"], "l", ["lost"]),
        (["seed"], "launch", ["launch-ready"]),
        (["call"], "showCl", ["showClock"]),
    ],
)
def test_a_shell_completes_names(arguments: list[str], start: str, found: list[str]) -> None:
    complete = ShellComplete(main, {}, "coldsend-mock", "_COLDSEND_MOCK_COMPLETE")
    assert [item.value for item in complete.get_completions(arguments, start)] == found


@pytest.mark.parametrize("has_rich", [True, False])
def test_a_table_in_a_terminal_is_drawn_by_rich_where_it_is_installed(
    has_rich: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    if not has_rich:
        monkeypatch.setitem(sys.modules, "rich.table", None)
    with main.make_context("coldsend-mock", ["workspaces"]):
        write_table({}, ["key", "time"], [["[bold]a\x1b[2J", 1], [UNKNOWN_ID, "a" * 60]])
    printed = capsys.readouterr().out
    assert UNKNOWN_ID in printed  # ids are copied
    assert printed.count("a") >= 60  # and nothing is left out
    assert "[bold]a [2J" in printed
    assert ("─" in printed) == has_rich
    assert ("KEY" in printed) == (not has_rich)


@pytest.mark.parametrize(("columns", "is_drawn"), [("53", True), ("52", False), ("10", False)])
def test_a_table_that_is_too_wide_for_a_terminal_loses_nothing(
    columns: str, is_drawn: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", columns)
    with main.make_context("coldsend-mock", ["workspaces"]):
        write_table({}, ["key", "campaigns", ""], [[UNKNOWN_ID, 7, "fork"]])
    printed = capsys.readouterr().out
    assert ("─" in printed) == is_drawn
    assert all(text in printed for text in (UNKNOWN_ID, "7", "f"))
