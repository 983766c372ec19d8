"""A workspace at one time: what it holds, and what its future follows from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from random import Random
from typing import Any

from .clock import ClockState
from .fault_rules import FaultRule

SENDING_KEY_SIZE = 64
"""Bytes of what the draws of sending follow from."""
RateCounts = Mapping[tuple[str, int], tuple[int, int]]
"""(digest of a key, seconds of a window) → (which window, requests in it); see `http.rate_limits`."""


def draw_id(random: Random) -> str:
    """Return a new id."""
    # Equal to str(uuid.UUID(int=…, version=4)), in a third of the time.
    text = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def copy_random(random: Random) -> Random:
    """Return random numbers that go on in the same way."""
    copied = Random()
    copied.setstate(random.getstate())
    return copied


def copy_rules(rules: Iterable[FaultRule]) -> tuple[FaultRule, ...]:
    """Return fault rules with counts of their own."""
    return tuple(map(replace, rules))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a workspace holds at one time. None stands for what a workspace keeps as it has it."""

    user_id: str
    team_id: str
    records: Mapping[str, Mapping[str, Any]]
    """Table → id → record."""
    random: Random
    """What ids and the draws of requests follow from."""
    sending_key: bytes | None = None
    """What the draws of sending follow from."""
    clock: ClockState | None = None
    settled_at: datetime | None = None
    """See `Workspace.settled_at`; None: the time at which the snapshot is restored."""
    resumes_at: datetime | None = None
    """See `Workspace.resumes_at`."""
    faults: tuple[FaultRule, ...] | None = None
    fault_random: Random | None = None
    rate_counts: RateCounts | None = None
    passed: tuple[int, ...] | None = None
    """The points of the clock that lead here; see `History.passed`."""

    def keep_records(self) -> "Snapshot":
        """Return the records and the ids to come alone, for a workspace with a time of its own."""
        return Snapshot(self.user_id, self.team_id, self.records, self.random)


def count_records(states: Sequence[Mapping[str, Mapping[str, Any]]]) -> int:
    """Return how many records several states hold: table → id → record; what neighbours share counts once."""
    first = sum(map(len, states[0].values())) if states else 0
    return first + sum(
        len(table)
        for before, after in pairwise(states)
        for name, table in after.items()
        if before.get(name) is not table
    )


def make_empty(random: Random) -> Snapshot:
    """Return a state without records."""
    return Snapshot(draw_id(random), draw_id(random), {}, random)


@dataclass(frozen=True, slots=True)
class Seed:
    """Starting data, by name; `make` draws every id in it from the random numbers given."""

    name: str = "empty"
    make: Callable[[Random], Snapshot] = make_empty
    at: datetime | None = None
    """The time that its clock starts at; None: the clock shows the real time."""
    leads: int | None = None
    """How many leads somebody wanted it to have; None: as many as it says itself."""


EMPTY = Seed()
"""The seed without records."""
