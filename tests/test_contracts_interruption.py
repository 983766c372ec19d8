"""Ctrl-C and SIGTERM end a run wherever they come, and none is lost."""

import signal
from collections.abc import Iterator
from threading import Event, Thread, main_thread
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner

from contracts import interruption
from contracts.command import check
from contracts.traffic import checking
from contracts.traffic.recorded import Recorded
from contracts.verdict.conformance import Conformance

from .kit.hostile_server import list_names
from .kit.recording import BASE_PATH, KEY, SECOND_KEY, Answer, Recorder, Request, recording

SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@pytest.fixture
def server() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


class Signalling:
    """A keyword that every value keeps; meanwhile a signal comes."""

    def __init__(self, _parent: Any, number: int, _path: Any) -> None:
        self.number = number

    def validate(self, _instance: Any) -> None:
        signal.raise_signal(self.number)


def signal_in_a_validator(number: int) -> bool:
    """Let a signal come while jsonschema-rs looks at a valid value; return its verdict."""
    schema = {"x-signal": int(number)}
    return jsonschema_rs.Draft202012Validator(schema, keywords={"x-signal": Signalling}).is_valid("text")


def test_jsonschema_rs_drops_the_interrupt_of_a_handler_that_raises() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert not signal_in_a_validator(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


@SIGNALS
def test_a_signal_in_a_validator_ends_a_run_which_cleans_up(
    server: Recorder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    observe = Conformance.observe
    sent: list[int] = []

    def observe_interrupted(self: Conformance, exchange: Any, *facts: Any) -> None:
        observe(self, exchange, *facts)
        if exchange.status == 201 and not sent:
            assert signal_in_a_validator(number)
            sent.append(len(server.requests))

    monkeypatch.setattr(Conformance, "observe", observe_interrupted)
    arguments = [server.base_url, "--api-key", KEY, "--second-key", SECOND_KEY, "--rules", "campaigns.*"]
    done = CliRunner().invoke(check, arguments)
    assert done.exit_code == 130
    assert "Interrupted: 0 rules" in done.output
    assert "Could not remove" not in done.output
    assert list_names(server) == []
    later = [request for request in server.requests[sent[0] :] if request.method not in ("GET", "DELETE")]
    assert later == []


def test_a_signal_ends_the_wait_for_an_answer(server: Recorder) -> None:
    is_over = Event()
    client = main_thread().ident
    assert client

    def hang(request: Request) -> Answer | None:
        if request.method == "POST" and not is_over.is_set():
            signal.pthread_kill(client, signal.SIGINT)
            is_over.wait()
        return None

    server.answers.append(hang)
    arguments = [server.base_url, "--api-key", KEY, "--rules", "campaigns.create.*"]
    done = CliRunner().invoke(check, arguments)
    is_over.set()
    assert done.exit_code == 130
    assert "Interrupted" in done.output


def test_a_signal_in_a_validator_ends_the_check_of_traffic(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"https://api.coldsend.io{BASE_PATH}/campaigns"
    exchanges = [Recorded(place=str(number), method="GET", url=url, status=200) for number in range(3)]
    read = checking.TrafficChecker.check

    def read_interrupted(self: checking.TrafficChecker, recorded: Recorded, **facts: Any) -> Any:
        assert signal_in_a_validator(signal.SIGINT)
        return read(self, recorded, **facts)

    monkeypatch.setattr(checking, "read_traffic", lambda _path: exchanges)
    monkeypatch.setattr(checking.TrafficChecker, "check", read_interrupted)
    done = CliRunner().invoke(check, ["--traffic", "any.har"])
    assert done.exit_code == 130
    assert "1 exchanges read" in done.output


def test_a_signal_ends_a_wait_although_another_thread_has_ended_its_own() -> None:
    def wait() -> None:
        with interruption.waiting():
            pass

    with interruption.listening(), interruption.waiting():
        thread = Thread(target=wait)
        thread.start()
        thread.join()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        interruption.take()


def test_a_second_signal_ends_what_does_not_look() -> None:
    with interruption.listening():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        interruption.take()


def test_a_signal_that_nobody_has_taken_raises_at_the_end() -> None:
    with pytest.raises(KeyboardInterrupt), interruption.listening():
        signal.raise_signal(signal.SIGTERM)
    assert not interruption.take()


def test_what_was_taken_does_not_end_what_follows() -> None:
    with interruption.listening():
        signal.raise_signal(signal.SIGINT)
        assert interruption.take()
        interruption.check()


def test_a_signal_that_the_process_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruption.listening():
            signal.raise_signal(signal.SIGINT)
            assert not interruption.take()
    finally:
        signal.signal(signal.SIGINT, before)
