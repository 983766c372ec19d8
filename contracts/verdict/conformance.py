"""Conformance: what every answer must keep, to any request."""

import json
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jsonschema
import jsonschema_rs
import requests

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.formats import CHECKERS
from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import JSON_TYPE, Operation, Spec

from .outcomes import Exchange
from .wording import is_schema_path_documented

ASPECTS = {
    "status": "Every answer has a documented status",
    "media_type": "Every answer is JSON with the media type of JSON",
    "body": "Every answer has the documented body for its status",
    "fields": "No answer has an undocumented field",
    "headers": "Every answer carries the documented headers",
    "secrets": "No answer repeats a key or a password, or shows code of the server",
}
"""Aspect of an answer → the summary of its rule."""

_SHORTEST_SECRET = 10
_SECRET_NAMES = ("password", "secret", "token", "api_key", "traceback", "stack_trace", "stacktrace")


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference between an answer and the contract."""

    aspect: str
    message: str
    documented: bool
    exchange: Exchange


class Conformance:
    """Inspects every answer of a run."""

    def __init__(self, spec: Spec, keys: Set[str], budget: float) -> None:
        self._spec = spec
        self._budget = budget
        self._keys = keys
        self._responses = _read_responses(spec)
        self._validators: dict[int, jsonschema.Draft202012Validator] = {}
        self._verdicts: dict[int, Callable[[Any], bool]] = {}
        self.seen: dict[str, int] = {}
        """operationId → number of inspected answers."""
        self.findings: dict[tuple[str, str], list[Finding]] = {}
        """(operationId, aspect) → findings."""
        self.slow: list[tuple[Exchange, requests.PreparedRequest]] = []
        """Exchanges that took too long, with their requests."""

    def observe(self, exchange: Exchange, operation: Operation | None, response: requests.Response) -> None:
        """Inspect an exchange of the session."""
        if response.is_redirect or (exchange.method == "HEAD" and response.ok):  # neither has a body
            return
        if exchange.seconds > self._budget:
            self.slow.append((exchange, response.request))
        name = operation.operation_id if operation else ""
        self.seen[name] = self.seen.get(name, 0) + 1
        for finding in self.inspect(exchange, operation, response):
            self.findings.setdefault((name, finding.aspect), []).append(finding)

    def inspect(
        self, exchange: Exchange, operation: Operation | None, response: requests.Response
    ) -> Iterator[Finding]:
        """Yield the differences between an answer and the contract."""

        def finding(aspect: str, message: str, documented: bool = True) -> Finding:
            return Finding(aspect, message, documented, exchange)

        documented = operation is None or not operation.undocumented
        if response.status_code >= 500:
            yield finding("status", f"{response.status_code}: the server failed")
            return
        entry = self._find(operation, response.status_code)
        if entry is None:
            yield finding("status", f"{response.status_code} is not documented", documented)
        documented = documented and not Extensions(entry or {}).undocumented
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
        expected = next(iter(entry["content"])) if entry else JSON_TYPE
        if media_type != expected:
            yield finding("media_type", f"the media type is {media_type or 'missing'}, expected {expected}")
        for message in self._find_header_faults(response):
            yield finding("headers", message)
        if expected != JSON_TYPE:
            for aspect, message in self._find_file_faults(entry or {}, response):
                yield finding(aspect, message, documented)
            return
        try:
            body = response.json()
            repeated = _find_repeated(response.text)
        except (ValueError, RecursionError):
            yield finding("media_type", "the body is not JSON")
            return
        if repeated:
            yield finding("body", f"the member {repeated} is given twice")
        for message in self._find_secrets(operation, exchange, body, response.text):
            yield finding("secrets", message)
        if entry is not None:
            for aspect, message, is_documented in self._find_differences(
                entry["content"][expected]["schema"], body
            ):
                yield finding(aspect, message, documented and is_documented)

    def _find_differences(self, schema: Schema, body: Any) -> Iterator[tuple[str, str, bool]]:
        """Yield aspect, message, and whether a source documents it, of each difference to a schema."""
        for error in () if self._is_valid(schema, body) else self._validator(schema).iter_errors(body):
            message, is_documented = _explain(schema, error, True)
            yield "body", message, is_documented
        for place, value in _find_floats(schema, body, ""):
            yield "body", f"{place} is written {value!r}, not as an integer", False
        for place in find_extra(schema, body, ""):
            yield "fields", f"{place} is not documented", False

    def _find(self, operation: Operation | None, status: int) -> Schema | None:
        if operation and (operation.operation_id, status) in self._responses:
            return self._responses[operation.operation_id, status]
        return self._responses.get(("", status))

    def _is_valid(self, schema: Schema, body: Any) -> bool:
        """Return whether nothing has to be explained: jsonschema-rs knows in a hundredth of the time.

        What it cannot read, such as half a surrogate pair, jsonschema judges alone.
        """
        if id(schema) not in self._verdicts:
            compiled = jsonschema_rs.Draft202012Validator(schema, formats=CHECKERS, validate_formats=True)
            self._verdicts[id(schema)] = compiled.is_valid
        try:
            return self._verdicts[id(schema)](body)
        except ValueError:
            return False

    def _validator(self, schema: Schema) -> jsonschema.Draft202012Validator:
        if id(schema) not in self._validators:
            checker = jsonschema.FormatChecker(formats=())
            for name, check in CHECKERS.items():
                checker.checks(name)(lambda value, check=check: not isinstance(value, str) or check(value))
            self._validators[id(schema)] = jsonschema.Draft202012Validator(schema, format_checker=checker)
        return self._validators[id(schema)]

    def _find_file_faults(self, entry: Schema, response: requests.Response) -> Iterator[tuple[str, str]]:
        for name in entry.get("headers", {}):
            if name not in response.headers:
                yield "headers", f"the header {name} is missing"
        if any(key in response.text for key in self._keys):
            yield "secrets", "the answer repeats an API key"

    def _find_header_faults(self, response: requests.Response) -> Iterator[str]:
        for name in self._spec.rate_limit_headers:
            value = response.headers.get(name)
            if value is None:
                yield f"the header {name} is missing"
            elif not value.isdigit():
                yield f"the header {name} is not a whole number: {value!r}"

    def _find_secrets(
        self, operation: Operation | None, exchange: Exchange, body: Any, text: str
    ) -> Iterator[str]:
        if any(key in text for key in self._keys):
            yield "the answer repeats an API key"
        for name in _names(body):
            if _is_secret(name):
                yield f"the answer has a field {name}"
        for name, value in _find_write_only(operation, exchange):
            if json.dumps(value, ensure_ascii=False)[1:-1] in text:
                yield f"the answer repeats the {name} that was sent"


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return any(secret in name.casefold() for secret in _SECRET_NAMES)


def _find_write_only(operation: Operation | None, exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Yield the sent values that no answer may repeat, without those that another value contains."""
    if operation is None or operation.body is None or exchange.status >= 400:
        return
    properties = non_null(operation.body).get("properties", {})
    names = [name for name, schema in properties.items() if non_null(schema).get("writeOnly")]
    if names and (body := _read(exchange.request_body)):
        reported = [value for name, value in body.items() if name not in names and isinstance(value, str)]
        for name in names:
            value = str(body.get(name, ""))
            if len(value) >= _SHORTEST_SECRET and not any(value in other for other in reported):
                yield name, value


