"""Sender accounts: the inboxes that campaigns send from."""

from dataclasses import fields, replace
from typing import Any

from ..calls import Call
from ..errors import ApiError
from ..paging import paginate, sort_records
from ..records import SenderAccount

__all__ = [
    "create_smtp_sender_account",
    "delete_sender_account",
    "get_sender_account",
    "list_sender_accounts",
]

# What stands for a connection that fails; described in openapi.yaml.
_FAILING_HOST = ".invalid"
_FAILING_PASSWORD = "wrong-password"


def create_smtp_sender_account(call: Call) -> dict[str, Any]:
    """Store an ACTIVE account, its passwords apart, if both connections would work."""
    workspace = call.workspace
    settings = dict(call.body)
    email_address = settings.pop("email_address")
    passwords = {name: settings.pop(f"{name}_password") for name in ("smtp", "imap")}
    most = call.limit("daily_limit", "x-maximum-by-inbox-type")[settings["inbox_type"]]
    if workspace.sender_accounts.count("address", email_address.casefold()):
        raise ApiError("email_exists")
    if settings["daily_limit"] > most:
        raise ApiError("daily_limit_above_provider", inbox_type=settings["inbox_type"], limit=most)
    for name, password in passwords.items():
        host = settings[f"{name}_host"].casefold()
        if host.endswith(_FAILING_HOST) or password == _FAILING_PASSWORD:
            raise ApiError(f"{name}_connection_failed")
    account = workspace.sender_accounts.put(
        SenderAccount(workspace.draw_id(), email_address, created_at=workspace.now(), settings=settings)
    )
    return _describe(account)


def list_sender_accounts(call: Call) -> dict[str, Any]:
    """Return a page of the workspace's accounts."""
    query = call.query
    found = [
        account
        for account in call.workspace.sender_accounts
        if query.get("status", account.overall_status) == account.overall_status
        and query.get("inbox_type", account.settings["inbox_type"]) == account.settings["inbox_type"]
        and query.get("search", "").casefold() in account.email_address.casefold()
    ]
    ordered = sort_records(found, query, lambda account, name: _describe(account)[name])
    page, pagination = paginate(ordered, query)
    return {"sender_accounts": [_describe(account) for account in page], "pagination": pagination}


def get_sender_account(call: Call) -> dict[str, Any]:
    """Return one account."""
    return _describe(call.workspace.sender_accounts.get(call.path["inbox_id"]))


def delete_sender_account(call: Call) -> dict[str, Any]:
    """Remove an account that no ACTIVE or PAUSED campaign sends from, also from drafts."""
    workspace = call.workspace
    account = workspace.sender_accounts.get(call.path["inbox_id"])
    users = [campaign for campaign in workspace.campaigns if account.inbox_id in campaign.inbox_ids]
    if any(campaign.status in ("ACTIVE", "PAUSED") for campaign in users):
        raise ApiError("sender_account_in_use")
    for campaign in users:
        others = tuple(inbox_id for inbox_id in campaign.inbox_ids if inbox_id != account.inbox_id)
        workspace.campaigns.put(replace(campaign, inbox_ids=others))
    workspace.sender_accounts.remove(account.inbox_id)
    return {**_describe(account), "deleted": True}


def _describe(account: SenderAccount) -> dict[str, Any]:
    return {
        **account.settings,
        **{field.name: getattr(account, field.name) for field in fields(SenderAccount)},
        "domain_id": None,
        "domain_name": None,
        "sent_today": 0,
        "sent_this_month": 0,
    }
