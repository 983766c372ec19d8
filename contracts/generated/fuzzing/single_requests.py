"""Schemathesis at work: cases at the edges, random ones, and a walk from operation to operation."""

from collections.abc import Iterable, Iterator
from functools import partial
from random import Random
from typing import Any

import jsonschema
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import AcceptedNegativeData, FailureGroup, ServerError
from schemathesis.openapi.checks import RejectedPositiveData

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import FORM_TYPE, Operation, Spec

from ...api.api import Api
from ...inputs.cross_field import repair_query
from ...registry import Rule
from ...safety.guard import GuardError
from ..bodies import adapt
from ..rule_ids import name_operation
from .cases import NEGATIVE, POSITIVE, body_of, find_operation, list_coverage_cases, list_fuzz_cases

_MANY = 40
# They send requests of their own, past the guard; rules of access ask the same.
_OF_VALUES = ("negative_data_rejection",)
"""What is generated as wrong need not be so once it is a form, where all is text."""
_UNGUARDED = ("ignored_auth", "unsupported_method")


def list_fuzzing_rules(spec: Spec) -> Iterator[Rule]:
    """Yield the rules of operations that take a body or a query."""
    for operation in spec.operations.values():
        if not operation.body and not operation.parameters_in("query"):
            continue
        name = name_operation(spec, operation.operation_id)
        for suffix, check, summary in (
            ("coverage", _check_coverage, "Cases at the edges of the schema are answered as they should be"),
            ("fuzzing", _check_random, "Random cases are answered as they should be"),
        ):
            yield Rule(
                id=f"{name}.{suffix}",
                source=operation.source or "openapi.yaml",
                check=partial(check, operation=operation),
                summary=summary,
                operations=(operation.operation_id,),
                profile="full",  # what they notice, other rules of the quick profile notice with less
                handwritten=False,
            )


def _check_coverage(api: Api, *, operation: Operation) -> None:
    for mode in (POSITIVE, NEGATIVE):
        _send_all(api, operation, list_coverage_cases(operation.operation_id, mode), mode)


def _check_random(api: Api, *, operation: Operation) -> None:
    number = Random(api.random_seed).getrandbits(32)
    for mode in (POSITIVE, NEGATIVE):
        cases = list_fuzz_cases(operation.operation_id, mode, _MANY, number)
        _send_all(api, operation, cases, mode)


def _send_all(api: Api, operation: Operation, cases: Iterable[Any], mode: GenerationMode) -> None:
    target = api.once(f"target of cases {operation.operation_id}", lambda: api.make_path(operation))
    for case in cases:
        body = body_of(case)
        if operation.body:
            body = adapt(api, operation, body, valid=mode is POSITIVE)
        if mode is NEGATIVE and not _is_negative(operation, case, body):
            continue  # what was wrong was a path value, a header, repaired, or lost in a form
        _send_case(api, operation, _copy(case, operation, body, target))


def _is_negative(operation: Operation, case: Any, body: Any) -> bool:
    """Tell whether a request is refused for sure, and not only unusual."""
    if operation.body_type == FORM_TYPE:
        return False  # all parts are texts and files there, whatever was generated
    if operation.body:
        return not jsonschema.Draft202012Validator(operation.body).is_valid(body)
    return bool(case.query) and case.meta.phase.name.value == "coverage"


def _copy(case: Any, operation: Operation, body: Any, path: dict[str, str]) -> Any:
    query = repair_query(operation, dict(case.query or {}))
    made = {"path_parameters": path, "query": query, "media_type": case.media_type}
    if operation.body:
        made["body"] = body
    return find_operation(operation.operation_id).Case(**made, _meta=case.meta)


def _send_case(api: Api, operation: Operation, case: Any) -> None:
    headers = {api.spec.key_header: api.target.api_key}
    before = count_documented(api, operation)
    try:
        response = case.call(base_url=api.target.base_url, session=api.session, headers=headers)
    except GuardError:
        return
    if _is_full(operation, response):  # by then many cases have filled up what they share
        return
    excluded = (*_UNGUARDED, *(_OF_VALUES if operation.body_type == FORM_TYPE else ()))
    try:
        case.validate_response(response, headers=headers, excluded_checks=CHECKS.get_by_names(excluded))
    except FailureGroup as group:
        for failure in group.exceptions:
            documented = not operation.undocumented and is_failure_documented(
                operation, case, failure, found=count_documented(api, operation) > before
            )
            api.judge.warn(f"{failure.title}: {failure.message}"[:600], documented=documented)


def _is_full(operation: Operation, response: Any) -> bool:
    """Tell whether something that the body names by its id takes no more."""
    fields = non_null(operation.body or {}).get("properties", {})
    errors = operation.errors.values()
    full = [
        error for error in errors if error.name in {f"{name.removesuffix('_id')}_full" for name in fields}
    ]
    return any(response.status_code == error.status and response.json() == error.value for error in full)


def count_documented(api: Api, operation: Operation) -> int:
    """Return how many documented differences the look at every answer found so far."""
    findings = api.conformance.findings
    return sum(
        finding.documented
        for (name, _), found in findings.items()
        if name == operation.operation_id
        for finding in found
    )


def is_failure_documented(operation: Operation, case: Any, failure: Any, *, found: bool) -> bool:
    """Tell whether a failure of Schemathesis rests on something documented.

    `found` says whether the look at every answer found a documented difference in the same answer.
    """
    if isinstance(failure, AcceptedNegativeData):
        return not _is_coercible(operation, body_of(case))
    # What else Schemathesis sees, the look at every answer sees too, and knows what is documented.
    return found or isinstance(failure, (RejectedPositiveData, ServerError))


def _is_coercible(operation: Operation, body: Any) -> bool:
    """Tell whether all that is wrong are plain values of another type, as some servers convert."""
    errors = jsonschema.Draft202012Validator(operation.body or {}).iter_errors(body)
    leaves = [leaf for error in errors for leaf in _list_leaves(error)]
    return all(
        error.validator == "type" and isinstance(error.instance, (bool, int, float, str))
        for error in leaves
        if error.validator_value != "null"
    )


def _list_leaves(error: jsonschema.ValidationError) -> list[jsonschema.ValidationError]:
    return [leaf for each in error.context or () for leaf in _list_leaves(each)] or [error]
