"""What an agent does with both servers of tools: the vendor's for the API, and ours for all around it.

Each test is a task with its steps written down, over the Model Context Protocol: `coldsend-mock mcp` on
standard input and output, coldsend-mcp-server over HTTP, which is all that it speaks. Not collected with the
other tests, as vendor_client.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client

from mockserver import running
from mockserver.server.server import Server

CallTool = Callable[..., Awaitable[Any]]
Task = Callable[[CallTool, CallTool], Awaitable[None]]
BIN = Path(sys.executable).parent
_SECONDS = 60
VARIANT = {
    "variant_name": "A",
    "subject_template": "Hello {{first_name}}",
    "email_content": "A word about {{company}}?",
    "distribution_percent": 100,
}
FOLLOW_UP = {
    "step_number": 2,
    "trigger_type": "NOT_REPLIED",
    "wait_days": 3,
    "variants": [{"email_content": "Did you see my last mail?", "distribution_percent": 100}],
}


class ToolError(Exception):
    """A tool answered with an error."""


@pytest.fixture(scope="module")
def mock() -> Iterator[Server]:
    with running(quiet=True) as server:
        yield server


@pytest.fixture(scope="module")
def vendor_url(mock: Server) -> Iterator[str]:
    """The vendor's server, which asks the mock."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"COLDSEND_API_URL": mock.base_url, "MCP_HOST": "127.0.0.1", "MCP_PORT": str(port)}
    process = subprocess.Popen([BIN / "coldsend-mcp"], env={**os.environ, **given}, stdout=subprocess.DEVNULL)
    try:
        _await_health(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(_SECONDS)


def _await_health(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            urlopen(url, timeout=_SECONDS).close()
            return
        except (URLError, OSError):
            assert process.poll() is None, "the vendor's server ended"
            assert time.monotonic() < deadline, "the vendor's server does not start"
            time.sleep(0.1)


@asynccontextmanager
async def open_ours(*options: str) -> AsyncIterator[ClientSession]:
    """Start `coldsend-mock mcp` and speak with it."""
    command = StdioServerParameters(command=str(BIN / "coldsend-mock"), args=["mcp", *options])
    async with stdio_client(command) as streams, ClientSession(*streams) as session:
        yield session


def calling(session: ClientSession) -> CallTool:
    async def call(tool: str, **arguments: Any) -> Any:
        result = await session.call_tool(tool, arguments)
        text = getattr(result.content[0], "text", "") if result.content else ""
        if result.isError:
            raise ToolError(text)
        try:
            return json.loads(text)
        except ValueError:
            return text

    return call


@pytest.fixture
def do(mock: Server, vendor_url: str, request: pytest.FixtureRequest) -> Callable[[Task], None]:
    """What does a task in a workspace of its own."""
    key = f"cs_live_{sha256(request.node.name.encode()).hexdigest()[:16]}"

    async def run(task: Task) -> None:
        headers = {"X-API-Key": key}
        async with (
            open_ours("--url", mock.url, "--key", key) as ours,
            streamablehttp_client(vendor_url, headers=headers) as (incoming, outgoing, _),
            ClientSession(incoming, outgoing) as vendor,
        ):
            await ours.initialize()
            await vendor.initialize()
            await task(calling(ours), calling(vendor))

    return lambda task: asyncio.run(run(task))


async def launch(vendor: CallTool, ours: CallTool, *emails: str) -> str:
    """Launch a campaign to some leads at nine o'clock on a Monday; returns its id."""
    await ours("seed", seed="empty")
    made = await vendor(
        "campaigns.create", name="Q1 Product Launch", sending_window_start=9, sending_window_end=17
    )
    campaign_id: str = made["campaign_id"]
    for email in emails:
        await vendor(
            "leads.add_manual", campaign_id=campaign_id, email=email, first_name="Ada", company="A & Co"
        )
    await vendor(
        "campaigns.update", campaign_id=campaign_id, updates={}, variants=[VARIANT], sequences=[FOLLOW_UP]
    )
    await ours("readiness", campaign_id=campaign_id, fix=True)
    await vendor("campaigns.update", campaign_id=campaign_id, updates={"launch": True})
    return campaign_id


def test_the_tools_are_few() -> None:
    async def look() -> None:
        async with open_ours("--url", "http://127.0.0.1:1") as session:
            told = await session.initialize()
            assert "http://127.0.0.1:1/api/public/v1" in (told.instructions or "")
            tools = (await session.list_tools()).tools
            assert [tool.name for tool in tools] == [
                "seed", "advance", "what_happened", "outbox", "reply", "why", "fault", "snapshot", "restore",
                "journal", "readiness", "reset",
            ]  # fmt: skip
            with pytest.raises(
                ToolError, match=r"^http://127\.0\.0\.1:1 does not answer as coldsend-mock does"
            ):
                await calling(session)("reset")

    asyncio.run(look())


def test_without_an_address_it_starts_a_mock_of_its_own() -> None:
    async def look() -> None:
        async with open_ours("--port", "0", "--seed", "running") as session:
            await session.initialize()
            shown = await calling(session)("what_happened")
            assert shown["campaigns"]
            assert shown["total_events"] > 0

    asyncio.run(look())


def test_launch_a_campaign_that_lacks_something(do: Callable[[Task], None]) -> None:
    async def task(ours: CallTool, vendor: CallTool) -> None:
        made = await vendor("campaigns.create", name="Q1 Product Launch")
        campaign_id = made["campaign_id"]
        before = await ours("readiness", campaign_id=campaign_id)
        assert not all(check["is_met"] for check in before["checks"])
        ready = await ours("readiness", campaign_id=campaign_id, fix=True)
        assert all(check["is_met"] for check in ready["checks"])
        await vendor("campaigns.update", campaign_id=campaign_id, updates={"launch": True})
        assert (await vendor("campaigns.get", campaign_id=campaign_id))["status"] == "ACTIVE"
        assert (await ours("why", record=campaign_id))["next_mails"]

    do(task)


def test_let_three_weeks_pass(do: Callable[[Task], None]) -> None:
    async def task(ours: CallTool, vendor: CallTool) -> None:
        campaign_id = await launch(vendor, ours, "reply@example.com", "silent@example.com")
        moved = await ours("advance", span="21d")
        assert moved["happened"]["sent"] >= 3
        [row] = (await vendor("analytics.campaign"))["campaigns"]
        assert (row["total_sent"], row["total_replied"]) == (2, 1)
        shown = await ours("what_happened")
        assert shown["campaigns"][0]["status"] == "COMPLETED"
        assert {"sent", "replied"} <= {event["kind"] for event in shown["events"]}
        days = (await ours("what_happened", campaign_id=campaign_id))["days"]
        assert days

    do(task)


def test_find_why_a_lead_got_nothing(do: Callable[[Task], None]) -> None:
    async def task(ours: CallTool, vendor: CallTool) -> None:
        await launch(vendor, ours, "bounce@example.com", "ada@example.com")
        await ours("advance", span="10d")
        assert (await ours("outbox", to="bounce@example.com"))["total"] == 1
        assert (await ours("outbox", to="ada@example.com"))["total"] == 2
        why = await ours("why", record="bounce@example.com")
        assert why["next_mail"] is None
        assert "bounced" in why["text"]

    do(task)


def test_answer_a_reply(do: Callable[[Task], None]) -> None:
    async def task(ours: CallTool, vendor: CallTool) -> None:
        campaign_id = await launch(vendor, ours, "silent@example.com")
        await ours("advance", span="next-send")
        await ours("reply", lead="silent@example.com", text="Tell me more.", category="interested")
        [thread] = (await vendor("replies.list", campaign_id=campaign_id, status_filter="unread"))[
            "conversations"
        ]
        await vendor("replies.send", thread_id=thread["thread_id"], body="With pleasure.")
        newest = (await ours("outbox", limit=1))["mails"][0]
        assert newest["to"] == "silent@example.com"
        assert "With pleasure." in (await ours("outbox", email_id=newest["email_id"]))["text"]

    do(task)


def test_survive_a_429(do: Callable[[Task], None]) -> None:
    async def task(ours: CallTool, vendor: CallTool) -> None:
        await ours("fault", operation="createCampaign", example="rate_limited", first=1)
        with pytest.raises(ToolError, match="429 Too Many Requests"):
            await vendor("campaigns.create", name="Q1 Product Launch")
        assert (await vendor("campaigns.create", name="Q1 Product Launch"))["campaign_id"]
        statuses = [
            each["status"] for each in (await ours("journal", operation="createCampaign"))["exchanges"]
        ]
        assert statuses == [429, 201]
        assert (await ours("fault"))["faults"][0]["hits"] == 1
        assert (await ours("fault", clear=True)) == {"removed": 1}

    do(task)


def test_take_back_a_deletion(do: Callable[[Task], None]) -> None:
    async def task(ours: CallTool, vendor: CallTool) -> None:
        made = await vendor("campaigns.create", name="Q1 Product Launch")
        await ours("snapshot", name="before")
        await vendor("campaigns.delete", campaign_id=made["campaign_id"])
        assert (await vendor("campaigns.list"))["campaigns"] == []
        await ours("restore", name="before")
        assert [each["campaign_id"] for each in (await vendor("campaigns.list"))["campaigns"]] == [
            made["campaign_id"]
        ]
        with pytest.raises(ToolError, match="after"):
            await ours("restore", name="after")

    do(task)


def test_find_what_was_wrong_with_a_request(do: Callable[[Task], None]) -> None:
    async def task(ours: CallTool, vendor: CallTool) -> None:
        with pytest.raises(ToolError, match="422 Unprocessable Entity"):
            await vendor("campaigns.create", name="Q")
        [exchange] = (await ours("journal", status=422))["exchanges"]
        whole = await ours("journal", number=exchange["number"])
        assert whole["violations"][0]["loc"] == ["body", "name"]
        assert whole["request"]["name"] == "Q"

    do(task)


def test_look_at_data_that_is_there_and_begin_anew(do: Callable[[Task], None]) -> None:
    async def task(ours: CallTool, vendor: CallTool) -> None:
        assert "demo" in [seed["name"] for seed in (await ours("seed"))["seeds"]]
        await ours("seed", seed="demo")
        named = {each["name"] for each in (await vendor("campaigns.list"))["campaigns"]}
        assert named
        await vendor("campaigns.create", name="One campaign more")
        await ours("reset")
        assert {each["name"] for each in (await vendor("campaigns.list"))["campaigns"]} == named

    do(task)


def test_respect_who_unsubscribes(do: Callable[[Task], None]) -> None:
    async def task(ours: CallTool, vendor: CallTool) -> None:
        campaign_id = await launch(vendor, ours, "silent@example.com")
        await ours("advance", span="next-send")
        await ours("reply", lead="silent@example.com", text="Take me off your list.", is_unsubscribe=True)
        await ours("advance", span="21d")
        assert (await ours("outbox", to="silent@example.com"))["total"] == 1
        assert "unsubscribed" in (await ours("why", record="silent@example.com"))["text"]
        [lead] = (await vendor("leads.list", campaign_id=campaign_id))["leads"]
        assert lead["status"] == "UNSUBSCRIBED"

    do(task)


def test_follow_one_mail(do: Callable[[Task], None]) -> None:
    async def task(ours: CallTool, vendor: CallTool) -> None:
        campaign_id = await launch(vendor, ours, "silent@example.com")
        planned = (await ours("why", record="silent@example.com"))["next_mail"]
        moved = await ours("advance", span="next-send")
        assert moved["happened"] == {"sent": 1}
        [mail] = (await ours("outbox"))["mails"]
        assert (mail["to"], mail["sent_at"]) == ("silent@example.com", planned["at"])
        assert (await vendor("analytics.ctr", campaign_id=campaign_id))["total_sent"] == 1

    do(task)


def test_an_error_has_the_sentence_of_the_control_api(do: Callable[[Task], None]) -> None:
    async def task(ours: CallTool, _vendor: CallTool) -> None:
        for tool, arguments, sentence in (
            ("why", {"record": "nobody@example.com"}, "No lead has the address nobody@example.com"),
            ("advance", {"span": "soon"}, "advance: invalid duration format; write 3d, "),
            ("seed", {"seed": "dmeo"}, "No seed is called dmeo"),
            ("fault", {"operation": "createCampain", "status": 503}, "createCampain"),
            ("fault", {"opeartion": "createCampaign"}, "opeartion"),
            ("snapshots", {}, "no tool is called snapshots; did you mean snapshot"),
        ):
            with pytest.raises(ToolError) as raised:
                await ours(tool, **arguments)
            assert sentence in str(raised.value)

    do(task)
