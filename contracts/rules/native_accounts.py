"""Native sender accounts on domains of the workspace, sender accounts in bulk, quotas and usage."""

from dataclasses import dataclass
from typing import Any

from ..api.api import Api
from ..registry import rule
from .fixtures.shared import UNDOCUMENTED, compare_if_present, require_recent

_NATIVE = "docs:sender-accounts/overview, client"
_TEST = "docs:api-reference/sender-accounts/send-test-email"


@dataclass(frozen=True, slots=True)
class _Native:
    """An ACTIVE domain and a sender account on it, as answered and as read."""

    domain: dict[str, Any]
    created: dict[str, Any]
    found: dict[str, Any]


def _native(api: Api) -> _Native:
    def make() -> _Native:
        domain_id = api.new_id("domain_id", api.spec.operations["createNativeSenderAccount"])
        body = {
            "domain_id": domain_id,
            "email_prefix": "Sales.team+1",
            "display_name": f" Ünï & {api.name()} ",
        }
        created = api.send("createNativeSenderAccount", body=body).succeeds()
        found = api.read("getSenderAccount", inbox_id=created["inbox_id"])
        api.judge.compare(created["display_name"], body["display_name"], "display_name")
        return _Native(api.read("getDomain", domain_id=domain_id), created, found)

    return api.once("a native sender account", make, show=True)


@rule(
    "sender-accounts.native.created",
    source=_NATIVE,
    sentence="domain_id, email_prefix, display_name; inbox_type COLDSEND; domains have current_inboxes.",
    operations=["createNativeSenderAccount", "getSenderAccount", "getDomain"],
)
def create_native(api: Api) -> None:
    """A native sender account is ACTIVE at once, has its own type, and is counted by its domain."""
    native = _native(api)
    address = f"Sales.team+1@{native.domain['domain_name']}"
    reported = native.created["email_address"]
    api.judge.compare(reported.casefold(), address.casefold(), "email_address")
    api.judge.compare_fields(native.created, {"inbox_type": "COLDSEND", "overall_status": "ACTIVE"})
    require_recent(api, native.created["created_at"], "created_at")
    for name in native.created.keys() & native.found.keys() - {"message", "success"}:
        api.judge.compare(native.found[name], native.created[name], f"{name} read")
    for name in ("domain_id", "domain_name"):
        api.judge.compare(native.found.get(name), native.domain[name], name, documented=False)
    api.judge.compare(native.domain["current_inboxes"], 1, "current_inboxes")


@rule(
    "sender-accounts.native.refused",
    source=UNDOCUMENTED,
    operations=["createNativeSenderAccount"],
)
def refuse_native(api: Api) -> None:
    """A native sender account needs a new address at an ACTIVE domain of the workspace."""
    domain_id = _native(api).domain["domain_id"]
    body = {"domain_id": domain_id, "email_prefix": "Sales.team+1", "display_name": api.name()}
    for prefix in (body["email_prefix"], body["email_prefix"].swapcase()):
        api.send("createNativeSenderAccount", body={**body, "email_prefix": prefix}).fails("email_exists")
    pending = {**body, "domain_id": api.shared_id("domain_id")}
    unknown = {**body, "domain_id": api.unknown_id()}
    for operation_id in ("createNativeSenderAccount", "bulkCreateNativeSenderAccounts"):
        for refused, error in ((pending, "domain_not_active"), (unknown, "domain_not_found")):
            sent = {**refused, "inboxes": [{name: body[name] for name in ("email_prefix", "display_name")}]}
            api.send(operation_id, body=sent).fails(error)
    address = f"connected@{_native(api).domain['domain_name']}"
    api.create_sender_account(email_address=address)
    api.send("createNativeSenderAccount", body={**body, "email_prefix": "connected"}).fails("email_exists")


@rule(
    "sender-accounts.native.bulk",
    source=_NATIVE,
    sentence="domain_id and inboxes, at most 100; the job has results by email_prefix.",
    operations=["bulkCreateNativeSenderAccounts", "getBulkNativeProgress", "getDomain"],
    repeated=True,
)
def create_natives(api: Api) -> None:
    """A bulk request reports each native sender account; one that fails stops no other."""
    domain_id = api.new_id("domain_id", api.spec.operations["createNativeSenderAccount"])
    prefixes = ["one", "two", "ONE"]
    rows = [{"email_prefix": prefix, "display_name": api.name(prefix)} for prefix in prefixes]
    operation_id = "bulkCreateNativeSenderAccounts"
    started = api.send(operation_id, body={"domain_id": domain_id, "inboxes": rows}).succeeds()
    api.judge.compare(started["total"], 3, "total")
    job = api.finish_job(operation_id, started)
    api.judge.compare(api.read("getDomain", domain_id=domain_id)["current_inboxes"], 2, "current_inboxes")
    _require_last_failed(api, job, "total", "email_prefix", prefixes)
    first, _, failed = job["results"]
    found = api.read("getSenderAccount", inbox_id=first["inbox_id"])
    api.judge.compare(found["email_address"], first["email_address"], "email_address")
    api.judge.compare(failed["inbox_id"], None, "the id of what failed")
    api.judge.require(failed["error"], "the failed item has no error")


