"""jsonschema, another implementation, agrees with jsonschema-rs: in the verdict and in the reasons."""

from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from mockserver.errors import Violation
from mockserver.openapi.formats import CHECKERS
from mockserver.openapi.keywords import are_unique
from mockserver.openapi.schemas import Schema, non_null, render_template
from mockserver.openapi.validation import Validator
from mockserver.openapi.violations import Loc
from mockserver.openapi.wordings import word_keyword

from .kit.api import SPEC
from .kit.request_strategies import requests

OPERATIONS = [
    "createCampaign", "updateCampaign", "addLead", "updateLead", "createSmtpSenderAccount",
    "createNativeSenderAccount", "bulkCreateSmtpSenderAccounts", "bulkDeleteSenderAccounts",
    "createContactList", "sendContactEmail", "sendReply", "addDomain", "setDomainRedirect",
    "createSubsequence", "updateSubsequence", "moveLeadsToSubsequence", "deleteLeads",
]  # fmt: skip


def check_unique_by(_validator: Any, name: str, items: Any, schema: Schema) -> Iterator[Any]:
    if not are_unique(items, name, schema):
        yield jsonschema.ValidationError(f"{name} must be unique")


Judge: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator, {"x-unique-by": check_unique_by}
)


def of_texts(check: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: check(value) if isinstance(value, str) else True


def make_judge(schema: Schema) -> Any:
    formats = jsonschema.FormatChecker(formats=())
    for name, check in CHECKERS.items():
        formats.checks(name)(of_texts(check))
    return Judge(schema, format_checker=formats)


def flatten(errors: Iterator[Any]) -> Iterator[Any]:
    for error in errors:
        if error.validator == "anyOf":
            nulls = [i for i, branch in enumerate(error.validator_value) if branch.get("type") == "null"]
            yield from flatten(each for each in error.context if each.relative_schema_path[0] not in nulls)
        else:
            yield error


def word(error: Any) -> Iterator[tuple[Loc, str, str]]:
    """Yield what one error of jsonschema is in the words of the API, for each field that is missing."""
    path = tuple(error.absolute_path)
    missing = error.validator == "required"
    wording = word_keyword(SPEC.violations, non_null(error.schema), error.validator, error.instance)
    limit = error.validator_value
    permitted = ", ".join(map(repr, limit)) if error.validator == "enum" else ""
    facts = {"limit": limit, "value": error.instance, "permitted": permitted}
    message = str(render_template(wording["msg"], facts))
    for name in [name for name in limit if name not in error.instance] if missing else [None]:
        yield path if name is None else (*path, name), message, wording["type"]


def describe(violation: Violation) -> tuple[Loc, str, str]:
    return tuple(violation["loc"]), violation["msg"], violation["type"]


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_both_refuse_the_same_bodies_for_the_same_reasons(operation_id: str) -> None:
    schema = SPEC.operations[operation_id].body
    assert schema
    validator, judge = Validator(schema, SPEC.violations), make_judge(schema)
    seen = {True: 0, False: 0}

    @settings(max_examples=70, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(requests(schema))
    def compare(body: Any) -> None:
        found = [describe(violation) for violation in validator.find_violations(body, ())]
        errors = {each for error in flatten(judge.iter_errors(body)) for each in word(error)}
        seen[not errors] += 1
        assert validator.is_valid(body) is (not found) is (not errors)
        assert set(found) <= errors
        # All that jsonschema finds is reported, or stands in a value that is refused as a whole.
        places = {loc for loc, _, _ in found}
        assert len(places) == len(found)
        for loc, _, kind in errors:
            above = {loc[:length] for length in range(len(loc) + 1)}
            below = any(place[: len(loc)] == loc for place in places)
            assert places & above or (kind == "value_error" and below)

    compare()
    assert min(seen.values()) > 5
