"""Requests and responses as bytes of HTTP/1.1, as far as the parser leaves that to others."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

import httptools

from ..errors import ApiError
from ..http.endpoints import Exchange
from ..http.messages import BODILESS, BodyTooLargeError, Request, Response
from .wsgi import name_status

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_LAST_PIECE = b"0\r\n\r\n"


@dataclass(slots=True)
class Incoming:
    """One request on its way in."""

    most: int
    """The largest head, in bytes."""
    most_headers: int
    """The most names of headers."""
    url: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    """That of the head, in bytes."""
    _fed: int = 0
    """Bytes that the parser was given after the first ones."""
    error: ApiError | None = None
    """Why it is no request that can be answered otherwise."""
    exchange: Exchange | None = None
    """Known once the head is complete."""
    limit: int = 0
    """The largest body that is kept, in bytes."""
    body: list[bytes] = field(default_factory=list)
    body_size: int = 0
    is_too_large: bool = False
    version: str = "1.1"
    keeps_alive: bool = True

    def add_url(self, url: bytes) -> None:
        """Take a part of the first line."""
        self._grow(len(url))
        if not self.error:
            self.url += url

    def note_fed(self, size: int) -> None:
        """Bound a head of which the parser has reported nothing yet."""
        self._fed += size
        if self.exchange is None and self._fed > self.most and not self.error:
            self.error = ApiError("head_too_large", limit=self.most)

    def add_header(self, name: bytes, value: bytes) -> None:
        """Take a header; the values of a repeated one are joined. Those after the body count for nothing."""
        self._grow(len(name) + len(value) + 4)
        if self.error or self.exchange:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        if key not in self.headers:
            self.headers[key] = text
            if len(self.headers) > self.most_headers:
                self.error = ApiError("headers_too_many", limit=self.most_headers)
        elif key == "host":
            self.error = ApiError("request_malformed", reason="There are two Host headers")
        else:
            self.headers[key] += f", {text}"

    def _grow(self, size: int) -> None:
        self.size += size
        if self.size > self.most and not self.error:
            self.error = ApiError("head_too_large", limit=self.most)

    def read_head(self, method: str, remote_address: str) -> Request:
        """Return the request; sets `error` for what no server should guess the end of."""
        coding = self.headers.get("transfer-encoding")
        if coding is not None and self.version == "1.0":
            self.error = ApiError("request_malformed", reason="HTTP/1.0 has no Transfer-Encoding")
        elif coding is not None and coding.lower() != "chunked":
            self.error = ApiError("coding_unknown", value=coding)
        elif self.version == "1.1" and "host" not in self.headers and not self.error:
            self.error = ApiError("request_malformed", reason="There is no Host header")
        elif self.version not in ("1.0", "1.1"):
            self.error = ApiError("request_malformed", reason=f"HTTP/{self.version} is unknown")
        expected = self.headers.get("expect")
        if expected is not None and expected.lower() != "100-continue":
            self.error = ApiError("expectation_unknown", value=expected)
        path, query = self._split_url()
        return Request(
            method=method,
            path="/" + path.lstrip("/"),
            query_string=query,
            headers=self.headers,
            remote_address=remote_address,
            read=self.read_body,
            is_whole=True,  # it is answered once its body is here
        )

    @property
    def has_body(self) -> bool:
        """Whether a body follows the head."""
        return "transfer-encoding" in self.headers or self.headers.get("content-length", "0") != "0"

    def write_framing(self) -> bytes:
        """Return a head with the framing of the body and nothing else."""
        names = ("content-length", "transfer-encoding")
        lines = [f"{name}: {self.headers[name]}\r\n" for name in names if name in self.headers]
        return f"POST / HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1")

    def _split_url(self) -> tuple[str, str]:
        path, _, query = self.url.partition(b"#")[0].partition(b"?")
        if not path.startswith(b"/"):  # a proxy is asked like that
            try:
                parts: Any = httptools.parse_url(self.url)
            except httptools.HttpParserInvalidURLError:
                return "", ""
            if parts.host:
                host = parts.host.decode("latin-1")
                self.headers["host"] = f"{host}:{parts.port}" if parts.port else host
            path, query = parts.path or b"/", parts.query or b""
        text = (unquote_to_bytes(path) if b"%" in path else path).decode("utf-8", "replace")
        return text, query.decode("latin-1")

    def read_body(self, most: int) -> bytes:
        """Return the body; raises BodyTooLargeError when it has more bytes, or was not kept."""
        if self.is_too_large or self.body_size > most:
            raise BodyTooLargeError
        body, self.body = b"".join(self.body), []
        return body


@lru_cache
def _begin(status: int) -> str:
    return f"HTTP/1.1 {status} {name_status(status)}\r\n"


def write_head(response: Response, incoming: Incoming, date: str) -> bytes:
    """Return the status and the headers of a response; raises ValueError for a header of two lines."""
    headers, body = response.headers, response.body
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    if isinstance(body, bytes):
        if response.status not in BODILESS and "Content-Length" not in headers:
            lines.append(f"Content-Length: {len(body)}\r\n")
    elif incoming.version == "1.1":
        lines.append("Transfer-Encoding: chunked\r\n")
    if "Date" not in headers:  # files have one
        lines.append(date)
    if not incoming.keeps_alive:
        lines.append("Connection: close\r\n")
    elif incoming.version == "1.0":
        lines.append("Connection: keep-alive\r\n")
    head = "".join(lines)
    if head.count("\n") != len(lines):
        raise ValueError("a header of a response has a line break in it")
    return f"{_begin(response.status)}{head}\r\n".encode("latin-1", "replace")


def write_piece(piece: bytes, incoming: Incoming) -> bytes:
    """Return a piece of a body of unknown size."""
    if incoming.version == "1.0":
        return piece
    return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""


def write_end(incoming: Incoming) -> bytes:
    """Return what follows the last piece."""
    return b"" if incoming.version == "1.0" else _LAST_PIECE
