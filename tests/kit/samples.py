"""How many of many cases a test tries: all in the profile `thorough`, a share of them otherwise.

Continuous integration uses it: `COLDSEND_THOROUGH=1 make test`. A plain run leaves to it, too, what another
test does in every run: an installation by the action, and the walk on correct servers by itself; and the
longest situations, except on the correct mock.
"""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import settings

from contracts.rules import list_rules
from contracts.situations.parts import FIGURES, MANY, MISTAKES, STATUSES
from contracts.situations.scripts import SUMMARIES
from contracts.verdict.causes import WALK_SUFFIX

_ALL = 100
"""What a profile that tries everything has for `max_examples`."""
_FEWEST = 10
_LONG = [f".{name}" for name in (FIGURES, MANY, MISTAKES, STATUSES)]
"""How the rules of those situations end that take longer than all others together."""

Case = TypeVar("Case")


def tries_all() -> bool:
    """Return whether the profile tries everything."""
    return settings().max_examples >= _ALL


def examples(count: int) -> int:
    """Return how many examples a property is tried with, which has `count` at most."""
    return max(count * settings().max_examples // _ALL, min(count, _FEWEST))


def sample(cases: Sequence[Case]) -> Sequence[Case]:
    """Return a share of the cases, from all parts of the list."""
    return cases[:: _ALL // settings().max_examples]


def rules(*patterns: str, histories: bool = False) -> tuple[str, ...]:
    """Return patterns of contract rules, without fuzzing and histories unless everything is tried.

    Histories, the walk and the situations, take half the time of a run. All are tried on the mock in every
    profile. With `histories`, a run keeps the walk and those situations that are short.
    """
    if tries_all():
        return patterns
    left_out = _LONG if histories else [WALK_SUFFIX, *(f".{name}" for name in SUMMARIES)]
    return (*patterns, "!*.fuzzing", *(f"!*{suffix}" for suffix in left_out))


def third_of_rules(number: int) -> tuple[str, ...]:
    """Return patterns of the rules of every third operation, from the one of a number; nothing drawn.

    Three runs that differ in how a server is started check each rule once. When everything is tried, each
    run checks all rules.
    """
    if tries_all():
        return rules("*")
    parts = [found.id.split(".") for found in list_rules()]
    patterns = {".".join(part if len(part) < 3 else [*part[:2], "*"]) for part in parts}
    return rules(*sorted(patterns)[number::3])
