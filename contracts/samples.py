"""Values that a schema allows, marked and alive: what they name was made by the run."""

import re
from collections.abc import Callable
from typing import Any

import jsonschema

from mockserver.spec import Operation, Schema, Spec, core

from .ledger import Ledger

_ZONE = "Europe/Berlin"
_FILE = "b25lIGV1cm8="
_MOMENT = "2030-05-06T07:08:09Z"
_PATTERN_TRIES = ("Abc", "abc", "ABC", "123", "abc-123", "a@b.example.com")
_MISSES = ("A1", "A B", "-", "é", "")


class Sampler:
    """Makes values for the schemas of requests."""

    def __init__(self, spec: Spec, ledger: Ledger, live_id: Callable[[str], str]) -> None:
        self._ledger = ledger
        self._live_id = live_id
        self._id_names = {p.name for o in spec.operations.values() for p in o.parameters_in("path")}

    def body(self, operation: Operation, *, full: bool = False) -> Any:
        """Return a valid body; `full` with every field, else with what is required."""
        return self.value(operation.body or {}, "", full=full)

    def value(self, schema: Schema, name: str, *, full: bool = False) -> Any:
        """Return a value of a schema; `name` is the property it stands in."""
        schema = core(schema)
        launching = schema.get("x-launches")
        if "enum" in schema or "const" in schema:
            return schema["enum"][0] if "enum" in schema else schema["const"]
        match schema.get("type"):
            case "object":
                return self._object(schema, full=full)
            case "array":
                items = schema.get("items", {})
                count = max(schema.get("minItems", 0), 1)
                return [self.value(items, name.removesuffix("s"), full=full) for _ in range(count)]
            case "integer" | "number":
                return self._number(schema, launching or ())
            case "boolean":
                return launching != [True]
        return self._text(schema, name)

    def complete(self, schema: Schema, value: Any, kept: set[tuple[Any, ...]], place: tuple[Any, ...]) -> Any:
        """Return the value with what `if`/`then`/`else` require besides, places in `kept` left alone."""
        schema = core(schema)
        if isinstance(value, list):
            items = schema.get("items", {})
            return [self.complete(items, item, kept, (*place, index)) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        properties = schema.get("properties", {})
        done = {
            name: self.complete(properties.get(name, {}), item, kept, (*place, name))
            for name, item in value.items()
        }
        for name in self.needs(schema, done):
            if done.get(name) is None and (*place, name) not in kept:
                done[name] = self.value(properties[name], name)
        return done

    def text_of(self, schema: Schema, length: int, filler: str = "x") -> str:
        """Return a text of so many characters, marked if it can be."""
        marker = self._ledger.marker
        start = "" if "pattern" in schema or "format" in schema or length < len(marker) else marker
        return start + filler * (length - len(start))

    def _object(self, schema: Schema, *, full: bool) -> dict[str, Any]:
        properties = schema.get("properties")
        if properties is None:
            return {"key": "value"}
        required = schema.get("required", [])
        made = {
            name: self.value(subschema, name, full=full)
            for name, subschema in properties.items()
            if full or name in required
        }
        done: dict[str, Any] = self.complete(schema, made, set(), ())
        return done

    @staticmethod
    def needs(schema: Schema, value: dict[str, Any]) -> list[str]:
        """Return what `if`/`then`/`else`, and `x-needs-one`, require of an object."""
        choice = schema.get("x-needs-one", [])
        needed = [] if any(value.get(name) for name in choice) else list(choice[:1])
        if "if" in schema:
            holds = jsonschema.Draft202012Validator(schema["if"]).is_valid(value)
            needed += schema.get("then" if holds else "else", {}).get("required", [])
        return needed

    def _text(self, schema: Schema, name: str) -> str:
        made: Callable[[], str] | None = {
            "uuid": lambda: self._live_id(name) if name in self._id_names else self._ledger.draw_id(),
            "email": lambda: self._ledger.email("sample"),
            "byte": lambda: _FILE,
            "hostname": self._ledger.host,
            "timezone": lambda: _ZONE,
            "date-time": lambda: _MOMENT,
        }.get(schema.get("format", ""))
        if made:
            return made()
        if "pattern" in schema:
            return next(text for text in _PATTERN_TRIES if re.search(schema["pattern"], text))
        length = min(max(schema.get("minLength", 0), 24), schema.get("maxLength", 24))
        return self.text_of(schema, length)

    @staticmethod
    def _number(schema: Schema, launching: Any) -> int:
        if schema.get("default") is not None:
            return int(schema["default"])
        low: int = schema.get("minimum", 0)
        high: int = schema.get("maximum", 1000)
        return low if launching or low == high else low + 1


def miss_pattern(pattern: str) -> str | None:
    """Return a text that a pattern does not match."""
    return next((text for text in _MISSES if not re.search(pattern, text)), None)
