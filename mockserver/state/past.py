"""What a workspace has gone through, as far as its exchanges do not tell: whole states, and control calls.

How it works: whatever happens in a workspace has a place, a number that grows. The journal keeps exchanges
with their places; here stand the control calls that changed something, and bases: the whole state at a place.
From a base on, everything can be done again. So a base has to stand before the oldest exchange that is
kept: one is laid after every so many exchanges, and when the state was replaced by another one. A base shares
its tables with the workspace, so it costs what is changed afterwards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from .snapshot import Snapshot, count_records

_MOST_CALLS = 1000
_MOST_BYTES = 1_000_000
"""About what all control calls take."""
_OVERHEAD = 1000
"""About what a control call takes besides its body and its answer, in bytes."""
_MOST_BASES = 30
_MOST_RECORDS = 1_000_000
"""Most records that the bases hold, but the last one. What neighbours share counts once."""
_PLACES = count(1)


def draw_place() -> int:
    """Return the place of what happens next, in any workspace."""
    return next(_PLACES)


@dataclass(frozen=True, slots=True)
class Base:
    """The whole state of a workspace at a place."""

    place: int
    at: datetime
    """The real time of the state, from which its clock goes on."""
    make: Callable[[], Snapshot]
    """Returns the state."""
    held: Snapshot | None = None
    """The state, if it is held and not made when somebody asks."""


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call of the control API that changed something."""

    place: int
    at: datetime
    """The real time that its clock went by."""
    operation: str
    ids: dict[str, str]
    query: dict[str, Any]
    body: Any
    status: int
    answer: bytes

    @property
    def size(self) -> int:
        """About what it takes, in bytes."""
        return len(self.answer) + len(repr(self.body)) + _OVERHEAD


class Past:
    """What one workspace has gone through."""

    __slots__ = ("_bases", "_calls", "_lost", "_size", "exchanges", "is_long", "last_place", "needs_base",
                 "traffic")  # fmt: skip

    def __init__(self) -> None:
        self.last_place = 0
        """That of what happened last."""
        self._bases: list[Base] = []
        self._calls: list[PastCall] = []
        self._size = 0
        self._lost = 0
        """Of what happened up to this place, something is not kept."""
        self.needs_base = True
        """Whether what happens next could not be done again."""
        self.is_long = False
        """Whether so much happened since the last base that a new one makes sense."""
        self.exchanges = self.traffic = 0
        """How many exchanges there were since the last base, and their bytes; the journal counts them."""

    @property
    def bases(self) -> Sequence[Base]:
        """Those from which on everything is kept, oldest first."""
        return [base for base in self._bases if base.place > self._lost]

    @property
    def calls(self) -> Sequence[PastCall]:
        """The control calls that are kept, oldest first."""
        return list(self._calls)

    def begin(self, at: datetime, make: Callable[[], Snapshot]) -> None:
        """Forget everything: the workspace begins anew, with the state that `make` returns."""
        self.forget()
        self._add(Base(draw_place(), at, make))

    def add_base(self, at: datetime, snapshot: Snapshot) -> None:
        """Keep the present state."""
        self._add(Base(draw_place(), at, lambda: snapshot, snapshot))
        while len(self._bases) > 1 and not self._has_room():
            del self._bases[0]

    def add_call(self, call: PastCall) -> None:
        """Keep a control call, unless a base was laid in it: all that it did is in there."""
        if call.place < self._bases[-1].place:
            return
        self._calls.append(call)
        self._size += call.size
        while len(self._calls) > _MOST_CALLS or self._size > _MOST_BYTES:
            dropped = self._calls.pop(0)
            self._size -= dropped.size
            self.lose(dropped.place)

    def expect_base(self) -> None:
        """Let a base be laid before anything else happens, because the state was replaced."""
        self.needs_base = True

    def lose(self, place: int) -> None:
        """Note that what happened at a place is not kept."""
        self._lost = max(self._lost, place)
        self.needs_base |= bool(self._bases) and self._bases[-1].place <= self._lost

    def forget(self) -> None:
        """Forget everything."""
        self._bases.clear()
        self._calls.clear()
        self._size = 0
        self.needs_base = True

    def _add(self, base: Base) -> None:
        while self._bases and self._bases[0].place <= self._lost:
            del self._bases[0]
        self._bases.append(base)
        self.needs_base = self.is_long = False
        self.exchanges = self.traffic = 0

    def _has_room(self) -> bool:
        held = [base.held.records for base in self._bases if base.held]
        return len(self._bases) <= _MOST_BASES and count_records(held) <= _MOST_RECORDS
