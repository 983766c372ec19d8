"""Which requests take so long that nobody else should wait for them."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from ..state.workspace import Workspace
from .due_work import is_due
from .endpoints import Endpoint, Exchange
from .guard import HEALTH_PATHS

_LONG_BODY = 64 * 1024
"""Bytes; a larger body takes long to read."""
LONG_SECONDS = 0.005
"""What took longer last time is expected to take long again."""
_MANY_RECORDS = 2000
"""In a workspace of more records only what was seen to be short is expected to be short."""
_MOST_REMEMBERED = 10_000


class Effort:
    """Predicts which requests take long, from the operation, the body and earlier requests."""

    def __init__(self, *, begins_empty: bool = True) -> None:
        """`begins_empty`: a workspace begins without records, so it is made at once."""
        self._begins_empty = begins_empty
        self._lock = Lock()
        """Held while something is remembered: several threads do so."""
        self._long: OrderedDict[tuple[str, str], bool] = OrderedDict()
        """(workspace, operation) → whether it took long last time; the longest ago go first."""

    def is_long(self, exchange: Exchange, workspace: Workspace | None, body: Sequence[bytes]) -> bool:
        """Return whether a request with the parts of a body is expected to take long."""
        endpoint = exchange.endpoint
        if endpoint is None:
            return exchange.error is None and exchange.request.path not in HEALTH_PATHS
        if endpoint.operation.is_long or (body and _is_long_body(endpoint, body)):
            return True
        if workspace is None:
            return not self._begins_empty
        if is_due(workspace):
            return True
        taken = self._long.get((workspace.name, endpoint.operation.operation_id))
        return _is_large(workspace) if taken is None else taken

    def note(self, exchange: Exchange, seconds: float) -> None:
        """Remember how long a request took of a processor."""
        workspace, operation = exchange.workspace, exchange.operation
        if workspace is None or operation is None:
            return
        is_long, place = seconds > LONG_SECONDS, (workspace.name, operation.operation_id)
        is_usual = not is_long and not _is_large(workspace)
        if is_usual and place not in self._long:
            return
        with self._lock:
            if is_usual:
                self._long.pop(place, None)
                return
            self._long[place] = is_long
            self._long.move_to_end(place)
            if len(self._long) > _MOST_REMEMBERED:
                self._long.popitem(last=False)


def _is_long_body(endpoint: Endpoint, body: Sequence[bytes]) -> bool:
    """Return whether a body is large, or has a property with which the operation may take long."""
    if sum(map(len, body)) > _LONG_BODY:
        return True
    names = endpoint.long_properties
    if not names:
        return False
    text = b"".join(body)
    for name in names:  # a loop, since each body is looked at
        if name in text:
            return True
    return b"\\u" in text  # a name may be written in JSON's escapes, too


def _is_large(workspace: Workspace) -> bool:
    found = len(workspace.leads) + len(workspace.contacts) + len(workspace.events) + len(workspace.campaigns)
    return found > _MANY_RECORDS
