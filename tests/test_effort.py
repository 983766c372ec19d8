"""Which requests are handed to threads: what may take long, and what did."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mockserver import MockServer
from mockserver.http.effort import Effort
from mockserver.http.endpoints import Exchange
from mockserver.http.messages import Request

from .kit.api import BASE, SPEC, Api
from .kit.control import CONTROL, Control


def open_exchange(api: Api, operation_id: str, body: bytes = b"", **ids: str) -> Exchange:
    spec = SPEC if operation_id in SPEC.operations else CONTROL
    operation = spec.operations[operation_id]
    headers = {"host": "localhost", SPEC.key_header.lower(): api.key}
    path = operation.path.format(**ids)
    request = Request(operation.method, path, "", headers, "127.0.0.1", lambda most: body)
    exchange = api.app.pipeline.open(request)
    exchange.workspace = api.workspace
    return exchange


def is_long(api: Api, operation_id: str, body: bytes = b"", effort: Effort | None = None, **ids: str) -> bool:
    exchange = open_exchange(api, operation_id, body, **ids)
    return (effort or Effort()).is_long(exchange, api.workspace, [body] if body else [])


@pytest.mark.parametrize(
    "operation_id",
    ["uploadLeads", "exportLeads", "bulkDeleteSenderAccounts", "activateCampaign", "tagContacts",
     "exportState", "importState", "moveClock", "planCampaign", "downloadOutbox"],
)  # fmt: skip
def test_what_the_contract_calls_long_is_long(operation_id: str, api: Api) -> None:
    assert is_long(api, operation_id, campaign_id="1")


@pytest.mark.parametrize("operation_id", ["createCampaign", "listCampaigns", "getCampaign", "showClock"])
def test_what_it_does_not_is_short(operation_id: str, api: Api) -> None:
    assert not is_long(api, operation_id, campaign_id="1")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"name": "Another name"}', False),
        (b'{"launch": true}', True),
        (b'{"current_step": 5}', True),
        (b'{"l\\u0061unch": true}', True),
        (b'{"name": "%s"}' % (b"x" * 70_000), True),
    ],
)
def test_an_update_is_long_when_it_launches_or_is_large(body: bytes, expected: bool, api: Api) -> None:
    assert is_long(api, "updateCampaign", body, campaign_id="1") is expected


def test_what_took_long_is_long_the_next_time_in_that_workspace(api: Api, app: MockServer) -> None:
    effort = Effort()
    effort.note(open_exchange(api, "listCampaigns"), 0.1)
    assert is_long(api, "listCampaigns", effort=effort)
    assert not is_long(api, "listContacts", effort=effort)
    assert not is_long(Api(app, f"{api.key}-other"), "listCampaigns", effort=effort)
    effort.note(open_exchange(api, "listCampaigns"), 0.001)
    assert not is_long(api, "listCampaigns", effort=effort)


def test_in_a_large_workspace_only_what_was_short_is_short(api: Api) -> None:
    effort = Effort()
    api.campaign()
    campaign = next(iter(api.workspace.campaigns))
    for number in range(2001):
        api.workspace.campaigns.put(_rename(campaign, number))
    assert is_long(api, "listCampaigns", effort=effort)
    effort.note(open_exchange(api, "listCampaigns"), 0.001)
    assert not is_long(api, "listCampaigns", effort=effort)


def test_a_workspace_in_which_something_is_due_takes_long(api: Api, control: Control) -> None:
    api.campaign_in("ACTIVE")
    assert not is_long(api, "listCampaigns")
    api.workspace.clock.advance(timedelta(days=4))
    assert is_long(api, "listCampaigns")
    control.ok("moveClock", {"advance": "1m"})
    assert not is_long(api, "listCampaigns")


@pytest.mark.parametrize(("path", "expected"), [("/healthz", False), ("/docs", True), (f"{BASE}/no", True)])
def test_of_pages_the_health_alone_is_short(path: str, expected: bool, app: MockServer) -> None:
    request = Request("GET", path, "", {"host": "localhost"}, "127.0.0.1", lambda most: b"")
    assert Effort().is_long(app.pipeline.open(request), None, []) is expected


def _rename(campaign: Any, number: int) -> Any:
    return replace(campaign, campaign_id=f"00000000-0000-4000-8000-{number:012}")
