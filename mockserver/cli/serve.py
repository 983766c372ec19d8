"""The commands that run a server, or check one."""

import gc
import os
import signal
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import click

from ..http.access_log import configure_logging
from ..http.keys import KeysFileError
from ..http.meter import MetricsError
from ..mails.smtp_relay import RelayError
from ..seeding.seeds import SeedError, list_seeds
from ..sending.behaviour import BehaviourError, list_behaviours
from ..sending.reactions import ReactionRateError
from ..server.process import tune_process
from ..server.server import ListenError, Server
from ..settings import Setting, SettingError, Settings, check_environment, list_settings, name_flags
from ..state.records import REACTION_RATES
from ..state_dir import StateDirError
from ..version import __version__
from .command import main
from .options import NumberRange

_NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "seed": list_seeds,
    "behaviour": list_behaviours,
    "reaction_rate": lambda: REACTION_RATES,
}
"""Setting → the names that its value may have."""


def add_settings(
    without: Collection[str] = (),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return what adds an option for every setting to a command, some names left out."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for setting in reversed(list(list_settings())):
            if setting.name not in without:
                command = click.option(setting.flag, setting.name, **describe_option(setting))(command)
        return command

    return add


def describe_option(setting: Setting) -> dict[str, Any]:
    """Return the arguments of `click.option` for a setting."""
    names = _NAMES.get(setting.name)
    text = f"{setting.summary} There are {', '.join(names())}." if names else setting.summary
    common: dict[str, Any] = {"help": text, "envvar": setting.variable, "show_envvar": True}
    if isinstance(setting.default, bool):
        return {**common, "is_flag": True, "default": setting.default}
    if setting.repeatable:
        return {**common, "multiple": True, "metavar": setting.metavar}
    kind: Any = str
    if isinstance(setting.default, int):
        kind = click.IntRange(int(setting.least), None if setting.most is None else int(setting.most))
    if isinstance(setting.default, float):
        least = setting.least if setting.above is None else setting.above
        kind = NumberRange(least, setting.most, min_open=setting.above is not None)
    return {
        **common,
        "type": kind,
        "default": setting.default,
        "metavar": setting.metavar,
        "show_default": setting.default != "",
    }


def make_server(settings: Settings) -> Server:
    """Return the server of a command, which begins to log; raises ClickException."""
    try:
        check_environment(os.environ)
        configure_logging(settings)
        return Server(settings)
    except (BehaviourError, KeysFileError, ListenError, MetricsError, ReactionRateError, RelayError,
            SeedError, SettingError, StateDirError) as error:  # fmt: skip
        raise click.ClickException(name_flags(str(error))) from None


@main.command()
@add_settings()
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the base URL of the API to this file once requests are answered.",
)
def serve(ready_file: Path | None, **values: Any) -> None:
    """Serve the API until Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing is to be finished yet
    gc.disable()  # what is made now lives as long as the process
    server = make_server(Settings(**values))

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.stop())
    tune_process()
    if ready_file:
        _write_ready_file(ready_file, server)
    click.echo(_greet(server, server.app.pipeline.keys.default or ""))
    server.run()
    click.echo("Stopped.")


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
{_describe_state(server)}
{_describe_callers(server.settings)}{_describe_odd_keys(server)}Try next:
  curl {base}/campaigns -H 'X-API-Key: {key}' \\
    -H 'Content-Type: application/json' -d '{{"name": "Q1 Product Launch"}}'
  curl {base}/campaigns -H 'X-API-Key: {key}'
"""


def _describe_state(server: Server) -> str:
    """Say where the workspaces are kept, and how many were found there."""
    saver = server.app.saver
    return f"  state {saver.path}, workspaces found: {saver.found}\n" if saver else ""


def _describe_odd_keys(server: Server) -> str:
    """Warn of keys that no client of the API can have."""
    keys = server.app.pipeline.keys
    if not keys.odd:
        return ""
    prefix = server.app.pipeline.spec.key_prefix
    return f"Every key of ColdSend begins with {prefix}. Here these work, too: {', '.join(keys.odd)}\n\n"


def _describe_callers(settings: Settings) -> str:
    """Warn when a server listens beyond this machine and lacks what it then needs."""
    if settings.allowed_host or settings.host in ("127.0.0.1", "localhost", "::1"):
        return ""
    return f"""\
Only callers who ask for localhost or {settings.host} are answered. Let others in by the name that they
use: --allowed-host NAME, or --allowed-host '*' for any.

"""
