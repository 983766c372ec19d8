"""A proxy on this machine: it leads some hosts to the mock, and lets others pass or refuses them.

How it works: a tunnel (CONNECT) to one of the hosts ends at a TLS server of this process, which hands the
bytes on to the mock. Nothing here reads HTTP beyond the first head that a client sends. Why so: what the mock
answers arrives byte for byte.
"""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread
from urllib.parse import SplitResult, urlsplit

from .upstream import Upstream

ADDRESS = "127.0.0.1"
_MOST_CONNECTIONS = 1000
_HEAD_BYTES = 64 * 1024
_HEAD_SECONDS = 30
_CONNECT_SECONDS = 30
_IDLE_SECONDS = 3600
_PIECE = 64 * 1024
_HTTPS_PORT = 443
_HTTP_PORT = 80
_OWN_HEADERS = (b"connection:", b"proxy-connection:", b"proxy-authorization:", b"keep-alive:")


@dataclass(frozen=True, slots=True)
class Rules:
    """Which host leads where."""

    hosts: frozenset[str]
    """The hosts that lead to the mock."""
    mock: tuple[str, int]
    """The address of the mock."""
    context: ssl.SSLContext
    """With the certificate for the hosts."""
    upstream: Upstream
    """The way to all other hosts."""
    block_others: bool = False
    """Whether all other hosts are refused."""


class _RefusedError(Exception):
    """The proxy does not do what a client asks for: a status and a sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Proxy:
    """The two servers: `port` takes the requests of a proxy, `tls_port` is the hosts of the rules."""

    port = 0
    tls_port = 0

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._connections = 0

    async def serve(self, on_ready: Callable[[], None], stopped: asyncio.Event) -> None:
        """Serve until an event is set."""
        front = await asyncio.start_server(
            self._bound(self._lead_to_mock), ADDRESS, 0, ssl=self._rules.context
        )
        proxy = await asyncio.start_server(self._bound(self._answer), ADDRESS, 0, limit=_HEAD_BYTES)
        self.tls_port = front.sockets[0].getsockname()[1]
        self.port = proxy.sockets[0].getsockname()[1]
        on_ready()
        await stopped.wait()
        for server in (front, proxy):
            server.close()

    def _bound(
        self, handle: Callable[[StreamReader, StreamWriter], Awaitable[None]]
    ) -> Callable[[StreamReader, StreamWriter], Awaitable[None]]:
        """Return a handler that keeps the bounds, and closes its connection."""

        async def handle_bounded(reader: StreamReader, writer: StreamWriter) -> None:
            self._connections += 1
            try:
                if self._connections <= _MOST_CONNECTIONS:
                    await handle(reader, writer)
                else:
                    text = f"This proxy takes {_MOST_CONNECTIONS} connections at once"
                    writer.write(_write_refusal(_RefusedError(503, text)))
            except (OSError, TimeoutError, asyncio.CancelledError):
                pass  # the client or the host has gone, or the proxy stops
            finally:
                self._connections -= 1
                writer.close()

        return handle_bounded

    async def _lead_to_mock(self, reader: StreamReader, writer: StreamWriter) -> None:
        await _join(reader, writer, *await asyncio.open_connection(*self._rules.mock))

    async def _answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            method, target, head = await _read_head(reader)
            if method == "CONNECT":
                others = await self._open_tunnel(target)
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                others = await self._open_for_request(target)
                others[1].write(_rewrite(head, target))
        except _RefusedError as error:
            writer.write(_write_refusal(error))
            with suppress(OSError):
                await writer.drain()
            return
        await _join(reader, writer, *others)

    async def _open_tunnel(self, target: str) -> tuple[StreamReader, StreamWriter]:
        url = _split(f"//{target}")
        host, port = url.hostname or "", url.port or _HTTPS_PORT
        if self._leads(host):
            return await asyncio.open_connection(ADDRESS, self.tls_port)
        return await self._open(host, port)

    async def _open_for_request(self, target: str) -> tuple[StreamReader, StreamWriter]:
        """Open the way for a request with a whole URL, as some clients send it to proxies also for https."""
        url = _split(target)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise _RefusedError(400, "This is a proxy: it takes CONNECT and whole URLs")
        if self._leads(url.hostname):
            return await asyncio.open_connection(*self._rules.mock)
        is_secure = url.scheme == "https"
        return await self._open(
            url.hostname, url.port or (_HTTPS_PORT if is_secure else _HTTP_PORT), is_secure=is_secure
        )

    def _leads(self, host: str) -> bool:
        return host.casefold().rstrip(".") in self._rules.hosts

    async def _open(
        self, host: str, port: int, *, is_secure: bool = False
    ) -> tuple[StreamReader, StreamWriter]:
        """Connect to a host that is not the mock."""
        if self._rules.block_others:
            raise _RefusedError(403, f"coldsend-mock run --block-others lets nobody reach {host}")
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                return await self._rules.upstream.open(host, port, is_secure=is_secure)
        except (OSError, TimeoutError, ValueError) as error:
            raise _RefusedError(502, f"{host}:{port} cannot be reached: {error or 'too slow'}") from None


async def _read_head(reader: StreamReader) -> tuple[str, str, bytes]:
    """Return the method, the target and the whole head of a request; raises _RefusedError."""
    try:
        async with asyncio.timeout(_HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
    except TimeoutError:
        raise _RefusedError(408, f"The head took more than {_HEAD_SECONDS} seconds") from None
    except asyncio.LimitOverrunError:
        raise _RefusedError(431, f"The head has more than {_HEAD_BYTES} bytes") from None
    except asyncio.IncompleteReadError:
        raise _RefusedError(400, "The head ends early") from None
    parts = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
    if len(parts) != 3:
        raise _RefusedError(400, "This is no request")
    return parts[0], parts[1], head


def _split(url: str) -> SplitResult:
    """Return the parts of a URL; raises _RefusedError when it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise _RefusedError(400, "This is no URL") from None
    return parts


