"""Values drawn for requests: valid ones, odd ones, and now and then one that must be refused."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import Schema, is_nullable, non_null
from mockserver.openapi.spec import JSON_TYPE, Operation

from ..inputs.cross_field import repair
from ..inputs.if_then_else import fit_conditions, list_forbidden, list_required
from .history import Mark, Rows

_ODD_TEXTS = (
    "plain text",
    " two  spaces ",
    "Zoë Ångström",
    "日本 🙂 e\u0301",
    'a "quote", a comma; a tab\t',
    "first line\nsecond line",
    "=1+1",
    "100% <b>&amp;</b> \\n",
    "0",
    "null",
    "O'Neil",
    "{{first_name}} [x|y]",
)
_ZONES = ("America/New_York", "Europe/London", "Asia/Tokyo", "UTC", "Asia/Kolkata")
_PATTERN_TEXTS = ("A", "b", "C", "Second", "abc", "a1", "x.y")
_FILES = ("b25lIGV1cm8=", "AAEC/w==", "w6k=")
_NULL_SHARE = 0.12
_MOST_ITEMS = 3
_FAR = datetime(2031, 3, 4, 5, 6, 7, tzinfo=UTC)
"""From when on a campaign with a drawn start date may send: long after the run."""
_PLACES = ("silent.ada", "silent.bob", "silent.cleo", "silent.dan", "silent.eve", "silent.fay")
"""Local parts; the mock lets nobody react whose address begins with `silent`."""

FindId = Callable[[str], Any]
"""Name of an id → a reference to one; raises LookupError when there is none."""


class ValueDrawer:
    """Draws values of schemas."""

    def __init__(self, random: Random, find_id: FindId) -> None:
        self._random = random
        self._find_id = find_id
        self._numbers = 0

    def draw_body(self, operation: Operation) -> Any:
        """Return a body; raises LookupError when it needs an id that nothing has made."""
        schema = non_null(operation.body or {})
        if schema.get("type") != "object":
            return self.draw(schema, "")
        body = self._draw_object(schema, share=self._random.choice((0.0, 0.3, 0.3, 0.6, 1.0)))
        if not body and operation.method in ("PUT", "PATCH"):
            body = self._draw_object(schema, share=0.5)
        kept = repair(operation, body)
        if "if" in schema and isinstance(kept, dict):
            kept = {name: value for name, value in kept.items() if name not in list_forbidden(schema, kept)}
        return _trim(schema, kept)

    def _draw_object(self, schema: Schema, share: float) -> dict[str, Any]:
        properties = schema.get("properties")
        if properties is None:
            return self._draw_map(schema)
        made: dict[str, Any] = {}
        for name, subschema in properties.items():
            if name in schema.get("required", ()) or self._random.random() < share:
                try:
                    made[name] = self.draw(subschema, name)
                except LookupError:
                    if name in schema.get("required", ()):
                        raise
        for name in list_required(schema, made):
            if made.get(name) is None:
                made[name] = self.draw(non_null(properties[name]), name)
        return fit_conditions(schema, made, ())

    def _draw_map(self, schema: Schema) -> dict[str, Any]:
        del schema
        names = ("title", "City", "odd key", "Größe", "n")
        chosen = self._random.sample(names, self._random.randint(0, 3))
        return {name: self._random.choice(_ODD_TEXTS) for name in chosen}

    def draw(self, raw: Schema, name: str) -> Any:
        """Return a value; `name` is the property it is for."""
        if self._is_null(raw):
            return None
        schema = non_null(raw)
        choices = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
        if choices:
            return self._pick([value for value in choices if value is not None])
        makers: dict[str, Callable[[], Any]] = {
            "object": lambda: self._draw_object(schema, share=0.5),
            "array": lambda: self._draw_list(schema, name),
            "integer": lambda: self._draw_number(schema),
            "number": lambda: self._draw_number(schema),
            "boolean": lambda: self._draw_flag(schema),
        }
        return makers.get(schema.get("type", ""), lambda: self._draw_text(schema, name))()

    def _pick(self, choices: list[Any]) -> Any:
        return self._random.choice(choices)

    def _is_null(self, raw: Schema) -> bool:
        return is_nullable(raw) and self._random.random() < _NULL_SHARE

    def _draw_flag(self, schema: Schema) -> bool:
        del schema
        return self._random.random() < 0.5

    def _draw_list(self, schema: Schema, name: str) -> list[Any]:
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", _MOST_ITEMS), max(least, _MOST_ITEMS))
        count = self._random.randint(max(least, 1), max(most, 1))
        items = [self.draw(schema.get("items", {}), name.removesuffix("s")) for _ in range(count)]
        unique = Extensions(schema).unique_by
        if unique and len(items) > 1:
            subschema = non_null(non_null(schema["items"])["properties"][unique])
            for index, item in enumerate(items):
                is_text = subschema["type"] == "string"
                item[unique] = chr(ord("A") + index) if is_text else subschema.get("minimum", 0) + index
        return items

    def _draw_number(self, schema: Schema) -> int:
        low = schema.get("minimum", 0)
        high = schema.get("maximum", low + 1000)
        choices = [low, high, self._random.randint(low, min(high, low + 30)), self._random.randint(low, high)]
        return int(self._random.choice(choices))

    def _draw_text(self, schema: Schema, name: str) -> Any:
        makers: dict[str, Callable[[], Any]] = {
            "uuid": lambda: self._find_id(name),
            "email": self.draw_email,
            "hostname": lambda: Mark("host", self._number()),
            "binary": lambda: self.draw_file(self._random.choice((1, 3, 5))),
            "byte": lambda: self._random.choice(_FILES),
            "date": self._draw_date,
            "date-time": self._draw_time,
            "timezone": lambda: self._random.choice(_ZONES),
        }
        maker = makers.get(schema.get("format", ""))
        if maker:
            return maker()
        choices = Extensions(schema).allowed_values or schema.get("examples")
        if choices:
            return self._pick(list(choices))
        if schema.get("contentMediaType") == JSON_TYPE:
            return json.dumps({"Company": "company", "City": "custom:city"})
        return self._draw_free_text(schema)

    def _draw_free_text(self, schema: Schema) -> str:
        if "pattern" in schema:
            fitting = [text for text in _PATTERN_TEXTS if re.search(schema["pattern"], text)]
            return self._random.choice(fitting) if fitting else "abc"
        if schema.get("writeOnly"):
            return "s3cret-of-the-walk"
        text = self._random.choice(_ODD_TEXTS)
        while len(text) < schema.get("minLength", 0):
            text += f" {text or 'x'}"
        return text[: schema.get("maxLength", len(text))]

    def _draw_date(self) -> str:
        return (datetime.now(UTC) - timedelta(days=self._random.choice((0, 0, 1, 40)))).date().isoformat()

    def _draw_time(self) -> str:
        offset = timedelta(days=self._random.randint(0, 300), seconds=self._random.randint(0, 80_000))
        written = (_FAR + offset).strftime("%Y-%m-%dT%H:%M:%S")
        return written + self._random.choice(("Z", "+02:00", ""))

    # -------------------------------------------------------------- marked texts

    def _number(self) -> str:
        self._numbers += 1
        return str(self._numbers)

    def draw_name(self) -> Mark:
        """Return a marked name."""
        return Mark("name", f"{self._random.choice(_ODD_TEXTS[:5]).strip()} {self._number()}")

    def draw_email(self) -> Mark:
        """Return an address: mostly one of a few, so that the same contacts appear in several places."""
        if self._random.random() < 0.6:
            return Mark("email", self._random.choice(_PLACES))
        return Mark("email", f"silent.{self._number()}")

    def draw_file(self, count: int) -> Rows:
        """Return a CSV file of so many rows."""
        start = self._numbers
        self._numbers += count
        emails = (
            [self.draw_email() for _ in range(count)]
            if count < 10
            else [Mark("email", f"silent.{start + index}") for index in range(count)]
        )
        names = self._random.choice(
            (("first_name",), ("first_name", "last_name", "company"), ("first_name", "Company", "City"), ())
        )
        return Rows(
            tuple(
                (("email", email), *((name, self._random.choice(_ODD_TEXTS[:10])) for name in names))
                for email in emails
            )
        )


def _trim(schema: Schema, body: Any) -> Any:
    """Return a body without a null that its schema does not allow."""
    if not isinstance(body, dict):
        return body
    properties = schema.get("properties", {})
    return {
        name: value
        for name, value in body.items()
        if value is not None or name not in properties or is_nullable(properties[name])
    }
