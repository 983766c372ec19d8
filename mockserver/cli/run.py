"""`coldsend-mock run`."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from types import FrameType
from typing import Any

import click
from click.core import ParameterSource

from ..openapi.spec import load_spec
from ..server.server import in_background
from ..settings import Settings
from .command import main
from .serve import add_settings, make_server

_PASSED_ON = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGINT", "SIGQUIT")
_ENDING = ("SIGTERM", "SIGHUP", "SIGINT")
_FROM_KEYBOARD = ("SIGINT", "SIGQUIT")
"""A terminal sends these to the program itself."""
_NOT_EXECUTABLE, _NOT_FOUND, _SIGNALED = 126, 127, 128
"""Exit codes of a shell; the last one is added to the number of a signal."""


@main.command(context_settings={"allow_interspersed_args": False})
@add_settings(without=("quiet",))
@click.option("--log", is_flag=True, help="Log requests on standard error.")
@click.option("--block-others", is_flag=True, help="Let the program reach no other host of the internet.")
@click.argument("command", nargs=-1, required=True, metavar="-- COMMAND…")
@click.pass_context
def run(
    context: click.Context, /, command: tuple[str, ...], *, log: bool, block_others: bool, **values: Any
) -> None:
    """Run a program for which https://api.coldsend.io and .pro are the mock.

    The port of the mock is a free one unless --port names one. The exit code is the program's.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing is to be finished yet
    try:
        leading_programs = import_module("..proxy.environment", __package__).leading_programs
    except ModuleNotFoundError:
        context.fail("this command needs more libraries: pip install 'coldsend-mock[run]'")
    hosts = load_spec().hosts
    settings = Settings(**values, quiet=not (log or values["log_json"]))
    settings = replace(settings, allowed_host=(*settings.allowed_host, *hosts))
    if context.get_parameter_source("port") is ParameterSource.DEFAULT:
        settings = replace(settings, port=0)
    with in_background(make_server(settings)) as server:
        names = ", ".join(f"https://{host}" for host in sorted(hosts))
        click.echo(f"coldsend-mock: {names} are {server.url} for {command[0]}", err=True)
        _handle(_ENDING, lambda number, _frame: sys.exit(_SIGNALED + number))  # files are to be removed
        with leading_programs(server, os.environ, block_others=block_others) as environment:
            code = _run(command, environment)
    context.exit(code)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program, pass signals on to it, and return its exit code as a shell would."""
    received: list[int] = []
    process: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if process is None:
            received.append(number)
        elif not (signal.Signals(number).name in _FROM_KEYBOARD and _is_in_foreground()):
            process.send_signal(number)

    _handle(_PASSED_ON, pass_on)
    try:
        process = subprocess.Popen(command, env=environment)
    except FileNotFoundError:
        click.echo(f"coldsend-mock: there is no program {command[0]}", err=True)
        return _NOT_FOUND
    except OSError as error:
        click.echo(f"coldsend-mock: {command[0]} cannot be run: {error.strerror}", err=True)
        return _NOT_EXECUTABLE
    for number in received:
        process.send_signal(number)
    code = process.wait()
    return code if code >= 0 else _SIGNALED - code


def _handle(names: Iterable[str], handler: Callable[[int, FrameType | None], None]) -> None:
    for name in names:
        if hasattr(signal, name):  # Windows has few of them
            signal.signal(getattr(signal, name), handler)


def _is_in_foreground() -> bool:
    """Return whether a terminal sends what is typed to this process, and to the program beside it."""
    try:
        with open("/dev/tty", "rb") as terminal:  # noqa: PTH123 - a device
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except (OSError, AttributeError):
        return False
