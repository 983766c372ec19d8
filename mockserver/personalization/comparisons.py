"""Comparisons in conditions.

A CSV file holds only text, so this project chose two rules: an empty field counts as a missing one (false,
and equal to `blank`, `empty`, `nil` and `""`), and text that is a number compares with a number by its value.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from .placeholders import write_value

BLANK = object()
"""What `blank` and `empty` mean in a condition."""

_NUMBER = re.compile(r"\s*[-+]?\d{1,30}(\.\d{1,30})?\s*")


def is_blank(value: object) -> bool:
    """Return whether a value counts as missing."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or value is BLANK or value in ([], {})


def _is_equal(left: Any, right: Any) -> bool:
    if is_blank(left) or is_blank(right):
        return is_blank(left) and is_blank(right)
    numbers = _read_numbers(left, right)
    if numbers and not (isinstance(left, str) and isinstance(right, str)):
        return numbers[0] == numbers[1]
    return write_value(left) == write_value(right)


def _is_less(left: Any, right: Any) -> bool:
    if is_blank(left) or is_blank(right):
        return False
    numbers = _read_numbers(left, right)
    if numbers:
        return numbers[0] < numbers[1]
    return isinstance(left, str) and isinstance(right, str) and left < right


def _contains(left: Any, right: Any) -> bool:
    if is_blank(left) or is_blank(right):
        return False
    if isinstance(left, list):
        return any(_is_equal(item, right) for item in left)
    return write_value(right) in write_value(left)


def _read_numbers(left: Any, right: Any) -> tuple[float, float] | None:
    texts = [write_value(value) for value in (left, right)]
    return (float(texts[0]), float(texts[1])) if all(map(_NUMBER.fullmatch, texts)) else None


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": _is_equal,
    "!=": lambda left, right: not _is_equal(left, right),
    "<>": lambda left, right: not _is_equal(left, right),
    "<": _is_less,
    ">": lambda left, right: _is_less(right, left),
    "<=": lambda left, right: _is_less(left, right) or _is_equal(left, right),
    ">=": lambda left, right: _is_less(right, left) or _is_equal(left, right),
    "contains": _contains,
}
"""Operator → whether it holds for two values."""
