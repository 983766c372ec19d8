"""How to meet the errors of sender accounts and domains."""

from mockserver.openapi.spec import Operation

from .api import SPEC, UNKNOWN_ID, Api
from .error_causes import Cause, Request, name_unknown, send_bad_id, send_body, send_fields

# The operation that starts a job, by the one that tells of its progress.
JOB_STARTS = {
    "getBulkSmtpProgress": "bulkCreateSmtpSenderAccounts",
    "getBulkNativeProgress": "bulkCreateNativeSenderAccounts",
    "getBulkDeleteProgress": "bulkDeleteSenderAccounts",
}


def start_job(api: Api, progress: str, domain_id: str) -> str:
    """Start a job of the kind that an operation tells of, as in the example; returns its id."""
    operation = SPEC.operations[JOB_STARTS[progress]]
    example = next(iter(operation.body_examples.values()))
    return str(api.ok(operation.operation_id, {**example, "domain_id": domain_id})["job_id"])


def prepare_accounts(api: Api, operation: Operation) -> dict[str, str]:
    """Make what operations on domains and jobs need; returns the ids."""
    ids = {"domain_id": api.domain(active=operation.operation_id != "activateDomain")}
    if "Redirect" in operation.operation_id:
        api.ok("setDomainRedirect", {"target_domain": "yourcompany.com"}, **ids)
    if operation.operation_id in JOB_STARTS:
        ids["job_id"] = start_job(api, operation.operation_id, ids["domain_id"])
    return ids


def fail_smtp(request: Request) -> None:
    """Let the server of the inbox, or of the one to be connected, take no connection."""
    account = request.api.workspace.sender_accounts.get(request.ids["inbox_id"])
    request.change_inbox(settings={**account.settings, "smtp_host": "gone.INVALID"})
    if "smtp_password" in request.body:
        request.body_with(smtp_password="wrong-password")


def fill_domain(request: Request) -> None:
    request.change_domain(max_inboxes=0)


def close_domain(request: Request) -> None:
    request.change_domain(status="SERVICES_CONFIGURING")


def settle_domain(request: Request) -> None:
    inbox = {"domain_id": request.ids["domain_id"], "email_prefix": "sales", "display_name": "Sales"}
    request.api.ok("createNativeSenderAccount", inbox)


ACCOUNT_CAUSES: dict[str, Cause] = {
    "body_domain_id_invalid": send_fields(domain_id="none"),
    "email_prefix_invalid": send_fields(email_prefix="sales team"),
    "display_name_missing": lambda request: request.without("display_name"),
    "inboxes_empty": send_fields(inboxes=[]),
    "inboxes_too_many": send_fields(inboxes=[{}] * 101),
    "inbox_of_list_invalid": lambda request: request.body_with(
        inboxes=[{**request.body["inboxes"][0], "email_address": "sam at home"}]
    ),
    "inbox_ids_empty": send_fields(inbox_ids=[]),
    "inbox_ids_too_many": send_fields(inbox_ids=[UNKNOWN_ID] * 101),
    "inbox_ids_not_uuid": send_fields(inbox_ids=["none"]),
    "confirm_deletion_missing": lambda request: request.without("confirm_deletion"),
    "deletion_not_confirmed": send_fields(confirm_deletion=False),
    "job_not_found": name_unknown("job_id"),
    "sender_account_not_active": lambda request: request.change_inbox(overall_status="PAUSED"),
    "recipient_email_missing": send_body({}),
    "recipient_email_too_short": send_fields(recipient_email="a@b"),
    "recipient_email_invalid": send_fields(recipient_email="ada at home"),
    "query_campaign_id_missing": lambda request: request.query.clear(),
    "query_campaign_id_invalid": lambda request: request.query.update(campaign_id="none"),
    "domain_missing": send_body({}),
    "domain_name_invalid": send_fields(domain="https://yourcompany.com"),
    "domain_id_invalid": send_bad_id("domain_id"),
    "domain_exists": send_fields(domain="MAIL.yourcompany.com"),
    "domain_not_found": name_unknown("domain_id"),
    "domain_not_active": close_domain,
    "domain_full": fill_domain,
    "domain_has_inboxes": settle_domain,
    "domain_not_pending": lambda request: request.change_domain(status="ACTIVE"),
    "redirect_needs_active_domain": close_domain,
    "redirect_not_found": lambda request: request.api.ok("deleteDomainRedirect", **request.ids),
    "target_domain_missing": send_body({}),
    "target_domain_invalid": send_fields(target_domain="https://yourcompany.com"),
    "redirect_code_too_small": send_fields(status_code=300),
    "redirect_code_too_large": send_fields(status_code=309),
}
"""Name of an error → how to make a request meet it."""
