"""A rendered template in pieces: which text a placeholder put where."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from .grammar import TemplateError
from .placeholders import Renderable, RenderContext, write_value
from .render import compile_part

_PRIVATE = range(0xF0000, 0x10FFFE)
"""Characters that mean nothing by themselves [Unicode, private use]; the marks are some that no text has."""


class Piece(NamedTuple):
    """A part of a rendered text."""

    text: str
    placeholder: str | None = None
    """What the text came from, with its braces; None for the words of the template itself."""


@dataclass(frozen=True, slots=True)
class _Marked:
    """A placeholder whose text stands between marks."""

    number: int
    marks: tuple[str, str, str]
    inner: Renderable

    def render(self, context: RenderContext) -> str:
        begin, middle, end = self.marks
        return f"{begin}{self.number}{middle}{self.inner.render(context)}{end}"


def trace(
    template: str,
    fields: Mapping[str, Any],
    *,
    at: datetime,
    random_seed: int | str,
    as_html: bool = False,
) -> list[Piece]:
    """Return what `render.render_leniently` does, in pieces.

    A placeholder that rendered to nothing is a piece with an empty text.
    """
    try:
        return _trace(template, RenderContext(fields, at, random_seed, as_html=as_html))
    except (TemplateError, RecursionError):
        return [Piece(template)]


def _trace(template: str, context: RenderContext) -> list[Piece]:
    marks, placeholders = _find_marks(template, context.fields), []

    def wrap(placeholder: str, inner: Renderable) -> Renderable:
        placeholders.append(placeholder)
        return _Marked(len(placeholders) - 1, marks, inner)

    text = compile_part(template, 0, len(template), wrap).render(context)
    begin, middle, end = marks
    # words, number, text, words, number, text, words …
    parts = re.split(f"{begin}([0-9]+){middle}([^{end}]*){end}", text)
    pieces = [Piece(parts[0])]
    for number, inserted, words in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pieces += [Piece(inserted, placeholders[int(number)]), Piece(words)]
    return [piece for piece in pieces if piece.text or piece.placeholder]


def _find_marks(template: str, fields: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return three characters that no text has; raises TemplateError when the texts have them all."""
    used = set(template).union(*map(write_value, fields.values()))
    free = list(islice((mark for mark in map(chr, _PRIVATE) if mark not in used), 3))
    if len(free) < 3:
        raise TemplateError("the fields use all characters")
    return free[0], free[1], free[2]
