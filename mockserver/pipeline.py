"""The life of one request, from the first check to the last header."""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Request, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from .access_log import log_request
from .answers import AnswerInvalidError, AnswerShaper
from .calls import Call
from .errors import ApiError, RequestInvalidError
from .guard import Guard
from .jobs import Worker, advance_jobs
from .keys import KeyRing
from .limits import Allowance, RateLimiter
from .parsing import read_body, read_query
from .resources import Handler
from .settings import Settings
from .spec import Operation, Spec
from .validation import Validator, check_wordings, complete
from .workspace import Workspace, Workspaces

_logger = logging.getLogger(__name__)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Exchange:
    """What is known of a request so far; filled in on its way through the pipeline."""

    request: Request
    operation: Operation | None = None
    workspace: Workspace | None = None
    allowance: Allowance | None = None


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
        workers: dict[str, Worker],
        workspaces: Workspaces,
    ) -> None:
        self.spec = spec
        self.settings = settings
        self.workers = workers
        self.workspaces = workspaces
        self.endpoints = {
            name: Endpoint(spec, operation, handlers[name]) for name, operation in spec.operations.items()
        }
        self.keys = KeyRing(spec, settings)
        self.guard = Guard(spec, settings)
        self.limiter = RateLimiter(spec.rate_limits, enforced=settings.rate_limit)

    def answer(self, request: Request, show_page: Callable[[], Response]) -> Response:
        """Answer one request; `show_page` answers those that are for a page and not for the API."""
        started = time.perf_counter()
        exchange = Exchange(request)
        try:
            response = self._process(exchange, show_page)
        except ApiError as error:
            response = self._refuse(exchange, error)
        except RequestInvalidError as error:
            response = _respond(error.status, {"detail": error.violations})
        except AnswerInvalidError as error:
            _logger.error("%s", error)
            response = self._refuse(exchange, error.as_api_error())
        except HTTPException as error:
            response = self._refuse(exchange, _translate(error, self.settings.max_body))
        except Exception:
            _logger.exception("%s %s failed", request.method, request.path)
            response = self._refuse(exchange, ApiError("server_error"))
        allowance = exchange.allowance or self.limiter.look(time.time())
        response.headers.extend(allowance.headers())
        self.guard.open_to_page(request, response)
        log_request(
            request,
            response,
            exchange.operation.operation_id if exchange.operation else "-",
            request.headers.get(self.spec.key_header, ""),
            time.perf_counter() - started,
        )
        return response

    def _process(self, exchange: Exchange, show_page: Callable[[], Response]) -> Response:
        request = exchange.request
        self.guard.check(request)
        if self.guard.is_preflight(request):
            return self.guard.answer_preflight(_methods_of(request))
        if request.routing_exception is not None:
            raise request.routing_exception
        endpoint = self.endpoints.get(request.endpoint or "")
        if endpoint is None:
            return show_page()
        exchange.operation = operation = endpoint.operation
        key = self.keys.find(request.headers.get(self.spec.key_header))
        exchange.workspace = workspace = self.workspaces.get(key.workspace)
        with workspace.lock:
            exchange.allowance = self.limiter.take(workspace, key.value)
        if exchange.allowance.exceeded:
            raise ApiError("rate_limited")
        self.keys.check_scopes(key, operation.scopes)
        call = self._read_call(endpoint, workspace, request)
        with workspace.lock:
            advance_jobs(workspace, self.workers)
            record = endpoint.handler(call)
            advance_jobs(workspace, self.workers)  # what takes no time is done when the answer is
        return _respond(operation.status, endpoint.shaper.shape(record, operation.operation_id))

    def _read_call(self, endpoint: Endpoint, workspace: Workspace, request: Request) -> Call:
        """Parse and validate path, query and body; all violations are raised together."""
        operation = endpoint.operation
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
                body = self._read_body(endpoint.body_validator, request)
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

    def _read_body(self, validator: Validator, request: Request) -> Any:
        request.max_content_length = self.settings.max_body
        body = read_body(request.get_data(cache=False), request.mimetype, self.spec.violations)
        if body is None:
            raise RequestInvalidError([{"loc": ["body"], **self.spec.violations["required"]}])
        if isinstance(body, bytes) or not validator.is_valid(body):
            raise RequestInvalidError(validator.find_violations(body, ("body",)))
        return complete(validator.schema, body)

    def _refuse(self, exchange: Exchange, error: ApiError) -> Response:
        operation = exchange.operation
        documented = {**self.spec.server_errors, **(operation.errors if operation else {})}
        if error.name not in documented:
            where = operation.operation_id if operation else "The server"
            unknown = AnswerInvalidError(where, "its status", f"no error is called {error.name}")
            _logger.error("%s", unknown)
            error = unknown.as_api_error()
        found = documented[error.name]
        response = _respond(found.status, found.render(error.facts))
        if error.name == "method_not_allowed":
            response.headers["Allow"] = ", ".join(_methods_of(exchange.request))
        return response


def _respond(status: int, body: Any) -> Response:
    return Response(_encode(body).encode(), status=status, content_type="application/json")


def _methods_of(request: Request) -> list[str]:
    """Return the methods that the path of a refused request does have."""
    error = request.routing_exception
    return sorted(error.valid_methods or ()) if isinstance(error, MethodNotAllowed) else []


def _translate(error: HTTPException, max_body: int) -> ApiError:
    if isinstance(error, MethodNotAllowed):
        return ApiError("method_not_allowed")
    if isinstance(error, RequestEntityTooLarge):
        return ApiError("body_too_large", limit=max_body)
    return ApiError("route_not_found")


def _object_schema(operation: Operation, location: str) -> dict[str, Any]:
    parameters = [p for p in operation.parameters_in(location) if not p.alias_of]
    return {
        "type": "object",
        "required": [parameter.name for parameter in parameters if parameter.required],
        "properties": {parameter.name: parameter.schema for parameter in parameters},
    }
