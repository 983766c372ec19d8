"""Soak a mock: random requests for a while, and what must hold after each of them."""

import secrets
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from random import Random

import click

from ..kit.api import SPEC
from ..kit.control import CONTROL
from .bursts import burst
from .invariants import InvariantError
from .soak import Soak
from .tails import find_shortest_tail, format_tail
from .transports import InProcess, Served, Socket, serving

MAX_MEMORY = 250 * 1024 * 1024
"""Bytes that a server may take that keeps two small workspaces and a journal."""
_BURST_EVERY = 400
_REPORT_EVERY = 30
_LAST = 5
"""Requests that are shown when no tail fails again."""


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="How long.")
@click.option("--steps", type=int, help="How many requests at most.")
@click.option("--random-seed", default=lambda: str(secrets.randbelow(10**6)), help="Repeat a run.")
@click.option("--in-process", is_flag=True, help="Without a socket: faster, and without threads.")
def main(seconds: float, steps: int | None, random_seed: str, in_process: bool) -> None:
    """Send random requests to a mock of its own, and check after each what must hold."""
    click.echo(f"random seed {random_seed}")
    until = time.monotonic() + seconds
    if in_process:
        soak = Soak(InProcess(), random_seed)
        with _explaining(soak, random_seed):
            _run(soak, steps, until, None)
    else:
        with serving("--quiet") as served, closing(Socket(served.address)) as transport:
            soak = Soak(transport, random_seed)
            with _explaining(soak, random_seed, served):
                _run(soak, steps, until, served)
    _report(soak)


def _run(soak: Soak, steps: int | None, until: float, served: Served | None) -> None:
    """Go on until the time or the steps are over; over a socket, with bursts in between."""
    random, reported = Random(soak.random_seed), time.monotonic()
    while time.monotonic() < until and (steps is None or soak.steps < steps):
        left = _BURST_EVERY if steps is None else min(_BURST_EVERY, steps - soak.steps)
        soak.run(left, until)
        if served:
            burst(soak, served.address, random)
            if served.memory > MAX_MEMORY:
                raise InvariantError("memory bounded", f"the server takes {served.memory / 2**20:.0f} MB")
        if time.monotonic() - reported > _REPORT_EVERY:
            reported = time.monotonic()
            memory = f", {served.memory / 2**20:.0f} MB" if served else ""
            click.echo(f"{soak.steps} steps{memory}")


@contextmanager
def _explaining(soak: Soak, random_seed: str, served: Served | None = None) -> Iterator[None]:
    """Say of a failure what it is and how to see it again."""
    try:
        yield
    except (InvariantError, OSError) as error:
        if isinstance(error, OSError):
            error = InvariantError("answered", f"{soak.tail[-1].request.name}: {error!r}")
        click.echo(f"step {soak.steps}: {error}\n")
        tail = find_shortest_tail(list(soak.tail), error)
        if tail:
            click.echo("It fails on a new server (coldsend-mock serve --job-seconds 30) after:")
        else:
            click.echo(f"It takes the history: replay it. The last {_LAST} requests of it were:")
        for line in format_tail(tail or list(soak.tail)[-_LAST:]):
            click.echo(line)
        if served and served.log:
            click.echo(f"\nThe server said:\n{served.log}")
        click.echo(f"\nrandom seed {random_seed}")
        raise SystemExit(1) from None


def _report(soak: Soak) -> None:
    everything = {**SPEC.operations, **CONTROL.operations}
    done = {name for name, status in soak.called if 0 < status < 300}
    statuses = ", ".join(f"{status or 'none'}: {count}" for status, count in sorted(soak.statuses.items()))
    click.echo(f"{soak.steps} steps, history {soak.digest}; statuses {statuses}")
    if missing := sorted(set(everything) - done):
        click.echo(f"never successful: {', '.join(missing)}")


if __name__ == "__main__":
    main()
