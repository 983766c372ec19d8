"""The answer to a request, and what a rule may require of it."""

from typing import Any

import requests

from mockserver.openapi.spec import JSON_TYPE, DocumentedError, Operation, Spec

from ..verdict.judge import Judge, are_equal, has_fields, shorten
from ..verdict.wording import ExpectedViolation, Place, expect_violation, find_schema


class Reply:
    """The answer to one request of an operation.

    `succeeds`, `fails` and `violates` each require one kind of answer. A difference breaks the rule when
    the contract documents the answer, and is a warning otherwise.
    """

    def __init__(self, response: requests.Response, operation: Operation, spec: Spec, judge: Judge) -> None:
        self.response = response
        self.operation = operation
        self.status = response.status_code
        self._judge = judge
        self._spec = spec

    @property
    def json(self) -> Any:
        """The body; raises DifferenceError when it is no JSON."""
        try:
            return self.response.json()
        except (ValueError, RecursionError):
            self._judge.fail(f"{self.operation.operation_id}: the answer is no JSON")

    def __getitem__(self, name: str) -> Any:
        body = self.json
        if not isinstance(body, dict) or name not in body:
            self._judge.fail(f"{self.operation.operation_id}: the answer has no {name}")
        return body[name]

    @property
    def is_success(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300

    def succeeds(self) -> Any:
        """Require a documented success and return its body: text, or JSON; an object is a `Body`."""
        documented = {status for status in self.operation.statuses if status < 300}
        if self._judge.strict:
            documented = {self.operation.status}
        if self.status not in documented:
            expected = " or ".join(map(str, sorted(documented)))
            self._judge.fail(
                f"{self._describe()}, expected {expected}",
                documented=not self.operation.undocumented or self.status >= 500,
            )
        if self.operation.answer_type != JSON_TYPE:
            return self.response.text
        body = self.json
        return Body(body, self) if isinstance(body, dict) else body

    def fails(self, name: str, **facts: Any) -> None:
        """Require the error of this name in openapi.yaml, or a documented alternative of it.

        A success is always a difference. A different status or text is one if the example in openapi.yaml
        is documented. If `facts` lack a value of the template, only the status is compared.
        """
        error = self.operation.errors.get(name) or self._spec.find_error(name)
        self._refuse_success(f"expected {error.status} {name}")
        documented = not (error.undocumented or self.operation.undocumented)
        if self.status != error.status:
            self._judge.warn(f"{self._describe()}, expected {error.status} {name}", documented=documented)
        alternatives = [e for e in self.operation.errors.values() if e.alternative_of == name]
        expected = [_render(e, facts) for e in (error, *alternatives)]
        if None in expected or any(self._matches(value) for value in expected):
            return
        self._judge.warn(f"{self._describe()}, expected {shorten(expected[0])}", documented=documented)

    def violates(self, *violations: ExpectedViolation) -> None:
        """Require a 422 with these items; see `Reply.violation`."""
        self._refuse_success("expected 422")
        documented = not self.operation.undocumented
        if self.status != 422:
            self._judge.warn(f"{self._describe()}, expected 422", documented=documented)
        items = self._items()
        for violation in violations:
            loc = violation.item["loc"]
            found = [item for item in items if are_equal(item.get("loc"), loc)]
            if not found:
                self._judge.warn(f"{self._describe()}: no violation names {loc}", documented=documented)
            elif not any(has_fields(item, violation.item) for item in found):
                self._judge.warn(
                    f"the violation of {loc} is {shorten(found[0])}, expected {shorten(violation.item)}",
                    documented=documented and violation.documented,
                )
        if self._judge.strict and len(items) != len(violations):
            self._judge.fail(f"{len(items)} violations are reported, expected {len(violations)}")

    def violation(self, place: str | Place, keyword: str, value: Any = None) -> ExpectedViolation:
        """Return the expected violation, for example `reply.violation("name", "minLength", "short")`."""
        where: Place = ("body", place) if isinstance(place, str) else place
        if keyword == "required":
            item = {"loc": list(where), **self._spec.violations["required"]}
            return ExpectedViolation(item, documented=True)
        schema = find_schema(self.operation, where)
        return expect_violation(self._spec, schema, keyword, value, where)

    def _items(self) -> list[dict[str, Any]]:
        body = self.json
        detail = body.get("detail") if isinstance(body, dict) else None
        if not isinstance(detail, list):
            self._judge.fail(f"{self._describe()}: detail is no list")
        return [item for item in detail if isinstance(item, dict)]

    def _refuse_success(self, expectation: str) -> None:
        if self.status < 400:
            self._judge.fail(f"{self._describe()}, {expectation}")
        if self.status >= 500:
            self._judge.fail(f"{self._describe()}, {expectation}", documented=True)

    def _matches(self, expected: Any) -> bool:
        body = self.json
        if self._judge.strict or not isinstance(body, dict):
            return are_equal(body, expected)
        return has_fields(body, expected)

    def _describe(self) -> str:
        return f"{self.operation.operation_id} answered {self.status} {shorten(self.response.text)}"


class Body(dict[str, Any]):
    """The object in a success; reading a missing field raises DifferenceError."""

    def __init__(self, value: dict[str, Any], reply: Reply) -> None:
        super().__init__(value)
        self._reply = reply

    def __missing__(self, name: str) -> Any:
        return self._reply[name]


def _render(error: DocumentedError, facts: dict[str, Any]) -> Any:
    try:
        return error.render(facts)
    except KeyError:
        return None


def list_violations(reply: Reply) -> list[dict[str, Any]]:
    """Return the items of a 422; none when it is another answer, or has another form."""
    if reply.status != 422:
        return []
    try:
        detail = reply.response.json()["detail"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [item for item in detail if isinstance(item, dict)] if isinstance(detail, list) else []


def names_place(reply: Reply, place: Place) -> bool:
    """Return whether a 422 names a place or something in it; a 422 of another form might."""
    items = list_violations(reply)
    return not items or any(tuple(item.get("loc") or ())[: len(place)] == place for item in items)
