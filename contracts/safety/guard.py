"""Which requests may leave. The session asks for every request, also for redirects."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from mockserver.errors import ApiError
from mockserver.openapi.extensions import Extensions
from mockserver.openapi.formats import is_email, is_uuid
from mockserver.openapi.forms import read_form
from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import FORM_TYPE, Operation, Spec
from mockserver.openapi.validation import Validator

from ..options import Options, Target
from .documented import find_label
from .ledger import Ledger
from .routing import Router

_SAFE = ("GET", "HEAD", "OPTIONS")
_TRUE_TEXTS = ("1", "on", "t", "true", "y", "yes")


class GuardError(Exception):
    """The request must not be sent; the message says why."""


class Guard:
    """Refuses what could harm a real account.

    A run changes and deletes only what it made. What it makes carries its marker, and all addresses are
    its own. It launches campaigns and sends mail only with permission, calls only documented operations,
    and sends no key to another host.
    """

    def __init__(self, spec: Spec, target: Target, options: Options, ledger: Ledger) -> None:
        self._target = target
        self._options = options
        self._ledger = ledger
        self._router = Router(spec, target.base_url)
        self._key_header = spec.key_header
        self._bodies = {
            name: Validator(operation.body, spec.violations)
            for name, operation in spec.operations.items()
            if operation.body and operation.method == "POST"
        }

    def check(
        self, method: str, url: str, key: str, body: bytes, content_type: str = ""
    ) -> tuple[Operation | None, dict[str, str]]:
        """Return the operation of a request and its path values; raise GuardError for a harmful request."""
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self._target.origin:
            raise GuardError(f"{url} is not on the server that is checked")
        known = {*self._target.keys, *(self._target.stage.keys if self._target.stage else ())}
        if key and key not in known and not self._options.wrong_key_probes:
            raise GuardError("this run sends no wrong keys")
        operation, path = self._router.match(method, url)
        if operation is None:
            if method not in _SAFE and not self._target.is_mock:
                raise GuardError(f"{method} {parts.path} is no documented operation")
            return None, {}
        on_stage = self._target.stage is not None and key in self._target.stage.keys
        if method not in _SAFE and not on_stage:  # nobody else has anything there
            value = read_body(body, content_type, operation)
            self._check_ids(operation, path, value)
            self._check_addresses(operation, value)
            self._check_marker(operation, path, value)
            self._check_mailing(operation, value)
        return operation, path

    def _check_ids(self, operation: Operation, path: dict[str, str], value: Any) -> None:
        foreign = self._ledger.find_foreign(path) or self._ledger.find_foreign(value)
        if foreign:
            raise GuardError(f"{operation.operation_id}: {foreign} was not made by this run")
        sweeping = operation.method == "DELETE" and not path and not self._target.is_mock
        if sweeping and not (isinstance(value, list) and value and all(map(_is_id, value))):
            raise GuardError(f"{operation.operation_id} does not name the resources of the run to delete")

    def _check_addresses(self, operation: Operation, value: Any) -> None:
        """Refuse addresses that the run did not make: the server could change or mail their contacts."""
        for address in _list_addresses(operation.body or {}, value):
            if is_email(address) and not self._ledger.carries_marker(address):
                raise GuardError(f"{operation.operation_id}: {address} is not an address of the run")

    def _check_marker(self, operation: Operation, path: dict[str, str], value: Any) -> None:
        if path or operation.operation_id not in self._bodies or _names_something(value):
            return  # a child of a resource of the run is deleted with it
        marked = is_marked(self._ledger, operation, value)
        if self._bodies[operation.operation_id].is_valid(value) and not marked:
            raise GuardError(f"{operation.operation_id}: the body carries no marker where the name stands")

    def _check_mailing(self, operation: Operation, value: Any) -> None:
        if self._target.is_mock:
            return
        if operation.sends and not self._options.allow_send:
            raise GuardError(f"{operation.operation_id} sends mail, which needs permission")
        if not self._options.allow_launch and (operation.launches or launches(operation.body, value)):
            raise GuardError(f"{operation.operation_id} could launch a campaign, which needs permission")


def is_marked(ledger: Ledger, operation: Operation, value: Any) -> bool:
    """Return whether what a body makes carries the run's marker.

    The field that names the resource carries it; a body without such a field has it in each item of a
    list, or in the addresses of a file.
    """
    return _is_named(ledger, operation.body or {}, value) or any(
        map(ledger.carries_marker, _list_addresses(operation.body or {}, value, files_only=True))
    )


def _is_named(ledger: Ledger, schema: Schema, value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    label = find_label(schema)
    if label:
        return isinstance(value.get(label), str) and ledger.carries_marker(value[label])
    fields = non_null(schema).get("properties", {})
    lists = [(fields[name].get("items", {}), value[name]) for name in fields.keys() & value.keys()]
    return any(
        isinstance(items, list) and items and all(_is_named(ledger, inner, item) for item in items)
        for inner, items in lists
    )


def launches(schema: Schema | None, body: Any) -> bool:
    """Return whether a body could launch a campaign, even on a server that coerces types."""
    if schema is None or not isinstance(body, dict):
        return False
    for name, subschema in non_null(schema).get("properties", {}).items():
        values = Extensions(non_null(subschema)).launch_values
        if name in body and any(_could_be(body[name], value) for value in values):
            return True
    return False


def _could_be(sent: Any, launching: Any) -> bool:
    if isinstance(sent, (list, dict)) or sent is None:
        return False
    if launching is True:
        text = str(sent).strip().casefold()
        return text in _TRUE_TEXTS or (isinstance(sent, (int, float)) and bool(sent))
    try:
        return bool(int(float(sent)) == launching)
    except (ValueError, OverflowError):
        return False


def _names_something(value: Any) -> bool:
    """Return whether a body names an existing resource, which is then one of the run."""
    if not isinstance(value, dict):
        return False
    return any(
        _is_id(item) for each in value.values() for item in (each if isinstance(each, list) else [each])
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and is_uuid(value)


def _list_addresses(schema: Schema, value: Any, *, files_only: bool = False) -> Iterator[str]:
    """Yield the addresses in a body, including those in the cells of a file."""
    schema = non_null(schema)
    if isinstance(value, str) and schema.get("format") == "email" and not files_only:
        yield value
    elif isinstance(value, str) and schema.get("format") == "binary":
        yield from (cell.strip() for cell in re.split(r"[,;\t\r\n\"]", value) if "@" in cell)
    elif isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            yield from _list_addresses(inner, value.get(name), files_only=files_only)
    elif isinstance(value, list):
        for item in value:
            yield from _list_addresses(schema.get("items", {}), item, files_only=files_only)


def read_body(body: bytes, content_type: str, operation: Operation) -> Any:
    """Return the value of a body, files as text; None for a body that cannot be read."""
    if operation.body_type == FORM_TYPE:
        try:
            form = read_form(body, content_type, operation)
        except ApiError:
            return None
        files = {name: upload.data.decode("utf-8", "replace") for name, upload in form.uploads.items()}
        return {**form.values, **files}
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None
