"""The life of one request, from the first check to the last header."""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from ..errors import ApiError, RequestInvalidError
from ..openapi.forms import file_too_large
from ..openapi.responses import AnswerInvalidError
from ..openapi.spec import FORM_TYPE, JSON_TYPE, DocumentedError, Spec
from ..openapi.violations import list_violations
from ..resources import Handler
from ..resources.call import Call
from ..settings import Settings
from ..state.fault_rules import Fault, find_answer
from ..state.past import draw_place
from ..state.workspace import Workspace
from ..state.workspaces import Workspaces
from .access_log import AccessLog
from .answers import respond, respond_record
from .due_work import DueWork
from .endpoints import Endpoint, Exchange
from .fault_finder import FaultFinder
from .guard import Guard
from .journal import Journal
from .kept_answers import KeptAnswers
from .keys import KeyRing
from .messages import BodyTooLargeError, Request, Response
from .meter import Meter
from .rate_limits import RateLimiter
from .router import Router

_logger = logging.getLogger(__name__)

_FOREIGN_BODY = 64 * 1024
"""Bytes that are read of a body that nobody may send; the refusal is journaled with them."""

_PASSING = ("workspace_suspended", "workspace_moved")
"""Refusals that end within seconds: the workspace moves to another server, and the balancer hears of it."""

AnswerCall = Callable[[Exchange, Endpoint], Response]


