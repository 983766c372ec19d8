"""The writing of a script: its steps follow from what a run may do, and from nothing else of the run."""

from copy import copy
from dataclasses import dataclass
from functools import lru_cache

from mockserver.openapi.spec import Spec

from ..verdict.outcomes import UncheckedError
from ..walk.history import Step
from ..walk.leave import Leave
from ..walk.model import Model
from .draft import Draft
from .parts import Script
from .worlds import Worlds

_RANDOM_SEED = "situations"
_SHORT = 25
"""So few steps have changed little that is not asked for by themselves."""


@dataclass(frozen=True, slots=True)
class Written:
    """A history, and what each step is for."""

    steps: tuple[Step, ...]
    labels: tuple[str, ...]
    """The rule that each step stands for."""
    begins: tuple[int, ...]
    """How many steps there were before each part that was begun."""
    trouble: UncheckedError | None
    """Why the last part that was begun ends early; a copy is raised, see `tell_trouble`."""

    def tell_trouble(self) -> UncheckedError | None:
        """Return why the last part ends early, to be raised: an error gets longer each time it is."""
        return copy(self.trouble)


@lru_cache(maxsize=128)
def write(spec: Spec, leave: Leave, script: Script) -> Written:
    """Write the parts of a script as one history; as long as a process lasts, the same one."""
    draft = Draft(spec, _make_model(spec), leave, f"{script.name} {len(script.parts)}")
    worlds = Worlds(draft)
    begins: list[int] = []
    trouble = None
    try:
        for part in script.parts:
            begins.append(len(draft.steps))
            part.write(worlds)
        if len(draft.steps) > _SHORT:
            draft.look_at_all()
    except UncheckedError as error:
        trouble = error.with_traceback(None)  # which would keep the draft
    finally:
        draft.close()
    return Written(tuple(draft.steps), tuple(draft.labels), tuple(begins), trouble)


@lru_cache(maxsize=4)
def _make_model(spec: Spec) -> Model:
    return Model(spec, _RANDOM_SEED)
