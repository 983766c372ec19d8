"""A refused request is refused in the words of pydantic 1: the same breaches, in the same order.

Both read the same schemas. Where they differ by intention, the generated requests avoid it (see
`request_strategies`) or `beyond_pydantic` names it.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mockserver import Settings, create_app

from .kit.api import SPEC, UNKNOWN_ID, Api
from .kit.request_strategies import NO_UUIDS, UUIDS, requests
from .kit.samples import examples, tries_all
from .pydantic_models import find_errors, make_body_type, make_query_type

pytestmark = pytest.mark.long

Error = tuple[tuple[str | int, ...], str, str]

EDIT = SPEC.operations["updateCampaign"].body["properties"]["sequence_edits"]["anyOf"][0]["items"]  # type: ignore[index]
NEEDED_BY_ACTION = {*EDIT["then"]["required"], *EDIT["else"]["then"]["required"]}
IDS = dict.fromkeys(
    ("campaign_id", "lead_id", "inbox_id", "domain_id", "contact_id", "thread_id", "subsequence_id"),
    UNKNOWN_ID,
)

# Of each: how many bodies, and the kinds of breaches that they must have shown.
LISTS = {"type_error.list", "value_error.list.min_items", "value_error.list.max_items"}
NUMBERS = {"type_error.integer", "value_error.number.not_ge", "value_error.number.not_le"}
TEXTS = {"type_error.str", "value_error.any_str.min_length", "value_error.any_str.max_length"}
COMMON = {"type_error.dict", "value_error.missing", "type_error.none.not_allowed"}
TIMES = {"type_error", "value_error.datetime"}
BODIES = {
    "createCampaign": (700, {*COMMON, *NUMBERS, *TEXTS, *LISTS, *TIMES, "value_error", "type_error.bool"}),
    "updateCampaign": (
        900,
        {*COMMON, *NUMBERS, *TEXTS, *LISTS, *TIMES, "value_error", "type_error.bool", "type_error.uuid",
         "value_error.str.regex", "type_error.enum"},
    ),
    "addLead": (300, {*COMMON, "type_error.str", "value_error.email"}),
    "updateLead": (200, {"type_error.dict", "type_error.str"}),
    "createSmtpSenderAccount": (500, {*COMMON, *NUMBERS, *TEXTS, "value_error", "value_error.email"}),
    "createNativeSenderAccount": (200, {*COMMON, *TEXTS, "type_error.uuid", "value_error.str.regex"}),
    "bulkCreateSmtpSenderAccounts": (100, {*LISTS, "type_error.dict"}),
    "bulkCreateNativeSenderAccounts": (200, {*LISTS, "type_error.uuid", "type_error.dict"}),
    "bulkDeleteSenderAccounts": (200, {*LISTS, "type_error.uuid", "type_error.bool"}),
    "sendTestEmail": (100, {*COMMON, "value_error.email", "value_error.any_str.min_length"}),
    "sendContactEmail": (
        300,
        {*COMMON, "type_error.str", "type_error.uuid", "type_error.list", "value_error", "value_error.email",
         "value_error.str.regex"},
    ),
    "sendReply": (200, {"type_error.dict", "type_error.str", "type_error.list", "value_error"}),
    "addDomain": (200, {*COMMON, "value_error", "type_error.str"}),
    "setDomainRedirect": (300, {*COMMON, *NUMBERS, "value_error", "type_error.bool"}),
    "createSubsequence": (
        300,
        {*COMMON, *NUMBERS, *LISTS, "type_error.str", "type_error.enum", "type_error.uuid"}
        - {"value_error.list.max_items", "value_error.number.not_le"},
    ),
    "updateSubsequence": (
        300,
        {*NUMBERS, *LISTS, "type_error.dict", "type_error.bool"} - {"value_error.list.max_items"},
    ),
    "moveLeadsToSubsequence": (200, {*COMMON, *LISTS, "type_error.uuid"}),
    "deleteLeads": (200, {"type_error.list", "type_error.uuid", "type_error.none.not_allowed"}),
}  # fmt: skip

# said of a failure with long texts, which is hidden by it
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
_HEAVY = {"subject": "More", "body": "Text", "weight": 101}
_RARE = {"updateSubsequence": {"steps": [{"wait_seconds": 3600, "variants": [_HEAVY]}]}}
"""Operation → a body whose kind of error is so deep that it is rarely drawn."""
steady = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture
def api(key: str) -> Api:
    """A user of a server that takes bodies of any length and lists all that is wrong."""
    return Api(create_app(Settings(max_body=1 << 30, max_violations=10_000)), key)


def beyond_pydantic(error: Error) -> bool:
    """Return whether a breach is of a rule that the models do not have."""
    loc, message, kind = error
    if loc == ("body", "__root__"):
        return True
    missing = kind in ("value_error.missing", "type_error.none.not_allowed")
    needed_by_action = loc[1:2] == ("sequence_edits",) and len(loc) == 4 and loc[3] in NEEDED_BY_ACTION
    return message.endswith(" must be unique") or (missing and needed_by_action)


def read_errors(answer: Any) -> list[Error]:
    assert answer.status < 500, answer
    if answer.status != 422:
        return []
    errors = [(tuple(item["loc"]), item["msg"], item["type"]) for item in answer.body["detail"]]
    assert errors
    return errors


@pytest.mark.parametrize("operation_id", BODIES)
def test_bodies_are_judged_as_pydantic_judges_them(operation_id: str, api: Api) -> None:
    operation = SPEC.operations[operation_id]
    assert operation.body
    kind = make_body_type(operation)
    count, expected = BODIES[operation_id]
    seen: list[str] = []

    @settings(steady, max_examples=examples(count))
    @given(requests(operation.body).filter(lambda body: body is not None))
    def compare(body: Any) -> None:
        found = read_errors(api(operation_id, body, **IDS))
        oracle = find_errors(kind, body, "body")
        assert [error for error in found if not beyond_pydantic(error)] == oracle
        seen.extend([error[2] for error in oracle] or ["valid"])

    (example(_RARE[operation_id])(compare) if operation_id in _RARE else compare)()
    assert seen.count("valid") > examples(count) // 20
    if tries_all():  # a share of the bodies shows a share of the kinds
        assert expected - set(seen) == set(), "the bodies showed too little"


QUERY_TEXTS = {
    "integer": ["1", "0", "-1", "100", "101", " 7 ", "+3", "", "two", "1.5", "1e2", "0x1", "9" * 18],
    "string": ["", "DRAFT", "asc", "name", "é🙂", "a b&c=d", *UUIDS, *NO_UUIDS],
}


@pytest.mark.parametrize("operation_id", ["listCampaigns", "listLeads", "listSenderAccounts", "listDomains"])
def test_query_parameters_are_judged_as_pydantic_judges_them(operation_id: str, api: Api) -> None:
    operation = SPEC.operations[operation_id]
    kind = make_query_type(operation)
    parameters = [p for p in operation.parameters_in("query") if not p.alias_of]
    texts = {p.name: st.sampled_from(QUERY_TEXTS[p.schema["type"]]) | st.text(max_size=3) for p in parameters}
    for name in ("page", "limit", "days"):  # digits of other scripts are numbers to Python alone
        if name in texts:
            texts[name] = st.sampled_from(QUERY_TEXTS["integer"]) | st.text("abc-. ", max_size=3)
    seen: set[str] = set()

    @settings(steady, max_examples=examples(300))
    @example({"limit": "0"})
    @example({"limit": "101"})
    @given(st.fixed_dictionaries({}, optional={**texts, "unknown": st.text(max_size=3)}))
    def compare(query: dict[str, str]) -> None:
        found = read_errors(api(operation_id, query=query, **IDS))
        assert found == find_errors(kind, query, "query")
        seen.update(error[2] for error in found or [((), "", "valid")])

    compare()
    assert seen >= {"valid", "type_error.integer", "value_error.number.not_ge", "value_error.number.not_le"}


def test_breaches_of_path_query_and_body_come_together_in_that_order(api: Api) -> None:
    answer = api("updateCampaign", {"name": "short", "launch": "maybe"}, campaign_id="none")
    assert [item["loc"] for item in answer.body["detail"]] == [
        ["path", "campaign_id"],
        ["body", "name"],
        ["body", "launch"],
    ]
    answer = api("listLeads", query={"limit": "101", "page": "0"}, campaign_id="none")
    assert [item["loc"] for item in answer.body["detail"]] == [
        ["path", "campaign_id"],
        ["query", "page"],
        ["query", "limit"],
    ]
