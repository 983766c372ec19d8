"""Failures and delays asked for by a test: which calls they hit, and what happens then."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from werkzeug.http import HTTP_STATUS_CODES

from ..errors import ApiError
from ..openapi.spec import Operation, Spec
from ..spelling import find_nearest, suggest

_PREFERENCE = re.compile(r'\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s",;]*))\s*')
_NAMES = {
    "example": "example=rate_limited",
    "status": "status=503",
    "wait": "wait=2",
    "answer": "answer=lost",
}
"""What a `Prefer` header may name → one that makes sense."""
_SYNONYMS = {"code": "status"}
"""Names that other mock servers have for these."""
_REGISTERED = {"depth-noroot", "handling", "respond-async", "return", "safe"}
"""Names that IANA has registered and that mean nothing here. A client may send them to any server."""
MAX_WAIT = 60.0
"""Longest delay, in seconds: a client that waits keeps a connection busy."""


class PreferenceError(Exception):
    """A `Prefer` header asks for an impossible fault; the message names what is wrong."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a call."""

    example: str = ""
    """Answer this example of openapi.yaml."""
    status: int = 0
    """Answer this status, with the first example that is documented for it."""
    wait: float = 0.0
    """Wait first, in seconds."""
    answer: str = ""
    """`dropped`: nothing is done, nothing answered; `lost`: all is done, nothing answered;
    `truncated`: all is done, half of the answer arrives."""

    @property
    def answers(self) -> bool:
        """Whether the call goes no further."""
        return bool(self.example or self.status or self.answer == "dropped")

    def describe(self) -> str:
        """Return the fault in a few words."""
        words = {"example": self.example, "status": self.status, "wait": self.wait, "answer": self.answer}
        return ", ".join(f"{name}={value}" for name, value in words.items() if value)


@dataclass(slots=True)
class FaultRule:
    """Which calls a fault hits; what is left empty matches all of them."""

    fault_id: str
    fault: Fault
    operation: str = ""
    method: str = ""
    path: str = ""
    """As in a shell: `*/campaigns/*`."""
    every: int = 1
    """Every so many-th of the calls that match."""
    first: int = 0
    """Only the first so many of them; 0 is no end."""
    chance: float = 1.0
    """How likely it is, decided by draws from the workspace's random seed."""
    seen: int = field(default=0)
    """How many calls matched so far."""
    hits: int = field(default=0)
    """How many of them the fault hit."""

    def matches(self, operation: str, method: str, path: str) -> bool:
        """Return whether this is one of the calls; `draws_hit` decides whether the fault hits it."""
        return (
            self.operation in ("", operation)
            and self.method in ("", method)
            and (not self.path or fnmatchcase(path, self.path))
        )

    def show(self) -> dict[str, Any]:
        """Return the rule as the control API shows it."""
        own = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "fault"}
        fault = {item.name: getattr(self.fault, item.name) for item in fields(self.fault)}
        return {**own, **fault, "status": self.fault.status or None}

    def draws_hit(self, random: Random) -> bool:
        """Count one matching call, and return whether the fault hits it."""
        self.seen += 1
        if self.seen % self.every or (self.first and self.seen > self.first):
            return False
        return self.chance >= 1.0 or random.random() < self.chance


def make_rule(spec: Spec, fault_id: str, wanted: Mapping[str, Any]) -> FaultRule:
    """Return a rule; `wanted` holds the fields of the rule and of its fault by name.

    Raises ApiError `operation_unknown`, `example_unknown` or `fault_empty`.
    """
    own = {item.name: wanted[item.name] for item in fields(FaultRule) if item.name in wanted}
    what: dict[str, Any] = {
        item.name: wanted[item.name] or item.default for item in fields(Fault) if item.name in wanted
    }
    rule = FaultRule(fault_id, Fault(**what), **own)
    operation = spec.operations.get(rule.operation)
    if rule.operation and operation is None:
        nearest = find_nearest(rule.operation, spec.operations)
        raise ApiError("operation_unknown", operation=rule.operation, nearest=nearest)
    if rule.fault.example:
        operations = [operation] if operation else spec.operations.values()
        if not any(rule.fault.example in known.answer_examples for known in operations):
            find_answer(spec, operation, rule.fault)
    if rule.fault == Fault():
        raise ApiError("fault_empty")
    return rule


