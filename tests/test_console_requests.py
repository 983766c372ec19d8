"""Requests that the console sends, and what it reports of their answers."""

from contextlib import suppress
from itertools import count

import pytest
import requests

from mockserver.server.server import Server
from mockserver.server.wsgi import ConnectionBrokenError

from .kit.api import BASE, Api
from .kit.control import Control

_NUMBERS = count(1)


@pytest.fixture
def key() -> str:
    return f"cs_live_{next(_NUMBERS)}_resent"


@pytest.mark.parametrize("answer", ["dropped", "lost"])
def test_a_call_without_an_answer_is_reported_as_such(api: Api, control: Control, answer: str) -> None:
    campaign_id = api.campaign_in("ACTIVE")
    for operation in ("listCampaigns", "pauseCampaign"):
        control.ok("addFault", {"operation": operation, "answer": answer})
    with suppress(ConnectionBrokenError):
        api("listCampaigns")
    again = f"/console/requests/{api.app.journal.last_number}/again"
    for path in (again, f"/console/campaigns/{campaign_id}/pause"):
        shown = api.client.post(f"{path}?key={api.key}").get_data(as_text=True)
        assert ": no answer" in shown


@pytest.mark.parametrize("body", [b"to=" + b"1" * 70_000, b""], ids=["large", "empty"])
def test_a_form_that_is_refused_says_why(live_server: Server, key: str, body: bytes) -> None:
    page = "/console/clock" if body else "/console/import"
    answer = requests.post(f"{live_server.url}{page}?key={key}", data=body, timeout=10)
    assert ("larger than 65536 bytes" if body else "<p>body: field required</p>") in answer.text


def test_a_long_answer_to_a_request_sent_again_is_in_the_journal(api: Api) -> None:
    campaign_id = api.campaign()
    lines = [f"ada{number}@example.com,{'x' * 500}" for number in range(300)]
    api.upload(campaign_id, "\n".join(["email,notes", *lines]))
    api.send("GET", f"{BASE}/campaigns/{campaign_id}/leads/export")
    api.client.post(f"/console/requests/{api.app.journal.last_number}/again?key={api.key}")
    *_, sent = api.app.journal.select(workspace=api.key, operation="exportLeads")
    assert (sent.response.count(b"\n"), sent.is_cut) == (301, False)
