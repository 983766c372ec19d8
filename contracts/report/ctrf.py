"""CTRF, the common test report format: https://ctrf.io."""

import time
from collections import Counter
from typing import Any

from mockserver.version import __version__

from ..verdict.outcomes import Outcome, Result, Verdict
from .texts import make_line

_STATUSES = {
    Outcome.KEPT: "passed",
    Outcome.WARNED: "passed",
    Outcome.BROKEN: "failed",
    Outcome.EXPECTED: "skipped",
    Outcome.UNCHECKED: "skipped",
}
_MOST_CHARACTERS = 2_000


def make_ctrf(result: Result) -> dict[str, Any]:
    """Return a result as a CTRF document: a test for each rule, its outcome in `rawStatus`."""
    stop = round(time.time() * 1000)
    counts = Counter(_STATUSES[verdict.outcome] for verdict in result.verdicts)
    summary = {name: counts[name] for name in ("passed", "failed", "skipped", "pending", "other")}
    return {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "generatedBy": "coldsend-mock check",
        "results": {
            "tool": {"name": "coldsend-mock", "version": __version__},
            "summary": {
                "tests": len(result.verdicts),
                **summary,
                "start": stop - round(result.seconds * 1000),
                "stop": stop,
            },
            "tests": [_make_test(verdict) for verdict in result.verdicts],
        },
    }


def _make_test(verdict: Verdict) -> dict[str, Any]:
    test: dict[str, Any] = {
        "testId": verdict.rule,
        "name": verdict.rule,
        "status": _STATUSES[verdict.outcome],
        "rawStatus": str(verdict.outcome),
        "duration": round(verdict.seconds * 1000),
        "suite": [verdict.group],
    }
    if verdict.reason:
        test["message"] = make_line(verdict.reason, _MOST_CHARACTERS)
    if verdict.outcome is Outcome.BROKEN and verdict.exchanges:
        last = verdict.exchanges[-1]
        answer = f"{last.status} {make_line(last.response_body, _MOST_CHARACTERS)}"
        test["trace"] = f"{make_line(last.as_curl(), _MOST_CHARACTERS)}\n{answer}"
    return test
