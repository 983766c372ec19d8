"""What a rule comes to, and what was asked and answered on the way."""

import shlex
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What a rule comes to."""

    KEPT = "kept"
    BROKEN = "broken"
    WARNED = "warned"
    UNCHECKED = "unchecked"


class DifferenceError(Exception):
    """The server does otherwise than the contract says; ends the rule as broken."""


class UndocumentedDifferenceError(Exception):
    """The server does otherwise in something that no source says; ends the rule as warned."""


class UncheckedError(Exception):
    """The rule cannot be checked here; says why."""


class CannotRunError(Exception):
    """The server cannot be checked at all; one sentence says why."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer. The key is masked."""

    operation: str
    """operationId, or nothing for a request of no operation."""
    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str
    status: int
    response_headers: dict[str, str]
    response_body: str
    seconds: float

    def as_curl(self) -> str:
        """Return a command line that sends the request again, with the key to be filled in."""
        arguments = ["curl", "-X", self.method, self.url]
        for name, value in self.request_headers.items():
            arguments += ["-H", f"{name}: {value}"]
        if self.request_body:
            arguments += ["--data-raw", self.request_body]
        return shlex.join(arguments)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule came to."""

    rule: str
    outcome: Outcome
    summary: str
    source: str
    operations: tuple[str, ...] = ()
    reason: str = ""
    """What is different, or why it cannot be checked; empty when the rule is kept."""
    exchanges: tuple[Exchange, ...] = ()
    seconds: float = 0.0

    @property
    def group(self) -> str:
        """The resource, or `auth`, `errors`, `limits`."""
        return self.rule.partition(".")[0]


@dataclass(slots=True)
class Result:
    """What a run came to."""

    target: str
    profile: str
    random_seed: str
    marker: str
    """What the names of everything made by the run contain."""
    verdicts: list[Verdict] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    untouched: tuple[str, ...] = ()
    """Operations that no hand-written rule touches."""
    left_behind: tuple[str, ...] = ()
    """What could not be removed."""

    def count(self, outcome: Outcome) -> int:
        """Return how many rules came to this."""
        return Counter(verdict.outcome for verdict in self.verdicts)[outcome]

    def having(self, outcome: Outcome) -> list[Verdict]:
        """Return the verdicts of one outcome."""
        return [verdict for verdict in self.verdicts if verdict.outcome == outcome]

    @property
    def is_kept(self) -> bool:
        """Whether no rule is broken."""
        return not self.count(Outcome.BROKEN)
