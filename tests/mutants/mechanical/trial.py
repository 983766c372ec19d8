"""A trial: can a client observe a mutant, and does the suite notice it?"""

import time
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from multiprocessing import get_context
from typing import Any

from contracts import CannotRunError, Outcome
from contracts.verdict.causes import group_by_cause

from ..nearness import make_order
from ..servers import Variant
from ..strength import check_target, find_first, silence
from ..time_limit import TooLongError, limiting
from .calls import SOURCES, record_calls
from .host import Host, HostError
from .sources import Mutation

_LONGEST = 400
"""Seconds after which a trial is given up."""
_AT_ONCE = 8
"""How many trials a worker is given ahead."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a mutant."""

    mutation: Mutation
    seen_by: dict[str, str] = field(default_factory=dict)
    """Source of the calls whose answers differ → the operation of the first one."""
    broken: tuple[str, ...] = ()
    """The first rule that is broken, or all of them in the order of the report."""
    trouble: str = ""
    """Why it does not count: it does not start, the process ended, or the trial took too long."""
    cpu_seconds: float = 0.0

    @property
    def is_observable(self) -> bool:
        """Whether it counts."""
        return bool(self.seen_by) and not self.trouble


def try_mutations(
    mutations: Iterable[Mutation], workers: int, variant: Variant = Variant.MOCK, *, whole: bool
) -> Generator[Trial, None, None]:
    """Yield the trials in the order of the mutations; as many are begun ahead as the workers are given.

    With `whole`, the suite tries all rules of each observable mutant; otherwise it stops at a broken one.
    """
    begin = partial(try_mutation, variant=variant, whole=whole)
    for source in SOURCES:
        record_calls(source)  # before the fork, so that it is once
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        left = iter(mutations)
        ahead = [pool.submit(begin, each) for each in islice(left, workers * _AT_ONCE)]
        try:
            while ahead:
                yield ahead.pop(0).result()
                ahead += [pool.submit(begin, each) for each in islice(left, 1)]
        finally:
            pool.shutdown(cancel_futures=True)


def try_mutation(
    mutation: Mutation,
    variant: Variant = Variant.MOCK,
    *,
    whole: bool,
    sources: Sequence[str] = SOURCES,
) -> Trial:
    """Try one mutant, in processes of its own; it counts if the calls of these sources show it."""
    silence()
    started = time.process_time()
    trial = Trial(mutation)
    try:
        with limiting(_LONGEST), Host(mutation.id, variant) as host:
            found = {source: host.find_difference(source) for source in sources}
            seen_by = {source: call.operation for source, call in found.items() if call}
            trial = replace(trial, seen_by=seen_by)
            if seen_by:
                trial = replace(trial, broken=_find_broken(host, trial, variant, whole=whole))
    except (HostError, TooLongError) as error:
        trial = replace(trial, trouble=str(error))
    except CannotRunError as error:
        trial = replace(trial, broken=(f"cannot run: {error}",))
    return replace(trial, cpu_seconds=time.process_time() - started)


def _find_broken(host: Host, trial: Trial, variant: Variant, *, whole: bool) -> tuple[str, ...]:
    operation = next(iter(trial.seen_by.values()))
    order = make_order(f"{trial.mutation.id} {trial.mutation.change}", operation)

    def check(host: Host, *how: Any) -> Any:
        return check_target(host.serve(), *how, pace=variant.pace, sleep=host.sleep)

    def check_correct(*how: Any) -> Any:
        with Host("", variant) as correct:
            return check(correct, *how)

    if not whole:
        rule = find_first(partial(check, host), check_correct, order)
        if rule is not None:
            return (rule,) if rule else ()
    result = check(host)
    groups = group_by_cause(result.having(Outcome.BROKEN))
    return tuple(verdict.rule for group in groups for verdict in group)
