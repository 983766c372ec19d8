"""What open pages of the console cost the requests of their workspace.

`python -m tests.benchmarks.tabs URL KEY 6` reads as six pages do, until it is ended.
"""

import subprocess
import sys
import time
from statistics import median, quantiles
from threading import Thread
from urllib.error import URLError
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import click

from mockserver.openapi.spec import Spec

from .calls import KEY, address_of, make_requests
from .contenders import Contender, started
from .load import put_load
from .processes import ENVIRONMENT, cpu_seconds

TABS = 6
_AGAIN_SECONDS = 0.3
"""A page whose stream ended asks again after so long."""
_SETTLE_SECONDS = 1.0


def run(contender: Contender, spec: Spec, *, requests: int, rounds: int) -> None:
    """Print what updates take without open pages and beside them, one turn after the other."""
    ratios: list[float] = []
    alone: list[float] = []
    beside: list[float] = []
    with started(contender, spec) as server:
        address, url = address_of(server.base_url), server.base_url.removesuffix(spec.base_path)
        update = make_requests(spec, server.base_url)["update"]

        def take_turn(latencies: list[float]) -> float:
            before = cpu_seconds(server.pid)
            latencies += put_load(address, update, count=requests, connections=4).latencies
            return (cpu_seconds(server.pid) - before) / requests

        take_turn([])
        for _ in range(rounds):
            cost = take_turn(alone)
            command = [sys.executable, "-m", "tests.benchmarks.tabs", url, KEY, str(TABS)]
            with subprocess.Popen(command, env=ENVIRONMENT) as pages:
                time.sleep(_SETTLE_SECONDS)
                ratios.append(take_turn(beside) / cost)
                pages.terminate()
    click.echo(
        f"\nUpdates beside {TABS} open pages of the console: {median(ratios):.2f} times the processor time, "
        f"p99 {_find_p99(beside) * 1e3:.1f} ms instead of {_find_p99(alone) * 1e3:.1f} ms"
    )


def _find_p99(latencies: list[float]) -> float:
    return quantiles(latencies, n=100)[-1]


def _read(url: str, key: str) -> None:
    """Read what a page of the requests reads."""
    asked = HttpRequest(f"{url}/console/events?view=requests", headers={"X-API-Key": key})
    while True:
        try:
            with urlopen(asked) as stream:
                while stream.read1():
                    pass
        except (OSError, URLError):
            return
        time.sleep(_AGAIN_SECONDS)


if __name__ == "__main__":
    threads = [Thread(target=_read, args=sys.argv[1:3]) for _ in range(int(sys.argv[3]))]
    for thread in threads:
        thread.start()
