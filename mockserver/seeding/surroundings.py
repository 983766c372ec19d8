"""What a state document holds besides records: the time, what draws follow from, fault rules, rate windows.

Each part may be missing. The workspace that takes the document in then keeps its own.
"""

import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from ..errors import ApiError, Violation
from ..openapi.formats import parse_date_time
from ..openapi.schemas import Schema
from ..openapi.spec import Spec
from ..openapi.validation import Validator
from ..openapi.violations import Loc
from ..state.clock import ClockState
from ..state.fault_rules import MAX_WAIT, PreferenceError, check_fault, make_rule
from ..state.snapshot import SENDING_KEY_SIZE, Snapshot
from .record_forms import write_value

_GENERATOR = struct.Struct(">625I")
"""The state of Python's generator: 624 numbers, and how many of them are used up."""
_TIME: Schema = {"type": "string", "format": "date-time"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_TEXT: Schema = {"type": "string", "default": ""}
_PARTS: dict[str, Schema] = {
    "clock": {
        "type": "object",
        "required": ["now", "frozen", "speed"],
        "properties": {
            "now": _TIME,
            "frozen": {"type": "boolean"},
            "speed": {"type": "number", "minimum": 0, "maximum": 1e6},
            "settled_at": _TIME,
        },
    },
    "randomness": {
        "type": "object",
        "required": ["ids", "faults", "sending"],
        "properties": {name: {"type": "string"} for name in ("ids", "faults", "sending")},
    },
    "faults": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["fault_id"],
            "properties": {
                "fault_id": {"type": "string", "format": "uuid"},
                **dict.fromkeys(("operation", "method", "path", "example", "answer"), _TEXT),
                "every": {"type": "integer", "minimum": 1, "default": 1},
                "first": {**_COUNT, "default": 0},
                "chance": {"type": "number", "minimum": 0, "maximum": 1, "default": 1},
                "status": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
                "wait": {"type": "number", "minimum": 0, "maximum": MAX_WAIT, "default": 0},
                "seen": {**_COUNT, "default": 0},
                "hits": {**_COUNT, "default": 0},
            },
        },
    },
    "rate_counts": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["key", "seconds", "window", "requests"],
            "properties": {
                "key": {"type": "string"},
                "seconds": {"type": "integer", "minimum": 1},
                "window": {"type": "integer"},
                "requests": _COUNT,
            },
        },
    },
}
NAMES = tuple(_PARTS)
"""What the parts are called in a document."""


class SurroundingsForm:
    """How these parts look in a document, and back."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._validators = {name: Validator(schema, spec.violations) for name, schema in _PARTS.items()}

    def write(self, snapshot: Snapshot) -> dict[str, Any]:
        """Return the parts that a snapshot holds, as JSON values."""
        written: dict[str, Any] = {}
        if snapshot.clock is not None:
            settled_at = snapshot.settled_at or snapshot.clock.now
            written["clock"] = {
                "now": write_value(snapshot.clock.now),
                "frozen": snapshot.clock.frozen,
                "speed": snapshot.clock.speed,
                "settled_at": write_value(settled_at),
            }
        if snapshot.sending_key is not None and snapshot.fault_random is not None:
            written["randomness"] = {
                "ids": _write_random(snapshot.random),
                "faults": _write_random(snapshot.fault_random),
                "sending": snapshot.sending_key.hex(),
            }
        if snapshot.faults is not None:
            written["faults"] = [rule.show() for rule in snapshot.faults]
        if snapshot.rate_counts is not None:
            written["rate_counts"] = [
                {"key": key, "seconds": seconds, "window": window, "requests": requests}
                for (key, seconds), (window, requests) in snapshot.rate_counts.items()
            ]
        return written

    def find_violations(self, document: Mapping[str, Any]) -> Iterator[Violation]:
        """Yield what is wrong with the parts of a document."""
        for name, validator in self._validators.items():
            if name not in document:
                continue
            value, loc = document[name], ("body", name)
            if not validator.is_valid(value):
                yield from validator.find_violations(value, loc)
            elif name == "clock" and not value["speed"]:
                yield _breach((*loc, "speed"), "ensure this value is greater than 0")
            elif name == "randomness":
                yield from _check_randomness(value, loc)
            elif name == "faults":
                yield from self._check_faults(value, loc)

    def read(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parts of a valid document as fields of a `Snapshot`."""
        found: dict[str, Any] = {}
        if "clock" in document:
            clock = document["clock"]
            now = parse_date_time(clock["now"], "UTC")
            found["clock"] = ClockState(now, clock["frozen"], clock["speed"])
            found["settled_at"] = parse_date_time(clock.get("settled_at", clock["now"]), "UTC")
            found["resumes_at"] = now
        if "randomness" in document:
            drawn = document["randomness"]
            found["random"], found["fault_random"] = _read_random(drawn["ids"]), _read_random(drawn["faults"])
            found["sending_key"] = bytes.fromhex(drawn["sending"])
        if "faults" in document:
            complete = self._validators["faults"].with_defaults
            rules = [dict(rule) for rule in complete(document["faults"])]
            found["faults"] = tuple(make_rule(self._spec, rule.pop("fault_id"), rule) for rule in rules)
        if "rate_counts" in document:
            found["rate_counts"] = {
                (row["key"], row["seconds"]): (row["window"], row["requests"])
                for row in document["rate_counts"]
            }
        return found

    def _check_faults(self, rules: list[dict[str, Any]], loc: Loc) -> Iterator[Violation]:
        for index, rule in enumerate(rules):
            try:
                check_fault(rule)
                self.read({"faults": [rule]})
            except PreferenceError as error:
                yield _breach((*loc, index), str(error))
            except ApiError as error:
                facts = "; the nearest is ".join(map(str, error.facts.values()))
                yield _breach((*loc, index), f"{error.name.replace('_', ' ')}: {facts}".removesuffix(": "))


def _write_random(random: Random) -> str:
    _version, numbers, _gauss = random.getstate()
    return b64encode(_GENERATOR.pack(*numbers)).decode()


def _read_random(text: str) -> Random:
    """Return the generator of a state; raises ValueError (struct.error and binascii.Error are no less)."""
    random = Random()
    try:
        random.setstate((3, _GENERATOR.unpack(b64decode(text, validate=True)), None))
    except struct.error as error:
        raise ValueError(str(error)) from None
    return random


def _check_randomness(value: Mapping[str, str], loc: Loc) -> Iterator[Violation]:
    for name in ("ids", "faults"):
        try:
            _read_random(value[name])
        except ValueError:
            yield _breach((*loc, name), "this is no state of a random generator")
    try:
        is_key = len(bytes.fromhex(value["sending"])) == SENDING_KEY_SIZE
    except ValueError:
        is_key = False
    if not is_key:
        yield _breach((*loc, "sending"), f"this is no text of {SENDING_KEY_SIZE} bytes in hexadecimal")


def _breach(loc: Loc, message: str) -> Violation:
    return {"loc": list(loc), "msg": message, "type": "value_error"}
