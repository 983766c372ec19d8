"""The shorthand of seeds: rows inside rows, and rows that stand for many."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..errors import MOST_COUNTED, Violation
from ..openapi.violations import Loc

MOST_REPEATS = 1_000_000
"""Most rows that one `repeat` may stand for."""
MOST_ROWS = 4_000_000
"""Most rows of a document, those that a `repeat` stands for counted."""
MOST_TEXT = 500_000_000
"""Most characters that the texts with `<n>` of all copies may have: each copy has its own."""


@dataclass(slots=True)
class _Expansion:
    """What is known while a document is expanded."""

    tables: Mapping[str, str]
    violations: list[Violation]
    room: int
    """How many characters of texts with `<n>` there may still be."""


@dataclass(slots=True)
class Row:
    """One record of a document, before it is made."""

    table: str
    loc: Loc
    """Where it stands."""
    values: dict[str, Any]
    parent: "Row | None" = None
    """The row it stands in: a lead's campaign."""
    record: Any = None
    """What was made of it."""


def expand(
    document: Mapping[str, Any], tables: Mapping[str, str], violations: list[Violation]
) -> Iterator[Row]:
    """Yield the rows of a document, those inside others after them.

    A row with `repeat: 3` stands for three: in its texts `<n>` is the number from 1 on, and `each`
    holds lists of values that its copies take in turn. Breaches are added to `violations`.
    """
    expansion = _Expansion(tables, violations, MOST_TEXT)
    rows = _expand_tables(document, ("body",), None, expansion)
    yield from islice(rows, MOST_ROWS)
    if expansion.room < 0:
        violations.append(_breach(("body",), f"at most {MOST_TEXT} characters are allowed in texts with <n>"))
    elif next(rows, None) is not None:
        violations.append(_breach(("body",), f"at most {MOST_ROWS} rows are allowed"))


def _expand_tables(
    document: Mapping[str, Any], loc: Loc, parent: Row | None, expansion: _Expansion
) -> Iterator[Row]:
    tables, violations = expansion.tables, expansion.violations
    for name, items in document.items():
        if name not in tables:
            known = ", ".join(tables)
            violations.append(_breach((*loc, name), f"no table is called {name}; there are {known}"))
        elif not isinstance(items, list):
            violations.append(_breach((*loc, name), "value is not a valid list", "type_error.list"))
        else:
            for index, item in enumerate(items):
                if len(violations) > MOST_COUNTED:
                    return
                for values in _repeat(item, (*loc, name, index), expansion):
                    inner = {key: values.pop(key) for key in list(values) if key in tables}
                    row = Row(name, (*loc, name, index), values, parent)
                    yield row
                    yield from _expand_tables(inner, row.loc, row, expansion)


def _repeat(item: Any, loc: Loc, expansion: _Expansion) -> Iterator[dict[str, Any]]:
    violations = expansion.violations
    if not isinstance(item, dict):
        violations.append(_breach(loc, "value is not a valid dict", "type_error.dict"))
        return
    if "repeat" not in item:
        yield dict(item)
        return
    template = {name: value for name, value in item.items() if name not in ("repeat", "each")}
    repeat, each = item["repeat"], item.get("each", {})
    if type(repeat) is not int or not 0 <= repeat <= MOST_REPEATS:
        violations.append(_breach((*loc, "repeat"), f"a number from 0 to {MOST_REPEATS} is expected"))
    elif not isinstance(each, dict) or not all(isinstance(v, list) and v for v in each.values()):
        violations.append(_breach((*loc, "each"), "lists of values in turn are expected"))
    else:
        numbered = [name for name, value in template.items() if name not in each and _has_number(value)]
        size = sum(_measure(template[name]) for name in numbered)
        size += sum(max(map(_measure, values)) for values in each.values())
        for index in range(repeat):
            expansion.room -= size
            if expansion.room < 0:
                return
            number = str(index + 1)
            row = {**template, **{name: values[index % len(values)] for name, values in each.items()}}
            for name in (*numbered, *each):
                row[name] = _number(row[name], number)
            yield row


def _has_number(value: Any) -> bool:
    """Return whether `_number` changes a value."""
    if isinstance(value, str):
        return "<n>" in value
    if isinstance(value, dict):
        return "repeat" not in value and any(map(_has_number, value.values()))
    return isinstance(value, list) and any(map(_has_number, value))


def _measure(value: Any) -> int:
    """Return how many characters `_number` makes anew, and a word for each item of a list or an object."""
    if isinstance(value, str):
        return len(value) if "<n>" in value else 0
    if isinstance(value, dict):
        return 0 if "repeat" in value else sum(8 + _measure(item) for item in value.values())
    return sum(8 + _measure(item) for item in value) if isinstance(value, list) else 0


def _number(value: Any, number: str) -> Any:
    if isinstance(value, str):
        return value.replace("<n>", number) if "<n>" in value else value
    if isinstance(value, dict):
        # Rows inside this one that repeat themselves count for themselves.
        return value if "repeat" in value else {name: _number(v, number) for name, v in value.items()}
    if isinstance(value, list):
        return [_number(item, number) for item in value]
    return value


def _breach(loc: Loc, message: str, kind: str = "value_error") -> Violation:
    return {"loc": list(loc), "msg": message, "type": kind}
