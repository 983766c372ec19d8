"""Generated requests made fit to be sent: marked, pointed at what the run made, launching nothing."""

from typing import Any

from mockserver.formats import is_email, is_uuid
from mockserver.spec import Operation, Schema, core

from .api import Api
from .ledger import BRANCH_IDS, is_marked
from .repair import repair


def adapt(api: Api, operation: Operation, body: Any, *, valid: bool) -> Any:
    """Return a body as it may be sent.

    One that is `valid` is repaired where JSON Schema could not say what is; what is meant to break the
    schema stays broken.
    """
    if valid:
        body = _make_unique(operation.body or {}, body)
    body = _replace_ids(api, body, operation.tag.casefold().replace(" ", "_"))
    if not isinstance(body, dict) or operation.body is None:
        return [api.unknown_id()] if body == [] else body
    properties = core(operation.body).get("properties", {})
    body = repair(operation, body)
    for name, raw in properties.items():
        schema = core(raw)
        if not isinstance(body.get(name), str):
            continue
        if schema.get("format") == "email" and (valid or is_email(body[name])):
            body[name] = api.email("case")
        elif name == marked_field(operation) and _is_long_enough(schema, body[name]):
            body[name] = _mark(api, body[name], schema)
    return body


def marked_field(operation: Operation) -> str:
    """Return the field of a body that carries the run's marker: the first free text that is required."""
    schema = core(operation.body or {})
    for name in schema.get("required") or schema.get("properties", {}):
        field = core(schema["properties"][name])
        if (
            field.get("type") == "string"
            and not {"enum", "format", "pattern", "x-known-values"} & field.keys()
        ):
            return str(name)
    return "name"


def _make_unique(schema: Schema, value: Any) -> Any:
    """Return the value with items that `x-unique-by` sets apart."""
    schema = core(schema)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return {name: _make_unique(properties.get(name, {}), item) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [_make_unique(schema.get("items", {}), item) for item in value]
    unique = schema.get("x-unique-by")
    if unique and len(items) > 1 and all(isinstance(item, dict) for item in items):
        field = core(core(schema["items"])["properties"][unique])
        for index, item in enumerate(items):
            is_text = field["type"] == "string"
            item[unique] = chr(ord("A") + index) if is_text else field.get("minimum", 0) + index
    return items


def _is_long_enough(schema: Schema, text: str) -> bool:
    return bool(schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)))


def _mark(api: Api, text: str, schema: Schema) -> str:
    if is_marked(text):
        return text
    marker = api.ledger.marker
    longest = int(schema.get("maxLength", len(text) + len(marker)))
    return (marker + text)[: max(longest, len(marker))]


def _replace_ids(api: Api, value: Any, name: str) -> Any:
    if isinstance(value, str) and is_uuid(value):
        if name in BRANCH_IDS:
            return api.live_id(name)
        return api.inbox_id if name.startswith("inbox_id") else api.unknown_id()
    if isinstance(value, dict):
        return {key: _replace_ids(api, item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace_ids(api, item, name) for item in value]
    return value
