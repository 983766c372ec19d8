"""Which broken rules follow from one cause, and which of them is closest to it."""

import re
from collections.abc import Iterable

from .outcomes import Verdict

WALK_SUFFIX = ".model"
"""The end of the ids of the walk's rules."""
_VARYING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b\w*\d\w*\b")
"""Ids, numbers and drawn names: they differ where the cause is the same."""
_SUCCESS = re.compile(r"(answered|answer is) (2\d\d) '\{.*?(?:\}'|…), (?=expected 2)", re.DOTALL)
"""A success other than the expected one, with its body, which repeats what was sent."""


def group_by_cause(verdicts: Iterable[Verdict]) -> list[list[Verdict]]:
    """Return the verdicts in groups of one cause each, the closest rule first in a group and among groups.

    Rules have one cause when the same kind of request got the same kind of answer for the same reason.
    """
    groups: dict[tuple[str, str, int], list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(_find_cause(verdict), []).append(verdict)
    ordered = [sorted(group, key=_measure_distance) for group in groups.values()]
    return sorted(ordered, key=lambda group: _measure_distance(group[0]))


def _find_cause(verdict: Verdict) -> tuple[str, str, int]:
    last = verdict.exchanges[-1] if verdict.exchanges else None
    reason = _VARYING.sub("…", _SUCCESS.sub(r"\1 \2", verdict.reason))
    return reason, last.operation if last else "", last.status if last else 0


def _measure_distance(verdict: Verdict) -> tuple[bool, bool, bool, int]:
    """Return how far a rule is from its cause: first those that are about the failing operation alone.

    The rules of the walk come late. They name what shows a difference; others say what is wrong. A rule
    comes later still when a change fails that it only needs: its cause is in that operation.
    """
    last = verdict.exchanges[-1] if verdict.exchanges else None
    is_elsewhere = last is None or last.operation not in verdict.operations
    only_needs = last is not None and is_elsewhere and last.method != "GET"
    return only_needs, verdict.rule.endswith(WALK_SUFFIX), is_elsewhere, len(verdict.operations)
