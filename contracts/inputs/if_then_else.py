"""`if`/`then`/`else` of a schema: the fields that an object must have, and must not have."""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

import jsonschema

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import Schema, non_null


def list_required(schema: Schema, value: dict[str, Any]) -> list[str]:
    """Return the fields that the applicable branches require, and one of `x-needs-one`."""
    choice = list(Extensions(schema).needs_one)
    one = [] if any(value.get(name) for name in choice) else choice[:1]
    return one + [name for branch in _branches(schema, value) for name in branch.get("required", ())]


def list_forbidden(schema: Schema, value: dict[str, Any]) -> list[str]:
    """Return the fields that must be null in the applicable branches."""
    return [
        name
        for branch in _branches(schema, value)
        for name, inner in branch.get("properties", {}).items()
        if inner.get("type") == "null"
    ]


def fit_conditions(schema: Schema, value: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Return an object that may have these fields, without the fields that it must not have.

    A field that a condition depends on gets the first value that allows them. It keeps its own value
    when no value does.
    """
    wanted = set(fields)
    chosen = value
    if "if" in schema and wanted & set(list_forbidden(schema, value)):
        for name in set(_list_switches(schema)) - wanted:
            for choice in non_null(schema["properties"][name]).get("enum", ()):
                if not wanted & set(list_forbidden(schema, {**value, name: choice})):
                    chosen = {**value, name: choice}
    forbidden = set(list_forbidden(schema, chosen)) - wanted
    return {name: item for name, item in chosen.items() if name not in forbidden}


def have_conflict(schema: Schema, value: dict[str, Any], fields: Iterable[str]) -> bool:
    """Return whether an object cannot have all these fields at once."""
    wanted = set(fields)
    free = [name for name in dict.fromkeys(_list_switches(schema)) if name not in value]
    choices = [non_null(schema["properties"][name]).get("enum", (None,)) for name in free]
    objects = ({**value, **dict(zip(free, chosen, strict=True))} for chosen in product(*choices))
    return all(wanted & set(list_forbidden(schema, fit_conditions(schema, each, wanted))) for each in objects)


def _branches(schema: Schema, value: dict[str, Any]) -> Iterator[Schema]:
    if "if" in schema:
        holds = jsonschema.Draft202012Validator(schema["if"]).is_valid(value)
        branch = schema.get("then" if holds else "else", {})
        yield branch
        yield from _branches(branch, value)


def _list_switches(schema: Schema) -> Iterator[str]:
    if "if" in schema:
        yield from schema["if"].get("properties", ())
        for branch in (schema.get("then", {}), schema.get("else", {})):
            yield from _list_switches(branch)
