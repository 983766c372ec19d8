"""A result as plain values: the JSON report, and what the HTML page shows."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..verdict.outcomes import Exchange, Outcome, Result, Verdict
from ..verdict.recipe import Recipe
from .texts import shorten_body

_SHOWN_EXCHANGES = 12
_MOST_EXCHANGES = 2_000
"""After so many exchanges, only the last one of each rule is listed."""


def describe(result: Result, *, all_exchanges: bool = False) -> dict[str, Any]:
    """Return a result as plain values; an exchange that several rules share is there once.

    The exchanges of kept rules are left out unless `all_exchanges`: they are most of the bytes.
    """
    exchanges = _Exchanges()
    verdicts = [
        {
            "rule": verdict.rule,
            "group": verdict.group,
            "outcome": str(verdict.outcome),
            "summary": verdict.summary,
            "source": verdict.source,
            "sentence": verdict.sentence,
            "operations": list(verdict.operations),
            "reason": verdict.reason,
            "seconds": round(verdict.seconds, 3),
            "exchanges": exchanges.number(_choose(verdict, all_exchanges=all_exchanges)),
        }
        for verdict in result.verdicts
    ]
    return {
        "recipe": _describe_recipe(result.recipe),
        "target": result.target,
        "profile": result.profile,
        "random_seed": result.random_seed,
        "marker": result.marker,
        "requests": result.requests,
        "seconds": round(result.seconds, 1),
        "interrupted": result.interrupted,
        "counts": {str(outcome): result.count(outcome) for outcome in Outcome},
        "operations_without_handwritten_rule": list(result.untouched),
        "left_behind": list(result.left_behind),
        "notes": list(result.notes),
        "verdicts": verdicts,
        "exchanges": exchanges.listed,
    }


def _describe_recipe(recipe: Recipe | None) -> dict[str, Any] | None:
    if recipe is None:
        return None
    return {
        "command": recipe.command,
        "keys": list(recipe.keys),
        "version": recipe.version,
        "openapi_sha256": recipe.openapi_sha256,
    }


def _choose(verdict: Verdict, *, all_exchanges: bool) -> Sequence[Exchange]:
    if verdict.outcome is Outcome.KEPT and not all_exchanges:
        return ()
    return verdict.exchanges[-_SHOWN_EXCHANGES:]


class _Exchanges:
    """The exchanges of a report, each under a number."""

    def __init__(self) -> None:
        self.listed: list[dict[str, Any]] = []
        self._numbers: dict[int, int] = {}

    def number(self, exchanges: Sequence[Exchange]) -> list[int]:
        """Return the numbers of exchanges; list those that are new."""
        if len(self.listed) >= _MOST_EXCHANGES:
            exchanges = exchanges[-1:]
        return [self._number(exchange) for exchange in exchanges]

    def _number(self, exchange: Exchange) -> int:
        # an exchange that several rules share is one object
        number = self._numbers.setdefault(id(exchange), len(self.listed))
        if number == len(self.listed):
            bodies = {
                "request_body": shorten_body(exchange.request_body),
                "response_body": shorten_body(exchange.response_body),
            }
            self.listed.append({**asdict(exchange), **bodies, "curl": shorten_body(exchange.as_curl())})
        return number
