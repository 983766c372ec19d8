"""How records look in a document: their schemas, from the annotations of their fields, and back."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from random import Random
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from ..openapi.defaults import compile_defaults
from ..openapi.formats import parse_date_time
from ..openapi.schemas import Schema, is_nullable, non_null
from ..openapi.spec import Spec
from ..openapi.validation import Validator
from ..state.field_marks import Identifies, OneOf, Seconds, Share, Spread
from ..state.snapshot import draw_id

Reader = Callable[[Any, Random], Any]
_TYPES: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
    dict[str, Any]: {"type": "object"},
}
_ID: Schema = {"type": "string", "format": "uuid"}


class RecordForm:
    """How the records of one class look in a document: flat, with the names of openapi.yaml."""

    def __init__(self, spec: Spec, record: type[Any], table: str) -> None:
        self.record = record
        self.table = table
        self.hints = get_type_hints(record, include_extras=True)
        self.fields: tuple[Field[Any], ...] = fields(record)
        self.own: dict[str, Schema] = {}
        self.spread: dict[str, Schema] = {}
        """Field that is spread over the document → the properties that belong to it."""
        self.references: dict[str, str] = {}
        """Field → table that its ids are of."""
        spread: dict[str, Schema] = {}
        for item in self.fields:
            hint = self.hints[item.name]
            found = _find_mark(hint, Spread)
            if found:
                spread[item.name] = _schema_of_spread(spec, found)
            else:
                self.own[item.name] = _schema_of(spec, hint)
            points = _find_mark(hint, Identifies)
            if points and points.table:
                self.references[item.name] = points.table
        required = [
            item.name for item in self.fields if item.name in self.own and not _may_lack(item, self.own)
        ]
        for name, schema in spread.items():
            kept = {
                key: value
                for key, value in schema["properties"].items()
                if key not in self.own and not value.get("writeOnly")
            }
            self.spread[name] = {"type": "object", "properties": kept}
            required += [key for key in schema.get("required", ()) if key in kept]
        properties = dict(self.own)
        for schema in self.spread.values():
            properties.update(schema["properties"])
        self.schema: Schema = {"type": "object", "required": required, "properties": properties}
        self.validator = Validator(self.schema, spec.violations)
        plain = _strip(self.schema)
        self._with_defaults = compile_defaults(plain)
        self._readers: dict[str, Reader | None] = {
            name: _compile_reader(plain["properties"][name]) for name in self.own
        }
        self._spread_readers = {name: _compile_object(_strip(schema)) for name, schema in self.spread.items()}
        self._tuples = {item.name for item in self.fields if _is_tuple(self.hints[item.name])}
        self._may_draw = {
            item.name for item in self.fields if item.default is MISSING and item.default_factory is MISSING
        }
        """The fields that are drawn, or the present time, where they are left out."""

    def complete(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return a valid row with the defaults of its schema."""
        completed: dict[str, Any] = self._with_defaults(values)
        return completed

    def write(self, record: Any) -> dict[str, Any]:
        """Return a record as a JSON object that `make` reads again."""
        written: dict[str, Any] = {}
        for item in self.fields:
            value = write_value(getattr(record, item.name))
            written.update(value if item.name in self.spread else {item.name: value})
        return written

    def make(self, values: Mapping[str, Any], random: Random, now: datetime) -> Any:
        """Return the record of a checked row; ids and times left out are drawn or `now`."""
        made: dict[str, Any] = {}
        for item in self.fields:
            name = item.name
            if name in self._spread_readers:
                made[name] = self._spread_readers[name](values, random)
            elif name in values:
                value, read = values[name], self._readers[name]
                if read is not None:
                    value = read(value, random)
                made[name] = tuple(value) if name in self._tuples else value
            elif name in self._may_draw:
                made[name] = draw_id(random) if self.own[name].get("format") == "uuid" else now
        return self.record(**made)


def _find_mark(hint: Any, kind: type[Any]) -> Any:
    """Return the annotation of a kind, of the hint or of the items of its tuple."""
    if get_origin(hint) is Annotated:
        return next((mark for mark in get_args(hint)[1:] if isinstance(mark, kind)), None)
    return _find_mark(get_args(hint)[0], kind) if get_origin(hint) in (tuple, Union, UnionType) else None


