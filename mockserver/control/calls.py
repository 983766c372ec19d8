"""What a handler of the control API is given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..http.journal import Journal
from ..openapi.spec import Spec
from ..resources.call import Call
from ..seeding.documents import StateFormat
from ..seeding.seeds import Seeds


@dataclass(frozen=True, slots=True)
class Tools:
    """What the control API works with, besides a workspace."""

    spec: Spec
    """The API's, not the control API's."""
    states: StateFormat
    seeds: Seeds
    journal: Journal
    max_faults: int
    """Most fault rules of a workspace."""


@dataclass(frozen=True, slots=True)
class ControlCall(Call):
    """A valid request of one control operation."""

    tools: Tools
    scope: str | None
    """The workspace that the key names; None without a key, and `workspace` is nobody's then."""


ControlHandler = Callable[[ControlCall], dict[str, Any] | str | Iterator[str]]
