"""What makes a request meet each documented error."""

from dataclasses import replace
from typing import Any

from mockserver.model.contacts import suppress
from mockserver.openapi.extensions import Extensions

from .api import SPEC, UNKNOWN_ID, follow_up, variant
from .contacts import dynamic_list
from .failing_requests import (
    Cause,
    Request,
    name_unknown,
    repeat,
    send_body,
    send_bytes,
    send_fields,
    send_headers,
    send_query,
    with_facts,
)
from .mails import MOST_BYTES, MOST_FILES, attachment
from .subsequences import subsequence_step

MAX_BODY = 100_000
"""Most bytes of a body that the server takes."""

_OTHER_SCOPE = {"sender_accounts": "campaigns:read"}
_FILE = Extensions(SPEC.schemas["LeadUpload"]["properties"]["file"])


def fail_smtp(request: Request) -> None:
    """Let the server of the sender account, or of the one to be connected, take no connection."""
    account = request.api.workspace.sender_accounts.get(request.ids["inbox_id"])
    request.change_account(settings={**account.settings, "smtp_host": "gone.INVALID"})
    if "smtp_password" in request.body:
        request.body_with(smtp_password="wrong-password")


def fill_domain(request: Request) -> None:
    request.change_domain(max_inboxes=0)


def close_domain(request: Request) -> None:
    request.change_domain(status="SERVICES_CONFIGURING")


def settle_domain(request: Request) -> None:
    sender = {"domain_id": request.ids["domain_id"], "email_prefix": "sales", "display_name": "Sales"}
    request.api.ok("createNativeSenderAccount", sender)


def name_unknown_list(request: Request) -> None:
    """Ask for a list that is not there, also where the request need not name one."""
    name_unknown("list_id")(request)
    if request.operation.operation_id == "listContacts":
        request.query["list_id"] = UNKNOWN_ID
    if request.operation.operation_id == "importContacts":
        request.body_with(list_id=UNKNOWN_ID)


def take_name(request: Request) -> None:
    request.api.contact_list("Taken")
    request.body_with(name="Taken")


def find_static(request: Request) -> None:
    request.ids["list_id"] = request.api.contact_list("Members")


def find_dynamic(request: Request) -> None:
    request.body_with(list_id=dynamic_list(request.api, "By filter"))


def block(request: Request) -> None:
    suppress(request.api.workspace, request.body["email"])


def suppress_contact(request: Request) -> None:
    suppress(request.api.workspace, "ada@example.com")


def spend_all(request: Request) -> None:
    workspace = request.api.workspace
    workspace.options = replace(workspace.options, credits=0)


def remove_account(request: Request) -> None:
    request.api.ok("deleteSenderAccount", inbox_id=request.ids["inbox_id"])


def remove_subsequence(request: Request) -> None:
    ids = {name: request.ids[name] for name in ("campaign_id", "subsequence_id")}
    request.api.ok("deleteSubsequence", **ids)


def aim_at_second(request: Request) -> None:
    flow = request.api.ok("getFlow", campaign_id=request.ids["campaign_id"])
    request.body_with(target_subsequence_node_id=flow["nodes"][-1]["id"])


def exhaust(request: Request) -> None:
    api = request.api
    api.workspace.clock.freeze()
    while not api.app.pipeline.limiter.take(api.workspace, api.key).exceeded:
        pass


def lack_scope(request: Request) -> None:
    resource = request.operation.scopes[0].partition(":")[0]
    scope = _OTHER_SCOPE.get(resource, "sender_accounts:read")
    request.headers = {SPEC.key_header: f"cs_live_limited_{scope}"}
    required = list(request.operation.scopes)
    request.facts = {"missing": ", ".join(required), "required": required, "granted": [scope]}


def fail(_call: Any) -> Any:
    raise RuntimeError("the handler has a bug")


def answer_wrongly(request: Request) -> None:
    schema = request.operation.answer
    if schema["type"] == "string":
        request.handler = lambda _call: 5
        reason = '5 is not of type "string"'
        request.facts = {"operation": request.operation.operation_id, "field": "its root", "reason": reason}
        return
    variable = [name for name in schema["required"] if "const" not in schema["properties"][name]]
    request.handler = lambda _call: {} if variable else {"success": False}
    reason = f'"{variable[0]}" is a required property' if variable else "true was expected"
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


def use_account(request: Request) -> None:
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


