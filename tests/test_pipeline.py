"""A server that is about to break its contract answers 500; one that does not fit its file does not start."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

import mockserver.server.app
from mockserver import MockServer, create_app
from mockserver.errors import ApiError, SpecError
from mockserver.openapi.spec import Spec, read_spec
from mockserver.openapi.validation import Validator
from mockserver.openapi.wordings import check_wordings
from mockserver.resources import list_handlers

from .kit.api import NAME, SPEC, UNKNOWN_ID, Answer, Api

Handler = Callable[[Any], Any]


@pytest.fixture
def own_app() -> MockServer:
    """A server of one test's own, to break."""
    return create_app()


def create_with(app: MockServer, handler: Handler) -> Answer:
    app.pipeline.endpoints["createCampaign"].handler = handler
    return Api(app, "cs_live_x")("createCampaign", {"name": NAME})


GOOD = {
    "campaign_id": UNKNOWN_ID, "name": NAME, "status": "DRAFT", "current_step": 0,
    "created_at": "2024-01-15T10:30:00Z",
}  # fmt: skip
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "value": ({"status": "NEW"}, "status", '"DRAFT" was expected'),
    "type": ({"current_step": "0"}, "current_step", '"0" is not of type "integer"'),
    "range": ({"current_step": 6}, "current_step", "6 is greater than the maximum of 5"),
    "format": ({"campaign_id": "1"}, "campaign_id", '"1" is not a "uuid"'),
    "date": ({"created_at": "now"}, "created_at", '"now" is not a "date-time"'),
    "null": ({"name": None}, "name", 'null is not of type "string"'),
}


