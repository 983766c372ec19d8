"""Stateful testing: Schemathesis calls operations in sequences, with values of earlier answers."""

import contextlib
from collections.abc import Iterator
from typing import Any

import hypothesis
import requests
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup

from mockserver.openapi.formats import is_uuid
from mockserver.openapi.spec import Operation, Spec

from ...api.api import Api
from ...registry import Rule
from ...safety.guard import GuardError
from ...verdict.outcomes import CannotRunError, DifferenceError, UncheckedError
from ..bodies import adapt
from .cases import body_of, load_schema
from .single_requests import count_documented, is_failure_documented

_WALKS = {"quick": 2, "full": 40}
_STEPS = 6
# These checks send requests that the guard does not see, or judge data that is random here.
_EXCLUDED = ("ignored_auth", "unsupported_method", "negative_data_rejection", "positive_data_acceptance")
_TROUBLES = (CannotRunError, DifferenceError, UncheckedError, requests.RequestException)


class _EndError(BaseException):
    """No further step is asked.

    Hypothesis would ask an example again that raises an `Exception`, and draw hundreds of others in the place
    of rejected ones.
    """


def list_stateful_rules(spec: Spec) -> Iterator[Rule]:
    """Yield the rule of stateful testing."""
    yield Rule(
        id="campaigns.walk",
        source="openapi.yaml",
        sentence="The responses of each operation, and 404 for what was deleted",
        check=_run_stateful,
        summary="Operations in any order get documented answers, and a deleted resource is gone",
        operations=tuple(spec.operations),
        handwritten=False,
        profile="full",  # the walk and the situations do more of it
    )


def _run_stateful(api: Api) -> None:
    headers = {api.spec.key_header: api.target.api_key}
    by_label = {
        f"{operation.method} {operation.path.removeprefix(api.spec.base_path)}": operation
        for operation in api.spec.operations.values()
    }
    failures: dict[str, bool] = {}
    troubles: list[Exception] = []

    class StateMachine(load_schema().as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"session": api.session, "headers": headers, "base_url": api.target.base_url}

        def before_call(self, case: Any) -> None:
            operation = by_label[case.operation.label]
            try:
                _prepare(api, operation, case)
            except _TROUBLES as trouble:
                troubles.append(trouble)
                raise _EndError from None
            self.counted = count_documented(api, operation)

        def call(self, case: Any, **kwargs: Any) -> Any:
            try:
                response = super().call(case, **kwargs)
                api.check_presence(by_label[case.operation.label], case.path_parameters or {}, response)
                return response
            except GuardError:
                hypothesis.reject()
            except _TROUBLES as trouble:
                troubles.append(trouble)
                raise _EndError from None

        def validate_response(self, response: Any, case: Any, *args: Any, **kwargs: Any) -> None:
            try:
                case.validate_response(
                    response, headers=headers, excluded_checks=CHECKS.get_by_names(_EXCLUDED)
                )
            except FailureGroup as group:
                operation = by_label[case.operation.label]
                found = count_documented(api, operation) > self.counted
                for failure in group.exceptions:
                    documented = not operation.undocumented and is_failure_documented(
                        operation, case, failure, found=found
                    )
                    failures[f"{failure.title}: {failure.message}"[:600]] = documented

    settings = hypothesis.settings(
        max_examples=_WALKS[api.options.profile],
        stateful_step_count=_STEPS,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    # the answers decide the next steps, so two runs of an example may differ
    with contextlib.suppress(hypothesis.errors.HypothesisException, _EndError):
        StateMachine.run(settings=settings)
    for trouble in troubles:
        raise trouble
    for message, documented in failures.items():
        api.judge.warn(message, documented=documented)


def _prepare(api: Api, operation: Operation, case: Any) -> None:
    """Change a step so that the run may send it: foreign ids become ids of the run."""
    names = [parameter.name for parameter in operation.parameters_in("path")]
    values = [str((case.path_parameters or {}).get(name)) for name in names]
    if not all(is_uuid(value) and api.ledger.owns(value) for value in values):
        with api.judge.suspended():
            case.path_parameters = api.make_path(operation)
    case.headers = {}
    if operation.body:
        case.body = adapt(api, operation, body_of(case), valid=False)
