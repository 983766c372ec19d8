"""Shrinking: the shortest history that still shows a difference (delta debugging).

How it works: first only the steps are kept that the last one refers to, then these and one change more, the
latest first. Then parts of what is left are taken out, ever smaller ones, each with the steps that refer to
it. Why so: most differences need what the last step names and one change, and each step asked again costs.
"""

from collections.abc import Callable, Iterator, Sequence, Set

from .replay import Numbered, Outcome

Replay = Callable[[Sequence[Numbered]], Outcome]
Kind = tuple[str, str]

_MOST_TRIED = 8
"""How many changes are tried as the one that matters."""


def shrink(
    history: Sequence[Numbered],
    kind: Kind,
    outcome: Outcome,
    replay: Replay,
    *,
    changes: Set[str],
    most: int,
) -> Outcome:
    """Return the outcome of the shortest history found that shows a kind of difference.

    `history` ends with the step that shows it in `outcome`; `changes` are the operations that change
    anything. At most about `most` steps are asked again.
    """
    shortest, left = list(history), most

    def shows(candidate: Sequence[Numbered]) -> Outcome | None:
        nonlocal left
        if len(candidate) > left:
            return None
        left -= len(candidate)
        found = replay(candidate)
        return found if any(each.kind == kind for each in found.differences) else None

    for candidate in _list_small(shortest, changes):
        found = shows(candidate)
        if found:
            shortest, outcome = candidate, found
            break
    size = max(len(shortest) // 2, 1)
    while size:
        start = 0
        while start < len(shortest) - 1:
            candidate = _without(shortest, shortest[start : min(start + size, len(shortest) - 1)])
            found = shows(candidate) if candidate else None
            if found:
                shortest, outcome = candidate, found
            else:
                start += size
        size //= 2
    return outcome


def _list_small(history: Sequence[Numbered], changes: Set[str]) -> Iterator[list[Numbered]]:
    """Yield short histories that end with the same step, and at last the one without needless readings."""
    last = history[-1][0]
    yield _keep_needed(history, {last})
    others = [number for number, step in history[:-1] if step.is_event or step.operation in changes]
    for number in others[::-1][:_MOST_TRIED]:
        yield _keep_needed(history, {last, number})
    yield _keep_needed(history, {last, *others})


def _keep_needed(history: Sequence[Numbered], wanted: set[int]) -> list[Numbered]:
    """Return some steps and those that they refer to, directly or not."""
    by_number = dict(history)
    needed, waiting = set(wanted), set(wanted)
    while waiting:
        waiting = {ref for number in waiting for ref in by_number[number].list_references()} - needed
        waiting &= by_number.keys()
        needed |= waiting
    return [each for each in history if each[0] in needed]


def _without(history: Sequence[Numbered], part: Sequence[Numbered]) -> list[Numbered]:
    """Return a history without some steps and all that refer to them; empty when the last one does."""
    gone = {number for number, _ in part}
    for number, step in history:
        if step.list_references() & gone:
            gone.add(number)
    return [] if history[-1][0] in gone else [each for each in history if each[0] not in gone]
