"""What a mutant is: a server made wrong in one way, to measure the contract suite."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .mutations import Mutation

if TYPE_CHECKING:
    from .recorder import Recorder

Scenario = Callable[["Recorder"], Any]

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
    "situations",
    "independent",
)

ANY_TIME = "no source says how long a job may take"
MOCK_ONLY = "methods that openapi.yaml does not have are sent to nobody but the mock"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One thing wrong with a server. The first part of the id is the group."""

    id: str
    summary: str
    apply: Mutation
    choice: str = ""
    """Why only the mock can be wrong so: openapi.yaml marks the rule as this project's choice."""
    unseen: str = ""
    """Why nobody can see it from outside within one run."""
    scenario: Scenario | None = None
    """What shows it, when the usual scenarios do not."""

    @property
    def group(self) -> str:
        """One of GROUPS."""
        return self.id.partition(".")[0]
