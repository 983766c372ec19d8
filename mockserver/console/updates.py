"""The last updates of open pages: those that show the same get the same bytes, which are made once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from time import monotonic, sleep, thread_time
from typing import TypeVar

T = TypeVar("T")

Marks = tuple[Hashable, Hashable]
"""Those of the header and of the view; equal as long as both show the same."""

SECONDS_BETWEEN = 0.25
"""Four updates a second at most; the first one at once."""
MOST_SECONDS_BETWEEN = 0.5
"""So many seconds at most, whatever an update costs."""
_SHARE = 0.02
"""Of a processor, for what pages show that come more often than once in `MOST_SECONDS_BETWEEN`."""
_ITEMS_AT_ONCE = 15
_BREAK_SECONDS = 0.0001


@dataclass(frozen=True, slots=True)
class Update:
    """What brings pages up to date that showed the same before."""

    marks: Marks
    """Those of what the pages show then."""
    event: bytes
    until: float
    """When such a page looks again, by the monotonic clock."""


class Updates:
    """The updates that are still as new as a page has to be."""

    def __init__(self) -> None:
        self._made: OrderedDict[Hashable, Update] = OrderedDict()
        """What a page shows, and its marks before → the update; the oldest first."""
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._made)

    def find(self, shown: Hashable, marks: Marks, *, stays: bool) -> Update | None:
        """Return the update of a page; None when it is to be made.

        `marks` are the present ones. A page that stays open takes a somewhat older update, too, and looks
        again together with the others.
        """
        with self._lock:
            found = self._made.get(shown)
        return found if found and (found.marks == marks or (stays and monotonic() < found.until)) else None

    def make(self, shown: Hashable, marks: Marks, write: Callable[[], bytes]) -> Update:
        """Make an update, and keep it for others. What costs more is made less often."""
        started, spent = monotonic(), thread_time()
        event = write()
        wait = (thread_time() - spent) / _SHARE
        wait = min(max(wait, SECONDS_BETWEEN), MOST_SECONDS_BETWEEN)
        update = Update(marks, event, started + wait)
        with self._lock:
            # As many at most as there are open pages.
            for place in [place for place, made in self._made.items() if made.until < started]:
                del self._made[place]
            self._made[shown] = update
        return update


def take_breaks(items: Iterable[T]) -> Iterator[T]:
    """Yield the items, and let other threads go on after every few of them: a request may be waiting."""
    for number, item in enumerate(items):
        if number and number % _ITEMS_AT_ONCE == 0:
            sleep(_BREAK_SECONDS)
        yield item
