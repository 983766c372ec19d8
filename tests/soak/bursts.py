"""Many clients at once, some of them rude; what they did is taken back: the history stays as it was."""

import socket
from contextlib import closing, suppress
from random import Random
from threading import Thread

from .exchanges import Answer, Request
from .invariants import InvariantError
from .odd_values import RUDE
from .soak import Soak
from .transports import Socket

THREADS = 6
REQUESTS = 12
"""Requests of each thread."""
_LEFT_OUT = ("addFault", "exportState", "takeSnapshot", "deleteSnapshot", "forkWorkspace", "dropFork")
"""A fault would excuse all answers; large states are read enough; no import takes back what the others do."""
_SECONDS = 120


def burst(soak: Soak, address: str, random: Random) -> None:
    """Send many requests at once to both workspaces, and look at what must hold; raises InvariantError."""
    soak.clear_faults()
    before = [(view, view.state, view.now) for view in soak.views]
    plans = [[_draw(soak, random) for _ in range(REQUESTS)] for _ in range(THREADS)]
    answers: list[tuple[Request, Answer | OSError]] = []
    rude = [_rude(random, soak) for _ in range(3)]
    threads = [Thread(target=_work_off, args=(address, plan, answers), daemon=True) for plan in plans]
    threads += [Thread(target=_misbehave, args=(address, data), daemon=True) for data in rude]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_SECONDS)
    if any(thread.is_alive() for thread in threads):
        raise InvariantError("answered", f"a burst is not over after {_SECONDS} s")
    for request, answer in answers:
        if isinstance(answer, OSError):
            raise InvariantError(
                "answered", f"{request.name} in a burst: {answer!r}; {request.format_curl()}"
            )
        try:
            soak.answers.check(request, answer)
        except InvariantError as error:
            raise InvariantError(error.invariant, f"in a burst: {error}; {request.format_curl()}") from error
    acting = soak.acting
    for view, state, now in before:
        soak.freeze(view)
        found = soak.export(view)
        if found != soak.export(view):
            raise InvariantError("no trace", "after a burst, two exports are different")
        view.see(found)
        soak.acting = view
        soak.check_views()
        soak.restore(view, state, now)
    soak.acting = acting


def _draw(soak: Soak, random: Random) -> Request:
    while True:
        request = soak.generator.draw(random.choice(soak.views), faults=False)
        if request.name not in _LEFT_OUT and "Prefer" not in request.headers:
            return request


def _rude(random: Random, soak: Soak) -> bytes:
    return random.choice(RUDE).replace(b"{key}", random.choice(soak.views).key.encode())


def _work_off(address: str, plan: list[Request], answers: list[tuple[Request, Answer | OSError]]) -> None:
    with closing(Socket(address)) as transport:
        for request in plan:
            try:
                answers.append((request, transport.send(request)))
            except OSError as error:
                answers.append((request, error))


def _misbehave(address: str, data: bytes) -> None:
    """Send what is no request, or half of one, and go away without reading."""
    host, _, port = address.partition(":")
    with suppress(OSError), socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(data)
