"""Sender accounts: the mailboxes that campaigns send from."""

from typing import Any

from ..errors import ApiError
from ..model.direct_mails import record_mail
from ..model.quotas import describe_day, describe_quota, describe_usage
from ..model.sender_accounts import (
    add_native_account,
    add_smtp_account,
    describe_account,
    is_reachable,
    remove_account,
    try_connections,
)
from ..state.records import DirectMail, SenderAccount
from .call import Call
from .paging import paginate, select_kept, sort_records

__all__ = [
    "create_native_sender_account",
    "create_sender_account",
    "create_smtp_sender_account",
    "delete_sender_account",
    "get_daily_usage",
    "get_quotas",
    "get_sender_account",
    "list_sender_accounts",
    "send_test_email",
]


def create_smtp_sender_account(call: Call) -> dict[str, Any]:
    """Store an ACTIVE account, its passwords apart, if both connections would work."""
    workspace = call.workspace
    account = add_smtp_account(workspace, try_connections(call.body), workspace.now())
    return describe_account(workspace, account)


create_sender_account = create_smtp_sender_account


def create_native_sender_account(call: Call) -> dict[str, Any]:
    """Store an ACTIVE account on a domain."""
    workspace = call.workspace
    account = add_native_account(workspace, call.body["domain_id"], call.body, workspace.now())
    return describe_account(workspace, account)


def list_sender_accounts(call: Call) -> dict[str, Any]:
    """Return a page of the workspace's accounts."""
    workspace, query = call.workspace, call.query
    kept = select_kept(query, "status", "inbox_type")
    found = sort_records(
        workspace.sender_accounts, query, kept, lambda account: _matches(account, kept), getattr
    )
    if "search" in query:
        found = [account for account in found if _matches(account, query)]
    page, pagination = paginate(found, query)
    accounts = [describe_account(workspace, account) for account in page]
    return {"sender_accounts": accounts, "pagination": pagination}


def get_sender_account(call: Call) -> dict[str, Any]:
    """Return one account."""
    workspace = call.workspace
    return describe_account(workspace, workspace.sender_accounts.get(call.path["inbox_id"]))


def delete_sender_account(call: Call) -> dict[str, Any]:
    """Remove an account that no ACTIVE or PAUSED campaign sends from, also from drafts."""
    account = remove_account(call.workspace, call.path["inbox_id"])
    return {**describe_account(call.workspace, account), "deleted": True}


def send_test_email(call: Call) -> dict[str, Any]:
    """Record a mail that counts for the day's usage; nothing is sent."""
    workspace = call.workspace
    account = workspace.sender_accounts.get(call.path["inbox_id"])
    if account.overall_status != "ACTIVE":
        raise ApiError("sender_account_not_active")
    if not is_reachable(account.settings.get("smtp_host")):
        raise ApiError("smtp_connection_failed")
    mail = DirectMail(
        mail_id=workspace.draw_id(),
        inbox_id=account.inbox_id,
        recipient_email=call.body["recipient_email"],
        at=workspace.now(),
    )
    record_mail(workspace, mail)
    return {
        "inbox_id": account.inbox_id,
        "inbox_email": account.email_address,
        "recipient_email": mail.recipient_email,
        "sent_at": mail.at,
        "message_id": mail.mail_id,
    }


def get_quotas(call: Call) -> dict[str, Any]:
    """Return how many mails each account of a campaign may still send for it today."""
    workspace = call.workspace
    campaign = workspace.campaigns.get(call.query["campaign_id"])
    accounts = [workspace.sender_accounts.get(inbox_id) for inbox_id in campaign.inbox_ids]
    return {
        "campaign_id": campaign.campaign_id,
        **describe_day(workspace.now()),
        "inboxes": [describe_quota(workspace, campaign, account) for account in accounts],
    }


def get_daily_usage(call: Call) -> dict[str, Any]:
    """Return how many mails every account of the workspace has sent today."""
    workspace = call.workspace
    usage = [describe_usage(workspace, account) for account in workspace.sender_accounts]
    return {**describe_day(workspace.now()), "inboxes": usage}


def _matches(account: SenderAccount, query: dict[str, Any]) -> bool:
    return (
        query.get("status", account.overall_status) == account.overall_status
        and query.get("inbox_type", account.inbox_type) == account.inbox_type
        and query.get("search", "").casefold() in account.email_address.casefold()
    )
