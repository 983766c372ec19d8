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

ANY_TIME = "no source says how long a job may take"
MOCK_ONLY = "methods that openapi.yaml does not have are sent to nobody but the mock"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a server. The first part of the id is the group."""

    id: str
    summary: str
    plant: Plant
    choice: str = ""
    """Why it is no fault of any server but the mock: openapi.yaml marks the rule as this project's choice."""
    unseen: str = ""
    """Why nobody can see it from outside within one run."""
    probe: Probe | None = None
    """What shows it, when the story does not."""

    @property
    def group(self) -> str:
        """One of GROUPS."""
        return self.id.partition(".")[0]
