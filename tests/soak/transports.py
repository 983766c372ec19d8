"""How a request reaches a server: in this process, or over a socket."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from mockserver import MockServer, Settings, create_app
from mockserver.testing.in_process import send

from ..benchmarks.processes import resident_memory
from .exchanges import Answer, Request

JOB_SECONDS = 30
"""How long uploads and bulk jobs take, so that they are met half done; the clock stands still until moved."""
_SERVED = re.compile(r"http://127\.0\.0\.1:(\d+)")
_TIMEOUT = 60
_ROOT = Path(__file__).parents[2]


class Transport(Protocol):
    """Sends requests to one server."""

    def send(self, request: Request) -> Answer: ...


class InProcess:
    """An application in this process."""

    def __init__(self, app: MockServer | None = None) -> None:
        self.app = app or create_app(Settings(job_seconds=JOB_SECONDS))

    def send(self, request: Request) -> Answer:
        received = send(self.app, request.method, request.target, request.all_headers, request.body or b"")
        return Answer(0 if received.is_broken else received.status, received.headers, received.body)


class Socket:
    """A server behind a socket; one connection, which is opened anew when it ended. Not for two threads."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._connection = HTTPConnection(address, timeout=_TIMEOUT)

    def send(self, request: Request) -> Answer:
        """Send a request; raises OSError when the server does not take it or takes too long."""
        connection = self._connection
        headers = {name: value.encode("latin-1") for name, value in request.all_headers.items()}
        try:
            connection.request(request.method, request.target, request.body, headers)
            response = connection.getresponse()
            body = response.read()
        except TimeoutError:
            connection.close()
            raise
        except (HTTPException, ConnectionError):
            connection.close()
            return Answer(0)
        if response.will_close:
            connection.close()
        return Answer(response.status, response.getheaders(), body)

    def close(self) -> None:
        self._connection.close()


class Served:
    """A process that serves the mock."""

    def __init__(self, process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
        self.address = address
        self._process = process
        self._log = log

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def memory(self) -> int:
        """Its resident memory, in bytes."""
        return resident_memory(self._process.pid)

    @property
    def log(self) -> str:
        """What it wrote, from its end."""
        return self._log.read_text("utf-8", "replace")[-4000:]


@contextmanager
def serving(*options: str) -> Iterator[Served]:
    """Run `coldsend-mock serve` while the block lasts, on a free port.

    Raises RuntimeError when it does not start.
    """
    command = [sys.executable, "-u", "-m", "mockserver", "serve", "--port", "0", "--job-seconds"]
    with TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*command, str(JOB_SECONDS), *options], cwd=_ROOT, stdout=file, stderr=file,
                env={**os.environ, "PYTHONWARNINGS": "default"},
            )  # fmt: skip
            try:
                yield Served(process, _await_address(process, log), log)
            finally:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _await_address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(600):
        if found := _SERVED.search(log.read_text("utf-8", "replace")):
            return f"127.0.0.1:{found[1]}"
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"the mock does not start:\n{log.read_text('utf-8', 'replace')}")
