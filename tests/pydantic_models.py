"""The request schemas of openapi.yaml as models of pydantic 1, whose words the API speaks."""

import re
import warnings
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import cache
from itertools import chain
from typing import Any, Optional
from uuid import UUID
from zoneinfo import available_timezones

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import Schema, is_nullable, non_null
from mockserver.openapi.spec import Operation

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydantic says that its first version is old
    from pydantic import v1


def make_body_type(operation: Operation) -> Any:
    """Return the type that a framework on pydantic 1 would declare for the body."""
    assert operation.body is not None
    return _type_of(operation.body, operation.operation_id)


def make_query_type(operation: Operation) -> Any:
    """Return one model of all query parameters, by the names that errors use."""
    parameters = [p for p in operation.parameters_in("query") if not p.alias_of]
    return _model("Query", {"properties": {p.name: p.schema for p in parameters}})


def find_errors(kind: Any, value: Any, location: str) -> list[tuple[tuple[str | int, ...], str, str]]:
    """Return (loc, msg, type) of everything that pydantic finds wrong with a value."""
    _, errors = _make_field(kind, location).validate(value, {}, loc=location)
    if not errors:
        return []
    wrapped = errors if isinstance(errors, list) else [errors]
    found = v1.ValidationError(wrapped, v1.BaseModel).errors()
    return [(item["loc"], item["msg"], item["type"]) for item in found]


@cache
def _make_field(kind: Any, name: str) -> Any:
    return v1.fields.ModelField(
        name=name, type_=kind, class_validators=None, model_config=v1.BaseConfig, required=True
    )


def _model(name: str, schema: Schema) -> Any:
    fields: dict[str, Any] = {}
    for prop, subschema in schema["properties"].items():
        kind = _type_of(subschema, f"{name}_{prop}")
        required = prop in schema.get("required", ())
        fields[prop] = (kind, ... if required else subschema.get("default"))
    return v1.create_model(name, **fields)


def _type_of(schema: Schema, name: str) -> Any:
    kind = _plain_type_of(non_null(schema), name)
    return Optional[kind] if is_nullable(schema) else kind  # noqa: UP045 - pydantic 1 supports this one


def _plain_type_of(schema: Schema, name: str) -> Any:
    if "enum" in schema:
        return _enum(schema, name)
    made: dict[str, Callable[[], Any]] = {
        "boolean": lambda: bool,
        "integer": lambda: v1.conint(ge=schema.get("minimum"), le=schema.get("maximum")),
        "string": lambda: _string(schema),
        "array": lambda: v1.conlist(
            _type_of(schema["items"], name),
            min_items=schema.get("minItems"),
            max_items=schema.get("maxItems"),
        ),
        "object": lambda: _object(schema, name),
    }
    return made[schema["type"]]()


def _object(schema: Schema, name: str) -> Any:
    if "properties" in schema:
        return _model(name, schema)
    extra = schema.get("additionalProperties")
    return dict[str, _type_of(extra, name) if extra else Any]  # type: ignore[misc]


def _string(schema: Schema) -> Any:
    text: Any = v1.constr(
        min_length=schema.get("minLength"), max_length=schema.get("maxLength"), regex=schema.get("pattern")
    )
    if schema.get("format") in ("uuid", "date-time"):
        return {"uuid": UUID, "date-time": datetime}[schema["format"]]
    made = {
        None: [],
        "email": [*v1.EmailStr.__get_validators__()],
        "byte": [_check_base64],
        "hostname": [_check_hostname],
        "timezone": [_check_timezone],
    }
    further = made[schema.get("format")]
    return type("Text", (text,), {"__get_validators__": lambda: chain(text.__get_validators__(), further)})


def _check_base64(value: str) -> str:
    if not re.fullmatch(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", value):
        raise ValueError("value is not valid base64")
    return value


def _check_hostname(value: str) -> str:
    labels = value.split(".")
    good = all(re.fullmatch(r"(?!-)[a-zA-Z0-9-]{1,63}(?<!-)", label) for label in labels)
    if not good or len(labels) < 2 or labels[-1].isdigit() or len(value) > 253:
        raise ValueError(f"Invalid domain name: {value}")
    return value


_list_timezones = cache(available_timezones)
"""Reads all files of the database of time zones, so it is asked once."""


def _check_timezone(value: str) -> str:
    if value not in _list_timezones():
        raise ValueError(f"Invalid timezone: {value}")
    return value


def _enum(schema: Schema, name: str) -> Any:
    own_words = Extensions(schema).wordings.get("enum")
    if own_words is None:
        return Enum(name, [(value, value) for value in schema["enum"]], type=str)

    def check(value: Any) -> Any:
        if value not in schema["enum"]:
            raise ValueError(own_words["msg"].replace("{value}", str(value)))
        return value

    text: Any = v1.constr(strict=True)
    return type(name, (text,), {"__get_validators__": lambda: chain(text.__get_validators__(), [check])})
