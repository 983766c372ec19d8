"""Requests and responses without a framework, the same for sockets, WSGI and fixtures."""

import codecs
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl, quote

_SMALL_BODY = 64 * 1024
"""Bytes of a body that is read in less than a millisecond."""


class BodyTooLargeError(Exception):
    """The body of a request is larger than its reader takes."""


def _keep_encoded(error: UnicodeError) -> tuple[str, int]:
    """Leave bytes that are no text as they stood in the address."""
    assert isinstance(error, UnicodeDecodeError)
    return quote(error.object[error.start : error.end]), error.end


codecs.register_error("keep_encoded", _keep_encoded)


@dataclass
class Request:
    """One request. `headers` has lower-case names, and the values of a repeated one joined with commas."""

    method: str
    path: str
    """Decoded; begins with one slash."""
    query_string: str
    """As it was sent."""
    headers: Mapping[str, str]
    remote_address: str
    read: Callable[[int], bytes] = field(repr=False)
    """Returns the body, once; raises BodyTooLargeError when it has more bytes than so many."""
    is_whole: bool = False
    """Whether the body has arrived, so that `read` waits for nobody."""

    @property
    def is_at_hand(self) -> bool:
        """Whether there is a body, which is read at once."""
        return self.is_whole and 0 < self.content_length <= _SMALL_BODY

    @property
    def host(self) -> str:
        """The host that was asked, and perhaps its port; empty when the request names none."""
        return self.headers.get("host", "")

    @property
    def media_type(self) -> str:
        """The media type of the body in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def content_length(self) -> int:
        """The announced size of the body in bytes; 0 when none is announced."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isdecimal() and len(text) < 20 else 0

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The values of each parameter of the query."""
        values: dict[str, list[str]] = {}
        if self.query_string:
            text = self.query_string.encode("latin-1", "replace").decode("utf-8", "keep_encoded")
            pairs = parse_qsl(text, keep_blank_values=True, errors="keep_encoded")
            for name, value in pairs:
                values.setdefault(name, []).append(value)
        return values


BODILESS = (204, 304)
"""Statuses of answers that end with their head (RFC 9112, section 6.3)."""


@dataclass(slots=True)
class Response:
    """One answer; the socket or WSGI adds what follows from the body, such as `Content-Length`."""

    status: int
    headers: dict[str, str]
    body: bytes | Iterator[bytes] = b""
    """An iterator is sent piece by piece, and closed when nobody reads on."""
    cut: int | None = None
    """So many bytes of the body are sent, then the connection ends; 0: not even the status is sent."""

    def vary_by(self, header: str) -> None:
        """Declare to caches that the answer depends on a header of the request."""
        known = self.headers.get("Vary")
        self.headers["Vary"] = f"{known}, {header}" if known else header

    def break_off(self, *, half: bool) -> None:
        """Let half of the body arrive, or nothing at all."""
        if not isinstance(self.body, bytes):
            self.body = next(self.body, b"")
        self.cut = len(self.body) // 2 if half else 0
