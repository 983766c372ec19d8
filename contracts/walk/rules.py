"""The rules of the walk: each operation answers as the model does, after any history."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from mockserver.openapi.spec import Operation, Spec

from ..api.api import Api
from ..api.collections import TROUBLES
from ..comparison.answers import Difference
from ..generated.rule_ids import name_operation
from ..generated.sentences import quote_operation
from ..options import TAG_NAME
from ..registry import LAST, Rule
from ..verdict.causes import WALK_SUFFIX
from ..verdict.outcomes import DifferenceError, Exchange, ForbiddenError, UncheckedError
from .drawing import MOST_WRITES, Drawer
from .leave import Leave
from .model import Model
from .replay import Numbered, Outcome, Replayer
from .shrinking import shrink

_REQUESTS = {"quick": 400, "full": 4000}
"""Profile → the requests of the histories, with those that were made on purpose before."""
_FEWEST_REQUESTS = 15
_FEWEST_AFTER_OTHERS = 15
_FEWEST_STEPS = 10
"""A history has that many on average, unless hardly anything may be asked."""
_REQUESTS_OF_A_WRITE = 8
"""A change, what it needs, and what is read after it: where few requests are left, a history is short."""
_SHRINKING = 150
"""The requests to shrink one difference."""
_MOST_SHRUNK = 3
_MOST_KINDS = 30
"""After so many kinds of documented differences the walk ends."""
_MOST_STEPS_TOLD = 12
_MOST_TOLD = 5


def list_walk_rules(spec: Spec) -> Iterator[Rule]:
    """Yield a rule for each operation."""
    for operation in spec.operations.values():
        yield Rule(
            id=name_operation(spec, operation.operation_id) + WALK_SUFFIX,
            source=operation.source or "openapi.yaml",
            sentence=quote_operation(operation),
            check=partial(_check, operation=operation),
            summary="It answers as the model does, after any history",
            operations=(operation.operation_id,),
            handwritten=False,
            stage=LAST,  # it moves the clock of a stand-in
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference, and what was asked up to it, as short as it could be made."""

    difference: Difference
    exchanges: tuple[Exchange, ...]


@dataclass(slots=True)
class Walk:
    """What the histories of a run have found."""

    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    compared: set[str] = field(default_factory=set)
    refused: Mapping[str, UncheckedError] = field(default_factory=dict)
    """Operations that the server does not have or cannot do → why."""
    trouble: UncheckedError | None = None
    """Why the walk ended early."""

    def find_trouble(self, operation: Operation) -> UncheckedError:
        """Return why the answers of an operation were not compared."""
        trouble = self.refused.get(operation.operation_id, self.trouble)
        return trouble or UncheckedError("the histories of this run did not come here, or may not")


def _check(api: Api, *, operation: Operation) -> None:
    api.now()  # where the clock runs apart, no time is as the model's
    walk = api.once("walk", lambda: _walk(api))
    found = [each for each in walk.findings.values() if each.difference.operation == operation.operation_id]
    breaches = [each for each in found if each.difference.documented or api.judge.strict]
    breaches.sort(key=lambda each: len(each.exchanges))
    for each in breaches[:1]:
        api.judge.exchanges += each.exchanges
        api.judge.fail(describe(each.difference, each.exchanges), documented=each.difference.documented)
    if found:
        said = "; ".join(each.difference.message for each in found[:_MOST_TOLD])
        api.judge.warn(f"no source documents what differs: {said}", documented=False)
    if operation.operation_id not in walk.compared | api.histories.compared:
        raise walk.find_trouble(operation)


def describe(said: Difference, exchanges: Sequence[Exchange]) -> str:
    """Return a sentence about a difference, with the operations before it and its source."""
    names = [exchange.operation for exchange in exchanges]
    shown = names[:-1][-_MOST_STEPS_TOLD:]
    after = f", after {', '.join(shown)}" if shown else ""
    return f"{said.message}{after} [{said.source}]"


class Findings(Protocol):
    """What asking histories has found."""

    trouble: UncheckedError | None


