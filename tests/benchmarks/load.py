"""A load generator that costs little: prepared bytes over a few kept-alive connections, one thread."""

import re
import selectors
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_MAX_SECONDS = 60.0


class UnexpectedAnswerError(Exception):
    """A server answered with another status than the call expects, or broke off."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request ready to be sent, and how the status of its answer must begin."""

    data: bytes
    expected: str


@dataclass(frozen=True, slots=True)
class Load:
    """What one burst of requests took, all in seconds."""

    seconds: float
    latencies: tuple[float, ...]
    client_seconds: float
    """Processor time of this generator."""

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return len(self.latencies) / self.seconds


class _Connection:
    """One connection with at most one request under way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=_MAX_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self._received = b""
        self._end = 0

    def send(self, request: Request) -> None:
        self._received, self._end = b"", 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(request.data)

    def receive(self) -> bytes | None:
        """Return the answer once all of it is there."""
        data = self.socket.recv(65536)
        if not data:
            raise UnexpectedAnswerError("the server closed a connection")
        self._received += data
        if not self._end:
            head = self._received.find(b"\r\n\r\n")
            if head < 0:
                return None
            length = _LENGTH.search(self._received, 0, head + 2)
            if length is None:
                raise UnexpectedAnswerError("an answer without Content-Length")
            self._end = head + 4 + int(length[1])
        return self._received if len(self._received) >= self._end else None


def ask(address: tuple[str, int], request: Request) -> bytes:
    """Return the body of the answer to one request.

    Raises UnexpectedAnswerError for another status than expected, OSError when nobody listens.
    """
    connection = _Connection(address)
    with connection.socket:
        connection.send(request)
        answer = None
        while answer is None:
            answer = connection.receive()
    _check(answer, request)
    return answer.partition(b"\r\n\r\n")[2]


def put_load(
    address: tuple[str, int], request: Request, *, count: int, connections: int, seconds: float = _MAX_SECONDS
) -> Load:
    """Send a request `count` times, each connection its next one as soon as it has its answer.

    Stops early after `seconds`. Raises as `ask`.
    """
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        ready = [_Connection(address) for _ in range(min(connections, count))]
        for connection in ready:
            stack.enter_context(connection.socket)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        latencies: list[float] = []
        sent = 0
        client_started, started = time.process_time(), time.perf_counter()
        while sent < count and time.perf_counter() - started < seconds:
            for connection in ready[: count - sent]:
                connection.send(request)
                sent += 1
            ready = _collect(selector, request, latencies)
        while len(latencies) < sent:
            _collect(selector, request, latencies)
        return Load(time.perf_counter() - started, tuple(latencies), time.process_time() - client_started)


def _collect(selector: selectors.BaseSelector, request: Request, latencies: list[float]) -> list[_Connection]:
    """Wait for answers; return the connections that have theirs."""
    events = selector.select(timeout=_MAX_SECONDS)
    if not events:
        raise UnexpectedAnswerError(f"no answer within {_MAX_SECONDS:.0f} seconds")
    done = []
    for key, _ in events:
        connection: _Connection = key.data
        answer = connection.receive()
        if answer is not None:
            latencies.append(time.perf_counter() - connection.sent_at)
            _check(answer, request)
            done.append(connection)
    return done


def _check(answer: bytes, request: Request) -> None:
    status = answer[9:12].decode("ascii", "replace")
    if not status.startswith(request.expected):
        raise UnexpectedAnswerError(f"{status} instead of {request.expected}: {answer[-500:]!r}")
