"""Who may talk to this server at all: hosts against DNS rebinding, web pages by their origin."""

import logging
import re
from functools import lru_cache
from urllib.parse import quote, urlsplit

from ..errors import ApiError
from ..openapi.spec import Spec
from ..settings import SettingError, Settings
from .messages import Request, Response

HEALTH_PATHS = ("/healthz", "/readyz")
"""They reveal nothing, and a monitor that asks for them seldom uses an allowed host name."""

_logger = logging.getLogger(__name__)
_LOCAL_HOST = re.compile(r"localhost|[\w.-]+\.localhost|127(\.\d{1,3}){3}|::1", re.IGNORECASE)
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+")
_PREFLIGHT_SECONDS = 600
_MOST_REMEMBERED = 1000
_LONGEST_NAME = 300
"""Of a host or an origin that is worth remembering, in characters."""


class Guard:
    """Trusts requests for this machine's own names, and web pages that come from it."""

    def __init__(self, spec: Spec, settings: Settings) -> None:
        self._hosts = {settings.host.casefold(), *map(_read_host, settings.allowed_host)}
        self._origins = set(map(_read_origin, settings.cors_origin))
        self._headers = ", ".join(spec.rate_limit_headers)
        self._allowed_headers = f"{spec.key_header}, Content-Type, Prefer"
        self._reported: set[str] = set()
        # The same few names come with every request.
        self._remember_host = lru_cache(_MOST_REMEMBERED)(self._look_at_host)
        self._remember_origin = lru_cache(_MOST_REMEMBERED)(self._look_at_origin)

    def check(self, request: Request) -> None:
        """Raise ApiError `host_refused` or `origin_refused` for a caller that is not trusted.

        A preflight is answered for any page: the request after it is refused, and the page can read why.
        """
        if request.path in HEALTH_PATHS:
            return
        # Without a Host, as HTTP/1.0 allows, it is a health check: every browser sends one.
        if "host" in request.headers and not self._trusts_host(request.host):
            name = _host_name(f"//{request.host}") or "*"
            self._report("host", request.host, f"--allowed-host {name}")
            raise ApiError("host_refused", host=request.host, host_name=name)
        origin = request.headers.get("origin")
        if origin is not None and not self._trusts_origin(origin) and not self.is_preflight(request):
            self._report("origin", origin, f"--cors-origin {origin}")
            raise ApiError("origin_refused", origin=origin)

    def is_preflight(self, request: Request) -> bool:
        """Return whether the request is a CORS preflight."""
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
        """Let the page that asked read the answer, also the one that refuses its origin."""
        origin = request.headers.get("origin")
        if origin is None or not self._trusts_host(request.host):
            return
        # Only the health is answered without a look at the origin.
        if request.path not in HEALTH_PATHS or self._trusts_origin(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = self._headers
            response.vary_by("Origin")

    def _trusts_host(self, host: str) -> bool:
        return self._remember_host(host) if len(host) <= _LONGEST_NAME else self._look_at_host(host)

    def _trusts_origin(self, origin: str) -> bool:
        return self._remember_origin(origin) if len(origin) <= _LONGEST_NAME else self._look_at_origin(origin)

    def _report(self, kind: str, name: str, flag: str) -> None:
        """Log a refusal, once for each name."""
        name, flag = name[:_LONGEST_NAME], flag[:_LONGEST_NAME]
        if name not in self._reported and len(self._reported) < _MOST_REMEMBERED:
            self._reported.add(name)
            safe = quote(name, ":/[]"), quote(flag, ":/[] *")
            _logger.warning("%s not allowed: %s; %s allows it", kind, *safe)

    def _look_at_host(self, host: str) -> bool:
        name = _host_name(f"//{host}")
        return "*" in self._hosts or _LOCAL_HOST.fullmatch(name) is not None or name in self._hosts

    def _look_at_origin(self, origin: str) -> bool:
        if "*" in self._origins or origin.casefold() in self._origins:
            return True
        return origin.startswith(("http://", "https://")) and bool(_LOCAL_HOST.fullmatch(_host_name(origin)))


def _read_host(text: str) -> str:
    """Return a host name as it is compared; raises SettingError for what no request can name."""
    name = text.casefold()
    if name != "*" and _host_name(f"//{name}") != name and _host_name(f"//[{name}]") != name:
        raise SettingError(f"{text!r} is no host name, for example mock.internal, without scheme and port")
    return name


def _read_origin(text: str) -> str:
    """Return an origin as it is compared; raises SettingError for what no browser sends."""
    origin = text.rstrip("/").casefold()
    if origin not in ("*", "null") and not _ORIGIN.fullmatch(origin):
        raise SettingError(f"{text!r} is no origin of web pages, for example http://localhost:5173; * is any")
    return origin


def _host_name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""
