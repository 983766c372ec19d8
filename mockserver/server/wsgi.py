"""WSGI on one side, requests and responses of the pipeline on the other."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.test import run_wsgi_app
from werkzeug.wsgi import get_input_stream

from ..http.messages import BODILESS, BodyTooLargeError, Request, Response


class ConnectionBrokenError(ConnectionError):
    """The connection ends here, without another byte."""


def read_environ(environ: WSGIEnvironment) -> Request:
    """Return the request that a WSGI server hands over."""
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]

    def read(most: int) -> bytes:
        try:
            return get_input_stream(environ, max_content_length=most).read()
        except RequestEntityTooLarge:
            raise BodyTooLargeError from None

    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    return Request(
        method=environ["REQUEST_METHOD"].upper(),
        path="/" + path.lstrip("/"),
        query_string=environ.get("QUERY_STRING", ""),
        headers=headers,
        remote_address=environ.get("REMOTE_ADDR", ""),
        read=read,
    )


def make_environ(request: Request, most: int = 1 << 20) -> WSGIEnvironment:
    """Return what a WSGI application is handed of a request.

    Raises BodyTooLargeError for a body of more than `most` bytes, which is more than any page needs.
    """
    body = request.read(most)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "QUERY_STRING": request.query_string,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.remote_address,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        # The body is whole, however it was cut on its way.
        if name not in ("content-type", "content-length", "transfer-encoding"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ


def read_answer(application: WSGIApplication, environ: WSGIEnvironment) -> Response:
    """Return what a WSGI application answers; pieces of unknown size stay pieces."""
    pieces, status, headers = run_wsgi_app(application, environ)
    answered: dict[str, str] = {}
    for name, value in headers:
        answered[name] = f"{answered[name]}, {value}" if name in answered else value
    is_whole = "Content-Length" in answered or int(status[:3]) in BODILESS
    if environ["REQUEST_METHOD"] != "HEAD":
        answered.pop("Content-Length", None)
    body = _close_after(pieces)
    return Response(int(status[:3]), answered, b"".join(body) if is_whole else body)


def write_answer(
    response: Response, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Hand a response to a WSGI server; raises ConnectionBrokenError where the response is cut."""
    headers, body = list(response.headers.items()), response.body
    if isinstance(body, bytes):
        if response.status not in BODILESS and "Content-Length" not in response.headers:
            headers.append(("Content-Length", str(len(body))))
        body = iter((body,))
    start_response(f"{response.status} {name_status(response.status)}", headers)
    if response.cut is not None:
        return _break_off(body, response.cut)
    return () if environ["REQUEST_METHOD"] == "HEAD" else body


def name_status(status: int) -> str:
    """Return the words that follow a status."""
    return HTTP_STATUS_CODES.get(status, "Unknown")


def _break_off(body: Iterator[bytes], most: int) -> Iterator[bytes]:
    if most:
        yield b"".join(body)[:most]
    raise ConnectionBrokenError


def _close_after(pieces: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    finally:
        close = getattr(pieces, "close", None)
        if close:
            close()
