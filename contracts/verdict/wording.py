"""How the contract words a violation, and whether a source documents it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.errors import Violation
from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import Schema, non_null, render_template
from mockserver.openapi.spec import Operation, Spec
from mockserver.openapi.wordings import word_keyword

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ExpectedViolation:
    """An expected item of a 422."""

    item: Violation
    documented: bool
    """Whether a source documents its wording."""


def expect_violation(spec: Spec, schema: Schema, keyword: str, value: Any, place: Place) -> ExpectedViolation:
    """Return the violation of a keyword of `schema` by `value`.

    `place` begins with body, query or path. Raises SpecError when `x-violations` has no wording for it.
    """
    wording = word_keyword(spec.violations, schema, keyword, value)
    limit = schema.get(keyword)
    facts = {"limit": limit, "value": value}
    if keyword == "enum":
        facts["permitted"] = ", ".join(map(repr, schema["enum"]))
    item = {"loc": list(place), "msg": str(render_template(wording["msg"], facts)), "type": wording["type"]}
    return ExpectedViolation(item, not Extensions(wording).undocumented)


def find_schema(operation: Operation, place: Place) -> Schema:
    """Return the schema of a place in a request, without its null; raises KeyError."""
    location, *rest = place
    if location != "body":
        (parameter,) = (p for p in operation.parameters_in(str(location)) if p.name == rest[0])
        return non_null(parameter.schema)
    if operation.body is None:
        raise KeyError(f"{operation.operation_id} has no body")
    schema = non_null(operation.body)
    for part in rest:
        schema = non_null(schema["items"] if isinstance(part, int) else schema["properties"][part])
    return schema


def is_place_documented(operation: Operation, place: Place) -> bool:
    """Return whether a source documents the operation and every part of a place in its request."""
    if operation.undocumented:
        return False
    location, *rest = place
    if location != "body":
        return not any(p.undocumented for p in operation.parameters if p.name == rest[0])
    schema = operation.body or {}
    for part in rest:
        if isinstance(part, int):
            schema = non_null(schema).get("items", {})
        else:
            schema = non_null(schema).get("properties", {}).get(part, {})
        if Extensions(schema).undocumented:
            return False
    return True


def is_schema_path_documented(schema: Schema, path: Sequence[str | int]) -> bool:
    """Return whether no part of a path through a schema is marked undocumented."""
    node: Any = schema
    for part in path:
        if isinstance(node, dict) and Extensions(node).undocumented:
            return False
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return True
    return not (isinstance(node, dict) and Extensions(node).undocumented)
