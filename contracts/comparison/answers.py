"""What is compared, and what comes out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mockserver.openapi.spec import JSON_TYPE

STATUS = "HTTP status"
"""The place of a difference between statuses; a field of the body may be called `status`."""
NO_JSON: Any = object()
"""The value of a body that is no JSON."""


@dataclass(frozen=True)
class Answer:
    """An answer of a server."""

    status: int
    headers: Mapping[str, str]
    """Name in lower case → value."""
    body: bytes = b""

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().casefold()

    @cached_property
    def value(self) -> Any:
        """The JSON value of the body; NO_JSON when it is none."""
        if self.media_type != JSON_TYPE:
            return NO_JSON
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return NO_JSON

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that a server answers otherwise than the model."""

    operation: str
    """The operationId."""
    place: str
    """STATUS, `error`, `headers.NAME`, or a field of the body such as `leads.status`, without indexes."""
    message: str
    documented: bool
    """Whether a source documents what the model answers."""
    source: str = field(default="", compare=False)
    """The document that says so."""

    @property
    def kind(self) -> tuple[str, str]:
        """The operation and the place; of two differences of one kind, one is reported."""
        return self.operation, self.place
