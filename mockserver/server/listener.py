"""What the connections of a server share: the loop, the threads, the bounds."""

import asyncio
import logging
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.utils import formatdate
from math import inf
from typing import Any, Protocol

from ..http.effort import LONG_SECONDS, Effort
from ..http.endpoints import Exchange
from ..http.messages import Response
from ..http.streams import Feed
from ..settings import Settings
from ..state.snapshot import EMPTY
from .app import MockServer
from .http1 import Incoming
from .process import limit_connections
from .workers import Workers

_logger = logging.getLogger(__name__)
_SWEEP_SECONDS = 1
_FINISHING_SECONDS = 10
_COMPLAINT_SECONDS = 60
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Client(Protocol):
    """A connection, as far as others need to know."""

    transport: asyncio.Transport

    @property
    def is_busy(self) -> bool:
        """Whether a request is under way."""

    def respond(self, incoming: Incoming, response: Response) -> None:
        """Write an answer, and go on."""

    def send_piece(self, piece: bytes | None) -> None:
        """Write a piece of an answer; None is its end."""

    def break_off(self) -> None:
        """End in the middle of an answer that cannot be finished."""

    def time_out(self) -> None:
        """Refuse a request that takes too long to arrive."""

    def finish(self) -> None:
        """End after what was written."""


Times = dict[Client, float]
"""Connections in the order in which they came in, and when that was."""


