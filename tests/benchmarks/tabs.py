"""What the console costs requests: when nobody looks, and when pages of their workspace are open.

`python -m tests.benchmarks.tabs URL KEY 6` reads as six pages do, until it is ended.
"""

import subprocess
import sys
import time
from contextlib import ExitStack
from statistics import median, quantiles
from threading import Thread
from urllib.error import URLError
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from mockserver.openapi.spec import Spec

from .calls import KEY, address_of, make_requests
from .contenders import Contender, started
from .load import put_load
from .processes import ENVIRONMENT, cpu_seconds

TABS = 6
_AGAIN_SECONDS = 0.3
"""A page whose stream ended asks again after so long."""
_SETTLE_SECONDS = 1.0


def compare_closed(mocks: tuple[Contender, Contender], spec: Spec, *, requests: int, rounds: int) -> float:
    """Return the processor time of requests to a server divided by that of another, in turns.

    The servers are one with the console, which nobody looks at, and one without.
    """
    with ExitStack() as stack:
        servers = [stack.enter_context(started(mock, spec)) for mock in mocks]
        calls = [make_requests(spec, server.base_url) for server in servers]

        def take_turn(place: int, call: str) -> float:
            pid, before = servers[place].pid, cpu_seconds(servers[place].pid)
            put_load(address_of(servers[place].base_url), calls[place][call], count=requests, connections=4)
            return cpu_seconds(pid) - before

        def take_pair(number: int) -> float:
            turns = [(place, call) for place in (0, 1) for call in ("update", "get")]
            spent = [0.0, 0.0]
            for place, call in turns if number % 2 else reversed(turns):
                spent[place] += take_turn(place, call)
            return spent[0] / spent[1]

        take_pair(0)
        return median(take_pair(number) for number in range(rounds))


def compare_open(contender: Contender, spec: Spec, *, requests: int, rounds: int) -> tuple[float, float]:
    """Return what updates take beside open pages, divided by what they take without, in turns.

    The first figure is processor time, the second one the p99 of the time until the answer.
    """
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
    return median(ratios), _find_p99(beside) / _find_p99(alone)


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
