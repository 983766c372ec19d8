"""Bytes → requests: what a client sends is parsed by httptools, and bounded here."""

import logging
import re
from collections import deque
from collections.abc import Callable
from typing import Any

import httptools

from ..errors import ApiError
from ..http.pipeline import Pipeline
from ..settings import Settings
from .http1 import Incoming

_logger = logging.getLogger(__name__)
_SLICE = 16 * 1024
"""Bytes that are parsed at once: more requests than fit in are not taken before those are answered."""
_METHOD = re.compile(rb"[\r\n]*[!#$%&'*+.^`|~\w-]+ [/*h]")


class Reader:
    """The requests of one connection. httptools calls the methods `on_…` while it parses."""

    def __init__(
        self,
        pipeline: Pipeline,
        settings: Settings,
        remote_address: str,
        *,
        take_buffer: Callable[[int], bool],
        on_expected: Callable[[], object],
    ) -> None:
        self.incoming: Incoming | None = None
        """The request that is being read."""
        self.complete: deque[Incoming] = deque()
        """The requests that can be answered, whether or not they were read to their end."""
        self.is_lost = False
        """Whether it is unknown where the next request begins."""
        self._pipeline = pipeline
        self._settings = settings
        self._remote_address = remote_address
        self._take_buffer = take_buffer
        self._on_expected = on_expected
        """Called when a client waits for 100 Continue before it sends its body."""
        self._is_bodyless = False
        """Whether what is parsed was read before."""
        self._parser: Any = httptools.HttpRequestParser(self)

    def feed(self, data: bytes) -> bytes:
        """Parse until a request can be answered; returns what is left of the data."""
        while data and not self.complete and not self.is_lost:
            piece, data = data[:_SLICE], data[_SLICE:]
            if self.incoming:
                self.incoming.note_fed(len(piece))
            try:
                self._parser.feed_data(piece)
            except httptools.HttpParserUpgrade as error:
                data = piece[error.args[0] :] + data
                self._go_on_after_upgrade()
            except httptools.HttpParserCallbackError:
                _logger.exception("a request could not be read")
                self.give_up(ApiError("server_error"))
            except httptools.HttpParserError as error:
                self.give_up(_explain(error, piece, self.incoming))
            if self.incoming and (self.incoming.error or self.incoming.is_too_large):
                self._end_early(self.incoming)
        return data

    def _go_on_after_upgrade(self) -> None:
        """Read on as if no other protocol had been asked for, as RFC 9110 (7.8) allows.

        The parser takes a body for the other protocol, so another parser gets the framing of the body alone.
        """
        self._parser = httptools.HttpRequestParser(self)
        if self.incoming:
            incoming, self.incoming = self.incoming, None
            self._is_bodyless = True
            self._parser.feed_data(incoming.write_framing())
            self._is_bodyless = False
            self.incoming = incoming

    def give_up(self, error: ApiError) -> None:
        """Let the request that is being read be refused."""
        incoming = self.incoming or Incoming(0, 0)
        incoming.error = incoming.error or error
        self._end_early(incoming)

    def _end_early(self, incoming: Incoming) -> None:
        """Let a request be answered that need not be read to its end."""
        incoming.keeps_alive, self.is_lost = False, True
        self.complete.append(incoming)
        self.incoming = None

    # ---- what the parser calls

    def on_message_begin(self) -> None:
        """Begin a request."""
        if not self._is_bodyless:
            self.incoming = Incoming(self._settings.max_head, self._settings.max_headers)

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        if self.incoming:
            self.incoming.add_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        if self.incoming:
            self.incoming.add_header(name, value)

    def on_headers_complete(self) -> None:
        """Look at the head, and decide whether the body is worth waiting for."""
        incoming = self.incoming
        if incoming is None:
            return
        incoming.version = self._parser.get_http_version()
        incoming.keeps_alive = self._parser.should_keep_alive()
        request = incoming.read_head(self._parser.get_method().decode("ascii"), self._remote_address)
        if incoming.error:
            return
        incoming.exchange = self._pipeline.open(request)
        incoming.limit = self._pipeline.limit_body(incoming.exchange)
        if request.content_length > incoming.limit:
            incoming.is_too_large = True
        elif "expect" in request.headers:
            self._on_expected()

    def on_body(self, data: bytes) -> None:
        """Keep a part of the body."""
        incoming = self.incoming
        if incoming is None or incoming.is_too_large or incoming.error:
            return
        if incoming.body_size + len(data) > incoming.limit:
            incoming.is_too_large = True
        elif not self._take_buffer(len(data)):
            incoming.error = ApiError("buffers_full", limit=self._settings.max_buffered)
        else:
            incoming.body.append(data)
            incoming.body_size += len(data)

    def on_message_complete(self) -> None:
        """Let the request be answered."""
        if self.incoming:
            if self._parser.should_upgrade() and self.incoming.has_body:
                return  # the body is still to come
            if self.incoming.error:
                self._end_early(self.incoming)
            elif not self.is_lost:
                self.complete.append(self.incoming)
            self.incoming = None


def _explain(error: httptools.HttpParserError, piece: bytes, incoming: Incoming | None) -> ApiError:
    coding = incoming.headers.get("transfer-encoding") if incoming else None
    if coding is not None and coding.lower() != "chunked":
        return ApiError("coding_unknown", value=coding)
    if isinstance(error, httptools.HttpParserInvalidMethodError) and _METHOD.match(piece):
        return ApiError("method_unknown")
    return ApiError("request_malformed", reason=str(error))
