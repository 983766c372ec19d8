"""The same mutants under plain `schemathesis run`, as someone would use it who has nothing else."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from mockserver.openapi.spec import find_spec, load_spec

from .mutant import Mutant
from .recorder import KEY
from .servers import Variant, serving
from .strength import find_mutant, silence

_SEED = "1"
_LONGEST = 120
"""Seconds after which Schemathesis ends; there is no limit by default."""
_CORRECT_RUNS = 3

Failures = frozenset[tuple[str, str]]
"""(code, operation) of what Schemathesis calls a failure or an error."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What plain Schemathesis makes of correct and of mutated servers."""

    correct: tuple[Failures, ...]
    """One set per run."""
    mutated: dict[str, Failures]

    def is_noticed(self, mutant: str) -> bool:
        """Return whether there is a failure that no correct run has, or none that all of them have."""
        found = self.mutated[mutant]
        sometimes = frozenset().union(*self.correct)
        always = sometimes.intersection(*self.correct)
        return bool(found - sometimes or always - found)


def compare(mutants: Sequence[Mutant], most: int, workers: int) -> Comparison:
    """Return what plain Schemathesis makes of at most so many of the mutants, taken evenly."""
    step = max(1, -(-len(mutants) // most))
    chosen = [mutant.id for mutant in mutants][::step]
    with get_context("fork").Pool(workers) as pool:
        found = pool.imap(_run, [""] * _CORRECT_RUNS + chosen, chunksize=1)
        correct = tuple(next(found) for _ in range(_CORRECT_RUNS))
        return Comparison(correct, dict(zip(chosen, found, strict=True)))


def _run(mutant: str) -> Failures:
    silence()
    with serving(Variant.MOCK, find_mutant(mutant)) as (target, _), TemporaryDirectory() as folder:
        subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "run",
                str(find_spec()),
                f"--url={target.base_url}",
                f"--header={load_spec().key_header}: {KEY}",
                f"--seed={_SEED}",
                f"--max-time={_LONGEST}",
                "--report=json",
                f"--report-dir={folder}/reports",
            ],
            cwd=folder,
            check=False,
            capture_output=True,
            timeout=_LONGEST * 3,
        )
        reports = list(Path(folder, "reports").glob("json-*.json"))
        if not reports:
            return frozenset({("no report", "")})
        return frozenset(_read(json.loads(reports[0].read_text("utf-8"))))


def _read(report: dict[str, list[dict[str, object]]]) -> Iterator[tuple[str, str]]:
    for failure in report["failures"]:
        for operation in failure["operations"]:  # type: ignore[attr-defined]
            yield str(failure["code"]), operation
    for error in report["errors"]:
        yield "error", str(error.get("operation") or error.get("label") or error.get("title"))
