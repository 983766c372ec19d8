"""Whether a difference breaks a rule or only warns, and what was exchanged meanwhile."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from .outcomes import DifferenceError, Exchange, UndocumentedDifferenceError


class Judge:
    """Weighs differences for the rule under way.

    A difference in something documented breaks the rule. One in something undocumented breaks it when
    `strict`, else it warns. A rule that no source backs cannot break unless `strict`.
    """

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.warnings: list[str] = []
        self.exchanges: list[Exchange] = []
        self._rule_documented = True

    def begin(self, *, documented: bool) -> None:
        """Begin with a rule."""
        self._rule_documented = documented
        self.warnings = []
        self.exchanges = []

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Do something that the rule under way is not about: its differences and exchanges are apart."""
        kept = self.warnings, self.exchanges, self._rule_documented
        self.begin(documented=True)
        try:
            yield
        finally:
            self.warnings, self.exchanges, self._rule_documented = kept

    def fail(self, message: str, *, documented: bool = True) -> NoReturn:
        """End the rule: broken, or warned if no source says otherwise."""
        if self.strict or (documented and self._rule_documented):
            raise DifferenceError(message)
        raise UndocumentedDifferenceError(message)

    def warn(self, message: str, *, documented: bool = True) -> None:
        """Like `fail`, but a mere warning is noted and the rule goes on."""
        if self.strict or (documented and self._rule_documented):
            raise DifferenceError(message)
        self.warnings.append(message)

    def require(self, condition: Any, message: str, *, documented: bool = True) -> None:
        """Fail unless the condition holds."""
        if not condition:
            self.fail(message, documented=documented)

    def compare(self, actual: Any, expected: Any, what: str, *, documented: bool = True) -> None:
        """Fail unless two JSON values are equal, types included."""
        if not are_equal(actual, expected):
            self.fail(f"{what} is {shorten(actual)}, expected {shorten(expected)}", documented=documented)

    def compare_fields(self, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
        """Fail unless an answer has these fields with these values; raises KeyError for a missing one."""
        for name, value in expected.items():
            self.compare(found[name], value, name)


def are_equal(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are equal; 1 is not true, but 1.0 is 1."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(are_equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(are_equal, left, right))
    return bool(left == right)


def has_fields(value: Any, expected: Mapping[str, Any]) -> bool:
    """Tell whether a JSON value is an object with these fields and values; it may have more."""
    return isinstance(value, dict) and all(
        name in value and are_equal(value[name], wanted) for name, wanted in expected.items()
    )


def shorten(value: Any) -> str:
    """Return a value for a message, not too long."""
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "…"
