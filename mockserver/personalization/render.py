"""Personalization: rendering a template for a lead [docs:campaigns/personalization].

The page shows the features but not their results; these are choices of this project:

* A field that is missing or empty renders to nothing. `{{first_name|there}}` renders to `there` then. Of
  two parts the first is a field when it is a standard field, a field of the lead or its campaign, or a word
  with an underscore. Any other `{{a|b}}` draws one of its parts; parts may hold `{{…}}` themselves.
* Conditions are Liquid's `if`, `unless`, `elsif`, `else` (see `conditions`), with `comment` and `raw`;
  `{{…}}` is not Liquid's, so there are no filters.
* A malformed template is stored and sent as it stands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from .conditions import compile_conditions
from .dates import DATE_VALUES
from .grammar import Braces, TemplateError, Text, locate_error, split_pieces
from .placeholders import Choice, Renderable, RenderContext, read_value

__all__ = ["TemplateError", "compile_template", "join_lines", "render", "render_leniently", "render_subject"]

_COMPILED = 256

Wrap = Callable[[str, Renderable], Renderable]
"""Given a placeholder, and what it compiles to; returns what takes its place."""


@dataclass(frozen=True, slots=True)
class _Literal:
    text: str

    def render(self, _context: RenderContext) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class _Joined:
    """Several parts, one after the other."""

    parts: tuple[Renderable, ...]

    def render(self, context: RenderContext) -> str:
        return "".join([part.render(context) for part in self.parts])


def render(
    template: str, fields: Mapping[str, Any], *, at: datetime, random_seed: int | str, as_html: bool = False
) -> str:
    """Return a template rendered for a lead with these fields (see `fields.list_fields`).

    `at` is the time of sending in the campaign's timezone. The same `random_seed` draws the same parts.
    `as_html` escapes the values. Raises TemplateError.
    """
    compiled = compile_template(template)
    try:
        return compiled.render(RenderContext(fields, at, random_seed, as_html=as_html))
    except RecursionError:
        raise TemplateError("this template is nested too deep") from None


def render_leniently(
    template: str, fields: Mapping[str, Any], *, at: datetime, random_seed: int | str, as_html: bool = False
) -> str:
    """Return what `render` does, or the template as it stands when it is malformed."""
    try:
        return render(template, fields, at=at, random_seed=random_seed, as_html=as_html)
    except TemplateError:
        return template


def render_subject(template: str, fields: Mapping[str, Any], *, at: datetime, random_seed: int | str) -> str:
    """Return a rendered subject on one line; a malformed template is treated like in `render_leniently`."""
    return join_lines(render_leniently(template, fields, at=at, random_seed=random_seed))


def join_lines(text: str) -> str:
    """Return a text on one line, as a subject has to be."""
    return " ".join(text.split())


def compile_template(template: str) -> Renderable:
    """Return the template, ready to render; raises TemplateError when it is malformed."""
    compiled = _compile(template)
    if isinstance(compiled, TemplateError):
        raise TemplateError(compiled.message, compiled.line, compiled.column)
    return compiled


@lru_cache(_COMPILED)
def _compile(template: str) -> Renderable | TemplateError:
    # The error of a malformed template is cached, too: the template goes to many leads all the same.
    try:
        return compile_part(template, 0, len(template))
    except TemplateError as error:
        return error.with_traceback(None)
    except RecursionError:
        return TemplateError("this template is nested too deep")


def compile_part(source: str, start: int, end: int, wrap: Wrap | None = None) -> Renderable:
    """Return a part of a template, ready to render; raises TemplateError.

    `wrap` is called with the placeholders of the part, not with those inside of them.
    """
    pieces = list(split_pieces(source, start, end))
    parts = {piece.start: _read_braces(source, piece) for piece in pieces if isinstance(piece, Braces)}
    if wrap:
        texts = {each.start: source[each.start : each.end] for each in pieces if isinstance(each, Braces)}
        parts = {place: wrap(texts[place], part) for place, part in parts.items()}
    parts |= {piece.start: _Literal(piece.value) for piece in pieces if isinstance(piece, Text)}
    if len(parts) < len(pieces):
        return compile_conditions(source, pieces, parts)
    return parts[pieces[0].start] if len(pieces) == 1 else _Joined(tuple(parts[p.start] for p in pieces))


def _read_braces(source: str, braces: Braces) -> Renderable:
    texts = [source[begin:end] for begin, end in braces.parts]
    try:
        if len(texts) == 1 or (len(texts) == 2 and _is_date(texts[0])):
            return read_value(texts[0])
    except ValueError as error:
        raise locate_error(str(error), source, braces.start) from None
    name = texts[0] if len(texts) == 2 and "{" not in texts[0] else None
    return Choice(tuple(compile_part(source, *part) for part in braces.parts), name)


def _is_date(text: str) -> bool:
    return text in DATE_VALUES or text.startswith("dn_date ")