def choose_fault(
    rules: list[FaultRule], operation: str, method: str, path: str, random: Random
) -> Fault | None:
    """Return the fault of the first rule that hits this call; every rule that matches counts it."""
    matching = [rule for rule in rules if rule.matches(operation, method, path)]
    hit_by = [rule for rule in matching if rule.draws_hit(random)]
    if not hit_by:
        return None
    hit_by[0].hits += 1
    return hit_by[0].fault


def find_answer(spec: Spec, operation: Operation | None, fault: Fault) -> tuple[int, Any]:
    """Return the status and the body that a fault answers a call of an operation with.

    Raises ApiError `example_unknown` when openapi.yaml has no such example, neither there nor elsewhere.
    """
    errors = {**spec.server_errors, **(operation.errors if operation else {})}
    if fault.example:
        if operation and fault.example in operation.answer_examples:
            status, body = operation.status, operation.answer_examples[fault.example]
        else:
            try:
                error = errors.get(fault.example) or spec.find_error(fault.example)
            except KeyError:
                nearest = find_nearest(fault.example, _list_examples(spec, operation))
                raise ApiError("example_unknown", example=fault.example, nearest=nearest) from None
            status, body = error.status, error.value
        return fault.status or status, body
    documented = [error.value for error in errors.values() if error.status == fault.status]
    if documented:
        return fault.status, documented[0]
    return fault.status, {"detail": HTTP_STATUS_CODES.get(fault.status, "Unknown Error")}


def _list_examples(spec: Spec, operation: Operation | None) -> list[str]:
    """Return the names of what a call can be answered with; without an operation, any call."""
    operations = [operation] if operation else spec.operations.values()
    names = (name for each in operations for name in (*each.errors, *each.answer_examples))
    return [*spec.server_errors, *names]


def read_preferences(header: str) -> Fault | None:
    """Return the fault that a `Prefer` header asks for: `example=rate_limited, wait=2`.

    Preferences that are registered, for example by RFC 7240, are ignored, with their parameters. Raises
    PreferenceError for a value that makes no sense, and for a name that nobody has registered.
    """
    if not header:
        return None
    wanted: dict[str, str] = {}
    for preference in header.split(","):
        if _is_registered(preference):
            continue
        for part in filter(str.strip, preference.split(";")):
            match = _PREFERENCE.fullmatch(part)
            name = (match[1] if match else part.strip()).lower()
            name = _SYNONYMS.get(name, name)
            if name not in _NAMES:
                raise PreferenceError(f"{name} is no preference; {suggest(name, (*_NAMES, *_SYNONYMS))}")
            wanted[name] = (match[2] or match[3] or "") if match else ""
            if not wanted[name].strip():
                raise PreferenceError(f"{name} needs a value, for example {_NAMES[name]}")
    return _make_fault(wanted) if wanted else None


def _is_registered(preference: str) -> bool:
    """Return whether a preference is somebody else's: one of the registry, or of a namespace (`odata.…`)."""
    name = re.split("[=;]", preference)[0].strip().lower()
    return name in _REGISTERED or "." in name


def check_fault(wanted: Mapping[str, Any]) -> None:
    """Raise PreferenceError unless the `status`, `wait` and `answer` of a fault make sense."""
    status, wait, answer = (str(wanted.get(name) or "") for name in ("status", "wait", "answer"))
    if status and not re.fullmatch("[2-5][0-9][0-9]", status):
        raise PreferenceError(f"status={status} is no HTTP status from 200 to 599")
    if wait and (not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", wait) or float(wait) > MAX_WAIT):
        raise PreferenceError(f"wait={wait} is no number of seconds up to {MAX_WAIT:.0f}")
    if answer not in ("", "dropped", "lost", "truncated"):
        raise PreferenceError(f"answer={answer} is none of dropped, lost, truncated")


def _make_fault(wanted: Mapping[str, str]) -> Fault:
    check_fault(wanted)
    status, wait = int(wanted.get("status") or 0), float(wanted.get("wait") or 0)
    return Fault(wanted.get("example", ""), status, wait, wanted.get("answer", ""))