def _read(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _read_responses(spec: Spec) -> dict[tuple[str, int], Schema]:
    """Return (operationId, status) → response; the operationId is empty for any request."""
    found = {
        (operation.operation_id, status): response
        for operation in spec.operations.values()
        for status, response in operation.responses.items()
    }
    return {**{("", status): response for status, response in spec.server_responses.items()}, **found}


def _explain(schema: Schema, error: jsonschema.ValidationError, documented: bool) -> tuple[str, bool]:
    place = ".".join(str(part) for part in error.absolute_path) or "the body"
    path = list(error.absolute_schema_path)[:-1]
    documented = documented and is_schema_path_documented(schema, path)
    if error.validator == "required" and isinstance(error.instance, dict) and isinstance(error.schema, dict):
        missing = [name for name in error.schema["required"] if name not in error.instance]
        properties = error.schema.get("properties", {})
        if all(Extensions(properties.get(name, {})).undocumented for name in missing):
            documented = False
    return f"{place}: {error.message[:300]}", documented


def find_extra(schema: Schema, value: Any, place: str) -> Iterator[str]:
    """Yield the places of the members of a value that its schema does not name."""
    schema = non_null(schema)
    if isinstance(value, dict) and "properties" in schema and "additionalProperties" not in schema:
        for name, item in value.items():
            where = f"{place}.{name}".lstrip(".")
            if name in schema["properties"]:
                yield from find_extra(schema["properties"][name], item, where)
            else:
                yield where
    elif isinstance(value, list):
        for item in value:
            yield from find_extra(schema.get("items", {}), item, f"{place}[]")


def _find_repeated(text: str) -> str | None:
    """Return a name that an object of a JSON text has twice, or None."""
    repeated: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.append(next(name for name in names if names.count(name) > 1))
        return made

    json.loads(text, object_pairs_hook=note)
    return repeated[0] if repeated else None


def _find_floats(schema: Schema, value: Any, place: str) -> Iterator[tuple[str, float]]:
    """Yield the integers that are written with a fraction, such as `30.0`, which many clients refuse."""
    schema = non_null(schema)
    if isinstance(value, float) and schema.get("type") == "integer":
        yield place or "the body", value
    elif isinstance(value, dict):
        for name in schema.get("properties", {}).keys() & value.keys():
            yield from _find_floats(schema["properties"][name], value[name], f"{place}.{name}".lstrip("."))
    elif isinstance(value, list):
        for item in value:
            yield from _find_floats(schema.get("items", {}), item, f"{place}[]")


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
