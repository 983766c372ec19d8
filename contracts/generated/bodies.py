"""Bodies from a generator, changed so that the run may send them: marked, harmless, with its ids."""

from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.formats import CHECKERS, is_email, is_uuid
from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import JSON_TYPE, Operation

from ..api.api import Api
from ..inputs.cross_field import Kept, repair
from ..inputs.if_then_else import list_forbidden
from ..inputs.samples import Sampler
from ..safety.guard import is_marked

_MARKED_FORMATS = ("email", "hostname")


def adapt(api: Api, operation: Operation, body: Any, *, valid: bool) -> Any:
    """Return a generated body, changed so that the run may send it.

    A `valid` body is repaired, because it may break rules that JSON Schema cannot express. Any other body
    still breaks the schema.
    """
    schema = non_null(operation.body or {})
    sampler = api.make_sampler(operation)
    if valid:
        body = _make_unique(schema, body)
    body = _Adapter(api, sampler, valid=valid).adapt(schema, body, operation.tag.casefold().replace(" ", "_"))
    if not isinstance(body, dict) or operation.body is None:
        return [api.unknown_id()] if body == [] else body
    body = repair(operation, body)
    if valid:
        forbidden = [*_list_encoded(schema), *(list_forbidden(schema, body) if "if" in schema else ())]
        body = {name: value for name, value in body.items() if name not in forbidden}
    field = marked_field(operation)
    text = body.get(field)
    if isinstance(text, str) and _is_long_enough(non_null(schema["properties"][field]), text):
        body[field] = _mark(api, text, non_null(schema["properties"][field]))
    return body


def carry_marker(api: Api, operation: Operation, body: Any, kept: Kept) -> Any:
    """Return a body with the marker of the run in one of its texts, if it has a free one."""
    if (
        not isinstance(body, dict)
        or is_marked(api.ledger, operation, body)
        or operation.parameters_in("path")
    ):
        return body
    for name, raw in non_null(operation.body or {}).get("properties", {}).items():
        if _is_free_text(non_null(raw)) and not any(place[1:2] == (name,) for place in kept):
            return {**body, name: api.name()}
    return body


def marked_field(operation: Operation) -> str:
    """Return the field that carries the marker of the run: the first required free text."""
    schema = non_null(operation.body or {})
    for name in schema.get("required") or schema.get("properties", {}):
        if _is_free_text(non_null(schema["properties"][name])):
            return str(name)
    return "name"


class _Adapter:
    """Replaces ids and addresses by those of the run."""

    def __init__(self, api: Api, sampler: Sampler, *, valid: bool) -> None:
        self._api = api
        self._sampler = sampler
        self._valid = valid

    def adapt(self, schema: Schema, value: Any, name: str) -> Any:
        """Return a changed value; `name` is its property."""
        schema = non_null(schema)
        if isinstance(value, dict):
            fields = schema.get("properties", {})
            return {key: self.adapt(fields.get(key, {}), item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self.adapt(schema.get("items", {}), item, name.removesuffix("s")) for item in value]
        if isinstance(value, str) and is_uuid(value):
            return self._sampler.value({"type": "string", "format": "uuid"}, name)
        if schema.get("format") == "binary":
            return self._sampler.file() if self._valid else value
        if isinstance(value, str) and schema.get("format") in _MARKED_FORMATS:
            return self._address(schema, value)
        # for example a year that the time zone does not support
        is_odd = self._valid and isinstance(value, str) and not _is_of_format(schema, value)
        return self._sampler.value(schema, name) if is_odd else value

    def _address(self, schema: Schema, value: str) -> Any:
        harmless = schema["format"] == "email" and not is_email(value)
        return self._sampler.value(schema, "") if self._valid or not harmless else value


def _is_of_format(schema: Schema, text: str) -> bool:
    check = CHECKERS.get(schema.get("format", ""))
    return check is None or check(text)


def _list_encoded(schema: Schema) -> list[str]:
    """Return the parts of a form that are JSON in a text; no generator fills them."""
    fields = schema.get("properties", {})
    return [name for name in fields if non_null(fields[name]).get("contentMediaType") == JSON_TYPE]


def _make_unique(schema: Schema, value: Any) -> Any:
    """Return a value whose items are unique by the field of `x-unique-by`."""
    schema = non_null(schema)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return {name: _make_unique(properties.get(name, {}), item) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [_make_unique(schema.get("items", {}), item) for item in value]
    unique = Extensions(schema).unique_by
    if unique and len(items) > 1 and all(isinstance(item, dict) for item in items):
        field = non_null(non_null(schema["items"])["properties"][unique])
        for index, item in enumerate(items):
            is_text = field["type"] == "string"
            item[unique] = chr(ord("A") + index) if is_text else field.get("minimum", 0) + index
    return items


def _is_free_text(schema: Schema) -> bool:
    plain = not {"enum", "format", "pattern", "contentMediaType"} & schema.keys()
    return schema.get("type") == "string" and plain and not Extensions(schema).allowed_values


def _is_long_enough(schema: Schema, text: str) -> bool:
    return bool(schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)))


def _mark(api: Api, text: str, schema: Schema) -> str:
    if api.ledger.carries_marker(text):
        return text
    marker = api.ledger.marker
    longest = int(schema.get("maxLength", len(text) + len(marker)))
    return (marker + text)[: max(longest, len(marker))]
