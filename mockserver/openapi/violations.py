"""Why a value is refused: its violations one by one, in the order of the schema.

jsonschema-rs names the keywords that a value breaks. It is asked value by value, and not once for a whole
body: a body may have millions of violations, and an answer lists only the first ones.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import jsonschema_rs

from ..errors import RequestInvalidError, Violation
from .extensions import UNIQUE_BY, Extensions
from .keywords import are_unique, compile_schema
from .schemas import Schema, is_nullable, non_null, render_template
from .wordings import word_keyword

Loc = tuple[str | int, ...]

# What speaks of the values inside, or of the value on a condition.
_NESTED = {"properties", "additionalProperties", "items", "required", "anyOf", "if", "then", "else",
           UNIQUE_BY}  # fmt: skip
# When one value breaks several keywords, pydantic names the first of these.
_PRECEDENCE = ("enum", "const", "type", "minItems", "maxItems", "minLength", "maxLength", "minimum",
               "maximum", "pattern", "format")  # fmt: skip
_OVERALL = UNIQUE_BY
"""Violations of a list as a whole, reported only when each of its items is valid."""


class SchemaNode:
    """One schema of a tree of schemas; everything is compiled on first use."""

    def __init__(self, schema: Schema) -> None:
        self.is_nullable = is_nullable(schema)
        self.schema = non_null(schema)
        self.required = frozenset(self.schema.get("required", ()))

    def is_valid(self, value: Any) -> bool:
        """Return whether a value, with all that is in it, is valid."""
        return self._whole.is_valid(value) or (value is None and self.is_nullable)

    def list_broken_keywords(self, value: Any) -> list[str]:
        """Return the keywords that a value breaks by itself, apart from what is in it."""
        if value is None and self.is_nullable:
            return []
        broken = [error.kind.name for error in self._own.iter_errors(value)]
        unique_by = Extensions(self.schema).unique_by
        if unique_by and not are_unique(value, unique_by, self.schema):
            broken.append(UNIQUE_BY)
        return broken

    def list_applicable(self, value: Any) -> "Iterator[SchemaNode]":
        """Yield the schemas that a value has to keep: this one, and what its conditions add."""
        yield self
        if self._condition:
            branch = self._then if self._condition.is_valid(value) else self._else
            if branch:
                yield from branch.list_applicable(value)

    def rank(self, keyword: str) -> float:
        """Return the place of a keyword among those that one value breaks."""
        if keyword == "enum" and keyword in Extensions(self.schema).wordings:
            # A rule of its own, which only a value of the right type comes to.
            return _PRECEDENCE.index("type") + 0.5
        return _PRECEDENCE.index(keyword) if keyword in _PRECEDENCE else len(_PRECEDENCE)

    @cached_property
    def properties(self) -> "dict[str, SchemaNode]":
        """The properties by their names, in documented order."""
        return {name: SchemaNode(schema) for name, schema in self.schema.get("properties", {}).items()}

    @cached_property
    def extra(self) -> "SchemaNode | None":
        """What other properties have to keep."""
        return self._make("additionalProperties")

    @cached_property
    def items(self) -> "SchemaNode | None":
        """What the items of a list have to keep."""
        return self._make("items")

    @cached_property
    def _then(self) -> "SchemaNode | None":
        return self._make("then")

    @cached_property
    def _else(self) -> "SchemaNode | None":
        return self._make("else")

    @cached_property
    def _condition(self) -> jsonschema_rs.Draft202012Validator | None:
        return compile_schema(self.schema["if"]) if "if" in self.schema else None

    @cached_property
    def _whole(self) -> jsonschema_rs.Draft202012Validator:
        return compile_schema(self.schema)

    @cached_property
    def _own(self) -> jsonschema_rs.Draft202012Validator:
        return compile_schema({key: value for key, value in self.schema.items() if key not in _NESTED})

    def _make(self, keyword: str) -> "SchemaNode | None":
        schema = self.schema.get(keyword)
        return SchemaNode(schema) if isinstance(schema, dict) else None


class ViolationFinder:
    """Finds the violations of a tree of schemas; `wordings` is the `x-violations` table."""

    def __init__(self, schema: Schema, wordings: dict[str, Any]) -> None:
        self._root = SchemaNode(schema)
        self._wordings = wordings

    def find(self, value: Any, loc: Loc) -> Iterator[Violation]:
        """Yield the violations in documented order, of each value the one that pydantic names.

        `loc` is where the value stands, for example `("body",)`.
        """
        return self._find([self._root], value, loc)

    def _find(self, nodes: Sequence[SchemaNode], value: Any, loc: Loc) -> Iterator[Violation]:
        if all(node.is_valid(value) for node in nodes):
            return
        broken = [(node, keyword) for node in nodes for keyword in node.list_broken_keywords(value)]
        own = [(node, keyword) for node, keyword in broken if keyword != _OVERALL]
        if own:
            node, keyword = min(own, key=lambda found: found[0].rank(found[1]))
            yield self._word(node.schema, keyword, value, loc)
            return
        is_overall = bool(broken)
        for violation in self._find_inside(nodes, value, loc):
            is_overall = False
            yield violation
        if is_overall:
            yield self._word(broken[0][0].schema, _OVERALL, value, loc)

    def _find_inside(self, nodes: Sequence[SchemaNode], value: Any, loc: Loc) -> Iterator[Violation]:
        if isinstance(value, dict):
            applicable = [each for node in nodes for each in node.list_applicable(value)]
            yield from self._find_in_properties(applicable, value, loc)
        elif isinstance(value, list):
            items = [node.items for node in nodes if node.items]
            for index, item in enumerate(value):
                yield from self._find(items, item, (*loc, index))

    def _find_in_properties(
        self, nodes: Sequence[SchemaNode], value: dict[str, Any], loc: Loc
    ) -> Iterator[Violation]:
        documented = dict.fromkeys(name for node in nodes for name in node.properties)
        for name in documented:
            if name in value:
                inner = [node.properties[name] for node in nodes if name in node.properties]
                yield from self._find(inner, value[name], (*loc, name))
            else:
                for node in nodes:
                    if name in node.required:
                        yield self._word(node.schema, "required", value, (*loc, name))
                        break
        extra = [node.extra for node in nodes if node.extra]
        if extra:
            for name, item in value.items():
                if name not in documented:
                    yield from self._find(extra, item, (*loc, name))

    def _word(self, schema: Schema, keyword: str, value: Any, loc: Loc) -> Violation:
        wording = word_keyword(self._wordings, schema, keyword, value)
        limit = schema[keyword]
        facts = {"limit": limit, "value": value}
        if keyword == "enum":
            facts["permitted"] = ", ".join(map(repr, limit))
        return {"loc": list(loc), "msg": str(render_template(wording["msg"], facts)), "type": wording["type"]}


def list_violations(error: RequestInvalidError, wordings: dict[str, Any], most: int) -> list[Violation]:
    """Return the first violations of a request; when there are more, a last item says how many."""
    shown = error.violations[:most]
    more = len(error.violations) - most
    if more > 0:
        wording, location = wordings["more"], shown[-1]["loc"][0]
        message = render_template(wording["msg"], {"count": error.describe_count(more)})
        shown.append({"loc": [location], "msg": message, "type": wording["type"]})
    return shown
