"""The control API of a server that runs elsewhere, asked over HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from ..control import load_control_spec
from ..control.access import TOKEN_HEADER
from ..openapi.spec import JSON_TYPE

_SECONDS = 60
"""So long an answer may take."""
_LONG_SECONDS = 24 * 3600
"""So long one of an operation may take that is known to be long."""
_HEALTH_PATH = "/readyz"
_HEALTH_SECONDS = 5


class RemoteError(Exception):
    """The server refused a call or could not be reached; the message says why."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status
        """What the server answered; 0 when it did not."""


@dataclass(frozen=True, slots=True)
class Remote:
    """One workspace of a running server."""

    url: str
    key: str
    """Empty for the operations that need none."""
    token: str = ""
    seconds: float | None = None
    """So long an answer may take; None: a minute, or a day where it is known to be long."""

    def call(
        self, operation_id: str, body: Any = None, query: Mapping[str, Any] | None = None, **ids: str
    ) -> Any:
        """Call a control operation, `ids` filled into its path; returns the answer, a text if it is a file.

        Raises RemoteError.
        """
        spec = load_control_spec()
        operation = spec.operations[operation_id]
        headers = {"Content-Type": JSON_TYPE}
        if self.key:
            headers[spec.key_header] = self.key
        if self.token:
            headers[TOKEN_HEADER] = self.token
        data = None if body is None else json.dumps(body).encode()
        path = operation.path.format(**{name: quote(value, safe="") for name, value in ids.items()})
        if query:
            path += f"?{urlencode(query)}"
        seconds = self.seconds or (_LONG_SECONDS if operation.is_long else _SECONDS)
        return self._ask(
            path, seconds, operation.answer_type, method=operation.method, headers=headers, data=data
        )

    def check_health(self) -> Any:
        """Return what the server says of itself; raises RemoteError unless it takes requests."""
        return self._ask(_HEALTH_PATH, _HEALTH_SECONDS)

    def _ask(
        self,
        path: str,
        seconds: float,
        answer_type: str = JSON_TYPE,
        *,
        method: str = "GET",
        headers: Mapping[str, str] = MappingProxyType({}),
        data: bytes | None = None,
    ) -> Any:
        try:
            request = Request(self.url.rstrip("/") + path, data, dict(headers), method=method)
            # A stand-in is never behind a proxy, so the proxies of the environment do not count.
            with build_opener(ProxyHandler({})).open(request, timeout=seconds) as response:
                return json.load(response) if answer_type == JSON_TYPE else response.read().decode()
        except HTTPError as error:
            raise RemoteError(_explain(error), error.code) from None
        except (URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise RemoteError(f"{self.url} does not answer as coldsend-mock does: {reason}") from None


def _explain(error: HTTPError) -> str:
    try:
        detail = json.load(error)["detail"]
    except (ValueError, KeyError, TypeError):
        return f"the server answered {error.code}"
    if isinstance(detail, str):
        return detail
    # A violation of the body as a whole has no more to its place.
    places = [".".join(map(str, item["loc"][1:] or item["loc"])) for item in detail]
    return "\n".join(f"{place}: {item['msg']}" for place, item in zip(places, detail, strict=True))
