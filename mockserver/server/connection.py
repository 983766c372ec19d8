"""One connection: its requests are answered one after the other, and bounded in every way."""

import asyncio
from collections.abc import Iterator

from ..errors import ApiError
from ..http.messages import Response
from ..http.streams import Feed
from .http1 import CONTINUE, Incoming, write_end, write_head, write_piece
from .listener import Listener
from .reader import Reader

_LOOK_SECONDS = 0.05
"""How often a feed is asked for news."""


class Connection(asyncio.Protocol):
    """A client. Its next request is answered when the one before is, and other clients had their turn."""

    def __init__(self, listener: Listener) -> None:
        self.transport: asyncio.Transport
        self._listener = listener
        self._reader: Reader
        self._unparsed = b""
        """What was received after the requests that still have to be answered."""
        self._is_answering = False
        self._is_deaf = False
        """Whether all that comes is thrown away."""
        self._is_stalled = False
        """Whether the client takes no more for now."""
        self._has_ended = False
        """Whether the client sends no more."""
        self._streamed: tuple[Incoming, Iterator[bytes]] | None = None
        """The rest of an answer of unknown size, and what it answers."""
        self._is_making = False
        """Whether its next piece is being made."""

    # ---- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; a full server says so and ends it."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, listener = transport, self._listener
        peer = transport.get_extra_info("peername")
        self._reader = Reader(
            listener.app.pipeline,
            listener.settings,
            str(peer[0]) if peer else "",
            take_buffer=listener.take_buffer,
            on_expected=self._welcome_body,
        )
        if not listener.add(self):
            self._has_ended = True
            self._reader.give_up(ApiError("connections_full", limit=listener.most))
            self._go_on()

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget everything."""
        self._is_deaf = True
        for incoming in (self._reader.incoming, *self._reader.complete):
            if incoming:
                self._release(incoming)
        self._reader.complete.clear()
        self._keep_unparsed(b"")
        self._close_pieces()
        self._listener.remove(self)

    def data_received(self, data: bytes) -> None:
        """Read on, unless requests before are still to be answered."""
        if self._is_deaf:
            return
        if self._is_answering or self._reader.complete or self._unparsed:
            self._keep_unparsed(self._unparsed + data)
            self.transport.pause_reading()
        else:
            self._read(data)

    def eof_received(self) -> bool:
        """Let a client that sends no more have the answers that it waits for."""
        self._has_ended = True
        return not self._is_deaf and (self._is_answering or bool(self._reader.complete))

    def pause_writing(self) -> None:
        """Wait for a client that does not take its answers."""
        self._is_stalled = True
        self._listener.note_stalled(self)

    def resume_writing(self) -> None:
        """Go on with a client that took its answers."""
        self._is_stalled = False
        self._listener.forget_stalled(self)
        if self._streamed:
            self._make_piece()
        else:
            self._go_on()

    # ---- reading

    def _read(self, data: bytes) -> None:
        self._keep_unparsed(self._reader.feed(data))
        self._go_on()

    def _welcome_body(self) -> None:
        if not self._is_answering and not self._reader.complete:
            self.transport.write(CONTINUE)

    def _go_on(self) -> None:
        """Answer the next request, read the next one, or wait."""
        if self._is_answering or self._is_stalled or self._is_deaf or self.transport.is_closing():
            return
        if self._reader.complete:
            self._is_answering = True
            self._listener.note_busy(self)
            self._answer(self._reader.complete.popleft())
        elif self._unparsed:
            data = self._unparsed
            self._keep_unparsed(b"")
            self._read(data)
        else:
            if self._reader.incoming:
                self._listener.note_sending(self)
            else:
                self._listener.note_idle(self)
            self.transport.resume_reading()

    def time_out(self) -> None:
        """Refuse a request that takes too long to arrive."""
        self._reader.give_up(ApiError("request_slow", seconds=self._listener.settings.request_seconds))
        self._go_on()

    # ---- answering

    def _answer(self, incoming: Incoming) -> None:
        exchange = incoming.exchange
        if incoming.error or exchange is None:
            error = incoming.error or ApiError("server_error")
            self.respond(incoming, self._listener.app.pipeline.refuse(error))
        elif exchange.wait:
            self._listener.loop.call_later(exchange.wait, self._listener.answer, self, incoming)
        else:
            self._listener.answer(self, incoming)

    def respond(self, incoming: Incoming, response: Response) -> None:
        """Write an answer, and go on; raises ValueError for one that is none."""
        self._release(incoming)
        body = response.body
        if self.transport.is_closing() or response.cut == 0:
            self.transport.close()
            return
        if self._listener.is_stopping or (incoming.version == "1.0" and not isinstance(body, bytes)):
            incoming.keeps_alive = False
        head = write_head(response, incoming, self._listener.date_header)
        is_head = incoming.exchange is not None and incoming.exchange.request.method == "HEAD"
        if not isinstance(body, bytes):
            self.transport.write(head)
            self._streamed = incoming, body
            if not is_head:
                if isinstance(body, Feed):
                    body.stay()
                self._make_piece()
                return
            self._close_pieces()
        elif is_head:
            self.transport.write(head)
        else:
            self.transport.write(head + body[: response.cut])
        if response.cut is None:
            self._end_answer(incoming)
        else:
            self.transport.close()

    def _make_piece(self) -> None:
        """Have the next piece of an answer made, unless the client still has to take the one before."""
        if not self._streamed or self._is_stalled or self._is_making:
            return
        self._is_making = True
        pieces = self._streamed[1]
        if isinstance(pieces, Feed) and not pieces.has_news:
            self._listener.loop.call_later(_LOOK_SECONDS, self._look_again)
        else:
            self._listener.make_piece(self, *self._streamed)

    def _look_again(self) -> None:
        """Go on with a feed that had no news, unless its reader or the server is going."""
        if self._has_ended or self._is_deaf or self._listener.is_stopping:
            self.send_piece(None)
        else:
            self._is_making = False
            self._make_piece()

    def send_piece(self, piece: bytes | None) -> None:
        """Write a piece of an answer; None is its end."""
        self._is_making = False
        if self._streamed is None:
            return
        incoming = self._streamed[0]
        if self.transport.is_closing():
            self._close_pieces()
        elif piece is None:
            self._close_pieces()
            self.transport.write(write_end(incoming))
            self._end_answer(incoming)
        else:
            self.transport.write(write_piece(piece, incoming))
            self._make_piece()

    def break_off(self) -> None:
        """End in the middle of an answer that cannot be finished."""
        self._is_making = False
        self._close_pieces()
        self.transport.abort()

    def _end_answer(self, incoming: Incoming) -> None:
        incoming.exchange = None  # they hold each other, and would fill memory until garbage is collected
        self._is_answering = False
        is_last = self._has_ended and not self._reader.complete and not self._unparsed
        if is_last or not incoming.keeps_alive:
            self.finish()
        elif self._reader.complete or self._unparsed:
            self._listener.loop.call_soon(self._go_on)  # others first
        else:
            self._go_on()

    # ---- ending

    @property
    def is_busy(self) -> bool:
        """Whether a request is under way."""
        return self._is_answering or bool(self._reader.complete) or self._reader.incoming is not None

    def finish(self) -> None:
        """End after what was written.

        A client that still sends would never read the answer if the connection were simply closed, so
        what it sends is thrown away until it has read.
        """
        is_sending = (self._reader.is_lost or self._unparsed) and not self._has_ended
        self._is_deaf = True
        self._keep_unparsed(b"")
        if is_sending and self.transport.can_write_eof():
            self._listener.note_finishing(self)
            self.transport.write_eof()
            self.transport.resume_reading()
        else:
            self.transport.close()

    def _close_pieces(self) -> None:
        if self._streamed and not self._is_making:
            close = getattr(self._streamed[1], "close", None)
            self._streamed = None
            if close:
                close()

    # ---- memory

    def _keep_unparsed(self, data: bytes) -> None:
        self._listener.release_buffer(len(self._unparsed))
        self._unparsed = data
        if not self._listener.take_buffer(len(data)):
            self._unparsed = b""
            self.transport.abort()

    def _release(self, incoming: Incoming) -> None:
        """Give the memory of a body back."""
        self._listener.release_buffer(incoming.body_size)
        incoming.body_size, incoming.body = 0, []
