"""The words of a refusal: `x-violations` of openapi.yaml."""

from typing import Any

from ..errors import SpecError
from .extensions import UNIQUE_BY, Extensions
from .schemas import Schema

# What says nothing of a value itself, or leaves that to the schemas inside.
_WORDLESS = {"properties", "items", "additionalProperties", "anyOf", "if", "then", "else", "required",
             "description", "default", "examples", "contentMediaType", "writeOnly", "deprecated"}  # fmt: skip


def word_keyword(wordings: dict[str, Any], schema: Schema, keyword: str, instance: Any) -> dict[str, Any]:
    """Return the wording (`msg`, `type`) of a breach of one keyword by one value.

    Raises SpecError when the table has none.
    """
    kind = schema.get("type")
    table: Any = {**wordings, **Extensions(schema).wordings}
    if instance is None and keyword not in ("required", "json"):
        entry = table["null"]
    elif keyword == "type":
        # A UUID that is no string is "not a valid uuid", not "no string".
        entry = table["type"].get(schema.get("format")) or table["type"].get(kind)
    elif keyword == "format":
        entry = table["format"].get(schema["format"])
    else:
        entry = table.get(keyword)
    if entry is None:
        raise SpecError(f"x-violations has no words for {keyword} ({schema.get('format') or kind})")
    return dict(entry)


def check_wordings(schema: Schema, wordings: dict[str, Any], where: str) -> None:
    """Raise SpecError when a request schema uses a keyword that cannot be worded."""
    for keyword in schema:
        if keyword.startswith("x-") and keyword != UNIQUE_BY:
            continue
        if keyword not in _WORDLESS:
            try:
                word_keyword(wordings, schema, keyword, instance=())
            except SpecError as error:
                raise SpecError(f"{where}: {error}") from None
    for name, subschema in schema.get("properties", {}).items():
        check_wordings(subschema, wordings, f"{where}.{name}")
    for branch in schema.get("anyOf", ()):
        if branch.get("type") != "null":
            check_wordings(branch, wordings, where)
    if "items" in schema:
        check_wordings(schema["items"], wordings, f"{where}[]")
