"""A server that nobody takes for the mock, and that remembers every request it got."""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from socket import SHUT_RDWR
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from mockserver import Settings, create_app

BASE_PATH = "/api/public/v1"
KEY, SECOND_KEY = "cs_live_owner", "cs_live_other"


Answer = tuple[int, dict[str, str], bytes | Iterator[bytes]]
"""Status, headers, and the body whole or in pieces."""
DROPPED: Answer = (0, {}, b"")
"""No answer: the connection ends."""
_LOOK_SECONDS = 0.01
"""How often the server looks whether it shall stop; half a second, its default, is what a test waits."""


@dataclass
class Request:
    method: str
    path: str
    query: str
    key: str
    body: Any
    status: int = 0
    data: bytes = b""
    content_type: str = ""


@dataclass
class Recorder:
    """WSGI around the mock; `answers` may answer first."""

    requests: list[Request] = field(default_factory=list)
    answers: list[Callable[[Request], Answer | None]] = field(default_factory=list)
    base_url: str = ""

    def __post_init__(self) -> None:
        self.app = create_app(Settings(key=(KEY, SECOND_KEY), strict_keys=True))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(data)
        try:
            body = json.loads(data) if data else None
        except (ValueError, RecursionError):
            body = data
        request = Request(
            environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"],
            environ.get("HTTP_X_API_KEY", ""), body, 0, data, environ.get("CONTENT_TYPE", ""),
        )  # fmt: skip
        self.requests.append(request)
        if not request.path.startswith(BASE_PATH):
            start_response("404 NOT FOUND", [("Content-Type", "text/plain")])
            return [b"nothing here"]
        for answer in self.answers:
            made = answer(request)
            if made is not None:
                request.status = made[0]
                if made is DROPPED:
                    environ["werkzeug.socket"].shutdown(SHUT_RDWR)
                    raise ConnectionResetError
                start_response(f"{made[0]} X", list(made[1].items()))
                return [made[2]] if isinstance(made[2], bytes) else made[2]

        def start(status: str, headers: Any, error: Any = None) -> Any:
            request.status = int(status[:3])
            return start_response(status, headers, error)

        return self.app(environ, start)

    def forward(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """Return what the mock answers."""
        found = self.app.test_client().open(
            request.path,
            method=request.method,
            query_string=request.query,
            data=request.data,
            content_type=request.content_type or None,
            headers={"X-API-Key": request.key},
        )
        dropped = ("content-length", "connection")
        headers = {name: value for name, value in found.headers.items() if name.lower() not in dropped}
        return found.status_code, headers, found.get_data()

    def rewrite(self, method: str, pattern: str, change: Callable[[int, Any], tuple[int, Any]]) -> None:
        """Let the answers to requests of this method and path pass through `change(status, body)`."""

        def answer(request: Request) -> Answer | None:
            if request.method != method or not re.fullmatch(pattern, request.path.removeprefix(BASE_PATH)):
                return None
            status, headers, data = self.forward(request)
            status, body = change(status, json.loads(data))
            return status, headers, json.dumps(body).encode()

        self.answers.append(answer)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Log nothing."""


@contextmanager
def recording() -> Iterator[Recorder]:
    recorder = Recorder()
    server = make_server("127.0.0.1", 0, recorder, threaded=True, request_handler=_Quiet)
    recorder.base_url = f"http://127.0.0.1:{server.server_port}{BASE_PATH}"
    thread = threading.Thread(target=server.serve_forever, args=(_LOOK_SECONDS,), daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
