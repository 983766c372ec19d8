"""Requests and answers against their schemas: is it valid, and if not, why, in the vendor's words."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import jsonschema
import jsonschema_rs

from ..errors import SpecError, Violation
from .extensions import UNIQUE_BY, Extensions
from .formats import CHECKERS
from .schemas import Schema, non_null, render_template

Loc = tuple[str | int, ...]

MAX_EXPLAINED = 1000
"""A body with more breaches than this is refused without naming the rest."""

# When one value breaks several keywords, pydantic names the first of these.
_PRECEDENCE = ("enum", "const", "type", "minItems", "maxItems", "minLength", "maxLength", "minimum",
               "maximum", "pattern", "format")  # fmt: skip
# Said of a list as a whole, and only when each of its items is valid.
_AFTERTHOUGHTS = (UNIQUE_BY,)
_WORDLESS = {"properties", "items", "additionalProperties", "anyOf", "if", "then", "else", "required",
             "description", "default", "examples", "contentMediaType", "writeOnly", "deprecated"}  # fmt: skip


def _are_unique(items: Any, name: str, schema: Schema) -> bool:
    if not isinstance(items, list):
        return True
    default = schema.get("items", {}).get("properties", {}).get(name, {}).get("default")
    values = [item.get(name, default) for item in items if isinstance(item, dict)]
    comparable = [str(value).casefold() for value in values if isinstance(value, (str, int))]
    return len(set(comparable)) == len(comparable)


class _UniqueBy:
    """The extension `x-unique-by` as a keyword for jsonschema-rs."""

    def __init__(self, parent: Schema, name: str, _path: Any) -> None:
        self.parent = parent
        self.name = name

    def validate(self, instance: Any) -> None:
        if not _are_unique(instance, self.name, self.parent):
            raise ValueError(f"{self.name} must be unique")


def _check_unique_by(_validator: Any, name: str, instance: Any, schema: Schema) -> Iterator[Any]:
    if not _are_unique(instance, name, schema):
        yield jsonschema.ValidationError(f"{name} must be unique")


def _check_pattern(_validator: Any, pattern: str, instance: Any, _schema: Schema) -> Iterator[Any]:
    # By the same engine as the verdict: in Python's own, `$` also stands before a last line break.
    if isinstance(instance, str) and not jsonschema_rs.is_valid({"pattern": pattern}, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


_Explainer: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator, {UNIQUE_BY: _check_unique_by, "pattern": _check_pattern}
)


def _format_checker() -> jsonschema.FormatChecker:
    checker = jsonschema.FormatChecker(formats=())
    for name, check in CHECKERS.items():
        checker.checks(name)(_ignore_other_types(check))
    return checker


def _ignore_other_types(check: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: check(value) if isinstance(value, str) else True


_FORMAT_CHECKER = _format_checker()


class Validator:
    """One schema: a fast verdict, and the reasons when it is a refusal.

    `wordings` is the `x-violations` table of openapi.yaml; raises SpecError for a schema with a
    keyword that the table cannot word.
    """

    def __init__(self, schema: Schema, wordings: dict[str, Any]) -> None:
        self.schema = schema
        self.wordings = wordings
        self._fast = jsonschema_rs.Draft202012Validator(
            schema, formats=CHECKERS, validate_formats=True, keywords={UNIQUE_BY: _UniqueBy}
        )
        self.is_valid: Callable[[Any], bool] = self._fast.is_valid
        self._explainer = _Explainer(schema, format_checker=_FORMAT_CHECKER)

    def find_violations(self, value: Any, loc: Loc) -> list[Violation]:
        """Return every breach in schema order; `loc` is where the value stands, as `("body",)`."""
        report = _Report(self.wordings, loc)
        for error in islice(self._explain(value), MAX_EXPLAINED):
            report.add(error)
        return list(report.walk(self.schema, value, ()))

    def explain(self, value: Any) -> tuple[str, str]:
        """Return where and why a value is invalid, for a person; raises StopIteration when it is valid."""
        error = next(self._explain(value))
        return ".".join(str(part) for part in error.absolute_path) or "its root", error.message

    def _explain(self, value: Any) -> Iterator[jsonschema.ValidationError]:
        return _flatten(self._explainer.iter_errors(value))


class _Report:
    """The breaches of one value, told in schema order: per value the first that pydantic would name."""

    def __init__(self, wordings: dict[str, Any], loc: Loc) -> None:
        self._wordings = wordings
        self._loc = loc
        self._broken: dict[Loc, list[jsonschema.ValidationError]] = {}
        self._on_the_way: set[Loc] = set()

    def add(self, error: jsonschema.ValidationError) -> None:
        path = tuple(error.absolute_path)
        paths = [path]
        if error.validator == "required":
            instance: Any = error.instance
            paths = [(*path, name) for name in _as_list(error.validator_value) if name not in instance]
        for broken in paths:
            self._broken.setdefault(broken, []).append(error)
            self._on_the_way.update(broken[:length] for length in range(len(broken) + 1))

    def walk(self, schema: Schema, value: Any, path: Loc) -> Iterator[Violation]:
        errors = self._broken.get(path, [])
        own = [error for error in errors if error.validator not in _AFTERTHOUGHTS]
        if own:
            yield self._word(min(own, key=_rank), path)
            return
        inner = [
            child for child in _children(non_null(schema), value) if (*path, child[0]) in self._on_the_way
        ]
        for name, subschema, subvalue in inner:
            yield from self.walk(subschema, subvalue, (*path, name))
        if errors and not inner:
            yield self._word(errors[0], path)

    def _word(self, error: jsonschema.ValidationError, path: Loc) -> Violation:
        keyword = str(error.validator)
        schema: Schema = error.schema if isinstance(error.schema, dict) else {}
        wording = word_keyword(self._wordings, schema, keyword, error.instance)
        facts = {"limit": error.validator_value, "value": error.instance}
        if keyword == "enum":
            facts["permitted"] = ", ".join(map(repr, _as_list(error.validator_value)))
        loc = [*self._loc, *path]
        return {"loc": loc, "msg": str(render_template(wording["msg"], facts)), "type": wording["type"]}


def _as_list(value: Any) -> list[Any]:
    return list(value)


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
        if keyword.startswith("x-") and keyword not in _AFTERTHOUGHTS:
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


def with_defaults(schema: Schema, value: Any) -> Any:
    """Return a valid value as the server keeps it.

    Unknown fields are dropped, defaults filled in, nulls that mean "unchanged" left out, whole floats
    become integers and UUIDs lower case. Free-form objects are kept as they are.
    """
    if isinstance(value, dict):
        properties = non_null(schema).get("properties")
        return value if properties is None else _default_fields(properties, value)
    if isinstance(value, list):
        items = non_null(schema).get("items")
        return value if items is None else [with_defaults(items, item) for item in value]
    if isinstance(value, float) and non_null(schema).get("type") == "integer":
        return int(value)
    if isinstance(value, str) and non_null(schema).get("format") == "uuid":
        return value.lower()
    return value


def _default_fields(properties: dict[str, Schema], value: dict[str, Any]) -> dict[str, Any]:
    kept = {}
    for name, schema in properties.items():
        if value.get(name) is None and Extensions(schema).null == "unchanged":
            continue
        if name in value:
            kept[name] = with_defaults(schema, value[name])
        elif "default" in schema:
            # One object for all who keep it: what is kept never changes.
            kept[name] = schema["default"]
    return kept


def _flatten(errors: Iterator[jsonschema.ValidationError]) -> Iterator[jsonschema.ValidationError]:
    """Look through `anyOf [X, null]`: what matters is why the value is no X."""
    for error in errors:
        if error.validator == "anyOf":
            branches = _as_list(error.validator_value)
            nulls = [index for index, branch in enumerate(branches) if branch.get("type") == "null"]
            yield from _flatten(e for e in error.context or () if e.relative_schema_path[0] not in nulls)
        else:
            yield error


def _children(schema: Schema, value: Any) -> Iterator[tuple[str | int, Schema, Any]]:
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for name, subschema in properties.items():
            yield name, subschema, value.get(name)
        extra = schema.get("additionalProperties")
        for name in value:
            if name not in properties:
                yield name, extra if isinstance(extra, dict) else {}, value[name]
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield index, schema.get("items", {}), item


def _rank(error: jsonschema.ValidationError) -> int:
    keyword = str(error.validator)
    return _PRECEDENCE.index(keyword) if keyword in _PRECEDENCE else len(_PRECEDENCE)
