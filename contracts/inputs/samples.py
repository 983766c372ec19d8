"""Samples: valid values of a schema, which carry the marker and name resources of the run."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import JSON_TYPE, Operation, Spec

from ..safety.ledger import Ledger
from .id_sources import list_id_names
from .if_then_else import fit_conditions, list_required

_ZONE = "Europe/Berlin"
_FILE = "b25lIGV1cm8="
_TIME = "2030-05-06T07:08:09Z"
_PATTERN_TRIES = ("Abc", "abc", "ABC", "123", "abc-123", "a@b.example.com")
_MISSES = ("A1", "A B", "-", "é", "")


class Sampler:
    """Makes valid values for the schemas of requests."""

    def __init__(self, spec: Spec, ledger: Ledger, shared_id: Callable[[str], str]) -> None:
        self._ledger = ledger
        self._live_id = shared_id
        self._id_names = list_id_names(spec)

    def body(
        self, operation: Operation, *, full: bool = False, given: Mapping[str, Any] = MappingProxyType({})
    ) -> Any:
        """Return a valid body with the required fields; with `full`, with all fields.

        A `given` field keeps its value, if the operation has such a field.
        """
        schema = non_null(operation.body or {})
        if schema.get("type") != "object":
            return self.value(schema, "", full=full)
        known = {name: value for name, value in given.items() if name in schema["properties"]}
        return self._object(schema, full=full, given=known)

    def value(self, schema: Schema, name: str, *, full: bool = False) -> Any:
        """Return a valid value of a schema; `name` is its property."""
        schema = non_null(schema)
        launching = Extensions(schema).launch_values
        if "enum" in schema or "const" in schema:
            return schema["enum"][0] if "enum" in schema else schema["const"]
        made: Any = None
        match schema.get("type"):
            case "object":
                made = self._object(schema, full=full)
            case "array":
                items = schema.get("items", {})
                count = max(schema.get("minItems", 0), 1)
                made = [self.value(items, name.removesuffix("s"), full=full) for _ in range(count)]
            case "integer" | "number":
                made = self._number(schema, launching)
            case "boolean":
                made = True not in launching
            case "null":
                pass
            case _:
                made = self._text(schema, name)
        return made

    def add_required(
        self, schema: Schema, value: Any, kept: set[tuple[Any, ...]], place: tuple[Any, ...]
    ) -> Any:
        """Return a value with the fields that `if`/`then`/`else` require; places in `kept` stay."""
        schema = non_null(schema)
        if isinstance(value, list):
            items = schema.get("items", {})
            return [self.add_required(items, item, kept, (*place, index)) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        properties = schema.get("properties", {})
        done = {
            name: self.add_required(properties.get(name, {}), item, kept, (*place, name))
            for name, item in value.items()
        }
        for name in list_required(schema, done):
            if done.get(name) is None and (*place, name) not in kept:
                done[name] = self.value(properties[name], name)
        return done

    def text_of(self, schema: Schema, length: int, filler: str = "x", *, unique: bool = False) -> str:
        """Return a text of `length` characters, with the marker and, if `unique`, a token where they fit."""
        marker = self._ledger.marker
        start = "" if "pattern" in schema or "format" in schema or length < len(marker) else marker
        room = length - len(start)
        end = self._ledger.token()[:room] if unique else ""
        return start + filler * (room - len(end)) + end

    def odd_email(self) -> str:
        """Return a new marked address of signs that are seldom and legal."""
        return self._ledger.email("odd+o'sample_1")

    def _object(
        self, schema: Schema, *, full: bool, given: Mapping[str, Any] = MappingProxyType({})
    ) -> dict[str, Any]:
        properties = schema.get("properties")
        if properties is None:
            return {"key": "value"}
        required = schema.get("required", [])
        made = {
            name: self.value(subschema, name, full=full)
            for name, subschema in properties.items()
            if name not in given and (full or name in required)
        }
        done: dict[str, Any] = self.add_required(schema, {**made, **given}, set(), ())
        return fit_conditions(schema, done, ())

    def _text(self, schema: Schema, name: str) -> str | bytes:
        makers: dict[str, Callable[[], str | bytes]] = {
            "uuid": lambda: self._live_id(name) if name in self._id_names else self._ledger.draw_id(),
            "email": lambda: self._ledger.email("sample"),
            "hostname": self._ledger.host,
            "binary": self.file,
            "byte": lambda: _FILE,
            "date": lambda: _TIME[:10],
            "timezone": lambda: _ZONE,
            "date-time": lambda: _TIME,
        }
        made = makers.get(schema.get("format", ""))
        if made:
            return made()
        if "pattern" in schema:
            tries = (f"t{self._ledger.token()}", *_PATTERN_TRIES)
            return next(text for text in tries if re.search(schema["pattern"], text))
        if allowed := Extensions(schema).allowed_values:
            return allowed[0]
        if schema.get("contentMediaType") == JSON_TYPE:
            return "{}"
        length = min(max(schema.get("minLength", 0), 24), schema.get("maxLength", 24))
        return self.text_of(schema, length, unique=True)

    def file(self) -> bytes:
        """Return a CSV file of one contact."""
        return f"email\n{self._ledger.email('row')}\n".encode()

    @staticmethod
    def _number(schema: Schema, launching: Any) -> int:
        if schema.get("default") is not None:
            return int(schema["default"])
        low: int = schema.get("minimum", 0)
        high: int = schema.get("maximum", 1000)
        return low if launching or low == high else low + 1


def miss_pattern(pattern: str) -> str | None:
    """Return a text that a pattern does not match, or None."""
    return next((text for text in _MISSES if not re.search(pattern, text)), None)
