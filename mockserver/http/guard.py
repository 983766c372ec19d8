"""Who may talk to this server at all: hosts against DNS rebinding, web pages by their origin."""

import re
from urllib.parse import urlsplit

from ..errors import ApiError
from ..openapi.spec import Spec
from ..settings import Settings
from .messages import Request, Response

_LOCAL_HOST = re.compile(r"localhost|[\w.-]+\.localhost|127(\.\d{1,3}){3}|::1", re.IGNORECASE)
_PREFLIGHT_SECONDS = 600


class Guard:
    """Trusts requests for this machine's own names, and web pages that come from it."""

    def __init__(self, spec: Spec, settings: Settings) -> None:
        self._hosts = {host.casefold() for host in (settings.host, *settings.allowed_host)}
        self._origins = {origin.rstrip("/").casefold() for origin in settings.cors_origin}
        self._headers = ", ".join(spec.rate_limit_headers)
        self._allowed_headers = f"{spec.key_header}, Content-Type, Prefer"

    def check(self, request: Request) -> None:
        """Raise ApiError `host_refused` or `origin_refused` for a caller that is not trusted."""
        if not self._trusts_host(request.host):
            raise ApiError("host_refused", host=request.host)
        origin = request.headers.get("origin")
        if origin is not None and not self._trusts_origin(origin):
            raise ApiError("origin_refused", origin=origin)

    def is_preflight(self, request: Request) -> bool:
        """Tell whether a browser asks on behalf of a page what it may send."""
        return request.method == "OPTIONS" and "access-control-request-method" in request.headers

    def answer_preflight(self, methods: list[str]) -> Response:
        """Answer a preflight; the origin is added by `open_to_page`."""
        headers = {
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": self._allowed_headers,
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
        }
        return Response(204, headers)

    def open_to_page(self, request: Request, response: Response) -> None:
        """Let the page that asked, if it is trusted, read the answer."""
        origin = request.headers.get("origin")
        if origin is not None and self._trusts_origin(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = self._headers
            response.vary_by("Origin")

    def _trusts_host(self, host: str) -> bool:
        name = _host_name(f"//{host}")
        return "*" in self._hosts or _LOCAL_HOST.fullmatch(name) is not None or name in self._hosts

    def _trusts_origin(self, origin: str) -> bool:
        if "*" in self._origins or origin.casefold() in self._origins:
            return True
        return origin.startswith(("http://", "https://")) and bool(_LOCAL_HOST.fullmatch(_host_name(origin)))


def _host_name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""
