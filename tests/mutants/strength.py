"""How much the contract suite notices: its quick profile against each mutant, over real HTTP.

How it works: the rules nearest to a mutant are tried first, the walk last. The first that breaks ends
the run. The correct server has to keep that rule after the same rules; else the run is done again as usual.
Why so: a whole run takes ten to twenty times as long as the few rules that most mutants need.
"""

import logging
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from types import MappingProxyType

from contracts import CannotRunError, Options, Outcome, Result, Run, Target, Verdict, check_contract
from contracts.registry import Rule
from contracts.verdict.causes import group_by_cause

from .catalogue import list_mutants
from .mutant import Mutant
from .nearness import Order, find_target, make_order
from .servers import Variant, serving
from .time_limit import TooLongError, limiting

_LONGEST = 300
"""Seconds after which a run is given up."""
_MANY = 100
"""Before so many trials, a correct server is checked: what the suite writes for it is there for all."""
_MUTANTS = {mutant.id: mutant for mutant in list_mutants()}


@dataclass(frozen=True, slots=True)
class Trial:
    """What the suite made of one server."""

    mutant: str
    """Its id; empty for the correct server."""
    variant: Variant
    random_seed: str
    pace: int | None = None
    """The most requests a minute."""
    broken: tuple[str, ...] = ()
    """Rules that are broken, in the order of the report; of a mutant often the first found alone."""
    trouble: str = ""
    """Why the run came to nothing."""
    requests: int = 0
    seconds: float = 0.0
    operation: str = ""
    """What the mutant is about, see `find_target`."""
    field: str = ""
    reasons: tuple[str, ...] = ()
    """The reason of each broken rule; kept for the correct server only."""
    unchecked: tuple[str, ...] = ()
    """The rules that were not checked; kept for the correct server only."""


Listen = Callable[[Run, Verdict], None]
Begin = Callable[[Run], None]
Check = Callable[[Listen | None, Begin | None], Result]
"""Runs the quick profile; the first argument is called with each verdict, the second may sort the rules."""


def check(
    variant: Variant,
    mutant: Mutant | None = None,
    random_seed: str = "0",
    pace: int | None = None,
    listen: Listen | None = None,
    begin: Begin | None = None,
    rules: tuple[str, ...] = ("*",),
) -> Result:
    """Run the quick profile against a server; raises what `check_contract` raises, and what `listen` does.

    `begin` may sort the rules of the run; patterns of `rules` choose some of the profile.
    """
    with serving(variant, mutant, random_seed) as (target, sleep):
        return check_target(
            target, listen, begin, random_seed=random_seed, pace=pace, sleep=sleep, rules=rules
        )


def check_target(
    target: Target,
    listen: Listen | None = None,
    begin: Begin | None = None,
    *,
    random_seed: str = "0",
    pace: int | None = None,
    sleep: Callable[[float], None] = time.sleep,
    rules: tuple[str, ...] = ("*",),
) -> Result:
    """Run the quick profile against a server that runs; see `check`."""
    options = Options(
        profile="quick",
        strict=target.is_mock,
        allow_launch=True,
        allow_send=True,
        random_seed=random_seed,
        sleep=sleep,
        requests_per_minute=pace,
        rules=rules,
    )
    return check_contract(target, options, listen, begin)


def is_mutant_of(mutant: Mutant, variant: Variant) -> bool:
    """Return whether a mutant is one of that server: where much is left open, less is wrong."""
    return not mutant.choice or variant is Variant.MOCK


@dataclass(frozen=True, slots=True)
class _Task:
    mutant: str
    variant: Variant
    random_seed: str
    pace: int | None = None
    ignored: frozenset[str] = frozenset()
    known: str = ""
    """The rule that noticed it in an earlier run."""
    is_whole: bool = False
    rules: tuple[str, ...] = ("*",)


def try_mutants(
    mutants: Iterable[Mutant],
    variants: Iterable[Variant],
    workers: int,
    ignored: Mapping[Variant, frozenset[str]] = MappingProxyType({}),
    known: Mapping[tuple[str, str], str] = MappingProxyType({}),
    *,
    whole: bool = False,
) -> Iterator[Trial]:
    """Yield a trial of each mutant on each server that it is one of, as they end.

    A trial ends with the first rule that is broken and not to be ignored, unless it is a `whole` run.
    `known` has the rules that are tried first, by the mutant's id and the variant.
    """
    chosen = tuple(variants)
    tasks = [
        _Task(
            mutant.id,
            variant,
            "0",
            variant.pace,
            ignored=ignored.get(variant, frozenset()),
            known=known.get((mutant.id, variant), ""),
            is_whole=whole,
        )
        for mutant in mutants
        for variant in chosen
        if is_mutant_of(mutant, variant)
    ]
    yield from _work(tasks, workers)


