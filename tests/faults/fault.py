"""What a fault is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .planting import Plant

if TYPE_CHECKING:
    from .teller import Teller

Probe = Callable[["Teller"], Any]

GROUPS = (
    "fields",
    "defaults",
    "bounds",
    "types",
    "cross_field",
    "launch",
    "access",
    "errors",
    "state",
    "fidelity",
    "headers",
    "robustness",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a server. The first part of the id is the group."""

    id: str
    summary: str
    plant: Plant
    choice: str = ""
    """Why a correct server may do so: openapi.yaml marks the rule as a choice of this project."""
    unseen: str = ""
    """Why nobody can see it from outside within one run."""
    probe: Probe | None = None
    """What shows it, when the story does not."""

    @property
    def group(self) -> str:
        """One of GROUPS."""
        return self.id.partition(".")[0]