class Pages(Protocol):
    """What a server answers besides the operations of its contracts."""

    def list_methods(self, path: str) -> list[str]:
        """Return the methods of a page, sorted; none when there is no such page."""

    def show(self, request: Request) -> Response:
        """Answer a request for a page that there is."""


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
        self.access_log = AccessLog(journal.redactor)
        self.server_errors = {**toolkit_errors, **spec.server_errors}
        self.endpoints = {
            name: Endpoint(spec, operation, handlers[name]) for name, operation in spec.operations.items()
        }
        self.keys = KeyRing(spec, settings)
        self.guard = Guard(spec, settings)
        self.limiter = RateLimiter(spec.rate_limits, enforced=settings.rate_limit)
        self.router: Router[Endpoint] = Router()
        self.large_pages: frozenset[str] = frozenset()
        """Paths of pages that take bodies as large as the API's."""
        self._answers: dict[str, AnswerCall] = {}
        """operationId → what answers its calls."""
        self._key_header = spec.key_header.lower()
        self.due_work = DueWork(workspaces)
        self.meter: Meter | None = None
        self.kept_answers = KeptAnswers()
        self.faults = FaultFinder(spec)
        self.add_routes(self.endpoints, self._answer_api)

    def add_routes(self, endpoints: Mapping[str, Endpoint], answer: AnswerCall) -> None:
        """Let `answer` answer the calls of some operations."""
        for name, endpoint in endpoints.items():
            self.router.add(endpoint.operation.method, endpoint.operation.path, endpoint)
            self._answers[name] = answer

    def answer(self, request: Request, pages: Pages) -> Response:
        """Answer one request; `pages` answers those that are for no operation."""
        exchange = self.open(request)
        if exchange.wait:  # even no time at all lets other threads go first
            time.sleep(exchange.wait)
        return self.finish(exchange, pages)

    def open(self, request: Request, moment: datetime | None = None) -> Exchange:
        """Look at the head of a request: who asks, what for, and what is to go wrong.

        `moment` is the real time that the clock of its workspace goes by, if it is not the present.
        """
        exchange = Exchange(request, time.time(), self.settings.max_body, time.perf_counter(), moment=moment)
        exchange.owner = self.keys.find_workspace(request.headers.get(self._key_header))
        try:
            self.guard.check(request)
            self._find_endpoint(exchange)
            if not self.guard.is_preflight(request):
                exchange.fault = self.faults.find(exchange, self.find_workspace(exchange))
        except ApiError as error:
            exchange.error = error
        return exchange

    def finish(self, exchange: Exchange, pages: Pages) -> Response:
        """Read the body of a request and answer it; the caller has waited for as long as its fault wants."""
        request = exchange.request
        try:
            response = self._process(exchange, pages)
        except ApiError as error:
            response = self._refuse(exchange, error)
        except RequestInvalidError as error:
            violations = list_violations(error, self.spec.violations, self.settings.max_violations)
            response = respond(error.status, {"detail": violations})
        except BodyTooLargeError:
            response = self._refuse(exchange, self._refuse_size(exchange))
        except AnswerInvalidError as error:
            _logger.error("%s", error)
            response = self._refuse(exchange, error.as_api_error())
        except Exception:
            _logger.exception("%s %s failed", request.method, self.access_log.show_path(request))
            response = self._refuse(exchange, ApiError("server_error"))
        self._end_with_newline(exchange, response)
        response.headers.update((exchange.allowance or self.limiter.look(exchange.at)).headers())
        self.guard.open_to_page(request, response)
        seconds = time.perf_counter() - exchange.started
        operation = exchange.operation
        name = operation.operation_id if operation else "-"
        if self.meter:
            self.meter.note(name, response.status, seconds)
        self.access_log.write(request, response, name, request.headers.get(self._key_header, ""), seconds)
        if exchange.is_api:
            self._write_journal(exchange, response, seconds)
        elif exchange.opened and (workspace := self.find_workspace(exchange)) and workspace.faults:
            workspace.past.expect_base()  # a rule counted it, and the journal does not know of it
        if exchange.fault and exchange.fault.answer:
            response.break_off(half=exchange.fault.answer == "truncated")
        return response

    def refuse(self, error: ApiError) -> Response:
        """Answer bytes that are no request, or a request that did not arrive whole."""
        response = self._refuse(None, error)
        if self.meter:
            self.meter.count("-", response.status)
        response.headers.update(self.limiter.look(time.time()).headers())
        return response

    def limit_body(self, exchange: Exchange) -> int:
        """Return the size up to which a body is read; without a usable key it is small."""
        endpoint = exchange.endpoint
        if exchange.error or endpoint is None:
            return self.limit_page(exchange.request.path)
        is_known = exchange.owner is not None or not endpoint.operation.key_required
        return exchange.body_limit if is_known else min(_FOREIGN_BODY, exchange.body_limit)

    def limit_page(self, path: str) -> int:
        """Return the size up to which the body of a page is read."""
        most = self.settings.max_body
        return most if path in self.large_pages else min(_FOREIGN_BODY, most)

    def find_workspace(self, exchange: Exchange) -> Workspace | None:
        """Return the workspace that a request is for, if it was ever used."""
        return self.workspaces.find(exchange.owner) if exchange.owner else None

    def _process(self, exchange: Exchange, pages: Pages) -> Response:
        request, fault = exchange.request, exchange.fault
        if exchange.error:
            raise exchange.error
        if self.guard.is_preflight(request):
            return self.guard.answer_preflight(_list_methods(exchange, pages))
        if fault and fault.answers:
            return self._fail(exchange, fault)
        endpoint = exchange.endpoint
        if endpoint:
            return self._answers[endpoint.operation.operation_id](exchange, endpoint)
        methods = _list_methods(exchange, pages)
        if not methods:
            raise ApiError("route_not_found")
        exchange.is_api = exchange.resource is not None
        if not exchange.is_api and request.method == "OPTIONS":  # HAProxy's health check
            return Response(204, {"Allow": ", ".join(methods)})
        if request.method not in methods:
            raise _MethodNotAllowedError(methods)
        return pages.show(request)

    def _find_endpoint(self, exchange: Exchange) -> None:
        found = self.router.find(exchange.request.path)
        if found is None:
            return
        exchange.resource, exchange.path_values = found
        exchange.endpoint = exchange.resource.find(exchange.request.method)
        if exchange.endpoint:
            exchange.body_limit = exchange.endpoint.limit_body(self.settings.max_body)

    def _answer_api(self, exchange: Exchange, endpoint: Endpoint) -> Response:
        """Answer a call of the API: key, rate limit, scopes, then the operation."""
        key = self.keys.find(exchange.request.headers.get(self._key_header))
        exchange.workspace = workspace = self.workspaces.get(key.workspace)
        past = workspace.past
        with workspace.lock:
            exchange.moment = workspace.enter(exchange.moment)
            try:
                past.last_place = exchange.place = draw_place()
                exchange.allowance = self.limiter.take(workspace, key.value)
                if exchange.allowance.exceeded:
                    raise ApiError("rate_limited")
                self.keys.check_scopes(key, endpoint.operation.scopes)
                if endpoint.body_validator is None or exchange.request.is_at_hand:
                    return self.run(endpoint, endpoint.read_call(exchange, workspace))
            finally:
                workspace.leave()
        call = endpoint.read_call(exchange, workspace)
        with workspace.lock:
            # As a rule it happens at the one time that it was counted at.
            exchange.moment = workspace.enter(exchange.moment if past.last_place == exchange.place else None)
            try:
                past.last_place = exchange.place = draw_place()
                return self.run(endpoint, call)
            finally:
                workspace.leave()

    def run(self, endpoint: Endpoint, call: Call) -> Response:
        """Let the handler do a valid call, and answer with its record.

        The caller holds the lock of the workspace and has entered it. What is due there is done before and
        after. Unless an answer comes of it, nothing is changed. Raises ApiError, for example
        `workspace_suspended`, and AnswerInvalidError when the record makes no documented answer.
        """
        workspace = call.workspace
        if workspace.is_suspended and not endpoint.works_suspended:
            raise ApiError("workspace_suspended")
        self.due_work.advance(workspace)
        if kept := self.kept_answers.find(endpoint, call):
            return kept
        with workspace.undoing():
            workspace.is_changed |= endpoint.operation.method != "GET"  # unless the handler resets it
            before = self.kept_answers.mark(workspace)
            record = endpoint.handler(call)
            after = self.kept_answers.mark(workspace)
            self.due_work.advance(workspace)  # what takes no time is done when the answer is
            response = respond_record(endpoint, record, call)
        self.kept_answers.keep(endpoint, call, response, before, after)
        return response

    def _fail(self, exchange: Exchange, fault: Fault) -> Response:
        """Answer as a fault wants, instead of the operation."""
        exchange.workspace = self.workspaces.get(exchange.owner) if exchange.owner else None
        if fault.answer == "dropped":
            return Response(500, {})
        status, body = find_answer(self.spec, exchange.operation, fault)
        if status == 429:
            exchange.allowance = self.limiter.exhaust(time.time())
        return respond(status, body)

    def _end_with_newline(self, exchange: Exchange, response: Response) -> None:
        """Put a newline after JSON of the control API, which people read in terminals.

        The API's bodies are those of the real one, which end without.
        """
        name = exchange.operation.operation_id if exchange.operation else ""
        is_json = response.headers.get("Content-Type") == JSON_TYPE
        if name and name not in self.endpoints and is_json and isinstance(response.body, bytes):
            response.body += b"\n"

    def _write_journal(self, exchange: Exchange, response: Response, seconds: float) -> None:
        request, fault = exchange.request, exchange.fault
        if exchange.body is None and 0 < request.content_length <= exchange.body_limit:
            with suppress(BodyTooLargeError):  # refused before it was read
                exchange.read_body()
        is_dropped = fault is not None and fault.answer == "dropped"
        # The owner of a request that was refused before its key was asked for looks for it, too.
        workspace = exchange.workspace
        name, body = workspace.name if workspace else exchange.owner, response.body
        number = self.journal.add(
            at=exchange.at,
            workspace=name,
            operation=exchange.operation.operation_id if exchange.operation else None,
            method=request.method,
            path=request.path,
            query=request.query_string,
            request=exchange.body or b"",
            status=0 if is_dropped else response.status,
            response=body if isinstance(body, bytes) and not is_dropped else b"",
            milliseconds=round(seconds * 1000, 3),
            fault=fault.describe() if fault else None,
            request_headers=request.headers,
            response_headers={} if is_dropped else response.headers,
            place=exchange.place or draw_place(),
            opened=exchange.opened,
            moment=exchange.moment,
            past=workspace.past if workspace else None,
        )
        if not isinstance(body, bytes) and request.method != "HEAD":
            response.body = self.journal.keep_pieces(name, number, body)

    def _refuse_size(self, exchange: Exchange) -> ApiError:
        operation = exchange.operation
        if operation and operation.max_file and operation.body_type == FORM_TYPE:
            return file_too_large(operation.max_file)
        return ApiError("body_too_large", limit=self.limit_body(exchange))

    def _refuse(self, exchange: Exchange | None, error: ApiError) -> Response:
        operation = exchange.operation if exchange else None
        documented = {**self.server_errors, **(operation.errors if operation else {})}
        if error.name not in documented:
            where = operation.operation_id if operation else "The server"
            unknown = AnswerInvalidError(where, "its status", f"no error is called {error.name}")
            _logger.error("%s", unknown)
            error = unknown.as_api_error()
        found = documented[error.name]
        response = respond(found.status, found.render(error.facts))
        if isinstance(error, _MethodNotAllowedError):
            response.headers["Allow"] = ", ".join(error.methods)
        if error.name in _PASSING:
            response.headers["Retry-After"] = "1"
        return response


class _MethodNotAllowedError(ApiError):
    """The path has other methods."""

    def __init__(self, methods: list[str]) -> None:
        super().__init__("method_not_allowed")
        self.methods = methods


def _list_methods(exchange: Exchange, pages: Pages) -> list[str]:
    """Return the methods of the path that was asked for."""
    return exchange.resource.methods if exchange.resource else pages.list_methods(exchange.request.path)
