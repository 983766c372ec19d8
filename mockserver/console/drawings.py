"""Parts of pages that cost much: drawn once for all pages that show the same, and not too often.

How it works: a drawing is kept with the mark of what it shows. For a multiple of the time that it took, its
mark counts as the present one, so no page asks for a new one. Why so: a workspace that is busy changes many
times a second, and its requests should not wait for those who look at it.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic, thread_time

_MOST_DRAWINGS = 32
"""So many are kept."""
_LEAST_PAUSE, _MOST_PAUSE = 10, 50
"""A drawing is not drawn again for so many times the time that it took."""
_PAUSE_SECONDS = 5.0
"""The pause is shorter than the greater one when that one is longer than this."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A part of a page."""

    mark: Hashable
    text: str
    lasts_until: float


class Drawings:
    """The drawings that were made last."""

    def __init__(self) -> None:
        self._drawings: OrderedDict[Hashable, Drawing] = OrderedDict()
        """Name → drawing, the one that was made last at the end."""

    def mark(self, name: Hashable, present: Hashable) -> Hashable:
        """Return the mark of what `draw` returns, when `present` is that of what there is now."""
        drawing = self._drawings.get(name)
        return drawing.mark if drawing and monotonic() < drawing.lasts_until else present

    def draw(self, name: Hashable, present: Hashable, make: Callable[[], str]) -> str:
        """Return a drawing, made anew unless the one that is kept shows what there is, or is new enough."""
        drawing = self._drawings.get(name)
        if drawing is None or (drawing.mark != present and monotonic() >= drawing.lasts_until):
            began = thread_time()
            text = make()
            drawing = Drawing(present, text, monotonic() + _find_pause(thread_time() - began))
            self._drawings[name] = drawing
            self._drawings.move_to_end(name)
            if len(self._drawings) > _MOST_DRAWINGS:
                self._drawings.popitem(last=False)
        return drawing.text


def _find_pause(seconds: float) -> float:
    """Return how long a drawing that took so many seconds stays."""
    return max(_LEAST_PAUSE * seconds, min(_MOST_PAUSE * seconds, _PAUSE_SECONDS))