def _require_last_failed(api: Api, job: dict[str, Any], total: str, name: str, items: list[str]) -> None:
    """Require that a job is over: its last item failed, the others succeeded.

    `total` is the field of the number of items, `name` the field that names an item in the results.
    """
    compare_if_present(api, job, "status", "COMPLETED")
    expected = {
        total: len(items),
        "processed_count": len(items),
        "success_count": len(items) - 1,
        "failed_count": 1,
        "progress_percentage": 100,
    }
    api.judge.compare_fields(job, expected)
    reported = [(row[name], row["status"]) for row in job["results"]]
    wanted = [*((item, "SUCCESS") for item in items[:-1]), (items[-1], "FAILED")]
    api.judge.compare(reported, wanted, "results")


@dataclass(frozen=True, slots=True)
class _Sent:
    """A sender account of a campaign and its usage, before and after a test mail."""

    inbox_id: str
    answer: dict[str, Any]
    usage: list[dict[str, Any]]
    quotas: list[dict[str, Any]]
    found: dict[str, Any]


def _sent(api: Api) -> _Sent:
    def make() -> _Sent:
        inbox_id = str(api.create_sender_account(daily_limit=40)["inbox_id"])
        campaign_id = str(
            api.create_campaign(name=api.name("sends"), daily_limit_per_inbox=25)["campaign_id"]
        )
        api.update_campaign(campaign_id, inbox_ids=[inbox_id, api.inbox_id]).succeeds()
        usage, quotas = [_usage(api, inbox_id)], [_quota(api, campaign_id, inbox_id)]
        path, body = {"inbox_id": inbox_id}, {"recipient_email": api.email("tested")}
        answer = api.send("sendTestEmail", path=path, body=body).succeeds()
        api.judge.compare(answer["recipient_email"], body["recipient_email"], "recipient_email")
        usage.append(_usage(api, inbox_id))
        quotas.append(_quota(api, campaign_id, inbox_id))
        return _Sent(inbox_id, answer, usage, quotas, api.read("getSenderAccount", **path))

    return api.once("a test mail", make, show=True)


def _usage(api: Api, inbox_id: str) -> dict[str, Any]:
    return _pick(api.read("getDailyUsage"), inbox_id)


def _quota(api: Api, campaign_id: str, inbox_id: str) -> dict[str, Any]:
    query = {"campaign_id": campaign_id}
    answer = api.send("getQuotas", query=query).succeeds()
    api.judge.compare(answer["campaign_id"], campaign_id, "campaign_id")
    api.judge.compare(len(answer["inboxes"]), 2, "the number of inboxes")
    return _pick(answer, inbox_id)


def _pick(answer: dict[str, Any], inbox_id: str) -> dict[str, Any]:
    (row,) = (row for row in answer["inboxes"] if row["inbox_id"] == inbox_id)
    return {**row, "date": answer["date"], "reset_at_utc": answer["reset_at_utc"]}


@rule(
    "sender-accounts.test_email.answer",
    source=_TEST,
    sentence="inbox_id, inbox_email, recipient_email, sent_at, message_id.",
    needs=["send"],
    operations=["sendTestEmail"],
    repeated=True,
)
def answer_test_mail(api: Api) -> None:
    """A test mail goes from the sender account to the address at once."""
    sent = _sent(api)
    api.judge.compare(sent.answer["inbox_id"], sent.inbox_id, "inbox_id")
    api.judge.compare(sent.answer["inbox_email"], sent.found["email_address"], "inbox_email")
    require_recent(api, sent.answer["sent_at"], "sent_at")
    api.judge.require(sent.answer["message_id"], "message_id is empty")


