"""The fixed addresses of the API, led to the stand-in; every other address is refused."""

import dataclasses
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from ..http.messages import Request, Response
from .fixture import Coldsend

Replace = Callable[[Any, str, Any], None]
"""Sets an attribute for as long as the interception lasts, as pytest's `monkeypatch.setattr`."""


class ForeignHostError(RuntimeError):
    """Code under test asked another host than the API's."""

    def __init__(self, url: str, hosts: set[str]) -> None:
        known = ", ".join(sorted(hosts))
        super().__init__(
            f"{url} was asked for, but only {known} lead to coldsend-mock; no other host is reached"
        )


class Interception:
    """Leads requests and httpx to the workspace of one test.

    Any key that the server would accept without a declaration counts as the test's own, so that what
    the code under test does is found in that workspace.
    """

    def __init__(self, coldsend: Coldsend) -> None:
        spec = coldsend.app.pipeline.spec
        self._coldsend = coldsend
        self._header = spec.key_header.lower()
        self._hosts = {_host_of(server["url"]) for server in spec.document["servers"]}
        self._own_host = _host_of(coldsend.base_url)

    def install(self, replace: Replace) -> None:
        """Connect what is installed of requests and httpx."""
        if find_spec("requests"):
            self._install_requests(replace)
        if find_spec("httpx"):
            self._install_httpx(replace)

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
            raise ForeignHostError(url, self._hosts)

    def _install_requests(self, replace: Replace) -> None:
        requests = import_module("requests")
        adapter = import_module(".requests_transport", __package__).MockAdapter(self)

        def get_adapter(_session: Any, url: str) -> Any:
            self._check(url)
            return adapter

        replace(requests.Session, "get_adapter", get_adapter)

    def _install_httpx(self, replace: Replace) -> None:
        httpx = import_module("httpx")
        transport = import_module(".httpx_transport", __package__).MockTransport(self)

        def handle_request(_transport: Any, request: Any) -> Any:
            self._check(str(request.url))
            return transport.handle_request(request)

        async def handle_async_request(_transport: Any, request: Any) -> Any:
            self._check(str(request.url))
            return await transport.handle_async_request(request)

        replace(httpx.HTTPTransport, "handle_request", handle_request)
        replace(httpx.AsyncHTTPTransport, "handle_async_request", handle_async_request)


def _host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").casefold()
