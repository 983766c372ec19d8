"""A run: one request after the other, and what must hold after each."""

import hashlib
import json
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from random import Random

from ..kit.control import CONTROL
from .agreement import check_views
from .exchanges import Answer, Request
from .generator import BEGIN, RequestGenerator
from .invariants import Answers, InvariantError, check_import, check_trace, describe
from .transports import Transport
from .view import View

KEYS = ("cs_live_soak_one", "cs_live_soak_two")
_TAIL = 48
_AGREEMENT_EVERY = 60
_SWITCH_CHANCE = 0.08
_CLOCK = ("resetWorkspace", "seedWorkspace", "importState", "restoreSnapshot", "setClock", "moveClock",
          "advanceClock")  # fmt: skip
"""The operations that may leave the clock running."""
_COUNTED = ("randomness", "rate_counts", "faults")


@dataclass(frozen=True)
class Step:
    """A request, and how its workspace was before."""

    request: Request
    key: str
    before: bytes
    now: str


@dataclass
class Soak:
    """Plays one history on a server that nobody else uses."""

    transport: Transport
    random_seed: str
    steps: int = 0
    tail: deque[Step] = field(default_factory=lambda: deque(maxlen=_TAIL))
    statuses: Counter[int] = field(default_factory=Counter)
    called: Counter[tuple[str, int]] = field(default_factory=Counter)
    """(operationId, status) → how often."""

    def __post_init__(self) -> None:
        self._random = Random(self.random_seed)
        self.generator = RequestGenerator(self._random)
        self.views = [View(key) for key in KEYS]
        self.acting = self.views[0]
        self.answers = Answers(frozenset(KEYS))
        self._history = hashlib.sha256()
        for view in self.views:
            self.ask(view, "resetWorkspace")
            self.freeze(view, BEGIN)
            view.see(self.export(view))

    @property
    def digest(self) -> str:
        """What requests and statuses come to: equal histories have equal ones."""
        return self._history.hexdigest()[:12]

    def run(self, steps: int | None = None, until: float = float("inf")) -> None:
        """Take so many steps, or those that fit until a time (of `time.monotonic`).

        Raises InvariantError.
        """
        target = None if steps is None else self.steps + steps
        while (target is None or self.steps < target) and time.monotonic() < until:
            self.step()

    def step(self) -> None:
        """Send one request, and look at everything that must hold; raises InvariantError."""
        if self._random.random() < _SWITCH_CHANCE:
            self.switch()
        view = self.acting
        request = self.generator.draw(view)
        self.tail.append(Step(request, view.key, view.state, view.now))
        self.steps += 1
        self.judge(view, request, self.send(request))
        if self.steps % _AGREEMENT_EVERY == 0:
            self.check_views()

    def send(self, request: Request) -> Answer:
        """Send a request; it counts for the history."""
        answer = self.transport.send(request)
        self._history.update(f"{request.method} {request.target} {answer.status}".encode())
        self._history.update(request.body or b"")
        self.statuses[answer.status] += 1
        self.called[request.operation.operation_id if request.operation else "-", answer.status] += 1
        return answer

    def judge(self, view: View, request: Request, answer: Answer) -> None:
        """Raise InvariantError when an answer, or what the request left behind, is not as it must be."""
        is_faulty = self._is_faulty(view, request)
        if not is_faulty:
            self.answers.check(request, answer)
            if request.name != "listJournal":  # bursts are in it, in an order that differs
                view.meet(answer.json)
        if request.name == "addFault":
            view.may_fault = True
        elif request.name in ("clearFaults", "resetWorkspace") and answer.status == 200:
            view.may_fault = False
        if request.name in _CLOCK and answer.status == 200:
            if self.steps % 2 and request.name != "importState":
                view.earlier.append(view.state)
            self.freeze(view, BEGIN if request.name in ("resetWorkspace", "seedWorkspace") else None)
        after = self.export(view)
        if not is_faulty:
            check_trace(request, answer, view.state, after)
            check_import(request, answer, view, after)
        view.see(after)

    def check_views(self) -> None:
        """Raise InvariantError when two answers about the acting workspace contradict each other."""
        self.clear_faults()
        check_views(self.transport, self.acting)
        self.restore(self.acting, self.acting.state, self.acting.now)

    def clear_faults(self) -> None:
        """Remove the fault rules of all workspaces."""
        for view in self.views:
            if view.may_fault:
                self.ask(view, "clearFaults")
                view.may_fault = False

    def freeze(self, view: View, now: str | None = None) -> None:
        """Let the clock of a workspace stand still, at a time of our choice or where it is."""
        body = b'{"frozen": true}' if now is None else f'{{"frozen": true, "now": "{now}"}}'.encode()
        view.now = self.ask(view, "setClock", body).json["now"]

    def export(self, view: View) -> bytes:
        """Return the state of a workspace, without what any request may change: what it counts and draws."""
        document = self.ask(view, "exportState").json
        del document["clock"]["settled_at"]  # in real time after a reset
        return json.dumps({name: value for name, value in document.items() if name not in _COUNTED}).encode()

    def restore(self, view: View, state: bytes, now: str) -> None:
        """Put a workspace back to how it was; raises InvariantError when it does not become that."""
        self.ask(view, "clearFaults")
        view.may_fault = False
        self.freeze(view, now)
        operation = CONTROL.operations["importState"]
        headers = {"Content-Type": "application/json"}
        answer = self.transport.send(
            Request(operation.method, operation.path, view.key, headers, state, operation, True)
        )
        if answer.status != operation.status:
            raise InvariantError("round trip", f"an export is refused: {answer.status} {answer.body[:300]!r}")
        found = self.export(view)
        if json.loads(found) != json.loads(state):
            raise InvariantError("round trip", f"an export comes back otherwise: {describe(state, found)}")
        view.see(found)

    def ask(self, view: View, operation_id: str, body: bytes | None = None, query: str = "") -> Answer:
        """Call an operation of the control API, which must succeed; raises InvariantError."""
        operation = CONTROL.operations[operation_id]
        headers = {} if body is None else {"Content-Type": "application/json"}
        request = Request(operation.method, operation.path + query, view.key, headers, body, operation, True)
        answer = self.transport.send(request)
        if answer.status != operation.status:
            raise InvariantError("no 5xx", f"{operation_id} got {answer.status} {answer.body[:300]!r}")
        return answer

    def switch(self) -> None:
        """Let the other workspace act, of which nothing may have changed in the meantime."""
        self.acting = next(view for view in self.views if view is not self.acting)
        found = self.export(self.acting)
        if found != self.acting.state:
            raise InvariantError("apart", f"another workspace changed: {describe(self.acting.state, found)}")

    def _is_faulty(self, view: View, request: Request) -> bool:
        """Return whether the server answered wrong because it was asked to."""
        if request.is_control or not (view.may_fault or "Prefer" in request.headers):
            return False
        exchanges = self.ask(view, "listJournal", query="?limit=1").json["exchanges"]
        return bool(
            exchanges and exchanges[-1]["fault"] and request.target.startswith(exchanges[-1]["path"][:20])
        )
