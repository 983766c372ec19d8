"""Requests and answers against their schemas: is it valid, and if not, why, in the vendor's words."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import jsonschema_rs

from ..errors import Violation
from .extensions import Extensions
from .keywords import compile_schema
from .schemas import Schema, non_null
from .violations import Loc, ViolationFinder


class Validator:
    """One schema: a fast verdict, and the reasons when it is a refusal.

    `wordings` is the `x-violations` table of openapi.yaml.
    """

    def __init__(self, schema: Schema, wordings: dict[str, Any]) -> None:
        self.schema = schema
        self.wordings = wordings
        self._compiled = compile_schema(schema)
        self.is_valid: Callable[[Any], bool] = self._compiled.is_valid

    @cached_property
    def _finder(self) -> ViolationFinder:
        return ViolationFinder(self.schema, self.wordings)

    def find_violations(self, value: Any, loc: Loc) -> Iterator[Violation]:
        """Yield every violation in schema order; `loc` is where the value stands, as `("body",)`."""
        return self._finder.find(value, loc)

    def explain(self, value: Any) -> tuple[str, str]:
        """Return where and why a value is invalid, for a person; raises StopIteration when it is valid."""
        error = next(_flatten(self._compiled.iter_errors(value)))
        return ".".join(map(str, error.instance_path)) or "its root", error.message


def with_defaults(schema: Schema, value: Any) -> Any:
    """Return a valid value as the server keeps it.

    Unknown fields are dropped, defaults filled in, nulls that mean "unchanged" left out, whole floats
    become integers and UUIDs lower case. Free-form objects are kept as they are.
    """
    if isinstance(value, dict):
        properties = non_null(schema).get("properties")
        return value if properties is None else _default_fields(properties, value)
    if isinstance(value, list):
        items = non_null(schema).get("items")
        return value if items is None else [with_defaults(items, item) for item in value]
    if isinstance(value, float) and non_null(schema).get("type") == "integer":
        return int(value)
    if isinstance(value, str) and non_null(schema).get("format") == "uuid":
        return value.lower()
    return value


def _default_fields(properties: dict[str, Schema], value: dict[str, Any]) -> dict[str, Any]:
    kept = {}
    for name, schema in properties.items():
        if value.get(name) is None and Extensions(schema).null == "unchanged":
            continue
        if name in value:
            kept[name] = with_defaults(schema, value[name])
        elif "default" in schema:
            # One object for all who keep it: what is kept never changes.
            kept[name] = schema["default"]
    return kept


def _flatten(errors: Iterator[jsonschema_rs.ValidationError]) -> Iterator[jsonschema_rs.ValidationError]:
    """Look through `anyOf [X, null]`: what matters is why the value is no X."""
    for error in errors:
        if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AnyOf):
            branches = error.kind.context
            yield from _flatten(e for branch in branches for e in branch if not _is_null(e))
        else:
            yield error


def _is_null(error: jsonschema_rs.ValidationError) -> bool:
    kind = error.kind
    return isinstance(kind, jsonschema_rs.ValidationErrorKind.Type) and kind.types == ["null"]
