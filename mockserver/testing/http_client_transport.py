"""http.client, on which urllib and urllib3 stand, connected to an application in this process."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import httptools

from .in_process import Application, Received, send

__all__ = ["MockSocket"]


class MockSocket:
    """What http.client takes for a socket: keeps what is sent, and answers when it is read."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._sent = bytearray()

    def sendall(self, data: Any) -> None:
        """Take a part of a request."""
        self._sent += memoryview(data)

    def makefile(self, *_args: Any, **_options: Any) -> BytesIO:
        """Return the bytes of the answer to what was sent; they end early when the connection breaks."""
        request = _read_request(bytes(self._sent))
        self._sent.clear()
        return BytesIO(_write(send(self._app, request.method, request.url, request.headers, request.body)))

    def settimeout(self, *_args: Any) -> None:
        """Wait for nothing: the answer is here at once."""

    setsockopt = shutdown = close = settimeout


class _Request:
    """The request in some bytes; httptools calls the methods that are called `on_…`."""

    def __init__(self) -> None:
        self.method = ""
        self.url = ""
        self.headers: dict[str, str] = {}
        self.body = b""

    def on_url(self, url: bytes) -> None:
        self.url += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        known, text = self.headers.get(name.decode("latin-1").lower()), value.decode("latin-1")
        self.headers[name.decode("latin-1").lower()] = text if known is None else f"{known}, {text}"

    def on_body(self, body: bytes) -> None:
        self.body += body


def _read_request(sent: bytes) -> _Request:
    request = _Request()
    parser = httptools.HttpRequestParser(request)
    parser.feed_data(sent)
    request.method = parser.get_method().decode()
    return request


def _write(received: Received) -> bytes:
    if received.is_broken and not received.body:
        return b""
    # What is read as a whole needs no connection any more.
    headers = [*received.headers, ("Connection", "close")]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    start = f"HTTP/1.1 {received.status} {received.reason}\r\n{head}\r\n"
    return start.encode("latin-1") + received.body


def lead(connect: Callable[[Any], None], app: Application, hosts: set[str]) -> Callable[[Any], None]:
    """Return the `connect` of a class of connections that leads some hosts to an application."""

    def connect_here(connection: Any) -> None:
        host = connection._tunnel_host or connection.host
        if str(host).casefold() in hosts:
            connection.sock = MockSocket(app)
            connection.is_verified = True  # urllib3 warns of connections that are not
        else:
            connect(connection)

    return connect_here
