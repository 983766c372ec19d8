"""A running server: a socket, threads, and a clean stop."""

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

import waitress
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import MultiSocketServer
from waitress.trigger import trigger

from ..settings import Settings
from .app import MockServer, create_app
from .dispatcher import Dispatcher

# Bodies and answers stay in memory: nothing is written to disk. The application refuses large bodies
# itself, with a documented answer; far above its limit the socket server does.
_SLACK = 8
_UNBOUNDED = 1 << 30
_SELECT_SECONDS = 1


class ListenError(Exception):
    """The address cannot be listened on; says why."""


class Server:
    """An application on a socket. `run` serves until another thread calls `stop`."""

    def __init__(self, settings: Settings | None = None, app: MockServer | None = None) -> None:
        self.settings = settings or Settings()
        self.app: MockServer = app or create_app(self.settings)
        most = self.app.pipeline.max_body * _SLACK
        self._sockets: dict[int, Any] = {}
        self._dispatcher = Dispatcher(self.app.pipeline.may_wait)
        try:
            self._wsgi = waitress.create_server(
                self.app,
                map=self._sockets,
                _dispatcher=self._dispatcher,
                host=self.settings.host,
                port=self.settings.port,
                threads=self.settings.threads,
                max_request_body_size=most,
                inbuf_overflow=most * 2,
                outbuf_overflow=_UNBOUNDED,
                outbuf_high_watermark=_UNBOUNDED,
                ident=None,
                clear_untrusted_proxy_headers=True,
            )
        except OSError as error:
            wasyncore.close_all(self._sockets)
            raise ListenError(_explain(error, self.settings)) from None
        except (ValueError, OverflowError) as error:
            raise ListenError(f"cannot listen on {self.settings.host}: {error}") from None
        self._dispatcher.set_thread_count(self.settings.threads)

    @property
    def url(self) -> str:
        """The base of the server, without a path."""
        if isinstance(self._wsgi, MultiSocketServer):
            host, port = self._wsgi.effective_listen[0]
        else:
            host, port = self._wsgi.effective_host, self._wsgi.effective_port
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(str(host), str(host))
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def base_url(self) -> str:
        """The base of the API."""
        return self.url + self.app.pipeline.spec.base_path

    def run(self) -> None:
        """Serve until stopped; requests under way are finished, and the port is free."""
        caught_up = time.monotonic()
        try:
            while self._sockets:
                wasyncore.loop(_SELECT_SECONDS, use_poll=True, map=self._sockets, count=1)
                self._dispatcher.work()
                if time.monotonic() - caught_up >= _SELECT_SECONDS:
                    # Mails go out on time also while nobody asks: an SMTP server may wait for them.
                    self.app.catch_up()
                    caught_up = time.monotonic()
        finally:
            self._finish()

    def stop(self) -> None:
        """Let `run` end; does nothing when it has ended."""
        # Only the thread that watches the sockets may close them.
        for waker in list(self._sockets.values()):
            if isinstance(waker, trigger):
                with suppress(OSError):  # closed just now
                    waker.pull_trigger(self._finish)
                return

    def _finish(self) -> None:
        self._dispatcher.shutdown()
        for channel in list(self._sockets.values()):
            if isinstance(channel, HTTPChannel):
                channel.handle_write()
        wasyncore.close_all(self._sockets)
        self.app.close()


@contextmanager
def running(settings: Settings | None = None, app: MockServer | None = None) -> Iterator[Server]:
    """Run a server in the background while the block lasts, on a free port unless the settings name one.

    An `app` made before keeps its own settings; the server's say where and how to listen.
    """
    server = Server(settings or Settings(port=0), app)
    thread = Thread(target=server.run, name="coldsend-mock", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def _explain(error: OSError, settings: Settings) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {settings.port} on {settings.host} is taken; choose another with --port, 0 for any"
    if error.errno == errno.EACCES:
        return f"port {settings.port} needs privileges; choose one above 1023"
    return f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}"
