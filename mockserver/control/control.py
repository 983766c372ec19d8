"""What answers the calls of the control API."""

import json
import time
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from ..http.answers import respond_record
from ..http.endpoints import Endpoint, Exchange
from ..http.keys import Key
from ..http.messages import Request, Response
from ..http.pipeline import Pipeline
from ..openapi.spec import JSON_TYPE, Operation, Spec
from ..resources import name_operations
from ..resources.call import Call
from ..settings import Settings
from ..state.past import PastCall, draw_place
from ..state.workspace import Workspace
from . import clock, events, faults, handover, journal, outbox, search, sending, snapshots, state, workspaces
from .access import check_access
from .calls import ControlCall, Tools

_MODULES = (workspaces, state, handover, search, snapshots, clock, sending, faults, journal, events, outbox)


class Control:
    """Answers the calls of the control API; errors are answered by the pipeline of the API."""

    def __init__(self, spec: Spec, settings: Settings, pipeline: Pipeline, tools: Tools) -> None:
        self.spec = spec
        self._token = settings.control_token
        self._pipeline = pipeline
        self._tools = tools
        self._nobody = Workspace("", "")
        self._key_header = pipeline.spec.key_header.lower()
        handlers: dict[str, Any] = name_operations(_MODULES)
        spec.check_handlers(handlers)
        self.endpoints = {
            name: Endpoint(spec, operation, handlers[name], keeps_answers=False)
            for name, operation in spec.operations.items()
        }

    def answer(self, exchange: Exchange, endpoint: Endpoint) -> Response:
        """Answer a call; raises ApiError, RequestInvalidError and BodyTooLargeError."""
        exchange.is_api = False
        request, pipeline = exchange.request, self._pipeline
        check_access(request, self._token)
        key = self._find_key(endpoint.operation, request.headers.get(self._key_header))
        workspace = self._nobody
        if key is not None:
            workspaces = pipeline.workspaces
            # One that was suspended may be gone, and is not made anew for that.
            find = workspaces.look if endpoint.works_suspended else workspaces.get
            exchange.workspace = workspace = find(key.workspace)
        return self._run(exchange, endpoint, key, workspace)

    def ask(
        self,
        operation_id: str,
        key: str,
        *,
        body: Any,
        query: Mapping[str, Any],
        ids: dict[str, str],
        moment: datetime | None = None,
    ) -> Response:
        """Answer a call of this server's own pages; a GET does not make the workspace that it is about.

        `body` is a JSON value, or JSON as bytes; `moment` is the real time that the clock goes by, if it is
        not the present. Raises what `answer` raises.
        """
        endpoint = self.endpoints[operation_id]
        operation, pipeline = endpoint.operation, self._pipeline
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        request = Request(
            operation.method,
            operation.path,
            urlencode(query),
            {"content-type": JSON_TYPE},
            "",
            lambda _most: data,
        )
        exchange = Exchange(
            request, time.time(), len(data), path_values=ids, endpoint=endpoint, moment=moment
        )
        found = self._find_key(operation, key)
        find = pipeline.workspaces.look if operation.method == "GET" else pipeline.workspaces.get
        workspace = find(found.workspace) if found else self._nobody
        return self._run(exchange, endpoint, found, workspace)

    def _find_key(self, operation: Operation, value: str | None) -> Key | None:
        """Return the key of a call; None for who sends none, or asks what takes none: it refuses none."""
        takes_key = "invalid_key" in operation.errors
        return self._pipeline.keys.find(value) if takes_key and (value or operation.key_required) else None

    def _run(self, exchange: Exchange, endpoint: Endpoint, key: Key | None, workspace: Workspace) -> Response:
        call = endpoint.read_call(exchange, workspace)
        values = {item.name: getattr(call, item.name) for item in fields(Call)}
        made = ControlCall(**values, tools=self._tools, key=key)
        if not workspace.lock.acquire(blocking=not endpoint.operation.is_prompt):
            # Somebody works in the workspace; the handler is one that reads beside that.
            return respond_record(endpoint, endpoint.handler(made), made)
        exchange.moment = workspace.enter(exchange.moment)
        try:
            if workspace is self._nobody or endpoint.operation.method == "GET":
                return self._pipeline.run(endpoint, made)
            return self._run_noting(endpoint, made, exchange.moment)
        finally:
            workspace.leave()
            workspace.lock.release()

    def _run_noting(self, endpoint: Endpoint, call: ControlCall, at: datetime) -> Response:
        """Answer a call, and keep it if it changes something: see `state.past`."""
        workspace, past = call.workspace, call.workspace.past
        self._pipeline.due_work.advance(workspace)
        mark, place = _mark(workspace), draw_place()
        try:
            response = self._pipeline.run(endpoint, call)
        except BaseException:
            if _mark(workspace) != mark:  # for example the clock, which stands still from now on
                past.expect_base()
            raise
        past.last_place = place
        if _mark(workspace) != mark and not past.needs_base and isinstance(response.body, bytes):
            name, body = endpoint.operation.operation_id, response.body
            parts = dict(call.path), dict(call.query), call.body
            past.add_call(PastCall(place, at, name, *parts, response.status, body))
        return response


def _mark(workspace: Workspace) -> object:
    """Return what is equal as long as nothing changes but the time and the rate windows."""
    return workspace.read_shape(), workspace.random.getstate(), workspace.fault_random.getstate()