def _rewrite(head: bytes, target: str) -> bytes:
    """Return the head of a request to a proxy as a host gets it, for this one request."""
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    method, _, version = first.split(b" ")
    url = urlsplit(target)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    kept = [line for line in lines if not line.lower().startswith(_OWN_HEADERS)]
    return b"\r\n".join(
        [b" ".join([method, path.encode("latin-1"), version]), *kept, b"Connection: close\r\n\r\n"]
    )


def _write_refusal(error: _RefusedError) -> bytes:
    text = " ".join(str(error).split()).encode("ascii", "replace")
    # Of an answer to CONNECT, many clients show the first line alone.
    head = b"HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (error.status, text, len(text) + 1) + text + b"\n"


async def _join(
    reader: StreamReader, writer: StreamWriter, other_reader: StreamReader, other_writer: StreamWriter
) -> None:
    """Hand on the bytes of two connections to each other until both have ended."""
    try:
        await asyncio.gather(_copy(reader, other_writer), _copy(other_reader, writer), return_exceptions=True)
    finally:
        other_writer.close()


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        while piece := await asyncio.wait_for(reader.read(_PIECE), _IDLE_SECONDS):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()
    except (OSError, TimeoutError):
        writer.close()


@contextmanager
def running_proxy(rules: Rules) -> Iterator[Proxy]:
    """Run a proxy in the background for the length of the block; raises OSError when it cannot listen."""
    proxy, ready = Proxy(rules), Future[None]()
    loop, stopped = asyncio.new_event_loop(), asyncio.Event()

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(proxy.serve(lambda: ready.set_result(None), stopped))
        except OSError as error:
            ready.set_exception(error)

    thread = Thread(target=run, name="coldsend-mock proxy", daemon=True)
    thread.start()
    ready.result()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
