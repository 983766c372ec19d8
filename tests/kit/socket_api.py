"""Requests byte by byte, over a real socket."""

import json
from collections.abc import Iterable
from http.client import HTTPConnection
from typing import Any

from werkzeug.datastructures import Headers

from mockserver.server.server import Server

from .api import BASE, SPEC, Answer, Api

JSON = "application/json"


class SocketApi(Api):
    """A user behind a socket; `Api.send` and what builds on it still reach the same workspace."""

    def __init__(self, server: Server, key: str) -> None:
        super().__init__(server.app, key)
        self.address = server.url.removeprefix("http://")

    def exchange(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: dict[str, str | bytes] | None = None,
        content_type: str | None = JSON,
    ) -> Answer:
        """Send a request as it stands; an iterable body goes out in chunks."""
        sent: dict[str, Any] = {SPEC.key_header: self.key} if headers is None else dict(headers)
        if body is not None and content_type is not None:
            sent["Content-Type"] = content_type
        connection = HTTPConnection(self.address, timeout=30)
        try:
            connection.request(method, path, body, sent, encode_chunked=not isinstance(body, bytes | None))
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        is_json = response.headers.get_content_type() == JSON and data
        return Answer(response.status, json.loads(data) if is_json else data, Headers(response.getheaders()))

    def create(self, body: Any, **more: Any) -> Answer:
        """Ask for a campaign with these bytes."""
        return self.exchange("POST", f"{BASE}/campaigns", body, **more)
