"""Placeholders: what `{{…}}` renders to.

It is a field, a field with a fallback, one of several options (spintax), or a date.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from html import escape
from random import Random
from typing import Any, Protocol

from .dates import DATE_VALUES, format_date
from .fields import STANDARD
from .grammar import TemplateError

MOST_CHARACTERS = 1_000_000
"""How many characters the values in one text may have together."""

MOST_COMPARED = 10_000_000
"""How many characters the values that its conditions compare may have together."""

# A word with underscores is not prose, so it is a field, even if this lead lacks that field.
_FIELD_LIKE = re.compile(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+")
_NAME = re.compile(r"[^{}\n]{1,200}")
_DATE = re.compile(r"dn_date\s+(\d{1,4})\s+days?\s+from\s+now\s+(\S[^{}\n]*)")


class RenderContext:
    """For whom and when a template is rendered, and how much of the bounds is left."""

    def __init__(
        self, fields: Mapping[str, Any], at: datetime, random_seed: int | str, *, as_html: bool
    ) -> None:
        self.fields = fields
        self.at = at
        self.as_html = as_html
        self.scope: Mapping[str, Any] | None = None
        """The fields in the form that conditions see; made by the first condition."""
        self._random_seed = random_seed
        self._left = MOST_CHARACTERS
        self._comparisons_left = MOST_COMPARED

    @cached_property
    def random(self) -> Random:
        """The randomness of this text; made at the first draw, because that takes time."""
        return Random(self._random_seed)

    def insert(self, text: str) -> str:
        """Return a value in the form that goes into the text; raises TemplateError after too many."""
        if self.as_html:
            text = escape(text)
        self._left -= len(text)
        if self._left < 0:
            raise TemplateError(f"the values have more than {MOST_CHARACTERS} characters together")
        return text

    def count_comparison(self, value: object) -> None:
        """Count a value that is compared; raises TemplateError when there are too many."""
        self._comparisons_left -= len(value) if isinstance(value, (str, list)) else 1
        if self._comparisons_left < 0:
            raise TemplateError(f"conditions compare more than {MOST_COMPARED} characters")


class Renderable(Protocol):
    """A compiled template, or a part of one."""

    def render(self, context: RenderContext) -> str:
        """Return the text."""


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field of the lead; empty when the lead lacks it."""

    name: str

    def render(self, context: RenderContext) -> str:
        """Return the text."""
        value = context.fields.get(self.name)
        return context.insert(value if value.__class__ is str else write_value(value))


@dataclass(frozen=True, slots=True)
class DateValue:
    """A value made from the time of sending."""

    format: Callable[[datetime], str]

    def render(self, context: RenderContext) -> str:
        """Return the text."""
        return context.insert(self.format(context.at))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several options, drawn.

    When there are two and the first names a field, it is a field with a fallback instead.
    """

    options: tuple[Renderable, ...]
    name: str | None
    """The first of two options, when it is a plain word."""

    def render(self, context: RenderContext) -> str:
        """Return the text."""
        name = self.name
        if name and (name in context.fields or name in STANDARD or _FIELD_LIKE.fullmatch(name)):
            value = write_value(context.fields.get(name))
            return context.insert(value) if value.strip() else self.options[1].render(context)
        return context.random.choice(self.options).render(context)


def read_value(text: str) -> Renderable:
    """Return the placeholder `{{text}}`; raises ValueError, with the reason, when it is malformed."""
    if text in DATE_VALUES:
        return DateValue(DATE_VALUES[text])
    if text.split(None, 1)[:1] == ["dn_date"]:
        return _read_date(text)
    if not text:
        raise ValueError("these braces are empty")
    if not _NAME.fullmatch(text):
        raise ValueError("this is no field name, and a choice needs two or more options")
    return FieldValue(text)


def write_value(value: Any) -> str:
    """Return the value of a field as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(map(write_value, value))
    return json.dumps(value, ensure_ascii=False)


def _read_date(text: str) -> Renderable:
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError("write a date like {{dn_date 2 days from now dddd, MMMM Do}}")
    later, form = timedelta(days=int(found[1])), found[2]

    def format_later(at: datetime) -> str:
        try:
            return format_date(at + later, form)
        except OverflowError:
            raise TemplateError("the calendar ends before that date") from None

    return DateValue(format_later)
