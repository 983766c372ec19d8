"""The coldsend-mock command."""

import signal
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click

from .access_log import configure_logging
from .keys import KeysFileError
from .seeds import SeedError
from .server import ListenError, Server
from .settings import Setting, Settings, list_settings
from .version import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="coldsend-mock")
def main() -> None:
    """Stand in for the ColdSend public API, on this machine, mailing nobody."""


def _add_settings(command: Callable[..., None]) -> Callable[..., None]:
    for setting in reversed(list(list_settings())):
        command = click.option(setting.flag, setting.name, **_describe_option(setting))(command)
    return command


def _describe_option(setting: Setting) -> dict[str, Any]:
    common: dict[str, Any] = {"help": setting.summary, "envvar": setting.variable, "show_envvar": True}
    if isinstance(setting.default, bool):
        return {**common, "is_flag": True, "default": setting.default}
    if setting.repeatable:
        return {**common, "multiple": True, "metavar": setting.metavar}
    kind: Any = str
    if isinstance(setting.default, int):
        kind = click.IntRange(setting.least, 65535 if setting.name == "port" else None)
    return {
        **common,
        "type": kind,
        "default": setting.default,
        "metavar": setting.metavar,
        "show_default": setting.default != "",
    }


@main.command()
@_add_settings
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the base URL of the API to this file once requests are answered.",
)
def serve(ready_file: Path | None, **values: Any) -> None:
    """Serve the API until Ctrl-C."""
    settings = Settings(**values)
    configure_logging(settings)
    try:
        server = Server(settings)
    except (KeysFileError, ListenError, SeedError) as error:
        raise click.ClickException(str(error)) from None
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    key = next((key.value for key in server.app.pipeline.keys.declared if not key.revoked), None)
    if ready_file:
        _write_ready_file(ready_file, server)
    click.echo(_greet(server, key or ("" if settings.strict_keys else "cs_live_your_api_key")))
    server.run()
    click.echo("Stopped.")


@main.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.pass_context
def check(context: click.Context) -> None:
    """Check whether a server keeps the contract (--help says how)."""
    # The suite uses this package, never the other way round; so it is found as a plugin is.
    (entry,) = entry_points(group="coldsend_mock.commands", name="check") or (None,)
    try:
        command = entry.load() if entry else None
    except ModuleNotFoundError:
        command = None
    if command is None:
        context.fail("the contract suite is not installed: pip install 'coldsend-mock[contracts]'")
    command.main(args=context.args, prog_name="coldsend-mock check")


def _stop(_number: int, _frame: Any) -> None:
    # waitress ends its loop on this, as on Ctrl-C
    raise SystemExit(0)


def _write_ready_file(path: Path, server: Server) -> None:
    try:
        path.write_text(server.base_url + "\n", "utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from None


def _greet(server: Server, key: str) -> str:
    base = server.base_url
    return f"""\
coldsend-mock {__version__}
  API   {base}
  key   {key or "none: --strict-keys is on and no --key is declared"}
  docs  {server.url}/docs

Try next:
  curl {base}/campaigns -H 'X-API-Key: {key}' \
    -H 'Content-Type: application/json' -d '{{"name": "Q1 Product Launch"}}'
  curl {base}/campaigns -H 'X-API-Key: {key}'
"""


if __name__ == "__main__":
    sys.exit(main())
