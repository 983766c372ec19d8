"""What was asked and answered: the last exchanges of a server, without their secrets."""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from threading import Lock
from typing import Any

from ..openapi.parsing import NotJsonError, read_json
from .access_log import shorten_key

REDACTED = "[redacted]"
_WORDS = ("passw", "secret", "token", "apikey", "api_key", "api-key", "authorization", "credential")
_LARGEST_SHARE = 4
_OVERHEAD = 400
"""About what an entry takes besides its bodies, in bytes."""


class Redactor:
    """Takes secrets out of JSON: values of properties called like one, and API keys anywhere.

    `names` are properties that hold secrets whatever they are called, as `writeOnly` ones do.
    """

    def __init__(self, names: Iterable[str], key_prefix: str) -> None:
        words = (*_WORDS, *(name.casefold() for name in names))
        self._name = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
        self._prefix = key_prefix
        self._key = re.compile(re.escape(key_prefix) + r"[^\s\"'&,;/]+")
        # A name may be written in JSON's escapes, too.
        self._signs = tuple({word.encode() for word in (*words, key_prefix.casefold(), "\\u")})

    def redact_body(self, data: bytes) -> bytes:
        """Return a body without secrets; one that might hold some but is no JSON is not kept."""
        lowered = data.lower()
        for sign in self._signs:
            if sign in lowered:
                break
        else:
            return data
        try:
            value = read_json(data)
        except NotJsonError:
            return json.dumps(f"{REDACTED}: {len(data)} bytes that are no JSON").encode()
        return json.dumps(self.redact(value), ensure_ascii=False, separators=(",", ":")).encode()

    def redact(self, value: Any) -> Any:
        """Return a JSON value without secrets."""
        if isinstance(value, dict):
            return {
                name: REDACTED if self._name.search(name) and inner is not None else self.redact(inner)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self.redact(item) for item in value]
        return self.redact_text(value) if isinstance(value, str) else value

    def redact_text(self, text: str) -> str:
        """Return a text without API keys."""
        return self._key.sub(self._prefix + REDACTED, text) if self._prefix in text else text

    def redact_query(self, query: str) -> str:
        """Return a query string without secrets."""
        parts = [part.partition("=") for part in query.split("&")] if query else []
        return "&".join(
            name + equals + (REDACTED if self._name.search(name) else self.redact_text(value))
            for name, equals, value in parts
        )


@dataclass(slots=True)  # frozen, it would take several times as long to make, for every request
class Entry:
    """One exchange. Bodies are bytes as they went over the wire, secrets apart."""

    number: int
    at: float
    """When it began, by the real clock, in Unix seconds."""
    workspace: str | None
    operation: str | None
    method: str
    path: str
    query: str
    request: bytes
    status: int
    response: bytes
    milliseconds: float
    fault: str | None = None
    """What a fault did to it."""

    @property
    def size(self) -> int:
        """The bytes that the entry takes, about."""
        return len(self.request) + len(self.response) + len(self.path) + len(self.query) + _OVERHEAD

    @property
    def request_json(self) -> Any:
        """The request body; None without one, a text when it is no JSON."""
        return _read(self.request)

    @property
    def response_json(self) -> Any:
        """The response body; None without one, a text when it is no JSON."""
        return _read(self.response)

    @property
    def violations(self) -> list[Any]:
        """What a 422 says was wrong."""
        answer = self.response_json if self.status == 422 else None
        detail = answer.get("detail") if isinstance(answer, dict) else None
        return detail if isinstance(detail, list) else []

    def describe(self) -> dict[str, Any]:
        """Return the entry as the control API shows it."""
        return {
            "number": self.number,
            "time": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "workspace": shorten_key(self.workspace) if self.workspace else None,
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "request": self.request_json,
            "status": self.status,
            "response": self.response_json,
            "milliseconds": self.milliseconds,
            "violations": self.violations,
            "fault": self.fault,
        }


class Journal:
    """The last exchanges of a server: at most `most` of them, and about `most_bytes` bytes."""

    def __init__(self, redactor: Redactor, most: int, most_bytes: int) -> None:
        self.redactor = redactor
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._numbers = count(1)
        self._entries: deque[Entry] = deque()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self,
        *,
        at: float,
        workspace: str | None,
        operation: str | None,
        method: str,
        path: str,
        query: str,
        request: bytes,
        status: int,
        response: bytes,
        milliseconds: float,
        fault: str | None = None,
    ) -> None:
        """Keep an exchange, its secrets taken out; the oldest ones make room."""
        if not self._most:
            return
        redactor = self.redactor
        entry = Entry(
            number=next(self._numbers),
            at=at,
            workspace=workspace,
            operation=operation,
            method=method,
            path=self._cut(redactor.redact_text(path)),
            query=self._cut(redactor.redact_query(query)),
            request=self._cut(redactor.redact_body(request)) if request else request,
            status=status,
            response=self._cut(redactor.redact_body(response)),
            milliseconds=milliseconds,
            fault=fault,
        )
        with self._lock:
            self._entries.append(entry)
            self._bytes += entry.size
            while len(self._entries) > self._most or self._bytes > self._most_bytes:
                self._bytes -= self._entries.popleft().size

    def select(
        self,
        *,
        workspace: str | None = None,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
    ) -> Iterator[Entry]:
        """Yield the entries that agree in all that is given, oldest first."""
        with self._lock:
            entries = list(self._entries)
        for entry in entries:
            if (
                workspace in (None, entry.workspace)
                and operation in (None, entry.operation)
                and method in (None, entry.method)
                and path in (None, entry.path)
                and status in (None, entry.status)
            ):
                yield entry

    def clear(self, workspace: str | None = None) -> int:
        """Forget the exchanges of a workspace, or all; returns how many there were."""
        with self._lock:
            kept = [entry for entry in self._entries if workspace not in (None, entry.workspace)]
            cleared = len(self._entries) - len(kept)
            self._entries = deque(kept)
            self._bytes = sum(entry.size for entry in kept)
        return cleared

    def _cut(self, part: Any) -> Any:
        most = self._most_bytes // _LARGEST_SHARE
        return part if len(part) <= most else part[:most]


def _read(data: bytes) -> Any:
    if not data:
        return None
    try:
        return read_json(data)
    except NotJsonError:
        return data.decode("utf-8", "replace")