@rule(
    "sender-accounts.daily_usage",
    source=UNDOCUMENTED,
    needs=["send"],
    operations=["getDailyUsage", "getSenderAccount", "sendTestEmail"],
    repeated=True,
)
def count_usage(api: Api) -> None:
    """The usage of a sender account counts all mails of today, including test mails, against its limit."""
    sent = _sent(api)
    for count, usage in enumerate(sent.usage):
        expected = {"sent_today": count, "daily_limit": 40, "remaining": 40 - count, "is_rate_limited": False}
        api.judge.compare_fields(usage, expected)
    for name in ("sent_today", "sent_this_month"):
        api.judge.compare(sent.found[name], 1, name)
    api.judge.require(
        sent.usage[0]["reset_at_utc"][:10] > sent.usage[0]["date"], "the day ends before it began"
    )


@rule(
    "sender-accounts.quotas", source=UNDOCUMENTED, needs=["send"], operations=["getQuotas", "sendTestEmail"]
)
def limit_quota(api: Api) -> None:
    """The quota of a campaign is the smallest of its limits minus the mails of today."""
    for count, quota in enumerate(_sent(api).quotas):
        expected = {
            "inbox_daily_limit": 40,
            "campaign_daily_limit": 25,
            "effective_daily_limit": 25,
            "ramp_up_limit": None,
            "ramp_up_enabled": False,
            "sent_today": count,
            "effective_remaining": 25 - count,
            "is_rate_limited": False,
        }
        api.judge.compare_fields(quota, expected)
    query = {"campaign_id": api.unknown_id()}
    api.send("getQuotas", query=query).fails("campaign_not_found")
    empty = api.send("getQuotas", query={"campaign_id": api.campaign_id}).succeeds()
    api.judge.compare(empty["inboxes"], [], "the sender accounts of a campaign without any")


@rule(
    "sender-accounts.smtp.bulk",
    source="docs:api-reference/sender-accounts/add-multiple-smtp-email-accounts",
    sentence="inboxes: 1 to 100 items; the job has total_rows, success_count, failed_count, results.",
    operations=["bulkCreateSmtpSenderAccounts", "getBulkSmtpProgress", "getSenderAccount"],
)
def connect_several(api: Api) -> None:
    """A bulk request reports each connected sender account; one that fails stops no other."""
    api.shared_id("inbox_id")  # where one cannot be connected alone, this cannot be checked
    good = api.sender_account_body(daily_limit=33)
    rows = [good, {**good, "email_address": good["email_address"].swapcase()}]
    started = api.send("bulkCreateSmtpSenderAccounts", body={"inboxes": rows}).succeeds()
    api.judge.compare(started["total"], 2, "total")
    job = api.finish_job("bulkCreateSmtpSenderAccounts", started)
    _require_last_failed(api, job, "total_rows", "email_address", [row["email_address"] for row in rows])
    found = api.read("getSenderAccount", inbox_id=job["results"][0]["inbox_id"])
    for name in ("email_address", "daily_limit", "display_name"):
        api.judge.compare(found[name], good[name], name)


@rule(
    "sender-accounts.bulk_delete.gone",
    source="docs:api-reference/sender-accounts/bulk-delete-sender-accounts",
    sentence="confirm_deletion must be true; skipped: not found, or in use.",
    operations=["bulkDeleteSenderAccounts", "getBulkDeleteProgress", "getSenderAccount"],
    profile="full",
)
def delete_several(api: Api) -> None:
    """A confirmed bulk request deletes the named sender accounts and skips unknown ids."""
    doomed, spared = (str(api.create_sender_account()["inbox_id"]) for _ in range(2))
    ids = [doomed, api.unknown_id()]
    operation_id = "bulkDeleteSenderAccounts"
    unconfirmed = {"inbox_ids": ids, "confirm_deletion": False}
    api.send(operation_id, body=unconfirmed).fails("deletion_not_confirmed")
    api.read("getSenderAccount", inbox_id=doomed)
    started = api.send(operation_id, body={**unconfirmed, "confirm_deletion": True}).succeeds()
    api.judge.compare(started["total"], 2, "total")
    job = api.finish_job(operation_id, started)
    api.judge.compare_fields(job, {"total": 2, "deleted_count": 1, "skipped_count": 1, "failed_count": 0})
    reported = {row["inbox_id"]: row["status"] for row in job["results"]}
    api.judge.compare(reported, dict(zip(ids, ("DELETED", "SKIPPED"), strict=True)), "results")
    gone = api.send("getSenderAccount", path={"inbox_id": doomed})
    api.judge.require(not gone.is_success, "a sender account that was reported as deleted can be read")
    gone.fails("sender_account_not_found")
    api.read("getSenderAccount", inbox_id=spared)
