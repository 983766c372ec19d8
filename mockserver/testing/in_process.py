"""Requests handed to an application in this process: no socket, no server, no thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote_to_bytes, urlsplit

from ..http.messages import BodyTooLargeError, Request, Response
from ..server.wsgi import name_status

HOST = "coldsend.localhost"
"""Where an application in this process seems to live; `.localhost` never leaves the machine."""
_OWN_HEADERS = ("host", "content-length", "transfer-encoding")


class Application(Protocol):
    """What answers requests: a MockServer, or somebody who stands before one."""

    def answer(self, request: Request) -> Response:
        """Answer a request."""


@dataclass(frozen=True, slots=True)
class Received:
    """What came back of an answer."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    is_broken: bool = False
    """Whether the connection ended before the answer did."""


def send(app: Application, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Received:
    """Hand a request to an application and return what comes back."""
    parts = urlsplit(url)
    given = {name.lower(): value for name, value in headers.items()}
    kept = {name: value for name, value in given.items() if name not in _OWN_HEADERS}
    # A caller in this process is trusted under any host name. The body is here as a whole.
    own = {"host": HOST, "content-length": str(len(body))}

    def read(most: int) -> bytes:
        if len(body) > most:
            raise BodyTooLargeError
        return body

    response = app.answer(
        Request(
            method=method,
            path="/" + unquote_to_bytes(parts.path).decode("utf-8", "replace").lstrip("/"),
            query_string=parts.query,
            headers=kept | own,
            remote_address="127.0.0.1",
            read=read,
            is_whole=True,
        )
    )
    return _receive(response, is_head=method == "HEAD")


def _receive(response: Response, *, is_head: bool) -> Received:
    if response.cut == 0:
        return Received(0, "", [], b"", is_broken=True)
    body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
    headers = list(response.headers.items())
    if response.status != 204 and "Content-Length" not in response.headers:
        headers.append(("Content-Length", str(len(body))))
    is_broken, arrived = response.cut is not None, body[: response.cut]
    reason = name_status(response.status)
    return Received(response.status, reason, headers, b"" if is_head else arrived, is_broken)
