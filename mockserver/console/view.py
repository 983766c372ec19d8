"""What a view is: a place in the navigation, its pages, and what changes while it is open."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from ..http.messages import Response
from .visit import Visit

Handler = Callable[[Visit], Response]
Route = tuple[str, str, Handler]
"""A method, a path (`{name}` in it is a parameter), and what answers it."""


@dataclass(frozen=True, slots=True)
class View:
    """One view of the console."""

    name: str
    """As in the address of its stream."""
    title: str
    """As in the navigation."""
    path: str
    routes: tuple[Route, ...]
    mark: Callable[[Visit], Hashable]
    """Returns what is equal as long as the view shows the same; it is asked often, and waits for no lock."""
    update: Callable[[Visit, Any], str]
    """Returns the parts to put into a page (`hx-swap-oob`), given the mark of what it shows, or None."""
