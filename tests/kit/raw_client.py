"""A client that sends bytes as they stand, and reads answers one by one."""

import json
import re
import socket
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from mockserver.server.server import Server

from .api import BASE, SPEC

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class RawAnswer:
    """One answer as it came."""

    status: int
    head: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def has_header(self, line: str) -> bool:
        return line.casefold() in self.head.casefold().split("\r\n")


class RawClient(AbstractContextManager["RawClient"]):
    """One connection to a server."""

    def __init__(self, server: Server, timeout: float = 30) -> None:
        address = urlsplit(server.url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=timeout)
        self._received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, data: bytes) -> RawAnswer:
        """Send bytes and return the next answer."""
        self.send(data)
        return self.receive()

    def receive(self, *, has_body: bool = True) -> RawAnswer:
        """Return the next answer; raises ConnectionError when there is none."""
        while b"\r\n\r\n" not in self._received:
            self._read_more()
        head, _, rest = self._received.partition(b"\r\n\r\n")
        found = _LENGTH.search(b"\r\n" + head)
        length = int(found[1]) if found and has_body else 0
        while len(rest) < length:
            self._read_more()
            rest = self._received.partition(b"\r\n\r\n")[2]
        self._received = rest[length:]
        return RawAnswer(int(head[9:12]), head.decode("latin-1"), rest[:length])

    def is_closed(self) -> bool:
        """Return whether the server ends the connection, with nothing more to read."""
        try:
            return self._received == b"" and self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def _read_more(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server ended the connection")
        self._received += data


def write_request(
    method: str = "GET",
    path: str = f"{BASE}/campaigns",
    key: str = "cs_live_raw",
    body: bytes = b"",
    **headers: str,
) -> bytes:
    """Return a request; names of headers are written with `_` for `-`."""
    lines = {"Host": "localhost", SPEC.key_header: key}
    if body:
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body
