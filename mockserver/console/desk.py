"""What the console works with: the parts of the server that it shows, and the control API."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..control.control import Control
from ..errors import ApiError
from ..http.answers import respond
from ..http.journal import Journal
from ..http.messages import Request, Response
from ..http.pipeline import Pipeline
from ..openapi.spec import DocumentedError, Operation, Spec
from ..seeding.documents import StateFormat
from ..settings import Settings
from ..state.workspaces import Workspaces
from .drawings import Drawings


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of one server."""

    spec: Spec
    """The API's."""
    settings: Settings
    pipeline: Pipeline
    workspaces: Workspaces
    journal: Journal
    control: Control | None
    """None when the control API is off, and the console with it."""
    states: StateFormat
    """How the records of a workspace look."""
    answer: Callable[[Request], Response]
    """Answers a request of the API like one from outside: it is journaled."""
    drawings: Drawings = field(default_factory=Drawings)

    def send(self, request: Request) -> Response:
        """Return what the API answers; an answer in pieces is made whole, for the journal, and left out."""
        response = self.answer(request)
        if not isinstance(response.body, bytes):
            deque(response.body, maxlen=0)
            response.body = b""
        return response

    def ask(
        self,
        operation_id: str,
        key: str,
        *,
        body: Any = None,
        query: dict[str, Any] | None = None,
        **ids: str,
    ) -> Any:
        """Return what the control API answers to a call, as JSON values.

        Looking at a workspace does not make it. Raises ApiError and RequestInvalidError.
        """
        assert self.control is not None
        response = self.control.ask(operation_id, key, body=body, query=query or {}, ids=ids)
        return json.loads(response.body) if isinstance(response.body, bytes) else response.body

    def find_control(self, operation_id: str) -> Operation:
        """Return an operation of the control API."""
        assert self.control is not None
        return self.control.spec.operations[operation_id]

    def explain(self, error: ApiError) -> str:
        """Return the text of an error of the API or of the control API."""
        body = self._find_error(error).render(error.facts)
        return str(body.get("detail", error.name) if isinstance(body, dict) else body)

    def refuse(self, error: ApiError) -> Response:
        """Return what the API or the control API answers with an error."""
        found = self._find_error(error)
        return respond(found.status, found.render(error.facts))

    def _find_error(self, error: ApiError) -> DocumentedError:
        return (self.control.spec if self.control else self.spec).find_error(error.name)
