"""Expressions of conditions, for example `size > 100 and tags contains "hot"`: Liquid's syntax and order.

Liquid reads from the right: `a and b or c` is `a and (b or c)`. There are neither parentheses nor `not`.
tests/test_liquid.py holds this against python-liquid, which would bring five distributions and 38 MB.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from .comparisons import BLANK, COMPARISONS, is_blank
from .dates import DATE_VALUES
from .grammar import Tag, locate_error
from .placeholders import RenderContext, write_value

Expression = Callable[[RenderContext], Any]
"""Returns the value of a part of a condition."""

_TOKEN = re.compile(
    r"""
    \[\s*(?P<index>-?\d+)\s*\]
    | \[\s*(?P<q>["'])(?P<member>.*?)(?P=q)\s*\]
    | (?P<r>["'])(?P<text>.*?)(?P=r)
    | (?P<range>\.\.)
    | (?P<float>-?\d+\.(?!\.)\d*)
    | (?P<integer>-?\d+\b)
    | (?P<dot>\.)
    | (?P<word>\w[\w\-]*\??)
    | (?P<operator>[!=<>]{1,2})
    | (?P<space>[ \n\t\r]+)
    | (?P<mark>.)
    """,
    re.DOTALL | re.VERBOSE,
)
_KINDS = ("index", "member", "text", "range", "float", "integer", "dot", "word", "operator", "space", "mark")
_LITERALS = {"true": True, "false": False, "nil": None, "null": None, "empty": BLANK, "blank": BLANK}
_RESERVED = frozenset({
    "and", "as", "cols", "contains", "continue", "else", "for", "if", "in", "limit", "not", "offset", "or",
    "required", "reversed", "with",
})  # fmt: skip
"""Words of Liquid that no path may hold, though most mean nothing in a condition."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str
    start: int

    @property
    def is_name(self) -> bool:
        return self.kind == "word" and self.value not in _LITERALS and self.value not in _RESERVED

    def is_mark(self, mark: str) -> bool:
        return self.kind == "mark" and self.value == mark


def read_condition(source: str, tag: Tag) -> Callable[[RenderContext], bool]:
    """Return what says whether the condition of a tag holds; raises TemplateError when it is malformed."""
    return _Reader(source, tag).read()


class _Reader:
    def __init__(self, source: str, tag: Tag) -> None:
        self._source = source
        self._start = tag.expression_start
        self._tokens = [*_split(tag.expression, tag.expression_start)]
        self._tokens.reverse()  # the next one stands at the end

    def read(self) -> Callable[[RenderContext], bool]:
        operands = [self._read_comparison()]
        ends_when: list[bool] = []
        while self._next.kind == "word" and self._next.value in ("and", "or"):
            ends_when.append(self._take().value == "or")
            operands.append(self._read_comparison())
        if self._next.kind != "end":
            self._fail(f"expected the end, found {self._next.value!r}")

        def evaluate(context: RenderContext) -> bool:
            for operand, value in zip(operands, ends_when, strict=False):
                if _is_true(operand(context)) is value:
                    return value
            return _is_true(operands[-1](context))

        return evaluate

    def _read_comparison(self) -> Expression:
        left = self._read_containment()
        if self._next.kind != "operator":
            return left
        if self._next.value not in COMPARISONS:
            self._fail(f"expected a comparison, found {self._next.value!r}")
        return _compare(self._take().value, left, self._read_comparison())

    def _read_containment(self) -> Expression:
        left = self._read_operand()
        if not (self._next.kind == "word" and self._next.value == "contains"):
            return left
        return _compare(self._take().value, left, self._read_containment())

    def _read_operand(self) -> Expression:
        token = self._next
        if token.is_name or token.kind == "member" or token.is_mark("["):
            return self._read_path()
        literal: Any
        match token.kind:
            case "text":
                literal = token.value
            case "integer":
                literal = int(token.value)
            case "float":
                literal = float(token.value)
            case "word" if token.value in _LITERALS:
                literal = _LITERALS[token.value]
            case _ if token.is_mark("("):
                self._fail("disallowed parentheses, and a range cannot be compared")
            case _:
                self._fail(f"expected a primitive expression, found {token.value or 'the end'}")
        self._take()
        return _constant(literal)

    def _read_path(self) -> Expression:
        parts: list[Expression] = []
        while True:
            token = self._next
            if token.is_name or token.kind in ("member", "index"):
                self._take()
                part: Any = int(token.value) if token.kind == "index" else token.value
                parts.append(_constant(part))
                if token.kind != "word":
                    self._expect_no_name()
                elif self._next.is_name:
                    break  # two words
            elif token.is_mark("["):
                self._take()
                parts.append(self._read_path())
                if not self._next.is_mark("]"):
                    self._fail("expected a ]")
                self._take()
                self._expect_no_name()
            elif token.kind == "dot":
                self._take()
                if not self._next.is_name:
                    self._fail("expected a name after the dot")
            else:
                break
        if not parts:
            self._fail("expected a name")

        def evaluate(context: RenderContext) -> Any:
            name, *keys = (part(context) for part in parts)
            value = _find_scope(context).get(name) if isinstance(name, str) else None
            for key in keys:
                value = _look_up(value, key)
            return value

        return evaluate

    @property
    def _next(self) -> _Token:
        return self._tokens[-1] if self._tokens else _Token("end", "", self._start)

    def _take(self) -> _Token:
        return self._tokens.pop()

    def _expect_no_name(self) -> None:
        if self._next.is_name:
            self._fail(f"expected a dot, found {self._next.value}")

    def _fail(self, message: str) -> NoReturn:
        raise locate_error(message, self._source, self._next.start)


def _split(text: str, start: int) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = next(kind for kind in _KINDS if match[kind] is not None)
        if kind != "space":
            yield _Token(kind, match[kind], start + match.start())


def _constant(value: Any) -> Expression:
    return lambda _: value


def _is_true(value: Any) -> bool:
    return value is not None and value is not False


def _compare(operator: str, left: Expression, right: Expression) -> Expression:
    holds = COMPARISONS[operator]

    def evaluate(context: RenderContext) -> bool:
        values = [left(context), right(context)]
        for value in values:
            context.count_comparison(value)
        return holds(*values)

    return evaluate


def _find_scope(context: RenderContext) -> Mapping[str, Any]:
    """Return the fields that are not empty, and the values of the date of sending."""
    if context.scope is None:
        fields = {name: _simplify(value) for name, value in context.fields.items() if not is_blank(value)}
        context.scope = fields | {name: form(context.at) for name, form in DATE_VALUES.items()}
    return context.scope


def _simplify(value: Any) -> Any:
    """Return a value of a field without depth."""
    if isinstance(value, list):
        return [write_value(item) for item in value]
    return write_value(value) if isinstance(value, dict) else value


def _look_up(value: Any, key: Any) -> Any:
    """Return a part of a value: one of a list, or a size; None where there is none."""
    if key == "size" and isinstance(value, (str, list)):
        return len(value)
    if isinstance(value, list):
        place = {"first": 0, "last": -1}[key] if key in ("first", "last") else key
        if isinstance(place, int) and -len(value) <= place < len(value):
            return value[place]
    return None
