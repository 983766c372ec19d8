"""A recorded exchange, whatever the file it comes from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

Json = Any

MOST_BODY_BYTES = 64 * 1024 * 1024
"""Of a body that is compressed, or in a file of its own."""
_YEARS = range(1970, 3000)
"""A clock that shows another year is wrong: days before and after it may be no dates."""


class TrafficError(Exception):
    """A file cannot be read as traffic; the message begins with the place."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request with its answer. None stands for what the recording does not tell."""

    place: str
    """The file and the place in it, for a reader."""
    method: str
    url: str
    """With a host or without one."""
    status: int
    request_headers: Mapping[str, str] | None = None
    """Name in lower case → value."""
    request_body: bytes | None = b""
    response_headers: Mapping[str, str] | None = None
    response_body: bytes | None = b""
    at: datetime | None = None
    """When the request was sent."""
    seconds: float = 0.0
    workspace: str = ""
    """The name of the workspace, where the recording has one instead of keys."""

    @property
    def path(self) -> str:
        """The path as it was sent."""
        return urlsplit(self.url).path

    @property
    def query_string(self) -> str:
        """The query as it was sent."""
        return urlsplit(self.url).query

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300

    @property
    def answered_at(self) -> datetime | None:
        """The server's time when it answered, to the second if the server says so."""
        date = (self.response_headers or {}).get("date", "")
        try:
            found = parsedate_to_datetime(date)
        except ValueError:
            return self.at
        return found.astimezone(UTC) if found.year in _YEARS else self.at


def read_time(text: object) -> datetime | None:
    """Return a time in UTC; None when there is none, or no time zone with it."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo and found.year in _YEARS else None


def read_json(body: bytes) -> Any:
    """Return a JSON value; None when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
