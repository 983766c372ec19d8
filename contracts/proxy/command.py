"""The command `coldsend-mock proxy`."""

from contextlib import ExitStack, suppress
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import click
from rich.console import Console

from mockserver.openapi.spec import load_spec

from ..command import NOT_RUN, expected_failures_option, report
from ..interruption import listening, take, waiting
from ..report import ReportOptions, make_line, report_options
from ..traffic.checking import TrafficChecker, TrafficOptions
from ..traffic.recorded import Recorded
from ..verdict.expected_failures import ExpectedFailures
from .har_file import HarFile
from .server import Proxy

_SECONDS = 0.2
_MOST_CHARACTERS = 2_000
_MOST_TOLD = 10_000
"""So many different findings are printed."""


def _read_target(_context: click.Context, _parameter: click.Parameter, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise click.BadParameter(f"{url!r} is no http or https URL of a server.")
    return url.rstrip("/")


def _read_address(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    try:
        is_local = host == "localhost" or ip_address(host).is_loopback
        number = int(port)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no address such as 127.0.0.1:8001.") from None
    if not is_local or not 0 <= number < 65536:
        raise click.BadParameter("the proxy listens on this machine only, for example 127.0.0.1:8001.")
    return host, number


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("url", callback=_read_target)
@click.option(
    "--listen",
    default="127.0.0.1:8001",
    show_default=True,
    callback=_read_address,
    metavar="HOST:PORT",
    help="Where the proxy listens, on this machine only; port 0 picks a free one.",
)
@click.option(
    "--har",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the exchanges here, without keys and passwords.",
)
@click.option("--shadow", is_flag=True, help="Ask a mock the same, and tell where the two differ.")
@click.option("--strict/--lenient", default=False, help="Let undocumented differences break rules.")
@click.option("--from-empty", is_flag=True, help="The workspaces are empty when the proxy starts.")
@report_options
@expected_failures_option
def proxy(
    url: str,
    listen: tuple[str, int],
    har: Path | None,
    *,
    expected_failures: ExpectedFailures,
    report_dir: Path | None,
    all_exchanges: bool,
    github: bool,
    shadow: bool,
    strict: bool,
    from_empty: bool,
) -> None:
    """Pass requests on to the server at URL, and check each exchange as it comes by.

    URL is the base of the API, for example https://api.example.com/api/public/v1. Clients use the base that
    the proxy prints. A finding is a line; Ctrl-C ends the proxy with a report and the exit code of `check`.
    """
    console = Console(soft_wrap=True, highlight=False)
    options = TrafficOptions(
        base_url=url, strict=strict, expected_failures=expected_failures, is_empty=from_empty, follows=shadow
    )
    checker = TrafficChecker(options)
    with ExitStack() as stack:
        try:
            file = stack.enter_context(HarFile(har, checker.spec)) if har else None
            told: set[str] = set()

            def listener(recorded: Recorded, is_crossed: bool) -> None:
                _tell(console, checker, recorded, told, is_crossed=is_crossed)
                if file:
                    file.add(recorded, None)

            server = stack.enter_context(Proxy(load_spec(), url, listen, listener))
        except OSError as error:
            click.echo(f"Cannot start: {error.strerror or error}", err=True)
            raise SystemExit(NOT_RUN) from None
        click.echo(f"{server.url} passes requests on to {url}; Ctrl-C ends it with a report.")
        _serve(server)
    result = checker.make_result(url)
    if not result.verdicts:
        click.echo("Cannot check: no request of the API came by.", err=True)
        raise SystemExit(NOT_RUN)
    raise SystemExit(report(console, result, ReportOptions(report_dir, all_exchanges, github)))


def _tell(
    console: Console, checker: TrafficChecker, recorded: Recorded, told: set[str], *, is_crossed: bool
) -> None:
    """Check an exchange, and print what it shows for the first time."""
    for finding in checker.check(recorded, is_crossed=is_crossed):
        kind = "broken" if finding.documented or checker.options.strict else "warned"
        line = f"{kind} {finding.operation or recorded.method} {finding.aspect}: {finding.message}"
        if line not in told and len(told) < _MOST_TOLD:
            told.add(line)
            console.print(make_line(line, _MOST_CHARACTERS), markup=False)


def _serve(server: Proxy) -> None:
    """Serve until a signal comes."""
    with listening():
        thread = Thread(target=server.serve_forever, args=(_SECONDS,), daemon=True)
        thread.start()
        with suppress(KeyboardInterrupt), waiting():
            while thread.is_alive():
                thread.join(_SECONDS)
        take()
        server.shutdown()
