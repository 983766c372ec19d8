"""Which ids in an answer openapi.yaml describes, and what names their resource."""

from collections.abc import Iterator
from typing import Any

from mockserver.openapi.formats import is_uuid
from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import JSON_TYPE, Operation, Spec

_LABELS = ("name", "lead_email", "email_address", "email", "domain_name", "domain")
"""Fields that name a resource, in bodies and in answers: a name, an address or a domain."""


def list_id_names(spec: Spec) -> frozenset[str]:
    """Return the names of the ids in paths."""
    return frozenset(
        p.name for operation in spec.operations.values() for p in operation.parameters_in("path")
    )


def list_made_ids(operation: Operation, id_names: frozenset[str]) -> list[str]:
    """Return the names of the ids that a POST documents at the top of its answer, without its path's."""
    if operation.method != "POST" or operation.answer_type != JSON_TYPE:
        return []
    given = {parameter.name for parameter in operation.parameters_in("path")}
    fields = non_null(operation.answer).get("properties", {})
    return [name for name in fields if name in id_names and name not in given]


def list_objects(schema: Schema, value: Any) -> Iterator[tuple[Schema, dict[str, Any]]]:
    """Yield each object in a value that a schema describes, with its schema."""
    schema = non_null(schema)
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        if fields:
            yield schema, value
        for name in fields.keys() & value.keys():
            yield from list_objects(fields[name], value[name])
    elif isinstance(value, list):
        for item in value:
            yield from list_objects(schema.get("items", {}), item)


def find_label(schema: Schema) -> str | None:
    """Return the field of an object that names the resource, or None."""
    fields = non_null(schema).get("properties", {})
    return next((name for name in _LABELS if name in fields), None)


def find_own_id(schema: Schema, id_names: frozenset[str]) -> str | None:
    """Return the field with the object's own id, which openapi.yaml lists before those of others, or None."""
    fields = non_null(schema).get("properties", {})
    return next((name for name in fields if name in id_names), None)


def list_inner_ids(schema: Schema, value: Any, id_names: frozenset[str]) -> Iterator[str]:
    """Yield the ids of the parts of a resource, without those that a path can name."""
    for fields, found in list_objects(schema, value):
        for name in fields["properties"].keys() & found.keys():
            is_inner = name == "id" or (name.endswith("_id") and name not in id_names)
            if is_inner and isinstance(found[name], str) and is_uuid(found[name]):
                yield found[name]


def row_schema(listing: Operation) -> Schema | None:
    """Return the schema of the rows of a list, or None."""
    for schema in non_null(listing.answer).get("properties", {}).values():
        if "items" in non_null(schema):
            return non_null(non_null(schema)["items"])
    return None
