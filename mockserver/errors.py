"""What a request can fail with. Statuses and texts stand in openapi.yaml, under these names."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

MOST_COUNTED = 10_000
"""So many violations of a request are counted; the others are not looked for."""

Violation = dict[str, Any]
"""One item of a 422: where (`loc`), what (`msg`) and its kind (`type`)."""


class ApiError(Exception):
    """A refusal, by the name of its example in openapi.yaml, with the facts its template asks for."""

    def __init__(self, name: str, **facts: Any) -> None:
        super().__init__(name)
        self.name = name
        self.facts = facts


class RequestInvalidError(Exception):
    """The request breaks its schema: its violations in the order path, query, body."""

    status = 422

    def __init__(self, violations: Iterable[Violation]) -> None:
        found = iter(violations)
        self.violations = list(islice(found, MOST_COUNTED))
        self.is_complete = next(found, None) is None
        """Whether these are all."""
        super().__init__(self.describe_count(len(self.violations)))

    def describe_count(self, count: int) -> str:
        """Return a part of the number of violations, for example `4,900` or `more than 9,900`."""
        return f"{count:,}" if self.is_complete else f"more than {count:,}"


class SpecError(Exception):
    """openapi.yaml and the code do not fit together; the message names the place."""
