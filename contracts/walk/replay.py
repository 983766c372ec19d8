"""Replays: a history is asked of the server and of a fresh model, answer by answer."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from mockserver.errors import ApiError
from mockserver.openapi.formats import is_uuid
from mockserver.openapi.spec import Operation

from ..api.api import Api
from ..api.client import UNSET
from ..comparison.alignment import Alignment
from ..comparison.answers import STATUS, Answer, Difference
from ..comparison.comparison import Terms, compare
from ..options import IncomingEvents
from ..safety.guard import GuardError
from ..verdict.outcomes import AbsentError, Exchange, ForbiddenError, NoAnswerError, UncheckedError
from .drawing import MONDAY
from .events import TICK_SECONDS, perform
from .history import Answers, Mark, Marks, Ref, Step, UnknownReferenceError
from .leave import OUTSIDE, Leave
from .model import Model, read_json

Numbered = tuple[int, Step]
"""A step with its number, which it keeps when others are taken out."""

_NO_ANSWERS = (402, 429, 502, 503, 504)
"""Statuses that do not say how the server would answer: it lacks credits, patience, or another server."""
_ENDS = ("COMPLETED", "FAILED")
_MOST_POLLS = 10
_RESERVE = 30
"""So many requests of the budget are left for rules that come later."""
_SECONDS = 5.0
"""How far the clocks of a server and of this machine may be apart, besides what an answer takes."""


@dataclass(slots=True)
class Outcome:
    """What a replay has found."""

    differences: list[Difference] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    compared: set[str] = field(default_factory=set)
    """The operations whose answers were compared."""
    found_at: dict[tuple[str, str], int] = field(default_factory=dict)
    """Kind of a difference → the number of the step that showed it first."""
    stopped_at: int | None = None
    """The number of the step after which server and model may be in different states."""
    trouble: UncheckedError | None = None
    """Why the history ended there, if the server did not answer."""


class Replayer:
    """Asks histories of one server."""

    def __init__(self, api: Api, model: Model, leave: Leave) -> None:
        self.api = api
        self.model = model
        self.leave = leave
        self._count = 0

    def replay(self, history: Sequence[Numbered]) -> Outcome:
        """Ask a history; it ends at the first difference after which nothing can be compared.

        Raises UncheckedError when the budget is used up, DifferenceError when the server does not answer.
        """
        self._count += 1
        name = f"replay_{self._count}"
        try:
            return _Replay(self, name).run(history)
        finally:
            self.model.forget(name)


class _Replay:
    """One replay."""

    def __init__(self, replayer: Replayer, name: str) -> None:
        self._api = replayer.api
        self._spec = replayer.api.spec
        self._model = replayer.model
        self._leave = replayer.leave
        self._name = name
        target = self._api.target
        self._events: IncomingEvents | None = None
        if target.stage:
            target.stage.begin()
            self._keys, self._events, tag_id = target.stage.keys, target.stage.events, target.stage.tag_id
            self._api.ledger.allow(tag_id)
        else:
            self._keys, tag_id = (target.api_key, target.second_key), target.tag_id
            self._events = target.incoming_events
        self._begins_with_nothing = target.stage is not None and target.stage.credits is not None
        ledger = self._api.ledger
        first_day = self._set_clock()
        marks = Marks(
            ledger.small_name("").strip(), ledger.domain, ledger.token(), ledger.draw_id(), first_day
        )
        self._salt = marks.salt
        self._theirs, self._models = Answers(marks), Answers(marks)
        self._alignment = Alignment()
        self._outcome = Outcome()
        if self._leave.tag:
            tag_ids = tag_id, self._model.add_tag(name)
            self._alignment.pair(*tag_ids)
            self._theirs.values[0], self._models.values[0] = ({"tag_id": each} for each in tag_ids)

    def _set_clock(self) -> date:
        """Let server and model have the same time; where it can be moved, it stands still; return its day."""
        self._skew: timedelta | None = None
        if self._leave.clock and self._events:
            now = self._events.now()
            monday = MONDAY if now < MONDAY else _find_monday(now)
            self._events.move_clock((monday - now).total_seconds())
            self._model.set_time(self._name, self._events.now())
            return monday.date()
        return datetime.now(UTC).date()

    def run(self, history: Sequence[Numbered]) -> Outcome:
        for number, step in history:
            if step.is_event:
                self._perform(step)
            elif self._is_last(number, step):
                self._outcome.stopped_at = number
                break
        return self._outcome

    def _is_last(self, number: int, step: Step) -> bool:
        """Ask a step; return whether the history ends with it, also since one answer did not come."""
        try:
            return self._ask(number, step)
        except NoAnswerError as trouble:
            if self._api.session.is_down:
                raise
            self._outcome.trouble = trouble
            return True

    def _perform(self, step: Step) -> None:
        try:
            path = {name: self._resolve_theirs(ref) for name, ref in step.path.items()}
            perform(self._model, self._name, step, self._models)
            if self._events:
                perform(_Server(self._events), self._name, replace(step, path=path), self._theirs)
        except (ApiError, UnknownReferenceError):
            pass  # what a shorter history lacks, or that is deleted

    def _ask(self, number: int, step: Step) -> bool:
        """Ask a step of both; return whether the states may differ from now on."""
        operation = self._spec.operations[step.operation]
        try:
            ours = [self._models.resolve(part) for part in (step.path, step.query, step.body)]
            path, query, body = (self._resolve_theirs(part) for part in (step.path, step.query, step.body))
        except UnknownReferenceError:
            return False  # a step that a shorter history lacks, or that the guard has refused
        if operation.method != "GET" and self._leave.clock and self._events:
            self._events.move_clock(TICK_SECONDS)
            self._model.move_clock(self._name, TICK_SECONDS)
        started = time.monotonic()
        key = self._keys[step.second]
        try:
            theirs = self._send(operation, path, query, body, key)
        except GuardError:
            return False
        except (AbsentError, ForbiddenError) as lacking:
            self._leave.refused[operation.operation_id] = lacking
            return True
        if theirs.status in _NO_ANSWERS or self._is_outside(operation, theirs):
            return True
        model_key = self._model.make_keys(self._name)[step.second]
        models = self._model.ask(operation, ours[0], ours[1], ours[2], model_key)
        self._theirs.values[number] = theirs.value if theirs.is_success else None
        self._models.values[number] = read_json(models)
        is_over = self._compare(operation, step, theirs, models, _SECONDS + time.monotonic() - started)
        if not is_over and models.is_success:
            is_over = self._finish(operation, number, path, key, model_key)
        for difference in self._outcome.differences:
            self._outcome.found_at.setdefault(difference.kind, number)
        return is_over

    def _resolve_theirs(self, value: Any) -> Any:
        """Return a value for the server; an id is the one that stands for the model's."""
        return self._theirs.resolve(value, self._find_theirs)

    def _find_theirs(self, ref: Ref) -> Any:
        models = self._models.resolve(ref)
        if not isinstance(models, str) or not is_uuid(models):
            return self._theirs.resolve(ref)
        theirs = self._alignment.find_theirs(models)
        if theirs is None:
            raise UnknownReferenceError(f"nothing of the server stands for {models}")
        return theirs

    def _send(self, operation: Operation, path: Any, query: Any, body: Any, key: str) -> Answer:
        if self._api.session.left < _RESERVE:
            raise UncheckedError("what is left of the budget is for the rules about the whole run")
        given = UNSET if body is None else body
        reply = self._api.send(operation.operation_id, path=path, query=query, body=given, key=key)
        if self._api.last_exchange:
            self._outcome.exchanges.append(self._api.last_exchange)
        headers = {name.casefold(): value for name, value in reply.response.headers.items()}
        if self._skew is None and not self._leave.clock:
            self._skew = _read_skew(headers)
            for model_key in self._model.make_keys(self._name):
                self._model.find_workspace(model_key).clock.advance(self._skew)
        return Answer(reply.status, headers, reply.response.content)

    def _is_outside(self, operation: Operation, theirs: Answer) -> bool:
        """Return whether a step needs another server, such as a mail server, which cannot be reached."""
        makes = {f for f in operation.answer.get("properties", {}) if f in OUTSIDE}
        needs_server = operation.method == "POST" and bool(makes or operation.sends)
        if needs_server and theirs.status == 400 and not self._api.target.is_mock:
            self._leave.refused[operation.operation_id] = UncheckedError("this server cannot do it here")
            return True
        return False

    def _compare(
        self, operation: Operation, step: Step | None, theirs: Answer, models: Answer, seconds: float
    ) -> bool:
        """Compare two answers; return whether nothing can be compared from now on."""
        strict = self._api.judge.strict
        terms = Terms(
            seconds=0.0 if self._leave.clock else seconds,
            strict=strict,
            from_nothing=self._begins_with_nothing,
            workspace="second" if step and step.second else "first",
            query={} if step is None else self._models.resolve(step.query),
            owns=self._owns if step and self._has_others(operation, step) else None,
        )
        found = compare(self._spec, operation, theirs, models, alignment=self._alignment, terms=terms)
        self._outcome.compared.add(operation.operation_id)
        known = {difference.kind for difference in self._outcome.differences}
        self._outcome.differences += [each for each in found if each.kind not in known]
        is_apart = theirs.is_success != models.is_success  # two refusals change nothing
        return any(each.documented or strict or (each.place == STATUS and is_apart) for each in found)

    def _has_others(self, operation: Operation, step: Step) -> bool:
        """Return whether an answer may show what does not belong to the history."""
        return operation.method == "GET" and not self._leave.alone and not is_scoped(step)

    def _owns(self, texts: Sequence[str]) -> bool:
        return any(self._salt in text or self._alignment.find_models(text) for text in texts)

    def _finish(
        self, operation: Operation, number: int, path: dict[str, str], key: str, model_key: str
    ) -> bool:
        """Wait for the end of the job that a step has started, and compare the jobs."""
        for link in operation.responses[operation.status].get("links", {}).values():
            reader = self._spec.operations[link["operationId"]]
            if reader.method != "GET" or "job_id" not in link.get("parameters", {}):
                continue
            answers = [self._theirs.values[number], self._models.values[number]]
            if not all(
                isinstance(answer, dict) and isinstance(answer.get("job_id"), str) for answer in answers
            ):
                return False
            ids = [{"job_id": str(answer["job_id"])} for answer in answers]
            other = {name: self._alignment.find_models(value) or value for name, value in path.items()}
            models = self._model.ask(reader, {**other, **ids[1]}, {}, None, model_key)
            for _ in range(_MOST_POLLS):
                theirs = self._send(reader, {**path, **ids[0]}, {}, None, key)
                if not theirs.is_success or _is_finished(theirs):
                    return self._compare(reader, None, theirs, models, _SECONDS + _MOST_POLLS)
                self._api.options.sleep(1)
            return True
        return False