def _may_lack(item: Field[Any], own: Mapping[str, Schema]) -> bool:
    has_default = item.default is not MISSING or item.default_factory is not MISSING
    schema = own[item.name]
    is_drawn = schema.get("format") in ("date-time", "uuid") and not schema.get("x-of")
    return has_default or is_drawn or "default" in schema


def _schema_of_spread(spec: Spec, mark: Spread) -> Schema:
    schema = spec.find_schema(mark.schema)
    if not mark.answer:
        return schema
    answered = spec.find_schema(mark.answer)["properties"]
    properties = dict(schema["properties"])
    nullable = [name for name in properties if is_nullable(answered.get(name, {}))]
    for name in nullable:
        default = properties[name].get("default")
        properties[name] = {"anyOf": [properties[name], {"type": "null"}], "default": default}
    required = [name for name in schema.get("required", ()) if name not in nullable]
    return {**schema, "required": required, "properties": properties}


def _schema_of_mark(spec: Spec, mark: Any) -> Schema:
    if isinstance(mark, OneOf):
        return {"type": "string", "enum": list(mark.values)}
    if isinstance(mark, Share):
        return {"type": "number", "minimum": 0, "maximum": 1}
    if isinstance(mark, Seconds):
        return {"type": "integer", "minimum": 0, "maximum": 365 * 24 * 3600}
    if isinstance(mark, Identifies):
        return {**_ID, "x-of": mark.table} if mark.table else _ID
    schema = spec.find_schema(mark.schema)
    if not mark.create:
        return schema
    joined = _join(schema, non_null(spec.find_schema(mark.create)))
    joined.pop("minItems", None)  # a request has items or no such field; a record may have none
    return joined


def _schema_of(spec: Spec, hint: Any) -> Schema:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _schema_of_mark(spec, arguments[1])
    if origin in (Union, UnionType):
        inner = next(argument for argument in arguments if argument is not type(None))
        return {"anyOf": [_schema_of(spec, inner), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _schema_of(spec, arguments[0])}
    return _TYPES[hint]


def _join(answer: Schema, request: Schema) -> Schema:
    """Return the schema of a stored part: that of the request, with the ids that the server adds."""
    if "items" in answer:
        items = _join(non_null(answer["items"]), non_null(request["items"]))
        return {**request, "items": items, "x-tuple": "properties" in items}
    if "properties" not in answer:
        return request
    properties = {
        name: _join(non_null(schema), request["properties"][name])
        if name in request["properties"]
        else {**schema, "x-drawn": schema.get("format") == "uuid"}
        for name, schema in answer["properties"].items()
    }
    return {**request, "properties": properties}


def _strip(schema: Schema) -> Schema:
    """Return a schema as it is for values that are not null, inside and out."""
    schema = dict(non_null(schema))
    if "properties" in schema:
        schema["properties"] = {name: _strip(inner) for name, inner in schema["properties"].items()}
    if "items" in schema:
        schema["items"] = _strip(schema["items"])
    return schema


def _compile_reader(schema: Schema) -> Reader | None:
    """Return what makes a JSON value what is kept: times as datetimes, ids drawn where they were left out.

    None stands for a value that is kept as it is.
    """
    if schema.get("format") == "date-time":
        return lambda value, _: parse_date_time(value, "UTC") if isinstance(value, str) else value
    if "properties" in schema:
        read = _compile_object(schema)
        return lambda value, random: read(value, random) if isinstance(value, dict) else value
    if "items" in schema:
        return _compile_list(schema)
    return None


def _compile_object(schema: Schema) -> Reader:
    properties = [
        (name, _compile_reader(inner), bool(inner.get("x-drawn")))
        for name, inner in schema["properties"].items()
    ]

    def read(value: Any, random: Random) -> Any:
        made = {}
        for name, read_inner, is_drawn in properties:
            if name in value:
                made[name] = read_inner(value[name], random) if read_inner else value[name]
            elif is_drawn:
                made[name] = draw_id(random)
        return made

    return read


def _compile_list(schema: Schema) -> Reader:
    read_item, kind = _compile_reader(schema["items"]), tuple if schema.get("x-tuple") else list

    def read(value: Any, random: Random) -> Any:
        if not isinstance(value, list):
            return value
        return kind([read_item(item, random) for item in value] if read_item else value)

    return read


def _is_tuple(hint: Any) -> bool:
    inner = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return get_origin(inner) is tuple


def write_value(value: Any) -> Any:
    """Return a value of a record as it stands in JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, Mapping):
        return {name: write_value(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [write_value(item) for item in value]
    return value
