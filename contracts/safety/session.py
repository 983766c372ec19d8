"""The session that guards, paces and records every request of a run."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from mockserver.openapi.spec import Operation, Spec

from .. import interruption
from ..options import Options, Target
from ..verdict.outcomes import CannotRunError, Exchange, ForbiddenError, NoAnswerError, UncheckedError
from .bounded import BoundedSession, UnendingAnswerError
from .documented import list_id_names, list_made_ids
from .guard import Guard, read_body
from .ledger import Ledger

MASK = "********"
_KEPT_CHARACTERS = 4000
_MOST_RETRIES = 3
_LONGEST_WAIT = 120.0
_MOST_TRIES = 3
_MOST_SILENT = 5
"""After so many requests in a row without an answer, the server is taken to be down."""
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_GATEWAY_ERRORS = (502, 503, 504)
_OWN_HEADERS = ("accept", "accept-encoding", "connection", "content-length", "user-agent")

Listener = Callable[[Exchange, Operation | None, requests.Response], None]


class GuardedSession(BoundedSession):
    """Sends the requests that the guard allows, within the pace, the budget and the time of the options."""

    def __init__(self, spec: Spec, target: Target, options: Options, ledger: Ledger) -> None:
        super().__init__(target.base_url, options.timeout_seconds, options.max_answer_bytes)
        self.sent = 0
        self.listeners: list[Listener] = []
        self.exempt = False
        """Whether the budget and the time of the run do not apply, which is so during the cleanup."""
        self.spec = spec
        self.target = target
        self.run_options = options
        self.silent = 0
        """How many requests in a row had no answer."""
        self._ledger = ledger
        self._starting = {
            name
            for name, each in spec.operations.items()
            if "job_id" in list_made_ids(each, list_id_names(spec))
        }
        """The operations that answer with a job, not with what it makes."""
        self._guard = Guard(spec, target, options, ledger)
        self._times: deque[float] = deque()
        self._started = time.monotonic()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request; `requests` calls this for redirects, too.

        Raises GuardError for a harmful request, UncheckedError when the budget or the time is used up, and
        CannotRunError when the server asks to wait for too long. An interrupted run raises KeyboardInterrupt.
        """
        interruption.check()
        key = _as_text(request.headers.get(self.spec.key_header))
        method, url, body = str(request.method), str(request.url), _as_bytes(request.body)
        content_type = _as_text(request.headers.get("Content-Type"))
        operation, path = self._guard.check(method, url, key, body, content_type)
        if self.run_options.part == "read-only" and method not in _SAFE_METHODS:
            raise ForbiddenError("the profile read-only changes nothing")
        if operation:
            self._ledger.begin(operation)
        for attempt in range(_MOST_RETRIES + 1):
            self._pace()
            response = self._send_safely(request, operation, kwargs)
            if response.status_code != 429 or self.target.is_mock or attempt == _MOST_RETRIES:
                break
            self._wait_out(response.headers)
        if response.status_code >= 500 or (operation and operation.operation_id in self._starting):
            self._note_unconfirmed(operation, request)
        if response.ok:
            self._note_answer(operation, path, response, key)
        exchange = self._record(request, operation, response)
        for listener in self.listeners:
            listener(exchange, operation, response)
        return self._follow(request, response, kwargs)

    def _follow(
        self, request: requests.PreparedRequest, response: requests.Response, kwargs: dict[str, Any]
    ) -> requests.Response:
        if not kwargs.get("allow_redirects", True) or not response.is_redirect:
            return response
        following = {name: value for name, value in kwargs.items() if name != "allow_redirects"}
        for redirected in self.resolve_redirects(response, request, **following):
            response = redirected
        return response

    def _send_safely(
        self, request: requests.PreparedRequest, operation: Operation | None, kwargs: dict[str, Any]
    ) -> requests.Response:
        """Send a request, a reading one again when the server does not answer; raise NoAnswerError.

        The errors of a gateway are no answers of the server. A request that changes something goes out
        once: the server may have done it.
        """
        tries = _MOST_TRIES if request.method in _SAFE_METHODS else 1
        trouble = ""
        for _ in range(tries):
            try:
                response = super().send(request, **{**kwargs, "allow_redirects": False})
                if response.status_code not in _GATEWAY_ERRORS:
                    self.silent = 0
                    return response
                trouble = f"a gateway answered {response.status_code}"
            except requests.TooManyRedirects:
                raise
            except UnendingAnswerError as error:
                trouble = str(error)
                break  # to wait again would take as long
            except requests.RequestException as error:
                trouble = type(error).__name__
            except BaseException:  # somebody interrupts the run
                self._note_unconfirmed(operation, request)
                raise
        self.silent += 1
        self._note_unconfirmed(operation, request)
        path = urlsplit(str(request.url)).path
        raise NoAnswerError(f"the server did not answer {request.method} {path}: {trouble}")

    def _note_unconfirmed(self, operation: Operation | None, request: requests.PreparedRequest) -> None:
        if operation:
            content_type = _as_text(request.headers.get("Content-Type"))
            value = read_body(_as_bytes(request.body), content_type, operation)
            self._ledger.note_unconfirmed(operation, value)

    def _pace(self) -> None:
        if not self.exempt:
            self._check_budget()
        self.sent += 1
        pace = self.run_options.find_pace(self.target)
        if not pace:
            return
        now = time.monotonic()
        while self._times and now - self._times[0] >= 60:
            self._times.popleft()
        if len(self._times) >= pace:
            self.run_options.sleep(60 - (now - self._times[0]))
            self._times.popleft()
        self._times.append(time.monotonic())

    @property
    def is_down(self) -> bool:
        """Whether the server has not answered for so many requests that no further one is tried."""
        return self.silent >= _MOST_SILENT

    @property
    def left(self) -> float:
        """How many requests the budget still allows."""
        most = self.run_options.max_requests
        return float("inf") if most is None or self.target.is_mock else most - self.sent

    def _check_budget(self) -> None:
        minutes = self.run_options.max_minutes
        if minutes is not None and time.monotonic() - self._started > 60 * minutes:
            raise UncheckedError(f"the {minutes:g} minutes of the run are used up (--max-minutes)")
        most = self.run_options.max_requests
        if most is not None and self.sent >= most and not self.target.is_mock:
            raise UncheckedError(f"the budget of {most} requests is used up (--max-requests)")

    def _wait_out(self, headers: Mapping[str, str]) -> None:
        try:
            if "Retry-After" in headers:
                seconds = float(headers["Retry-After"])
            else:
                seconds = float(headers["X-RateLimit-Reset"]) - time.time()
        except (KeyError, ValueError):
            seconds = 60.0
        if seconds > _LONGEST_WAIT:
            raise CannotRunError(f"the server asks to wait {seconds:.0f} s; try again then")
        self.run_options.sleep(max(seconds, 1.0))
        self._times.clear()

    def _note_answer(
        self, operation: Operation | None, path: dict[str, str], response: requests.Response, key: str
    ) -> None:
        if operation is None or response.is_redirect:
            return
        try:
            answer = response.json()
        except (ValueError, RecursionError):
            answer = None
        self._ledger.record(operation, path, answer, key)

    def _record(
        self, request: requests.PreparedRequest, operation: Operation | None, response: requests.Response
    ) -> Exchange:
        headers = {
            name: MASK if name.casefold() == self.spec.key_header.casefold() and value else _as_text(value)
            for name, value in request.headers.items()
            if name.casefold() not in _OWN_HEADERS
        }
        return Exchange(
            operation=operation.operation_id if operation else "",
            method=str(request.method),
            url=str(request.url),
            request_headers=headers,
            request_body=_clip(_as_bytes(request.body).decode("utf-8", "replace")),
            status=response.status_code,
            response_headers=dict(response.headers),
            response_body=_clip(response.content.decode("utf-8", "replace")),
            seconds=response.elapsed.total_seconds(),
        )


def _as_text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value or "")


def _as_bytes(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""


def _clip(text: str) -> str:
    return text if len(text) <= _KEPT_CHARACTERS else text[:_KEPT_CHARACTERS] + "…"
