"""The check of recorded traffic: rules, verdicts, and how exchanges come to them."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path

from mockserver.openapi.coverage import KINDS, Coverage
from mockserver.openapi.spec import Operation, Spec, load_spec

from .. import interruption
from ..generated.rule_ids import name_operation
from ..generated.sentences import quote_operation
from ..verdict.expected_failures import NONE_EXPECTED, ExpectedFailures
from ..verdict.outcomes import CannotRunError, Cause, Exchange, Outcome, Result, Verdict
from .files import read_traffic
from .inspection import Inspector, Observation, Routes
from .recorded import Recorded, TrafficError
from .seen import Deviation
from .story import Storyteller

ASPECTS = {
    "operation": "Every request is for an operation of openapi.yaml",
    "request": "No request has an undocumented field or parameter",
    "accepted": "What the contract refuses is refused",
    "refused": "What the contract allows is not refused",
    "status": "Every answer has a documented status, the right one after what came before",
    "media_type": "Every answer is JSON with the media type of JSON",
    "body": "Every answer has the documented body for its status",
    "fields": "No answer has an undocumented field",
    "headers": "Every answer carries the documented headers",
    "secrets": "No answer repeats a key or a password, or shows code of the server",
    "error": "A refusal has the documented body",
    "story": "What was written is read back, and what follows from it",
}
"""Aspect of an exchange → the summary of its rule."""

_OPERATION_RULE = "traffic.operation"
_STORY_ASPECTS = ("accepted", "refused", "error", "story")
_MOST_SHOWN = 3
_MOST_REASONS = 5
_MOST_KEPT = 200
"""Findings of one rule."""
_AHEAD = 32
"""Among so many exchanges before and after, it is looked whether two were under way at once."""
_ROUNDING = 0.002
"""Seconds by which the times of a recording may be rounded."""
_NOT_FOLLOWED = "the recording does not tell what the answer follows from, such as what was there before"


@dataclass(frozen=True, slots=True)
class TrafficOptions:
    """How recorded traffic is checked."""

    base_url: str = ""
    """The base of the API in the recording; empty: any host, and the base path of openapi.yaml."""
    rules: tuple[str, ...] = ("*",)
    operations: tuple[str, ...] = ()
    strict: bool = False
    """Whether an undocumented difference breaks a rule."""
    expected_failures: ExpectedFailures = NONE_EXPECTED
    """Rules that the recording is known to break."""
    is_empty: bool = False
    """Whether the workspaces were empty when the recording began."""
    max_exchanges: int = 100_000
    """How many exchanges are read, or followed."""
    follows: bool = True
    """Whether the story is followed, too."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference, and the exchange that shows it."""

    operation: str
    aspect: str
    message: str
    documented: bool
    source: str
    exchange: Exchange
    story: str = ""
    """The name of the workspace, if the finding counts only when the recording tells all of a tag."""
    needs: str = ""
    """That tag."""


@dataclass(slots=True)
class _Notes:
    seen: dict[str, int] = field(default_factory=dict)
    """operationId → exchanges; the empty one for requests of no operation."""
    findings: dict[tuple[str, str], list[Finding]] = field(default_factory=dict)
    """(operationId, aspect) → findings."""
    checked: int = 0
    foreign: int = 0
    """Exchanges that are not for the API."""


