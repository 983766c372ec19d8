"""Starting states: named files of this package, and files of the user's own."""

import json
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from .documents import read_yaml
from .errors import RequestInvalidError
from .states import CheckedState, StateFormat
from .workspace import Start

_FOLDER = Path(__file__).parent / "seeds"
_MOST_SHOWN = 5


class SeedError(Exception):
    """There is no such seed, or it breaks a rule; says what and where."""


class Seeds:
    """The starting states of a server; each is read and checked once."""

    def __init__(self, states: StateFormat) -> None:
        self._states = states
        self._checked: dict[str, CheckedState] = {}

    def find(self, name: str) -> Start:
        """Return the starting state of this name, or of the file at this path.

        Raises SeedError.
        """
        if name not in self._checked:
            is_own = name not in list_seeds()
            path = Path(name) if is_own else _FOLDER / f"{name}.yaml"
            if is_own and not path.is_file():
                raise SeedError(f"no seed is called {name}, and no file; there are {', '.join(list_seeds())}")
            try:
                checked = self._states.check(_read(path))
                if is_own:  # what a workspace would stumble over later
                    self._states.make(checked, Random(0))
            except RequestInvalidError as error:
                raise SeedError(tell_violations(f"the seed {name} breaks a rule:", error)) from None
            self._checked[name] = checked
        return Start(name, partial(self._states.make, self._checked[name]))


def list_seeds() -> list[str]:
    """Return the names of the seeds in the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def _read(path: Path) -> Any:
    try:
        # YAML would read JSON, too, but an export of thousands of records far slower.
        return json.loads(path.read_bytes()) if path.suffix == ".json" else read_yaml(path) or {}
    except OSError as error:
        raise SeedError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise SeedError(f"{path} is neither YAML nor JSON: {error}") from None


def tell_violations(head: str, error: RequestInvalidError) -> str:
    """Return the first breaches of a document as lines for a person."""
    lines = [
        f"  {'.'.join(map(str, violation['loc'][1:])) or 'the file'}: {violation['msg']}"
        for violation in error.violations[:_MOST_SHOWN]
    ]
    more = len(error.violations) - len(lines)
    return "\n".join([head, *lines, *([f"  and {more} more"] if more > 0 else [])])
