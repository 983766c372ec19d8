"""Every documented error can be met, reads as documented, and leaves the workspace as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mockserver import MockServer, Settings, create_app
from mockserver.http.keys import Key
from mockserver.openapi.spec import DocumentedError, Operation

from .kit.api import SPEC, Api
from .kit.error_causes import CAUSES, MAX_BODY
from .kit.failing_requests import Request, derive_cause
from .kit.prerequisites import prepare_ids


@pytest.fixture(scope="module")
def app() -> MockServer:
    """A server that counts."""
    return create_app(Settings(rate_limit=True, max_body=MAX_BODY))


@contextmanager
def use(app: MockServer, key: str) -> Iterator[Api]:
    """A user of that server; other keys of the same workspace are revoked or may do little."""
    app.pipeline.keys.declare(Key("cs_live_revoked", key, revoked=True))
    for scope in ("campaigns:read", "sender_accounts:read"):
        app.pipeline.keys.declare(Key(f"cs_live_limited_{scope}", key, (scope,)))
    try:
        yield Api(app, key)
    finally:
        app.workspaces.remove(key)


def list_errors(operation: Operation) -> list[DocumentedError]:
    """Return the errors of an operation; those of the server, too, for one of the operations."""
    of_server = SPEC.server_errors if operation.operation_id == "createCampaign" else {}
    errors = {**of_server, **operation.errors}
    return [error for error in errors.values() if not error.alternative_of]


def test_every_cause_is_that_of_a_documented_error() -> None:
    documented = {error.name for operation in SPEC.operations.values() for error in list_errors(operation)}
    unknown = set(CAUSES) - documented
    assert not unknown, f"no error of openapi.yaml is called {unknown}: take it out of CAUSES"


def prepare(api: Api, operation: Operation, ids: dict[str, str]) -> Request:
    bodies: dict[str, Any] = {
        "deleteLeads": [ids["lead_id"]],
        "deleteContacts": [ids["contact_id"]],
        "addLead": {"email": "new@example.com"},
    }
    example = next(iter(operation.body_examples.values()), None)
    body = bodies.get(operation.operation_id, example)
    if isinstance(body, dict):
        body = {**body, **{name: ids[name] for name in body if name in ids}}
    query = {p.name: ids[p.name] for p in operation.parameters_in("query") if p.required}
    return Request(api, operation, ids, body, query)


@pytest.mark.parametrize("operation", SPEC.operations.values(), ids=lambda each: each.operation_id)
def test_an_error_is_answered_as_documented_and_changes_nothing(
    operation: Operation, app: MockServer, key: str
) -> None:
    user = Api(app, key)
    ids, prepared = prepare_ids(user, operation), user.workspace.snapshot()
    for error in list_errors(operation):
        # A workspace for each, since the cause of one error may hide that of another.
        with use(app, f"{key}-{error.name}") as api, pytest.MonkeyPatch.context() as patch:
            api.workspace.restore(prepared)
            check(error, prepare(api, operation, dict(ids)), api, patch)


def check(error: DocumentedError, request: Request, api: Api, patch: pytest.MonkeyPatch) -> None:
    cause = CAUSES.get(error.name) or derive_cause(error)
    what_to_add = f"write in CAUSES of tests/kit/error_causes.py how a request meets {error.name}"
    assert cause, what_to_add
    cause(request)
    before = api.remembered()
    answer = request.send(patch)
    assert (answer.status, answer.body) == (error.status, error.render(request.facts)), what_to_add
    assert list(answer.body) == list(error.value), error.name
    assert api.remembered() == before, error.name
