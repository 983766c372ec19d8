"""`coldsend-mock state`: a running server's state, from the terminal."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockserver.cli import main
from mockserver.server.server import Server

from .kit.api import NAME, Api


@pytest.fixture
def user(live_server: Server, key: str) -> Api:
    return Api(live_server.app, key)


def run(user: Api, server: Server, *arguments: str, typed: str = "") -> Result:
    options = ["state", "--url", server.url, "--key", user.key]
    return CliRunner().invoke(main, [*options, *arguments], input=typed)


def test_an_exported_file_is_imported_again(user: Api, live_server: Server, tmp_path: Path) -> None:
    user.lead(user.campaign())
    path = str(tmp_path / "state.json")
    assert run(user, live_server, "export", path).exit_code == 0
    before = user.remembered()
    assert run(user, live_server, "reset").output.startswith("0 campaigns, 0 leads, ")
    assert user.ok("listCampaigns")["campaigns"] == []
    assert run(user, live_server, "import", path).output.startswith("1 campaigns, 1 leads, ")
    assert user.remembered() == before


def test_an_exported_file_holds_no_key_and_no_password(live_server: Server, key: str) -> None:
    user = Api(live_server.app, f"{key}_secret_key")
    user.account(smtp_password="secret-smtp", imap_password="secret-imap")
    exported = run(user, live_server, "export").output
    assert "sam@outreach.example.com" in exported
    assert "secret" not in exported


def test_a_file_may_be_yaml_as_for_a_seed(user: Api, live_server: Server, tmp_path: Path) -> None:
    path = tmp_path / "state.yaml"
    path.write_text(f"campaigns:\n  - name: {NAME}\n    start_date: 2026-01-05T09:00:00Z\n", "utf-8")
    assert run(user, live_server, "import", str(path)).output.startswith("1 campaigns, 0 leads, ")
    assert user.ok("listCampaigns")["campaigns"][0]["name"] == NAME


def test_a_file_may_be_yaml_in_braces(user: Api, live_server: Server) -> None:
    result = run(user, live_server, "import", typed=f"{{campaigns: [{{name: {NAME}}}]}}")
    assert result.output.startswith("1 campaigns, 0 leads, ")


def test_an_export_goes_to_the_terminal(user: Api, live_server: Server) -> None:
    user.campaign()
    result = run(user, live_server, "export")
    assert json.loads(result.output)["campaigns"][0]["name"] == NAME


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("{", "Error: <stdin> is neither YAML nor JSON"),
        ("campaigns: [", "Error: <stdin> is neither YAML nor JSON"),
        ("campaigns: !mine x", "Error: <stdin> is neither YAML nor JSON"),
        (
            f"a: &a {'x' * 100_000}\nb: [{'*a,' * 1000}]",
            "Error: <stdin> is neither YAML nor JSON: its aliases",
        ),
        ("campaigns: [{name: x}]", "Error: campaigns.0.name: ensure this value has at least 8"),
        ('{"campaigns": [{"name": "x"}]}', "Error: campaigns.0.name: ensure this value has at least 8"),
        ("[]", "Error: body: value is not a valid dict"),
        ("", "Error: body: field required"),
        ('{"a":' + "[" * 100_000, "Error: <stdin> is neither YAML nor JSON"),
        ("now: 2026-01-14T15:00:00Z", "Error: now: only a file that a server starts with, --seed FILE,"),
    ],
)
def test_what_is_no_state_is_refused(typed: str, reason: str, user: Api, live_server: Server) -> None:
    result = run(user, live_server, "import", typed=typed)
    assert result.exit_code == 1
    assert result.output.startswith(reason)


def test_a_key_that_is_none_is_refused(user: Api, live_server: Server) -> None:
    user.key = "nonsense"
    assert run(user, live_server, "reset").output == "Error: Invalid or revoked API key\n"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "http://[::1"])
def test_a_server_that_is_not_there_is_reported(url: str) -> None:
    result = CliRunner().invoke(main, ["state", "--url", url, "reset"])
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {url} does not answer as coldsend-mock does: ")
