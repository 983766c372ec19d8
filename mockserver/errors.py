"""What a request can fail with. Statuses and texts stand in openapi.yaml, under these names."""

from typing import Any

Violation = dict[str, Any]
"""One item of a 422: where (`loc`), what (`msg`) and its kind (`type`)."""


class ApiError(Exception):
    """A refusal, by the name of its example in openapi.yaml, with the facts its template asks for."""

    def __init__(self, name: str, **facts: Any) -> None:
        super().__init__(name)
        self.name = name
        self.facts = facts


class RequestInvalidError(Exception):
    """The request breaks its schema: every breach, in the order path, query, body."""

    status = 422

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__(f"{len(violations)} violations")
        self.violations = violations


class SpecError(Exception):
    """openapi.yaml and the code do not fit together; says what and where."""
