"""Random calls: what the unchanged server answers them, and where a mutant answers otherwise.

How it works: the histories of the walk and a soak are played once, and the calls are kept with a digest of
each answer. Ids and draws follow from random seeds and the clocks stand still, so a mutant gives the same
answers to the same calls until it differs. Calls of the control API are made, but their answers do not
count. The walk looks at everything after each step; of the readings that did not change, few are kept, for
time.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from contracts.comparison.alignment import Alignment, list_ids
from contracts.comparison.answers import Answer
from contracts.comparison.comparison import Terms, compare
from contracts.walk.drawing import Drawer
from contracts.walk.leave import Leave
from contracts.walk.model import Model
from mockserver.openapi.spec import Operation, load_spec

from ...soak import exchanges
from ...soak.invariants import InvariantError
from ...soak.soak import KEYS, Soak
from ...soak.transports import InProcess

SOURCES = ("soak", "walk")
HISTORIES = 9
SOAK_STEPS = 600
RANDOM_SEED = "calls"
_UNCHANGED_SHARE = 0.1
_LEAVE = Leave(launch=True, send=True, second=True, events=True, clock=True, domains=True, tag=True)
_FAILED = "failed"
_REAL_SECONDS = 3600
"""How near to the real time a time is that is taken for it; the frozen clocks are far away."""


@dataclass(frozen=True, slots=True)
class Call:
    """Something done to a server, and what came of it."""

    source: str
    """`walk` or `soak`."""
    name: str
    """A method of the walk's model, or `send`."""
    arguments: tuple[Any, ...]
    operation: str = ""
    """The operationId, if it is of one."""
    digest: str = ""
    counts: bool = False
    """Whether a client of the API sees what came of it."""
    answer: Answer | None = None
    """The answer, if it counts."""


class Player:
    """Does calls to the server that the modules it is given start; they may be a mutant's."""

    def __init__(self, modules: Mapping[str, Any], source: str) -> None:
        if source == "walk":
            self._spec = modules["mockserver.openapi.spec"].load_spec()
            self._stage = modules["contracts.walk.model"].Model(self._spec, RANDOM_SEED)
        else:
            self._stage = modules["tests.soak.transports"].InProcess()

    def play(self, call: Call) -> Any:
        """Do a call; returns what came of it, or a text when it failed."""
        arguments = call.arguments
        if call.name == "ask":
            arguments = self._spec.operations[arguments[0]], *arguments[1:]
        try:
            return getattr(self._stage, call.name)(*arguments)
        except Exception as error:
            return f"{_FAILED}: {type(error).__name__}"

    def find_difference(self, calls: Sequence[Call], *, documented: bool = False) -> int | None:
        """Return the index of the first call that counts and comes to something else, or None.

        Only what a source documents counts as something else if `documented` is set.
        """
        reader = Reader()
        for index, call in enumerate(calls):
            found = self.play(call)
            if digest(found) == call.digest:
                reader.same.append(call)
            elif call.counts and not (documented and reader.is_left_open(call, found)):
                return index
        return None


class Reader:
    """Reads the answers that differ."""

    def __init__(self) -> None:
        self.same: list[Call] = []
        """Calls that came to the same, whose ids are not known to the alignment yet."""
        self._alignment = Alignment()

    def is_left_open(self, call: Call, found: Any) -> bool:
        """Return whether no source documents what differs."""
        if call.answer is None or isinstance(found, str):
            return False
        for each in self.same:
            for known in list_ids(each.answer.text) if each.answer else ():
                self._alignment.pair(known, known)
        self.same.clear()
        spec = load_spec()
        operation, query = spec.operations[call.operation], call.arguments[2] if call.source == "walk" else {}
        differences = compare(
            spec,
            operation,
            read_answer(found),
            call.answer,
            alignment=self._alignment,
            terms=Terms(query=query),
        )
        return not any(difference.documented for difference in differences)


def read_answer(answer: exchanges.Answer | Answer) -> Answer:
    """Return an answer of either transport as the comparison reads it."""
    headers = {name.casefold(): value for name, value in dict(answer.headers).items()}
    return Answer(answer.status, headers, answer.body)


