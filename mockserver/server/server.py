"""A running server: its sockets, its loop, and a clean stop."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Thread
from typing import Any

from ..settings import Settings, make_settings
from .app import MockServer, create_app
from .connection import Connection
from .listener import Listener
from .process import ACCEPTED_AT_ONCE

_BACKLOG = 1024
"""Connections that wait to be accepted."""
_CHECK_SECONDS = 0.01
_STOPS_AT_ONCE = 2
"""Asked so often to stop, a server does not wait for anything."""


class ListenError(Exception):
    """The server cannot listen on the address; the message says why."""


class Server:
    """An application on a socket. `run` serves until another thread, or a signal, calls `stop`."""

    def __init__(self, settings: Settings | None = None, app: MockServer | None = None) -> None:
        self.settings = settings or Settings()
        self.app: MockServer = app or create_app(self.settings)
        try:
            self._sockets = _listen(self.settings)
        except ListenError:
            if app is None:  # nobody else can close what was made here
                self.app.close()
            raise
        self._address = self._sockets[0].getsockname()[:2]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stops = 0
        """How often it was asked to stop."""

    @property
    def url(self) -> str:
        """The base of the server, without a path."""
        host, port = self._address
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def base_url(self) -> str:
        """The base of the API."""
        return self.url + self.app.pipeline.spec.base_path

    def run(self) -> None:
        """Serve until stopped; then finish requests and mails under way, for `grace` seconds at most."""
        asyncio.run(self._serve())

    def stop(self) -> None:
        """Let `run` end, the second time at once; does nothing when it has ended."""
        self._stops += 1
        if self._loop:
            with suppress(RuntimeError):  # it has ended just now
                self._loop.call_soon_threadsafe(self._changed.set)

    async def _serve(self) -> None:
        self._changed = changed = asyncio.Event()
        self._loop = loop = asyncio.get_running_loop()
        listener = Listener(self.app, self.settings, loop, on_empty=changed.set)
        loop.set_exception_handler(listener.complain)
        servers = [
            await loop.create_server(lambda: Connection(listener), sock=each, backlog=ACCEPTED_AT_ONCE)
            for each in self._sockets
        ]
        for each in self._sockets:
            each.listen(_BACKLOG)
        while not self._stops:
            await changed.wait()
            changed.clear()
        for server in servers:
            server.close()
        self.app.is_stopping = True
        listener.stop()
        closing = Thread(target=self.app.close, daemon=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.settings.grace):
                while listener.connections and self._stops < _STOPS_AT_ONCE:
                    await changed.wait()
                    changed.clear()
                closing.start()  # mails may wait for an SMTP server that does not answer
                while closing.is_alive() and self._stops < _STOPS_AT_ONCE:
                    await asyncio.sleep(_CHECK_SECONDS)
        listener.cut()
        if self.app.saver:  # also when requests or mails took longer than the server waits
            self.app.saver.close()
        await asyncio.sleep(0)  # lets the loop close the connections that were cut


@contextmanager
def running(
    settings: Settings | None = None, app: MockServer | None = None, **values: Any
) -> Iterator[Server]:
    """Run a server in the background while the block lasts, on a free port unless one is named.

    Settings may be given by name: `running(seed="demo", strict_keys=True)`. An `app` made before keeps its
    own settings; the server's say where and how to listen.

    Raises what `create_app` does, TypeError for a name that no setting has, and ListenError.
    """
    settings = make_settings(values, settings)
    with in_background(Server(settings if settings.names_port else replace(settings, port=0), app)) as server:
        yield server


@contextmanager
def in_background(server: Server) -> Iterator[Server]:
    """Run a server in a thread of its own while the block lasts."""
    thread = Thread(target=server.run, name="coldsend-mock", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def _listen(settings: Settings) -> list[socket.socket]:
    """Return a socket for every address of the host, all on one port."""
    sockets: list[socket.socket] = []
    port = settings.port
    try:
        found = socket.getaddrinfo(
            settings.host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, address in dict.fromkeys((family, address) for family, _, _, _, address in found):
            sockets.append(socket.create_server((address[0], port), family=family, backlog=_BACKLOG))
            port = sockets[0].getsockname()[1]
    except OSError as error:
        _close(sockets)
        raise ListenError(_explain(error, settings)) from None
    except (ValueError, OverflowError) as error:
        _close(sockets)
        raise ListenError(f"cannot listen on {settings.host}: {error}") from None
    return sockets


def _close(sockets: list[socket.socket]) -> None:
    for each in sockets:
        each.close()


def _explain(error: OSError, settings: Settings) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {settings.port} on {settings.host} is taken; choose another one, 0 for any"
    if error.errno == errno.EACCES:
        return f"port {settings.port} needs privileges; choose one above 1023"
    return f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}"
