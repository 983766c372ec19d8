"""Every documented error can be met, reads as documented, and leaves the workspace as it was."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from mockserver import MockServer, Settings, create_app
from mockserver.http.keys import Key
from mockserver.openapi.spec import DocumentedError, Operation
from mockserver.state.snapshot import Snapshot

from .kit.api import SPEC, Api
from .kit.error_causes import CAUSES, MAX_BODY
from .kit.failing_requests import Request, derive_cause
from .kit.prerequisites import prepare_ids


@pytest.fixture(scope="module")
def app() -> MockServer:
    """A server that counts."""
    return create_app(Settings(rate_limit=True, max_body=MAX_BODY))


@pytest.fixture
def api(app: MockServer, key: str) -> Iterator[Api]:
    """A user of that server; other keys of the same workspace are revoked or may do little."""
    app.pipeline.keys.declare(Key("cs_live_revoked", key, revoked=True))
    for scope in ("campaigns:read", "sender_accounts:read"):
        app.pipeline.keys.declare(Key(f"cs_live_limited_{scope}", key, (scope,)))
    yield Api(app, key)
    app.workspaces.remove(key)


Prepared = Callable[[str], tuple[dict[str, str], Snapshot]]


@pytest.fixture(scope="module")
def prepared(app: MockServer) -> Prepared:
    """What an operation needs, made once for all its errors: the ids, and the state to start from."""

    @cache
    def make(operation_id: str) -> tuple[dict[str, str], Snapshot]:
        user = Api(app, f"cs_live_prepared_{operation_id}")
        return prepare_ids(user, SPEC.operations[operation_id]), user.workspace.snapshot()

    return make


def documented() -> list[Any]:
    of_operations = [(o, error) for o in SPEC.operations.values() for error in o.errors.values()]
    first = SPEC.operations["createCampaign"]
    of_server = [(first, error) for name, error in SPEC.server_errors.items() if name not in first.errors]
    return [
        pytest.param(operation, error, id=f"{operation.operation_id}-{error.name}")
        for operation, error in (*of_operations, *of_server)
        if not error.alternative_of
    ]


def test_every_cause_is_that_of_a_documented_error() -> None:
    unknown = set(CAUSES) - {param.values[1].name for param in documented()}
    assert not unknown, f"no error of openapi.yaml is called {unknown}: take it out of CAUSES"


def prepare(api: Api, operation: Operation, prepared: Prepared) -> Request:
    made, snapshot = prepared(operation.operation_id)
    api.workspace.restore(snapshot)
    ids = dict(made)
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


@pytest.mark.parametrize(("operation", "error"), documented())
def test_an_error_is_answered_as_documented_and_changes_nothing(
    operation: Operation,
    error: DocumentedError,
    api: Api,
    prepared: Prepared,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = prepare(api, operation, prepared)
    cause = CAUSES.get(error.name) or derive_cause(error)
    what_to_add = f"write in CAUSES of tests/kit/error_causes.py how a request meets {error.name}"
    assert cause, what_to_add
    cause(request)
    before = api.remembered()
    answer = request.send(monkeypatch)
    assert (answer.status, answer.body) == (error.status, error.render(request.facts)), what_to_add
    assert list(answer.body) == list(error.value)
    assert api.remembered() == before
