"""The coldsend-mock command."""

import json
import math
import signal
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import IO, Any

import click

from .cli_remote import Remote, RemoteError
from .http.access_log import configure_logging
from .http.keys import KeysFileError
from .mails.smtp_relay import RelayError
from .seeding.seeds import SeedError
from .sending.reactions import ReactionRateError
from .server.process import tune_process
from .server.server import ListenError, Server
from .settings import Setting, Settings, list_settings
from .version import __version__

_EXAMPLE_KEY = "cs_live_your_api_key"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="coldsend-mock")
def main() -> None:
    """Stand in for the ColdSend public API, on this machine, mailing nobody."""


class _NumberRange(click.FloatRange):
    """A range of numbers; NaN, which click's own lets through, is none."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        number: float = super().convert(value, param, context)
        if math.isnan(number):
            self.fail(f"{value!r} is not a valid number.", param, context)
        return number


def _add_settings(command: Callable[..., None]) -> Callable[..., None]:
    for setting in reversed(list(list_settings())):
        command = click.option(setting.flag, setting.name, **describe_option(setting))(command)
    return command


def describe_option(setting: Setting) -> dict[str, Any]:
    """Return the arguments of `click.option` for a setting."""
    common: dict[str, Any] = {"help": setting.summary, "envvar": setting.variable, "show_envvar": True}
    if isinstance(setting.default, bool):
        return {**common, "is_flag": True, "default": setting.default}
    if setting.repeatable:
        return {**common, "multiple": True, "metavar": setting.metavar}
    kind: Any = str
    if isinstance(setting.default, int):
        kind = click.IntRange(int(setting.least), None if setting.most is None else int(setting.most))
    if isinstance(setting.default, float):
        least = setting.least if setting.above is None else setting.above
        kind = _NumberRange(least, setting.most, min_open=setting.above is not None)
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
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing is to be finished yet
    settings = Settings(**values)
    configure_logging(settings)
    try:
        server = Server(settings)
    except (KeysFileError, ListenError, ReactionRateError, RelayError, SeedError) as error:
        raise click.ClickException(str(error)) from None

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.stop())
    tune_process()
    key = next((key.value for key in server.app.pipeline.keys.declared if not key.revoked), None)
    if ready_file:
        _write_ready_file(ready_file, server)
    click.echo(_greet(server, key or ("" if settings.strict_keys else _EXAMPLE_KEY)))
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


def _add_remote(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which workspace of which server is meant."""
    options = [
        click.option(
            "--url", default="http://127.0.0.1:8000", show_default=True, help="Where the server listens."
        ),
        click.option(
            "--key", default=_EXAMPLE_KEY, show_default=True, help="The API key, which names the workspace."
        ),
        click.option("--token", default="", help="The server's --control-token, from another machine."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@main.group()
@_add_remote
@click.pass_context
def clock(context: click.Context, url: str, key: str, token: str) -> None:
    """Show or move the time of a workspace, and tell what happens on the way."""
    context.obj = Remote(url, key, token)


@clock.command("show")
@click.pass_obj
def show_clock(remote: Remote) -> None:
    """Tell what time it is."""
    _tell_time(_call(remote, "showClock"))


@clock.command("freeze")
@click.argument("moment", required=False)
@click.pass_obj
def freeze_clock(remote: Remote, moment: str | None) -> None:
    """Stop the clock, at MOMENT (for example 2026-01-05T09:00:00Z) or now."""
    _tell_time(_call(remote, "setClock", {"frozen": True, **({"now": moment} if moment else {})}))


@clock.command("run")
@click.pass_obj
def run_clock(remote: Remote) -> None:
    """Let a clock that stands still run on."""
    _tell_time(_call(remote, "setClock", {"frozen": False}))


@clock.command("advance", context_settings={"ignore_unknown_options": True})
@click.argument("span")
@click.pass_obj
def advance_clock(remote: Remote, span: str) -> None:
    """Move the clock by SPAN (for example 3d, 1d12h, PT36H), or to the next mail: next-send."""
    move = {"to": span} if span == "next-send" else {"advance": span}
    _tell_time(_call(remote, "moveClock", move))


@clock.command("rewind", context_settings={"ignore_unknown_options": True})
@click.argument("to")
@click.pass_obj
def rewind_clock(remote: Remote, to: str) -> None:
    """Go back by a duration (3d), to a time or to a snapshot, and undo what has happened since."""
    _tell_time(_call(remote, "moveClock", {"rewind": to}))


@main.group()
@_add_remote
@click.pass_context
def snapshot(context: click.Context, url: str, key: str, token: str) -> None:
    """Take snapshots of a workspace, and return to them."""
    context.obj = Remote(url, key, token)


@snapshot.command("list")
@click.pass_obj
def list_snapshots(remote: Remote) -> None:
    """List the snapshots, and the times that `clock rewind` can reach."""
    answer = _call(remote, "listSnapshots")
    for view in answer["snapshots"]:
        _tell_snapshot(view)
    for span in answer["reachable"]:
        click.echo(f"rewind reaches {span['from']} to {span['to']}")


@snapshot.command("take")
@click.argument("name")
@click.pass_obj
def take_snapshot(remote: Remote, name: str) -> None:
    """Keep the present state as NAME."""
    _tell_snapshot(_call(remote, "takeSnapshot", {"name": name}))


@snapshot.command("restore")
@click.argument("name")
@click.pass_obj
def restore_snapshot(remote: Remote, name: str) -> None:
    """Return to the snapshot NAME, which stays."""
    _tell_time(_call(remote, "restoreSnapshot", name=name))


@snapshot.command("delete")
@click.argument("name")
@click.pass_obj
def delete_snapshot(remote: Remote, name: str) -> None:
    """Forget the snapshot NAME."""
    _call(remote, "deleteSnapshot", name=name)


@main.command()
@_add_remote
@click.option("--drop", is_flag=True, help="Forget the fork that the key leads to.")
def fork(url: str, key: str, token: str, *, drop: bool) -> None:
    """Make a workspace that is as this one is now, and write its key."""
    remote = Remote(url, key, token)
    if drop:
        _call(remote, "dropFork")
    else:
        click.echo(_call(remote, "forkWorkspace")["key"])


@main.group()
@_add_remote
@click.pass_context
def state(context: click.Context, url: str, key: str, token: str) -> None:
    """Export, import or reset what a running server remembers."""
    context.obj = Remote(url, key, token)


@state.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@click.pass_obj
def export_state(remote: Remote, file: IO[str]) -> None:
    """Write the state as JSON to FILE, or to the terminal."""
    answer = _call(remote, "exportState")
    file.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")


@state.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@click.pass_obj
def import_state(remote: Remote, file: IO[str]) -> None:
    """Replace the state by that of FILE, all or nothing."""
    try:
        document = json.load(file)
    except ValueError as error:
        raise click.ClickException(f"{file.name} is no JSON: {error}") from None
    _tell(_call(remote, "importState", document))


@state.command("reset")
@click.pass_obj
def reset_state(remote: Remote) -> None:
    """Return to the state that the workspace began with."""
    _tell(_call(remote, "resetWorkspace"))


def _call(remote: Remote, operation_id: str, body: Any = None, **ids: str) -> Any:
    try:
        return remote.call(operation_id, body, **ids)
    except RemoteError as error:
        raise click.ClickException(str(error)) from None


def _tell(view: dict[str, Any]) -> None:
    click.echo(", ".join(f"{count} {table.replace('_', ' ')}" for table, count in view["counts"].items()))


def _tell_snapshot(view: dict[str, Any]) -> None:
    counts = view["counts"]
    click.echo(f"{view['name']}: {view['now']}, {counts['campaigns']} campaigns, {counts['leads']} leads")


def _tell_time(view: dict[str, Any]) -> None:
    happened = ", ".join(f"{count} {kind}" for kind, count in view.get("happened", {}).items())
    click.echo(
        view["now"] + (" (stands still)" if view["frozen"] else "") + (f": {happened}" if happened else "")
    )


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

{_describe_callers(server.settings)}Try next:
  curl {base}/campaigns -H 'X-API-Key: {key}' \\
    -H 'Content-Type: application/json' -d '{{"name": "Q1 Product Launch"}}'
  curl {base}/campaigns -H 'X-API-Key: {key}'
"""


def _describe_callers(settings: Settings) -> str:
    """Say what a server that listens beyond this machine needs, if it lacks that."""
    if settings.allowed_host or settings.host in ("127.0.0.1", "localhost", "::1"):
        return ""
    return f"""\
Only callers who ask for localhost or {settings.host} are answered. Let others in by the name that they
use: --allowed-host NAME, or --allowed-host '*' for any.

"""


if __name__ == "__main__":
    sys.exit(main())
