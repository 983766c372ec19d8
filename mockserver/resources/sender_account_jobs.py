"""Sender accounts in bulk: connected, made and deleted in the background."""

from datetime import datetime
from typing import Any

from ..errors import ApiError
from ..model.sender_accounts import (
    add_native_account,
    add_smtp_account,
    find_open_domain,
    native_address,
    remove_account,
    try_connections,
)
from ..openapi.spec import load_spec
from ..state.jobs import describe_job, find_job, start_job
from ..state.records import DELETED_ACCOUNTS, NATIVE_ACCOUNTS, SMTP_ACCOUNTS, Job
from ..state.workspace import Workers, Workspace
from .call import Call

__all__ = [
    "bulk_create_native_sender_accounts",
    "bulk_create_smtp_sender_accounts",
    "bulk_delete_sender_accounts",
    "get_bulk_delete_progress",
    "get_bulk_native_progress",
    "get_bulk_smtp_progress",
]


def bulk_create_smtp_sender_accounts(call: Call) -> dict[str, Any]:
    """Start to connect accounts; their passwords are tried at once and not kept."""
    rows = [try_connections(item) for item in call.body["inboxes"]]
    return _describe_start(start_job(call.workspace, SMTP_ACCOUNTS, rows))


def get_bulk_smtp_progress(call: Call) -> dict[str, Any]:
    """Return how far the connecting has come."""
    progress = _describe_progress(call, SMTP_ACCOUNTS)
    return {"job": {**progress, "total_rows": progress["total"]}}


def bulk_create_native_sender_accounts(call: Call) -> dict[str, Any]:
    """Start to make accounts on a domain; those it has no room for fail by themselves."""
    domain = find_open_domain(call.workspace, call.body["domain_id"])
    rows = [
        {**item, "email_address": native_address(domain, item["email_prefix"])}
        for item in call.body["inboxes"]
    ]
    return _describe_start(
        start_job(call.workspace, NATIVE_ACCOUNTS, rows, facts={"domain_id": domain.domain_id})
    )


def get_bulk_native_progress(call: Call) -> dict[str, Any]:
    """Return how far the making has come."""
    return _describe_progress(call, NATIVE_ACCOUNTS)


def bulk_delete_sender_accounts(call: Call) -> dict[str, Any]:
    """Start to delete accounts."""
    if not call.body["confirm_deletion"]:
        raise ApiError("deletion_not_confirmed")
    rows = [{"inbox_id": inbox_id} for inbox_id in call.body["inbox_ids"]]
    return {
        **_describe_start(start_job(call.workspace, DELETED_ACCOUNTS, rows)),
        "deleted_count": 0,
        "skipped_count": 0,
    }


def get_bulk_delete_progress(call: Call) -> dict[str, Any]:
    """Return how far the deleting has come; accounts still to be deleted are PENDING."""
    workspace = call.workspace
    job = find_job(workspace, DELETED_ACCOUNTS, call.path["job_id"])
    statuses = [result["status"] for result in job.results]
    accounts = [(row["inbox_id"], workspace.sender_accounts.find(row["inbox_id"])) for row in job.rows]
    pending = [
        _describe_deletion(inbox_id, account.email_address if account else None, "PENDING")
        for inbox_id, account in accounts
    ]
    return {
        **describe_job(job, workspace.now()),
        "deleted_count": statuses.count("DELETED"),
        "skipped_count": statuses.count("SKIPPED"),
        "results": [*job.results, *pending],
    }


def _describe_start(job: Job) -> dict[str, Any]:
    return {
        "job_id": job.job_id,
        "total": len(job.rows),
        "success_count": 0,
        "failed_count": 0,
        "results": [],
    }


def _describe_progress(call: Call, kind: str) -> dict[str, Any]:
    return describe_job(find_job(call.workspace, kind, call.path["job_id"]), call.workspace.now())


def _connect(workspace: Workspace, _job: Job, row: dict[str, Any], at: datetime) -> dict[str, Any]:
    tested = {name: row[name] for name in ("email_address", "smtp_valid", "imap_valid")}
    try:
        account = add_smtp_account(workspace, row, at)
    except ApiError as error:
        return {**tested, "status": "FAILED", "inbox_id": None, "error": _word(error)}
    return {**tested, "status": "SUCCESS", "inbox_id": account.inbox_id, "error": None}


def _make(workspace: Workspace, job: Job, row: dict[str, Any], at: datetime) -> dict[str, Any]:
    named = {name: row[name] for name in ("email_prefix", "email_address")}
    try:
        account = add_native_account(workspace, job.facts["domain_id"], row, at)
    except ApiError as error:
        return {**named, "status": "FAILED", "inbox_id": None, "error": _word(error)}
    return {**named, "status": "SUCCESS", "inbox_id": account.inbox_id, "error": None}


def _delete(workspace: Workspace, _job: Job, row: dict[str, Any], _at: datetime) -> dict[str, Any]:
    inbox_id = row["inbox_id"]
    account = workspace.sender_accounts.find(inbox_id)
    email_address = account.email_address if account else None
    try:
        remove_account(workspace, inbox_id)
    except ApiError as error:  # what is not there or in use is skipped, and no failure
        return _describe_deletion(inbox_id, email_address, "SKIPPED", _word(error))
    return _describe_deletion(inbox_id, email_address, "DELETED")


def _describe_deletion(
    inbox_id: str, email_address: str | None, status: str, error: str | None = None
) -> dict[str, Any]:
    return {"inbox_id": inbox_id, "email_address": email_address, "status": status, "error": error}


def _word(error: ApiError) -> str:
    return str(load_spec().find_error(error.name).render(error.facts)["detail"])


WORKERS: Workers = {SMTP_ACCOUNTS: _connect, NATIVE_ACCOUNTS: _make, DELETED_ACCOUNTS: _delete}
