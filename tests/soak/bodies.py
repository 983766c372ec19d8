"""Bodies by their schemas: valid ones, odd but legal ones, wrong ones, and bytes that are no JSON at all.

Hypothesis draws inside its own runs only, so the values are drawn here, with the random numbers of the soak.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from contracts.inputs.cross_field import repair
from contracts.inputs.encoding import encode, write_csv
from contracts.inputs.if_then_else import fit_conditions, list_required
from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import Schema, is_nullable, non_null
from mockserver.openapi.spec import JSON_TYPE, Operation

from ..kit import request_strategies as known
from .odd_values import ADDRESSES, CSV_JUNK, ENCODINGS, HOSTS, JUNK, MEDIA_TYPES, ODD_TEXTS, RAW, TEXTS

FindId = Callable[[str], str]


class BodyGenerator:
    """Draws bodies; `find_id` gives an id for a field of this name."""

    def __init__(self, random: Random, find_id: FindId) -> None:
        self._random = random
        self._find_id = find_id
        self._is_odd = False

    def draw(self, operation: Operation) -> tuple[bytes, str]:
        """Return a body for an operation, encoded, and its media type."""
        random = self._random
        kind = random.choices(["valid", "odd", "wrong", "raw"], [62, 14, 16, 8])[0]
        if kind == "raw":
            return self._draw_raw(operation)
        self._is_odd = kind == "odd"
        body = self.draw_valid(operation)
        if kind == "wrong":
            for _ in range(random.choice([1, 1, 2, 4])):
                body = self._damage(body)
        return self.encode(operation, body)

    def draw_valid(self, operation: Operation) -> Any:
        """Return a body that the schema allows, and mostly what it cannot say, too."""
        examples = list(operation.body_examples.values())
        if examples and self._random.random() < 0.3:
            return self._put_ids(self._random.choice(examples), "")
        body = self.draw_value(operation.body or {}, "")
        return repair(operation, body) if self._random.random() < 0.9 else body

    def encode(self, operation: Operation, body: Any) -> tuple[bytes, str]:
        """Return the bytes of a body; the parts of a form that are objects stand there as JSON."""
        boundary = f"{self._random.getrandbits(64):016x}"
        return encode(operation, body, boundary)

    def draw_value(self, schema: Schema, name: str) -> Any:
        """Return a value of a schema; `name` is its property."""
        random = self._random
        if is_nullable(schema) and random.random() < 0.15:
            return None
        schema = non_null(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return random.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._draw_object(schema)
            case "array":
                return self._draw_array(schema, name)
            case "integer":
                return self._draw_number(schema, whole=True)
            case "number":
                return self._draw_number(schema, whole=False)
            case "boolean":
                return random.random() < 0.5
            case "null":
                return None
        return self._draw_text(schema, name)

    def draw_file(self) -> bytes:
        """Return a CSV file of contacts: mostly small, seldom big, seldom none at all."""
        random = self._random
        kind = random.choices(["plain", "big", "junk"], [80, 2, 18])[0]
        if kind == "junk":
            return random.choice(CSV_JUNK)
        count = random.randrange(400, 1200) if kind == "big" else random.randrange(1, 5)
        columns = ["email", *random.sample(["first_name", "last_name", "company", "Ünïcode", "job_title"], 2)]
        texts = [text.replace("\0", "") for text in (*TEXTS, *ODD_TEXTS)]
        rows = [{name: random.choice(texts) for name in columns} for _ in range(count)]
        for row in rows:
            row["email"] = (
                self._draw_address() if kind == "plain" else f"p{random.randrange(10**6)}@example.net"
            )
        return write_csv(rows)

    def _draw_raw(self, operation: Operation) -> tuple[bytes, str]:
        random = self._random
        media_type = operation.body_type if random.random() < 0.8 else random.choice(MEDIA_TYPES)
        kind = random.choice(["bytes", "encoding", "cut", "surrogate"])
        if kind == "bytes":
            return random.choice([*RAW, random.randbytes(random.choice([1, 40, 4000]))]), media_type
        body, own_type = self.encode(operation, self.draw_valid(operation))
        if kind == "cut":
            return body[: random.randrange(len(body) + 1)], own_type if random.random() < 0.8 else media_type
        text = body.decode("utf-8", "replace")
        if kind == "surrogate":
            text = text.replace(random.choice(["a", "e", '"', "@"]), "\\ud800", 1)
            return text.encode(random.choice(["utf-8", *ENCODINGS[:4]]), "replace"), own_type
        return text.encode(random.choice(ENCODINGS), "replace"), own_type

    def _draw_object(self, schema: Schema) -> dict[str, Any]:
        random = self._random
        if "properties" not in schema:
            return {
                random.choice(["a", "b", "Key", "größe"]): self._draw_any(2)
                for _ in range(random.randrange(3))
            }
        needed, share = schema.get("required", []), random.choice([0.1, 0.4, 0.9])
        made = {
            name: self.draw_value(inner, name)
            for name, inner in schema["properties"].items()
            if name in needed or random.random() < share
        }
        for name in list_required(schema, made):
            if made.get(name) is None:
                made[name] = self.draw_value(non_null(schema["properties"][name]), name)
        return fit_conditions(schema, made, ())

    def _draw_any(self, depth: int) -> Any:
        random = self._random
        scalars = [
            None,
            True,
            0,
            -7,
            2.5,
            "",
            random.choice(TEXTS),
            random.choice(ODD_TEXTS) if self._is_odd else "y",
        ]
        if depth == 0 or random.random() < 0.7:
            return random.choice(scalars)
        inner = [self._draw_any(depth - 1) for _ in range(random.randrange(3))]
        return inner if random.random() < 0.5 else {f"k{index}": value for index, value in enumerate(inner)}

    def _draw_array(self, schema: Schema, name: str) -> list[Any]:
        low = schema.get("minItems", 0)
        count = min(low + self._random.choice([0, 1, 1, 2, 3]), schema.get("maxItems", 5))
        items = [self.draw_value(schema.get("items", {}), name.removesuffix("s")) for _ in range(count)]
        unique = Extensions(schema).unique_by
        if unique and all(isinstance(item, dict) for item in items):
            first = non_null(non_null(schema["items"])["properties"][unique])
            for index, item in enumerate(items):
                is_text = first["type"] == "string"
                item[unique] = chr(ord("A") + index) if is_text else first.get("minimum", 0) + index
        return items

    def _draw_number(self, schema: Schema, *, whole: bool) -> float:
        low = schema.get("minimum", -100)
        high = schema.get("maximum", low + 1000)
        random = self._random
        choices = [
            low,
            high,
            random.randint(int(low), int(high)),
            min(high, max(low, 1)),
            schema.get("default", low),
        ]
        value = random.choice([choice for choice in choices if choice is not None])
        return float(value) if self._is_odd and whole else value if whole else random.uniform(low, high)

    def _draw_text(self, schema: Schema, name: str) -> Any:
        random = self._random
        if allowed := Extensions(schema).allowed_values:
            return random.choice(allowed)
        if schema.get("contentMediaType") == JSON_TYPE:
            return json.dumps({"email": "email", "first_name": random.choice(["first_name", "nope"])})
        if "pattern" in schema:
            return f"{random.choice(['sales', 'info', 'A', 'b'])}"
        made: dict[str, Callable[[], Any]] = {
            "uuid": lambda: self._find_id(name),
            "email": self._draw_address,
            "hostname": lambda: random.choice([*HOSTS, *(known.HOSTS if self._is_odd else ())]),
            "binary": self.draw_file,
            "byte": lambda: random.choice(known.BASE64),
            "date": lambda: f"2026-0{random.randint(1, 6)}-{random.randint(1, 28):02}",
            "timezone": lambda: random.choice(known.ZONES),
            "date-time": lambda: random.choice(["2026-03-02T12:00:00Z", "2026-04-01T00:00", *known.TIMES]),
            "time-span": lambda: random.choice(["1h", "90m", "1d12h", "3d", "PT36H", "P60D", "-2h"]),
        }
        if schema.get("format") in made:
            return made[schema["format"]]()
        return self._fit(schema, random.choice(ODD_TEXTS if self._is_odd else TEXTS))

    def _fit(self, schema: Schema, text: str) -> str:
        low, high = schema.get("minLength", 0), schema.get("maxLength", 200)
        if self._random.random() < 0.05:
            return str((text * (high // len(text) + 1))[: min(high, 5000)])
        return str(text[:high] if len(text) >= low else (text * low)[: low + 1])

    def _draw_address(self) -> str:
        return str(self._random.choice([*ADDRESSES, *(known.ADDRESSES if self._is_odd else ())]))

    def _put_ids(self, value: Any, name: str) -> Any:
        """Return an example with ids that there are."""
        if isinstance(value, dict):
            return {key: self._put_ids(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self._put_ids(item, name.removesuffix("s")) for item in value]
        return self._find_id(name) if isinstance(value, str) and name.endswith("_id") else value

    def _damage(self, value: Any) -> Any:
        """Return a value that is wrong in one place, or is junk."""
        random = self._random
        if not value or not isinstance(value, dict | list) or random.random() < 0.1:
            return random.choice([*JUNK, *known.NO_ADDRESSES, *known.NO_TIMES, *known.NO_ZONES])
        if isinstance(value, list):
            index = random.randrange(len(value))
            return [*value[:index], self._damage(value[index]), *value[index + 1 :]]
        name = random.choice(list(value))
        what = random.choice(["inner", "inner", "missing", "unknown"])
        if what == "missing":
            return {key: item for key, item in value.items() if key != name}
        if what == "unknown":
            return {
                **value,
                random.choice(["unknown", "status", "__proto__", "größe", ""]): random.choice(JUNK),
            }
        return {**value, name: self._damage(value[name])}
