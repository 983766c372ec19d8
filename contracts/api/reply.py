"""An answer, and what can be demanded of it."""

from typing import Any

import requests

from mockserver.openapi.spec import JSON_TYPE, DocumentedError, Operation, Spec

from ..verdict.judge import Judge, are_equal, has_fields, shorten
from ..verdict.wording import ExpectedViolation, Place, expect_violation, find_schema


class Reply:
    """The answer to one request of an operation.

    `succeeds`, `fails` and `violates` each require one kind of answer; what they find different ends
    the rule or warns, as the contract documents it or not.
    """

    def __init__(self, response: requests.Response, operation: Operation, spec: Spec, judge: Judge) -> None:
        self.response = response
        self.operation = operation
        self.status = response.status_code
        self._judge = judge
        self._spec = spec

    @property
    def json(self) -> Any:
        """The body; a DifferenceError when it is no JSON."""
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
        """Require a documented success; returns the body: a text, or an object that requires its fields."""
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
        """Require the refusal that openapi.yaml calls so, or a documented alternative of it.

        That there is a refusal is what the rule says; its status and text count as the example is
        documented. Without all facts of the template only the status is compared.
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
                self._judge.warn(f"{self._describe()}: nothing is said of {loc}", documented=documented)
            elif not any(has_fields(item, violation.item) for item in found):
                self._judge.warn(
                    f"of {loc} is said {shorten(found[0])}, expected {shorten(violation.item)}",
                    documented=documented and violation.documented,
                )
        if self._judge.strict and len(items) != len(violations):
            self._judge.fail(f"{len(items)} breaches are told, expected {len(violations)}")

    def violation(self, place: str | Place, keyword: str, value: Any = None) -> ExpectedViolation:
        """Return what a breach is told as: `reply.violation("name", "minLength", "short")`."""
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
    """The object of a success; a field that is missing is a DifferenceError."""

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
