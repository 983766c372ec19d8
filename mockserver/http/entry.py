"""One exchange of the journal, as it is shown."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..openapi.parsing import NotJsonError, read_json
from .access_log import describe_refusal

CONSOLE = "coldsend-mock console"
"""The user agent of requests that the console sends."""


@dataclass(slots=True)
class Entry:
    """One exchange as it is shown. Bodies are bytes as they were sent, without secrets."""

    number: int
    at: float
    """When it began, by the real clock, in Unix seconds."""
    workspace: str | None
    """The beginning of its name; None when the key leads nowhere."""
    operation: str | None
    """None when there is no such route."""
    method: str
    path: str
    query: str
    request: bytes
    status: int
    response: bytes
    milliseconds: float
    fault: str | None = None
    """What a fault did to it."""
    request_head: str = ""
    """The headers, a line each, as `name: value`."""
    response_head: str = ""
    is_cut: bool = False
    """Whether a part of it was longer than is kept, or its answer in pieces was not read to its end."""
    place: int = 0
    """Where it stands in the past of its workspace; see `state.past`."""
    opened: int = 0
    """The place at which it was decided whether a fault hits it; 0 when no rule was asked."""
    moment: datetime | None = None
    """The real time that the clock of its workspace went by; None when it did not come so far."""

    @property
    def request_headers(self) -> dict[str, str]:
        """Name in lower case → value."""
        return _read_head(self.request_head)

    @property
    def response_headers(self) -> dict[str, str]:
        """Name → value."""
        return _read_head(self.response_head)

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

    @property
    def is_of_console(self) -> bool:
        """Whether a button of the console sent it."""
        return f"user-agent: {CONSOLE}" in self.request_head.split("\n")

    @property
    def why(self) -> str:
        """Why it was refused, in one line; empty when it was not."""
        return describe_refusal(self.response) if self.status >= 400 else ""

    def describe(self) -> dict[str, Any]:
        """Return the entry as the control API shows it."""
        return {
            "number": self.number,
            "time": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "workspace": self.workspace,
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
            "request_headers": self.request_headers,
            "response_headers": self.response_headers,
            "is_cut": self.is_cut,
        }


def _read_head(head: str) -> dict[str, str]:
    parts = (line.partition(": ") for line in head.split("\n") if line)
    return {name: value for name, _, value in parts}


def _read(data: bytes) -> Any:
    if not data:
        return None
    try:
        return read_json(data)
    except NotJsonError:
        return data.decode("utf-8", "replace")
