"""Answers to reading requests, given again as long as nothing has changed in their workspace.

Why: clients ask the same again and again, for example until a campaign is COMPLETED. How: tables count their
changes, and a clock counts who reads it. An answer that was made without a look at the clock follows from the
records and the request alone.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from weakref import ReferenceType, ref

from ..resources.call import Call
from ..state.workspace import Workspace
from .endpoints import Endpoint
from .messages import Response

Mark = tuple[int, int]
"""How often the tables of a workspace have changed, and how often its clock was read."""
LARGEST = 64 * 1024
"""Bytes of the largest answer that is kept."""
MOST_BYTES = 8 * 1024 * 1024
"""Bytes of all together, about."""
_OVERHEAD = 1000
"""About what an answer takes besides its body, in bytes."""


@dataclass(frozen=True, slots=True)
class _Kept:
    workspace: ReferenceType[Workspace]
    """Not the workspace: one that was dropped would stay in memory."""
    changes: int
    """How often its tables had changed."""
    status: int
    headers: dict[str, str]
    body: bytes


class KeptAnswers:
    """The last answers of operations that keep theirs; the one not asked for longest goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, endpoint: Endpoint, call: Call) -> Response | None:
        """Return the answer that a call would get anew; None when it is unknown.

        The caller holds the lock of the workspace.
        """
        if not endpoint.keeps_answers:
            return None
        place, workspace = _name(endpoint, call), call.workspace
        with self._lock:
            kept = self._kept.get(place)
            if kept is None:
                return None
            if kept.changes != workspace.undo_log.changes or kept.workspace() is not workspace:
                self._drop(place)
                return None
            self._kept.move_to_end(place)
        return Response(kept.status, dict(kept.headers), kept.body)

    def mark(self, workspace: Workspace) -> Mark:
        """Return what stays equal as long as nothing changes and nobody asks for the time."""
        return workspace.undo_log.changes, workspace.clock.reads

    def keep(self, endpoint: Endpoint, call: Call, response: Response, before: Mark, after: Mark) -> None:
        """Keep an answer, if its handler changed nothing and did not ask for the time.

        `before` and `after` are the marks from before and after the handler.
        """
        body, workspace = response.body, call.workspace
        if not endpoint.keeps_answers or before != after:
            return
        if not isinstance(body, bytes) or len(body) > LARGEST:
            return
        kept = _Kept(ref(workspace), after[0], response.status, dict(response.headers), body)
        place = _name(endpoint, call)
        with self._lock:
            if place in self._kept:
                self._drop(place)
            self._kept[place] = kept
            self._size += len(body) + _OVERHEAD
            while self._size > MOST_BYTES:
                self._drop(next(iter(self._kept)))

    def _drop(self, place: Hashable) -> None:
        self._size -= len(self._kept.pop(place).body) + _OVERHEAD


def _name(endpoint: Endpoint, call: Call) -> Hashable:
    """Return what is equal for equal calls."""
    workspace, operation = call.workspace, endpoint.operation
    return workspace.name, operation.operation_id, *call.path.values(), *call.query.items()
