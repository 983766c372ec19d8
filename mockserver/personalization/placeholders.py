"""What `{{…}}` says: a value, a value or else, one of several, a date."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from html import escape
from random import Random
from typing import Any, Protocol

from .dates import NAMED, format_moment
from .fields import STANDARD
from .grammar import TemplateError

MOST_CHARACTERS = 1_000_000
"""How much the values in one text may come to."""

MOST_COMPARED = 10_000_000
"""How much the values that its conditions compare may come to."""

# A word like this is nobody's prose, so a field, even when this lead has no such field.
_FIELD_LIKE = re.compile(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+")
_NAME = re.compile(r"[^{}\n]{1,200}")
_DATE = re.compile(r"dn_date\s+(\d{1,4})\s+days?\s+from\s+now\s+(\S[^{}\n]*)")


class Occasion:
    """For whom and when a text is made."""

    def __init__(self, fields: Mapping[str, Any], at: datetime, seed: int | str, *, as_html: bool) -> None:
        self.fields = fields
        self.at = at
        self.as_html = as_html
        self.scope: Mapping[str, Any] | None = None
        """The fields as conditions see them, once there was one."""
        self._seed = seed
        self._left = MOST_CHARACTERS
        self._comparisons_left = MOST_COMPARED

    @cached_property
    def random(self) -> Random:
        """The draws of this text; made when something is drawn, since that takes time."""
        return Random(self._seed)

    def put(self, text: str) -> str:
        """Return a value as it goes into the text; raises TemplateError when that gets too long."""
        if self.as_html:
            text = escape(text)
        self._left -= len(text)
        if self._left < 0:
            raise TemplateError(f"the values come to more than {MOST_CHARACTERS} characters")
        return text

    def compare(self, value: object) -> None:
        """Take note that a value is compared; raises TemplateError when that gets too much."""
        self._comparisons_left -= len(value) if isinstance(value, (str, list)) else 1
        if self._comparisons_left < 0:
            raise TemplateError(f"more than {MOST_COMPARED} characters of values are compared")


class Phrase(Protocol):
    """Something that can be said."""

    def say(self, occasion: Occasion) -> str:
        """Return the text."""


@dataclass(frozen=True, slots=True)
class Value:
    """A field of the lead; nothing when it is missing."""

    name: str

    def say(self, occasion: Occasion) -> str:
        """Return the text."""
        value = occasion.fields.get(self.name)
        return occasion.put(value if value.__class__ is str else write_value(value))


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that the moment of sending says."""

    tell: Callable[[datetime], str]

    def say(self, occasion: Occasion) -> str:
        """Return the text."""
        return occasion.put(self.tell(occasion.at))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several; or, when there are two and the first names a field, that or else the second."""

    options: tuple[Phrase, ...]
    name: str | None
    """The first of two options, when it is a mere word."""

    def say(self, occasion: Occasion) -> str:
        """Return the text."""
        name = self.name
        if name and (name in occasion.fields or name in STANDARD or _FIELD_LIKE.fullmatch(name)):
            value = write_value(occasion.fields.get(name))
            return occasion.put(value) if value.strip() else self.options[1].say(occasion)
        return occasion.random.choice(self.options).say(occasion)


def read_value(text: str) -> Phrase:
    """Return what `{{text}}` says; raises ValueError with the reason when nothing."""
    if text in NAMED:
        return Moment(NAMED[text])
    if text.split(None, 1)[:1] == ["dn_date"]:
        return _read_date(text)
    if not text:
        raise ValueError("nothing stands in these braces")
    if not _NAME.fullmatch(text):
        raise ValueError("this is no name of a field, and a choice needs two options or more")
    return Value(text)


def write_value(value: Any) -> str:
    """Return the value of a field as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(map(write_value, value))
    return json.dumps(value, ensure_ascii=False)


def _read_date(text: str) -> Phrase:
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError("a date is written {{dn_date 2 days from now dddd, MMMM Do}}")
    later, form = timedelta(days=int(found[1])), found[2]

    def tell(at: datetime) -> str:
        try:
            return format_moment(at + later, form)
        except OverflowError:
            raise TemplateError("the calendar ends before that date") from None

    return Moment(tell)
