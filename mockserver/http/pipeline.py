"""The life of one request, from the first check to the last header."""

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Request, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from ..errors import ApiError, RequestInvalidError
from ..openapi.forms import FORM_OVERHEAD, file_too_large, read_form
from ..openapi.parsing import read_body, read_query
from ..openapi.responses import AnswerInvalidError, AnswerShaper
from ..openapi.spec import FORM_TYPE, JSON_TYPE, DocumentedError, Operation, Spec, fill
from ..openapi.validation import Validator, check_wordings, complete
from ..resources import Handler
from ..resources.call import Call
from ..sending import advance_sending
from ..settings import Settings
from ..state.fault_rules import Fault, PreferenceError, choose_fault, find_answer, read_preferences
from ..state.jobs import advance_jobs
from ..state.workspace import Workspace, Workspaces
from .access_log import log_request
from .guard import Guard
from .journal import Journal
from .keys import KeyRing
from .rate_limits import Allowance, RateLimiter

_logger = logging.getLogger(__name__)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Exchange:
    """What is known of a request so far; filled in on its way through the pipeline."""

    request: Request
    operation: Operation | None = None
    workspace: Workspace | None = None
    allowance: Allowance | None = None
    body: bytes = b""
    fault: Fault | None = None
    is_api: bool = True
    """Whether it is the API's, and so the journal's: not a page, not the control API."""


ShowPage = Callable[[Exchange], Response]


class Endpoint:
    """One operation, ready to be called: its validators, its handler, the shape of its answer."""

    def __init__(self, spec: Spec, operation: Operation, handler: Handler) -> None:
        self.operation = operation
        self.handler = handler
        self.path_validator = Validator(_object_schema(operation, "path"), spec.violations)
        self.query_validator = Validator(_object_schema(operation, "query"), spec.violations)
        self.body_validator = Validator(operation.body, spec.violations) if operation.body else None
        self.shaper = AnswerShaper(operation.answer, spec.violations)
        check_wordings(self.path_validator.schema, spec.violations, f"{operation.operation_id}: path")
        check_wordings(self.query_validator.schema, spec.violations, f"{operation.operation_id}: query")
        if operation.body:
            check_wordings(operation.body, spec.violations, f"{operation.operation_id}: body")


