"""Every documented error can be met, reads as documented, and leaves the workspace as it was."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import Settings, create_app
from mockserver.openapi.spec import DocumentedError, Operation

from .kit.accounts import ACCOUNT_CAUSES, fail_smtp
from .kit.api import SPEC, UNKNOWN_ID, Api, follow_up, variant
from .kit.contacts import CONTACT_CAUSES
from .kit.error_causes import (
    Cause,
    Request,
    name_unknown,
    repeat,
    send_bad_id,
    send_body,
    send_bytes,
    send_fields,
    send_headers,
    send_query,
    with_facts,
)
from .kit.mails import MAIL_CAUSES
from .kit.prerequisites import prepare_ids
from .kit.subsequences import SUBSEQUENCE_CAUSES

LIMITED = {"sender_accounts": "campaigns:read"}
MAX_BODY = 100_000


# ---------------------------------------------------------------- how to meet each error


def exhaust(request: Request) -> None:
    api = request.api
    api.workspace.clock.freeze()
    while not api.app.pipeline.limiter.take(api.workspace, api.key).exceeded:
        pass


def lack_scope(request: Request) -> None:
    resource = request.operation.scopes[0].partition(":")[0]
    scope = LIMITED.get(resource, "sender_accounts:read")
    request.headers = {SPEC.key_header: f"cs_live_limited_{scope}"}
    required = list(request.operation.scopes)
    request.facts = {"missing": ", ".join(required), "required": required, "granted": [scope]}


def fail(_call: Any) -> Any:
    raise RuntimeError("the handler has a bug")


def answer_wrongly(request: Request) -> None:
    schema = request.operation.answer
    if schema["type"] == "string":
        request.handler = lambda _call: 5
        reason = "5 is not of type 'string'"
        request.facts = {"operation": request.operation.operation_id, "field": "its root", "reason": reason}
        return
    variable = [name for name in schema["required"] if "const" not in schema["properties"][name]]
    request.handler = lambda _call: {} if variable else {"success": False}
    reason = f"{variable[0]!r} is a required property" if variable else "True was expected"
    request.facts = {
        "operation": request.operation.operation_id,
        "field": "its root" if variable else "success",
        "reason": reason,
    }


def find_in(status: str, **body: Any) -> Cause:
    def provoke(request: Request) -> None:
        request.move_campaign(status)
        if body:
            request.body_is(body)
        request.facts = {"status": status}

    return provoke


def use_inbox(request: Request) -> None:
    request.move_campaign("ACTIVE")


def fill_variants(request: Request) -> None:
    variants = [variant(name, 25) for name in "ABCD"]
    request.api.update(request.ids["campaign_id"], variants=variants)
    find_in("PAUSED", variants=[variant("E", 0)])(request)
    request.facts = {"limit": 4}


def fill_sequences(request: Request) -> None:
    request.api.update(request.ids["campaign_id"], sequences=[follow_up(step) for step in range(2, 12)])
    first = request.api.read(request.ids["campaign_id"])["sequences"][0]["sequence_id"]
    edits = [{"action": "edit", "sequence_id": first, "wait_days": 1}, {"action": "add", **follow_up(2)}]
    find_in("PAUSED", sequence_edits=edits)(request)


def take_step(request: Request) -> None:
    fill_sequences(request)
    request.facts = {"step_number": 2}


def overfill_sequences(request: Request) -> None:
    fill_sequences(request)
    campaigns = request.api.workspace.campaigns
    campaign = campaigns.get(request.ids["campaign_id"])
    moved = ({**campaign.sequences[0], "step_number": 1}, *campaign.sequences[1:])
    campaigns.put(replace(campaign, sequences=moved))
    request.body_is({"sequence_edits": [{"action": "add", **follow_up(2)}]})
    request.facts = {"limit": 10}


def be_unready(request: Request) -> None:
    request.ids["campaign_id"] = request.api.campaign()
    request.body_is({"name": "Another Name", "variants": [variant()], "launch": True})
    request.facts = {"missing": "leads, inboxes"}


def wrong_method(request: Request) -> None:
    request.method = "PATCH"


def wrong_path(request: Request) -> None:
    request.path = f"{SPEC.base_path}/nothing"


def crash(request: Request) -> None:
    request.handler = fail


PROVOKE: dict[str, Cause] = {
    **ACCOUNT_CAUSES,
    **SUBSEQUENCE_CAUSES,
    **CONTACT_CAUSES,
    **MAIL_CAUSES,
    "missing_key": send_headers({}, **{SPEC.key_header: ""}),
    "invalid_key": send_headers({}, **{SPEC.key_header: "cs_live_revoked"}),
    "missing_scope": lack_scope,
    "rate_limited": exhaust,
    "server_error": crash,
    "answer_invalid": answer_wrongly,
    "route_not_found": wrong_path,
    "method_not_allowed": wrong_method,
    "host_refused": send_headers({"host": "rebound.example.com"}, Host="rebound.example.com"),
    "origin_refused": send_headers({"origin": "https://evil.example.com"}, Origin="https://evil.example.com"),
    "body_too_large": with_facts(send_bytes(b"{" + b" " * MAX_BODY + b"}"), limit=MAX_BODY),
    "body_missing": send_body(None),
    "body_not_object": send_body([]),
    "body_not_list": send_body({}),
    "body_not_json": send_bytes(b"{name}"),
    "limit_too_large": send_query(limit="101"),
    "page_not_integer": send_query(page="one"),
    "status_unknown": send_query(status="HAPPY"),
    "name_missing": lambda request: request.without("name"),
    "name_too_short": send_fields(name="Q1"),
    "daily_limit_too_large": send_fields(daily_limit_per_inbox=101),
    "timezone_invalid": send_fields(timezone="America/Invalid"),
    "campaign_id_invalid": send_bad_id("campaign_id"),
    "lead_id_invalid": send_bad_id("lead_id"),
    "inbox_id_invalid": send_bad_id("inbox_id"),
    "window_order": send_fields(sending_window_start=17, sending_window_end=9),
    "window_end_minute": send_fields(sending_window_end=24, sending_window_end_minute=1),
    "campaign_not_found": name_unknown("campaign_id"),
    "lead_not_found": name_unknown("lead_id"),
    "sender_account_not_found": name_unknown("inbox_id"),
    "campaign_not_modifiable": find_in("COMPLETED"),
    "campaign_not_deletable": find_in("ACTIVE"),
    "campaign_not_active": find_in("PAUSED"),
    "campaign_not_paused": find_in("ACTIVE"),
    "campaign_not_archivable": find_in("DRAFT"),
    "campaign_archived": find_in("ARCHIVED"),
    "step_progression": with_facts(send_fields(current_step=3), expected=1, got=3),
    "inbox_not_found": with_facts(send_fields(inbox_ids=[UNKNOWN_ID]), inbox_id=UNKNOWN_ID),
    "variant_sum": send_fields(variants=[variant("A", 99)]),
    "variants_full": fill_variants,
    "sequences_and_edits": send_fields(
        sequences=[follow_up()], sequence_edits=[{"action": "add", **follow_up()}]
    ),
    "sequences_not_draft": find_in("PAUSED", name="Another Name", sequences=[follow_up()]),
    "sequence_edits_not_paused": send_fields(sequence_edits=[{"action": "add", **follow_up()}]),
    "sequence_step_taken": take_step,
    "sequences_full": overfill_sequences,
    "sequence_not_found": find_in("PAUSED", sequence_edits=[{"action": "delete", "sequence_id": UNKNOWN_ID}]),
    "launch_not_ready": be_unready,
    "email_missing": lambda request: request.without("email"),
    "email_invalid": send_fields(email="ada"),
    "lead_ids_not_uuid": send_body(["none"]),
    "lead_exists": repeat,
    "no_lead_ids": send_body([]),
    "email_address_invalid": send_fields(email_address="sam at home"),
    "inbox_type_invalid": send_fields(inbox_type="GMAIL"),
    "sender_account_in_use": use_inbox,
    "email_exists": repeat,
    "smtp_connection_failed": fail_smtp,
    "imap_connection_failed": send_fields(imap_host="imap.example.invalid"),
    "daily_limit_above_provider": with_facts(
        send_fields(inbox_type="GOOGLE_WORKSPACE", daily_limit=2001),
        inbox_type="GOOGLE_WORKSPACE",
        limit=2000,
    ),
}

# ---------------------------------------------------------------- the tests


@pytest.fixture
def api(tmp_path: Path, key: str) -> Api:
    """A user of a server that counts; other keys of the same workspace are revoked or may do little."""
    rows: list[dict[str, Any]] = [{"key": "cs_live_revoked", "workspace": key, "revoked": True}]
    for scope in ("campaigns:read", "sender_accounts:read"):
        rows.append({"key": f"cs_live_limited_{scope}", "workspace": key, "scopes": [scope]})
    path = tmp_path / "keys.yaml"
    path.write_text(yaml.safe_dump({"keys": rows}), "utf-8")
    return Api(create_app(Settings(keys_file=str(path), rate_limit=True, max_body=MAX_BODY)), key)


def documented() -> list[Any]:
    of_operations = [(o, error) for o in SPEC.operations.values() for error in o.errors.values()]
    first = SPEC.operations["createCampaign"]
    of_server = [(first, error) for name, error in SPEC.server_errors.items() if name not in first.errors]
    return [
        pytest.param(operation, error, id=f"{operation.operation_id}-{error.name}")
        for operation, error in (*of_operations, *of_server)
        if not error.alternative_of
    ]


def test_the_table_tells_how_to_meet_every_error_and_no_other() -> None:
    assert {param.values[1].name for param in documented()} == set(PROVOKE)


def prepare(api: Api, operation: Operation) -> Request:
    ids = prepare_ids(api, operation)
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
    operation: Operation, error: DocumentedError, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = prepare(api, operation)
    PROVOKE[error.name](request)
    before = api.remembered()
    answer = request.send(monkeypatch)
    assert (answer.status, answer.body) == (error.status, error.render(request.facts))
    assert list(answer.body) == list(error.value)
    assert api.remembered() == before
