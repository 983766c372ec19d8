"""What a handler of the control API is given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..calls import Call
from ..journal import Journal
from ..spec import Spec
from ..states.format import StateFormat
from ..states.seeds import Seeds


@dataclass(frozen=True, slots=True)
class Tools:
    """What the control API works with, besides a workspace."""

    spec: Spec
    """The API's, not the control API's."""
    states: StateFormat
    seeds: Seeds
    journal: Journal


@dataclass(frozen=True, slots=True)
class ControlCall(Call):
    """A valid request of one control operation."""

    tools: Tools
    scope: str | None
    """The workspace that the key names; None without a key, and `workspace` is nobody's then."""


ControlHandler = Callable[[ControlCall], dict[str, Any] | str]
