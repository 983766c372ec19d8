"""What was asked and answered: the last exchanges with each workspace."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from heapq import merge
from threading import Lock
from typing import Any, TypedDict, Unpack

from ..state.past import Past, draw_place
from .access_log import shorten_key
from .entry import CONSOLE, Entry
from .redactor import Redactor

_LARGEST_SHARE = 4
"""One workspace takes at most so much of the memory: a quarter."""
_PARTS = 5
"""A path, query or body is cut to so much of that, a head to a quarter: so one exchange always finds room."""
_BASES = 4
"""A workspace lays about so many bases while the journal fills with its exchanges: see `state.past`."""
_OVERHEAD = 400
"""About what an exchange takes besides its parts, in bytes."""
_WORKSPACE_OVERHEAD = 1000
"""About what a workspace takes besides its exchanges, in bytes."""

_NO_HEADERS: Mapping[str, str] = {}

_Exchange = tuple[Any, ...]
"""The fields of an Entry in their order, secrets included: a tuple, which the garbage collector skips."""


class Filters(TypedDict, total=False):
    """What entries are to agree in; None agrees with everything."""

    workspace: str | None
    after: int | None
    """Only exchanges with a greater number than this."""
    since: int | None
    """With a workspace: also the exchanges that belong to none and have a greater number than this."""
    operation: str | None
    method: str | None
    path: str | None
    status: int | None


_INDEX = {field.name: index for index, field in enumerate(fields(Entry))}
_NUMBER, _RESPONSE, _IS_CUT, _PLACE = (_INDEX[name] for name in ("number", "response", "is_cut", "place"))


@dataclass(slots=True)
class _Kept:
    """The exchanges of one workspace, oldest first."""

    exchanges: deque[_Exchange]
    past: Past | None = None
    """That of the workspace which they are exchanges with; None when it is gone, or was never used."""
    size: int = _WORKSPACE_OVERHEAD
    """About what they take, in bytes."""


class Journal:
    """The last exchanges of each workspace, and those that belong to none.

    Of each it keeps at most `most` exchanges; all together take about `most_bytes` bytes, and one
    workspace takes a quarter of them at most. When there are too many bytes, the oldest exchanges of the
    workspace that has not been asked for the longest time go first.
    """

    def __init__(self, redactor: Redactor, most: int, most_bytes: int) -> None:
        self.redactor = redactor
        self.last_number = 0
        """The number of the exchange that was added last."""
        self._most = most
        self._most_size = most_bytes
        self._most_of_workspace = most_bytes // _LARGEST_SHARE
        self._longest = self._most_of_workspace // _PARTS
        self._stretch, self._stretch_bytes = most // _BASES, self._most_of_workspace // _BASES
        self._size = 0
        self._kept: OrderedDict[str | None, _Kept] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return sum(len(kept.exchanges) for kept in self._kept.values())

    def add(
        self,
        *,
        at: float,
        workspace: str | None,
        operation: str | None,
        method: str,
        path: str,
        query: str,
        request: bytes,
        status: int,
        response: bytes,
        milliseconds: float,
        fault: str | None = None,
        request_headers: Mapping[str, str] = _NO_HEADERS,
        response_headers: Mapping[str, str] = _NO_HEADERS,
        place: int = 0,
        opened: int = 0,
        moment: datetime | None = None,
        past: Past | None = None,
    ) -> int:
        """Keep an exchange as it was, and return its number; secrets are taken out when it is looked at.

        `past` is that of its workspace, and is told what is not kept any more.
        """
        if not self._most:
            return 0
        longest, is_cut = self._longest, False
        if len(request) + len(response) + len(path) + len(query) > longest:
            is_cut = max(map(len, (path, query, request, response))) > longest
            if past and max(map(len, (path, query, request))) > longest:
                past.lose(place)
            path, query = path[:longest], query[:longest]
            request, response = request[:longest], response[:longest]
        request_head = _write_head(request_headers)[: longest // 4]
        response_head = _write_head(response_headers)[: longest // 4]
        with self._lock:
            kept = self._kept.get(workspace)
            if kept is None:
                kept = self._kept[workspace] = _Kept(deque())
                self._size += kept.size
            else:
                self._kept.move_to_end(workspace)
            self.last_number += 1
            exchange = (self.last_number, at, workspace, operation, method, path, query, request, status,
                        response, milliseconds, fault, request_head, response_head, is_cut, place, opened,
                        moment)  # fmt: skip
            kept.exchanges.append(exchange)
            size = _measure(exchange)
            if past:
                kept.past = past
                past.exchanges += 1
                past.traffic += size
                if past.exchanges >= self._stretch or past.traffic >= self._stretch_bytes:
                    past.is_long = True
            self._grow(kept, size)
            return self.last_number

    def _grow(self, kept: _Kept, size: int) -> None:
        """Count so many bytes more, and drop exchanges until all take no more than they may."""
        kept.size += size
        self._size += size
        while len(kept.exchanges) > self._most or kept.size > self._most_of_workspace:
            self._drop_oldest(kept)
        while self._size > self._most_size:
            self._drop_oldest(next(iter(self._kept.values())))

    def keep_pieces(self, workspace: str | None, number: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces of the answer of an exchange; what there is room for is kept as it goes by."""
        self._extend(workspace, number, b"", is_cut=True)
        size = 0
        for piece in pieces:
            size += len(piece)
            self._extend(workspace, number, piece, is_cut=True)
            yield piece
        self._extend(workspace, number, b"", is_cut=size > self._longest)

    def _extend(self, workspace: str | None, number: int, piece: bytes, *, is_cut: bool) -> None:
        """Add to the answer of an exchange, if it is still there, as much as is kept of one."""
        with self._lock:
            kept = self._kept.get(workspace)
            numbers = [exchange[_NUMBER] for exchange in kept.exchanges] if kept else []
            if kept is None or number not in numbers:
                return
            place = numbers.index(number)
            exchange = list(kept.exchanges[place])
            before = len(exchange[_RESPONSE])
            exchange[_RESPONSE] = (exchange[_RESPONSE] + piece)[: self._longest]
            exchange[_IS_CUT] = is_cut
            kept.exchanges[place] = tuple(exchange)
            self._grow(kept, len(exchange[_RESPONSE]) - before)

    def select(self, *, limit: int | None = None, **filters: Unpack[Filters]) -> list[Entry]:
        """Return the entries that agree with the filters, oldest first: all, or the last `limit`."""
        found = self._match(filters)
        return [self._show(exchange) for exchange in found[-limit if limit else 0 :]]

    def outline(self, **filters: Unpack[Filters]) -> Iterator[Entry]:
        """Yield what `select` returns, newest first, without what a list does not show.

        That is headers, and bodies unless the answer is a refusal: to take secrets out costs most.
        """
        return (self._show(_outline(exchange)) for exchange in reversed(self._match(filters)))

    def count(self, **filters: Unpack[Filters]) -> int:
        """Return how many entries agree with the filters."""
        return len(self._match(filters))

    def find(self, number: int, workspace: str | None) -> Entry | None:
        """Return an exchange with a workspace, or one that belongs to none; None when it is not kept."""
        found = self._find(number, workspace)
        return self._show(found) if found else None

    def list_originals(self, workspace: str) -> list[Entry]:
        """Return the exchanges with a workspace, oldest first, with their secrets: never to be shown."""
        return [Entry(*exchange) for exchange in self._list(workspace, None)]

    def find_original(self, number: int, workspace: str) -> Entry | None:
        """Return an exchange with its secrets, to be sent again by who holds the key: never to be shown."""
        found = self._find(number, workspace)
        return Entry(*found) if found else None

    def mark(self, workspace: str | None) -> tuple[int, ...]:
        """Return what is equal as long as the exchanges of a workspace, and of none, stay the same."""
        marks = []
        for name in (workspace, None):
            kept = self._kept.get(name)
            with suppress(IndexError):  # another thread drops the last one
                marks.append(kept.exchanges[-1][0] if kept else 0)
        return tuple(marks)

    def clear(self, workspace: str | None = None) -> int:
        """Forget the exchanges of a workspace, or all; returns how many there were."""
        with self._lock:
            names = list(self._kept) if workspace is None else [workspace]
            cleared = [kept for kept in (self._kept.pop(name, None) for name in names) if kept]
            self._size -= sum(kept.size for kept in cleared)
            for kept in cleared:
                if kept.past:
                    kept.past.lose(draw_place())
        return sum(len(kept.exchanges) for kept in cleared)

    def _find(self, number: int, workspace: str | None) -> _Exchange | None:
        return next((each for each in self._list(workspace, 0) if each[0] == number), None)

    def _match(self, filters: Filters) -> list[_Exchange]:
        wanted = [
            (_INDEX[name], value)
            for name, value in filters.items()
            if value is not None and name not in ("workspace", "after", "since")
        ]
        after = filters.get("after") or 0
        found = self._list(filters.get("workspace"), filters.get("since"))
        found = (exchange for exchange in found if exchange[_NUMBER] > after)
        return [exchange for exchange in found if all(exchange[index] == value for index, value in wanted)]

    def _list(self, workspace: str | None, since: int | None) -> Iterable[_Exchange]:
        with self._lock:
            if workspace is None:
                lists = [list(kept.exchanges) for kept in self._kept.values()]
            else:
                lists = [list(self._kept[workspace].exchanges)] if workspace in self._kept else []
                if since is not None and None in self._kept:
                    lists.append([each for each in self._kept[None].exchanges if each[_NUMBER] > since])
        return merge(*lists)

    def _show(self, exchange: _Exchange) -> Entry:
        redactor, entry = self.redactor, Entry(*exchange)
        entry.workspace = shorten_key(entry.workspace) if entry.workspace else None
        entry.path = redactor.redact_text(entry.path)
        entry.query = redactor.redact_query(entry.query)
        entry.request = redactor.redact_body(entry.request)
        entry.response = redactor.redact_body(entry.response)
        entry.request_head = redactor.redact_head(entry.request_head)
        entry.response_head = redactor.redact_head(entry.response_head)
        entry.fault = redactor.redact_text(entry.fault) if entry.fault else None
        return entry

    def _drop_oldest(self, kept: _Kept) -> None:
        exchange = kept.exchanges.popleft()
        if kept.past:
            kept.past.lose(exchange[_PLACE])
        size = _measure(exchange)
        if not kept.exchanges:
            del self._kept[exchange[_INDEX["workspace"]]]
            size += _WORKSPACE_OVERHEAD
        kept.size -= size
        self._size -= size


def _outline(exchange: _Exchange) -> _Exchange:
    number, at, workspace, operation, method, path, query, _, status, response, milliseconds, *rest = exchange
    fault, request_head, _, *others = rest
    answer = response if status >= 400 else b""
    head = f"user-agent: {CONSOLE}" if f"user-agent: {CONSOLE}" in request_head.split("\n") else ""
    return (number, at, workspace, operation, method, path, query, b"", status, answer, milliseconds,
            fault, head, "", *others)  # fmt: skip


def _measure(exchange: _Exchange) -> int:
    _, _, _, _, _, path, query, request, _, response, _, _, request_head, response_head, *_ = exchange
    return (len(path) + len(query) + len(request) + len(response) + len(request_head) + len(response_head)
            + _OVERHEAD)  # fmt: skip


def _write_head(headers: Mapping[str, str]) -> str:
    return "\n".join(map(": ".join, headers.items()))
