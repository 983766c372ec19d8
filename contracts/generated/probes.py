"""Probes: values to send at each place of a request, such as one at a limit, past it, or of another type."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockserver.openapi.extensions import UNIQUE_BY, Extensions
from mockserver.openapi.schemas import Schema, is_nullable, non_null
from mockserver.openapi.spec import FORM_TYPE, Operation, Spec

from ..inputs.cross_field import share_out
from ..inputs.if_then_else import list_required
from ..inputs.samples import Sampler, miss_pattern
from ..verdict.judge import shorten
from ..verdict.wording import ExpectedViolation, Place, expect_violation, is_place_documented
from .rule_ids import name_field, name_keyword, name_operation

OMITTED: Any = object()
"""The field is left out."""

_MANY = 10
"""The most items of a list that has no limit."""

BAD_TEXTS = {
    "timezone": ("America/Invalid", "Mars/Olympus", "+02:00"),
    "uuid": ("not-a-uuid", "550e8400e29b41d4a71644665544000"),
    "date": ("tomorrow", "2030-13-01", "2030-02-31"),
    "date-time": ("tomorrow", "2030-13-01T00:00:00Z", "2030-02-31T00:00:00Z"),
    "hostname": ("no-dot", "two words.example.com", "http://a.example.com"),
    "byte": ("not base64!", "b25lIGV1cm8"),
    "email": ("no-at-sign.example.com", "someone@", "two words@example.com"),
}
"""Format → texts that do not have it."""
_GOOD = {
    "timezone": ("UTC", "Asia/Kolkata", "America/Argentina/Buenos_Aires"),
    "date-time": ("2030-05-06T07:08:09Z", "2030-05-06T07:08:09+05:30", "2030-05-06T07:08:09"),
}


@dataclass(frozen=True, slots=True)
class Probe:
    """A value at a place, which the server must accept or refuse."""

    rule: str
    place: Place
    """Begins with body or query."""
    value: Any
    violation: ExpectedViolation | None
    """The expected violation; None when the server must accept the value."""
    documented: bool
    coercible: bool = False
    """Whether servers that coerce types accept the value."""
    given: tuple[Place, ...] = ()
    """Places that a condition depends on; they must be valid when the value must be refused."""
    most_items: int = 1
    """The most items of the outermost list around the place; the value may go into any of them."""

    def describe(self) -> str:
        """Return the place and the value, for a message."""
        where = ".".join(map(str, self.place))
        return f"{where} left out" if self.value is OMITTED else f"{where} = {shorten(self.value)}"

    def move(self, index: int) -> "Probe":
        """Return the probe in another item of the outermost list around it."""
        at = next(i for i, part in enumerate(self.place) if isinstance(part, int))

        def turn(place: Sequence[Any]) -> list[Any]:
            return [index if i == at else part for i, part in enumerate(place)]

        violation = self.violation
        if violation:
            violation = replace(violation, item={**violation.item, "loc": turn(violation.item["loc"])})
        place, given = tuple(turn(self.place)), tuple(tuple(turn(each)) for each in self.given)
        return replace(self, place=place, violation=violation, given=given)


class ProbeGenerator:
    """Generates the probes of an operation."""

    def __init__(self, spec: Spec, operation: Operation, sampler: Sampler) -> None:
        self._spec = spec
        self._operation = operation
        self._sampler = sampler
        self._prefix = name_operation(spec, operation.operation_id)
        self._is_form = operation.body_type == FORM_TYPE

    def list_probes(self) -> list[Probe]:
        """Return the probes of body and query."""
        probes: list[Probe] = []
        for parameter in self._operation.parameters_in("query"):
            place = ("query", parameter.name)
            if parameter.required:
                probes.append(self._refuse("required", place, OMITTED, parameter.schema))
            if not parameter.alias_of:
                probes += self._of_query(non_null(parameter.schema), place)
        if self._operation.body:
            probes += self._of_schema(self._operation.body, ("body",))
        return probes

    def _of_schema(
        self,
        schema: Schema,
        place: Place,
        *,
        needed: bool = False,
        optional: bool = False,
        given: tuple[Place, ...] = (),
    ) -> Iterator[Probe]:
        """Yield the probes of a place; a `needed` one must not be null although its schema allows it."""
        inner = non_null(schema)
        if len(place) > 1 and not self._is_form:
            if is_nullable(schema) and not needed:
                yield self._accept("null", place, None)
            else:
                probe = self._refuse("null", place, None, inner)
                # no source says that null is refused where the field may be left out
                yield replace(probe, given=given, documented=probe.documented and not optional)
        yield from self._of_type(inner, place)
        yield from self._of_bounds(inner, place)
        yield from self._of_words(inner, place)
        needs = list_required(inner, self._sampler.value(inner, "")) if "if" in inner else []
        switches = tuple((*place, name) for name in inner.get("if", {}).get("properties", ()))
        for name in (*inner.get("required", ()), *needs):
            probe = self._refuse("required", (*place, name), OMITTED, inner["properties"][name])
            yield replace(probe, given=switches) if name in needs else probe
        for name, subschema in inner.get("properties", {}).items():
            is_needed = name in needs
            yield from self._of_schema(
                subschema,
                (*place, name),
                needed=is_needed,
                optional=not is_needed and name not in inner.get("required", ()),
                given=switches if is_needed else (),
            )
        if "items" in inner:
            yield from self._of_items(inner, place)
        extra = inner.get("additionalProperties")
        if isinstance(extra, dict):
            yield from self._of_type(extra, (*place, "key"))

    def _of_type(self, schema: Schema, place: Place) -> Iterator[Probe]:
        if self._is_form:
            yield from self._of_part(schema, place)
            return
        kind = schema.get("type")
        plain: dict[str, Any] = {
            "string": [{"a": 1}],
            "integer": ["many"],
            "boolean": ["maybe"],
            "array": [{"a": 1}, "1,2,3", 2],
            "object": ["text"],
        }
        coercible: dict[str, Any] = {"string": [12345678], "boolean": [0, "false"]}
        if kind == "integer":
            typical = self._sampler.value(schema, "")
            coercible["integer"] = [str(typical), typical + 0.5, True]
            yield self._accept("type", place, float(typical), documented=False)
        extensions = Extensions(schema)
        if kind == "boolean" and not extensions.launch_values:
            for value in (True, False) if extensions.confirms is None else (extensions.confirms,):
                yield self._accept("type", place, value)
        for value in plain.get(str(kind), ()) if "enum" not in schema else ():
            yield self._refuse("type", place, value, schema)
        for value in coercible.get(str(kind), ()) if "enum" not in schema else ():
            yield self._refuse("type.strict", place, value, schema, coercible=True)

    def _of_part(self, schema: Schema, place: Place) -> Iterator[Probe]:
        """Yield the probes of a part of a form, which is a text or a file."""
        if schema.get("format") == "binary":
            yield self._refuse("type", place, "no file but a text", schema)
        elif schema.get("type") == "string" and "enum" not in schema:
            yield self._refuse("type", place, b"no text but a file", schema)
        elif schema.get("type") == "boolean":
            yield self._refuse("type", place, "maybe", schema)
            for value in ("true", "false"):
                yield self._accept("type", place, value)

    def _of_bounds(self, schema: Schema, place: Place) -> Iterator[Probe]:
        launching = Extensions(schema).launch_values
        for keyword, step in (("minimum", -1), ("maximum", 1)):
            if keyword in schema:
                if schema[keyword] not in launching:
                    yield self._accept(keyword, place, schema[keyword])
                yield self._refuse(keyword, place, schema[keyword] + step, schema)
        for keyword, step in (("minLength", -1), ("maxLength", 1)):
            if keyword in schema:
                length = schema[keyword]
                if not {"format", "pattern"} & schema.keys():
                    # letters of two and four bytes show whether the server counts characters
                    text = self._sampler.text_of(schema, length, "é", unique=length >= 20)
                    yield self._accept(keyword, place, text if length < 20 else text[:-1] + "🚀")
                beyond = "é" * (length - 1) if step < 0 else self._sampler.text_of(schema, length + 1)
                yield self._refuse(keyword, place, beyond, schema)
        for keyword, step in (("minItems", -1), ("maxItems", 1)):
            if keyword in schema:
                count = schema[keyword]
                yield self._accept(keyword, place, self._items(schema, place, count))
                yield self._refuse(keyword, place, self._items(schema, place, count + step), schema)

    def _of_words(self, schema: Schema, place: Place) -> Iterator[Probe]:
        if "enum" in schema:
            for value in schema["enum"]:
                yield self._accept("enum", place, value)
            for value in ("NO_SUCH_VALUE", str(schema["enum"][0]).swapcase(), "")[
                : 2 if self._is_form else 3
            ]:
                yield self._refuse("enum", place, value, schema)
        if "pattern" in schema:
            yield self._accept("pattern", place, self._sampler.value(schema, ""))
            miss = miss_pattern(schema["pattern"])
            if miss is not None:
                yield self._refuse("pattern", place, miss, schema)
        if "format" in schema:
            odd = [self._sampler.odd_email()] if schema["format"] == "email" else []
            for value in (*_GOOD.get(schema["format"], ()), *odd):
                yield self._accept("format", place, value)
            for value in BAD_TEXTS.get(schema["format"], ()):
                if len(value) >= schema.get("minLength", 0):
                    yield self._refuse("format", place, value, schema)

    def _of_items(self, schema: Schema, place: Place) -> Iterator[Probe]:
        yield from self._of_schema(schema["items"], (*place, 0))
        unique = Extensions(schema).unique_by
        if unique:
            first, second = self._items(schema, place, 2)
            taken = first[unique]
            twin = taken.swapcase() if isinstance(taken, str) else taken
            yield self._refuse(UNIQUE_BY, place, [first, {**second, unique: twin}], schema)

    def _of_query(self, schema: Schema, place: Place) -> Iterator[Probe]:
        yield from self._of_bounds(schema, place)
        yield from self._of_words(schema, place)
        wrong = {"integer": ("many", "1.5", ""), "boolean": ("maybe",)}
        for value in wrong.get(str(schema.get("type")), ()):
            yield self._refuse("type", place, value, schema)

    def _items(self, schema: Schema, place: Place, count: int) -> list[Any]:
        """Return `count` items that a list may have at once."""
        name = str(place[-1]).removesuffix("s")
        items = [self._sampler.value(schema.get("items", {}), name) for _ in range(count)]
        unique = Extensions(schema).unique_by
        if unique:
            field = non_null(schema["items"]["properties"][unique])
            for index, item in enumerate(items):
                first = field.get("minimum", 0)
                item[unique] = chr(ord("A") + index) * 2 if field["type"] == "string" else first + index
        return share_out(schema, items)

    def _accept(self, keyword: str, place: Place, value: Any, *, documented: bool = True) -> Probe:
        documented = documented and is_place_documented(self._operation, place)
        most_items = self._count_items(place)
        return Probe(self._id(keyword, place), place, value, None, documented, most_items=most_items)

    def _refuse(
        self, keyword: str, place: Place, value: Any, schema: Schema, *, coercible: bool = False
    ) -> Probe:
        word = "type" if keyword in ("null", "type.strict") else keyword
        violation = expect_violation(self._spec, schema, word, () if value is OMITTED else value, place)
        documented = is_place_documented(self._operation, place)
        return Probe(
            self._id(keyword, place),
            place,
            value,
            violation,
            documented,
            coercible,
            most_items=self._count_items(place),
        )

    def _count_items(self, place: Place) -> int:
        """Return the most items of the outermost list around a place."""
        schema: Schema = {"properties": {"body": self._operation.body or {}}}
        for part in place:
            if isinstance(part, int):
                return int(non_null(schema).get("maxItems", _MANY))
            schema = non_null(schema).get("properties", {}).get(part, {})
        return 1

    def _id(self, keyword: str, place: Place) -> str:
        field = name_field(place[1:]) or str(place[0])
        return f"{self._prefix}.{field}.{name_keyword(keyword)}"
