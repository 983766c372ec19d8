"""`coldsend-mock seed`: what a workspace of a running server begins anew from."""

import pytest
from click.testing import CliRunner

from mockserver.cli import main
from mockserver.seeding.seeds import describe_seeds
from mockserver.server.server import Server

from .kit.api import Api


@pytest.fixture
def user(live_server: Server, key: str) -> Api:
    return Api(live_server.app, key)


def run(user: Api, server: Server, *arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(main, ["seed", *arguments, "--url", server.url, "--key", user.key])
    assert result.exit_code == status, result.output
    return result.output


def test_the_seeds_are_listed(user: Api, live_server: Server) -> None:
    lines = [f"{name}: {summary}" for name, summary in describe_seeds().items()]
    assert run(user, live_server).splitlines() == lines


def test_a_workspace_begins_anew_from_a_seed(user: Api, live_server: Server) -> None:
    user.campaign()
    assert run(user, live_server, "launch-ready").startswith("2 campaigns, 6 leads")
    assert len(user.workspace.campaigns) == 2


def test_the_seed_large_takes_a_number_of_leads(user: Api, live_server: Server) -> None:
    assert run(user, live_server, "large", "--leads", "700").startswith("500 campaigns, 1000 leads")
    user.workspace.reset()
    assert len(user.workspace.leads) == 1000


def test_another_seed_takes_no_number_of_leads(user: Api, live_server: Server) -> None:
    refused = run(user, live_server, "demo", "--leads", "700", status=1)
    assert refused == "Error: The number of leads of the seed demo is fixed\n"
    refused = run(user, live_server, "large", "--leads", "2000000", status=1)
    assert refused == "Error: leads: ensure this value is less than or equal to 1000000\n"
