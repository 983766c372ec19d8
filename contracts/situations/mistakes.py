"""Mistakes: a request with two of them gets the refusal that is checked first."""

from typing import Any

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..walk.history import Mark, Step
from .filters import list_queries
from .parts import MISTAKES, name_rule
from .worlds import Worlds


def list_fallible(spec: Spec) -> list[Operation]:
    """Return the operations whose path can be unknown while something else is invalid."""
    return [
        operation
        for operation in spec.operations.values()
        if operation.parameters_in("path") and _make_invalid(operation) is not None
    ]


def write_mistakes(operations: list[Operation], worlds: Worlds) -> None:
    """Send each operation something invalid for what nobody has."""
    draft = worlds.draft
    for operation in operations:
        draft.label = name_rule(draft.spec, operation, MISTAKES)
        path = {parameter.name: Mark("unknown") for parameter in operation.parameters_in("path")}
        step = _make_invalid(operation)
        if step and draft.leave.allows(operation):
            draft.do(Step(operation.operation_id, path, step.query, step.body))


def _make_invalid(operation: Operation) -> Step | None:
    """Return a step with a body that lacks what is required, or with a number below its minimum."""
    schema = non_null(operation.body or {})
    if schema.get("required"):
        return Step(operation.operation_id, body={})
    if schema.get("type") == "array":
        return Step(operation.operation_id, body=["no id"])
    bodies: dict[str, Any] = {
        name: {name: limit}
        for name, inner in schema.get("properties", {}).items()
        if (limit := _find_below(non_null(inner))) is not None
    }
    if bodies:
        return Step(operation.operation_id, body=next(iter(bodies.values())))
    queries = {name: _find_below(inner) for name, inner in list_queries(operation).items()}
    query = {name: value for name, value in queries.items() if value is not None}
    return Step(operation.operation_id, query=query) if query else None


def _find_below(schema: dict[str, Any]) -> Any:
    """Return a value below the minimum of a schema, or None."""
    if "minimum" in schema:
        return schema["minimum"] - 1
    return "x" * (schema["maxLength"] + 1) if schema.get("maxLength", 10_000) < 10_000 else None