def try_random_seeds(
    random_seeds: int, variants: Iterable[Variant], workers: int, rules: tuple[str, ...] = ("*",)
) -> Iterator[Trial]:
    """Yield trials of the correct servers; the lenient one is also asked at the pace of a real one.

    Patterns of `rules` choose some of the quick profile.
    """
    tasks = [
        _Task("", variant, str(random_seed), pace=variant.pace if random_seed % 2 else None, rules=rules)
        for variant in variants
        for random_seed in range(random_seeds)
    ]
    yield from _work(tasks, workers)


def _work(tasks: list[_Task], workers: int) -> Iterator[Trial]:
    # forked, so that what the suite generated once is there already; in small shares, to free memory
    for variant in dict.fromkeys(task.variant for task in tasks) if len(tasks) > _MANY else ():
        check(variant)
    with get_context("fork").Pool(workers, maxtasksperchild=40) as pool:
        yield from pool.imap_unordered(_try, tasks)


def _try(task: _Task) -> Trial:
    silence()
    started = time.perf_counter()
    trial = Trial(task.mutant, task.variant, task.random_seed, task.pace)
    mutant = find_mutant(task.mutant)
    try:
        with limiting(_LONGEST):
            if mutant:
                operation, field = find_target(mutant)
                trial = replace(trial, operation=operation, field=field)
            rule = _find_first(task, mutant, trial) if mutant and not task.is_whole else None
            if rule is None:
                trial = _run_whole(task, mutant, trial)
            elif rule:
                trial = replace(trial, broken=(rule,))
    except CannotRunError as error:
        trial = replace(trial, trouble=f"could not run: {error}")
    except TooLongError as error:
        trial = replace(trial, trouble=str(error))
    except Exception as error:
        trial = replace(trial, trouble=f"the suite failed: {type(error).__name__}: {error}")
    return replace(trial, seconds=time.perf_counter() - started)


def _find_first(task: _Task, mutant: Mutant, trial: Trial) -> str | None:
    order = make_order(f"{mutant.id} {mutant.summary}", trial.operation, [task.known])

    def ask(mutant: Mutant | None) -> Check:
        return lambda listen, begin: check(
            task.variant, mutant, task.random_seed, task.pace, listen=listen, begin=begin
        )

    return find_first(ask(mutant), ask(None), order, task.ignored)


def find_first(mutated: Check, correct: Check, order: Order, ignored: Container[str] = ()) -> str | None:
    """Return the first rule in an order that a mutant breaks; an empty text when it breaks none.

    Returns None when the correct server breaks it, too, after the same rules in the same order.
    """
    tried: list[Rule] = []

    def sort(run: Run) -> None:
        run.rules.sort(key=order)

    def repeat(run: Run) -> None:
        run.rules[:] = tried

    def listen(run: Run, verdict: Verdict) -> None:
        tried.append(run.rules[len(tried)])
        if verdict.outcome is Outcome.BROKEN and verdict.rule not in ignored:
            raise _NoticedError(verdict.rule)

    try:
        mutated(listen, sort)
    except _NoticedError as noticed:
        rule = str(noticed)
        is_alarm = rule in {verdict.rule for verdict in correct(None, repeat).having(Outcome.BROKEN)}
        return None if is_alarm else rule
    return ""


def _run_whole(task: _Task, mutant: Mutant | None, trial: Trial) -> Trial:
    return sum_up(trial, check(task.variant, mutant, task.random_seed, task.pace, rules=task.rules))


def sum_up(trial: Trial, result: Result) -> Trial:
    """Return a trial with what a whole run has found; of a mutant, without reasons."""
    found = [verdict for group in group_by_cause(result.having(Outcome.BROKEN)) for verdict in group]
    return replace(
        trial,
        broken=tuple(verdict.rule for verdict in found),
        trouble="interrupted" if result.interrupted else "",
        requests=result.requests,
        unchecked=() if trial.mutant else tuple(each.rule for each in result.having(Outcome.UNCHECKED)),
        reasons=() if trial.mutant else tuple(verdict.reason[:300] for verdict in found),
    )


class _NoticedError(Exception):
    """A rule is broken: one is enough."""


def find_mutant(mutant_id: str) -> Mutant | None:
    """Return a mutant by its id; None for the empty one."""
    return _MUTANTS.get(mutant_id)


@contextmanager
def serve(mutant_id: str) -> Iterator[Target]:
    """Serve the mock with a mutant, or the correct one for an empty id, while the block lasts."""
    with serving(Variant.MOCK, find_mutant(mutant_id)) as (target, _):
        yield target


def silence() -> None:
    """Keep mutated servers from complaining on the terminal."""
    logger = logging.getLogger("mockserver")
    logger.handlers[:] = [logging.NullHandler()]
    logger.propagate = False
