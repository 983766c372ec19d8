"""The same mutants under `schemathesis run`: plain, and with all that can be given to it.

How it works: Schemathesis is interrupted after so much processor time, and then reports what it has found.
Why so: its own limit of time would make the result depend on what else the machine does.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from contracts import CannotRunError, Options, Run, Target
from contracts.verdict.outcomes import DifferenceError, UncheckedError
from mockserver.openapi.spec import find_spec, load_spec

from ..benchmarks.processes import cpu_seconds
from .recorder import KEY
from .strength import silence

_SEED = "1"
CPU_SECONDS = 120.0
"""Of one run of Schemathesis, without the server."""
_LONGEST = 3600
"""Seconds of real time after which a run is given up."""
_CORRECT_RUNS = 3
_HOOKS = """
import zoneinfo
import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("timezone", st.sampled_from(sorted(zoneinfo.available_timezones())))
"""
_CONFIG = """
[checks.negative_data_rejection]
expected-statuses = [400, 409, 422]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 402, 404, 409]
"""

Failures = frozenset[tuple[str, str]]
"""(code, operation) of what Schemathesis calls a failure or an error."""
Serve = Callable[[str], AbstractContextManager[Target]]
"""Serves a mutant by its id, or the correct server for an empty one; can be sent to another process."""


class Tool(StrEnum):
    """How Schemathesis is used."""

    PLAIN = "schemathesis run"
    EQUIPPED = "schemathesis, equipped"
    """It knows ids of what is there, the format of time zones, and which statuses refuse."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What Schemathesis makes of correct and of mutated servers."""

    correct: tuple[Failures, ...]
    """One set per run."""
    mutated: dict[str, Failures]

    def is_noticed(self, mutant: str) -> bool:
        """Return whether there is a failure that no correct run has, or none that all of them have."""
        found = self.mutated[mutant]
        sometimes = frozenset().union(*self.correct)
        always = sometimes.intersection(*self.correct)
        return bool(found - sometimes or always - found)


def compare(
    mutants: Sequence[str], serve: Serve, workers: int, tool: Tool = Tool.PLAIN, seconds: float = CPU_SECONDS
) -> Comparison:
    """Return what Schemathesis makes of mutants, in so much processor time for each."""
    run = partial(_run, serve=serve, tool=tool, seconds=seconds)
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        found = pool.map(run, [""] * _CORRECT_RUNS + list(mutants))
        correct = tuple(next(found) for _ in range(_CORRECT_RUNS))
        return Comparison(correct, dict(zip(mutants, found, strict=True)))


def _run(mutant: str, serve: Serve, tool: Tool, seconds: float) -> Failures:
    silence()
    with serve(mutant) as target, TemporaryDirectory() as folder:
        environment = dict(os.environ)
        if tool is Tool.EQUIPPED:
            Path(folder, "hooks.py").write_text(_HOOKS, "utf-8")
            Path(folder, "schemathesis.toml").write_text(_CONFIG + "".join(pin_ids(target)), "utf-8")
            environment["SCHEMATHESIS_HOOKS"] = "hooks.py"
        process = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "run",
                str(find_spec()),
                f"--url={target.base_url}",
                f"--header={load_spec().key_header}: {KEY}",
                f"--seed={_SEED}",
                "--report=json",
                f"--report-dir={folder}/reports",
            ],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _await_end(process, seconds)
        reports = list(Path(folder, "reports").glob("json-*.json"))
        if not reports:
            return frozenset({("no report", "")})
        return frozenset(_read(json.loads(reports[0].read_text("utf-8"))))


def _await_end(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Wait until a process ends, and interrupt it once it has had its processor time."""
    until = time.monotonic() + _LONGEST
    while process.poll() is None and cpu_seconds(process.pid) < seconds and time.monotonic() < until:
        time.sleep(0.2)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_LONGEST / 10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def pin_ids(target: Target) -> Iterator[str]:
    """Make what operations need; yield the settings that name it, except for what is to be deleted.

    Yields nothing for a server that cannot be asked.
    """
    try:
        api = Run(target, Options(allow_launch=True, allow_send=True, rules=())).api
    except CannotRunError:
        return
    for operation in api.spec.operations.values():
        path: dict[str, str] = {}
        if operation.method != "DELETE":
            with suppress(DifferenceError, UncheckedError, CannotRunError):
                path = api.make_path(operation)
        if path:
            pinned = ", ".join(f'"path.{name}" = "{value}"' for name, value in path.items())
            yield f'[[operations]]\ninclude-operation-id = "{operation.operation_id}"\n'
            yield f"parameters = {{ {pinned} }}\n"


def _read(report: dict[str, list[dict[str, object]]]) -> Iterator[tuple[str, str]]:
    for failure in report["failures"]:
        for operation in failure["operations"]:  # type: ignore[attr-defined]
            yield str(failure["code"]), operation
    for error in report["errors"]:
        yield "error", str(error.get("operation") or error.get("label") or error.get("title"))
