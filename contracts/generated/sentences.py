"""The sentences of derived rules: what openapi.yaml says at the place that a rule follows from."""

import json
from typing import Any

from mockserver.openapi.spec import Operation, Spec

from ..verdict.wording import Place, find_schema

REFUSED = "400, 422: the request is invalid. RFC 9110, 15.5: the server will not process it."
_SAID = (
    "type",
    "format",
    "enum",
    "pattern",
    "default",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "x-unique-by",
)
_MOST_CHARACTERS = 300


def quote_place(operation: Operation, place: Place) -> str:
    """Return what the schema of a field or parameter says, for example `name: {"minLength": 8}`."""
    try:
        schema = find_schema(operation, place)
    except (KeyError, ValueError):
        return quote_operation(operation)
    said = {name: schema[name] for name in _SAID if name in schema}
    field = ".".join(str(part) for part in place[1:] if isinstance(part, str)) or str(place[0])
    return _shorten(f"{field}: {_write(said)}{_name_required(operation, place)}")


def _name_required(operation: Operation, place: Place) -> str:
    """Return whether a field is required, as a part of a sentence."""
    *outer, name = place
    try:
        parent = find_schema(operation, tuple(outer)) if place[0] == "body" and outer else {}
    except (KeyError, ValueError):
        return ""
    parameters = [p for p in operation.parameters if p.name == name and p.location == place[0]]
    is_required = name in parent.get("required", ()) or any(p.required for p in parameters)
    return ", required" if is_required else ""


def quote_operation(operation: Operation) -> str:
    """Return an operation with its summary, for example `POST /campaigns: Create a campaign`."""
    return f"{operation.method} {operation.path}: {operation.summary}"


def quote_statuses(operation: Operation) -> str:
    """Return an operation with its documented statuses."""
    statuses = ", ".join(map(str, sorted(operation.statuses)))
    return f"{operation.method} {operation.path}: {statuses}"


def quote_error(spec: Spec, operation: Operation, name: str) -> str:
    """Return the status and the body of a documented error."""
    error = operation.errors.get(name) or spec.find_error(name)
    return _shorten(f"{error.status} {_write(error.value)}")


def quote_scopes(operation: Operation) -> str:
    """Return an operation with the scopes that it needs."""
    return f"{operation.method} {operation.path}: {', '.join(operation.scopes)}"


def _write(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shorten(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
