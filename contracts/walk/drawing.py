"""Drawing of histories: the next step follows from the contract, from what is there, and from random numbers.

How it works: the model answers each step at once, so a later step can name what an earlier one made, and the
readings that a step has changed are known. Why so: a server is asked what can show a fault, and little else.
"""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from mockserver.errors import ApiError
from mockserver.openapi.spec import Operation, Spec

from ..api.api import LATER
from ..comparison.answers import Answer
from ..inputs.id_sources import find_source
from .events import REPLY, TICK_SECONDS, WAIT, perform
from .history import Answers, Mark, Marks, Step, UnknownReferenceError
from .leave import Leave
from .making import StepMaker
from .model import Model, read_json
from .pools import Pools
from .readings import list_readings

MOST_WRITES = 14
"""How many changes a history makes, besides those that they need."""
_LARGE = 120
"""The rows of a large upload: more than any page holds."""
_MOST_READ = 4
_MOST_READ_AT_END = 6
_MOST_TRIED = 6
"""How many steps are tried for one that the model does not refuse."""
_REFUSED_SHARE = 0.1
"""How many of the steps are kept that are refused as others were before."""
_UNMET_SHARE = 0.5
"""How often an operation comes next that no history has done yet, if there is one."""
_AGAIN_SHARE = 0.1
"""How often an earlier step is done again."""
_SIBLING_SHARE = 0.5
"""How often something is read that should not have changed."""
_PAGE_SHARE = 0.6
"""How often another page of a list is read, too."""
_MOST_EVENTS = 6
_DELETES = ("delete", "bulkDelete")
_WAITS = (3600, 26 * 3600, 3 * 86400)
MONDAY = datetime(2030, 3, 25, 15, tzinfo=UTC)
"""When histories play: within the usual window of sending, and soon clocks change in Europe and Australia."""
MARKS = Marks("ctwalk:", "ctwalk.example.com", "w0", "00000000-0000-4000-8000-00000000c01d", MONDAY.date())
_EVENTS = ("sent", "opened", "opened", "clicked", "bounced", "unsubscribed", "reply", "reply")


class Drawer:
    """Draws histories, each of which does most what the earlier ones did least."""

    def __init__(self, spec: Spec, model: Model, random_seed: str, leave: Leave) -> None:
        self.spec = spec
        self.leave = leave
        self._model = model
        self.random_seed = random_seed
        self.tally: Counter[object] = Counter()
        """What was done how often: operations, and pairs of a change and a reading."""

    def draw(self, number: int, writes: int = MOST_WRITES) -> list[Step]:
        """Return the history of a number with so many changes; equal ones after equal histories are equal."""
        history = _History(self, self._model, Random(f"walk {self.random_seed} {number}"), number)
        history.draw(writes)
        return history.steps

    def note_outcome(self, steps: Sequence[Step], compared: Set[str]) -> None:
        """Note the outcome of a history: an operation that was not compared counts as not drawn yet."""
        for step in steps:
            if step.operation not in compared:
                self.tally[step.operation] = 0


