"""A valid value as the server keeps it, by a function that is made once of each schema."""

from collections.abc import Callable
from typing import Any

from .extensions import Extensions
from .schemas import Schema, non_null

Complete = Callable[[Any], Any]
"""Returns what is kept of a valid value."""

_NONE = object()


def with_defaults(schema: Schema, value: Any) -> Any:
    """Return a valid value as `compile_defaults` says, for a schema that is used once."""
    return compile_defaults(schema)(value)


def compile_defaults(schema: Schema) -> Complete:
    """Return the function that makes of a valid value what is kept.

    Unknown fields are dropped, defaults filled in, nulls that mean "unchanged" left out, whole floats
    become integers and UUIDs lower case. Free-form objects are kept as they are.
    """
    return _compile(schema) or _keep


def _compile(schema: Schema) -> Complete | None:
    """Return the function of a schema; None when every value is kept as it is."""
    plain = non_null(schema)
    if "properties" in plain:
        return _compile_object(plain["properties"])
    if "items" in plain:
        complete = _compile(plain["items"])
        return _complete_each(complete) if complete else None
    if plain.get("type") == "integer":
        return _make_integer
    return _make_lower if plain.get("format") == "uuid" else None


def _compile_object(properties: dict[str, Schema]) -> Complete:
    fields = [
        (name, _compile(schema), Extensions(schema).null == "unchanged", schema.get("default", _NONE))
        for name, schema in properties.items()
    ]

    def complete_object(value: Any) -> Any:
        if value is None:
            return None
        kept = {}
        for name, complete, is_unchanged, default in fields:
            if name in value:
                given = value[name]
                if given is not None:
                    kept[name] = complete(given) if complete else given
                elif not is_unchanged:
                    kept[name] = None
            elif default is not _NONE and not is_unchanged:
                # One object for all who keep it: what is kept never changes.
                kept[name] = default
        return kept

    return complete_object


def _complete_each(complete: Complete) -> Complete:
    return lambda values: None if values is None else [complete(value) for value in values]


def _make_integer(value: Any) -> Any:
    return int(value) if isinstance(value, float) else value


def _make_lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _keep(value: Any) -> Any:
    return value
