"""Sender accounts, called inboxes in fields: connecting, finding and deleting them."""

from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import non_null

from ..api.api import LATER, Api
from ..registry import rule
from .fixtures.shared import (
    UNDOCUMENTED,
    active_campaign,
    ask,
    campaign_to_update,
    compare_if_present,
    compare_undocumented,
    get_campaign,
    list_accounts,
    require_recent,
)

_ADD = "docs:api-reference/sender-accounts/add-smtp-email-account"
_OVERVIEW = "docs:sender-accounts/overview"
_PROVIDERS = "docs:sender-accounts/providers"
_ERRORS = "docs:reference/errors"
_CLIENT = "client"
_PASSWORD = "not-to-be-shown-7f3a"


def _connect(api: Api) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Connect a sender account; return what was sent, what was answered and the sender account as read."""

    def make() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        sent = api.sender_account_body(
            email_address="Box." + api.email("sender"),
            display_name="  Sam «Sender» & co ",
            smtp_host="smtp.one.example.com",
            imap_host="imap.two.example.com",
            smtp_port=2525,
            imap_port=1143,
            smtp_username="smtp user",
            imap_username="imap user",
            smtp_password=f"{_PASSWORD}-smtp",
            imap_password=f"{_PASSWORD}-imap",
            daily_limit=73,
            smtp_use_tls=False,
            imap_use_ssl=False,
        )
        created = api.create_sender_account(**sent)
        return sent, created, api.read("getSenderAccount", inbox_id=created["inbox_id"])

    return api.once("a connected sender account", make, show=True)


@rule(
    "sender-accounts.create.answer",
    source=_ADD,
    sentence="SMTP inbox created successfully; email_address, display_name, inbox_type, daily_limit",
    operations=["createSmtpSenderAccount"],
)
def answer_new_account(api: Api) -> None:
    """A connected sender account has the sent values byte for byte, and is ACTIVE."""
    sent, created, _ = _connect(api)
    for field in ("display_name", "inbox_type", "daily_limit"):
        api.judge.compare(created[field], sent[field], field)
    api.judge.compare(created["email_address"].casefold(), sent["email_address"].casefold(), "email_address")
    api.judge.compare(created["overall_status"], "ACTIVE", "overall_status")
    api.judge.compare(created["message"], "SMTP inbox created successfully", "message")
    require_recent(api, created["created_at"], "created_at")


@rule(
    "sender-accounts.get.stored",
    source=_CLIENT,
    sentence="A sender account is read flat, with its SMTP and IMAP settings.",
    operations=["getSenderAccount"],
)
def read_account(api: Api) -> None:
    """A sender account is read with all sent values except the passwords."""
    sent, created, found = _connect(api)
    for field in sent.keys() & found.keys():
        api.judge.compare(found[field], sent[field], field)
    for field in created.keys() & found.keys() - {"message"}:
        api.judge.compare(found[field], created[field], field)


@rule(
    "sender-accounts.passwords",
    source=_OVERVIEW,
    sentence="Credentials are encrypted and never returned.",
    operations=["createSmtpSenderAccount", "getSenderAccount", "listSenderAccounts"],
)
def hide_passwords(api: Api) -> None:
    """No answer has a password, neither for a new sender account nor for a read."""
    sent, created, found = _connect(api)
    query = {"search": sent["email_address"]}
    listed = api.send("listSenderAccounts", query=query).succeeds()
    for what, each in (("create", created), ("get", found), ("list", listed)):
        api.judge.require(_PASSWORD not in repr(each), f"{what} has a password")


@rule(
    "sender-accounts.create.older_path",
    source="docs:api-reference/sender-accounts/add-sender-account",
    sentence="POST /sender-accounts: the same body and answer.",
    operations=["createSenderAccount", "createSmtpSenderAccount"],
)
def connect_as_before(api: Api) -> None:
    """The older and the newer path connect sender accounts alike, and share the check for known addresses."""
    sent, other, _ = _connect(api)
    body = {**sent, "email_address": api.email("older")}
    created = api.send("createSenderAccount", body=body).succeeds()
    api.judge.compare(sorted(created), sorted(other), "the fields of the answer", documented=False)
    for name in ("email_address", "display_name", "inbox_type", "daily_limit"):
        api.judge.compare(created[name], body[name], name)
    api.send("createSmtpSenderAccount", body=body).fails("email_exists")


@rule(
    "sender-accounts.create.duplicate",
    source=_ERRORS,
    sentence="409: Email Already Exists.",
    operations=["createSmtpSenderAccount"],
)
def refuse_duplicate(api: Api) -> None:
    """An address is connected only once in any letter case."""
    sent, _, _ = _connect(api)
    local, _, domain = sent["email_address"].partition("@")
    for address in (sent["email_address"], f"{local.swapcase()}@{domain}"):
        body = {**sent, "email_address": address}
        reply = api.send("createSmtpSenderAccount", body=body)
        expected = api.spec.find_error("email_exists").status  # documented, other than the words beside it
        api.judge.compare(reply.status, expected, f"the status for {address}, which is connected")
        reply.fails("email_exists")


@rule(
    "sender-accounts.create.provider_limit",
    source=_PROVIDERS,
    sentence="Maximum daily limit: Google 2,000, Outlook 5,000, SMTP 100,000.",
    operations=["createSmtpSenderAccount"],
)
def limit_by_provider(api: Api) -> None:
    """The daily limit must not exceed the limit of the provider."""
    schema = api.spec.operations["createSmtpSenderAccount"].body or {}
    daily_limit = non_null(schema["properties"]["daily_limit"])
    for kind, most in Extensions(daily_limit).maximum_by_inbox_type.items():
        if most >= daily_limit["maximum"]:
            continue
        body = api.sender_account_body(inbox_type=kind, daily_limit=most)
        reply = api.send("createSmtpSenderAccount", body=body)
        if not reply.is_success:
            api.create_sender_account(inbox_type=kind)  # unchecked where that is refused, too
        api.judge.compare(reply.succeeds()["daily_limit"], most, "daily_limit")
        body = api.sender_account_body(inbox_type=kind, daily_limit=most + 1)
        reply = api.send("createSmtpSenderAccount", body=body)
        reply.fails("daily_limit_above_provider", inbox_type=kind, limit=most)


@rule(
    "sender-accounts.create.connection",
    source=_ERRORS,
    sentence="400: Connection Failed.",
    operations=["createSmtpSenderAccount", "createSenderAccount", "listSenderAccounts"],
    needs=["mock"],
)
def refuse_failing_connection(api: Api) -> None:
    """An unreachable sender account is refused with the name of the protocol, and not stored."""
    address = api.email("unreachable")
    for operation_id, protocol, field, value in (
        ("createSmtpSenderAccount", "smtp", "host", "smtp.invalid"),
        ("createSmtpSenderAccount", "imap", "password", "wrong-password"),
        ("createSenderAccount", "smtp", "password", "wrong-password"),
    ):
        body = api.sender_account_body(email_address=address, **{f"{protocol}_{field}": value})
        api.send(operation_id, body=body).fails(f"{protocol}_connection_failed")
    listed = api.send("listSenderAccounts", query={"search": address}).succeeds()
    api.judge.compare(listed["sender_accounts"], [], "the sender accounts of that address")


@rule(
    "sender-accounts.list.filters",
    source=_CLIENT,
    sentence="search: part of the email address; status; inbox_type.",
    operations=["listSenderAccounts", "getSenderAccount"],
    repeated=True,
)
def filter_accounts(api: Api) -> None:
    """A part of the address, a type and a status select sender accounts."""
    sent, created, found = _connect(api)
    search = sent["email_address"].swapcase()[1:]
    queries: tuple[tuple[dict[str, str], int], ...] = (
        ({"inbox_type": sent["inbox_type"], "status": "ACTIVE"}, 1),
        ({"inbox_type": "OUTLOOK_365"}, 0),
        ({"status_filter": "PAUSED"}, 0),
    )
    for query, total in queries:
        answer = api.send("listSenderAccounts", query={"search": search, **query}).succeeds()
        ids = [account["inbox_id"] for account in answer["sender_accounts"]]
        api.judge.compare(ids, [created["inbox_id"]] * total, f"the sender accounts with {query}")
        api.judge.compare(answer["pagination"]["total"], total, f"total with {query}")
        for account in answer["sender_accounts"]:
            for field in account.keys() & found.keys():
                api.judge.compare(account[field], found[field], f"{field} listed")


@rule(
    "sender-accounts.list.sort",
    source=_CLIENT,
    sentence="sort_by: email_address, inbox_type, created_at, health_score; sort_order: asc, desc.",
    operations=["listSenderAccounts"],
    profile="full",
)
def sort_accounts(api: Api) -> None:
    """Sender accounts are sorted by the requested field, upwards or downwards."""
    _connect(api)
    api.shared_id("inbox_id")
    for order in ("asc", "desc"):
        query = {"search": api.ledger.domain, "sort_by": "email_address", "sort_order": order, "limit": 100}
        answer = api.send("listSenderAccounts", query=query).succeeds()
        values = [account["email_address"].casefold() for account in answer["sender_accounts"]]
        api.judge.compare(values, sorted(values, reverse=order == "desc"), f"email_address, {order}")


@rule(
    "sender-accounts.list.pages",
    source=_CLIENT,
    sentence="page: default 1; limit: default 20, at most 100.",
    operations=["listSenderAccounts"],
    profile="full",
)
def list_in_pages(api: Api) -> None:
    """Pages share no sender account, miss none, and have correct numbers."""
    _connect(api)
    api.shared_id("inbox_id")
    query = {"search": api.ledger.domain}
    everything = api.send("listSenderAccounts", query={**query, "limit": 100}).succeeds()
    total = everything["pagination"]["total"]
    half = -(-total // 2)
    seen: list[str] = []
    for page in (1, 2):
        answer = api.send("listSenderAccounts", query={**query, "limit": half, "page": page}).succeeds()
        seen += [account["inbox_id"] for account in answer["sender_accounts"]]
        expected = {"page": page, "limit": half, "total": total, "has_next": page < 2, "has_prev": page > 1}
        for field, value in expected.items():
            api.judge.compare(answer["pagination"][field], value, f"{field} on page {page}")
    ids = [account["inbox_id"] for account in everything["sender_accounts"]]
    api.judge.compare(sorted(seen), sorted(ids), "the sender accounts of both pages")


@rule(
    "sender-accounts.delete.gone",
    source=_OVERVIEW,
    sentence="Delete a sender account.",
    operations=["deleteSenderAccount", "getSenderAccount", "listSenderAccounts"],
)
def delete_for_good(api: Api) -> None:
    """A deleted sender account is neither read nor listed, and no draft keeps it."""
    created = api.create_sender_account()
    inbox_id, address = str(created["inbox_id"]), str(created["email_address"])
    campaign_id = campaign_to_update(api)
    api.update_campaign(campaign_id, inbox_ids=[inbox_id, api.inbox_id]).succeeds()
    answer = api.send("deleteSenderAccount", path={"inbox_id": inbox_id}).succeeds()
    for field, value in {"inbox_id": inbox_id, "email_address": address, "deleted": True}.items():
        compare_if_present(api, answer, field, value)
    api.send("getSenderAccount", path={"inbox_id": inbox_id}).fails("sender_account_not_found")
    listed = api.send("listSenderAccounts", query={"search": address}).succeeds()
    api.judge.compare(listed["sender_accounts"], [], "the sender accounts of that address")
    found = get_campaign(api, campaign_id)
    if "inboxes" in found:
        compare_undocumented(api, list_accounts(found), [api.inbox_id], "the sender accounts of the draft")


@rule(
    "sender-accounts.delete.in_use",
    source=_ERRORS,
    sentence="Inbox in Use",
    operations=["deleteSenderAccount", "getSenderAccount"],
    needs=["launch"],
)
def keep_used_account(api: Api) -> None:
    """A sender account of an ACTIVE campaign cannot be deleted."""
    active_campaign(api)
    path = {"inbox_id": api.inbox_id}
    api.send("deleteSenderAccount", path=path).fails("sender_account_in_use")
    api.read("getSenderAccount", **path)


@rule(
    "sender-accounts.delete.freed",
    source=UNDOCUMENTED,
    operations=["deleteSenderAccount", "archiveCampaign"],
    needs=["launch"],
    profile="full",
)
def free_account(api: Api) -> None:
    """A sender account can be deleted when its only campaign is archived."""
    inbox_id = str(api.create_sender_account()["inbox_id"])
    campaign_id = str(api.create_campaign(**LATER)["campaign_id"])
    api.add_lead(campaign_id)
    fields: dict[str, Any] = {"inbox_ids": [inbox_id], "variants": [api.variant()], "launch": True}
    api.update_campaign(campaign_id, **fields).succeeds()
    for operation_id in ("pauseCampaign", "archiveCampaign"):
        ask(api, operation_id, campaign_id).succeeds()
    api.send("deleteSenderAccount", path={"inbox_id": inbox_id}).succeeds()
