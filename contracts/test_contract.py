"""Every rule as a test: `pytest contracts`."""

import pytest

from .registry import Rule
from .report.texts import describe_source
from .run import Run
from .verdict.outcomes import Outcome, Verdict


def test_rule(rule: Rule, run: Run) -> None:
    """Fail for a broken rule, xfail for an expected failure or a warning, skip an unchecked rule."""
    verdict = run.check(rule)
    if verdict.outcome is Outcome.BROKEN:
        pytest.fail(_describe(verdict), pytrace=False)
    if verdict.outcome in (Outcome.WARNED, Outcome.EXPECTED):
        pytest.xfail(verdict.reason)
    if verdict.outcome is Outcome.UNCHECKED:
        pytest.skip(verdict.reason)


def _describe(verdict: Verdict) -> str:
    lines = [
        f"{verdict.rule}: {verdict.summary}",
        verdict.reason,
        f"source: {describe_source(verdict)}",
    ]
    for exchange in verdict.exchanges[-1:]:
        lines += [exchange.as_curl(), f"{exchange.status} {exchange.response_body}"]
    return "\n".join(lines)
