"""Requests made from their schemas: good ones, slightly wrong ones and junk.

What pydantic 1 turns into the right type instead of refusing it is never made: texts and truth values for
numbers, numbers for texts, truth values and times, other spellings of UUIDs, `Name <address>`, lists of
pairs for objects.
"""

from typing import Any

from hypothesis import strategies as st

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import Schema, is_nullable, non_null

Strategy = st.SearchStrategy[Any]

UUIDS = ["550e8400-e29b-41d4-a716-446655440000", "650E8400-E29B-41D4-A716-446655440000"]
NO_UUIDS = ["", "x", "550e8400", "550e8400-e29b-41d4-a716-44665544000g"]
TIMES = [
    "2024-01-15T10:30:00Z",
    "2024-01-15 10:30",
    "2024-02-29T23:59:59.123456+05:30",
    "2024-01-15T10:30:00",
]
NO_TIMES = [
    "",
    "tomorrow",
    "2024-01-15",
    "2024-13-01T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-01-15T25:00:00",
]
ADDRESSES = ["ada@example.com", "grace.hopper+navy@mail.example.org", "søren@example.dk", "a@b.co"]
NO_ADDRESSES = [
    "ada",
    "ada@",
    "@example.com",
    "ada@example",
    "a b@example.com",
    "ada@exa..mple.com",
    "a@-b.co",
]
HOSTS = ["mail.yourcompany.com", "a.co", "X--y.example.org", "1.2.example", f"{'x' * 63}.example.com"]
BASE64 = ["", "b25lIGV1cm8=", "+/+/", "AA=="]
NO_BASE64 = ["b25lIGV1cm8", "one euro", "-_-_", "ü", "b25l\n"]
NO_HOSTS = [
    "localhost",
    "https://yourcompany.com",
    "yourcompany.com/path",
    "-a.example.com",
    "a-.example.com",
    "a..example.com",
    "1.2.3.4",
    "example.com.",
    "example.com\n",
    "exämple.com",
    f"{'x' * 64}.example.com",
    "x." * 126 + "example.com",
]
ZONES = ["UTC", "America/New_York", "Asia/Kathmandu", "Europe/London"]
NO_ZONES = ["", "America/Invalid", "america/new_york", "EST5", "../UTC", "x" * 101]
TEXTS = ["Q1 Product Launch", "x" * 300, "🙂" * 8, "שלום לכולם ולכן"]

json_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
json_values = st.recursive(
    json_scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def requests(schema: Schema) -> Strategy:
    """Return bodies for a schema, about a third of them valid."""
    return values(schema, invalid=False) | values(schema, invalid=True) | values(schema, invalid=True)


def values(schema: Schema, *, invalid: bool) -> Strategy:
    """Return values of a schema; with `invalid`, among them wrong ones at any depth."""
    plain = non_null(schema)
    kind = "enum" if "enum" in plain else plain["type"]
    made: Strategy = _MAKERS[kind](plain, invalid)
    if is_nullable(schema):
        made = made | st.none()
    return made | made | _junk(plain, kind) if invalid else made


def _junk(schema: Schema, kind: str) -> Strategy:
    lists = [[], [5], [[]], {}, {"a": 1}, None]
    junk: dict[str, list[Any]] = {
        "boolean": [*lists, "maybe", 2, 0.5],
        "integer": [*lists, "many", ""],
        "string": lists,
        "array": [{}, {"a": 1}, "text", 5, True, None],
        "object": [[5], "text", 5, 0.5, True, None],
        "enum": [*lists, "", "OTHER", 5],
    }
    if schema.get("format") == "uuid":
        junk["string"] = [*lists, 5, True, 0.5]
    return st.sampled_from(junk[kind])


def _integers(schema: Schema, invalid: bool) -> Strategy:
    low = schema.get("minimum", -100)
    high = schema.get("maximum", low + 1000)
    good = st.integers(low, high) | st.sampled_from([low, high, float(high)])
    if not invalid:
        return good
    return good | st.sampled_from([low - 1, -(10**30)]) | st.sampled_from([high + 1, 10**30])


def _strings(schema: Schema, invalid: bool) -> Strategy:
    known = {
        "byte": (BASE64, NO_BASE64),
        "uuid": (UUIDS, NO_UUIDS),
        "date-time": (TIMES, NO_TIMES),
        "email": (ADDRESSES, NO_ADDRESSES),
        "hostname": (HOSTS, NO_HOSTS),
        "timezone": (ZONES, NO_ZONES),
    }
    if "format" in schema:
        named, wrong = known[schema["format"]]
        return st.sampled_from([*named, *wrong] if invalid else named)
    if "pattern" in schema:
        return st.sampled_from(["A", "b", "Long", *(["", "1", "A B", "É"] if invalid else [])])
    low, high = schema.get("minLength", 0), schema.get("maxLength", 50)
    good: Strategy = st.text(min_size=low, max_size=min(high, low + 20)) | _repeated("é🙂", low, high)
    return good | st.sampled_from(TEXTS) | _repeated("x", max(low - 1, 0), high + 1) if invalid else good


def _repeated(characters: str, *lengths: int) -> Strategy:
    # made late, so that the description of the strategy stays short
    return st.tuples(st.sampled_from(characters), st.sampled_from(lengths)).map(
        lambda pair: pair[0] * pair[1]
    )


def _arrays(schema: Schema, invalid: bool) -> Strategy:
    low, high = schema.get("minItems", 0), schema.get("maxItems", 4)
    items = values(schema["items"], invalid=invalid)
    if invalid:
        return st.lists(items, max_size=3) | items.map(lambda item: [item] * (high + 1))
    name = Extensions(schema).unique_by
    unique = (lambda item: str(item.get(name, "A")).casefold()) if name else None
    return st.lists(items, min_size=low, max_size=min(high, low + 2), unique_by=unique)


def _objects(schema: Schema, invalid: bool) -> Strategy:
    if "properties" not in schema:
        extra = schema.get("additionalProperties")
        inner = values(extra, invalid=invalid) if extra else json_values
        return st.dictionaries(st.text(max_size=5), inner, max_size=3)
    made = {name: values(prop, invalid=invalid) for name, prop in schema["properties"].items()}
    needed = [] if invalid else schema.get("required", [])
    optional = {name: value for name, value in made.items() if name not in needed}
    if invalid:
        optional["unknown"] = json_values
    return st.fixed_dictionaries({name: made[name] for name in needed}, optional=optional)


_MAKERS: Any = {
    "boolean": lambda _schema, _spoils: st.booleans(),
    "integer": _integers,
    "string": _strings,
    "array": _arrays,
    "object": _objects,
    "enum": lambda schema, _spoils: st.sampled_from(schema["enum"]),
}
