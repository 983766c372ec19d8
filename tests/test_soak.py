"""The soak: that a short one finds nothing, and that a long one would find, replay and show what is wrong."""

from contextlib import closing
from random import Random

import pytest

from mockserver import MockServer

from .kit.api import SPEC
from .kit.control import CONTROL
from .kit.samples import tries_all
from .soak.bursts import burst
from .soak.exchanges import Answer, Request
from .soak.invariants import InvariantError
from .soak.soak import KEYS, Soak
from .soak.tails import find_shortest_tail, format_tail
from .soak.transports import InProcess, Socket, serving


def test_what_must_hold_holds_after_each_of_many_requests() -> None:
    soak = Soak(InProcess(), "0")
    soak.run(900)
    called = {name for name, _ in soak.called}
    assert len({*SPEC.operations, *CONTROL.operations} - called) < 10, "nearly all are drawn by then"
    assert soak.statuses[200] > 100


def test_a_random_seed_makes_one_history() -> None:
    digests = []
    for random_seed in ("1", "1", "2"):
        soak = Soak(InProcess(), random_seed)
        soak.run(300 if tries_all() else 100)
        digests.append(soak.digest)
    assert digests[0] == digests[1] != digests[2]


def test_over_a_socket_many_at_once_leave_what_must_hold() -> None:
    with serving("--quiet") as served, closing(Socket(served.address)) as transport:
        soak = Soak(transport, "0")
        soak.run(70)
        states = [view.document for view in soak.views]
        burst(soak, served.address, Random(0))
        assert [view.document for view in soak.views] == states
        soak.run(20)


class _Writing(InProcess):
    """A server on which a reader leaves a trace."""

    def send(self, request: Request) -> Answer:
        if request.name == "listDomains":
            self._ask(request.key, "addDomain", b'{"domain": "trace.example.com"}')
        return super().send(request)

    def _ask(self, key: str, operation_id: str, body: bytes) -> None:
        operation = SPEC.operations[operation_id]
        headers = {"Content-Type": "application/json"}
        super().send(Request(operation.method, operation.path, key, headers, body, operation))


class _Leaking(_Writing):
    """A server on which one workspace changes another."""

    def send(self, request: Request) -> Answer:
        if request.name == "createCampaign":
            other = next(key for key in KEYS if key != request.key)
            self._ask(other, "addDomain", b'{"domain": "leak.example.com"}')
        return InProcess.send(self, request)


class _Forgetting(InProcess):
    """A server that shows one campaign less than there are."""

    def send(self, request: Request) -> Answer:
        answer = super().send(request)
        if request.target.startswith(SPEC.operations["listCampaigns"].path + "?") or answer.json is None:
            return answer
        if request.target == SPEC.operations["listCampaigns"].path and answer.json.get("campaigns"):
            total = answer.json["pagination"]["total"]
            changed = answer.body.replace(b'"total":%d' % total, b'"total":%d' % (total - 1))
            return Answer(answer.status, answer.headers, changed)
        return answer


@pytest.mark.parametrize(
    ("server", "invariant"), [(_Writing, "no trace"), (_Leaking, "apart"), (_Forgetting, "views agree")]
)
def test_a_mistake_is_found_and_shown_in_few_commands(server: type[InProcess], invariant: str) -> None:
    soak = Soak(server(), "0")
    with pytest.raises(InvariantError) as caught:
        soak.run(2000)
    assert caught.value.invariant == invariant
    tail = find_shortest_tail(list(soak.tail), caught.value, server)
    assert tail is not None
    commands = list(format_tail(tail))
    assert len(commands) <= 3 * len(tail)
    assert all(command.startswith("curl -s -X ") for command in commands)
    assert find_shortest_tail(list(soak.tail), caught.value) is None, "the mock itself is right"


def test_what_a_fault_rule_asks_for_is_no_mistake(app: MockServer) -> None:
    soak = Soak(InProcess(app), "0")
    view = soak.acting
    soak.ask(view, "addFault", b'{"operation": "listCampaigns", "status": 503}')
    view.may_fault = True
    operation = SPEC.operations["listCampaigns"]
    request = Request(operation.method, operation.path, view.key, operation=operation)
    answer = soak.send(request)
    assert answer.status == 503
    soak.judge(view, request, answer)
    soak.clear_faults()
    with pytest.raises(InvariantError, match="no 5xx"):
        soak.judge(view, request, answer)
