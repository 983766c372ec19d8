"""Round trips: a value is read as it was sent or as its default, and the rest stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from mockserver.openapi.defaults import with_defaults
from mockserver.openapi.formats import is_date_time, parse_date_time
from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import Operation, Spec

from ..verdict.judge import are_equal, has_fields, shorten
from ..verdict.wording import Place, is_place_documented
from .rule_ids import name_field, name_operation

Difference = tuple[str, str, bool]
"""(rule, message, whether a source documents it)."""


def find_reader(spec: Spec, operation: Operation) -> Operation | None:
    """Return the GET for what an operation makes or changes, or None."""
    answer_fields = non_null(operation.answer).get("properties", {})
    own = {parameter.name for parameter in operation.parameters_in("path")}
    for reader in spec.operations.values():
        names = {parameter.name for parameter in reader.parameters_in("path")}
        if reader.method != "GET" or not names or operation.body is None:
            continue
        if operation.method == "PUT" and reader.path == operation.path:
            return reader
        fresh = names - own
        if operation.method == "POST" and len(fresh) == 1 and fresh <= answer_fields.keys() and own < names:
            shown = non_null(reader.answer).get("properties", {}).keys()
            if shown & non_null(operation.body).get("properties", {}).keys():
                return reader
    return None


_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class _Field:
    """A place in a request, with the schemas that request and answer have for it."""

    schema: Schema
    answer: Schema
    place: Place
    zone: str
    """The time zone of times without an offset."""

    def child(self, name: str) -> Self:
        schema, answer = self.schema["properties"][name], self.answer["properties"][name]
        return type(self)(non_null(schema), non_null(answer), (*self.place, name), self.zone)

    def item(self, index: int) -> Self:
        schema, answer = self.schema["items"], self.answer.get("items", {})
        return type(self)(non_null(schema), non_null(answer), (*self.place, index), self.zone)

    def keeps(self, expected: Any, actual: Any) -> bool:
        """Return whether a value is read as expected."""
        texts = isinstance(expected, str) and isinstance(actual, str)
        if self.schema.get("format") == "date-time" and expected is not None:
            if not texts or not is_date_time(actual):
                return False
            return parse_date_time(actual, self.zone) == parse_date_time(expected, self.zone)
        if self.schema.get("type") == "object" and isinstance(expected, dict) and isinstance(actual, dict):
            return has_fields(actual, expected)
        if "pattern" in self.schema and texts:
            return (
                str(expected).casefold() == str(actual).casefold()
            )  # a server may store such texts in upper case
        return are_equal(actual, expected)


class RoundTrip:
    """Compares what an operation was sent with what is read afterwards."""

    def __init__(self, spec: Spec, operation: Operation, reader: Operation) -> None:
        self.reader = reader
        self._operation = operation
        self._prefix = name_operation(spec, operation.operation_id)
        self._body = non_null(operation.body or {})
        self._answer = non_null(reader.answer)

    def list_rules(self) -> Iterator[tuple[str, Place]]:
        """Yield the ids of the rules it checks, each with its place."""
        if self._operation.method == "PUT":
            yield f"{self._prefix}.partial", ("body",)
        yield from self._list_rules(self._body, self._answer, ("body",))

    def _list_rules(self, schema: Schema, answer: Schema, place: Place) -> Iterator[tuple[str, Place]]:
        shown = non_null(answer).get("properties", {})
        for name, raw in non_null(schema).get("properties", {}).items():
            if name not in shown:
                continue
            subschema, where = non_null(raw), (*place, name)
            if "items" in subschema and "properties" in non_null(subschema["items"]):
                inner = non_null(shown[name]).get("items", {})
                yield from self._list_rules(subschema["items"], inner, (*where, 0))
                continue
            yield self._name(where, "stored"), where
            if "default" in subschema:
                yield self._name(where, "default"), where

    def compare(self, sent: Any, before: Any, after: Any) -> Iterator[Difference]:
        """Yield the differences; `before` is None for a new resource."""
        expected = with_defaults(self._operation.body or {}, sent)
        root = _Field(self._body, self._answer, ("body",), str(after.get("timezone", "UTC")))
        for name in self._body.get("properties", {}):
            if name not in self._answer["properties"]:
                continue
            if name in expected:
                item = after.get(name, _ABSENT)
                yield from self._compare(root.child(name), sent.get(name, _ABSENT), expected[name], item)
            elif before is not None and not are_equal(before.get(name), after.get(name)):
                was = (
                    f"{name} was {shorten(before.get(name))}, was not sent, and is {shorten(after.get(name))}"
                )
                documented = is_place_documented(self._operation, ("body", name))
                yield f"{self._prefix}.partial", was, documented

    def _compare(self, field: _Field, sent: Any, expected: Any, actual: Any) -> Iterator[Difference]:
        if isinstance(expected, list) and "properties" in non_null(field.schema.get("items", {})):
            yield from self._compare_items(field, sent, expected, actual)
        elif isinstance(expected, dict) and "properties" in field.schema:
            for name, value in expected.items():
                if name in field.answer.get("properties", {}):
                    item = actual.get(name, _ABSENT) if isinstance(actual, dict) else _ABSENT
                    yield from self._compare(field.child(name), sent.get(name, _ABSENT), value, item)
        elif not field.keeps(expected, actual):
            keyword = "default" if sent is _ABSENT else "stored"
            yield self._differ(self._name(field.place, keyword), field, expected, actual)

    def _compare_items(self, field: _Field, sent: Any, expected: Any, actual: Any) -> Iterator[Difference]:
        if isinstance(actual, list) and len(actual) == len(expected):
            for index, (item, value) in enumerate(zip(actual, expected, strict=True)):
                yield from self._compare(field.item(index), sent[index], value, item)
            return
        depth = len(field.place)
        rule = next(rule for rule, place in self.list_rules() if place[:depth] == field.place)
        yield self._differ(rule, field, expected, actual)

    def _differ(self, rule: str, field: _Field, expected: Any, actual: Any) -> Difference:
        is_missing = actual is _ABSENT
        reading = "missing" if is_missing else f"read as {shorten(actual)}"
        message = f"{name_field(field.place[1:])} is {reading}, expected {shorten(expected)}"
        documented = is_place_documented(self._operation, field.place)
        return rule, message, documented and not (is_missing and "x-undocumented" in field.answer)

    def _name(self, place: Place, keyword: str) -> str:
        return f"{self._prefix}.{name_field(place[1:])}.{keyword}"
