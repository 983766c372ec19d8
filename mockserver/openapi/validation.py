"""Requests and answers against their schemas: is it valid, and if not, why, in the vendor's words."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import jsonschema_rs

from ..errors import Violation
from .defaults import Complete, compile_defaults
from .keywords import compile_schema
from .schemas import Schema
from .violations import Loc, ViolationFinder

ROOT = "its root"
"""Where a value is invalid as a whole."""


class Validator:
    """One schema: a fast verdict, and the reasons when it is a refusal; compiled when it is first needed.

    `wordings` is the `x-violations` table of openapi.yaml.
    """

    def __init__(self, schema: Schema, wordings: dict[str, Any]) -> None:
        self.schema = schema
        self.wordings = wordings

    @cached_property
    def is_valid(self) -> Callable[[Any], bool]:
        """What says whether a value is valid."""
        return self._compiled.is_valid

    @cached_property
    def _compiled(self) -> jsonschema_rs.Draft202012Validator:
        return compile_schema(self.schema)

    @cached_property
    def _finder(self) -> ViolationFinder:
        return ViolationFinder(self.schema, self.wordings)

    @cached_property
    def with_defaults(self) -> Complete:
        """What makes of a valid value what is kept."""
        return compile_defaults(self.schema)

    def find_violations(self, value: Any, loc: Loc) -> Iterator[Violation]:
        """Yield every violation in schema order; `loc` is where the value stands, for example `("body",)`."""
        return self._finder.find(value, loc)

    def explain(self, value: Any) -> tuple[str, str]:
        """Return where and why a value is invalid, for a reader; raises StopIteration when it is valid."""
        error = next(_flatten(self._compiled.iter_errors(value)))
        return ".".join(map(str, error.instance_path)) or ROOT, error.message


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
