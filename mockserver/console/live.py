"""What is new, sent to the open pages: server-sent events whose data is HTML."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any

from ..errors import ApiError
from ..http.messages import Response
from ..http.streams import Feed
from .header import mark_header, render_clock, render_header
from .messages import write_message
from .pages import HEADERS
from .updates import Marks, Updates
from .view import View
from .visit import Visit

_BEAT_SECONDS = 15
"""After so long a silence the stream says that it is there."""
_NOTHING = b": nothing new\n\n"
_MOST_OF_CLIENT = 4
"""A browser has six connections to a server, and needs some for all else."""
_SERVER = secrets.token_hex(8)
"""A page of another run of the server is out of date, even with equal marks."""


class Streams:
    """The open streams, so many at most; who finds no room asks again and again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()
        """Address of a client → its streams."""
        self._lock = Lock()

    def open(self, address: str) -> bool:
        """Take the room of a stream; returns False when there is none."""
        with self._lock:
            if self._open.total() >= self._most or self._open[address] >= _MOST_OF_CLIENT:
                return False
            self._open[address] += 1
            return True

    def close(self, address: str) -> None:
        """Give the room of a stream back."""
        with self._lock:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]


class LiveFeed(Feed):
    """What is new in a view and its header. It ends after the first look unless it may stay."""

    def __init__(self, visit: Visit, view: View, streams: Streams, updates: Updates, seen: str) -> None:
        """`seen` is the digest of what the page shows already."""
        self._visit, self._view, self._streams, self._updates = visit, view, streams, updates
        query = ((name, *values) for name, values in visit.request.query.items() if name != "seen")
        self._page = (view.name, visit.key, visit.request.host, *query)
        """Equal for pages that show the same."""
        self.subject = f"console of {visit.name}"
        self._marks: Marks | None = None
        marks = self._read_marks()
        if seen == digest_marks(*marks):
            self._marks = marks
        self._stays = self._has_looked = self._is_closed = False
        self._looks_at = self._beats_at = monotonic()

    def stay(self) -> None:
        """Go on, if there is room."""
        self._stays = self._streams.open(self._visit.request.remote_address)

    @property
    def has_news(self) -> bool:
        """Whether the view or the header has changed, or it is time to say something."""
        now = monotonic()
        if not self._stays:
            return True
        return now >= self._looks_at and (now >= self._beats_at or self._read_marks() != self._marks)

    def __next__(self) -> bytes:
        if self._is_closed or (self._has_looked and not self._stays):
            raise StopIteration
        self._has_looked = True
        self._beats_at = monotonic() + _BEAT_SECONDS
        shown, marks = (self._page, self._marks), self._read_marks()
        if marks == self._marks:
            return _NOTHING
        update = self._updates.find(shown, marks, stays=self._stays) or self._updates.make(
            shown, marks, lambda: self._write(marks)
        )
        self._marks, self._looks_at = update.marks, update.until
        return update.event

    def close(self) -> None:
        """Give the room back."""
        if self._stays and not self._is_closed:
            self._streams.close(self._visit.request.remote_address)
        self._is_closed = True

    def _write(self, marks: Marks) -> bytes:
        text = self._render(marks)
        return _write_event(text, digest_marks(*marks)) if text else _NOTHING

    def _render(self, marks: Marks) -> str:
        """Return what is new; why, when there is nothing to show, for example since a fork was removed."""
        visit, (header, view) = self._visit, self._marks or (None, None)
        if visit.problem:
            return write_message("alert", visit.problem)
        if self._is_moving:
            return render_clock(visit)
        try:
            text = render_header(visit) if header != marks[0] else ""
            if self._marks is None or view != marks[1]:
                text += self._view.update(visit, view)
        except ApiError as error:
            return write_message("alert", visit.desk.explain(error))
        return text

    @property
    def _is_moving(self) -> bool:
        """Whether a move of the clock holds the workspace: the view is as before until it ends."""
        workspace = self._visit.used_workspace
        return workspace is not None and workspace.move is not None

    def _read_marks(self) -> Marks:
        if self._is_moving:
            return mark_header(self._visit), self._marks[1] if self._marks else None
        return mark_header(self._visit), self._view.mark(self._visit)


def answer_events(visit: Visit, views: Callable[[str], View], streams: Streams, updates: Updates) -> Response:
    """Return the stream of the view that the address names; raises ApiError `route_not_found`."""
    seen = visit.request.headers.get("last-event-id") or visit.value("seen")
    feed = LiveFeed(visit, views(visit.value("view")), streams, updates, seen)
    return Response(200, {"Content-Type": "text/event-stream; charset=utf-8", **HEADERS}, feed)


def digest_marks(header: Any, view: Any) -> str:
    """Return a digest that is equal as long as a page is up to date."""
    return hashlib.sha256(repr((_SERVER, header, view)).encode()).hexdigest()[:16]


def _write_event(text: str, event_id: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in text.replace("\r", "&#13;").split("\n"))
    return f"id: {event_id}\n{lines}\n".encode()
