"""Which requests are answered where they arrive, and which by a thread."""

from collections import deque
from collections.abc import Callable, Mapping

from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher

_LONG_BODY = 64 * 1024
"""Bytes; a larger body takes long enough to read that others should not wait for it."""


class Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Hands over to a thread only what may take long.

    Everything else takes less time to answer than the hand-over costs, so it is answered between two
    looks at the sockets, by `work`. `may_wait` tells from the headers, named as in WSGI without `HTTP_`,
    whether a request may be told to wait.
    """

    def __init__(self, may_wait: Callable[[Mapping[str, str]], bool]) -> None:
        super().__init__()
        self._may_wait = may_wait
        self._short: deque[HTTPChannel] = deque()

    def add_task(self, task: HTTPChannel) -> None:
        """Queue the first request of a connection."""
        request = task.requests[0]
        headers = {name.replace("_", "-").lower(): value for name, value in request.headers.items()}
        if request.content_length > _LONG_BODY or self._may_wait(headers):
            super().add_task(task)
        else:
            self._short.append(task)

    def work(self) -> None:
        """Answer the short requests; called by the thread that watches the sockets."""
        while self._short:
            self._short.popleft().service()
