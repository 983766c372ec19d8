"""The command `coldsend-mock coverage`."""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import click

from mockserver.cli.command import write
from mockserver.cli.options import with_remote
from mockserver.cli.remote import Remote, RemoteError
from mockserver.openapi.coverage import Coverage
from mockserver.openapi.spec import load_spec

from .traffic.checking import TrafficOptions
from .traffic.files import read_traffic
from .traffic.har import read_entry
from .traffic.inspection import Inspector, Routes
from .traffic.recorded import Recorded, TrafficError

_JOURNAL = "the journal"


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--base-url", default="", metavar="URL", help="The base of the API in FILES, if it is another.")
@click.option("--least", type=click.FloatRange(0, 100), default=0.0, help="Fail below so many percent.")
@click.option("--all", "shows_all", is_flag=True, help="Name all that was not met.")
@with_remote
def coverage(
    remote: Remote, *, files: tuple[Path, ...], base_url: str, least: float, shows_all: bool
) -> None:
    """Show what of openapi.yaml FILES of recorded traffic have not met; without any, a mock's journal.

    Exits with 1 when the coverage is less than --least, 2 when a file or the mock cannot be read.
    """
    try:
        exchanges = _read_files(files) if files else _read_journal(remote)
        found = measure(exchanges, base_url)
    except (TrafficError, RemoteError) as error:
        click.echo(f"Cannot measure: {error}", err=True)
        raise SystemExit(2) from None
    most = len(found.items) if shows_all else 10
    write(found.describe(), found.render(most))
    raise SystemExit(1 if found.share < least else 0)


def measure(exchanges: Iterator[Recorded], base_url: str = "") -> Coverage:
    """Return what recorded exchanges have met of the contract."""
    spec = load_spec()
    routes, inspector = Routes(spec, base_url), Inspector(spec)
    for recorded in exchanges:
        path = routes.locate(recorded.url)
        if path is not None:
            inspector.measure(recorded, routes.find(recorded.method, path))
    return inspector.coverage


def _read_files(files: tuple[Path, ...]) -> Iterator[Recorded]:
    found = (each for each in chain.from_iterable(map(read_traffic, files)) if each)
    return islice(found, TrafficOptions().max_exchanges)


def _read_journal(remote: Remote) -> Iterator[Recorded]:
    entries = remote.call("exportJournal")["log"]["entries"]
    found = (read_entry(entry, _JOURNAL, Path()) for entry in entries)
    return (each for each in found if each)
