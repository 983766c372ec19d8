"""An operation ready to be called, and the exchange in which it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..errors import ApiError, RequestInvalidError, Violation
from ..openapi.forms import FORM_OVERHEAD, read_form
from ..openapi.parsing import read_body, read_query
from ..openapi.responses import AnswerShaper
from ..openapi.schemas import Schema
from ..openapi.spec import FORM_TYPE, Operation, Spec
from ..openapi.validation import Validator
from ..openapi.wordings import check_wordings
from ..resources import Handler
from ..resources.call import Call
from ..state.fault_rules import Fault
from ..state.workspace import Workspace
from .messages import Request
from .rate_limits import Allowance
from .router import Resource


class Endpoint:
    """One operation, ready to be called: its validators, its handler, the shape of its answer."""

    def __init__(
        self, spec: Spec, operation: Operation, handler: Handler, *, keeps_answers: bool = True
    ) -> None:
        self.operation = operation
        self.handler = handler
        self.keeps_answers = keeps_answers and operation.method == "GET"
        """Whether its answers follow from the call, the records and the clock of the workspace alone."""
        self.works_suspended = any(name.startswith("handover_") for name in operation.errors)
        """Whether it is also done in a suspended workspace, since the hand-over is what it is about."""
        self._wordings = spec.violations
        self.path_validator = Validator(_object_schema(operation, "path"), spec.violations)
        self.query_validator = Validator(_object_schema(operation, "query"), spec.violations)
        self.body_validator = Validator(operation.body, spec.violations) if operation.body else None
        self.shaper = AnswerShaper(operation.answer, spec.violations)
        self.long_properties = tuple(name.encode() for name in operation.long_properties)
        """The properties of the body with which a call may take long."""
        self._query_parameters = operation.parameters_in("query")
        self._max_file = operation.max_file
        check_wordings(self.path_validator.schema, spec.violations, f"{operation.operation_id}: path")
        check_wordings(self.query_validator.schema, spec.violations, f"{operation.operation_id}: query")
        if operation.body:
            check_wordings(operation.body, spec.violations, f"{operation.operation_id}: body")

    def limit_body(self, most: int) -> int:
        """Return the largest body in bytes: what its files need, or `most`, the limit of the server."""
        max_file = self._max_file
        if max_file is None:
            return most
        if self.operation.body_type == FORM_TYPE:
            return max_file + FORM_OVERHEAD
        # In JSON a file is base64: four characters for three bytes.
        return max(most, max_file * 4 // 3 + FORM_OVERHEAD)

    def read_call(self, exchange: "Exchange", workspace: Workspace) -> Call:
        """Parse and validate path, query and body.

        Raises RequestInvalidError with all violations together, BodyTooLargeError, and ApiError
        `file_too_large`.
        """
        path = exchange.path_values
        query: dict[str, Any] = {}
        body: Any = None
        violations: list[Violation] = []
        if not self.path_validator.is_valid(path):
            violations += self.path_validator.find_violations(path, ("path",))
        if self._query_parameters:
            query, aliases = read_query(exchange.request.query, self._query_parameters)
            if not self.query_validator.is_valid(query):
                for violation in self.query_validator.find_violations(query, ("query",)):
                    location, name = violation["loc"]
                    violations.append({**violation, "loc": [location, aliases.get(name, name)]})
            query = self.query_validator.with_defaults(query) if not violations else query
        if self.body_validator:
            try:
                body = self._read_body(exchange, self.body_validator)
            except RequestInvalidError as error:
                error.violations[:0] = violations
                raise
        if violations:
            raise RequestInvalidError(violations)
        return Call(
            operation=self.operation,
            workspace=workspace,
            path=self.path_validator.with_defaults(path),
            query=query,
            body=body,
        )

    def _read_body(self, exchange: "Exchange", validator: Validator) -> Any:
        data, request = exchange.read_body(), exchange.request
        if self.operation.body_type == FORM_TYPE:
            form = read_form(data, request.headers.get("content-type", ""), self.operation)
            if not validator.is_valid(form.values):
                raise RequestInvalidError(validator.find_violations(form.values, ("body",)))
            return {**validator.with_defaults(form.values), **form.uploads}
        body = read_body(data, request.media_type, self._wordings)
        if body is None:
            raise RequestInvalidError([{"loc": ["body"], **self._wordings["required"]}])
        if not validator.is_valid(body):
            raise RequestInvalidError(validator.find_violations(body, ("body",)))
        return validator.with_defaults(body)


@dataclass(slots=True)
class Exchange:
    """What is known of a request so far; filled in on its way through the pipeline."""

    request: Request
    at: float
    """When it began, in Unix seconds."""
    body_limit: int
    """The largest body that is read, in bytes."""
    started: float = 0.0
    """When it began, in seconds of the counter that measures durations."""
    error: ApiError | None = None
    """Why it goes no further than its head."""
    resource: Resource[Endpoint] | None = None
    """What the path leads to."""
    path_values: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None
    """The name of the workspace that its key leads to; None when it leads nowhere."""
    endpoint: Endpoint | None = None
    """What the path and the method lead to."""
    workspace: Workspace | None = None
    allowance: Allowance | None = None
    body: bytes | None = None
    """None as long as it was not read."""
    fault: Fault | None = None
    place: int = 0
    """Where it stands in the past of its workspace; see `state.past`."""
    opened: int = 0
    """The place at which it was decided whether a fault hits it; 0 when no rule was asked."""
    moment: datetime | None = None
    """The real time that the clock of its workspace goes by; None: the present."""
    is_api: bool = True
    """Whether it is the API's, and so the journal's: not a page, not the control API."""

    @property
    def operation(self) -> Operation | None:
        """The operation that is called."""
        return self.endpoint.operation if self.endpoint else None

    @property
    def wait(self) -> float:
        """How long a fault makes it wait before anything is done, in seconds."""
        return self.fault.wait if self.fault else 0.0

    def read_body(self) -> bytes:
        """Return the body; raises BodyTooLargeError."""
        if self.body is None:
            self.body = self.request.read(self.body_limit)
        return self.body


def _object_schema(operation: Operation, location: str) -> Schema:
    parameters = [p for p in operation.parameters_in(location) if not p.alias_of]
    return {
        "type": "object",
        "required": [parameter.name for parameter in parameters if parameter.required],
        "properties": {parameter.name: parameter.schema for parameter in parameters},
    }
