"""A running server: a socket, threads, and a clean stop."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import waitress
from waitress.server import MultiSocketServer

from .app import MockServer, create_app
from .settings import Settings

# Bodies and answers stay in memory: nothing is written to disk. The application refuses large bodies
# itself, with a documented answer; far above its limit the socket server does.
_SLACK = 8


class ListenError(Exception):
    """The address cannot be listened on; says why."""


class Server:
    """An application on a socket. `run` serves until `stop`, which may be called from elsewhere."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.app: MockServer = create_app(self.settings)
        most = self.settings.max_body * _SLACK
        try:
            self._wsgi = waitress.create_server(
                self.app,
                host=self.settings.host,
                port=self.settings.port,
                threads=self.settings.threads,
                max_request_body_size=most,
                inbuf_overflow=most * 2,
                outbuf_overflow=1 << 30,
                ident=None,
                clear_untrusted_proxy_headers=True,
            )
        except OSError as error:
            raise ListenError(_explain(error, self.settings)) from None
        except (ValueError, OverflowError) as error:
            raise ListenError(f"cannot listen on {self.settings.host}: {error}") from None

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
        """Serve until stopped; requests under way are finished."""
        self._wsgi.run()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._wsgi.close()


@contextmanager
def running(settings: Settings | None = None) -> Iterator[Server]:
    """Run a server in the background while the block lasts.

    The port is a free one unless the settings name another than the default.
    """
    server = Server(settings or Settings(port=0))
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
