"""The servers that are compared: how each is installed and started."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mockserver.openapi.spec import Spec

from .calls import address_of, list_stubs, make_probe
from .load import UnexpectedAnswerError, ask
from .processes import ENVIRONMENT

_PRISM = "@stoplight/prism-cli@5.16.0"
_WIREMOCK = "wiremock@3.13.2"
_UNCHUNKED = ("--use-chunked-encoding", "never")
"""The load generator reads answers by their Content-Length."""
_INSTALL_SECONDS = 300
_START_SECONDS = 60.0
_POLL_SECONDS = 0.002


class NotAvailableError(Exception):
    """A contender cannot take part; the message says why."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A server of the API: its name, and what starts it and then returns its base URL."""

    name: str
    command: Callable[[Path], list[str]]
    """Makes the command line; given a folder for what the server writes."""
    base_url: Callable[[Path], str | None]
    """Reads the base URL; None as long as it is not known."""


@dataclass(frozen=True, slots=True)
class Running:
    """A started server."""

    base_url: str
    pid: int
    start_seconds: float
    """From the start of the process to the first answer."""


def make_mock(*flags: str, log: bool) -> Contender:
    """Return this project's server with some flags, logging requests or not."""
    quiet = [] if log else ["--quiet"]
    serve = [sys.executable, "-m", "mockserver", "serve", *flags, *quiet, "--port", "0", "--ready-file"]

    def read_base_url(folder: Path) -> str | None:
        ready = folder / "ready"
        return (ready.read_text().strip() or None) if ready.exists() else None

    return Contender("coldsend-mock", lambda folder: [*serve, str(folder / "ready")], read_base_url)


def make_prism(spec: Spec, *, log: bool) -> Contender:
    """Return Prism, logging requests or not; it is installed on first use, into the virtual environment.

    Raises NotAvailableError where npm is missing or cannot install it.
    """
    program, port = _install(_PRISM, "prism"), _find_port()
    quiet = [] if log else ["--verboseLevel", "silent"]
    options = ["--errors", *quiet, "--host", "127.0.0.1", "--port", str(port)]
    return Contender(
        "Prism",
        lambda _folder: [str(program), "mock", str(spec.path), *options],
        lambda _folder: f"http://127.0.0.1:{port}",
    )


def make_wiremock(spec: Spec) -> Contender:
    """Return WireMock without a journal, its stubs written by hand; installed as Prism is.

    Raises NotAvailableError where npm or Java is missing.
    """
    if shutil.which("java") is None:
        raise NotAvailableError("Java is not installed")
    program, port = _install(_WIREMOCK, "wiremock"), _find_port()

    def write_stubs(folder: Path) -> list[str]:
        mappings = folder / "mappings"
        mappings.mkdir()
        for number, stub in enumerate(list_stubs(spec)):
            (mappings / f"{number}.json").write_text(json.dumps(stub))
        options = ["--bind-address", "127.0.0.1", "--port", str(port), "--root-dir", str(folder)]
        return [str(program), *options, "--no-request-journal", "--disable-banner", *_UNCHUNKED]

    return Contender("WireMock", write_stubs, lambda _folder: f"http://127.0.0.1:{port}{spec.base_path}")


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _install(package: str, program_name: str) -> Path:
    """Install an npm package into the virtual environment, once; returns its program."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotAvailableError("npm is not installed")
    in_venv = sys.prefix != sys.base_prefix
    base = Path(sys.prefix if in_venv else tempfile.gettempdir())
    folder = base / program_name / package.rpartition("@")[2]
    program = folder / "node_modules" / ".bin" / program_name
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", package]
        try:
            done = subprocess.run(
                command, check=False, capture_output=True, text=True, timeout=_INSTALL_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise NotAvailableError(f"npm took more than {_INSTALL_SECONDS} seconds to install it") from None
        if done.returncode:
            last = (done.stderr.strip() or "it says nothing").splitlines()[0]
            raise NotAvailableError(f"npm cannot install it: {last}")
    return program


@contextmanager
def started(contender: Contender, spec: Spec) -> Iterator[Running]:
    """Run a server while the block lasts.

    Raises NotAvailableError when it ends, or answers nothing as it should, within a minute.
    """
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as log:
        folder = Path(name)
        begun = time.perf_counter()
        # A group of its own: WireMock is a child of what npm starts.
        process = subprocess.Popen(
            contender.command(folder), stdout=log, stderr=log, env=ENVIRONMENT, start_new_session=True
        )
        try:
            reason = "no answer"
            while True:
                seconds = time.perf_counter() - begun
                if process.poll() is not None or seconds > _START_SECONDS:
                    log.seek(0)
                    output = log.read().decode(errors="replace")[-2000:]
                    raise NotAvailableError(f"{contender.name} does not serve: {reason}\n{output}")
                base_url = contender.base_url(folder)
                try:
                    if base_url:
                        ask(address_of(base_url), make_probe(spec, base_url))
                        break
                except (OSError, UnexpectedAnswerError) as error:
                    reason = str(error)
                time.sleep(_POLL_SECONDS)
            yield Running(base_url, process.pid, time.perf_counter() - begun)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children, by force where a word is not enough."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
