"""What a request costs beside thousands of idle connections, and while others keep the server busy."""

import json
import resource
import socket
import time
from contextlib import ExitStack
from statistics import median, quantiles
from threading import Thread
from typing import Any
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import click

from mockserver.openapi.spec import Spec

from .calls import address_of, make_requests
from .contenders import Contender, started
from .load import ask, put_load
from .processes import cpu_seconds

_DAYS = 60
_BUSY_KEY = "cs_live_busy"
_SPARE_DESCRIPTORS = 500


def measure_idle(
    contender: Contender, spec: Spec, *, idle: int, requests: int, rounds: int
) -> tuple[float, int]:
    """Return the ratio of processor time per request with idle connections to that without, and survivors.

    The ratio is the median of turns with and without, one after the other.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = min(hard, idle + _SPARE_DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    ratios, survivors = [], idle
    try:
        with started(contender, spec) as server:
            address = address_of(server.base_url)
            get = make_requests(spec, server.base_url)["get"]

            def take_turn() -> float:
                before = cpu_seconds(server.pid)
                put_load(address, get, count=requests, connections=4)
                return (cpu_seconds(server.pid) - before) / requests

            take_turn()
            for _ in range(rounds):
                alone = take_turn()
                with ExitStack() as stack:
                    sockets = [stack.enter_context(socket.create_connection(address)) for _ in range(idle)]
                    ratios.append(take_turn() / alone)
                    survivors = min(survivors, sum(_is_open(each) for each in sockets))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return median(ratios), survivors


def _is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return bool(connection.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False


def measure_busy(contender: Contender, spec: Spec, leads: int) -> dict[str, tuple[float, float]]:
    """Return, by operation under way in one workspace, its seconds and p99 of another's GET, in seconds."""
    figures: dict[str, tuple[float, float]] = {}
    with started(contender, spec) as server:
        control = server.base_url.removesuffix(spec.base_path) + "/_mock"
        get = make_requests(spec, server.base_url)["get"]
        for name, method, path, body in _list_operations(leads):
            taken: list[float] = []

            def work(method: str = method, path: str = path, body: Any = body, taken: Any = taken) -> None:
                began = time.perf_counter()
                _call(method, control + path, body)
                taken.append(time.perf_counter() - began)

            thread = Thread(target=work)
            latencies: list[float] = []
            thread.start()
            while thread.is_alive() or not latencies:  # short work may be over before the first GET
                began = time.perf_counter()
                ask(address_of(server.base_url), get)
                latencies.append(time.perf_counter() - began)
                time.sleep(0.002)
            thread.join()
            p99 = quantiles(latencies, n=100, method="inclusive")[98] if len(latencies) > 1 else latencies[0]
            figures[name] = taken[0], p99
    return figures


def _list_operations(leads: int) -> list[tuple[str, str, str, Any]]:
    address = "sam@outreach.example.com"
    account = {
        "inbox_id": "650e8400-e29b-41d4-a716-446655440000", "email_address": address, "display_name": "Sam",
        "inbox_type": "CUSTOM_SMTP", "smtp_host": "smtp.example.com", "smtp_port": 587,
        "smtp_username": address, "imap_host": "imap.example.com", "imap_port": 993,
        "imap_username": address, "daily_limit": 100_000,
    }  # fmt: skip
    campaign = {
        "name": "A large campaign", "status": "ACTIVE", "current_step": 5,
        "launched_at": "2026-01-05T09:00:00Z", "inbox_ids": [account["inbox_id"]],
        "daily_limit_per_inbox": 100,
        "variants": [{"subject_template": "Hello", "email_content": "Hi {{first_name}}"}],
        "leads": [{"repeat": leads, "email": "lead-<n>@example.com", "first_name": "Lead"}],
    }  # fmt: skip
    document = {"sender_accounts": [account], "campaigns": [campaign]}
    return [
        ("import", "PUT", "/state", document),
        ("60 days", "POST", "/clock", {"advance": f"{_DAYS}d"}),
        ("export", "GET", "/state", None),
        ("mbox", "GET", "/outbox.mbox", None),
    ]


def _call(method: str, url: str, body: Any) -> None:
    data = None if body is None else json.dumps(body).encode()
    headers = {"X-API-Key": _BUSY_KEY, "Content-Type": "application/json"}
    with urlopen(HttpRequest(url, data, headers, method=method), timeout=1800) as answer:
        while answer.read(1 << 20):
            pass


def describe_busy(figures: dict[str, tuple[float, float]]) -> None:
    """Print a row for each operation."""
    click.echo("\nA GET in another workspace while one is busy")
    for name, (seconds, p99) in figures.items():
        click.echo(f"  {name:16}{seconds:>12.1f} s{p99 * 1e3:>12.1f} ms p99")
