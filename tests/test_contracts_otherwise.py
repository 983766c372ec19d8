"""A server that decides otherwise where no source decides: a whole run breaks no rule, and does no harm."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from contracts import Options, Outcome, Target, check_contract
from contracts.safety.guard import launches
from contracts.safety.ledger import is_named
from contracts.verdict.outcomes import Result
from mockserver.openapi.spec import load_spec

from .kit.hostile_server import ask, list_names
from .kit.recording import BASE_PATH, KEY, SECOND_KEY, Answer, Recorder, Request, recording
from .kit.samples import rules

pytestmark = pytest.mark.long

_TIME = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z"')
_CAMPAIGN = re.compile(rf"{BASE_PATH}/campaigns/[^/]+")


def write_times(answer: Answer) -> Answer:
    """Write the times of an answer in another form of ISO 8601."""
    status, headers, data = answer
    assert isinstance(data, bytes)
    return status, headers, _TIME.sub(rb'"\1+00:00"', data)


def map_nothing(server: Recorder, request: Request) -> Answer | None:
    """Show no mapping of a new campaign: null."""
    if request.method != "GET" or not _CAMPAIGN.fullmatch(request.path):
        return None
    status, headers, data = server.forward(request)
    return status, headers, data.replace(b'"lead_mapping":{}', b'"lead_mapping":null')


def list_once(server: Recorder, request: Request) -> Answer | None:
    """List a sender account once, however often it was sent."""
    if request.method != "PUT" or not isinstance(request.body, dict) or not request.body.get("inbox_ids"):
        return None
    status, headers, data = server.forward(request)
    body = json.loads(data)
    if status == 200 and body.get("inbox_validations"):
        rows = {row["inbox_id"]: row for row in body["inbox_validations"]}
        body["inbox_validations"] = [*rows.values()]
    return status, headers, json.dumps(body).encode()


def refuse_no_variants(server: Recorder, request: Request) -> Answer | None:
    """Refuse an empty list of variants in the words of the older page."""
    if request.method != "PUT" or not isinstance(request.body, dict) or request.body.get("variants") != []:
        return None
    status, headers, _ = server.forward(request)
    return (400, headers, b'{"detail":"At least one variant required"}') if status == 422 else None


def take_no_fields(server: Recorder, request: Request) -> Answer | None:
    """Take null for no custom fields."""
    is_null = isinstance(request.body, dict) and request.body.get("custom_fields", "") is None
    if request.method != "POST" or not request.path.endswith("/leads/manual") or not is_null:
        return None
    request.data = json.dumps({k: v for k, v in request.body.items() if k != "custom_fields"}).encode()
    return server.forward(request)


def decide_otherwise(server: Recorder, request: Request) -> Answer:
    """Decide all of it otherwise at once: each has requests of its own, and the times are in all answers."""
    for decide in (map_nothing, list_once, refuse_no_variants, take_no_fields):
        answer = decide(server, request)
        if answer:
            return write_times(answer)
    return write_times(server.forward(request))


@dataclass
class Observed:
    """A whole run on that server, in a workspace where somebody else has a campaign with a lead."""

    result: Result
    requests: list[Request]
    foreign_before: Any
    foreign_after: Any
    names_after: list[str]
    accounts_after: int
    foreign_ids: set[str]


@pytest.fixture(scope="module")
def observed() -> Iterator[Observed]:
    with recording() as server:
        server.answers.append(lambda request: decide_otherwise(server, request))
        campaign_id = ask(server, "POST", "/campaigns", json={"name": "Somebody else's"})["campaign_id"]
        lead = ask(server, "POST", f"/campaigns/{campaign_id}/leads/manual", json={"email": "a@example.com"})
        before = ask(server, "GET", f"/campaigns/{campaign_id}")
        server.requests.clear()
        options = Options(
            requests_per_minute=None,
            max_requests=None,
            wrong_key_probes=False,
            random_seed="safety",
            rules=rules("*"),
        )
        result = check_contract(Target(server.base_url, KEY, SECOND_KEY), options)
        sent = list(server.requests)
        yield Observed(
            result,
            sent,
            before,
            ask(server, "GET", f"/campaigns/{campaign_id}"),
            list_names(server),
            ask(server, "GET", "/sender-accounts")["pagination"]["total"],
            {campaign_id, lead["lead_id"]},
        )


def test_what_no_source_decides_breaks_no_rule(observed: Observed) -> None:
    assert [(v.rule, v.reason) for v in observed.result.having(Outcome.BROKEN)] == []
    assert observed.result.count(Outcome.KEPT) > 500
    assert observed.result.checked > 1000


def test_only_what_the_run_made_is_changed_or_deleted(observed: Observed) -> None:
    assert observed.foreign_after == observed.foreign_before
    unsafe = [request for request in observed.requests if request.method != "GET"]
    assert unsafe
    for request in unsafe:
        assert not any(foreign in f"{request.path} {request.body}" for foreign in observed.foreign_ids)


def test_everything_made_is_removed_at_the_end(observed: Observed) -> None:
    assert observed.names_after == ["Somebody else's"]
    assert observed.accounts_after == 0
    assert observed.result.left_behind == ()


def test_every_resource_carries_the_mark_of_the_run(observed: Observed) -> None:
    made = [r for r in observed.requests if r.method == "POST" and r.status == 201]
    campaigns = [r.body["name"] for r in made if r.path.endswith("/campaigns")]
    accounts = [r.body["email_address"] for r in made if r.path.endswith("/smtp")]
    assert len(campaigns) > 10
    assert len(accounts) > 5
    assert all(is_named(observed.result.marker, name) for name in campaigns)
    assert all(
        f"{observed.result.marker[1:-1]}.contract-check.example.com" in address for address in accounts
    )


def test_nothing_is_launched_without_leave(observed: Observed) -> None:
    schema = load_spec().operations["updateCampaign"].body
    updates = [request.body for request in observed.requests if request.method == "PUT"]
    assert updates
    assert not any(launches(schema, body) for body in updates)
    assert not any(re.search("/campaigns/[^/]+/activate", request.path) for request in observed.requests)
    needing = [v for v in observed.result.verdicts if "--allow-launch" in v.reason]
    assert needing
    assert {v.outcome for v in needing} == {Outcome.UNCHECKED}


def test_only_documented_methods_are_sent(observed: Observed) -> None:
    operations = load_spec().operations.values()
    routes = [(o.method, re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(o.path)) + "/?") for o in operations]
    for request in observed.requests:
        documented = any(request.method == m and re.fullmatch(p, request.path) for m, p in routes)
        assert documented or request.method == "GET"


def test_wrong_keys_are_not_sent_when_switched_off(observed: Observed) -> None:
    assert {request.key for request in observed.requests} == {KEY, SECOND_KEY, ""}


def test_an_inbox_that_exists_is_refused_with_409_on_every_server() -> None:
    with recording() as server:
        server.rewrite("POST", "/sender-accounts/smtp", lambda s, body: (400 if s == 409 else s, body))
        options = Options(requests_per_minute=None, rules=("sender-accounts.create.duplicate",))
        [verdict] = check_contract(Target(server.base_url, KEY), options).verdicts
    assert verdict.outcome is Outcome.BROKEN
    assert "409" in verdict.reason
