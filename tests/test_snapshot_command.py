"""`coldsend-mock snapshot`, `fork` and `clock rewind`: back and forth from the terminal."""

import pytest
from click.testing import CliRunner

from mockserver.cli import main
from mockserver.server.server import Server

from .kit.api import Api

MONDAY = "2026-01-05T09:00:00Z"


@pytest.fixture
def user(live_server: Server, key: str) -> Api:
    return Api(live_server.app, key)


def run(user: Api, server: Server, group: str, *arguments: str, status: int = 0) -> str:
    options = ["--url", server.url, "--key", user.key]
    result = CliRunner().invoke(main, [group, *options, *arguments])
    assert result.exit_code == status, result.output
    return result.output


def test_a_snapshot_is_taken_listed_restored_and_deleted(user: Api, live_server: Server) -> None:
    run(user, live_server, "clock", "freeze", MONDAY)
    user.lead(user.campaign())
    line = f"launched: {MONDAY}, 1 campaigns, 1 leads\n"
    assert run(user, live_server, "snapshot", "take", "launched") == line
    run(user, live_server, "clock", "advance", "3d")
    reach = f"rewind reaches {MONDAY} to 2026-01-08T09:00:00Z\n"
    assert run(user, live_server, "snapshot", "list") == line + reach
    user.campaign()
    assert run(user, live_server, "snapshot", "restore", "launched") == f"{MONDAY} (stands still)\n"
    assert len(user.workspace.campaigns) == 1
    assert run(user, live_server, "snapshot", "delete", "launched") == ""
    refused = run(user, live_server, "snapshot", "restore", "launched", status=1)
    assert refused == "Error: No snapshot is called launched\n"
    assert run(user, live_server, "snapshot", "list") == ""


def test_a_name_is_no_part_of_the_path(user: Api, live_server: Server) -> None:
    refused = run(user, live_server, "snapshot", "delete", "a b?c#d", status=1)
    assert refused == "Error: No snapshot is called a b?c#d\n"


def test_the_clock_is_rewound(user: Api, live_server: Server) -> None:
    run(user, live_server, "clock", "freeze", MONDAY)
    run(user, live_server, "clock", "advance", "3d")
    rewound = "2026-01-07T09:00:00Z (stands still)\n"
    assert run(user, live_server, "clock", "rewind", "1d") == rewound
    refused = run(user, live_server, "clock", "rewind", "3d", status=1)
    nearest = f"the nearest time that can is {MONDAY}"
    assert refused == f"Error: 2026-01-04T09:00:00Z cannot be reached; {nearest}\n"


def test_a_fork_has_a_key_of_its_own(user: Api, live_server: Server) -> None:
    user.campaign()
    fork = Api(live_server.app, run(user, live_server, "fork").strip())
    assert fork.remembered() == user.remembered()
    assert run(fork, live_server, "fork", "--drop") == ""
    assert live_server.app.workspaces.find(fork.key) is None
    assert run(user, live_server, "fork", "--drop", status=1) == "Error: This workspace is no fork\n"
