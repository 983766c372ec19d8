"""Figures of the application itself, without a socket: making it, and a create through WSGI."""

import cProfile
import io
import json
import pstats
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from mockserver import create_app
from mockserver.openapi.spec import load_spec

from .processes import ENVIRONMENT

_MAKE_APP = """
import time
start = time.perf_counter()
from mockserver import create_app
imported = time.perf_counter()
create_app()
print(imported - start, time.perf_counter() - imported)
"""


def time_making(times: int) -> tuple[float, float]:
    """Return the median seconds of the imports and of `create_app()`, each time in a fresh interpreter."""
    command = [sys.executable, "-c", _MAKE_APP]
    runs = [
        subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT)
        for _ in range(times)
    ]
    imports, makings = zip(*(map(float, run.stdout.split()) for run in runs), strict=True)
    return median(imports), median(makings)


def prepare_create() -> Callable[[], None]:
    """Return a function that creates a campaign through the WSGI callable of a new application."""
    app = create_app()
    spec = load_spec()
    operation = spec.operations["createCampaign"]
    body = json.dumps(operation.body_examples["product_launch"]).encode()
    fixed = {
        "REQUEST_METHOD": operation.method,
        "PATH_INFO": operation.path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "HTTP_HOST": "localhost",
        "HTTP_" + spec.key_header.upper().replace("-", "_"): "cs_live_benchmark",
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
    }

    def start_response(status: str, *_: Any) -> Callable[[bytes], object]:
        assert status.startswith("201"), status
        return lambda _data: None

    def create() -> None:
        b"".join(app({**fixed, "wsgi.input": io.BytesIO(body)}, start_response))

    return create


def time_create(create: Callable[[], None], rounds: int, calls: int) -> float:
    """Return the seconds of one create: the best of some rounds of so many calls."""

    def time_round() -> float:
        started = time.perf_counter()
        for _ in range(calls):
            create()
        return (time.perf_counter() - started) / calls

    return min(time_round() for _ in range(rounds))


def profile_create(create: Callable[[], None], calls: int) -> str:
    """Return a table of the functions that a create spends its time in, most first."""
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(calls):
        create()
    profile.disable()
    text = io.StringIO()
    pstats.Stats(profile, stream=text).strip_dirs().sort_stats("cumulative").print_stats(40)
    return text.getvalue()
