"""The coldsend-mock command itself, and what its commands have in common."""

from collections.abc import Callable
from typing import Any

import click

from ..http.keys import EXAMPLE_KEY
from ..version import __version__
from .remote import Remote, RemoteError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="coldsend-mock")
def main() -> None:
    """Stand in for the ColdSend public API, on this machine, mailing nobody."""


def add_remote(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that select a server and a workspace of it."""
    options = [
        click.option(
            "--url", default="http://127.0.0.1:8000", show_default=True, help="Where the server listens."
        ),
        click.option(
            "--key", default=EXAMPLE_KEY, show_default=True, help="The API key, which names the workspace."
        ),
        click.option("--token", default="", help="The server's --control-token, from another machine."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def call(remote: Remote, operation_id: str, body: Any = None, **ids: str) -> Any:
    """Return the answer of a control operation; raises ClickException."""
    try:
        return remote.call(operation_id, body, **ids)
    except RemoteError as error:
        raise click.ClickException(str(error)) from None


def write_time(view: dict[str, Any]) -> None:
    """Write the time, and what happened while the clock moved."""
    happened = ", ".join(f"{count} {kind}" for kind, count in view.get("happened", {}).items())
    click.echo(
        view["now"] + (" (stands still)" if view["frozen"] else "") + (f": {happened}" if happened else "")
    )
