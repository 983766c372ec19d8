"""What must hold after each request, of any kind."""

import json
from typing import Any

from contracts.verdict.conformance import Conformance
from contracts.verdict.outcomes import Exchange
from mockserver.openapi.spec import Spec

from ..kit.api import SPEC
from ..kit.control import CONTROL
from .exchanges import Answer, Request
from .view import View

_WITH_SECRETS = {
    "listJournal": "it shows requests, whose fields may be called `smtp_password`",
    "listWorkspaces": "each workspace comes with a key that leads to it; the control API has its own guard",
}
"""The operations whose answers hold secrets by their documentation, and why."""


class InvariantError(Exception):
    """Something does not hold; `invariant` names it, the message says what happened."""

    def __init__(self, invariant: str, message: str) -> None:
        super().__init__(f"{invariant}: {message}")
        self.invariant = invariant


class Answers:
    """Judges answers by openapi.yaml."""

    def __init__(self, keys: frozenset[str]) -> None:
        self._judges: dict[bool, Conformance] = {
            False: self._make(SPEC, keys),
            True: self._make(CONTROL, keys),
        }

    @staticmethod
    def _make(spec: Spec, keys: frozenset[str]) -> Conformance:
        return Conformance(spec, keys, budget=60)

    def check(self, request: Request, answer: Answer) -> None:
        """Raise InvariantError for an answer that openapi.yaml does not allow."""
        if answer.status == 0:
            raise InvariantError("answered", f"{request.name} got no whole answer")
        if answer.status >= 500:
            raise InvariantError("no 5xx", f"{request.name} got {answer.status} {answer.body[:300]!r}")
        is_wish = "Prefer" in request.headers  # for what openapi.yaml does not say
        if (
            is_wish
            or request.method in ("HEAD", "OPTIONS")
            or (request.operation is None and answer.status < 400)
        ):
            return
        exchange = Exchange(
            request.name, request.method, request.target, dict(request.headers),
            (request.body or b"").decode("utf-8", "replace"), answer.status, dict(answer.headers), "", 0.0,
        )  # fmt: skip
        judge = self._judges[request.is_control]
        for finding in judge.inspect(exchange, request.operation, answer.as_response()):
            if finding.aspect == "secrets" and request.name in _WITH_SECRETS:
                continue
            raise InvariantError(
                f"valid answers ({finding.aspect})", f"{request.name} {answer.status}: {finding.message}"
            )


def check_trace(request: Request, answer: Answer, before: bytes, after: bytes) -> None:
    """Raise InvariantError when a request changed something though it was refused, or only asked."""
    if before != after and (answer.status >= 400 or request.reads):
        why = "refused" if answer.status >= 400 else "reading"
        raise InvariantError(
            "no trace", f"{why} {request.name} ({answer.status}) changed {describe(before, after)}"
        )


def check_import(request: Request, answer: Answer, view: View, after: bytes) -> None:
    """Raise InvariantError when a workspace is not as its own export says, or not empty after a reset."""
    if request.name == "importState" and answer.status == 200 and request.body == view.state:
        if json.loads(after) == json.loads(view.state):  # in any order
            return
        raise InvariantError(
            "round trip", f"an imported export comes back otherwise: {describe(view.state, after)}"
        )


def describe(before: bytes, after: bytes) -> str:
    """Say what is different in two exports."""
    old, new = json.loads(before), json.loads(after)
    parts: list[str] = []
    for name in dict.fromkeys([*old, *new]):
        one, other = old.get(name), new.get(name)
        if one == other:
            continue
        if not (isinstance(one, list) and isinstance(other, list)):
            parts.append(f"{name}: {one!r} -> {other!r}")
            continue
        gone = [row for row in one if row not in other]
        come = [row for row in other if row not in one]
        parts.append(
            f"{name}: {_shorten(gone)} -> {_shorten(come)}" if gone or come else f"{name}: another order"
        )
    return "; ".join(parts)[:2000] or "the bytes alone"


def _shorten(rows: list[Any]) -> str:
    return json.dumps(rows, ensure_ascii=True)[:500]
