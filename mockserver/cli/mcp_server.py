"""The tools of an agent over the Model Context Protocol, on standard input and output."""

from typing import Any

import anyio
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import TextContent
from mcp.types import Tool as ToolDescription

from ..spelling import suggest
from ..version import __version__
from .agent_tools import TOOLS
from .remote import Remote


def serve(remote: Remote, instructions: str) -> None:
    """Answer the calls of a client until it closes the input."""
    anyio.run(_serve, remote, instructions)


async def _serve(remote: Remote, instructions: str) -> None:
    tools = {tool.name: tool for tool in TOOLS}
    server: Any = Server("coldsend-mock", version=__version__, instructions=instructions)

    async def list_tools() -> list[ToolDescription]:
        return [
            ToolDescription(name=tool.name, description=tool.description, inputSchema=tool.schema)
            for tool in tools.values()
        ]

    async def call_tool(name: str, arguments: dict[str, Any]) -> list[TextContent]:
        if name not in tools:
            raise ValueError(f"no tool is called {name}; {suggest(name, tools)}")
        # The library answers an exception with its text, as an error of the tool.
        text = await anyio.to_thread.run_sync(tools[name].call, remote, arguments)
        return [TextContent(type="text", text=text)]

    server.list_tools()(list_tools)
    server.call_tool()(call_tool)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
