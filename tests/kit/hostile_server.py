"""Servers that misbehave: what a run must survive, and what it must not harm on the way."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from time import sleep
from typing import Any

import requests

from .recording import BASE_PATH, KEY, Answer, Recorder, Request

JSON = {"Content-Type": "application/json"}
_PAUSE_SECONDS = 0.02


def ask(server: Recorder, method: str, path: str, **parts: Any) -> Any:
    """Send a request of the account's owner that must succeed; return the body."""
    response = requests.request(
        method, server.base_url + path, headers={"X-API-Key": KEY}, timeout=10, **parts
    )
    assert response.ok, response.text
    return response.json()


def list_names(server: Recorder) -> list[str]:
    """Return the names of the account's campaigns."""
    return [row["name"] for row in ask(server, "GET", "/campaigns", params={"limit": 100})["campaigns"]]


def trickle(data: bytes) -> Iterator[bytes]:
    """Yield a body byte by byte."""
    for byte in data:
        yield bytes([byte])
        sleep(_PAUSE_SECONDS)


def flood() -> Iterator[bytes]:
    """Yield a body that has no end."""
    while True:
        yield b" " * 65536


def fail_some(
    server: Recorder, every: int, answer: Callable[[Request], Answer | None], first: int = 0
) -> None:
    """Let each `every`th request of the API from the `first` on be answered by `answer`."""
    numbers = count()

    def choose(request: Request) -> Answer | None:
        number = next(numbers)
        return answer(request) if number >= first and (number - first) % every == 0 else None

    server.answers.append(choose)


@contextmanager
def trickling_heads() -> Iterator[str]:
    """Run a server that sends the head of an answer byte by byte and never ends it; yield its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stopped = threading.Event()

        def serve(connection: socket.socket) -> None:
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                    while not stopped.is_set():
                        connection.sendall(b"x")
                        sleep(_PAUSE_SECONDS)
                except OSError:
                    pass

        def accept() -> None:
            while not stopped.is_set():
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}{BASE_PATH}"
        stopped.set()
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()
