"""JSON Schemas as openapi.yaml writes them, null allowed or not, and templates."""

import re
from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]
"""A JSON Schema without references."""

PLACEHOLDER = re.compile(r"\{(\w+)\}")
"""What a template has filled in: `{campaign_id}`."""


def non_null(schema: Schema) -> Schema:
    """Return what a nullable schema says of the value when it is not null."""
    for branch in schema.get("anyOf", ()):
        if branch.get("type") != "null":
            return {**branch, **{key: value for key, value in schema.items() if key != "anyOf"}}
    return schema


def is_nullable(schema: Schema) -> bool:
    """Return whether null is a value of the schema."""
    kind = schema.get("type")
    return "null" in (kind if isinstance(kind, list) else [kind]) or any(
        branch.get("type") == "null" for branch in schema.get("anyOf", ())
    )


def render_template(template: Any, facts: Mapping[str, Any]) -> Any:
    """Fill `{fact}` into every string of a template; a string that is only `{fact}` becomes the fact."""
    if isinstance(template, str):
        whole = PLACEHOLDER.fullmatch(template)
        if whole:
            return facts[whole[1]]
        return PLACEHOLDER.sub(lambda match: str(facts[match[1]]), template)
    if isinstance(template, dict):
        return {key: render_template(value, facts) for key, value in template.items()}
    if isinstance(template, list):
        return [render_template(value, facts) for value in template]
    return template
