"""How many of many cases a test tries: all in the profile `thorough`, a share of them otherwise.

Continuous integration uses it: `COLDSEND_THOROUGH=1 make test`.
"""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import settings

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


def rules(*patterns: str) -> tuple[str, ...]:
    """Return patterns of contract rules, without what is drawn at random unless everything is tried.

    What is drawn takes half the time of a run. It is tried on the mock in every profile.
    """
    return patterns if tries_all() else (*patterns, f"!*{WALK_SUFFIX}", "!*.fuzzing")
