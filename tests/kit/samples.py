"""How many of many cases a test tries: all in the profile `thorough`, a share of them otherwise.

Continuous integration uses it: `COLDSEND_THOROUGH=1 make test`. A plain run leaves to it, too, what another
test does in every run: an installation by the action, and the walk on correct servers by itself.
"""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import settings

from contracts.rules import list_rules
from contracts.situations.scripts import SUMMARIES
from contracts.verdict.causes import WALK_SUFFIX

_ALL = 100
"""What a profile that tries everything has for `max_examples`."""
_FEWEST = 10

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


def rules(*patterns: str, situations: bool = False) -> tuple[str, ...]:
    """Return patterns of contract rules, without what is drawn at random unless everything is tried.

    What is drawn, the walk, the situations and fuzzing, takes half the time of a run. It is tried on the
    mock in every profile. `situations` are kept for a run that needs them in every profile.
    """
    if tries_all():
        return patterns
    drawn = [WALK_SUFFIX, ".fuzzing"] + ([] if situations else [f".{name}" for name in SUMMARIES])
    return (*patterns, *(f"!*{suffix}" for suffix in drawn))


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
