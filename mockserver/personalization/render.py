"""Personalization: what a template says to a lead [docs:campaigns/personalization].

The page shows the features without their renderings; those are choices of this project:

* A field that is missing or empty says nothing. `{{first_name|there}}` says `there` then: of two
  parts the first is a field when it is a standard one, one of the lead's or its campaign's, or a word
  with an underscore. Any other `{{a|b}}` draws one of its parts; parts may hold `{{…}}` themselves.
* Conditions are Liquid's `if`, `unless`, `elsif`, `else` (see `conditions`), with `comment` and `raw`;
  `{{…}}` is not Liquid's, so there are no filters.
* A malformed template is stored and sent as it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from typing import Any

from .dates import NAMED
from .grammar import Braces, TemplateError, Text, locate_error, split_pieces
from .placeholders import Choice, Occasion, Phrase, read_value

__all__ = ["TemplateError", "check_template", "join_lines", "render", "render_leniently", "render_subject"]

_COMPILED = 256


@dataclass(frozen=True, slots=True)
class _Literal:
    text: str

    def say(self, _occasion: Occasion) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class _Line:
    """Phrases one after the other."""

    phrases: tuple[Phrase, ...]

    def say(self, occasion: Occasion) -> str:
        return "".join([phrase.say(occasion) for phrase in self.phrases])


def render(
    template: str, fields: Mapping[str, Any], *, at: datetime, seed: int | str, as_html: bool = False
) -> str:
    """Return what a template says to a lead with these fields (see `fields.list_fields`).

    `at` is the moment of sending in the campaign's timezone; the same `seed` draws the same parts.
    `as_html` escapes the values. Raises TemplateError.
    """
    phrase = check_template(template)
    try:
        return phrase.say(Occasion(fields, at, seed, as_html=as_html))
    except RecursionError:
        raise TemplateError("this template is nested too deep") from None


def render_leniently(
    template: str, fields: Mapping[str, Any], *, at: datetime, seed: int | str, as_html: bool = False
) -> str:
    """Return what `render` does, or the template as it stands when it is malformed."""
    try:
        return render(template, fields, at=at, seed=seed, as_html=as_html)
    except TemplateError:
        return template


def render_subject(template: str, fields: Mapping[str, Any], *, at: datetime, seed: int | str) -> str:
    """Return a subject: on one line, whatever the values hold; malformed ones as `render_leniently`."""
    return join_lines(render_leniently(template, fields, at=at, seed=seed))


def join_lines(text: str) -> str:
    """Return a text on one line, as a subject has to be."""
    return " ".join(text.split())


def check_template(template: str) -> Phrase:
    """Return the template, ready to be said; raises TemplateError when it is malformed."""
    compiled = _compile(template)
    if isinstance(compiled, TemplateError):
        raise TemplateError(compiled.message, compiled.line, compiled.column)
    return compiled


@lru_cache(_COMPILED)
def _compile(template: str) -> Phrase | TemplateError:
    # What is malformed is remembered, too: it is sent to as many leads.
    try:
        return _read_line(template, 0, len(template))
    except TemplateError as error:
        return error.with_traceback(None)
    except RecursionError:
        return TemplateError("this template is nested too deep")


def _read_line(source: str, start: int, end: int) -> Phrase:
    pieces = list(split_pieces(source, start, end))
    phrases = {piece.start: _read_braces(source, piece) for piece in pieces if isinstance(piece, Braces)}
    phrases |= {piece.start: _Literal(piece.value) for piece in pieces if isinstance(piece, Text)}
    if len(phrases) < len(pieces):
        # Liquid takes a while to import, and most templates do without.
        conditions = import_module(".conditions", __package__)
        line: Phrase = conditions.read_conditions(source, pieces, phrases)
        return line
    return phrases[pieces[0].start] if len(pieces) == 1 else _Line(tuple(phrases[p.start] for p in pieces))


def _read_braces(source: str, braces: Braces) -> Phrase:
    texts = [source[begin:end] for begin, end in braces.parts]
    try:
        if len(texts) == 1 or (len(texts) == 2 and _is_moment(texts[0])):
            return read_value(texts[0])
    except ValueError as error:
        raise locate_error(str(error), source, braces.start) from None
    name = texts[0] if len(texts) == 2 and "{" not in texts[0] else None
    return Choice(tuple(_read_line(source, *part) for part in braces.parts), name)


def _is_moment(text: str) -> bool:
    return text in NAMED or text.startswith("dn_date ")