class TrafficChecker:
    """Checks exchanges one after the other."""

    def __init__(self, options: TrafficOptions | None = None, spec: Spec | None = None) -> None:
        self.options = options or TrafficOptions()
        self.spec = spec or load_spec()
        self.routes = Routes(self.spec, self.options.base_url)
        self.inspector = Inspector(self.spec)
        self.storyteller = Storyteller(self.spec, strict=self.options.strict, is_empty=self.options.is_empty)
        self._notes = _Notes()

    @property
    def foreign(self) -> int:
        """How many exchanges were not for the API."""
        return self._notes.foreign

    @property
    def coverage(self) -> Coverage:
        """What the exchanges have met of the contract."""
        return self.inspector.coverage

    def check(self, recorded: Recorded, *, is_crossed: bool = False) -> list[Finding]:
        """Check the next exchange; return what it shows.

        `is_crossed`: whether a change was under way at the same time, so that nobody knows which came first.
        """
        path = self.routes.locate(recorded.url)
        self._notes.checked += 1
        if path is None:
            self._notes.foreign += 1
            return []
        operation = self.routes.find(recorded.method, path)
        name = operation.operation_id if operation else ""
        self._notes.seen[name] = self._notes.seen.get(name, 0) + 1
        workspace = self.inspector.find_key(recorded)
        self.inspector.measure(recorded, operation)
        found = [
            self._make(recorded, operation, observation)
            for observation in self.inspector.inspect(recorded, operation, path)
        ]
        if operation and self.options.follows and self._notes.checked <= self.options.max_exchanges:
            deviations = self.storyteller.follow(recorded, operation, path, workspace)
            for deviation in deviations:
                if not is_crossed:
                    found.append(self._make_story(recorded, operation, deviation, workspace))
        for finding in found:
            kept = self._notes.findings.setdefault((finding.operation, finding.aspect), [])
            if len(kept) < _MOST_KEPT:
                kept.append(finding)
        return [finding for finding in found if self._counts(finding)]

    def _make(self, recorded: Recorded, operation: Operation | None, found: Observation) -> Finding:
        return Finding(
            operation=operation.operation_id if operation else "",
            aspect=found.aspect,
            message=found.message,
            documented=found.documented,
            source=(operation.source if operation else "") or "openapi.yaml",
            exchange=self.inspector.show(recorded, operation),
        )

    def _make_story(
        self, recorded: Recorded, operation: Operation, found: Deviation, workspace: str
    ) -> Finding:
        return Finding(
            operation=operation.operation_id,
            aspect=found.aspect,
            message=found.difference.message,
            documented=found.difference.documented,
            source=found.difference.source,
            exchange=self.inspector.show(recorded, operation),
            story=workspace if found.needs else "",
            needs=found.needs,
        )

    def _counts(self, finding: Finding) -> bool:
        return not finding.needs or self.storyteller.find(finding.story).knows(finding.needs)

    def make_result(self, target: str) -> Result:
        """Return what was found so far; `target` says where, for a reader."""
        result = Result(target=target, profile="traffic", random_seed="", marker="")
        result.requests = self._notes.checked
        result.verdicts = self.list_verdicts()
        if self.foreign:
            result.notes += (f"{self.foreign} of {result.requests} exchanges are not for the API.",)
        result.notes += (_tell_coverage(self.coverage),)
        return result

    def list_verdicts(self) -> list[Verdict]:
        """Return the verdict of each rule about each operation that was met."""
        verdicts = []
        if "" in self._notes.seen:
            verdicts.append(self._judge("", "operation", _OPERATION_RULE))
        for operation in self.spec.operations.values():
            name = operation.operation_id
            if name not in self._notes.seen or not self._chooses(name):
                continue
            is_followed = name in self.storyteller.compared
            verdicts += [
                self._judge(name, aspect, _name_rule(self.spec, name, aspect))
                for aspect in ASPECTS
                if (is_followed or aspect not in _STORY_ASPECTS or (name, aspect) in self._notes.findings)
                and aspect != "operation"
            ]
            if self.options.follows and not is_followed and (name, "story") not in self._notes.findings:
                verdicts.append(self._leave_open(operation, _name_rule(self.spec, name, "story")))
        weigh = self.options.expected_failures.weigh
        return [weigh(verdict) for verdict in verdicts if self._chooses_rule(verdict.rule)]

    def _chooses(self, name: str) -> bool:
        patterns = self.options.operations
        return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)

    def _chooses_rule(self, rule: str) -> bool:
        wanted = [each for each in self.options.rules if not each.startswith("!")] or ["*"]
        is_left_out = any(each[:1] == "!" and fnmatchcase(rule, each[1:]) for each in self.options.rules)
        return any(fnmatchcase(rule, pattern) for pattern in wanted) and not is_left_out

    def _judge(self, name: str, aspect: str, rule: str) -> Verdict:
        found = [each for each in self._notes.findings.get((name, aspect), ()) if self._counts(each)]
        found.sort(key=lambda finding: not finding.documented)
        breaks = [each for each in found if each.documented or self.options.strict]
        operation = self.spec.operations.get(name)
        return Verdict(
            rule=rule,
            outcome=Outcome.BROKEN if breaks else Outcome.WARNED if found else Outcome.KEPT,
            summary=ASPECTS[aspect],
            source=found[0].source if found else (operation.source if operation else "") or "openapi.yaml",
            operations=(name,) if name else (),
            reason=_word(breaks or found),
            exchanges=tuple(each.exchange for each in (breaks or found)[:_MOST_SHOWN])[::-1],
            sentence=quote_operation(operation) if operation else "",
        )

    def _leave_open(self, operation: Operation, rule: str) -> Verdict:
        return Verdict(
            rule=rule,
            outcome=Outcome.UNCHECKED,
            summary=ASPECTS["story"],
            source=operation.source or "openapi.yaml",
            operations=(operation.operation_id,),
            reason=_NOT_FOLLOWED,
            cause=Cause.NEEDS,
            sentence=quote_operation(operation),
        )


