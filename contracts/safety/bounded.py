"""A session whose answers end: in time, and with so many bytes at most."""

import os
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from .. import interruption

_CHUNK = 65536
_MOST_REDIRECTS = 3


class UnendingAnswerError(requests.RequestException):
    """The answer takes too long as a whole, or is too large."""


class BoundedSession(requests.Session):
    """Gives up an answer of one server that is not whole after `seconds`, or has more than `most_bytes`.

    The timeout of `requests` counts from byte to byte, so a byte in time keeps it waiting for ever.
    The proxies and certificates of the environment count as usual, but are looked up once: `requests` would
    read all variables again for each request. The credentials of a .netrc file do not count.
    """

    def __init__(self, url: str, seconds: float, most_bytes: int) -> None:
        super().__init__()
        self.trust_env = False
        self.proxies = get_environ_proxies(url)
        self.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        self.max_redirects = _MOST_REDIRECTS
        self._seconds = seconds
        self._most_bytes = most_bytes
        sockets: WeakSet[socket.socket] = WeakSet()
        self._deadlines = _Deadlines(seconds, sockets)
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(sockets))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request and read its answer whole; raises UnendingAnswerError."""
        kwargs["timeout"] = kwargs.get("timeout") or self._seconds
        with self._deadline(), interruption.waiting():
            response = super().send(request, **{**kwargs, "stream": True})
            # where `requests` keeps what it has read; schemathesis looks at `raw`, so that stays
            response._content = self._read(response)
        return response

    def close(self) -> None:
        """Close the connections, and end the thread that watches the deadlines."""
        super().close()
        self._deadlines.close()

    def _read(self, response: requests.Response) -> bytes:
        data = bytearray()
        for chunk in response.raw.stream(_CHUNK, decode_content=True):
            data += chunk
            if len(data) > self._most_bytes:
                response.raw.close()
                raise UnendingAnswerError(f"the answer has more than {self._most_bytes} bytes")
        return bytes(data)

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        deadline = self._deadlines.begin()
        try:
            yield
        except (requests.RequestException, HTTPError, OSError) as error:
            if not deadline.is_missed:
                if isinstance(error, requests.RequestException):
                    raise
                raise requests.ConnectionError(str(error)) from None
        finally:
            deadline.is_over = True
        if deadline.is_missed:  # a body without a length looks whole when the connection ends
            raise UnendingAnswerError(f"the answer was not whole after {self._seconds:g} s")


@dataclass(slots=True)
class _Deadline:
    at: float
    """By `time.monotonic`."""
    is_over: bool = False
    """Whether the answer has come, or has failed."""
    is_missed: bool = False


class _Deadlines:
    """The deadlines of the answers of one session, each `seconds` from its beginning.

    One thread watches them, for as long as there are any: a thread for each would cost more than its request.
    """

    def __init__(self, seconds: float, sockets: "WeakSet[socket.socket]") -> None:
        self._seconds = seconds
        self._sockets = sockets
        self._lock = Lock()
        self._running: deque[_Deadline] = deque()
        """Those of the answers that are awaited, the next one first; some may be over."""
        self._is_watched = False
        self._closed = Event()

    def close(self) -> None:
        """Watch no deadline any more."""
        self._closed.set()

    def begin(self) -> _Deadline:
        """Return the deadline of an answer that is asked for now."""
        deadline = _Deadline(time.monotonic() + self._seconds)
        with self._lock:
            self._drop_those_over()
            self._running.append(deadline)
            if not self._is_watched:
                self._is_watched = True
                self._closed.clear()
                Thread(target=self._watch, daemon=True).start()
        return deadline

    def _drop_those_over(self) -> None:
        while self._running and (self._running[0].is_over or self._running[0].is_missed):
            self._running.popleft()

    def _watch(self) -> None:
        while True:
            with self._lock:
                self._drop_those_over()
                if not self._running or self._closed.is_set():
                    self._is_watched = False
                    return
                first = self._running[0]
            is_closed = self._closed.wait(max(0.0, first.at - time.monotonic()))
            if not (is_closed or first.is_over):
                first.is_missed = True
                self._cut()

    def _cut(self) -> None:
        for each in list(self._sockets):
            with suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """A pool that keeps the sockets of its connections."""

    def __init__(self, sockets: "WeakSet[socket.socket]") -> None:
        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                sockets.add(self.sock)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                sockets.add(self.sock)

        plain = type("Plain", (HTTPConnectionPool,), {"ConnectionCls": Plain})
        secure = type("Secure", (HTTPSConnectionPool,), {"ConnectionCls": Secure})
        self._pools = {"http": plain, "https": secure}
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager
