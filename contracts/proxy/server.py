"""The proxy's own sockets: threads of the standard library, each with bounds."""

import json
import string
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests

from mockserver import Settings
from mockserver.control import load_control_spec
from mockserver.errors import ApiError
from mockserver.http.guard import Guard
from mockserver.http.messages import Request
from mockserver.openapi.spec import Spec

from ..safety.bounded import BoundedSession
from ..traffic.recorded import Recorded

_HOP_BY_HOP = ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
               "te", "trailer", "transfer-encoding", "upgrade")  # fmt: skip
"""Headers of one connection, which nobody passes on [RFC 9110, 7.6.1]."""
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_PLAIN = string.ascii_letters + string.digits + string.punctuation.replace("#", "")
"""What stays as it is in a request line."""
_ENCODINGS = "gzip, deflate"
"""What the proxy can read of an answer."""

Listener = Callable[[Recorded, bool], None]
"""Is given each exchange, and whether a change was under way at the same time; one after the other."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a proxy takes at most."""

    body_bytes: int = 32 * 1024 * 1024
    """Of a request, and of an answer."""
    seconds: float = 60.0
    """For a request to arrive, and for the target to answer it."""
    connections: int = 64


class Proxy(ThreadingHTTPServer):
    """Listens on this machine, and passes what is below the path of the target on to it, unchanged.

    Raises OSError when the address cannot be listened on.
    """

    daemon_threads = True

    def __init__(
        self,
        spec: Spec,
        target: str,
        address: tuple[str, int],
        listener: Listener,
        bounds: Bounds | None = None,
    ) -> None:
        parts = urlsplit(target)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.base_path = parts.path.rstrip("/")
        self.bounds = bounds or Bounds()
        self.guard = Guard(spec, Settings(host=address[0]))
        self._listener = listener
        self._places = threading.BoundedSemaphore(self.bounds.connections)
        self._lock = threading.Lock()
        self._under_way: dict[int, tuple[bool, list[bool]]] = {}
        self._count = 0
        super().__init__(address, _Handler)

    @property
    def url(self) -> str:
        """The base of the API for clients of the proxy."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}{self.base_path}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection in a thread; one too many is closed."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer a connection, and give its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Report an error of the proxy itself, not that a client went away."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def begin(self, method: str) -> int:
        """Note a request that is under way; return its number."""
        is_change, crossed = method not in _SAFE_METHODS, list[bool]()
        with self._lock:
            self._count += 1
            number = self._count
            for other_is_change, other in self._under_way.values():
                if is_change or other_is_change:
                    crossed.append(True)
                    other.append(True)
            self._under_way[number] = is_change, crossed
        return number

    def end(self, number: int, recorded: Recorded | None) -> None:
        """Hand the exchange of a request to the listener, if it got an answer."""
        with self._lock:
            _, crossed = self._under_way.pop(number)
            if recorded:
                self._listener(recorded, bool(crossed))


class _Handler(BaseHTTPRequestHandler):
    """Passes the requests of one connection on."""

    protocol_version = "HTTP/1.1"
    server: Proxy

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(self.server.bounds.seconds)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: the findings are what matters."""

    def _pass_on(self) -> None:
        try:
            self.server.guard.check(self._describe())
        except ApiError as error:
            found = load_control_spec().server_errors[error.name]
            self._refuse(found.status, found.render(error.facts)["detail"])
            return
        if not self._is_below_base():
            self._refuse(404, f"this proxy passes on what is below {self.server.base_path or '/'} only")
            return
        body = self._read_body()
        if body is None:
            return
        number, exchanged = self.server.begin(self.command), None
        try:
            exchanged = self._exchange(body)
        finally:
            # before the answer: what a client asks next does not overlap with this
            try:
                self.server.end(number, exchanged[1] if exchanged else None)
            finally:
                if exchanged:
                    self._answer(exchanged[0])

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _pass_on  # noqa: N815

    def _describe(self) -> Request:
        headers = {name.casefold(): value for name, value in self.headers.items()}
        address = str(self.client_address[0])
        return Request(self.command, self.path.partition("?")[0], "", headers, address, lambda _most: b"")

    def _is_below_base(self) -> bool:
        """Return whether the path lies below that of the target, also for a server that resolves `..`."""
        path, base = self.path.partition("?")[0], self.server.base_path
        segments = unquote(path).replace("\\", "/").split("/")
        return f"{path}/".startswith(f"{base}/") and not {".", ".."} & set(segments)

    def _read_body(self) -> bytes | None:
        """Return the body; None when it was refused."""
        if "transfer-encoding" in self.headers:
            self._refuse(411, "this proxy wants to know the size of a body: send Content-Length")
            return None
        text, *others = self.headers.get_all("content-length") or ["0"]
        if others or not (text.isdecimal() and len(text) < 20):
            self._refuse(400, "Content-Length is no number")
            return None
        if int(text) > self.server.bounds.body_bytes:
            self._refuse(413, f"a body has {self.server.bounds.body_bytes} bytes at most")
            return None
        return self.rfile.read(int(text))

    def _list_sent(self) -> dict[str, str]:
        """Return the headers that are passed on, by names in lower case; repeated ones become one."""
        own = ",".join(self.headers.get_all("connection") or ()).casefold().split(",")
        left_out = {*_HOP_BY_HOP, "host", "content-length", "accept-encoding", *map(str.strip, own)}
        names = {name.casefold() for name in self.headers} - left_out
        return {name: ", ".join(self.headers.get_all(name) or ()) for name in sorted(names)}

    def _exchange(self, body: bytes) -> tuple[requests.Response, Recorded] | None:
        """Pass a request on; return its answer and both as an exchange, None without an answer."""
        sent, url = self._list_sent(), self.server.origin + quote(self.path.encode("latin-1"), safe=_PLAIN)
        at, started = datetime.now(UTC), time.monotonic()
        bounds = self.server.bounds
        try:
            with BoundedSession(self.server.origin, bounds.seconds, bounds.body_bytes) as session:
                session.headers.clear()
                headers = {**sent, "Accept-Encoding": _ENCODINGS}
                request = requests.Request(self.command, self.server.origin, headers, data=body or None)
                prepared = session.prepare_request(request)
                prepared.url = url  # `requests` would write the path and the query anew
                answer = session.send(prepared, allow_redirects=False)
        except requests.RequestException as error:
            self._refuse(502, f"the target did not answer: {type(error).__name__}")
            return None
        recorded = Recorded(
            place="proxy",
            method=self.command,
            url=url,
            status=answer.status_code,
            request_headers=sent,
            request_body=body,
            response_headers={name.casefold(): value for name, value in _list_headers(answer)},
            response_body=answer.content,
            at=at,
            seconds=time.monotonic() - started,
        )
        return answer, recorded

    def _answer(self, answer: requests.Response) -> None:
        body = answer.content
        self.send_response_only(answer.status_code, answer.reason)
        for name, value in _list_headers(answer):
            self.send_header(name, value)
        length = answer.headers.get("content-length", "0") if self.command == "HEAD" else str(len(body))
        if answer.status_code not in (204, 304):
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, status: int, detail: str) -> None:
        self.close_connection = True
        body = json.dumps({"detail": detail}).encode()
        headers: Mapping[str, str] = {
            "Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"
        }  # fmt: skip
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _list_headers(answer: requests.Response) -> list[tuple[str, str]]:
    """Return the headers that are passed on; a repeated one stays repeated."""
    left_out = (*_HOP_BY_HOP, "content-length", "content-encoding")
    return [(name, value) for name, value in answer.raw.headers.items() if name.casefold() not in left_out]
