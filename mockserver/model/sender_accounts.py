"""Sender accounts: how one is connected, described and removed, alone or in bulk."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from ..errors import ApiError
from ..openapi.extensions import Extensions
from ..openapi.spec import load_spec
from ..state.records import ArchivedSenderAccount, Domain, SenderAccount
from ..state.workspace import Workspace
from .account_uses import AccountUses
from .quotas import count_sent_on, count_sent_this_month

# What stands for a connection that fails; described in openapi.yaml.
_FAILING_HOST = ".invalid"
FAILING_PASSWORD = "wrong-password"
_PROTOCOLS = ("smtp", "imap")
_NATIVE = "COLDSEND"
_NO_SERVERS = dict.fromkeys(
    ("smtp_host", "smtp_port", "smtp_username", "smtp_use_tls",
     "imap_host", "imap_port", "imap_username", "imap_use_ssl")
)  # fmt: skip


def is_reachable(host: str | None) -> bool:
    """Return whether a host takes connections; a native account has none of its own and always can."""
    return host is None or not host.casefold().endswith(_FAILING_HOST)


def try_connections(request: dict[str, Any]) -> dict[str, Any]:
    """Return an SMTP account's request with `smtp_valid` and `imap_valid` in place of its passwords."""
    tried = dict(request)
    for protocol in _PROTOCOLS:
        password = tried.pop(f"{protocol}_password")
        tried[f"{protocol}_valid"] = is_reachable(tried[f"{protocol}_host"]) and password != FAILING_PASSWORD
    return tried


def add_smtp_account(workspace: Workspace, tried: dict[str, Any], at: datetime) -> SenderAccount:
    """Store an ACTIVE account whose connections were tried.

    Raises ApiError `email_exists`, `daily_limit_above_provider`, `smtp_connection_failed` or
    `imap_connection_failed`.
    """
    settings = dict(tried)
    email_address, inbox_type = settings.pop("email_address"), settings.pop("inbox_type")
    valid = {protocol: settings.pop(f"{protocol}_valid") for protocol in _PROTOCOLS}
    check_address_free(workspace, email_address)
    schema = load_spec().find_schema("SmtpSenderAccountCreate.daily_limit")
    limits = Extensions(schema).maximum_by_inbox_type
    if settings["daily_limit"] > limits[inbox_type]:
        raise ApiError("daily_limit_above_provider", inbox_type=inbox_type, limit=limits[inbox_type])
    for protocol in _PROTOCOLS:
        if not valid[protocol]:
            raise ApiError(f"{protocol}_connection_failed")
    return workspace.sender_accounts.put(
        SenderAccount(workspace.draw_id(), email_address, at, inbox_type, settings)
    )


def find_open_domain(workspace: Workspace, domain_id: str) -> Domain:
    """Return a domain that takes one more sender account.

    Raises ApiError `domain_not_found`, `domain_not_active` or `domain_full`.
    """
    domain = workspace.domains.get(domain_id)
    if domain.status != "ACTIVE":
        raise ApiError("domain_not_active")
    if workspace.sender_accounts.count("domain", domain_id) >= domain.max_inboxes:
        raise ApiError("domain_full")
    return domain


def add_native_account(
    workspace: Workspace, domain_id: str, request: dict[str, Any], at: datetime
) -> SenderAccount:
    """Store an ACTIVE account on a domain of the workspace.

    Raises ApiError `email_exists`, or as `find_open_domain`.
    """
    domain = find_open_domain(workspace, domain_id)
    email_address = native_address(domain, request["email_prefix"])
    check_address_free(workspace, email_address)
    settings = {
        **_NO_SERVERS,
        "display_name": request["display_name"],
        "daily_limit": load_spec().find_schema("NativeSenderAccountCreated.daily_limit")["default"],
    }
    return workspace.sender_accounts.put(
        SenderAccount(workspace.draw_id(), email_address, at, _NATIVE, settings, domain_id=domain_id)
    )


def native_address(domain: Domain, email_prefix: str) -> str:
    """Return the address of a native account."""
    return f"{email_prefix}@{domain.domain_name}"


def remove_account(workspace: Workspace, inbox_id: str) -> SenderAccount:
    """Remove an account, also from drafts and finished campaigns; returns it.

    Raises ApiError `sender_account_not_found`, or `sender_account_in_use` when an ACTIVE or PAUSED
    campaign sends from it. What it sent stays recorded; its threads are archived.
    """
    account = workspace.sender_accounts.get(inbox_id)
    users = workspace.derive(AccountUses).list_users(inbox_id)
    if any(campaign.status in ("ACTIVE", "PAUSED") for campaign in users):
        raise ApiError("sender_account_in_use")
    for campaign in users:
        others = tuple(other for other in campaign.inbox_ids if other != inbox_id)
        workspace.campaigns.put(replace(campaign, inbox_ids=others))
    workspace.sender_accounts.remove(inbox_id)
    domain = workspace.domains.find(account.domain_id)
    name = domain.domain_name if domain else None
    workspace.archived_sender_accounts.put(
        ArchivedSenderAccount(inbox_id, account.email_address, workspace.now(), name)
    )
    return account


def find_address(workspace: Workspace, inbox_id: str | None) -> str:
    """Return the address of a sender account, also of a removed one; empty for an unknown id."""
    account = workspace.sender_accounts.find(inbox_id) or workspace.archived_sender_accounts.find(inbox_id)
    return account.email_address if account else ""


def describe_account(workspace: Workspace, account: SenderAccount) -> dict[str, Any]:
    """Return all that is known of an account."""
    domain = workspace.domains.find(account.domain_id)
    return {
        **account.settings,
        **{field.name: getattr(account, field.name) for field in fields(SenderAccount)},
        "domain_name": domain.domain_name if domain else None,
        "sent_today": count_sent_on(workspace, account.inbox_id, workspace.now().date()),
        "sent_this_month": count_sent_this_month(workspace, account.inbox_id),
    }


def check_address_free(workspace: Workspace, email_address: str) -> None:
    """Raise ApiError `email_exists` if a sender account has the address, in any letter case."""
    if workspace.sender_accounts.count("address", email_address.casefold()):
        raise ApiError("email_exists")
