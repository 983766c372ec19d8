"""Outcomes of rules, the exchanges behind them, and the result of a run."""

import shlex
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from .recipe import Recipe

_SILENT_SHARE = 0.05


class Outcome(StrEnum):
    """The outcome of a rule; the documentation has a table of the summaries."""

    summary: str

    def __new__(cls, value: str, summary: str) -> Self:
        """Return the outcome of a name, with its summary."""
        outcome = str.__new__(cls, value)
        outcome._value_ = value
        outcome.summary = summary
        return outcome

    KEPT = "kept", "The server does what the rule says."
    BROKEN = "broken", "The server does something else."
    WARNED = (
        "warned",
        "The server differs where no source documents the behaviour, or coerces a value.",
    )
    EXPECTED = "expected", "The server breaks the rule, as the file of expected failures says."
    UNCHECKED = "unchecked", "The suite could not test the rule. The report says why."


class Cause(StrEnum):
    """Why a rule is unchecked, where that is no fault of the server."""

    NEEDS = "needs"
    """Nobody gave the key or the permission that the rule needs."""
    ABSENT = "absent"
    """The server does not have an operation that the rule needs."""
    SILENT = "silent"
    """The server did not answer."""


class DifferenceError(Exception):
    """The server differs from the contract; the rule ends as broken."""


class UndocumentedDifferenceError(Exception):
    """The server differs in something undocumented; the rule ends with a warning."""


class UncheckedError(Exception):
    """The rule cannot be checked here; the message says why."""

    cause: Cause | None = None


class ForbiddenError(UncheckedError):
    """The run may not do what the rule needs."""

    cause = Cause.NEEDS


class AbsentError(UncheckedError):
    """The server does not have the operation."""

    cause = Cause.ABSENT


class NoAnswerError(UncheckedError):
    """The server did not answer, which says nothing about the contract."""

    cause = Cause.SILENT


class CannotRunError(Exception):
    """The server cannot be checked at all; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer. The key is masked."""

    operation: str
    """The operationId; empty when the request is for no operation."""
    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str
    status: int
    response_headers: dict[str, str]
    response_body: str
    seconds: float

    def as_curl(self) -> str:
        """Return a curl command of the request; the key in it is masked."""
        arguments = ["curl", "-X", self.method, self.url]
        for name, value in self.request_headers.items():
            arguments += ["-H", f"{name}: {value}"]
        if self.request_body:
            arguments += ["--data-raw", self.request_body]
        return shlex.join(arguments)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a rule, with its reason and exchanges."""

    rule: str
    outcome: Outcome
    summary: str
    source: str
    operations: tuple[str, ...] = ()
    reason: str = ""
    """The difference, or why the rule cannot be checked; empty when the rule is kept."""
    exchanges: tuple[Exchange, ...] = ()
    seconds: float = 0.0
    cause: Cause | None = None
    sentence: str = ""
    """What the source says."""

    @property
    def group(self) -> str:
        """The resource, or `auth`, `errors` or `limits`."""
        return self.rule.partition(".")[0]


@dataclass(slots=True)
class Result:
    """The result of a run."""

    target: str
    profile: str
    random_seed: str
    marker: str
    """The text that marks the name of everything that the run made."""
    verdicts: list[Verdict] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    untouched: tuple[str, ...] = ()
    """The operations that no hand-written rule checks."""
    left_behind: tuple[str, ...] = ()
    """What could not be removed."""
    notes: tuple[str, ...] = ()
    """Sentences about the run as a whole."""
    recipe: Recipe | None = None
    """What produces it again, where a command made it."""

    def count(self, outcome: Outcome) -> int:
        """Return the number of rules with this outcome."""
        return Counter(verdict.outcome for verdict in self.verdicts)[outcome]

    def having(self, outcome: Outcome) -> list[Verdict]:
        """Return the verdicts with this outcome."""
        return [verdict for verdict in self.verdicts if verdict.outcome == outcome]

    @property
    def checked(self) -> int:
        """The number of rules that were checked."""
        return len(self.verdicts) - self.count(Outcome.UNCHECKED)

    @property
    def is_little_checked(self) -> bool:
        """Whether fewer than half of the rules were checked, of those that this run could have checked."""
        reasons = (None, Cause.SILENT)
        possible = sum(verdict.cause in reasons for verdict in self.verdicts)
        return not self.checked or 2 * self.checked < possible

    @property
    def is_unstable(self) -> bool:
        """Whether the server did not answer for more than a twentieth of the rules."""
        silent = sum(verdict.cause is Cause.SILENT for verdict in self.verdicts)
        return silent > _SILENT_SHARE * len(self.verdicts)

    @property
    def is_kept(self) -> bool:
        """Whether no rule is broken that is not expected to be."""
        return not self.count(Outcome.BROKEN)
