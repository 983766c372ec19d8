"""A draft: a history that is written step by step, each step answered by the model at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from mockserver.errors import ApiError
from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..comparison.answers import Answer
from ..inputs.id_sources import find_source, list_id_names
from ..verdict.outcomes import UncheckedError
from ..walk.drawing import MARKS, MONDAY
from ..walk.events import TICK_SECONDS, perform
from ..walk.history import Answers, Ref, Step, UnknownReferenceError
from ..walk.leave import Leave
from ..walk.making import StepMaker
from ..walk.model import Model, read_json
from ..walk.pools import Pools
from .readings import list_plain_readings
from .values import OddDrawer

_MOST_READ = 2
"""How many of the readings that a step has changed are asked."""
_BESIDE = 1
"""How many readings of the same kind are asked that a step must not have changed."""
_LARGE = 10_000
"""Answers that are so many bytes larger are asked first."""
_MOST_READ_AT_END = 1


@dataclass(frozen=True, slots=True)
class Made:
    """Something that a step has made."""

    step: Step
    id_name: str
    path: Mapping[str, Any]
    """References to its id and to those above it."""


class Draft:
    """A history that is being written; it also knows for which rule each step stands."""

    def __init__(self, spec: Spec, model: Model, leave: Leave, name: str) -> None:
        self.spec = spec
        self.leave = leave
        self.steps: list[Step] = []
        self.labels: list[str] = []
        self.label = ""
        """The rule of the next steps."""
        random = Random(f"situation {name}")
        self.pools = Pools(spec, random)
        self.maker = StepMaker(spec, self.pools, random, replace(leave, second=False))
        self.maker.values = OddDrawer(random, self._find_ids)
        self._model = model
        self._name = name
        self._keys = model.make_keys(name)
        self._answers = Answers(MARKS)
        self._seen: dict[str, tuple[Step, bytes]] = {}
        """Readings → the step, and what the model answered last."""
        self._told: dict[str, bytes] = {}
        """Readings → what the model answered when the server was asked last."""
        self._asked: Counter[tuple[str, str]] = Counter()
        """(rule, reading) → how often the server is asked it."""
        self._stale: dict[str, None] = {}
        """Readings that have changed since the server was asked them."""
        self._is_still = False
        """Whether nothing has happened since all readings were asked of the model."""
        model.set_time(name, MONDAY)
        if leave.tag:
            self._answers.values[0] = {"tag_id": model.add_tag(name)}
            self.pools.add("tag_id", self._answers.values[0]["tag_id"], 0)

    # -------------------------------------------------------------- steps

    def try_out(self, step: Step) -> Answer:
        """Return the model's answer; a refused step changes nothing."""
        operation = self.spec.operations[step.operation]
        path, query, body = (self._answers.resolve(part) for part in (step.path, step.query, step.body))
        return self._model.ask(operation, path, query, body, self._keys[step.second])

    def do(self, step: Step) -> Answer:
        """Add a step, which the model may refuse; raises UncheckedError if the run may not ask it."""
        operation = self.spec.operations[step.operation]
        if not self.leave.allows(operation):
            raise UncheckedError(f"this run may not ask {step.operation}, or the server cannot do it")
        if operation.method != "GET":
            self._pass_tick()
        answer = self.try_out(step)
        self._note(step, answer)
        return answer

    def _pass_tick(self) -> None:
        """Let time pass before a step that may change something."""
        self._is_still = False
        self._model.move_clock(self._name, TICK_SECONDS)

    def _note(self, step: Step, answer: Answer) -> None:
        self._keep(step)
        number, value = len(self.steps), read_json(answer)
        self._answers.values[number] = value
        operation = self.spec.operations[step.operation]
        self.pools.note_answer(operation, number, step.path, value, second=step.second)

    def do_if_accepted(self, step: Step) -> bool:
        """Add a step unless the model refuses it; return whether it was added."""
        operation = self.spec.operations[step.operation]
        if not self.leave.allows(operation):
            return False
        self._pass_tick()
        answer = self.try_out(step)
        if answer.is_success:
            self._note(step, answer)
        return answer.is_success

    def foresee(self, *steps: Step) -> Answer:
        """Return the model's answer to the last of these steps; nothing changes."""
        with self._model.trying(self._name):
            *before, last = steps
            for step in before:
                self.try_out(step)
            return self.try_out(last)

    def happen(self, kind: str, path: Mapping[str, Any], body: Any = None) -> None:
        """Add an event that no request causes."""
        step = Step(kind, path, {}, body, is_event=True)
        self._is_still = False
        try:
            perform(self._model, self._name, step, self._answers)
        except (ApiError, UnknownReferenceError):
            return
        self._keep(step)

    def _keep(self, step: Step) -> None:
        self.steps.append(step)
        self.labels.append(self.label)

    def close(self) -> None:
        """Forget what the model knows of the draft."""
        self._model.forget(self._name)

    # -------------------------------------------------------------- making

    def make(
        self,
        id_name: str,
        user: Operation | None = None,
        *,
        like: Made | None = None,
        within: Mapping[str, Any] | None = None,
    ) -> Made:
        """Make a resource with every field set, and what it needs; `like` gives the body and the parents.

        `within` has references to parents; others are the ones made last. Raises UncheckedError if nothing
        that the run may ask makes one.
        """
        if id_name == "contact_id":
            return self._import_contact(like)
        source = find_source(self.spec, id_name, user)
        if source is None:
            raise UncheckedError(f"no operation makes a {id_name}")
        operation = source.operation
        step = like.step if like else self.fill(operation, self.make_path(operation, within))
        self.do(step)
        path = {**step.path, id_name: Ref(len(self.steps), source.pointer)}
        if user and user.presumes.get(id_name, {}).get("status") == "ACTIVE":
            self.do(Step("activateDomain", {id_name: path[id_name]}))
        return Made(step, id_name, path)

    def _import_contact(self, like: Made | None) -> Made:
        operation = self.spec.operations["importContacts"]
        file = {"file": self.maker.values.draw_file(2)}  # the other one is in no campaign, and stays so
        step = like.step if like else Step(operation.operation_id, {}, {}, file)
        email = dict(step.body["file"].rows[0])["email"]
        self.do(step)
        self.do(Step("listContacts", {}, {"search": email}))
        return Made(step, "contact_id", {"contact_id": Ref(len(self.steps), ("contacts", 0, "contact_id"))})

    def make_path(self, operation: Operation, within: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return references to what stands in the path of an operation; what is missing is made."""
        path: dict[str, Any] = {}
        for parameter in operation.parameters_in("path"):
            if within and parameter.name in within:
                path[parameter.name] = within[parameter.name]
                continue
            if not self.pools.has(parameter.name):
                self.make(parameter.name, operation)
            path[parameter.name] = self.pools.list_recent(parameter.name, 1)[0].ref
        return path

    def fill(self, operation: Operation, path: Mapping[str, Any], body: Any = None) -> Step:
        """Return a step with every field of its body set, and make what these name."""
        for name in non_null(operation.body or {}).get("properties", {}):
            id_name, most = name.removesuffix("s"), 2 if name.endswith("s") or operation.sends else 1
            source = find_source(self.spec, id_name) if id_name in list_id_names(self.spec) else None
            if source and self.leave.allows(source.operation):
                for _ in range(most - len(self.pools.list_recent(id_name, most))):
                    self.make(id_name, operation)
        for _ in range(6):
            try:
                drawn = self.maker.make(operation, body, second=False)
                return replace(drawn, path=path)
            except LookupError as lacking:
                self.make(str(lacking.args[0]), operation)
        raise UncheckedError(f"{operation.operation_id} needs what nothing makes")

    def _find_ids(self, name: str) -> list[Any]:
        """Return references to what was made last; raises LookupError when there is nothing."""
        known = self.pools.list_recent(name, 2)
        if not known:
            raise LookupError(name)
        return [each.ref for each in known]

    # -------------------------------------------------------------- readings

    def change(self, step: Step, subject: Made, *, most: int = _MOST_READ) -> bool:
        """Do a step unless the model refuses it, and ask what it has changed; return whether it was done."""
        if not self.do_if_accepted(step):
            return False
        self.look(subject, most=most)
        return True

    def watch(self, step: Step, subject: Made, *, most: int) -> bool:
        """Do a step as `change` does, but ask before it, too: a server may count from then."""
        if not self.leave.allows(self.spec.operations[step.operation]):
            return False
        self._find_changed()
        with self._model.trying(self._name):
            self._model.move_clock(self._name, TICK_SECONDS)
            if not self.try_out(step).is_success:
                return False
            changed = [
                name for name, (reading, body) in self._seen.items() if self.try_out(reading).body != body
            ]
        told = [name for name in changed if self._told.get(name) == self._seen[name][1]]  # asked already
        chosen = self._choose(changed, subject, most, told)
        for name in chosen:
            if self._told.get(name) != self._seen[name][1] and self.try_out(self._seen[name][0]).is_success:
                self._read(name)
        self.do(step)
        self.look(subject, most=most, first=chosen)
        return True

    def look(
        self,
        subject: Made | None = None,
        *,
        most: int = _MOST_READ,
        beside: bool = True,
        first: Sequence[str] = (),
    ) -> None:
        """Ask what has changed since the last look; with `beside`, the same of what has not."""
        changed = self._find_changed()
        chosen = self._choose(changed, subject, most, first)
        kinds = {self._seen[name][0].operation for name in chosen if self._seen[name][0].path}
        others = [
            name
            for name in self._seen
            if self._seen[name][0].operation in kinds
            and name not in changed
            and not self._asked[self.label, name]
        ]
        for name in [*chosen, *others[: _BESIDE if beside else 0]]:
            self._read(name)

    def look_elsewhere(self, maker: Operation) -> None:
        """Ask what something made has changed outside of what it was made in."""
        own = {parameter.name for parameter in maker.parameters_in("path")}
        changed = [name for name in self._find_changed() if not own & self._seen[name][0].path.keys()]
        for name in self._choose(changed, None, _MOST_READ):
            self._read(name)

    def _choose(
        self, changed: Sequence[str], subject: Made | None, most: int, first: Sequence[str] = ()
    ) -> list[str]:
        """Return some of the readings that have changed, at most two of an operation."""
        chosen: list[str] = []
        for name in sorted(changed, key=lambda each: (each not in first, self._rank(each, subject))):
            operation = self._seen[name][0].operation
            alike = [each for each in chosen if self._seen[each][0].operation == operation]
            if len(alike) < 2 and len(chosen) < most:
                chosen.append(name)
        return chosen

    def look_at_all(self, most: int = _MOST_READ_AT_END) -> None:
        """Ask what the server was not asked since it changed, and then what it was asked least."""
        self._find_changed()
        for _ in range(most):
            names = [*self._seen]
            name = min(
                names,
                key=lambda name: (name not in self._stale, self._asked["", self._seen[name][0].operation]),
            )
            self._read(name)

    def look_by(self, operation: Operation, most: int) -> None:
        """Ask the readings of one operation that have changed since the server was asked them."""
        self._find_changed()
        stale = [name for name in self._stale if self._seen[name][0].operation == operation.operation_id]
        names = [name for name in stale if not self._seen[name][0].second]
        for name in sorted(names, key=lambda name: len(self._seen[name][0].query))[:most]:
            self._read(name)

    def _read(self, name: str) -> None:
        step = self._seen[name][0]
        self.do(step)
        self._told[name] = self._seen[name][1]
        for what in (name, step.operation):
            self._asked[self.label, what] += 1
        self._asked["", step.operation] += 1
        self._stale.pop(name, None)

    def _rank(self, name: str, subject: Made | None) -> tuple[int, int, int, int]:
        """Return what is asked first: the subject, what is near to it, what was asked least for this rule."""
        step, body = self._seen[name]
        path = subject.path if subject else {}
        is_near = bool(step.path) and step.path.items() <= path.items()
        is_itself = step.path == path and self.spec.operations[step.operation].path.endswith("}")
        distance = 0 if is_itself else 1 if is_near and step.path == path else 2 if is_near else 3
        asked = self._asked[self.label, step.operation], self._asked["", step.operation]
        return distance, asked[0], -(len(body) // _LARGE), asked[1]

    def _find_changed(self) -> list[str]:
        """Return the readings whose answers have changed; a new resource that can be read counts."""
        changed = []
        known = {str(step): step for step in list_plain_readings(self.spec, self.pools, self.leave)}
        if self._is_still:
            known = {name: step for name, step in known.items() if name not in self._seen}
        else:
            known |= {name: step for name, (step, _) in self._seen.items()}
        for name, step in known.items():
            answer = self.try_out(step)
            _, before = self._seen.get(name, (step, b"" if answer.is_success else answer.body))
            if before != answer.body:
                changed.append(name)
            self._seen[name] = step, answer.body
        self._stale.update(dict.fromkeys(changed))
        self._is_still = True
        return changed