def digest(value: Any) -> str:
    """Return a short text that differs where answers do."""
    if hasattr(value, "status"):
        value = value.status, sorted(dict(value.headers).items()), value.body
    return hashlib.blake2b(repr(value).encode(), digest_size=8).hexdigest()


@cache
def record_calls(source: str) -> list[Call]:
    """Return the calls of a source, with what the server of this process makes of them."""
    return list(_record_walk() if source == "walk" else _record_soak())


def _record_walk() -> Iterator[Call]:
    model = _RecordingModel(load_spec(), RANDOM_SEED)
    drawer = Drawer(load_spec(), model, RANDOM_SEED, replace(_LEAVE))
    for number in range(HISTORIES):
        drawer.draw(number)
    return iter(model.calls)


class _RecordingModel(Model):
    """The walk's model, which keeps the calls."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.calls: list[Call] = []
        self._random = Random(RANDOM_SEED)
        self._last: dict[str, str] = {}

    def ask(
        self, operation: Operation, path: Mapping[str, str], query: Mapping[str, Any], body: Any, key: str
    ) -> Answer:
        answer = super().ask(operation, path, query, body, key)
        name = operation.operation_id
        arguments = name, dict(path), dict(query), body, key
        call = Call("walk", "ask", arguments, name, digest(answer), counts=True, answer=answer)
        is_changed = self._last.get(repr(arguments)) != call.digest
        if operation.method != "GET" or is_changed or self._random.random() < _UNCHANGED_SHARE:
            self.calls.append(call)
        self._last[repr(arguments)] = call.digest
        return answer

    def forget(self, name: str) -> None:
        self._note("forget", name)
        super().forget(name)

    def add_tag(self, name: str) -> str:
        self._note("add_tag", name)
        return super().add_tag(name)

    def set_time(self, name: str, at: datetime) -> None:
        self._note("set_time", name, at)
        super().set_time(name, at)

    def move_clock(self, name: str, seconds: float) -> None:
        self._note("move_clock", name, seconds)
        super().move_clock(name, seconds)

    def receive_reply(self, name: str, lead_id: str, text: str, category: str | None) -> None:
        self._note("receive_reply", name, lead_id, text, category)
        super().receive_reply(name, lead_id, text, category)

    def record_event(self, name: str, lead_id: str, kind: str) -> None:
        self._note("record_event", name, lead_id, kind)
        super().record_event(name, lead_id, kind)

    def set_values(self, name: str, id_name: str, record_id: str, values: Mapping[str, Any]) -> None:
        self._note("set_values", name, id_name, record_id, dict(values))
        super().set_values(name, id_name, record_id, values)

    def _note(self, name: str, *arguments: Any) -> None:
        self.calls.append(Call("walk", name, arguments))


def _record_soak() -> Iterator[Call]:
    transport = _RecordingTransport()
    soak = Soak(transport, RANDOM_SEED)
    for _ in range(SOAK_STEPS):
        with suppress(InvariantError):  # what does not hold is for the soak itself to report
            soak.step()
    return iter(transport.calls)


def _names_real_time(answer: exchanges.Answer) -> bool:
    """Return whether an answer names the real time, such as one that needs no workspace."""
    resets = [
        int(value)
        for name, value in answer.headers
        if name in load_spec().rate_limit_headers and value.isdecimal()
    ]
    return any(abs(value - time.time()) < _REAL_SECONDS for value in resets)


class _RecordingTransport(InProcess):
    """A transport of the soak, which keeps the calls that may change something or count."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def send(self, request: exchanges.Request) -> exchanges.Answer:
        answer = super().send(request)
        if not request.is_control or not request.reads:
            name = request.operation.operation_id if request.operation else ""
            kept = replace(request, operation=None)
            key = request.all_headers.get(load_spec().key_header)
            # only the clocks of these keys stand still: other answers count requests by the minute
            counts = not request.is_control and bool(name) and key in KEYS and not _names_real_time(answer)
            told = read_answer(answer) if counts else None
            self.calls.append(Call("soak", "send", (kept,), name, digest(answer), counts, told))
        return answer
