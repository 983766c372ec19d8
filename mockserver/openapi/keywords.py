"""Schemas made ready for jsonschema-rs: with the formats and `x-unique-by`."""

from typing import Any

import jsonschema_rs

from .extensions import UNIQUE_BY
from .formats import CHECKERS
from .schemas import Schema

# jsonschema-rs checks a UUID by itself, in less time than a call of our function takes.
_FORMATS = {name: check for name, check in CHECKERS.items() if name != "uuid"}


def compile_schema(schema: Schema) -> jsonschema_rs.Draft202012Validator:
    """Return a validator of a schema without references."""
    return jsonschema_rs.Draft202012Validator(
        schema, formats=_FORMATS, validate_formats=True, keywords={UNIQUE_BY: UniqueBy}
    )


def are_unique(items: Any, name: str, schema: Schema) -> bool:
    """Return whether no two items of an array agree in a property, letter case aside.

    `schema` is that of the array: where an item lacks the property, its default counts.
    """
    if not isinstance(items, list):
        return True
    default = schema.get("items", {}).get("properties", {}).get(name, {}).get("default")
    values = [item.get(name, default) for item in items if isinstance(item, dict)]
    comparable = [str(value).casefold() for value in values if isinstance(value, (str, int))]
    return len(set(comparable)) == len(comparable)


class UniqueBy:
    """The extension `x-unique-by`."""

    def __init__(self, parent: Schema, name: str, _path: Any) -> None:
        self.parent = parent
        self.name = name

    def validate(self, instance: Any) -> None:
        """Raise ValueError when two items agree."""
        if not are_unique(instance, self.name, self.parent):
            raise ValueError(f"{self.name} must be unique")
