"""Interleaved turns: each server gets the same load in turn, and ratios are taken turn by turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from .load import Load


@dataclass(frozen=True, slots=True)
class Turns:
    """What one kind of call took on one server, turn by turn."""

    loads: list[Load] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """The median of the turns' requests per second."""
        return median(load.per_second for load in self.loads)

    def percentile(self, percent: int) -> float:
        """Return a percentile of all latencies, in seconds."""
        latencies = [latency for load in self.loads for latency in load.latencies]
        return quantiles(latencies, n=100, method="inclusive")[percent - 1]

    @property
    def client_seconds(self) -> float:
        """What the load generator itself spent on one request, in seconds of a processor."""
        requests = sum(len(load.latencies) for load in self.loads)
        return sum(load.client_seconds for load in self.loads) / requests


def alternate(contenders: Sequence[Callable[[], Load]], rounds: int) -> list[Turns]:
    """Return the turns of each contender: A B, B A, A B, …, so that none always goes first."""
    turns = [Turns() for _ in contenders]
    for number in range(rounds):
        pairs = list(zip(contenders, turns, strict=True))
        for put, own in pairs if number % 2 == 0 else reversed(pairs):
            own.loads.append(put())
    return turns


def compare(ours: Turns, theirs: Turns) -> tuple[float, float]:
    """Return how many times as many requests per second: the median round, and the worst one for us."""
    ratios = [a.per_second / b.per_second for a, b in zip(ours.loads, theirs.loads, strict=True)]
    return median(ratios), min(ratios)
