"""`coldsend-mock mcp`: tools for an agent."""

from contextlib import nullcontext
from importlib import import_module
from typing import Any

import click

from ..http.keys import EXAMPLE_KEY
from ..openapi.spec import load_spec
from ..server.server import in_background
from ..settings import URL_VARIABLE, Settings, list_settings
from .agent_tools import describe_stand_in
from .command import main
from .remote import Remote
from .serve import add_settings, make_server

_OWN = ("port", "seed")
"""The settings of a mock that the command starts."""


@main.command()
@click.option("--url", default="", envvar=URL_VARIABLE, show_envvar=True, help="A server that runs already.")
@click.option("--key", default=EXAMPLE_KEY, show_default=True, help="The API key, which names the workspace.")
@click.option("--token", default="", help="The server's --control-token, from another machine.")
@add_settings(without=[setting.name for setting in list_settings() if setting.name not in _OWN])
@click.pass_context
def mcp(context: click.Context, /, *, url: str, key: str, token: str, **values: Any) -> None:
    """Give an agent a few tools, over the Model Context Protocol on standard input and output.

    They work on the server of --url. Without it, the command starts a mock, at --port and with --seed, which
    ends with it.
    """
    try:
        serve = import_module(".mcp_server", __package__).serve
    except ModuleNotFoundError:
        context.fail("this command needs more libraries: pip install 'coldsend-mock[mcp]'")
    own = None if url else make_server(Settings(**values, quiet=True))
    with in_background(own) if own else nullcontext():
        remote = Remote(own.url if own else url, key, token)
        serve(remote, describe_stand_in(remote, remote.url.rstrip("/") + load_spec().base_path))
