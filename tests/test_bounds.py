"""What a server keeps has a bound: workspaces, fault rules, mails that wait, connections, bodies."""

import socket
from contextlib import ExitStack
from typing import Any

import pytest

from mockserver import MockServer, Settings, create_app
from mockserver.http.effort import Effort
from mockserver.http.messages import Request
from mockserver.mails.smtp_relay import Relay
from mockserver.server.server import running

from .kit.api import BASE, SPEC, UNKNOWN_ID, Api
from .kit.control import Control
from .kit.raw_client import RawClient, write_request

_BODY = b'{"name": "Q1 Product Launch"}'


def make_app(**settings: Any) -> MockServer:
    return create_app(Settings(**settings))


def list_names(app: MockServer) -> set[str]:
    return {workspace.name for workspace in app.workspaces}


def test_of_workspaces_without_changes_the_one_not_used_the_longest_makes_room() -> None:
    app = make_app(max_workspaces=3)
    changed, first, second, third = (Api(app, f"cs_live_{name}") for name in ("changed", "1", "2", "3"))
    changed.campaign()
    for api in (first, second, first, third):
        assert api("listCampaigns").status == 200
    assert list_names(app) == {changed.key, first.key, third.key}
    assert len(changed.ok("listCampaigns")["campaigns"]) == 1


def test_workspaces_with_changes_stay_and_a_further_one_is_refused() -> None:
    app = make_app(max_workspaces=2)
    owners = [Api(app, f"cs_live_{number}") for number in range(2)]
    for api in owners:
        api.campaign()
    answer = Api(app, "cs_live_further")("listCampaigns")
    assert answer.status == 503
    detail = "All 2 workspaces of this server hold changes; --max-workspaces allows more"
    assert answer.body == {"detail": detail}
    assert [len(api.ok("listCampaigns")["campaigns"]) for api in owners] == [1, 1]


def test_the_control_api_changes_a_workspace_too() -> None:
    app = make_app(max_workspaces=1)
    Control(Api(app, "cs_live_1")).ok("setClock", {"frozen": True})
    assert Api(app, "cs_live_2")("listCampaigns").status == 503


def test_a_workspace_that_was_reset_makes_room() -> None:
    app = make_app(max_workspaces=1)
    first = Api(app, "cs_live_1")
    first.campaign()
    assert Api(app, "cs_live_2")("listCampaigns").status == 503
    Control(first).ok("resetWorkspace")
    first.campaign()
    assert Api(app, "cs_live_2")("listCampaigns").status == 503
    Control(first).ok("resetWorkspace")
    assert Api(app, "cs_live_2")("listCampaigns").status == 200
    assert list_names(app) == {"cs_live_2"}


@pytest.mark.parametrize(
    ("operation", "body"), [("takeSnapshot", {"name": "kept"}), ("seedWorkspace", {"seed": "demo"})]
)
def test_a_workspace_that_was_reset_stays_with_what_a_new_one_would_lack(
    operation: str, body: dict[str, Any]
) -> None:
    app = make_app(max_workspaces=1)
    control = Control(Api(app, "cs_live_1"))
    control.ok(operation, body)
    control.ok("resetWorkspace")
    assert Api(app, "cs_live_2")("listCampaigns").status == 503


def test_a_fork_that_was_reset_stays() -> None:
    app = make_app(max_workspaces=2)
    control = Control(Api(app, "cs_live_1"))
    Control(Api(app, control.ok("forkWorkspace")["key"])).ok("resetWorkspace")
    control.api.campaign()
    assert Api(app, "cs_live_2")("listCampaigns").status == 503


def test_a_refused_request_changes_no_workspace() -> None:
    app = make_app(max_workspaces=1)
    assert Api(app, "cs_live_1")("deleteCampaign", campaign_id=UNKNOWN_ID).status == 404
    assert Api(app, "cs_live_2")("listCampaigns").status == 200


