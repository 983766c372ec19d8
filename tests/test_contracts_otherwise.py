"""A server that decides otherwise where no source decides: no rule of the suite breaks on it."""

import json
import re

import pytest

from contracts import Options, Outcome, Target, check_contract

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


def test_what_no_source_decides_breaks_no_rule() -> None:
    with recording() as server:
        server.answers.append(lambda request: decide_otherwise(server, request))
        options = Options(
            requests_per_minute=None, max_requests=None, random_seed="otherwise", rules=rules("*")
        )
        result = check_contract(Target(server.base_url, KEY, SECOND_KEY), options)
    assert [(v.rule, v.reason) for v in result.having(Outcome.BROKEN)] == []
    assert result.checked > 1000


def test_an_inbox_that_exists_is_refused_with_409_on_every_server() -> None:
    with recording() as server:
        server.rewrite("POST", "/sender-accounts/smtp", lambda s, body: (400 if s == 409 else s, body))
        options = Options(requests_per_minute=None, rules=("sender-accounts.create.duplicate",))
        [verdict] = check_contract(Target(server.base_url, KEY), options).verdicts
    assert verdict.outcome is Outcome.BROKEN
    assert "409" in verdict.reason
