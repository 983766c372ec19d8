"""The soak's view of a workspace: its state at the last export, and the ids in it."""

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..kit.api import UNKNOWN_ID

_KEPT = 40
"""How many ids of each name are remembered from answers."""


@dataclass
class View:
    """A workspace, seen from outside."""

    key: str
    state: bytes = b"{}"
    """The last export."""
    now: str = ""
    """Where the clock stands."""
    may_fault: bool = False
    """Whether fault rules may be there."""
    earlier: deque[bytes] = field(default_factory=lambda: deque(maxlen=3))
    """Exports from before, to be imported again."""
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _met: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=_KEPT)))

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.state))

    def see(self, state: bytes) -> None:
        """Take an export for the present state."""
        if state != self.state:
            self.state = state
            tables = [rows for rows in self.document.values() if isinstance(rows, list)]
            self._rows = [row for rows in tables for row in rows]

    def meet(self, answer: Any) -> None:
        """Remember the ids in an answer, of which some stand in no table."""
        for name, value in _list_ids(answer):
            if value and value not in self._met[name]:
                self._met[name].append(value)

    def find_id(self, random: Random, name: str) -> str:
        """Return an id for a field of this name, mostly one that there is."""
        ids = self.find_ids(random, (name,))
        return ids[name]

    def find_ids(self, random: Random, names: Iterable[str]) -> dict[str, str]:
        """Return ids that mostly belong together, as those of a lead and its campaign."""
        names = list(names)
        rows = [row for row in self._rows if all(isinstance(row.get(name), str) for name in names)]
        if rows and random.random() < 0.9:
            row = random.choice(rows)
            return {name: row[name] for name in names}
        return {name: self._find_any(random, name) for name in names}

    def _find_any(self, random: Random, name: str) -> str:
        own = [row[name] for row in self._rows if isinstance(row.get(name), str)]
        kin = (
            [other for other in self._met if other.endswith("node_id")]
            if name.endswith("node_id")
            else [name]
        )
        met = [value for other in kin for value in self._met.get(other, ())]
        others = [value for values in self._met.values() for value in values]
        kind = random.choices(["own", "met", "other", "none"], [50, 40, 5, 5])[0]
        choices = {"own": own or met, "met": met or own, "other": others, "none": []}[kind]
        return random.choice(choices) if choices else UNKNOWN_ID


def _list_ids(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str) and name.endswith("_id"):
                yield name, item
            elif isinstance(item, dict | list):
                yield from _list_ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _list_ids(item)
