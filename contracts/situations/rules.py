"""The rules of the situations: whatever is built on purpose, the server answers as the model does."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from mockserver.openapi.spec import Spec

from ..api.api import Api
from ..generated.sentences import quote_operation
from ..registry import LAST, Rule
from ..verdict.outcomes import ForbiddenError, UncheckedError
from ..walk.leave import Leave
from ..walk.model import Model
from ..walk.replay import Replayer
from ..walk.rules import Finding, describe, make_leave, make_model, noting_trouble
from ..walk.shrinking import shrink
from .parts import Part, Script
from .scripts import SUMMARIES, list_scripts
from .writing import write

_SHRINKING = 150
"""The requests to shrink one difference."""
_MOST_SHRUNK = 1
_MOST_TOLD = 5


def list_situation_rules(spec: Spec) -> Iterator[Rule]:
    """Yield the rules of each script."""
    for script in list_scripts(spec):
        for part in script.parts:
            for name, operation_id in part.rules:
                operation = spec.operations[operation_id]
                yield Rule(
                    id=name,
                    source=operation.source or "openapi.yaml",
                    check=partial(_check, script=script, rule=name),
                    summary=SUMMARIES[part.situation],
                    sentence=quote_operation(operation),
                    operations=(operation_id,),
                    handwritten=False,
                    stage=LAST,  # it moves the clock of a stand-in
                )


@dataclass(slots=True)
class Results:
    """What a script has found."""

    findings: dict[str, list[Finding]] = field(default_factory=dict)
    """Rule → its differences."""
    reached: set[str] = field(default_factory=set)
    """The rules of which a step was compared."""
    trouble: UncheckedError | None = None
    shrunk: int = 0


def _check(api: Api, *, script: Script, rule: str) -> None:
    api.now()  # where the clock runs apart, no time is as the model's
    results = api.once(f"situations of {script.name}", lambda: _run(api, script))
    found = results.findings.get(rule, [])
    breaches = [each for each in found if each.difference.documented or api.judge.strict]
    for each in breaches[:1]:
        api.judge.exchanges += each.exchanges
        api.judge.fail(describe(each.difference, each.exchanges), documented=each.difference.documented)
    if found:
        said = "; ".join(each.difference.message for each in found[:_MOST_TOLD])
        api.judge.warn(f"no source documents what differs: {said}", documented=False)
    if rule not in results.reached:
        others = ", ".join(results.findings) or "the operations before"
        raise results.trouble or UncheckedError(f"its history ended early: see {others}")


def _run(api: Api, script: Script) -> Results:
    """Ask a script of the server; parts that a difference cuts off get a history of their own."""
    if api.options.part == "read-only":
        raise ForbiddenError("a situation changes what it looks at")
    results, leave = Results(), make_leave(api)
    with noting_trouble(api, leave, results):
        while script.parts:
            script = replace(script, parts=_ask(api, leave, script, results))
    return results


def _ask(api: Api, leave: Leave, script: Script, results: Results) -> tuple[Part, ...]:
    """Ask the parts of a script in one history; return those that were not begun."""
    model: Model = api.once("model of situations", lambda: make_model(api))
    written = write(api.spec, leave.freeze(), script)
    results.trouble = written.tell_trouble() or results.trouble
    history = list(enumerate(written.steps, 1))
    replayer, before = Replayer(api, model, leave), api.session.sent
    outcome = replayer.replay(history)
    api.histories.requests += api.session.sent - before
    api.histories.compared |= outcome.compared
    reached = outcome.stopped_at or len(history)
    results.reached |= set(written.labels[:reached])
    results.trouble = results.trouble or outcome.trouble or next(iter(leave.refused.values()), None)
    changes = {each for each, operation in api.spec.operations.items() if operation.method != "GET"}
    for difference in outcome.differences:
        at, shown = outcome.found_at[difference.kind], outcome
        if (difference.documented or api.judge.strict) and results.shrunk < _MOST_SHRUNK:
            results.shrunk += 1
            shown = shrink(
                history[:at], difference.kind, outcome, replayer.replay, changes=changes, most=_SHRINKING
            )
        finding = Finding(difference, tuple(shown.exchanges))
        results.findings.setdefault(written.labels[at - 1], []).append(finding)
    begun = sum(begin < reached for begin in written.begins)
    return script.parts[max(begun, 1) :] if outcome.stopped_at else script.parts[len(written.begins) :]