class Pipeline:
    """Answers the requests of one server."""

    def __init__(
        self,
        spec: Spec,
        settings: Settings,
        handlers: dict[str, Handler],
        workspaces: Workspaces,
        *,
        journal: Journal,
        toolkit_errors: dict[str, DocumentedError],
    ) -> None:
        self.spec = spec
        self.settings = settings
        self.workspaces = workspaces
        self.journal = journal
        self.server_errors = {**toolkit_errors, **spec.server_errors}
        self.endpoints = {
            name: Endpoint(spec, operation, handlers[name]) for name, operation in spec.operations.items()
        }
        self.keys = KeyRing(spec, settings)
        self.guard = Guard(spec, settings)
        self.limiter = RateLimiter(spec.rate_limits, enforced=settings.rate_limit)

    @property
    def max_body(self) -> int:
        """The largest body that any operation takes, in bytes."""
        return max(self.settings.max_body, *map(self._limit_body, self.spec.operations.values()))

    def answer(self, request: Request, show_page: ShowPage) -> Response:
        """Answer one request; `show_page` answers those that are not for the API."""
        at, started = time.time(), time.perf_counter()
        exchange = Exchange(request)
        try:
            response = self._process(exchange, show_page)
        except ApiError as error:
            response = self._refuse(exchange, error)
        except RequestInvalidError as error:
            response = respond(error.status, {"detail": error.violations})
        except AnswerInvalidError as error:
            _logger.error("%s", error)
            response = self._refuse(exchange, error.as_api_error())
        except HTTPException as error:
            response = self._refuse(exchange, self._translate(exchange, error))
        except Exception:
            _logger.exception("%s %s failed", request.method, request.path)
            response = self._refuse(exchange, ApiError("server_error"))
        allowance = exchange.allowance or self.limiter.look(at)
        response.headers.extend(allowance.headers())
        self.guard.open_to_page(request, response)
        log_request(
            request,
            response,
            exchange.operation.operation_id if exchange.operation else "-",
            request.headers.get(self.spec.key_header, ""),
            seconds := time.perf_counter() - started,
        )
        if exchange.is_api:
            self._write_journal(exchange, response, at, seconds)
        return exchange.fault.spoil(response) if exchange.fault else response

    def may_wait(self, headers: Mapping[str, str]) -> bool:
        """Tell from the headers of a request, `X_API_KEY` for `X-API-Key`, whether a fault may delay it."""
        workspace = self._find_workspace(headers.get(self.spec.key_header.upper().replace("-", "_")))
        return "PREFER" in headers or bool(workspace and workspace.faults)

    def _find_workspace(self, key: str | None) -> Workspace | None:
        name = self.keys.find_workspace(key)
        return self.workspaces.find(name) if name else None

    def _process(self, exchange: Exchange, show_page: ShowPage) -> Response:
        request = exchange.request
        self.guard.check(request)
        if self.guard.is_preflight(request):
            return self.guard.answer_preflight(_methods_of(request))
        exchange.fault = fault = self._find_fault(request)
        if fault:
            time.sleep(fault.wait)
            if fault.answers:
                return self._fail(exchange, fault)
        if request.routing_exception is not None:
            raise request.routing_exception
        endpoint = self.endpoints.get(request.endpoint or "")
        if endpoint is None:
            exchange.is_api = False
            return show_page(exchange)
        exchange.operation = operation = endpoint.operation
        key = self.keys.find(request.headers.get(self.spec.key_header))
        exchange.workspace = workspace = self.workspaces.get(key.workspace)
        with workspace.lock:
            exchange.allowance = self.limiter.take(workspace, key.value)
        if exchange.allowance.exceeded:
            raise ApiError("rate_limited")
        self.keys.check_scopes(key, operation.scopes)
        call = self.read_call(endpoint, workspace, exchange)
        answer = endpoint.shaper.shape(self.handle(endpoint, call), operation.operation_id)
        if operation.answer_type != JSON_TYPE:
            return respond_text(operation, answer, call.path)
        return respond(operation.status, answer)

    def handle(self, endpoint: Endpoint, call: Call) -> dict[str, Any] | str:
        """Return the handler's record; what is due in the workspace is done before and after."""
        with call.workspace.lock:
            self.advance(call.workspace)
            record = endpoint.handler(call)
            self.advance(call.workspace)  # what takes no time is done when the answer is
        return record

    def advance(self, workspace: Workspace) -> Counter[str]:
        """Do what is due in a workspace, whose lock the caller holds; returns what happened, by kind."""
        advance_jobs(workspace)
        return advance_sending(workspace)

    def read_call(self, endpoint: Endpoint, workspace: Workspace, exchange: Exchange) -> Call:
        """Parse and validate path, query and body; all violations are raised together."""
        operation, request = endpoint.operation, exchange.request
        path = request.view_args or {}
        query = read_query(request.args.to_dict(flat=False), operation.parameters_in("query"))
        body: Any = None
        violations = []
        if not endpoint.path_validator.is_valid(path):
            violations += endpoint.path_validator.find_violations(path, ("path",))
        if not endpoint.query_validator.is_valid(query):
            violations += endpoint.query_validator.find_violations(query, ("query",))
        if endpoint.body_validator:
            try:
                body = self._read_body(endpoint, endpoint.body_validator, exchange)
            except RequestInvalidError as error:
                violations += error.violations
        if violations:
            raise RequestInvalidError(violations)
        return Call(
            operation=operation,
            workspace=workspace,
            path=complete(endpoint.path_validator.schema, path),
            query=complete(endpoint.query_validator.schema, query),
            body=body,
        )

    def _read_body(self, endpoint: Endpoint, validator: Validator, exchange: Exchange) -> Any:
        data = self._read_data(exchange)
        if endpoint.operation.body_type == FORM_TYPE:
            return _read_form(endpoint.operation, validator, data, exchange.request)
        body = read_body(data, exchange.request.mimetype, self.spec.violations)
        if body is None:
            raise RequestInvalidError([{"loc": ["body"], **self.spec.violations["required"]}])
        if isinstance(body, bytes) or not validator.is_valid(body):
            raise RequestInvalidError(validator.find_violations(body, ("body",)))
        return complete(validator.schema, body)

    def _read_data(self, exchange: Exchange) -> bytes:
        exchange.request.max_content_length = self._limit_body(exchange.operation)
        exchange.body = exchange.request.get_data(cache=False)
        return exchange.body

    def _limit_body(self, operation: Operation | None) -> int:
        """Return the largest body of an operation: what its files need, or the server's limit."""
        if operation is None or operation.max_file is None:
            return self.settings.max_body
        if operation.body_type == FORM_TYPE:
            return operation.max_file + FORM_OVERHEAD
        # In JSON a file is base64: four characters for three bytes.
        return max(self.settings.max_body, operation.max_file * 4 // 3 + FORM_OVERHEAD)

    def _find_fault(self, request: Request) -> Fault | None:
        """Return what is to go wrong: asked for by the request itself, or by a rule of its workspace."""
        operation = request.endpoint if request.endpoint in self.endpoints else ""
        if not operation and not request.path.startswith(self.spec.base_path):
            return None
        try:
            fault = read_preferences(request.headers.get("Prefer", ""))
        except PreferenceError as error:
            raise ApiError("preference_invalid", reason=str(error)) from None
        workspace = self._find_workspace(request.headers.get(self.spec.key_header))
        if fault or workspace is None or not workspace.faults:
            return fault
        with workspace.lock:
            return choose_fault(
                workspace.faults, operation or "", request.method, request.path, workspace.fault_random
            )

    def _fail(self, exchange: Exchange, fault: Fault) -> Response:
        """Answer as a fault wants, instead of the operation."""
        request = exchange.request
        endpoint = self.endpoints.get(request.endpoint or "")
        exchange.operation = endpoint.operation if endpoint else None
        name = self.keys.find_workspace(request.headers.get(self.spec.key_header))
        exchange.workspace = self.workspaces.get(name) if name else None
        if fault.answer == "dropped":
            return Response(status=500)
        status, body = find_answer(self.spec, exchange.operation, fault)
        if status == 429:
            exchange.allowance = self.limiter.exhaust(time.time())
        return respond(status, body)

    def _write_journal(self, exchange: Exchange, response: Response, at: float, seconds: float) -> None:
        request, fault = exchange.request, exchange.fault
        if not exchange.body and request.content_length and request.content_length <= self.settings.max_body:
            # refused before it was read
            self._read_data(exchange)
        is_dropped = fault is not None and fault.answer == "dropped"
        self.journal.add(
            at=at,
            workspace=exchange.workspace.name if exchange.workspace else None,
            operation=exchange.operation.operation_id if exchange.operation else None,
            method=request.method,
            path=request.path,
            query=request.query_string.decode("latin-1"),
            request=exchange.body,
            status=0 if is_dropped else response.status_code,
            response=b"" if is_dropped else response.get_data(),
            milliseconds=round(seconds * 1000, 3),
            fault=fault.describe() if fault else None,
        )

    def _translate(self, exchange: Exchange, error: HTTPException) -> ApiError:
        if isinstance(error, MethodNotAllowed):
            return ApiError("method_not_allowed")
        if isinstance(error, RequestEntityTooLarge):
            operation = exchange.operation
            if operation and operation.max_file and operation.body_type == FORM_TYPE:
                return file_too_large(operation.max_file)
            return ApiError("body_too_large", limit=self._limit_body(operation))
        return ApiError("route_not_found")

    def _refuse(self, exchange: Exchange, error: ApiError) -> Response:
        operation = exchange.operation
        documented = {**self.server_errors, **(operation.errors if operation else {})}
        if error.name not in documented:
            where = operation.operation_id if operation else "The server"
            unknown = AnswerInvalidError(where, "its status", f"no error is called {error.name}")
            _logger.error("%s", unknown)
            error = unknown.as_api_error()
        found = documented[error.name]
        response = respond(found.status, found.render(error.facts))
        if error.name == "method_not_allowed":
            response.headers["Allow"] = ", ".join(_methods_of(exchange.request))
        return response


def respond(status: int, body: Any) -> Response:
    """Return a JSON response."""
    return Response(_encode(body).encode(), status=status, content_type="application/json")


def respond_text(operation: Operation, text: str, facts: dict[str, Any]) -> Response:
    """Return a response of text, its headers filled in from the facts."""
    response = Response(text.encode(), status=operation.status, mimetype=operation.answer_type)
    for name, template in operation.answer_headers.items():
        response.headers[name] = fill(template, facts)
    return response


def _read_form(operation: Operation, validator: Validator, data: bytes, request: Request) -> dict[str, Any]:
    """Return the values and the files of a form."""
    form = read_form(data, request.headers.get("Content-Type", ""), operation)
    if not validator.is_valid(form.values):
        raise RequestInvalidError(validator.find_violations(form.values, ("body",)))
    return {**complete(validator.schema, form.values), **form.uploads}


def _methods_of(request: Request) -> list[str]:
    """Return the methods that the path of a refused request does have."""
    error = request.routing_exception
    return sorted(error.valid_methods or ()) if isinstance(error, MethodNotAllowed) else []


def _object_schema(operation: Operation, location: str) -> dict[str, Any]:
    parameters = [p for p in operation.parameters_in(location) if not p.alias_of]
    return {
        "type": "object",
        "required": [parameter.name for parameter in parameters if parameter.required],
        "properties": {parameter.name: parameter.schema for parameter in parameters},
    }
