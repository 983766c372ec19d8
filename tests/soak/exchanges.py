"""A request as it goes out, byte by byte, and what comes back."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict

from mockserver.openapi.spec import Operation

from ..kit.api import SPEC

_READING = ("GET", "HEAD", "OPTIONS")
_QUIET = ("renderTemplate",)
"""The operations that are asked with POST and change nothing."""
_SHORT = 2000


@dataclass(frozen=True)
class Request:
    """A request, and what the soak has noted of it."""

    method: str
    target: str
    """Path and query, percent-encoded."""
    key: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    operation: Operation | None = None
    """The operation that it is for; None when it is for none."""
    is_control: bool = False

    @property
    def name(self) -> str:
        """The operationId, or method and path."""
        return self.operation.operation_id if self.operation else f"{self.method} {self.target}"

    @property
    def reads(self) -> bool:
        """Whether it must change nothing, even when it succeeds."""
        return self.method in _READING or self.name in _QUIET

    @property
    def all_headers(self) -> dict[str, str]:
        return {SPEC.key_header: self.key, **self.headers}

    def format_curl(self, server: str = "http://127.0.0.1:8000", body_file: Path | None = None) -> str:
        """Return a command of the shell that sends it; the body may be that of a file."""
        arguments = ["curl", "-s", "-X", self.method, server + self.target]
        for name, value in self.all_headers.items():
            arguments += ["-H", f"{name}: {value}" if value else f"{name};"]
        if body_file:
            arguments += ["--data-binary", f"@{body_file}"]
        elif self.body is not None:
            arguments += ["--data-raw", self.body.decode("utf-8", "replace")]
        return shlex.join(arguments)

    @property
    def is_plain(self) -> bool:
        """Whether the body is short text, which a command line takes."""
        body = (self.body or b"").decode("utf-8", "replace")
        return body.isprintable() and "\ufffd" not in body and len(body) < _SHORT


@dataclass(frozen=True)
class Answer:
    """What came back; the status is 0 when the connection ended before the answer did."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @cached_property
    def json(self) -> Any:
        """The body, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def as_response(self) -> requests.Response:
        """Return it as `requests` does, which the contract suite inspects."""
        response = requests.Response()
        response.status_code = self.status
        response.headers = CaseInsensitiveDict(self.headers)
        response.encoding = "utf-8"
        response._content = self.body
        return response
