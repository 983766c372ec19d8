"""How much the check of recorded traffic notices of each mutant.

Two kinds of traffic are recorded: the story of the vendor's client, and what shows the mutants in
`tests/test_mutant_catalogue.py`. A mutant shows itself in a recording that differs from the correct server's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from multiprocessing import get_context

from contracts.traffic.checking import TrafficChecker, TrafficOptions
from contracts.traffic.recorded import Recorded
from contracts.verdict.outcomes import Outcome, Verdict

from .lenient import make_lenient
from .mutant import Mutant, Scenario
from .mutations import Plan, draw_plan
from .recorder import SETTINGS, Recorder
from .scenarios import SCENARIOS
from .servers import Variant
from .story import record_story
from .strength import find_mutant, is_mutant_of, silence


class Traffic(StrEnum):
    """What is recorded."""

    STORY = "story"
    SCENARIOS = "scenarios"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the check made of the traffic of a mutant."""

    mutant: str
    variant: Variant
    traffic: Traffic
    shows: bool = False
    """Whether the recording differs from the correct server's."""
    broken: tuple[str, ...] = ()
    trouble: str = ""


def record_traffic(traffic: Traffic, variant: Variant, mutant: Mutant | None = None) -> list[Recorded]:
    """Record the traffic with a server."""
    plan = draw_plan()
    if variant is Variant.LENIENT:
        make_lenient(plan)
    if mutant:
        mutant.apply(plan)
    if traffic is Traffic.STORY:
        return list(record_story(plan.build(SETTINGS)))
    return _play(plan, [mutant.scenario] if mutant and mutant.scenario else SCENARIOS)


def _play(plan: Plan, scenarios: Sequence[Scenario]) -> list[Recorded]:
    recorder = Recorder(plan)
    for scenario in scenarios:
        scenario(recorder)
    return recorder.exchanges


def check_recorded(recording: Iterable[Recorded], *, strict: bool) -> list[Verdict]:
    """Check a recording."""
    checker = TrafficChecker(TrafficOptions(strict=strict))
    for recorded in recording:
        checker.check(recorded)
    return checker.list_verdicts()


def try_traffic(
    mutants: Iterable[Mutant], variants: Iterable[Variant], kinds: Iterable[Traffic], workers: int
) -> Iterator[Reading]:
    """Yield a reading of each mutant, on each server that it is one of, and each kind of traffic."""
    chosen, recorded = tuple(variants), tuple(kinds)
    tasks = [
        (mutant.id, variant, kind)
        for kind in recorded
        for mutant in mutants
        for variant in chosen
        if is_mutant_of(mutant, variant)
    ]
    with get_context("fork").Pool(workers, maxtasksperchild=40) as pool:
        yield from pool.imap_unordered(_try, tasks)


def _try(task: tuple[str, Variant, Traffic]) -> Reading:
    silence()
    name, variant, kind = task
    mutant = find_mutant(name)
    strict = variant is Variant.MOCK
    try:
        recording = record_traffic(kind, variant, mutant)
        scenario = mutant.scenario if mutant and kind is Traffic.SCENARIOS else None
        correct, usual = _record_correct(kind, variant, scenario)
        shows = _show(recording) != correct
        verdicts = check_recorded(recording, strict=strict) if shows else []
    except Exception as error:
        return Reading(name, variant, kind, trouble=f"{type(error).__name__}: {error}")
    broken = {verdict.rule for verdict in verdicts if verdict.outcome is Outcome.BROKEN}
    return Reading(name, variant, kind, shows, tuple(sorted(broken - usual)))


@cache
def _record_correct(
    kind: Traffic, variant: Variant, scenario: Scenario | None
) -> tuple[list[tuple[object, ...]], frozenset[str]]:
    """Return what the correct server answers, and the rules that its recording breaks."""
    plan = draw_plan()
    if variant is Variant.LENIENT:
        make_lenient(plan)
    if kind is Traffic.STORY:
        recording = list(record_story(plan.build(SETTINGS)))
    else:
        recording = _play(plan, [scenario] if scenario else SCENARIOS)
    verdicts = check_recorded(recording, strict=variant is Variant.MOCK)
    broken = frozenset(verdict.rule for verdict in verdicts if verdict.outcome is Outcome.BROKEN)
    return _show(recording), broken


def _show(recording: Iterable[Recorded]) -> list[tuple[object, ...]]:
    """Return what a client sees; the rate limit's times are of the real clock."""
    return [
        (
            each.status,
            {n: v for n, v in (each.response_headers or {}).items() if n != "x-ratelimit-reset"},
            each.response_body,
        )
        for each in recording
    ]


def render(mutants: Mapping[str, Mutant], readings: Iterable[Reading]) -> str:
    """Return, by server, traffic and group, how many mutants are noticed, show themselves, and were tried."""
    counts: dict[tuple[str, str, str], list[int]] = {}
    missed: list[str] = []
    for each in readings:
        for group in (mutants[each.mutant].group, "all"):
            row = counts.setdefault((each.variant, each.traffic, group), [0, 0, 0])
            row[0] += bool(each.broken)
            row[1] += each.shows
            row[2] += 1
        if each.trouble or (each.shows and not each.broken):
            missed.append(f"  {each.variant}, {each.traffic}: {each.mutant} {each.trouble}")
    lines = [
        f"{variant:8} {traffic:10} {group:12} {noticed:4} noticed of {shown:4} that show of {tried:4}"
        for (variant, traffic, group), (noticed, shown, tried) in sorted(counts.items())
    ]
    return "\n".join([*lines, "Shown and not noticed:", *sorted(missed)])
