"""What a handler of the control API is given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..http.due_work import DueWork
from ..http.forks import Forks
from ..http.journal import Journal
from ..http.keys import Key, KeyRing
from ..openapi.spec import Spec
from ..reproduction.capsule import CapsuleWriter
from ..resources.call import Call
from ..seeding.documents import StateFormat
from ..seeding.seeds import Seeds
from ..state.workspaces import Workspaces
from ..state_dir import SavedFormat


@dataclass(frozen=True, slots=True)
class Tools:
    """What the control API works with, besides a workspace."""

    spec: Spec
    """The API's, not the control API's."""
    states: StateFormat
    capsules: CapsuleWriter
    seeds: Seeds
    journal: Journal
    forks: Forks
    workspaces: Workspaces
    keys: KeyRing
    max_faults: int
    """Most fault rules of a workspace."""
    saved: SavedFormat
    due_work: DueWork
    save: Callable[[str], None]
    """Writes a workspace to `--state-dir`, or removes it there if it is gone; does nothing without one."""


@dataclass(frozen=True, slots=True)
class ControlCall(Call):
    """A valid request of one control operation."""

    tools: Tools
    key: Key | None
    """That of the caller; None without one, and `workspace` is nobody's then."""

    @property
    def scope(self) -> str | None:
        """The name of the workspace that the key leads to."""
        return self.key.workspace if self.key else None


ControlHandler = Callable[[ControlCall], dict[str, Any] | str | Iterator[str]]
