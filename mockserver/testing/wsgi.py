"""Requests handed to an application in this process: no socket, no server, no thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from ..server.wsgi import ConnectionBrokenError

HOST = "coldsend.localhost"
"""Where an application in this process seems to live; `.localhost` never leaves the machine."""


@dataclass(frozen=True, slots=True)
class Received:
    """What came back of an answer."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    is_broken: bool = False
    """Whether the connection ended before the answer did."""


def send(app: Any, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Received:
    """Hand a request to a WSGI application and return what comes back."""
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": HOST,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key] = value
    # The body is whole, however the caller meant to cut it.
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    # Whatever name the caller used for the API, no page was tricked into using it.
    environ["HTTP_HOST"] = HOST
    received: list[bytes] = []
    status, answered, is_broken = "0 ", Headers(), False
    try:
        chunks, status, answered = run_wsgi_app(app, environ)
        received.extend(chunks)
    except ConnectionBrokenError:
        is_broken = True
    code, _, reason = status.partition(" ")
    return Received(int(code), reason, list(answered), b"".join(received), is_broken)
