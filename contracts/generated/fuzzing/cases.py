"""Cases that Schemathesis generates from openapi.yaml, once per process."""

from copy import deepcopy
from functools import cache
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from mockserver.openapi.spec import load_spec

_ZONES = ("America/New_York", "Europe/London", "Asia/Tokyo", "UTC")
_CONFIG = {
    "generation": {
        "allow-x00": False,
        "with-security-parameters": False,
        "allow-extra-parameters": False,
        "database": "none",
    },
    "cache": {"enabled": False},
    "analysis": {"constants": {"enabled": False}},
    "phases": {
        "coverage": {"unexpected-methods": [], "extra-data-sources": {"responses": False}},
        "fuzzing": {"extra-data-sources": {"responses": False}},
        "stateful": {"max-steps": 6},
    },
    "checks": {"negative_data_rejection": {"expected-statuses": [400, 422]}},
}
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@cache
def load_schema() -> Any:
    """Return openapi.yaml as Schemathesis reads it."""
    schemathesis.openapi.format("timezone", strategies.sampled_from(_ZONES))
    document = deepcopy(load_spec().document)  # Schemathesis replaces references in place
    return schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(_CONFIG))


@cache
def find_operation(operation_id: str) -> Any:
    """Return an operation as Schemathesis reads it."""
    for result in load_schema().get_all_operations():
        operation = result.ok()
        if operation.definition.raw.get("operationId") == operation_id:
            return operation
    raise KeyError(operation_id)


@cache
def list_coverage_cases(operation_id: str, mode: GenerationMode) -> tuple[Any, ...]:
    """Return the deterministic cases at the limits of an operation's body and query."""
    schema, operation = load_schema(), find_operation(operation_id)
    found = schema.iter_coverage_cases(
        operation, generation_modes=[mode], generation_config=schema.config.generation
    )
    return tuple(case for case in found if mode is POSITIVE or is_about_data(case))


@cache
def list_fuzz_cases(operation_id: str, mode: GenerationMode, count: int, number: int) -> tuple[Any, ...]:
    """Return random cases of an operation, the same for the same number."""
    cases: list[Any] = []
    strategy = find_operation(operation_id).as_strategy(generation_mode=mode)

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    return tuple(cases)


def is_about_data(case: Any) -> bool:
    """Return whether a negative coverage case is wrong in its body or query."""
    location = getattr(case.meta.phase.data, "parameter_location", None)
    name = getattr(location, "value", location)
    return name in ("body", "query")


def body_of(case: Any) -> Any:
    """Return the body of a case, or None."""
    return None if isinstance(case.body, NotSet) else case.body