class Listener:
    """Holds the connections, and has their requests answered: short ones at once, long ones by threads."""

    def __init__(
        self,
        app: MockServer,
        settings: Settings,
        loop: asyncio.AbstractEventLoop,
        on_empty: Callable[[], object],
    ) -> None:
        self.app = app
        self.settings = settings
        self.loop = loop
        self.is_stopping = False
        self.connections: set[Client] = set()
        self.most = limit_connections(settings.max_connections)
        self._on_empty = on_empty
        self._effort = Effort(begins_empty=app.workspaces.seed.name == EMPTY.name)
        self._workers = Workers(settings.threads)
        self._idle: Times = {}
        self._sending: Times = {}
        self._finishing: Times = {}
        self._stalled: dict[Client, tuple[int, float]] = {}
        """Connections whose client takes nothing → how much was left for it, and since when."""
        self._buffered = 0
        self._is_catching_up = False
        self._date = (0, "")
        self._complained_at = -inf
        self._sweep()

    @property
    def date_header(self) -> str:
        """The header with the present time, with its end of line."""
        now = int(time.time())
        if self._date[0] != now:
            self._date = (now, f"Date: {formatdate(now, usegmt=True)}\r\n")
        return self._date[1]

    # ---- connections

    def add(self, connection: Client) -> bool:
        """Count a new connection; of idle ones the oldest makes room. Returns False when there is none."""
        if len(self.connections) >= self.most:
            oldest = next(iter(self._idle), None)
            if oldest is None:
                return False
            self.remove(oldest)
            oldest.transport.close()
        self.connections.add(connection)
        self.note_idle(connection)
        return True

    def remove(self, connection: Client) -> None:
        """Forget a connection."""
        self.connections.discard(connection)
        for times in (self._idle, self._sending, self._finishing, self._stalled):
            times.pop(connection, None)
        if not self.connections:
            self._on_empty()

    def note_idle(self, connection: Client) -> None:
        """Note that a connection waits for its client's next request."""
        if self.is_stopping:
            connection.transport.close()
            return
        self._sending.pop(connection, None)
        self._idle.pop(connection, None)
        self._idle[connection] = self.loop.time()

    def note_sending(self, connection: Client) -> None:
        """Note that a request has begun to arrive."""
        self._idle.pop(connection, None)
        self._sending.setdefault(connection, self.loop.time())

    def note_busy(self, connection: Client) -> None:
        """Note that a request is being answered."""
        self._idle.pop(connection, None)
        self._sending.pop(connection, None)

    def note_finishing(self, connection: Client) -> None:
        """Note that a connection ends when its client has read the last answer."""
        self.note_busy(connection)
        self._finishing[connection] = self.loop.time()

    def note_stalled(self, connection: Client) -> None:
        """Note that a client does not take its answers."""
        self._stalled[connection] = (connection.transport.get_write_buffer_size(), self.loop.time())

    def forget_stalled(self, connection: Client) -> None:
        """Note that a client takes its answers again."""
        self._stalled.pop(connection, None)

    # ---- memory

    def take_buffer(self, size: int) -> bool:
        """Take so many bytes of the memory for bodies; returns False when there is not enough left."""
        if self._buffered + size > self.settings.max_buffered:
            return False
        self._buffered += size
        return True

    def release_buffer(self, size: int) -> None:
        """Give so many bytes back."""
        self._buffered -= size

    # ---- answers

    def answer(self, connection: Client, incoming: Incoming) -> None:
        """Have a complete request answered."""
        exchange = incoming.exchange
        assert exchange is not None
        workspace = self.app.pipeline.find_workspace(exchange)
        is_prompt = exchange.operation is not None and exchange.operation.is_prompt
        if self._effort.is_long(exchange, workspace, incoming.body):
            self._hand_over(connection, incoming, workspace.name if workspace and not is_prompt else None)
        elif workspace is None or is_prompt:
            self._answer_now(connection, incoming)
        elif workspace.lock.acquire(blocking=False):
            try:
                self._answer_now(connection, incoming)
            finally:
                workspace.lock.release()
        else:
            self._hand_over(connection, incoming, workspace.name)

    def _answer_now(self, connection: Client, incoming: Incoming) -> None:
        exchange = incoming.exchange
        assert exchange is not None
        started = time.perf_counter()
        response = self._ask(exchange)
        seconds = time.perf_counter() - started
        if seconds > LONG_SECONDS:  # that it is short was expected
            self._effort.note(exchange, seconds)
        self._respond(connection, incoming, response)

    def _hand_over(self, connection: Client, incoming: Incoming, subject: str | None) -> None:
        exchange = incoming.exchange
        assert exchange is not None

        def work() -> None:
            # Of the processor only: what others do meanwhile says nothing of this request.
            started = time.thread_time()
            response = self._ask(exchange)
            self._effort.note(exchange, time.thread_time() - started)
            self._call_soon(self._respond, connection, incoming, response)

        self._workers.submit(subject, work)

    def _ask(self, exchange: Exchange) -> Response | None:
        """Return the answer of the application; None when there is none, which is a defect of it."""
        try:
            return self.app.answer(exchange.request, exchange=exchange)
        except Exception:
            _logger.exception("a request could not be answered")
            return None

    def _respond(self, connection: Client, incoming: Incoming, response: Response | None) -> None:
        try:
            if response:
                connection.respond(incoming, response)
                return
        except ValueError:
            _logger.exception("an answer could not be written")
        connection.break_off()

    def make_piece(self, connection: Client, incoming: Incoming, pieces: Iterator[bytes]) -> None:
        """Have a thread make the next piece of an answer."""
        workspace = incoming.exchange.workspace if incoming.exchange else None
        subject = workspace.name if workspace else None

        def work() -> None:
            try:
                piece = next(pieces, None)
            except Exception:
                _logger.exception("an answer could not be finished")
                self._call_soon(connection.break_off)
            else:
                self._call_soon(connection.send_piece, piece)

        self._workers.submit(pieces.subject if isinstance(pieces, Feed) else subject, work)

    def _call_soon(self, act: Any, *facts: Any) -> None:
        """Call a function in the thread of the loop, if the loop still runs."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(act, *facts)

    # ---- time

    def _sweep(self) -> None:
        """End what takes too long; looks only at what does."""
        now, limit = self.loop.time(), self.settings.request_seconds
        for connection in _list_older(self._sending, now - limit):
            self._sending.pop(connection)
            connection.time_out()
        for connection in _list_older(self._idle, now - self.settings.idle_seconds):
            connection.transport.close()
        for connection in _list_older(self._finishing, now - _FINISHING_SECONDS):
            connection.transport.abort()
        for connection, (size, since) in list(self._stalled.items()):
            if connection.transport.get_write_buffer_size() < size:
                self.note_stalled(connection)
            elif now - since > limit:
                _reset(connection.transport)
        if not self._is_catching_up and self.app.pipeline.due_work.has_some():
            # Mails go out on time also while nobody asks: an SMTP server may wait for them.
            self._is_catching_up = True
            self._workers.submit(None, self._catch_up)
        self.loop.call_later(_SWEEP_SECONDS, self._sweep)

    def _catch_up(self) -> None:
        self.app.pipeline.due_work.catch_up()
        self._is_catching_up = False

    def stop(self) -> None:
        """Take no further requests; those under way are finished."""
        self.is_stopping = True
        for connection in list(self.connections):
            if not connection.is_busy:
                connection.finish()

    def cut(self) -> None:
        """End all that is still under way."""
        self._workers.close()
        for connection in list(self.connections):
            connection.transport.abort()

    def complain(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log what went wrong in the loop, once a minute at most: it may go wrong again and again."""
        if self.loop.time() - self._complained_at < _COMPLAINT_SECONDS or self.is_stopping:
            return
        self._complained_at = self.loop.time()
        error = context.get("exception")
        if isinstance(error, OSError):
            _logger.warning("no more connections for now: %s", error.strerror)
        else:
            _logger.error("%s", context.get("message"), exc_info=error)


def _reset(transport: asyncio.Transport) -> None:
    """End a connection with all that is still to be sent; the system would keep that for minutes."""
    with suppress(OSError):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def _list_older(times: Times, before: float) -> list[Client]:
    """Return the connections that came in before a time."""
    found = []
    for connection, at in times.items():
        if at > before:
            break
        found.append(connection)
    return found
