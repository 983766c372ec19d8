"""Which fault hits a request: one that it asks for itself, or one of a rule of its workspace."""

from threading import Lock

from ..errors import ApiError
from ..openapi.spec import Spec
from ..state.fault_rules import Fault, PreferenceError, choose_fault, read_preferences
from ..state.past import draw_place
from ..state.workspace import Workspace
from .endpoints import Exchange


class FaultFinder:
    """Finds what is to go wrong with the requests of the API."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._lock = Lock()
        """Not the workspace's: a call that goes on there must not keep others from being looked at."""

    def find(self, exchange: Exchange, workspace: Workspace | None) -> Fault | None:
        """Return what is to go wrong; `workspace` is that of the request, if it was ever used.

        Raises ApiError `preference_invalid`.
        """
        request, endpoint = exchange.request, exchange.endpoint
        name = endpoint.operation.operation_id if endpoint else ""
        if name not in self._spec.operations and not request.path.startswith(self._spec.base_path):
            return None
        try:
            fault = read_preferences(request.headers.get("prefer", ""))
        except PreferenceError as error:
            raise ApiError("preference_invalid", reason=str(error)) from None
        if fault or workspace is None:
            return fault
        exchange.opened = draw_place()
        if not workspace.faults:
            return None
        if workspace.lock.acquire(blocking=False):  # while somebody works there, no base can be laid
            try:
                workspace.enter(exchange.moment)
            finally:
                workspace.leave()
                workspace.lock.release()
        with self._lock:
            exchange.opened = draw_place()
            return choose_fault(workspace.faults, name, request.method, request.path, workspace.fault_random)
