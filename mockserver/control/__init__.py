"""The control API, `/_mock`: `resetWorkspace` in openapi.yaml here is `reset_workspace` in a module here."""

from dataclasses import fields
from typing import Any

from flask import Response

from ..http.pipeline import Endpoint, Exchange, Pipeline, respond, respond_text
from ..openapi.spec import JSON_TYPE, Spec
from ..resources import name_operations
from ..resources.call import Call
from ..settings import Settings
from ..state.workspace import Workspace
from . import clock, events, faults, journal, outbox, sending, state
from .access import check_access
from .calls import ControlCall, Tools
from .spec import load_control_spec

__all__ = ["Control", "Tools", "load_control_spec"]

_MODULES = (state, clock, sending, faults, journal, events, outbox)


class Control:
    """Answers the requests of the control API; errors are answered by the pipeline of the API."""

    def __init__(self, spec: Spec, settings: Settings, pipeline: Pipeline, tools: Tools) -> None:
        self._token = settings.control_token
        self._pipeline = pipeline
        self._tools = tools
        self._nobody = Workspace("", "")
        handlers: dict[str, Any] = name_operations(_MODULES)
        spec.check_handlers(handlers)
        self.endpoints = {
            name: Endpoint(spec, operation, handlers[name]) for name, operation in spec.operations.items()
        }

    def answer(self, exchange: Exchange) -> Response:
        """Answer a request; raises ApiError and RequestInvalidError."""
        request, pipeline = exchange.request, self._pipeline
        endpoint = self.endpoints[request.endpoint or ""]
        exchange.operation = operation = endpoint.operation
        check_access(request, self._token)
        header = request.headers.get(pipeline.spec.key_header)
        scope = pipeline.keys.find(header).workspace if header or operation.key_required else None
        workspace = self._nobody if scope is None else pipeline.workspaces.get(scope)
        call = pipeline.read_call(endpoint, workspace, exchange)
        values = {item.name: getattr(call, item.name) for item in fields(Call)}
        record = pipeline.handle(endpoint, ControlCall(**values, tools=self._tools, scope=scope))
        answer = endpoint.shaper.shape(record, operation.operation_id)
        if operation.answer_type != JSON_TYPE:
            return respond_text(operation, answer, call.path)
        return respond(operation.status, answer)