@pytest.mark.parametrize("key", ["", "nonsense", "cs_live_"])
def test_who_is_refused_gets_no_workspace(key: str) -> None:
    app = make_app()
    assert Api(app, key)("createCampaign", {"name": "Q1 Product Launch"}).status == 401
    assert list_names(app) == set()


def test_thousands_of_keys_leave_no_more_workspaces_than_there_may_be() -> None:
    app = make_app(max_workspaces=100)
    for number in range(1000):
        assert Api(app, f"cs_live_{number}")("createCampaign", {}).status == 422
    assert len(list_names(app)) <= 100


@pytest.mark.parametrize(("begins_empty", "expected"), [(True, False), (False, True)])
def test_a_workspace_that_begins_with_records_takes_long_to_make(begins_empty: bool, expected: bool) -> None:
    headers = {"host": "localhost", SPEC.key_header.lower(): "cs_live_new"}
    request = Request("GET", f"{BASE}/campaigns", "", headers, "127.0.0.1", lambda most: b"")
    exchange = make_app().pipeline.open(request)
    assert Effort(begins_empty=begins_empty).is_long(exchange, None, []) is expected


def test_fault_rules_have_a_bound() -> None:
    control = Control(Api(make_app(max_faults=2), "cs_live_x"))
    for _ in range(2):
        control.ok("addFault", {"status": 503, "operation": "listCampaigns"})
    answer = control("addFault", {"status": 503})
    assert answer.status == 409
    assert answer.body == {"detail": "There are 2 fault rules; remove some, or let --max-faults allow more"}
    control.ok("clearFaults")
    control.ok("addFault", {"status": 503})


def test_mails_that_wait_have_a_bound(caplog: pytest.LogCaptureFixture) -> None:
    api = Api(make_app(), "cs_live_x")
    campaign_id = api.ready()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it never greets
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        relay = Relay(address, most=5)
        api.workspace.on_sent = relay.take
        for number in range(10):
            api.happen(api.lead(campaign_id, f"lead-{number}@example.com"), "sent")
        [line] = [record.getMessage() for record in caplog.records]
        assert line == f"5 mails wait for {address}; --max-mails lets more wait"
        connection, _ = silent.accept()
        connection.close()
    relay.close()


# ---------------------------------------------------------------- connections


def test_of_idle_connections_the_oldest_makes_room() -> None:
    settings = Settings(port=0, max_connections=3)
    with running(settings, create_app(settings)) as server, ExitStack() as stack:
        first, *_ = [stack.enter_context(RawClient(server)) for _ in range(3)]
        with RawClient(server) as fourth:
            assert fourth.ask(write_request()).status == 200
        assert first.is_closed()


def test_when_all_connections_are_busy_a_further_one_is_refused() -> None:
    settings = Settings(port=0, max_connections=2)
    with running(settings, create_app(settings)) as server, ExitStack() as stack:
        clients = [stack.enter_context(RawClient(server)) for _ in range(2)]
        for client in clients:
            head = write_request("POST", Content_Length="29", Expect="100-continue")
            assert client.ask(head).status == 100
        with RawClient(server) as further:
            answer = further.receive()
        assert answer.status == 503
        assert answer.json == {
            "detail": "All 2 connections of this server are busy; --max-connections allows more"
        }
        for client in clients:
            assert client.ask(_BODY).status == 201


def test_bodies_of_all_clients_together_have_a_bound() -> None:
    settings = Settings(port=0, max_buffered=50_000)
    with running(settings, create_app(settings)) as server, ExitStack() as stack:
        half = write_request("POST", Content_Length="60000") + b"x" * 30_000
        first, second = (stack.enter_context(RawClient(server)) for _ in range(2))
        first.send(half)
        with RawClient(server) as probe:  # the first one has been read by now
            assert probe.ask(write_request()).status == 200
        answer = second.ask(half)
        assert answer.status == 503
        assert answer.json["detail"].endswith("--max-buffered allows more")
        first.socket.close()
        with RawClient(server) as later:
            assert later.ask(write_request("POST", body=_BODY)).status == 201