def list_traffic_rules(spec: Spec) -> list[str]:
    """Return the ids of all rules about recorded traffic."""
    aspects = [aspect for aspect in ASPECTS if aspect != "operation"]
    return [
        _OPERATION_RULE,
        *(_name_rule(spec, name, aspect) for name in spec.operations for aspect in aspects),
    ]


def _name_rule(spec: Spec, operation_id: str, aspect: str) -> str:
    return f"traffic.{name_operation(spec, operation_id)}.{aspect}"


def _word(found: Sequence[Finding]) -> str:
    messages = list(dict.fromkeys(each.message for each in found))
    more = f"; and {len(messages) - _MOST_REASONS} more" if len(messages) > _MOST_REASONS else ""
    return "; ".join(messages[:_MOST_REASONS]) + more


def check_traffic(files: Iterable[Path], options: TrafficOptions | None = None) -> Result:
    """Check the exchanges of files and return the result; nothing is sent.

    Raises CannotRunError when a file cannot be read, or has no exchange of the API.
    """
    started = time.perf_counter()
    paths = list(files)
    checker = TrafficChecker(options)
    most, notes, is_interrupted = checker.options.max_exchanges, [], False
    exchanges = (each for each in chain.from_iterable(map(read_traffic, paths)) if each)
    try:
        for number, (recorded, is_crossed) in enumerate(mark_crossed(exchanges)):
            if number == most:
                notes.append(f"Read the first {most} exchanges; --max-exchanges reads more.")
                break
            interruption.check()
            checker.check(recorded, is_crossed=is_crossed)
    except TrafficError as error:
        raise CannotRunError(str(error)) from None
    except KeyboardInterrupt:
        is_interrupted = True
    is_interrupted |= interruption.take()
    result = checker.make_result(", ".join(map(str, paths)))
    if not result.verdicts and not is_interrupted:
        raise CannotRunError(_explain_nothing(result, checker))
    return replace(
        result,
        notes=(*notes, *result.notes),
        interrupted=is_interrupted,
        seconds=time.perf_counter() - started,
    )


def _tell_coverage(coverage: Coverage) -> str:
    counts = [f"{met} of {total} {kind}" for kind in KINDS for met, total in (coverage.count(kind),)]
    return f"The exchanges met {', '.join(counts)}; `coldsend-mock coverage` names the others."


def _explain_nothing(result: Result, checker: TrafficChecker) -> str:
    if result.requests > checker.foreign:
        return "no exchange is of the operations and rules that are chosen."
    base = checker.options.base_url or f"any host, below {checker.spec.base_path}"
    return f"none of {result.requests} exchanges is for the API ({base}); URL names its base."


def mark_crossed(exchanges: Iterable[Recorded]) -> Iterator[tuple[Recorded, bool]]:
    """Yield exchanges, each with whether a change was under way in its workspace at the same time."""
    before: deque[Recorded] = deque(maxlen=_AHEAD)
    after: deque[Recorded] = deque()
    for exchange in chain(exchanges, [None]):
        if exchange:
            after.append(exchange)
        while after and (exchange is None or len(after) > _AHEAD):
            current = after.popleft()
            yield current, any(_are_crossed(current, other) for other in chain(before, after))
            before.append(current)


def _are_crossed(one: Recorded, other: Recorded) -> bool:
    if one.at is None or other.at is None or {one.method, other.method} <= {"GET", "HEAD", "OPTIONS"}:
        return False
    apart = (other.at - one.at).total_seconds()
    return _ROUNDING - other.seconds < apart < one.seconds - _ROUNDING
