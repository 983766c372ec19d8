"""What of an exchange is to be sent again."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ..http.entry import Entry

_OF_CLIENT = (
    "accept", "accept-encoding", "accept-language", "cache-control", "connection", "content-length", "cookie",
    "dnt", "expect", "host", "origin", "pragma", "priority", "referer", "te", "transfer-encoding", "upgrade",
    "user-agent",
)  # fmt: skip
"""Headers that every client writes itself."""


@dataclass(frozen=True, slots=True)
class Sendable:
    """A request, and what was answered."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    """As it was sent; secrets are placeholders."""
    operation: str = ""
    """Empty when it was none."""
    path: str = ""
    """From the base of the API on, with the query; empty when it lies elsewhere."""
    status: int = 0
    """0 when nothing was answered yet."""
    answer: Any = None
    """The body of the answer; None without one, a text when it is no JSON."""
    key_header: str = ""
    """The header that has the key; empty when none has."""

    @property
    def text(self) -> str:
        """The body as a text: the journal shows no other."""
        return self.body.decode("utf-8", "replace")


def make_sendable(entry: Entry, *, base_url: str, base_path: str, key_header: str, key: str) -> Sendable:
    """Return what is to be sent again of an exchange.

    `base_url` is the server without a path, `base_path` that of the API. `key` stands where the key of the
    request stood.
    """
    target = quote(entry.path, safe="/:@!$&'()*+,;=-._~%") + (f"?{entry.query}" if entry.query else "")
    headers = {}
    for name, value in entry.request_headers.items():
        if name == key_header.lower():
            headers[key_header] = key
        elif name not in _OF_CLIENT and not name.startswith("sec-"):
            headers["-".join(word.capitalize() for word in name.split("-"))] = value
    return Sendable(
        entry.method,
        base_url + target,
        headers,
        entry.request,
        entry.operation or "",
        target.removeprefix(base_path) if target.startswith(base_path) else "",
        entry.status,
        entry.response_json,
        key_header,
    )