CAUSES: dict[str, Cause] = {
    "missing_key": send_headers({}, **{SPEC.key_header: ""}),
    "invalid_key": send_headers({}, **{SPEC.key_header: "cs_live_revoked"}),
    "missing_scope": lack_scope,
    "rate_limited": exhaust,
    "server_error": crash,
    "answer_invalid": answer_wrongly,
    "route_not_found": wrong_path,
    "method_not_allowed": wrong_method,
    "host_refused": send_headers(
        {"host": "rebound.example.com", "host_name": "rebound.example.com"}, Host="rebound.example.com"
    ),
    "origin_refused": send_headers({"origin": "https://evil.example.com"}, Origin="https://evil.example.com"),
    "body_too_large": with_facts(send_bytes(b"{" + b" " * MAX_BODY + b"}"), limit=MAX_BODY),
    "body_not_json": send_bytes(b"{name}"),
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
    "lead_exists": repeat,
    "no_lead_ids": send_body([]),
    "sender_account_in_use": use_account,
    "email_exists": repeat,
    "smtp_connection_failed": fail_smtp,
    "imap_connection_failed": send_fields(imap_host="imap.example.invalid"),
    "daily_limit_above_provider": with_facts(
        send_fields(inbox_type="GOOGLE_WORKSPACE", daily_limit=2001),
        inbox_type="GOOGLE_WORKSPACE",
        limit=2000,
    ),
    "email_prefix_invalid": send_fields(email_prefix="sales team"),
    "deletion_not_confirmed": send_fields(confirm_deletion=False),
    "job_not_found": name_unknown("job_id"),
    "sender_account_not_active": lambda request: request.change_account(overall_status="PAUSED"),
    "domain_exists": send_fields(domain="MAIL.yourcompany.com"),
    "domain_not_found": name_unknown("domain_id"),
    "domain_not_active": close_domain,
    "domain_full": fill_domain,
    "domain_has_inboxes": settle_domain,
    "domain_not_pending": lambda request: request.change_domain(status="ACTIVE"),
    "redirect_needs_active_domain": close_domain,
    "redirect_not_found": lambda request: request.api.ok("deleteDomainRedirect", **request.ids),
    "lead_suppressed": block,
    "file_is_text": send_fields(file=["email"]),
    "mapping_is_file": send_fields(mapping=(b"{}", "mapping.json")),
    "file_not_csv": send_fields(file=(b"email\n", "leads.xlsx")),
    "file_too_large": with_facts(
        send_fields(file=(b"email\n".ljust((_FILE.max_bytes or 0) + 1), "a.csv")), limit=50
    ),
    "mapping_invalid": send_fields(mapping="{"),
    "file_not_utf8": send_fields(file=("email,name\nada@x.io,Åsa\n".encode("latin-1"), "a.csv")),
    "email_column_missing": send_fields(file="name\nAda\n", mapping="{}"),
    "too_many_rows": with_facts(
        send_fields(file="Email\n" + "ada@x.io\n" * (_FILE.max_rows + 1)), limit="10,000"
    ),
    "upload_job_not_found": name_unknown("job_id"),
    "contact_not_found": name_unknown("contact_id"),
    "tag_not_found": name_unknown("tag_id"),
    "contact_list_not_found": name_unknown_list,
    "contact_list_exists": take_name,
    "contact_list_dynamic": find_dynamic,
    "contact_list_static": find_static,
    "filter_of_static": send_fields(list_type="STATIC"),
    "members_of_dynamic": send_fields(contact_ids=[]),
    "list_type_fixed": send_fields(list_type="STATIC"),
    "inbox_unusable": lambda request: request.change_account(overall_status="PAUSED"),
    "inbox_unknown": send_fields(inbox_id=UNKNOWN_ID),
    "contact_suppressed": with_facts(suppress_contact, reason="BLOCKLISTED"),
    "credits_insufficient": with_facts(spend_all, required=1, available=0),
    "attachments_too_many": with_facts(
        send_fields(attachments=[attachment()] * (MOST_FILES + 1)), limit=MOST_FILES
    ),
    "attachments_too_large": with_facts(send_fields(attachments=[attachment(MOST_BYTES + 1)]), limit=10),
    "attachment_not_base64": send_fields(attachments=[attachment(content_base64="one euro")]),
    "mail_body_missing": lambda request: request.without("body_text", "body_html"),
    "subject_blank": send_fields(subject=" \n"),
    "thread_not_found": name_unknown("thread_id"),
    "thread_archived": remove_account,
    "reply_body_missing": lambda request: request.without("body", "html_body"),
    "subsequence_not_found": name_unknown("subsequence_id"),
    "trigger_type_invalid": with_facts(send_fields(trigger_type="NOT_OPENED"), trigger_type="NOT_OPENED"),
    "trigger_params_invalid": with_facts(send_fields(trigger_params={"phrases": []}), trigger_type="KEYWORD"),
    "weight_sum": send_fields(steps=[subsequence_step(weight=99)]),
    "entry_node_not_main": send_fields(entry_from_node_id=UNKNOWN_ID),
    "subsequences_not_enabled": remove_subsequence,
    "target_not_subsequence": send_fields(target_subsequence_node_id=UNKNOWN_ID),
    "target_not_entry": aim_at_second,
    "date_order": send_query(from_date="2024-02-01", to_date="2024-01-31"),
    "dates_too_far_apart": with_facts(send_query(from_date="1899-12-31", to_date="2000-01-01"), limit=36525),
}
"""Name of an error → how to make a request meet it, where the error alone does not show it."""
