"""Measures, and prints what it found."""

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from statistics import median

import click

from mockserver.openapi.spec import Spec, load_spec

from . import fixtures, growth, neighbours, sending, tabs
from .calls import LONG_LIST, address_of, make_requests
from .contenders import Contender, NotAvailableError, make_mock, make_prism, make_wiremock, started
from .inside import prepare_create, profile_create, time_create, time_making
from .load import put_load
from .processes import resident_memory
from .turns import Turns, alternate, compare

_WARM_UP = 300
_SECONDS_PER_TURN = 5.0
_MEBIBYTE = 1024 * 1024
_IDLE_REQUESTS, _IDLE_ROUNDS = 3000, 5
"""Requests per turn, and turns, beside idle connections."""
_LEADS_BESIDE = 10_000
"""Leads of the campaign that is ACTIVE beside requests."""
_MANY_CONNECTIONS = 16
"""Connections at once, when the slowest answers are looked at."""

Card = dict[str, str]
"""What a figure is → the figure, for the summary at the end."""


@click.command()
@click.option("--rounds", default=7, show_default=True, help="Turns of each server per call.")
@click.option("--requests", default=1000, show_default=True, help="Requests per turn, of 5 seconds at most.")
@click.option("--connections", default=4, show_default=True, help="Kept-alive connections at once.")
@click.option("--creates", default=10_000, show_default=True, help="Creates before memory is read again.")
@click.option("--prism/--no-prism", default=True, show_default=True, help="Measure Prism beside the mock.")
@click.option(
    "--wiremock/--no-wiremock", default=True, show_default=True, help="Measure WireMock beside the mock."
)
@click.option("--idle", default=5000, show_default=True, help="Idle connections beside the requests.")
@click.option(
    "--leads",
    multiple=True,
    default=(10_000, 100_000),
    show_default=True,
    help="Leads of a campaign that is sent; may be repeated.",
)
@click.option("--records", default=100_000, show_default=True, help="Records of the large workspace.")
@click.option("--starts", default=5, show_default=True, help="Starts of each server.")
@click.option("--log", is_flag=True, help="Let both log each request, as they do by default.")
@click.option("--profile", is_flag=True, help="Also print where a create spends its time.")
def main(
    *,
    rounds: int,
    requests: int,
    connections: int,
    creates: int,
    leads: tuple[int, ...],
    records: int,
    starts: int,
    prism: bool,
    wiremock: bool,
    idle: int,
    log: bool,
    profile: bool,
) -> None:
    """Measure the mock on loopback, beside Prism and WireMock where npm and Java are present."""
    spec = load_spec()
    click.echo(f"{platform.system()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    others: list[tuple[str, Callable[[], Contender]]] = []
    others += [("Prism", lambda: make_prism(spec, log=log))] if prism else []
    others += [("WireMock", lambda: make_wiremock(spec))] if wiremock else []
    contenders = [make_mock(log=log), *_find_contenders(others, spec)]
    card: Card = {}
    _report_inside(rounds, requests, starts, profile=profile)
    _report_start(contenders, spec, starts)
    _report_memory(contenders, spec, creates, connections)
    fixtures.run()
    sending.run(leads, leads=_LEADS_BESIDE)
    growth.run(records)
    _report_neighbours(contenders[0], spec, idle, records, card)
    _report_console(spec, requests, rounds, card, log=log)
    with ExitStack() as stack:
        servers = [stack.enter_context(started(contender, spec)).base_url for contender in contenders]
        _report_speed(contenders, spec, servers, rounds, requests, connections, card)
        _report_many_connections(contenders, spec, servers, rounds, requests, card)
    _print_table("Card", {name: [figure] for name, figure in card.items()})


def _find_contenders(makers: list[tuple[str, Callable[[], Contender]]], spec: Spec) -> Iterator[Contender]:
    for name, make in makers:
        try:
            contender = make()
            with started(contender, spec):  # the first start reads the disk; it is not measured
                yield contender
        except NotAvailableError as error:
            click.echo(f"{name} is left out: {error}")


def _report_neighbours(contender: Contender, spec: Spec, idle: int, leads: int, card: Card) -> None:
    ratio, survivors = neighbours.measure_idle(
        contender, spec, idle=idle, requests=_IDLE_REQUESTS, rounds=_IDLE_ROUNDS
    )
    card[f"processor time of a request beside {idle:,} idle connections"] = f"{ratio:.2f} times that without"
    card["idle connections that survive"] = f"{survivors:,} of {idle:,}"
    busy = neighbours.measure_busy(contender, spec, leads)
    neighbours.describe_busy(busy)
    worst = max(p99 for _, p99 in busy.values())
    card[f"p99 of a GET while another workspace works on {leads:,} leads"] = f"{worst * 1e3:.0f} ms"


def _report_console(spec: Spec, requests: int, rounds: int, card: Card, *, log: bool) -> None:
    mock, bare = make_mock(log=log), make_mock("--no-control", log=log)
    closed = tabs.compare_closed((mock, bare), spec, requests=requests, rounds=rounds)
    card["processor time of a request with the console"] = f"{closed:.2f} times that without"
    cost, p99 = tabs.compare_open(mock, spec, requests=requests, rounds=rounds)
    beside = f"an update beside {tabs.TABS} open pages of the console"
    card[f"processor time of {beside}"] = f"{cost:.2f} times that without"
    card[f"p99 of {beside}"] = f"{p99:.2f} times that without"


def _report_inside(rounds: int, calls: int, starts: int, *, profile: bool) -> None:
    imports, making = time_making(starts)
    create = prepare_create()
    create_seconds = time_create(create, rounds, calls)
    _print_table(
        "In one process, without a socket",
        {
            "imports": [f"{imports * 1e3:.0f} ms"],
            "create_app()": [f"{making * 1e3:.0f} ms"],
            "a create": [f"{create_seconds * 1e6:.0f} µs"],
        },
    )
    if profile:
        click.echo(profile_create(create, calls))


def _report_start(contenders: list[Contender], spec: Spec, starts: int) -> None:
    seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(starts):
        for contender in contenders:
            with started(contender, spec) as server:
                seconds[contender.name].append(server.start_seconds)
    medians = {name: median(own) for name, own in seconds.items()}
    _print_table("Start to first answer", {name: [f"{value:.2f} s"] for name, value in medians.items()})
    _print_shares(medians)


def _report_memory(contenders: list[Contender], spec: Spec, creates: int, connections: int) -> None:
    idle, full = {}, {}
    for contender in contenders:
        with started(contender, spec) as server:
            idle[contender.name] = resident_memory(server.pid)
            create = make_requests(spec, server.base_url)["create"]
            put_load(address_of(server.base_url), create, count=creates, connections=connections, seconds=600)
            full[contender.name] = resident_memory(server.pid)
    rows = {name: [f"{size[name] / _MEBIBYTE:.0f} MiB" for size in (idle, full)] for name in idle}
    _print_table("Resident memory", rows, ["idle", f"{creates} creates"])
    _print_shares(idle, "idle: ")
    _print_shares(full, "full: ")


def _report_speed(
    contenders: list[Contender],
    spec: Spec,
    servers: list[str],
    rounds: int,
    requests: int,
    connections: int,
    card: Card,
) -> None:
    prepared = [make_requests(spec, base_url) for base_url in servers]
    for call in prepared[0]:
        loads = []
        # The others answer a list of any length with the one of their example.
        asked = prepared[:1] if call == LONG_LIST else prepared
        for base_url, calls in zip(servers, asked, strict=False):
            load = partial(put_load, address_of(base_url), calls[call], seconds=_SECONDS_PER_TURN)
            load(count=_WARM_UP, connections=connections)
            loads.append(partial(load, count=requests, connections=connections))
        turns = dict(zip((c.name for c in contenders), alternate(loads, rounds), strict=False))
        rows = {name: _describe(own) for name, own in turns.items()}
        _print_table(call.capitalize(), rows, ["requests/s", "p50", "p99", "client"])
        ours, *others = turns.values()
        for contender, theirs in zip(contenders[1:], others, strict=False):
            ratio, worst = compare(ours, theirs)
            click.echo(
                f"  = {ratio:.2f} times {contender.name}'s requests/s ({worst:.2f} in the worst round)"
            )
            card[f"{call}, requests/s"] = ", ".join(
                filter(None, [card.get(f"{call}, requests/s"), f"{ratio:.1f} times {contender.name}"])
            )


def _report_many_connections(
    contenders: list[Contender], spec: Spec, servers: list[str], rounds: int, requests: int, card: Card
) -> None:
    loads = []
    for base_url in servers:
        get = make_requests(spec, base_url)["get"]
        loads.append(
            partial(put_load, address_of(base_url), get, count=requests, connections=_MANY_CONNECTIONS)
        )
    turns = alternate(loads, rounds)
    p99 = {c.name: own.percentile(99) for c, own in zip(contenders, turns, strict=True)}
    card[f"p99 of a get at {_MANY_CONNECTIONS} connections"] = ", ".join(
        f"{name} {seconds * 1e3:.1f} ms" for name, seconds in p99.items()
    )


def _describe(turns: Turns) -> list[str]:
    latencies = [f"{turns.percentile(percent) * 1e3:.2f} ms" for percent in (50, 99)]
    # What the load generator spends on a request: it must be little beside what a server spends.
    return [f"{turns.per_second:.0f}", *latencies, f"{turns.client_seconds * 1e6:.0f} µs"]


def _print_table(title: str, rows: dict[str, list[str]], head: list[str] | None = None) -> None:
    width = max(16, *map(len, rows))
    click.echo(f"\n{title:{width + 2}}" + "".join(f"{cell:>15}" for cell in head or []))
    for name, cells in rows.items():
        click.echo(f"  {name:{width}}" + "".join(f"{cell:>15}" for cell in cells))


def _print_shares(figures: dict[str, float] | dict[str, int], label: str = "") -> None:
    (_, ours), *others = figures.items()
    for name, theirs in others:
        click.echo(f"  = {label}{ours / theirs:.2f} times {name}'s")


if __name__ == "__main__":
    main()
