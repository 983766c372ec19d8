"""The httpx library, connected to an application in this process."""

import httpx

from .in_process import Application, Received, send

__all__ = ["MockTransport"]


class MockTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Hands requests to an application, for clients of both kinds."""

    def __init__(self, app: Application) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the application's answer.

        Raises httpx.ReadError, or RemoteProtocolError in the middle of a body, when the connection breaks.
        """
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the application's answer; raises as `handle_request`."""
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        received = send(self._app, request.method, str(request.url), request.headers, body)
        if received.is_broken:
            raise _explain(received, request)
        return httpx.Response(
            received.status, headers=received.headers, content=received.body, request=request
        )


def _explain(received: Received, request: httpx.Request) -> httpx.TransportError:
    if not received.body:
        return httpx.ReadError("The connection was closed without an answer", request=request)
    return httpx.RemoteProtocolError(
        "peer closed connection without sending complete message body", request=request
    )