class _History:
    """A history that is being drawn."""

    def __init__(self, drawer: Drawer, model: Model, random: Random, number: int) -> None:
        self._spec = drawer.spec
        self._leave = drawer.leave
        self._tally = drawer.tally
        self._model = model
        self._random = random
        self._is_large = number % 3 == 1
        self.steps: list[Step] = []
        self._answers = Answers(MARKS)
        self._pools = Pools(drawer.spec, random)
        self._maker = StepMaker(drawer.spec, self._pools, random, drawer.leave)
        self._second = False
        self._made: list[Step] = []
        """The steps that have made something."""
        self._seen: dict[str, tuple[Step, bytes]] = {}
        """Readings → the step, and what the model answered last."""
        self._stale: dict[str, Step] = {}
        """Readings whose answers have changed since they were a step."""
        self._looked: tuple[object, ...] = ()
        """When the last look was; empty once something may have changed since."""
        self._name = f"{drawer.random_seed}_{number}"
        self._keys = model.make_keys(self._name)

    def draw(self, writes: int) -> None:
        """Draw the steps of so many changes."""
        self._model.set_time(self._name, MONDAY)
        try:
            self._begin()
            for _ in range(writes):
                self._second = self._leave.second and self._random.random() < 0.12
                if self._made and self._random.random() < _AGAIN_SHARE:
                    self._do_again(self._random.choice(self._made))
                else:
                    self._change_something()
                self._second = False
                if self._leave.events and self._random.random() < 0.3:
                    self._happen()
            for step in list(self._stale.values())[-_MOST_READ_AT_END:]:
                self._read(step)
        finally:
            self._model.forget(self._name)

    def _begin(self) -> None:
        if self._leave.tag:
            self._answers.values[0] = {"tag_id": self._model.add_tag(self._name)}
            self._pools.add("tag_id", self._answers.values[0]["tag_id"], 0)
        if self._is_large:
            self._write(self._spec.operations["uploadLeads"], {"file": self._maker.values.draw_file(_LARGE)})
        if self._leave.launch and self._random.random() < 0.5:
            self._launch()

    # -------------------------------------------------------------- steps

    def _ask(self, step: Step) -> Answer:
        resolve = self._answers.resolve
        parts = [resolve(part) for part in (step.path, step.query, step.body)]
        operation = self._spec.operations[step.operation]
        return self._model.ask(operation, parts[0], parts[1], parts[2], self._keys[step.second])

    def _do(self, step: Step) -> Answer | None:
        """Ask the model a step and keep it; None if it is refused as others were before."""
        operation = self._spec.operations[step.operation]
        if operation.method != "GET":
            self._looked = ()
            self._model.move_clock(self._name, TICK_SECONDS)
        answer = self._ask(step)
        outcome = (step.operation, answer.status, "" if answer.is_success else answer.text[:40])
        if not answer.is_success and self._tally[outcome] and self._random.random() > _REFUSED_SHARE:
            return None
        self._tally[outcome] += 1
        self._tally[step.operation] += answer.is_success
        self.steps.append(step)
        number, value = len(self.steps), read_json(answer)
        self._answers.values[number] = value
        self._pools.note_answer(operation, number, step.path, value, second=step.second)
        if operation.method == "POST" and answer.is_success:
            self._made.append(step)
        return answer

    def _change_something(self) -> None:
        """Do one of the changes that were done least, of which some may be refused."""
        for _ in range(_MOST_TRIED):
            answer = self._write(self._choose())
            if answer:
                return

    def _choose(self) -> Operation:
        operations = [
            operation
            for operation in self._spec.operations.values()
            if operation.method != "GET" and self._maker.can_be_asked(operation)
        ]
        unmet = [each for each in operations if not self._tally[each.operation_id]]
        if unmet and self._random.random() < _UNMET_SHARE:
            return self._random.choice(unmet)
        weights = [1 / (1 + self._tally[each.operation_id]) ** 1.5 for each in operations]
        return self._random.choices(operations, weights)[0]

    def _write(self, operation: Operation, body: Any = None) -> Answer | None:
        """Do a change and read what it has changed; None if nothing came of it."""
        for _ in range(2):
            try:
                step = self._maker.make(operation, body, second=self._second)
            except LookupError as lacking:
                if not self._make(str(lacking.args[0]), operation):
                    return None
            else:
                return self._change(step)
        return None

    def _change(self, step: Step) -> Answer | None:
        self._look()
        answer = self._do(step)
        if answer and answer.is_success:
            self._read_changed(step.operation)
            is_new = self._tally["again", step.operation] == 0
            if step.operation.startswith(_DELETES) and (is_new or self._random.random() < _AGAIN_SHARE):
                self._tally["again", step.operation] += 1
                self._revive(step)
        return answer

    def _do_again(self, step: Step) -> None:
        """Do a step again as it was, or in the other workspace if it refers to nothing."""
        is_free = self._leave.second and not step.list_references()
        second = not step.second if is_free and self._random.random() < 0.3 else step.second
        self._second = second
        self._change(replace(step, second=second))

    def _revive(self, step: Step) -> None:
        """Make again what a step has deleted, or else what else was made in the same place."""
        named = replace(step, path={}) if step.body else step
        origins = [self.steps[number - 1] for number in sorted(named.list_references()) if number]
        tag = self._spec.operations[step.operation].tag
        beside = [
            each
            for each in self._made
            if each.path == step.path and self._spec.operations[each.operation].tag == tag
        ]
        made = [each for each in origins if each in self._made]
        for origin in (made or beside)[-1:]:
            self._second = origin.second
            self._change(origin)

    def _make(self, name: str, user: Operation) -> bool:
        """Do what makes an id of this name; return whether there is one now."""
        if name == "contact_id":
            self._write(self._spec.operations["importContacts"])
            self._do(Step("listContacts", {}, {"search": Mark("token")}, None, self._second))
        elif self._maker.can_be_made(name, user):
            source = find_source(self._spec, name, user)
            assert source is not None
            self._write(source.operation)
            if user.presumes.get(name, {}).get("status") == "ACTIVE":
                self._write(self._spec.operations["activateDomain"])
        return self._pools.has(name, second=self._second)

    # -------------------------------------------------------------- readings

    def _look(self) -> list[Step]:
        """Ask the model for all readings; return those that have changed since the last look."""
        changed = []
        # the queries stay the same for six steps, so that the answers can be compared
        random_seed = f"{self._name} {len(self.steps) // 6}"
        if self._looked == (looked := (random_seed, self._second, self._pools.size)):
            return []
        self._looked = looked
        allows = self._leave.allows
        for step in list_readings(self._spec, self._pools, allows, random_seed, second=self._second):
            name = _name(step)
            body = self._ask(step).body
            if name in self._seen and self._seen[name][1] != body:
                changed.append(step)
                self._stale[name] = step
            self._seen[name] = step, body
        self._random.shuffle(changed)
        return changed

    def _read_changed(self, cause: str) -> None:
        """Read some of what has changed by a step or an event, and something that should not have."""
        changed, tally = self._look(), self._tally
        changed.sort(key=lambda each: (tally[each.operation] > 0, tally[cause, each.operation]))
        fresh = [each for each in changed if not tally[cause, each.operation]]
        chosen = list({each.operation: each for each in fresh}.values())[:_MOST_READ] or changed[:1]
        kinds = {each.operation for each in changed}
        others = [each for each, _ in self._seen.values() if each not in changed]
        siblings = [each for each in others if each.operation in kinds] or others
        if siblings and self._random.random() < _SIBLING_SHARE:
            chosen.append(min(siblings, key=lambda each: (tally[each.operation], self._random.random())))
        for reading in chosen:
            tally[cause, reading.operation] += 1
            self._read(reading)

    def _read(self, step: Step) -> None:
        answer = self._do(step)
        self._stale.pop(_name(step), None)
        value = read_json(answer) if answer else None
        pages = _count_pages(value)
        if pages > 1 and self._random.random() < _PAGE_SHARE:
            page = self._random.choice((pages, pages, self._random.randint(1, pages)))
            self._do(replace(step, query={**step.query, "page": page}))

    # -------------------------------------------------------------- launches and events

    def _launch(self) -> None:
        """Make a campaign that has all it needs, and launch it."""
        for name in ("campaign_id", "inbox_id", "lead_id"):
            user = self._spec.operations["updateCampaign"]
            if not self._pools.has(name) and not self._make(name, user):
                return
        lead, inbox = self._pools.choose("lead_id"), self._pools.choose("inbox_id")
        path = {"campaign_id": lead.beside.get("campaign_id", self._pools.choose("campaign_id").ref)}
        texts = {"subject_template": "Hello {{first_name}}", "email_content": "A text of several words."}
        body: dict[str, Any] = {"inbox_ids": [inbox.ref], "variants": [texts]}
        if not self._leave.clock:
            body |= LATER
        self._do(Step("updateCampaign", path, {}, body))
        self._change(Step("updateCampaign", path, {}, {"launch": True}))

    def _happen(self) -> None:
        """Let leads do something, or time pass; it costs no request."""
        self._look()
        if self._leave.clock and self._random.random() < 0.3:
            self._act(Step(WAIT, body=self._random.choice(_WAITS), is_event=True))
        else:
            leads = self._pools.list_recent("lead_id", _MOST_EVENTS)
            for lead in self._random.sample(leads, min(len(leads), self._random.randint(1, _MOST_EVENTS))):
                kind = self._random.choice(_EVENTS)
                text = self._random.choice(("Yes, please.", "No, thanks.", "I am away."))
                category = self._random.choice((None, "interested", "not_interested", "out_of_office"))
                body = {"text": text, "category": category} if kind == REPLY else None
                self._act(Step(kind, {"lead_id": lead.ref}, {}, body, is_event=True))
        self._read_changed("event")

    def _act(self, step: Step) -> None:
        self._looked = ()
        try:
            perform(self._model, self._name, step, self._answers)
        except (ApiError, UnknownReferenceError):
            return
        self.steps.append(step)


def _name(step: Step) -> str:
    return f"{step.operation} {sorted(step.path.items())} {sorted(step.query.items())} {step.second}"


def _count_pages(value: Any) -> int:
    """Return how many pages a list has; 1 for what is no list."""
    if not isinstance(value, dict):
        return 1
    pagination = value.get("pagination")
    pages = pagination.get("pages", 1) if isinstance(pagination, dict) else value.get("total_pages", 1)
    return int(pages)
