"""What a test does with its `coldsend`."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import requests

from mockserver.testing.fixture import Coldsend

from .kit.api import NAME, SPEC

JANUARY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOSTS = [server["url"] for server in SPEC.document["servers"]]


# ---------------------------------------------------------------- outbox


def test_the_outbox_holds_the_mails(coldsend: Coldsend) -> None:
    assert coldsend.outbox == []
    workspace = coldsend.workspace
    campaign = workspace.add_ready_campaign()
    lead = workspace.add_lead(campaign, "grace@example.com", first_name="Grace")
    workspace.record_event(lead, "sent")
    [mail] = coldsend.outbox
    assert mail.to == "grace@example.com"
    assert "Grace" in mail.text
    assert mail.make_message()["Subject"] == mail.subject


# ---------------------------------------------------------------- clients


@pytest.mark.parametrize("client", ["session", "httpx"])
@pytest.mark.parametrize("fixture", ["coldsend", "coldsend_server"])
def test_a_client_knows_base_url_and_key(fixture: str, client: str, request: pytest.FixtureRequest) -> None:
    given = request.getfixturevalue(fixture)
    sender = getattr(given, client)
    created = sender.post("/campaigns", json={"name": NAME}, params={"q": "ü &="})
    assert created.status_code == 201
    campaign_id = created.json()["campaign_id"]
    assert sender.get(f"/campaigns/{campaign_id}").json()["name"] == NAME
    assert sender.get(f"{given.base_url}/campaigns").json()["pagination"]["total"] == 1
    assert sender.delete(f"campaigns/{campaign_id}").json()["success"] is True
    assert parse_qs(given.journal[0].query) == {"q": ["ü &="]}


def test_both_ways_lead_to_the_same_workspace(coldsend: Coldsend, coldsend_server: Coldsend) -> None:
    coldsend.session.post("/campaigns", json={"name": NAME})
    assert coldsend_server.session.get("/campaigns").json()["pagination"]["total"] == 1


def test_bodies_of_all_kinds_arrive(coldsend: Coldsend) -> None:
    text = json.dumps({"name": NAME})
    headers = {"Content-Type": "application/json"}
    for data in (text, text.encode(), iter([text[:5].encode(), text[5:].encode()])):
        assert coldsend.session.post("/campaigns", data=data, headers=headers).status_code == 201
    assert coldsend.session.post("/campaigns").json()["detail"][0]["loc"] == ["body"]


def test_headers_and_text_of_an_answer_are_whole(coldsend: Coldsend) -> None:
    for sender in (coldsend.session, coldsend.httpx):
        answer = sender.post("/campaigns", json={"name": "Frühling für alle ☀"})
        assert answer.json()["name"] == "Frühling für alle ☀"
        assert answer.headers["X-RateLimit-Limit"] == "100"
        assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("fixture", ["coldsend", "coldsend_server"])
@pytest.mark.parametrize(
    ("answer", "of_requests", "of_httpx"),
    [
        ("dropped", requests.ConnectionError, httpx.TransportError),
        ("lost", requests.ConnectionError, httpx.TransportError),
        ("truncated", requests.exceptions.ChunkedEncodingError, httpx.RemoteProtocolError),
    ],
)
def test_a_broken_connection_is_the_library_s_own_error(
    answer: str,
    of_requests: type[Exception],
    of_httpx: type[Exception],
    fixture: str,
    request: pytest.FixtureRequest,
) -> None:
    given = request.getfixturevalue(fixture)
    given.fail("createCampaign", answer=answer)
    with pytest.raises(of_requests):
        given.session.post("/campaigns", json={"name": NAME})
    with pytest.raises(of_httpx):
        given.httpx.post("/campaigns", json={"name": NAME})
    assert len(given.workspace.campaigns) == (0 if answer == "dropped" else 2)


# ---------------------------------------------------------------- preparing


def test_a_ready_campaign_launches(coldsend: Coldsend) -> None:
    campaign = coldsend.workspace.add_ready_campaign("Spring campaign")
    answer = coldsend.session.put(f"/campaigns/{campaign.campaign_id}", json={"launch": True})
    assert answer.json()["status"] == "ACTIVE"


def test_what_is_prepared_is_what_the_api_answers(coldsend: Coldsend) -> None:
    coldsend.clock.freeze(JANUARY)
    workspace = coldsend.workspace
    account = workspace.add_sender_account("sam@outreach.example.com", daily_limit=7)
    campaign = workspace.add_campaign(status="PAUSED", inbox_ids=[account.inbox_id])
    lead = workspace.add_lead(campaign, "ada@example.com", first_name="Ada")
    path = f"/campaigns/{campaign.campaign_id}"
    answer = coldsend.session.get(path).json()
    assert (answer["status"], answer["created_at"]) == ("PAUSED", "2026-01-05T09:00:00Z")
    assert answer["inboxes"][0]["email_address"] == "sam@outreach.example.com"
    assert coldsend.session.get(f"{path}/leads/{lead.lead_id}").json()["first_name"] == "Ada"
    assert coldsend.session.get(f"/sender-accounts/{account.inbox_id}").json()["daily_limit"] == 7


def test_events_of_a_lead(coldsend: Coldsend) -> None:
    workspace = coldsend.workspace
    campaign = workspace.add_campaign()
    first, second = workspace.add_lead(campaign), workspace.add_lead(campaign)
    workspace.record_event(first, "opened")
    workspace.receive_reply(first, "Tell me more.")
    workspace.record_event(second.lead_id, "bounced")
    workspace.tag_lead(first, "hot")
    answer = coldsend.session.get(f"/campaigns/{campaign.campaign_id}").json()
    assert [answer[name] for name in ("sent_count", "open_count", "reply_count", "bounce_count")] == [
        1,
        1,
        1,
        1,
    ]
    assert workspace.leads.get(first.lead_id).tags == ("hot",)


def test_statuses_can_be_set(coldsend: Coldsend) -> None:
    campaign, account = coldsend.workspace.add_campaign(), coldsend.workspace.add_sender_account()
    assert coldsend.workspace.set_status(campaign, "FAILED").status == "FAILED"
    assert coldsend.workspace.set_status(account, "DISABLED").overall_status == "DISABLED"
    with pytest.raises(ValueError, match="GONE is none of DRAFT, ACTIVE"):
        coldsend.workspace.set_status(campaign, "GONE")


def test_what_breaks_a_rule_is_not_prepared(coldsend: Coldsend) -> None:
    workspace = coldsend.workspace
    with pytest.raises(ValueError, match=r"campaigns\.0\.name: ensure this value has at least 8 characters"):
        workspace.add_campaign("short")
    campaign = workspace.add_campaign()
    workspace.add_lead(campaign, "ada@example.com")
    with pytest.raises(ValueError, match=r"leads\.0: the address is taken"):
        workspace.add_lead(campaign, "Ada@Example.com")
    assert len(workspace.leads) == 1


def test_the_clock_is_the_workspace_s(coldsend: Coldsend) -> None:
    coldsend.clock.freeze(JANUARY)
    coldsend.clock.advance(timedelta(days=1))
    created = coldsend.session.post("/campaigns", json={"name": NAME}).json()
    assert created["created_at"] == "2026-01-06T09:00:00Z"


def test_a_reset_begins_anew(coldsend: Coldsend) -> None:
    coldsend.workspace.add_campaign()
    coldsend.fail(status=503)
    coldsend.reset()
    assert coldsend.session.get("/campaigns").json()["campaigns"] == []


# ---------------------------------------------------------------- failing


def test_a_failure_by_name_hits_once(coldsend: Coldsend) -> None:
    rule = coldsend.fail("createCampaign", example="rate_limited", first=1)
    statuses = [coldsend.session.post("/campaigns", json={"name": NAME}).status_code for _ in range(2)]
    assert statuses == [429, 201]
    assert (rule.seen, rule.hits) == (2, 1)


@pytest.mark.parametrize(
    ("operation", "rule", "reason"),
    [
        ("createCampain", {"wait": 1}, "No operation is called createCampain; the nearest is createCampaign"),
        ("", {"example": "out_of_stock"}, "No example is called out_of_stock; the nearest is "),
        ("", {}, "A fault needs at least one of"),
        ("", {"status": 500, "every": 0}, "every is at least 1, first at least 0, chance from 0 to 1"),
        ("", {"answer": "maybe"}, "answer=maybe is none of dropped, lost, truncated"),
        ("", {"wait": -1}, "wait=-1 is no number of seconds up to 60"),
    ],
)
def test_a_failure_that_makes_no_sense_is_refused(
    operation: str, rule: dict[str, Any], reason: str, coldsend: Coldsend
) -> None:
    with pytest.raises(ValueError, match=reason):
        coldsend.fail(operation, **rule)


# ---------------------------------------------------------------- expecting


@pytest.fixture
def called(coldsend: Coldsend) -> Coldsend:
    coldsend.session.post("/campaigns", json={"name": NAME, "sending_days": [1, 2], "enable_tracking": True})
    coldsend.session.post("/campaigns", json={"name": "short"})
    coldsend.session.get("/campaigns", params={"page": "2", "search": "Q1"})
    return coldsend


def test_an_expected_call_is_found(called: Coldsend) -> None:
    (entry,) = called.assert_called("createCampaign", json={"name": NAME}, times=1)
    assert entry.status == 201
    assert len(called.assert_called("createCampaign")) == 2
    called.assert_called("createCampaign", status=422, times=1)
    called.assert_called("listCampaigns", query={"page": 2}, path="/campaigns")
    called.assert_called("getCampaign", times=0)


def refusal(called: Coldsend, *arguments: object, **expected: object) -> str:
    with pytest.raises(AssertionError) as caught:
        called.assert_called(*arguments, **expected)  # type: ignore[arg-type]
    return str(caught.value)


def test_near_misses_are_shown_the_nearest_first(called: Coldsend) -> None:
    expected = {"name": "Q1 Product Lunch", "sending_days": [1, 3], "enable_tracking": True}
    assert refusal(called, "createCampaign", json=expected) == (
        "createCampaign was called 2 times, 0 of them as expected\n"
        f"  near: POST {SPEC.base_path}/campaigns → 201\n"
        '    json.name: expected "Q1 Product Lunch", was "Q1 Product Launch"\n'
        "    json.sending_days.1: expected 3, was 2\n"
        f"  near: POST {SPEC.base_path}/campaigns → 422\n"
        '    json.name: expected "Q1 Product Lunch", was "short"\n'
        "    json.sending_days: expected [1, 3], was not sent\n"
        "    json.enable_tracking: expected true, was not sent"
    )


def test_true_is_not_one(called: Coldsend) -> None:
    assert "expected 1, was true" in refusal(called, "createCampaign", json={"enable_tracking": 1})


def test_a_wrong_number_of_calls_is_reported(called: Coldsend) -> None:
    assert refusal(called, "createCampaign", times=3) == "createCampaign was called 2 times, expected 3"
    message = refusal(called, "createCampaign", status=201, times=0)
    assert message.startswith("createCampaign was called 2 times, 1 of them as expected, expected 0")


def test_what_was_called_instead_is_reported(called: Coldsend) -> None:
    assert refusal(called, "getCampaign") == (
        "getCampaign was called 0 times\n"
        "what was called:\n"
        f"  POST {SPEC.base_path}/campaigns → 201\n"
        f"  POST {SPEC.base_path}/campaigns → 422\n"
        f"  GET {SPEC.base_path}/campaigns?page=2&search=Q1 → 200"
    )


def test_nothing_called_is_reported(coldsend: Coldsend) -> None:
    assert refusal(coldsend, "getCampaign") == "getCampaign was called 0 times\nnothing was called"


@pytest.mark.parametrize("key", ["", "x", "Bearer cs_live_x"])
def test_a_call_without_a_usable_key_is_reported(key: str, coldsend: Coldsend) -> None:
    coldsend.session.get("/campaigns", headers={SPEC.key_header: key})
    with pytest.raises(AssertionError, match=r"status: expected 200, was 401"):
        coldsend.assert_called("listCampaigns", status=200)
    assert [entry.status for entry in coldsend.assert_called("listCampaigns")] == [401]


def test_a_call_of_no_route_or_method_is_reported(coldsend: Coldsend) -> None:
    coldsend.session.post("/campaign", json={})
    coldsend.session.patch("/campaigns", json={})
    with pytest.raises(AssertionError, match=r"(?s)what was called.*POST .*/campaign → 404.*PATCH .* → 405"):
        coldsend.assert_called("createCampaign")


def test_what_was_called_before_the_fixture_was_made_is_not_reported(coldsend: Coldsend) -> None:
    coldsend.session.get("/campaigns", headers={SPEC.key_header: "x"})
    assert [entry.status for entry in coldsend.journal] == [401]
    assert Coldsend(coldsend.app, coldsend.api_key).journal == []


def test_a_name_that_is_no_operation_s_is_an_error_of_the_test(called: Coldsend) -> None:
    with pytest.raises(ValueError, match="no operation is called createCampain; did you mean createCampaign"):
        called.assert_called("createCampain", times=0)


def test_passwords_that_were_sent_can_be_expected_though_they_are_not_kept(coldsend: Coldsend) -> None:
    body = SPEC.operations["createSmtpSenderAccount"].body_examples["custom_smtp"]
    coldsend.session.post("/sender-accounts/smtp", json=body)
    (entry,) = coldsend.assert_called("createSmtpSenderAccount", json=body)
    assert body["smtp_password"].encode() not in entry.request


# ---------------------------------------------------------------- fixed addresses


@pytest.mark.parametrize("host", HOSTS)
def test_code_that_asks_the_fixed_address_reaches_the_workspace(
    host: str, coldsend_patched: Coldsend
) -> None:
    headers = {SPEC.key_header: "cs_live_production"}
    assert requests.post(f"{host}/campaigns", json={"name": NAME}, headers=headers).status_code == 201
    assert httpx.get(f"{host}/campaigns", headers=headers).json()["pagination"]["total"] == 1
    with httpx.Client(base_url=host, headers=headers) as client:
        assert client.get("/campaigns").json()["pagination"]["total"] == 1

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(headers=headers) as client:
            return await client.post(f"{host}/campaigns", json={"name": NAME})

    assert asyncio.run(ask()).status_code == 201
    assert len(coldsend_patched.workspace.campaigns) == 2
    coldsend_patched.assert_called("createCampaign", times=2)


def test_a_bad_key_stays_a_bad_key(coldsend_patched: Coldsend) -> None:
    answer = requests.get(f"{HOSTS[0]}/campaigns", headers={SPEC.key_header: "test"})
    assert answer.json() == SPEC.find_error("invalid_key").value
    assert requests.get(f"{HOSTS[0]}/campaigns").json() == SPEC.find_error("missing_key").value


@pytest.mark.parametrize(
    "url", ["https://example.com/", "http://127.0.0.1:9/", "https://api.coldsend.io.evil.com/"]
)
def test_every_other_address_is_refused(url: str, coldsend_patched: Coldsend) -> None:
    reason = "was asked for, but only api.coldsend.io, api.coldsend.pro lead to coldsend-mock"
    for get in (requests.get, httpx.get):
        with pytest.raises(RuntimeError, match=reason):
            get(url)

    async def ask() -> None:
        async with httpx.AsyncClient() as client:
            await client.get(url)

    with pytest.raises(RuntimeError, match=reason):
        asyncio.run(ask())


def test_after_a_patched_test_the_libraries_are_as_before() -> None:
    assert requests.Session.get_adapter.__module__ == "requests.sessions"
    assert httpx.HTTPTransport.handle_request.__module__.startswith("httpx")
    assert httpx.AsyncHTTPTransport.handle_async_request.__module__.startswith("httpx")
