"""What a fixture costs a test, beside those of moto and pytest-httpserver, a client included."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from statistics import median
from unittest import mock

import click
import requests

from mockserver import create_app
from mockserver.openapi.spec import load_spec
from mockserver.testing.fixture import Coldsend, open_workspace

Call = Callable[[], object]
Opener = Callable[[], AbstractContextManager[Call]]
"""Sets up what a fixture gives a test, a client included; yields the call that creates something."""

_BODY = {"name": "Q1 Product Launch"}
_CALLS = 20


def run(rounds: int = 15) -> None:
    """Print what setting up and one create take, and the ratios to ours, all in interleaved turns."""
    with ExitStack() as stack:
        openers: dict[str, Opener] = {"coldsend": _prepare_coldsend()}
        for name, prepare in (("pytest-httpserver", _prepare_httpserver), ("moto", _prepare_moto)):
            try:
                openers[name] = prepare(stack)
            except ImportError:
                click.echo(f"{name} is left out: it is not installed (pip install 'coldsend-mock[bench]')")
        figures = _measure(openers, rounds)
    click.echo(f"{'Fixture':20} {'set-up':>12} {'a create':>12} {'times ours':>20}")
    ours = figures["coldsend"]
    for name, (setting_up, creating) in figures.items():
        ratios = f"{setting_up / ours[0]:8.1f} {creating / ours[1]:11.1f}"
        click.echo(f"{name:20} {setting_up * 1e3:9.3f} ms {creating * 1e3:9.3f} ms {ratios:>20}")


def _measure(openers: dict[str, Opener], rounds: int) -> dict[str, tuple[float, float]]:
    """Return the median seconds of a set-up and of a create; the first set-up of each is not counted."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in openers}
    for number in range(rounds + 1):
        for name, opener in openers.items():
            started = time.perf_counter()
            with opener() as create:
                ready = time.perf_counter()
                for _ in range(_CALLS):
                    create()
                done = time.perf_counter()
            if number:
                taken[name].append((ready - started, (done - ready) / _CALLS))
    return {name: (median(t[0] for t in times), median(t[1] for t in times)) for name, times in taken.items()}


def _prepare_coldsend() -> Opener:
    app, keys = create_app(), iter(range(1_000_000))

    @contextmanager
    def opener() -> Iterator[Call]:
        key = f"{app.pipeline.spec.key_prefix}{next(keys)}"
        with open_workspace(app, key), Coldsend(app, key) as coldsend:
            session = coldsend.session
            yield lambda: session.post("/campaigns", json=_BODY).raise_for_status()

    return opener


def _prepare_httpserver(stack: ExitStack) -> Opener:
    server = stack.enter_context(import_module("pytest_httpserver").HTTPServer())
    # A line on the terminal for each request would be measured, too.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    operation = load_spec().operations["createCampaign"]
    answer = next(iter(operation.answer_examples.values()))

    @contextmanager
    def opener() -> Iterator[Call]:
        server.clear()
        server.expect_request(operation.path, method=operation.method, json=_BODY).respond_with_json(
            answer, status=operation.status
        )
        with requests.Session() as session:
            yield lambda: session.post(server.url_for(operation.path), json=_BODY).raise_for_status()

    return opener


def _prepare_moto(stack: ExitStack) -> Opener:
    boto3, moto = import_module("boto3"), import_module("moto")
    # boto3 signs also what never leaves the process
    secrets = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    stack.enter_context(mock.patch.dict("os.environ", secrets))

    @contextmanager
    def opener() -> Iterator[Call]:
        numbers = iter(range(1_000_000))
        with moto.mock_aws():
            client = boto3.client("sqs")
            yield lambda: client.create_queue(QueueName=f"queue-{next(numbers)}")

    return opener


if __name__ == "__main__":
    run()