@dataclass(frozen=True, slots=True)
class _Server:
    """The server, where it is a mock."""

    events: IncomingEvents

    def move_clock(self, _name: str, seconds: float) -> None:
        self.events.move_clock(seconds)

    def receive_reply(self, _name: str, lead_id: str, text: str, category: str | None) -> None:
        self.events.receive_reply(lead_id, text, category)

    def record_event(self, _name: str, lead_id: str, kind: str) -> None:
        self.events.record_event(lead_id, kind)

    def set_values(self, _name: str, id_name: str, record_id: str, values: Mapping[str, Any]) -> None:
        self.events.set_values(id_name, record_id, values)


def is_scoped(step: Step) -> bool:
    """Return whether an answer shows only what belongs to the history: it is searched for, or below an id."""
    if step.path or isinstance(step.query.get("search"), Mark):
        return True
    return any(name.endswith("_id") for name in step.query)


def _find_monday(now: datetime) -> datetime:
    """Return the coming Monday, at the time of day of `MONDAY`."""
    days = (7 - now.weekday()) % 7 or 7
    return datetime.combine((now + timedelta(days=days)).date(), MONDAY.timetz())


def _is_finished(answer: Answer) -> bool:
    value = answer.value if isinstance(answer.value, dict) else {}
    job = value.get("job", value)
    if not isinstance(job, dict) or not {"status", "completed_at"} & job.keys():
        return True
    return job.get("status") in _ENDS or ("status" not in job and bool(job.get("completed_at")))


def _read_skew(headers: dict[str, str]) -> timedelta:
    try:
        apart = parsedate_to_datetime(headers["date"]).astimezone(UTC) - datetime.now(UTC)
    except (KeyError, ValueError, TypeError):
        return timedelta()
    return apart if abs(apart) > timedelta(seconds=2) else timedelta()
