"""Rules with single generated requests: at the limits of the schema, and random."""

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
from ..sentences import quote_statuses
from .cases import NEGATIVE, POSITIVE, body_of, find_operation, list_coverage_cases, list_fuzz_cases

_MANY = 40
# These checks send requests that the guard does not see; the access rules check the same.
_OF_VALUES = ("negative_data_rejection",)
"""A negative case may become valid in a form, where every value is a text."""
_UNGUARDED = ("ignored_auth", "unsupported_method")


def list_fuzzing_rules(spec: Spec) -> Iterator[Rule]:
    """Yield the rules of operations that take a body or a query."""
    for operation in spec.operations.values():
        if not operation.body and not operation.parameters_in("query"):
            continue
        name = name_operation(spec, operation.operation_id)
        for suffix, check, summary in (
            ("coverage", _check_coverage, "Requests at the limits of the schema get documented answers"),
            ("fuzzing", _check_random, "Random requests get documented answers"),
        ):
            yield Rule(
                id=f"{name}.{suffix}",
                source=operation.source or "openapi.yaml",
                sentence=quote_statuses(operation),
                check=partial(check, operation=operation),
                summary=summary,
                operations=(operation.operation_id,),
                profile="full",  # rules of the quick profile find the same with fewer requests
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
            continue  # the wrong part was a path value or header, or was repaired or lost in a form
        _send_case(api, operation, _copy(case, operation, body, target))


def _is_negative(operation: Operation, case: Any, body: Any) -> bool:
    """Return whether a server must refuse a request."""
    if operation.body_type == FORM_TYPE:
        return False  # a form turns every generated value into a text or a file
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
    if _is_full(operation, response):  # many cases have filled a shared resource up
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
    """Return whether a resource that the body names is full."""
    fields = non_null(operation.body or {}).get("properties", {})
    errors = operation.errors.values()
    full = [
        error for error in errors if error.name in {f"{name.removesuffix('_id')}_full" for name in fields}
    ]
    return any(response.status_code == error.status and response.json() == error.value for error in full)


def count_documented(api: Api, operation: Operation) -> int:
    """Return how many documented differences the conformance check has found so far."""
    findings = api.conformance.findings
    return sum(
        finding.documented
        for (name, _), found in findings.items()
        if name == operation.operation_id
        for finding in found
    )


def is_failure_documented(operation: Operation, case: Any, failure: Any, *, found: bool) -> bool:
    """Return whether a failure of Schemathesis is a documented difference.

    `found` says whether the conformance check found a documented difference in the same answer.
    """
    if isinstance(failure, AcceptedNegativeData):
        return not _is_coercible(operation, body_of(case))
    # the conformance check sees all other failures, too, and allows the documented ones
    return found or isinstance(failure, (RejectedPositiveData, ServerError))


def _is_coercible(operation: Operation, body: Any) -> bool:
    """Return whether only types of plain values are wrong, which some servers coerce."""
    errors = jsonschema.Draft202012Validator(operation.body or {}).iter_errors(body)
    leaves = [leaf for error in errors for leaf in _list_leaves(error)]
    return all(
        error.validator == "type" and isinstance(error.instance, (bool, int, float, str))
        for error in leaves
        if error.validator_value != "null"
    )


def _list_leaves(error: jsonschema.ValidationError) -> list[jsonschema.ValidationError]:
    return [leaf for each in error.context or () for leaf in _list_leaves(each)] or [error]
