"""Changes of a schema, seen from who sends such a value or from who reads it."""

from collections.abc import Iterator
from typing import Any

from mockserver.openapi.schemas import Schema, is_nullable, non_null

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "x-min-bytes")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "x-max-bytes",
          "x-max-rows", "x-max-files", "x-max-days")  # fmt: skip
_FORMS = ("pattern", "format", "const")
_CONDITIONS = ("allOf", "oneOf", "not", "if", "then", "else", "uniqueItems", "x-unique-by", "x-needs-one")

Finding = tuple[str, str]
"""The end of a rule's id, and a sentence."""


def compare_schemas(old: Schema, new: Schema, place: str, *, is_request: bool) -> Iterator[Finding]:
    """Yield what a newer schema says otherwise; `place` is that of the value, for a reader."""
    where = place or "the body"
    yield from _compare_types(old, new, where)
    one, other = non_null(old), non_null(new)
    yield from _compare_values(one, other, where)
    yield from _compare_limits(one, other, where)
    for name in _FORMS:
        if one.get(name) != other.get(name):
            yield "pattern_changed", f"{where}: {name} was {_say(one.get(name))}, is {_say(other.get(name))}"
    for name in _CONDITIONS:
        if one.get(name) != other.get(name):
            yield "schema_changed", f"{where}: {name} was {_say(one.get(name))}, is {_say(other.get(name))}"
    if is_request and old.get("default") != new.get("default"):
        was, now = _say(old.get("default")), _say(new.get("default"))
        yield "default_changed", f"{where}: the default was {was}, is {now}"
    yield from _compare_properties(one, other, place, is_request=is_request)
    if isinstance(one.get("items"), dict) and isinstance(other.get("items"), dict):
        yield from compare_schemas(one["items"], other["items"], f"{place}[]", is_request=is_request)
    yield from _compare_additional(one, other, place, is_request=is_request)


def _compare_types(old: Schema, new: Schema, where: str) -> Iterator[Finding]:
    was, now = _list_types(old), _list_types(new)
    if was is None and now is None:
        return
    lost = sorted(_expand(was) - _expand(now)) if now is not None else []
    gained = sorted(_expand(now) - _expand(was)) if was is not None else []
    if lost or (was is None and now is not None):
        yield "type_narrowed", f"{where} may be {_join(now)} only, was {_join(was)}"
    if gained or (now is None and was is not None):
        yield "type_widened", f"{where} may be {_join(now)}, was {_join(was)}"


def _list_types(schema: Schema) -> set[str] | None:
    """Return the types of a schema's values; None for any."""
    branches = [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]
    kinds: set[str] = set()
    for each in branches or [schema]:
        kind = each.get("type")
        if kind is None:
            return None
        kinds |= {kind} if isinstance(kind, str) else set(kind)
    return kinds | ({"null"} if is_nullable(schema) else set())


def _expand(kinds: set[str] | None) -> set[str]:
    """Return types, a number being an integer, too."""
    found = set(kinds or ())
    return found | {"integer"} if "number" in found else found


def _join(kinds: set[str] | None) -> str:
    return " or ".join(sorted(kinds)) if kinds else "anything"


def _compare_values(old: Schema, new: Schema, where: str) -> Iterator[Finding]:
    was, now = old.get("enum"), new.get("enum")
    if was is None and now is None:
        return
    if was is None or now is None:
        kind = "enum_value_added" if now is None else "enum_value_removed"
        yield kind, f"{where} may be {'anything' if now is None else f'{_say(now)} only'}"
        return
    for value in was:
        if value not in now:
            yield "enum_value_removed", f"{where} is no longer {_say(value)}"
    for value in now:
        if value not in was:
            yield "enum_value_added", f"{where} may be {_say(value)}"


def _compare_limits(old: Schema, new: Schema, where: str) -> Iterator[Finding]:
    for names, sign in ((_LOWER, 1), (_UPPER, -1)):
        for name in names:
            was, now = old.get(name), new.get(name)
            if was == now:
                continue
            is_tighter = was is None or (now is not None and sign * (now - was) > 0)
            kind = "limit_tightened" if is_tighter else "limit_loosened"
            yield kind, f"{where}: {name} was {_say(was)}, is {_say(now)}"


def _compare_properties(old: Schema, new: Schema, place: str, *, is_request: bool) -> Iterator[Finding]:
    was, now = old.get("properties", {}), new.get("properties", {})
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    for name in was.keys() - now.keys():
        yield "field_removed", f"{_join_place(place, name)} is gone"
    for name in now.keys() - was.keys():
        where = _join_place(place, name)
        yield "field_added", f"{where} is new"
        if is_request and name in needs:
            yield "made_required", f"{where} is new and has to be sent"
    for name in was.keys() & now.keys():
        where = _join_place(place, name)
        if name in needs and name not in needed:
            yield "made_required", f"{where} was optional"
        elif name in needed and name not in needs:
            yield "made_optional", f"{where} was always there"
        yield from compare_schemas(was[name], now[name], where, is_request=is_request)


def _compare_additional(old: Schema, new: Schema, place: str, *, is_request: bool) -> Iterator[Finding]:
    was, now = old.get("additionalProperties"), new.get("additionalProperties")
    if isinstance(was, dict) and isinstance(now, dict):
        yield from compare_schemas(was, now, f"{place}.*", is_request=is_request)
    elif (was is False) != (now is False):
        kind = "type_narrowed" if now is False else "type_widened"
        yield kind, f"{place or 'the body'} may {'not ' if now is False else ''}have other fields"


def _join_place(place: str, name: str) -> str:
    return f"{place}.{name}".lstrip(".")


def _say(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 120 else f"{text[:119]}…"
