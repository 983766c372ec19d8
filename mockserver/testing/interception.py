"""The fixed addresses of the API, led to the stand-in; every other address is refused."""

import dataclasses
import http.client
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import pytest

from ..http.messages import Request, Response
from .fixture import Coldsend
from .http_client_transport import lead
from .network import ForeignHostError, NetworkGuard


class Interception:
    """Leads requests, httpx, urllib3, urllib and http.client to the workspace of one test.

    Any key that the server would accept without a declaration counts as the test's own, so that what
    the code under test does is found in that workspace.
    """

    def __init__(self, coldsend: Coldsend) -> None:
        spec = coldsend.app.pipeline.spec
        self._coldsend = coldsend
        self._header = spec.key_header.lower()
        self._hosts = spec.hosts
        self._own_host = _host_of(coldsend.base_url)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Connect what is installed of these, and refuse all else at the socket, until the test ends."""
        NetworkGuard(host.partition(".")[2] for host in self._hosts).install(monkeypatch)
        if find_spec("requests"):
            self._install_requests(monkeypatch)
        if find_spec("httpx"):
            self._install_httpx(monkeypatch)
        self._install_connections(monkeypatch, http.client)
        if find_spec("urllib3"):
            self._install_connections(monkeypatch, import_module("urllib3.connection"))

    def answer(self, request: Request) -> Response:
        """Answer as the application would, with the test's key in the place of one that is open to all."""
        app = self._coldsend.app
        if app.pipeline.keys.is_open(request.headers.get(self._header, "")):
            request = dataclasses.replace(
                request, headers={**request.headers, self._header: self._coldsend.api_key}
            )
        return app.answer(request)

    def _check(self, url: str) -> None:
        if _host_of(url) not in {*self._hosts, self._own_host}:
            known = ", ".join(sorted(self._hosts))
            raise ForeignHostError(
                f"{url} was asked for, but only {known} lead to coldsend-mock; no other host is reached"
            )

    def _install_connections(self, monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
        hosts = {*self._hosts, self._own_host}
        for kind in (module.HTTPConnection, module.HTTPSConnection):
            monkeypatch.setattr(kind, "connect", lead(kind.connect, self, hosts))

    def _install_requests(self, monkeypatch: pytest.MonkeyPatch) -> None:
        requests = import_module("requests")
        adapter = import_module(".requests_transport", __package__).MockAdapter(self)

        def get_adapter(_session: Any, url: str) -> Any:
            self._check(url)
            return adapter

        monkeypatch.setattr(requests.Session, "get_adapter", get_adapter)

    def _install_httpx(self, monkeypatch: pytest.MonkeyPatch) -> None:
        httpx = import_module("httpx")
        transport = import_module(".httpx_transport", __package__).MockTransport(self)

        def handle_request(_transport: Any, request: Any) -> Any:
            self._check(str(request.url))
            return transport.handle_request(request)

        async def handle_async_request(_transport: Any, request: Any) -> Any:
            self._check(str(request.url))
            return await transport.handle_async_request(request)

        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle_request)
        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle_async_request)


def _host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").casefold()
