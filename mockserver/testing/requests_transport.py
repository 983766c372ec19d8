"""The requests library, connected to an application in this process."""

from io import BytesIO
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from .in_process import Application, Received, send

__all__ = ["MockAdapter", "MockSession"]


class MockAdapter(HTTPAdapter):
    """Hands requests to an application."""

    def __init__(self, app: Application) -> None:
        super().__init__()
        self._app = app

    def send(self, request: requests.PreparedRequest, *_args: Any, **_options: Any) -> requests.Response:
        """Return the application's answer; raises requests.ConnectionError when the connection breaks."""
        headers = {name: _as_text(value) for name, value in request.headers.items()}
        received = send(self._app, request.method or "GET", request.url or "", headers, _read(request.body))
        if received.is_broken and not received.body:
            raise requests.ConnectionError("The connection was closed without an answer", request=request)
        return self.build_response(request, _as_raw(received))


class MockSession(requests.Session):
    """A session whose relative URLs are paths of the API."""

    def __init__(self, base_url: str, headers: dict[str, str], adapter: HTTPAdapter | None = None) -> None:
        super().__init__()
        # A proxy or a .netrc of this machine has no business with the stand-in.
        self.trust_env = False
        self.headers.update(headers)
        self.base_url = base_url
        if adapter:
            self.mount(base_url, adapter)

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        """Send a request; `url` may be a path such as `/campaigns`."""
        if "://" not in str(url):
            url = f"{self.base_url}/{str(url).lstrip('/')}"
        return super().request(method, url, *args, **options)


def _as_raw(received: Received) -> HTTPResponse:
    # With its length enforced, urllib3 reports a truncated body as it does on a socket.
    return HTTPResponse(
        body=BytesIO(received.body),
        headers=HTTPHeaderDict(received.headers),
        status=received.status,
        reason=received.reason,
        preload_content=False,
    )


def _read(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes):
        return body
    return bytes(body.read()) if hasattr(body, "read") else b"".join(body)


def _as_text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
