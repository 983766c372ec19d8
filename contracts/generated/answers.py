"""Rules about every answer of a run and about response times."""

from collections.abc import Container, Iterable, Iterator
from functools import partial

import requests

from mockserver.openapi.spec import Operation, Spec

from ..api.api import Api
from ..api.client import UNSET
from ..inputs.samples import Sampler
from ..registry import LAST, Rule
from ..verdict.conformance import ASPECTS
from ..verdict.outcomes import AbsentError
from .rule_ids import name_operation
from .sentences import quote_statuses

_SOURCES = {
    "media_type": "docs:introduction",
    "headers": "docs:reference/rate-limits",
    "secrets": "docs:sender-accounts/overview, docs:authentication/api-keys",
}
"""Aspect of an answer → who documents it, where that is not the page of the operation."""
_SENTENCES = {
    "media_type": "JSON both ways; multipart only for CSV files.",
    "headers": "X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset on every response.",
    "secrets": "Credentials are encrypted and never returned; a key is shown once.",
}
_SHOWN = 3
_MOST_REPEATED = 5


def list_answer_rules(spec: Spec) -> Iterator[Rule]:
    """Yield the rules, which come last in a run."""
    for operation in spec.operations.values():
        for aspect, summary in ASPECTS.items():
            yield Rule(
                id=f"{name_operation(spec, operation.operation_id)}.answers.{aspect}",
                source=_SOURCES.get(aspect) or operation.source or "openapi.yaml",
                sentence=_SENTENCES.get(aspect) or quote_statuses(operation),
                check=partial(_check_answers, operation_id=operation.operation_id, aspect=aspect),
                summary=summary,
                operations=(operation.operation_id,),
                handwritten=False,
                stage=LAST,
            )
    for aspect, summary in ASPECTS.items():
        yield Rule(
            id=f"errors.answers.{aspect}",
            source=_SOURCES.get(aspect, "docs:reference/errors"),
            sentence=_SENTENCES.get(aspect, "Every error carries detail."),
            check=partial(_check_answers, operation_id="", aspect=aspect),
            summary=f"{summary}, also for a request of no operation",
            operations=(),
            handwritten=False,
            stage=LAST,
        )
    yield Rule(
        id="limits.response_time",
        source="the run's own budget",
        sentence="One second for an answer, when asked three times",
        check=_check_times,
        summary="Every answer comes in time",
        operations=(),
        handwritten=False,
        stage=LAST,
    )


def find_answer_rules(rules: Iterable[Rule], found: Container[tuple[str, str]]) -> list[Rule]:
    """Return the rules about every answer that have findings; `found` has their operationIds and aspects."""
    return [
        rule
        for rule in rules
        if isinstance(rule.check, partial)
        and rule.check.func is _check_answers
        and (rule.check.keywords["operation_id"], rule.check.keywords["aspect"]) in found
    ]


def _check_answers(api: Api, *, operation_id: str, aspect: str) -> None:
    if operation_id in api.absent:
        operation = api.spec.operations[operation_id]
        raise AbsentError(f"this server has no {operation_id}: {operation.method} {operation.path}")
    if operation_id and operation_id not in api.conformance.seen:
        _send_once(api, api.spec.operations[operation_id])
    findings = api.conformance.findings.get((operation_id, aspect), [])
    findings = sorted(findings, key=lambda finding: not finding.documented)
    for finding in findings[:_SHOWN]:
        api.judge.exchanges.append(finding.exchange)
    for message, documented in dict.fromkeys((f.message, f.documented) for f in findings):
        api.judge.warn(message, documented=documented)


def _send_once(api: Api, operation: Operation) -> None:
    with api.judge.suspended():
        body = Sampler(api.spec, api.ledger, api.shared_id).body(operation) if operation.body else UNSET
        api.send(operation.operation_id, body=body)


def _check_times(api: Api) -> None:
    budget = api.options.response_seconds
    for exchange, request in list(api.conformance.slow)[:_MOST_REPEATED]:
        # a single slow answer may be a pause of the machine, so ask twice more
        if all(_time(api, request) > budget for _ in range(2)):
            api.judge.exchanges.append(exchange)
            api.judge.fail(
                f"{exchange.method} {exchange.url} took {exchange.seconds:.1f} s, and no less when asked "
                f"again; {budget:g} s are allowed"
            )


def _time(api: Api, request: requests.PreparedRequest) -> float:
    return api.session.send(request).elapsed.total_seconds()
