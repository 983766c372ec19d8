"""The judge: it decides whether a difference breaks a rule or is a warning."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, NoReturn

from .outcomes import DifferenceError, Exchange, UndocumentedDifferenceError

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Judge:
    """Judges the differences that the current rule finds, and keeps its exchanges.

    A documented difference breaks a documented rule. Any other difference breaks the rule only with
    `strict`; otherwise it is a warning.
    """

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.warnings: list[str] = []
        self.exchanges: list[Exchange] = []
        self._rule_documented = True

    def begin(self, *, documented: bool) -> None:
        """Start with the next rule."""
        self._rule_documented = documented
        self.warnings = []
        self.exchanges = []

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Keep the differences and exchanges of the block apart from those of the current rule."""
        kept = self.warnings, self.exchanges, self._rule_documented
        self.begin(documented=True)
        try:
            yield
        finally:
            self.warnings, self.exchanges, self._rule_documented = kept

    def fail(self, message: str, *, documented: bool = True) -> NoReturn:
        """End the rule, broken or with a warning."""
        if self.strict or (documented and self._rule_documented):
            raise DifferenceError(message)
        raise UndocumentedDifferenceError(message)

    def warn(self, message: str, *, documented: bool = True) -> None:
        """Note a warning and go on with the rule; a difference that breaks the rule ends it."""
        if self.strict or (documented and self._rule_documented):
            raise DifferenceError(message)
        self.warnings.append(message)

    def require(self, condition: object, message: str, *, documented: bool = True) -> None:
        """Fail unless the condition holds."""
        if not condition:
            self.fail(message, documented=documented)

    def compare(self, actual: object, expected: object, what: str, *, documented: bool = True) -> None:
        """Fail unless two JSON values are equal, types included; warn when only the form of times differs."""
        if not are_equal(actual, expected):
            message = f"{what} is {shorten(actual)}, expected {shorten(expected)}"
            if are_equal(_read_times(actual), _read_times(expected)):
                self.warn(message, documented=False)
            else:
                self.fail(message, documented=documented)

    def compare_fields(self, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
        """Fail unless an answer has these fields with these values; raises KeyError for a missing one."""
        for name, value in expected.items():
            self.compare(found[name], value, name)


def are_equal(left: object, right: object) -> bool:
    """Return whether two JSON values are equal; 1 is not true, 1.0 is 1."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(are_equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(are_equal, left, right))
    return bool(left == right)


def has_fields(value: object, expected: Mapping[str, Any]) -> bool:
    """Return whether a JSON value is an object with these fields and values; it may have more."""
    return isinstance(value, dict) and all(
        name in value and are_equal(value[name], wanted) for name, wanted in expected.items()
    )


def _read_times(value: object) -> object:
    """Return a JSON value with its times as datetimes: a time has many forms (`…Z`, `…+00:00`)."""
    if isinstance(value, dict):
        return {name: _read_times(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_read_times(item) for item in value]
    if isinstance(value, str) and _TIME.fullmatch(value):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    return value


def shorten(value: object) -> str:
    """Return the representation of a value, shortened for a message."""
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "…"
