"""A process with one mutant, which plays calls to it and serves it to the suite.

The suite needs the unchanged server in its own process, as the model of its walk. What never ends, or needs
too much memory, ends with the process.
"""

import importlib
import logging
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Self

from contracts import Target
from mockserver.errors import ApiError

from ..recorder import KEY, LIMITED_KEY, REVOKED_KEY, SECOND_KEY, STAGE_KEYS
from ..servers import Variant
from .calls import Call, Player, record_calls
from .sources import import_mutated

_MOST_CPU_SECONDS = 40
_MOST_CPU_SECONDS_SERVED = 600
_MOST_MEMORY = 4 << 30
_LONGEST = 300
"""Seconds until an answer of the process is given up."""
_MODULES = (
    "mockserver.openapi.spec",
    "contracts.walk.model",
    "tests.soak.transports",
    "tests.mutants.servers",
)


class HostError(Exception):
    """The process with the mutant has ended, takes too long, or the mutant cannot be started; says why."""


class Host:
    """The process of a mutant, or of an unchanged server if the id is empty.

    It lasts as long as the context, or as many seconds of processor time.
    """

    def __init__(
        self, mutation_id: str, variant: Variant = Variant.MOCK, cpu_seconds: int = _MOST_CPU_SECONDS
    ) -> None:
        self._variant = variant
        context = get_context("fork")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, mutation_id, cpu_seconds), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()

    def find_difference(self, source: str) -> Call | None:
        """Return the first recorded call of a source that shows the mutant; raises HostError.

        Of a server that does what is left open in its own way, only what a source documents shows it.
        """
        index = self._ask("find_difference", source, self._variant is not Variant.MOCK)
        return None if index is None else record_calls(source)[index]

    def serve(self) -> Target:
        """Serve the mutant on a socket until the context ends; raises HostError."""
        base_url, tag_id = self._ask("serve", self._variant.value)
        is_mock = self._variant is Variant.MOCK
        target = Target(base_url, KEY, SECOND_KEY, LIMITED_KEY, REVOKED_KEY, is_mock=is_mock)
        stage = _RemoteStage(self) if is_mock else None
        events = _RemoteEvents(self, "events")
        return replace(target, tag_id=tag_id, incoming_events=events, stage=stage, is_stand_in=True)

    def sleep(self, seconds: float) -> None:
        """Let time pass for the limits of the server; raises HostError."""
        self._ask("sleep", seconds)

    def act(self, where: str, name: str, *arguments: Any) -> Any:
        """Let an event happen in the workspaces of the keys or on the stage.

        Raises ApiError as the server does, and HostError.
        """
        return self._ask("act", where, name, *arguments)

    def begin(self) -> tuple[str, int | None]:
        """Begin a history on the stage; return its tag and what it has to spend; raises HostError."""
        tag_id, budget = self._ask("begin")
        return str(tag_id), budget

    def close_stage(self) -> None:
        """Leave the stage empty; raises HostError."""
        self._ask("close_stage")

    def _ask(self, *question: Any) -> Any:
        try:
            self._connection.send(question)
            if not self._connection.poll(_LONGEST):
                raise HostError(f"no answer after {_LONGEST} s")
            kind, value = self._connection.recv()
        except (EOFError, OSError) as error:
            self._process.join(1)
            raise HostError(f"the process ended with {self._process.exitcode}") from error
        if kind == "refused":
            raise ApiError(value)
        if kind == "failed":
            raise HostError(value)
        return value


@contextmanager
def serve(mutation_id: str) -> Iterator[Target]:
    """Serve the mock with a mutant, or the unchanged one for an empty id, while the block lasts.

    Raises HostError when it cannot be started.
    """
    with Host(mutation_id, cpu_seconds=_MOST_CPU_SECONDS_SERVED) as host:
        yield host.serve()


@dataclass(frozen=True, slots=True)
class _RemoteEvents:
    """Events of a server in another process; see `contracts.options.IncomingEvents`."""

    host: Host
    where: str
    """`events` of the keys, or `stage`."""

    def receive_reply(self, lead_id: str, text: str, category: str | None = None) -> None:
        self.host.act(self.where, "receive_reply", lead_id, text, category)

    def record_event(self, lead_id: str, kind: str) -> None:
        self.host.act(self.where, "record_event", lead_id, kind)

    def set_values(self, id_name: str, record_id: str, values: Mapping[str, Any]) -> None:
        self.host.act(self.where, "set_values", id_name, record_id, dict(values))

    def now(self) -> datetime:
        now = self.host.act(self.where, "now")
        assert isinstance(now, datetime)
        return now

    def move_clock(self, seconds: float) -> None:
        self.host.act(self.where, "move_clock", seconds)

    def restore_clock(self) -> None:
        self.host.act(self.where, "restore_clock")


class _RemoteStage:
    """The stage of a server in another process; see `contracts.options.Stage`."""

    keys = STAGE_KEYS

    def __init__(self, host: Host) -> None:
        self._host = host
        self.events = _RemoteEvents(host, "stage")
        self.tag_id = ""
        self.credits: int | None = None

    def begin(self) -> None:
        self.tag_id, self.credits = self._host.begin()

    def close(self) -> None:
        self._host.close_stage()


# ---- in the process of the mutant


def _work(connection: Connection, mutation_id: str, cpu_seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    for number in (signal.SIGALRM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    sys.setrecursionlimit(2000)
    logging.disable(logging.CRITICAL)
    try:
        with ExitStack() as stack:
            trouble, worker = _start(mutation_id, stack)
            while True:
                name, *arguments = connection.recv()
                connection.send(trouble or _answer(worker, name, arguments))
    except (EOFError, OSError):
        os._exit(0)


def _start(mutation_id: str, stack: ExitStack) -> tuple[tuple[str, str] | None, "_Worker | None"]:
    try:
        import_mutated(mutation_id)
        return None, _Worker({name: importlib.import_module(name) for name in _MODULES}, stack)
    except Exception as error:
        return ("failed", f"does not start: {type(error).__name__}: {error}"), None


def _answer(worker: Any, name: str, arguments: list[Any]) -> tuple[str, Any]:
    try:
        return "done", getattr(worker, name)(*arguments)
    except Exception as error:
        if type(error).__name__ == "ApiError":  # of the mutant's own modules
            return "refused", str(error)
        return "failed", f"{type(error).__name__}: {error}"


class _Worker:
    def __init__(self, modules: dict[str, Any], stack: ExitStack) -> None:
        self._modules = modules
        self._stack = stack
        self._events: Any = None
        self._stage: Any = None
        self.sleep: Any = time.sleep

    def find_difference(self, source: str, documented: bool) -> int | None:
        return Player(self._modules, source).find_difference(record_calls(source), documented=documented)

    def serve(self, variant: str) -> tuple[str, str]:
        servers = self._modules["tests.mutants.servers"]
        target, self.sleep = self._stack.enter_context(servers.serving(servers.Variant(variant)))
        self._events, self._stage = target.incoming_events, target.stage
        return target.base_url, target.tag_id

    def act(self, where: str, name: str, *arguments: Any) -> Any:
        return getattr(self._stage.events if where == "stage" else self._events, name)(*arguments)

    def begin(self) -> tuple[str, int | None]:
        self._stage.begin()
        return self._stage.tag_id, self._stage.credits

    def close_stage(self) -> None:
        self._stage.close()
