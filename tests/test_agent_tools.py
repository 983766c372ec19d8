"""What an agent is given: few tools with short descriptions, each of which does what it says.

That they work over the protocol itself is tested where its library is installed: see tests/client.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from mockserver import MockServer
from mockserver.cli import main
from mockserver.cli.agent_tools import TOOLS, Tool
from mockserver.cli.remote import Remote, RemoteError
from mockserver.server.server import Server

from .kit.api import Api
from .tables import PAGES

NAMES = {tool.name: tool for tool in TOOLS}
MOST_TOOLS = 12
MOST_TOKENS = 4000
_CHARACTERS_OF_A_TOKEN = 3
"""Fewer than a token of English text or JSON has, so the estimate is high."""


@pytest.fixture
def user(live_server: Server, key: str) -> Api:
    return Api(live_server.app, key)


@pytest.fixture
def use(user: Api, live_server: Server) -> Callable[..., Any]:
    remote = Remote(live_server.url, user.key)

    def use(tool: str, **arguments: Any) -> Any:
        assert arguments.keys() <= NAMES[tool].schema["properties"].keys()
        return json.loads(NAMES[tool].call(remote, arguments))

    return use


def test_they_are_few_and_shortly_described() -> None:
    assert len(NAMES) <= MOST_TOOLS
    told = [
        {"name": tool.name, "description": tool.description, "inputSchema": tool.schema} for tool in TOOLS
    ]
    assert len(json.dumps(told)) / _CHARACTERS_OF_A_TOKEN <= MOST_TOKENS


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_each_argument_is_described_and_each_needed_one_exists(tool: Tool) -> None:
    schema = tool.schema
    assert schema["additionalProperties"] is False
    assert set(schema.get("required", ())) <= schema["properties"].keys()
    assert all("type" in part for part in schema["properties"].values())
    assert tool.description.endswith(".")


def test_a_campaign_from_its_launch_to_a_reply(use: Callable[..., Any]) -> None:
    assert "launch-ready" in [seed["name"] for seed in use("seed")["seeds"]]
    use("seed", seed="launch-ready")
    draft = next(each for each in use("what_happened")["campaigns"] if each["status"] == "DRAFT")
    assert use("readiness", campaign_id=draft["campaign_id"], fix=True)["is_launch_ready"]
    assert use("what_happened")["events"] == []


def test_what_happens_is_shown(use: Callable[..., Any]) -> None:
    use("seed", seed="running")
    use("snapshot", name="before")
    moved = use("advance", span="2d")
    shown = use("what_happened", limit=5)
    assert len(shown["events"]) == 5
    assert [event["at"] for event in shown["events"]] == sorted(event["at"] for event in shown["events"])
    assert shown["total_events"] > sum(moved["happened"].values())
    campaign = shown["campaigns"][0]["campaign_id"]
    assert use("what_happened", campaign_id=campaign, limit=1)["days"]
    assert use("why", record=campaign)["campaign_id"] == campaign
    assert use("restore", name="before")["counts"]["events"] < shown["total_events"]
    use("reset")
    assert use("advance", span="next-send")["happened"]["sent"] >= 1


def test_an_address_that_nobody_has_is_named(user: Api, live_server: Server) -> None:
    with pytest.raises(click.ClickException, match=r"No lead has the address nobody@example\.com"):
        NAMES["reply"].call(Remote(live_server.url, user.key), {"lead": "nobody@example.com", "text": "Hi."})


def test_a_lead_replies_to_its_mail(user: Api, use: Callable[..., Any]) -> None:
    lead_id = user.lead(user.campaign(), "ada@example.com")
    user.happen(lead_id, "sent")
    assert use("reply", lead="ada@example.com", text="Fine.", category="interested")["status"] == "REPLIED"
    [mail] = use("outbox", to="ada@example.com")["mails"]
    assert use("outbox", email_id=mail["email_id"])["to"] == "ada@example.com"


def test_faults_and_the_journal(user: Api, use: Callable[..., Any]) -> None:
    use("fault", operation="createCampaign", example="rate_limited", first=1)
    assert [user("createCampaign", {"name": "Q1 Product Launch"}).status for _ in range(2)] == [429, 201]
    assert use("fault")["faults"][0]["hits"] == 1
    assert use("fault", clear=True) == {"removed": 1}
    refused, made = use("journal")["exchanges"]
    assert (refused["status"], refused["response"]["detail"][:4]) == (429, "Rate")
    assert "response" not in made
    assert use("journal", number=made["number"])["response"]["name"] == "Q1 Product Launch"


def test_an_error_is_the_sentence_of_the_control_api(user: Api, live_server: Server) -> None:
    remote = Remote(live_server.url, user.key)
    with pytest.raises(RemoteError, match="No seed is called dmeo"):
        NAMES["seed"].call(remote, {"seed": "dmeo"})
    with pytest.raises(RemoteError, match="invalid duration format"):
        NAMES["advance"].call(remote, {"span": "soon"})


def test_a_long_answer_is_cut_and_says_so(user: Api, live_server: Server) -> None:
    user("createCampaign", {"name": "x" * 40_000})
    text = NAMES["journal"].call(Remote(live_server.url, user.key), {"number": _find_last(user)})
    assert len(text) < 31_000
    assert text.endswith(" more characters; ask for less]")


def _find_last(user: Api) -> int:
    return user.app.journal.select(workspace=user.key)[-1].number


def test_without_the_library_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.delitem(sys.modules, "mockserver.cli.mcp_server", raising=False)
    result = CliRunner().invoke(main, ["mcp"])
    assert result.exit_code == 2
    assert "pip install 'coldsend-mock[mcp]'" in result.output


def test_a_server_names_every_page_of_the_documentation_to_agents(app: MockServer) -> None:
    client = app.test_client()
    index = client.get("/llms.txt")
    assert index.mimetype == "text/plain"
    for page in PAGES[1:]:
        if page.name != "README.md":
            path = f"/docs/{page.relative_to(_find_docs(page)).as_posix()}"
            assert f"]({path})" in index.text
            assert client.get(path).text == page.read_text("utf-8")
    assert client.get("/docs/../pyproject.md").status_code == 404


def _find_docs(page: Path) -> Path:
    return next(folder for folder in page.parents if folder.name == "docs")
