"""SARIF 2.1.0, what code scanning reads; only rules that are not kept are results."""

import re
from typing import Any

from mockserver.openapi.spec import find_spec
from mockserver.version import __version__

from ..verdict.outcomes import Exchange, Outcome, Result, Verdict
from .texts import describe_source, make_line, make_printable, shorten_body

_LEVELS = {Outcome.BROKEN: "error", Outcome.EXPECTED: "error", Outcome.WARNED: "warning"}
_MOST_CHARACTERS = 2_000
_OPERATION = re.compile(r"^ *operationId: (\w+)", re.MULTILINE)


def make_sarif(result: Result) -> dict[str, Any]:
    """Return a result as a SARIF log; each result stands at its operation in openapi.yaml."""
    found = [verdict for verdict in result.verdicts if verdict.outcome in _LEVELS]
    lines = _find_lines()
    driver = {
        "name": "coldsend-mock",
        "semanticVersion": __version__,
        "rules": [_describe_rule(verdict) for verdict in found],
    }
    results = [_make_result(number, verdict, lines) for number, verdict in enumerate(found)]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [_describe_invocation(result)],
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _describe_invocation(result: Result) -> dict[str, Any]:
    invocation: dict[str, Any] = {"executionSuccessful": not result.interrupted}
    if result.recipe:
        invocation["commandLine"] = result.recipe.command
    return invocation


def _find_lines() -> dict[str, int]:
    """Return operationId → its line in openapi.yaml."""
    text = find_spec().read_text("utf-8")
    return {match[1]: text.count("\n", 0, match.start()) + 1 for match in _OPERATION.finditer(text)}


def _describe_rule(verdict: Verdict) -> dict[str, Any]:
    return {
        "id": verdict.rule,
        "shortDescription": {"text": verdict.summary},
        "help": {"text": f"Source: {describe_source(verdict)}"},
        "properties": {"operations": list(verdict.operations)},
    }


def _make_result(number: int, verdict: Verdict, lines: dict[str, int]) -> dict[str, Any]:
    line = next((lines[name] for name in verdict.operations if name in lines), 1)
    made: dict[str, Any] = {
        "ruleId": verdict.rule,
        "ruleIndex": number,
        "level": _LEVELS[verdict.outcome],
        "message": {"text": make_line(verdict.reason, _MOST_CHARACTERS)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "openapi.yaml"},
                    "region": {"startLine": line},
                },
                "logicalLocations": [
                    {"name": name, "kind": "function"} for name in sorted(set(verdict.operations))
                ],
            }
        ],
        "partialFingerprints": {"rule/v1": verdict.rule},
    }
    if verdict.outcome is Outcome.EXPECTED:
        made["suppressions"] = [{"kind": "external", "status": "accepted"}]
    if verdict.exchanges:
        made |= _describe_exchange(verdict.exchanges[-1])
    return made


def _describe_exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "webRequest": {
            "target": make_printable(exchange.url),
            "method": exchange.method,
            "headers": _clean(exchange.request_headers),
            "body": {"text": make_printable(shorten_body(exchange.request_body))},
        },
        "webResponse": {
            "statusCode": exchange.status,
            "headers": _clean(exchange.response_headers),
            "body": {"text": make_printable(shorten_body(exchange.response_body))},
        },
    }


def _clean(headers: dict[str, str]) -> dict[str, str]:
    return {make_printable(name): make_printable(value) for name, value in headers.items()}