@pytest.mark.parametrize(("change", "field", "reason"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_a_500_that_names_operation_and_field(
    change: dict[str, Any], field: str, reason: str, own_app: MockServer
) -> None:
    answer = create_with(own_app, lambda _call: {**GOOD, **change})
    detail = f"createCampaign: answer breaks the contract at {field}: {reason}"
    assert (answer.status, answer.body) == (500, {"detail": detail})


def test_a_wrong_item_of_a_list_is_named_with_its_place(own_app: MockServer) -> None:
    pagination = {"page": 1, "limit": 1, "total": 1, "pages": 1, "has_next": False, "has_prev": False}
    item = {"campaign_id": UNKNOWN_ID}
    own_app.pipeline.endpoints["listCampaigns"].handler = lambda _call: {
        "campaigns": [item], "pagination": pagination,
    }  # fmt: skip
    answer = Api(own_app, "cs_live_x")("listCampaigns")
    assert answer.status == 500
    assert 'listCampaigns: answer breaks the contract at campaigns.0: "name" is a' in answer.body["detail"]


def test_a_missing_field_is_named(own_app: MockServer) -> None:
    answer = create_with(own_app, lambda _call: {k: v for k, v in GOOD.items() if k != "name"})
    assert answer.body["detail"].endswith('at its root: "name" is a required property')


def test_the_answer_has_the_documented_fields_in_order_and_no_others(own_app: MockServer) -> None:
    backwards = dict(reversed(GOOD.items()))
    answer = create_with(own_app, lambda _call: {"secret": 1, **backwards})
    assert (answer.status, list(answer.body)) == (
        201,
        list(SPEC.operations["createCampaign"].answer["properties"]),
    )


def raise_error(error: Exception) -> Handler:
    def handle(_call: Any) -> Any:
        raise error

    return handle


def test_an_error_that_the_operation_does_not_document_is_a_500(own_app: MockServer) -> None:
    answer = create_with(own_app, raise_error(ApiError("lead_exists")))
    detail = "createCampaign: answer breaks the contract at its status: no error is called lead_exists"
    assert (answer.status, answer.body) == (500, {"detail": detail})


def test_a_handler_that_fails_is_a_500_that_reveals_nothing(own_app: MockServer) -> None:
    answer = create_with(own_app, raise_error(ValueError("a secret")))
    assert (answer.status, answer.body) == (500, {"detail": "Internal Server Error"})
    assert "X-RateLimit-Limit" in answer.headers


@pytest.mark.parametrize(
    "break_off",
    [
        lambda record: {**record, "name": "half of a pair: \ud800"},
        lambda record: {**record, "status": "NEW"},
        lambda _record: 1 / 0,
    ],
    ids=["not encoded", "not documented", "failed"],
)
def test_what_comes_to_no_answer_changes_nothing(
    break_off: Callable[[Any], Any], own_app: MockServer
) -> None:
    handler = own_app.pipeline.endpoints["createCampaign"].handler
    answer = create_with(own_app, lambda call: break_off(handler(call)))
    assert answer.status == 500
    assert Api(own_app, "cs_live_x").ok("listCampaigns")["campaigns"] == []


def test_a_failure_releases_the_workspace(own_app: MockServer) -> None:
    create_with(own_app, raise_error(ValueError()))
    assert Api(own_app, "cs_live_x")("listCampaigns").status == 200


@pytest.mark.parametrize("operation", SPEC.operations.values(), ids=lambda o: o.operation_id)
def test_the_documented_success_is_what_is_answered_first(operation: Any) -> None:
    creates = operation.operation_id.startswith(("create", "add")) and "/bulk/" not in operation.path
    assert operation.status == (201 if creates else 200)


# ---------------------------------------------------------------- order of the checks


def test_the_first_mistake_decides_the_answer() -> None:
    """Host, path, method, key, scope, schema, existence, rules: each hides those after it."""
    app = create_app(mockserver.Settings(key=("reader=campaigns:read", "writer=campaigns:update")))
    path = f"{SPEC.base_path}/campaigns/{UNKNOWN_ID}"
    wrong: dict[str, Any] = {
        "method": "PATCH", "path": f"{path}/nothing",
        "headers": {"Host": "evil.example.com", "Origin": "http://evil.example.com"},
        "json": {"name": "short"},
    }  # fmt: skip
    repairs: list[tuple[int, dict[str, Any]]] = [
        (403, {"headers": {}}),
        (404, {"path": path}),
        (405, {"method": "PUT"}),
        (401, {"headers": {SPEC.key_header: "reader"}}),
        (403, {"headers": {SPEC.key_header: "writer"}}),
        (422, {"json": {"name": NAME}}),
    ]
    client = app.test_client()
    for status, repair in repairs:
        assert client.open(**wrong).status_code == status
        wrong |= repair
    assert client.open(**wrong).get_json() == {"detail": "Campaign not found"}


# ---------------------------------------------------------------- start-up


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda handlers: handlers.pop("pauseCampaign"), "pauseCampaign"),
        (lambda handlers: handlers.update(stopCampaign=lambda _call: {}), "stopCampaign"),
    ],
    ids=["operation without handler", "handler without operation"],
)
def test_operations_and_handlers_must_pair_up(
    change: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = list_handlers()
    change(handlers)
    monkeypatch.setattr(mockserver.server.app, "list_handlers", lambda: handlers)
    with pytest.raises(SpecError, match=name):
        create_app()


def read_changed(change: Callable[[Any], Any]) -> Spec:
    document = copy.deepcopy(SPEC.document)
    change(document)
    return read_spec(SPEC.path, document)


def schemas_of(document: Any) -> Any:
    return document["components"]["schemas"]


def drop(container: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    return lambda document: container(document).pop(name)


WORDLESS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "keyword": (
        lambda d: schemas_of(d)["CampaignName"].update(exclusiveMinimum=1),
        "body.name.*exclusiveMinimum",
    ),
    "in items": (
        lambda d: schemas_of(d)["SendingDays"]["items"].update(multipleOf=2),
        r"body.sending_days\[\].*multipleOf",
    ),
    "nullable": (
        lambda d: schemas_of(d)["NullableDateTime"]["anyOf"][0].update(contentEncoding="x"),
        "body.start_date.*contentEncoding",
    ),
    "format": (lambda d: schemas_of(d)["CampaignName"].update(format="iban"), "body.name.*format .iban"),
    "wording": (drop(lambda d: d["x-violations"], "maxLength"), "maxLength"),
}


@pytest.mark.parametrize(("change", "reason"), WORDLESS.values(), ids=WORDLESS)
def test_a_keyword_without_words_keeps_the_server_from_starting(
    change: Callable[[Any], Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = read_changed(change)
    monkeypatch.setattr(mockserver.server.app, "load_spec", lambda: spec)
    with pytest.raises(SpecError, match=reason):
        create_app()


BROKEN: dict[str, tuple[Callable[[Any], Any], str]] = {
    "dangling": (
        drop(lambda d: d["components"]["schemas"], "Pagination"),
        "nothing stands at #/components/schemas/Pagination",
    ),
    "circular": (
        lambda d: d["components"]["schemas"].update(Pagination={"$ref": "#/components/schemas/Pagination"}),
        "Pagination refers to itself",
    ),
    "twice": (
        lambda d: d["paths"]["/campaigns"]["get"].update(operationId="createCampaign"),
        "two operations are called createCampaign",
    ),
    "renamed": (
        lambda d: d["components"]["responses"]["Forbidden"]["content"]["application/json"].update(
            examples={"no_scope": {"$ref": "#/components/examples/missing_scope"}}
        ),
        "missing_scope is called no_scope",
    ),
    "no success": (
        drop(lambda d: d["paths"]["/campaigns"]["get"]["responses"], "200"),
        "listCampaigns has no success",
    ),
}


@pytest.mark.parametrize(("change", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_contradicts_itself_is_refused(change: Callable[[Any], Any], reason: str) -> None:
    with pytest.raises(SpecError, match=reason):
        read_changed(change)


def test_the_fast_verdict_and_the_reasons_agree_on_every_example() -> None:
    for operation in SPEC.operations.values():
        check_wordings(operation.body or {}, SPEC.violations, operation.operation_id)
        for value in operation.answer_examples.values():
            validator = Validator(operation.answer, SPEC.violations)
            assert validator.is_valid(value)
            assert list(validator.find_violations(value, ())) == []
