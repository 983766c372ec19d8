"""Values that are odd but legal: each text, number and map has everything that a server may spoil."""

import re
from collections.abc import Callable
from random import Random
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import Schema, non_null

from ..walk.history import Mark, Rows
from ..walk.values import ValueDrawer

_SINK = " zoë {}  Ang\u030astro\u0308m \"q\", 'x'; <b>&amp;</b> 日本 🙂 100% \\n =1+1 {{{{first_name}}}} "
"""Blanks at both ends and twice within, a small letter first, composed and decomposed letters, signs of CSV,
HTML, JSON, templates and formulas, letters of two, three and four bytes."""
_MORE_LINES = "\n\n  Second line\r\n\tthird "
_LONG = 1000
"""A field that takes so many characters takes several lines."""
_MAP: dict[str, Any] = {
    " Größe ": 1.5,
    "size": 9007199254740991,
    "Size": "0042",
    "zero": 0,
    "flag": False,
    "nested": {"b": [1, None, {"é": " x "}], "a": []},
    "empty": "",
}
_COLUMNS = {
    "last_name": 'O\'Neil; "Jr"',
    "company": "Two\nLines, É",
    "City": " 007; 8; 9; 10; 11; 12; 13; 14 ",
    "status": "of another kind",
    'Size in cm, m, km, in, ft, yd, "mi"': "1,5" + "; 2" * 20,
}
MAPPING = {"email": "email", "first_name": "last_name", "custom_größe": "City"}
"""Field → column of a drawn file."""


class OddDrawer(ValueDrawer):
    """Draws bodies with every field, each set to something other than its default."""

    def __init__(self, random: Random, find_ids: Callable[[str], list[Any]]) -> None:
        super().__init__(random, self._find_in_turn)
        self._find_ids = find_ids
        self._picked: dict[str, int] = {}
        self._filters = 0

    def _draw_object(self, schema: Schema, share: float) -> dict[str, Any]:
        del share
        if "search" in schema.get("properties", {}) and not self._pick_whole():
            return {"search": self._draw_odd_text()}
        return super()._draw_object(schema, 1.0)

    def _number(self) -> str:
        """Return the next number with its digits reversed: the order of texts is not that of their making."""
        self._numbers += 1
        return f"{self._numbers:04d}"[::-1]

    def _draw_text(self, schema: Schema, name: str) -> Any:
        text = super()._draw_text(schema, name)
        return f"RE: {text.strip()}" if name == "subject" else text  # which an answer does not repeat

    def _pick_whole(self) -> bool:
        """Return whether a stored filter has all fields; one with a search alone finds something."""
        self._filters += 1
        return (self._filters - 1) // 2 % 2 == 1

    def _pick(self, choices: list[Any]) -> Any:
        """Return each of the choices in turn, the last one first."""
        name = str(choices)
        self._picked[name] = self._picked.get(name, 0) + 1
        return choices[-self._picked[name] % len(choices)]

    def _find_in_turn(self, name: str) -> Any:
        """Return one of the ids that were made last, each in turn."""
        found = self._find_ids(name)
        self._picked[name] = self._picked.get(name, -1) + 1
        return found[self._picked[name] % len(found)]

    def _is_null(self, _raw: Schema) -> bool:
        return False

    def _draw_map(self, schema: Schema) -> dict[str, Any]:
        kinds = non_null(schema.get("additionalProperties") or {})
        if isinstance(kinds, dict) and kinds.get("type") == "string":
            return {"email": "Mail", "custom_größe": " Size "}
        return {**_MAP, "text": self._draw_odd_text(), f"only {self._number()}": "x"}

    def _draw_list(self, schema: Schema, name: str) -> list[Any]:
        if non_null(schema.get("items", {})).get("format") == "uuid":
            return self._find_ids(name.removesuffix("s"))
        most = Extensions(schema).max_files or min(schema.get("maxItems", 2), 2)
        drawn = super()._draw_list({**schema, "maxItems": most}, name)
        return (drawn * most)[:most] if Extensions(schema).max_files else drawn

    def _draw_number(self, schema: Schema) -> int:
        low = schema.get("minimum", 0)
        high = schema.get("maximum", low + 1000)
        number = low + 2 + int(self._number()) % 7
        default = schema.get("default")
        return int(min(number if number != default else number + 1, high))

    def _draw_flag(self, schema: Schema) -> bool:
        """Return what is not the default, but now and then the default: two flags should differ."""
        default = schema.get("default", False)
        return bool(self._pick([not default, default, not default] if "default" in schema else [True, False]))

    def _draw_free_text(self, schema: Schema) -> str:
        text = self._draw_odd_text()
        if schema.get("writeOnly") or not re.search(schema.get("pattern", ""), text):
            return super()._draw_free_text(schema)
        if schema.get("maxLength", _LONG) >= _LONG:
            text += _MORE_LINES
        while len(text) < schema.get("minLength", 0):
            text += text
        return text[: schema.get("maxLength", len(text))]

    def _draw_odd_text(self) -> str:
        """Return a text that no other field has."""
        return _SINK.format(self._number())

    def draw_name(self) -> Mark:
        """Return a marked name."""
        return Mark("name", self._draw_odd_text())

    def draw_email(self) -> Mark:
        """Return a new marked address, with a capital, a plus and an apostrophe."""
        return Mark("email", f"silent.Odd+o'neil_{self._number()}")

    def draw_file(self, count: int) -> Rows:
        """Return a CSV file of so many rows."""
        rows = []
        for index in range(count):
            number = self._number()
            email = Mark("email", f"silent.Row_{number}")
            names = {
                **_COLUMNS,
                "first_name": self._draw_odd_text(),
                "company": f"{_COLUMNS['company']} {index % 7}",
            }
            rows.append((("email", email), *names.items()))
        return Rows(tuple(rows), name=f"people {self._number()}")
