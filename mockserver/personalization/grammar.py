"""The pieces of a template: text, `{{…}}` and `{%…%}`, each with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_DEPTH = 10
"""How deep `{{…}}` may be nested."""

MOST_TAG = 1000
"""The longest `{%…%}`, in characters."""

_OPENING = re.compile(r"\{\{|\{%")
_INSIDE = re.compile(r"\{\{|\}\}|\{%|\|")
_NAME = re.compile(r"#|\w+")
_ENDS = {name: re.compile(r"\{%-?\s*end" + name + r"\s*(-?)%\}") for name in ("raw", "comment")}


class TemplateError(ValueError):
    """A template is malformed or renders to too much; names the line and the column, both from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"{message} (line {line}, column {column})")
        self.message = message
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Text:
    """Text between the placeholders and tags."""

    start: int
    value: str


@dataclass(frozen=True, slots=True)
class Braces:
    """`{{…|…}}`: where each of its parts begins and ends, without the white space around it."""

    start: int
    end: int
    parts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """`{%…%}`: its name, the expression after it, and whether it strips white space on its sides."""

    start: int
    end: int
    name: str
    expression: str
    expression_start: int
    strips_left: bool
    strips_right: bool


Piece = Text | Braces | Tag


def locate_error(message: str, source: str, position: int) -> TemplateError:
    """Return the error at a position of a template."""
    line = source.count("\n", 0, position) + 1
    return TemplateError(message, line, position - source.rfind("\n", 0, position))


def split_pieces(source: str, start: int, end: int) -> Iterator[Piece]:
    """Yield the pieces of a part of a template; positions are those in the whole.

    A dash in `{%- … -%}` strips the white space on its side. The content of `{% raw %}` is text, and that of
    `{% comment %}` is dropped. Raises TemplateError.
    """
    strips = False
    while start < end:
        found = _OPENING.search(source, start, end)
        stop = found.start() if found else end
        tag = _read_tag(source, stop, end) if found and found[0] == "{%" else None
        text = _strip(source[start:stop], left=strips, right=bool(tag and tag.strips_left))
        if text:
            yield Text(start, text)
        strips = False
        if tag and tag.name in _ENDS:
            text, start, strips = _read_region(source, tag, end)
            if text:
                yield Text(tag.end, text)
        elif tag:
            start, strips = tag.end, tag.strips_right
            if tag.name != "#":
                yield tag
        elif found:
            braces, start = _read_braces(source, stop, end)
            yield braces
        else:
            start = end


def _read_tag(source: str, start: int, end: int) -> Tag:
    close = source.find("%}", start + 2, end)
    if close < 0:
        raise locate_error("this {% is never closed by %}", source, start)
    if close - start > MOST_TAG:
        raise locate_error(f"this tag is longer than {MOST_TAG} characters", source, start)
    left = source.startswith("-", start + 2, close)
    right = source.endswith("-", start + 2 + left, close)
    begin, stop = _trim(source, start + 2 + left, close - right)
    name = _NAME.match(source, begin, stop)
    if name is None:
        raise locate_error("this tag has no name", source, start)
    begin, stop = _trim(source, name.end(), stop)
    return Tag(start, close + 2, name[0], source[begin:stop], begin, left, right)


def _read_region(source: str, tag: Tag, end: int) -> tuple[str, int, bool]:
    """Return the text of a raw or comment block, its end, and whether its end tag strips white space."""
    close = _ENDS[tag.name].search(source, tag.end, end)
    if close is None:
        raise locate_error(f"this {tag.name} has no end{tag.name}", source, tag.start)
    text = source[tag.end : close.start()] if tag.name == "raw" else ""
    return text, close.end(), bool(close[1])


def _read_braces(source: str, start: int, end: int) -> tuple[Braces, int]:
    depth, begin = 1, start + 2
    parts: list[tuple[int, int]] = []
    position = begin
    while found := _INSIDE.search(source, position, end):
        position = found.end()
        if found[0] == "{%":
            tag = _read_tag(source, found.start(), end)
            position = _read_region(source, tag, end)[1] if tag.name in _ENDS else tag.end
        elif found[0] == "{{":
            depth += 1
            if depth > MOST_DEPTH:
                raise locate_error(f"{{{{ is nested more than {MOST_DEPTH} deep", source, found.start())
        elif found[0] == "}}":
            depth -= 1
        if depth == 0 or (depth == 1 and found[0] == "|"):
            parts.append(_trim(source, begin, found.start()))
            begin = position
        if depth == 0:
            return Braces(start, position, tuple(parts)), position
    raise locate_error("this {{ is never closed by }}", source, start)


def _strip(text: str, *, left: bool, right: bool) -> str:
    text = text.lstrip() if left else text
    return text.rstrip() if right else text


def _trim(source: str, start: int, end: int) -> tuple[int, int]:
    while start < end and source[start].isspace():
        start += 1
    while end > start and source[end - 1].isspace():
        end -= 1
    return start, end