def _walk(api: Api) -> Walk:
    """Draw histories and ask them, until the requests of the profile are used up."""
    leave = make_leave(api)
    model = make_model(api)
    drawer = Drawer(api.spec, model, api.random_seed, leave)
    replayer = Replayer(api, model, leave)
    changes = {name for name, operation in api.spec.operations.items() if operation.method != "GET"}
    if api.options.part == "read-only":
        raise ForbiddenError("a walk changes what it looks at")
    most = _count_requests(api)
    writes = min(max(most // _REQUESTS_OF_A_WRITE, 1), MOST_WRITES)
    walk, number, asked, shrunk = Walk(refused=leave.refused), 0, 0, 0
    with noting_trouble(api, leave, walk):
        while asked < most and number < most // _FEWEST_STEPS and _count_documented(walk) < _MOST_KINDS:
            history: list[Numbered] = list(enumerate(drawer.draw(number, writes), 1))
            number += 1
            before = api.session.sent
            outcome = replayer.replay(history)
            asked += max(api.session.sent - before, 1)
            walk.compared |= outcome.compared
            walk.trouble = outcome.trouble or walk.trouble
            drawer.note_outcome([step for _, step in history], walk.compared)
            for difference in _list_new(walk, outcome):
                walk.findings[difference.kind] = _find(difference, outcome)
                is_breach = difference.documented or api.judge.strict
                if is_breach and shrunk < _MOST_SHRUNK and outcome.stopped_at is not None:
                    shrunk += 1
                    prefix = [each for each in history if each[0] <= outcome.stopped_at]
                    shown = shrink(
                        prefix,
                        difference.kind,
                        outcome,
                        replayer.replay,
                        changes=changes,
                        most=_SHRINKING,
                    )
                    walk.findings[difference.kind] = _find(difference, shown)
    return walk


@contextmanager
def noting_trouble(api: Api, leave: Leave, results: Findings) -> Iterator[None]:
    """Note in the results what ends histories before their time; in the end the clock shows the real time."""
    try:
        yield
    except UncheckedError as trouble:
        results.trouble = trouble
    except DifferenceError as trouble:
        results.trouble = UncheckedError(str(trouble))
    finally:
        if leave.clock and not leave.alone:
            api.incoming_events.restore_clock()


def _count_requests(api: Api) -> int:
    """Return how many requests the histories may ask: fewer when the run checks few of their rules."""
    most = _REQUESTS[api.options.profile]
    chosen = sum(rule.endswith(WALK_SUFFIX) for rule in api.chosen)
    share = most * chosen // len(api.spec.operations)
    asked = api.histories.requests
    return max(share - asked, min(share, _FEWEST_AFTER_OTHERS), _FEWEST_REQUESTS)


def _list_new(walk: Walk, outcome: Outcome) -> list[Difference]:
    return [each for each in outcome.differences if each.kind not in walk.findings]


def _count_documented(walk: Walk) -> int:
    return sum(finding.difference.documented for finding in walk.findings.values())


def _find(difference: Difference, outcome: Outcome) -> Finding:
    shown = next((each for each in outcome.differences if each.kind == difference.kind), difference)
    return Finding(shown, tuple(outcome.exchanges))


def make_model(api: Api) -> Model:
    """Return the model of the server of a run; its tag is called as the server's."""
    budget = api.target.stage.credits if api.target.stage else None
    tag_name = api.once("name of the tag", lambda: _find_tag_name(api))
    return Model(api.spec, api.random_seed, tag_name, budget)


def _find_tag_name(api: Api) -> str:
    """Return the name of the tag that the owner has named by its id: a contact shows it."""
    tag_id = api.target.tag_id
    if not tag_id or api.target.is_stand_in or api.target.is_own:
        return TAG_NAME
    with api.judge.suspended(), suppress(*TROUBLES):
        contact_id = api.create_contact()["contact_id"]
        api.send("tagContacts", body={"contact_ids": [contact_id], "tag_id": tag_id}).succeeds()
        tags = api.read("getContact", contact_id=contact_id)["contact"]["tags"]
        return str(next((tag["name"] for tag in tags if tag["tag_id"] == tag_id), TAG_NAME))
    return TAG_NAME


def make_leave(api: Api) -> Leave:
    """Return what a walk may do on the server of a run."""
    is_mock = api.target.is_mock
    return Leave(
        launch=is_mock or api.options.allow_launch,
        send=is_mock or api.options.allow_send,
        second=bool(api.target.second_key),
        alone=api.target.stage is not None,
        events=api.target.incoming_events is not None,
        clock=is_mock and api.target.incoming_events is not None,
        domains=is_mock or api.target.incoming_events is not None,  # a stand-in can do no harm
        tag=bool(api.target.tag_id or api.target.stage),
    )
