"""What a test does to the stand-in through its control API."""

from typing import Any

from mockserver.control import load_control_spec

from .api import SPEC, Answer, Api

CONTROL = load_control_spec()


class Control:
    """Calls operations of the control API for the workspace of one user."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def __call__(self, operation_id: str, body: Any = None, query: Any = None, **ids: str) -> Answer:
        """Call an operation; return any answer."""
        operation = CONTROL.operations[operation_id]
        request: dict[str, Any] = {} if body is None else {"json": body}
        return self.api.send(operation.method, operation.path.format(**ids), query_string=query, **request)

    def ok(self, operation_id: str, body: Any = None, query: Any = None, **ids: str) -> Any:
        """Call an operation that must succeed; returns the body."""
        answer = self(operation_id, body, query, **ids)
        assert answer.status == CONTROL.operations[operation_id].status, answer
        return answer.body

    def send_from(self, address: str, headers: dict[str, str] | None = None) -> Answer:
        """Ask for the workspace from another machine."""
        return self.api.send(
            "GET",
            CONTROL.operations["showWorkspace"].path,
            headers={SPEC.key_header: self.api.key, **(headers or {})},
            environ_base={"REMOTE_ADDR": address},
        )
