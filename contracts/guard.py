"""What may be sent at all. The session asks for every request, redirects included."""

import json
from typing import Any
from urllib.parse import urlsplit

from mockserver.spec import Operation, Schema, Spec, core
from mockserver.validation import Validator

from .ledger import Ledger, is_marked
from .routing import Router
from .target import Options, Target

_SAFE = ("GET", "HEAD", "OPTIONS")
_TRUE_TEXTS = ("1", "on", "t", "true", "y", "yes")


class GuardError(Exception):
    """A request that must not be sent; says why."""


class Guard:
    """Refuses what could harm a real account.

    Only what the run made is changed or deleted, everything made carries the run's marker, nothing is
    launched or sent without leave, nothing undocumented is asked, and no key leaves for another host.
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

    def check(self, method: str, url: str, key: str, body: bytes) -> tuple[Operation | None, dict[str, str]]:
        """Return the operation of a request and its path values; raises GuardError."""
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self._target.origin:
            raise GuardError(f"{url} is not on the server that is checked")
        if key and key not in self._target.keys and not self._options.wrong_key_probes:
            raise GuardError("wrong keys are not to be sent")
        operation, path = self._router.match(method, url)
        if operation is None:
            if method not in _SAFE and not self._target.is_mock:
                raise GuardError(f"{method} {parts.path} is no documented operation")
            return None, {}
        if method not in _SAFE:
            self._check_ids(operation, path, body)
            self._check_marker(operation, path, body)
            self._check_mailing(operation, body)
        return operation, path

    def _check_ids(self, operation: Operation, path: dict[str, str], body: bytes) -> None:
        foreign = self._ledger.find_foreign(path) or self._ledger.find_foreign(_read(body))
        if foreign:
            raise GuardError(f"{operation.operation_id}: {foreign} was not made by this run")

    def _check_marker(self, operation: Operation, path: dict[str, str], body: bytes) -> None:
        if path or operation.operation_id not in self._bodies:
            return  # what stands under something of the run goes with it
        value = _read(body)
        if self._bodies[operation.operation_id].is_valid(value) and not is_marked_anywhere(value):
            raise GuardError(f"{operation.operation_id}: nothing in the body carries the run's marker")

    def _check_mailing(self, operation: Operation, body: bytes) -> None:
        if self._target.is_mock:
            return
        if operation.sends and not self._options.allow_send:
            raise GuardError(f"{operation.operation_id} sends mail, which needs leave")
        if not self._options.allow_launch and (operation.launches or launches(operation.body, _read(body))):
            raise GuardError(f"{operation.operation_id} could launch a campaign, which needs leave")


def is_marked_anywhere(value: Any) -> bool:
    """Tell whether one of the top values of a body carries a marker."""
    return isinstance(value, dict) and any(isinstance(v, str) and is_marked(v) for v in value.values())


def launches(schema: Schema | None, body: Any) -> bool:
    """Tell whether a body could launch a campaign, also on a server that coerces types."""
    if schema is None or not isinstance(body, dict):
        return False
    for name, subschema in core(schema).get("properties", {}).items():
        values = core(subschema).get("x-launches", ())
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


def _read(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None
