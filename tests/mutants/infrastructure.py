"""Domains, sender accounts and their jobs in the wrong state, in the wrong number, or of the wrong tenant."""

from dataclasses import replace
from typing import Any

from mockserver.errors import ApiError
from mockserver.model import sender_accounts
from mockserver.resources import sender_account_jobs
from mockserver.resources.call import Call
from mockserver.state.workspace import Workspace

from ..kit.api import UNKNOWN_ID, smtp_account
from .mutant import ANY_TIME, Mutant
from .mutations import (
    Handler,
    Mutation,
    after,
    answer,
    around,
    before,
    forgetting,
    ignore_query,
    swap,
    swap_in_job,
)
from .recorder import SECOND_KEY, Recorder

_OPEN = "no source describes it"


def add_domain(recorder: Recorder, name: str = "Mail.example.org") -> str:
    """Add a domain and activate it."""
    domain_id = recorder.add("domain_id", "/domains", {"domain": name})
    recorder.ask("POST", f"/domains/{domain_id}/activate")
    return domain_id


def exercise_domains(recorder: Recorder) -> None:
    """Domains are added, set up, redirected and deleted."""
    ask = recorder.ask
    waiting = recorder.add("domain_id", "/domains", {"domain": "Wait.example.org"})
    for name in ("wait.example.org", "WAIT.example.org"):
        ask("POST", "/domains", {"domain": name})
    path = f"/domains/{waiting}"
    for tail in ("", "/progress", "/redirect"):
        ask("GET", path + tail)
    ask("POST", f"{path}/redirect", {"target_domain": "example.net"})
    domain = add_domain(recorder)
    path = f"/domains/{domain}"
    ask("POST", f"{path}/activate")
    for query in ("", "?status=ACTIVE", "?limit=1", "?limit=1&page=2"):
        ask("GET", f"/domains{query}")
    full = {"target_domain": "Example.net", "status_code": 302, "preserve_path": False}
    for body in ({**full, "preserve_query_string": False}, {"target_domain": "www.example.net"}):
        ask("POST", f"{path}/redirect", body)
        ask("GET", f"{path}/redirect")
    for _ in range(2):
        ask("DELETE", f"{path}/redirect")
    body = {"domain_id": domain, "email_prefix": "last", "display_name": "Last"}
    sender = recorder.add("inbox_id", "/sender-accounts/coldsend-native", body)
    for tail in ("", "/progress"):
        ask("GET", path + tail)
    ask("DELETE", path)
    ask("DELETE", f"/sender-accounts/{sender}")
    ask("POST", f"{path}/redirect", full)
    other = add_domain(recorder, "other.example.org")
    for _ in range(2):
        ask("DELETE", path)
    ask("GET", f"/domains/{other}")
    ask("GET", "/domains")


def exercise_accounts(recorder: Recorder) -> None:
    """Sender accounts are made and deleted, alone and together; what they send is counted."""
    ask = recorder.ask
    domain, bulk = add_domain(recorder), "/sender-accounts/coldsend-native/bulk"
    waiting = recorder.add("domain_id", "/domains", {"domain": "wait.example.org"})
    native = {"domain_id": domain, "email_prefix": "Sales", "display_name": " Ünï "}
    sender = recorder.add("inbox_id", "/sender-accounts/coldsend-native", native)
    ask("GET", f"/sender-accounts/{sender}")
    for body in (native, {**native, "email_prefix": "sALES"}, {**native, "domain_id": waiting}):
        ask("POST", "/sender-accounts/coldsend-native", body)
    rows = [{"email_prefix": name, "display_name": name} for name in ("one", "two", "ONE")]
    for domain_id in (domain, waiting):
        job = ask("POST", bulk, {"domain_id": domain_id, "inboxes": rows}).get("job_id")
        ask("GET", f"{bulk}/{job}/progress")
    accounts_of_both = [smtp_account("sam@example.com"), smtp_account("SAM@example.com")]
    job = ask("POST", "/sender-accounts/smtp/bulk", {"inboxes": accounts_of_both}).get("job_id")
    ask("GET", f"/sender-accounts/smtp/bulk/{job}/progress")
    ask("GET", f"/sender-accounts/smtp/bulk/{job}/progress", key=SECOND_KEY)
    campaign = recorder.add_campaign(daily_limit_per_inbox=25)
    own = recorder.add_account("own@example.com", daily_limit=40)
    ask("PUT", f"/campaigns/{campaign}", {"inbox_ids": [own, sender]})
    for _ in range(2):
        ask("GET", "/sender-accounts/daily-usage")
        ask("GET", f"/sender-accounts/quotas?campaign_id={campaign}")
        ask("GET", f"/sender-accounts/{own}")
        ask("POST", f"/sender-accounts/{own}/test-email", {"recipient_email": "Ada@example.com"})
    for confirmed in (False, True):
        sent = {"inbox_ids": [own, UNKNOWN_ID], "confirm_deletion": confirmed}
        job = ask("POST", "/sender-accounts/bulk/delete", sent).get("job_id")
        ask("GET", f"/sender-accounts/bulk/delete/{job}/progress")
    ask("GET", f"/domains/{domain}")
    ask("GET", "/sender-accounts?sort_by=email_address")


# ---------------------------------------------------------------- domains


def _domain(name: str, summary: str, mutation: Mutation, choice: str = "") -> Mutant:
    return Mutant(f"state.domains.{name}", summary, mutation, choice=choice, scenario=exercise_domains)


def _set_status(status: str) -> Any:
    def act(call: Call, found: Any) -> None:
        domain = call.workspace.domains.get(found["domain_id"])
        call.workspace.domains.put(replace(domain, status=status))

    return act


def _force_delete(handler: Handler, call: Call) -> Any:
    """Delete a domain with its sender accounts."""
    for account in call.workspace.sender_accounts.where("domain", call.path["domain_id"]):
        call.workspace.sender_accounts.remove(account.inbox_id)
    return handler(call)


def _always_active(handler: Handler, call: Call) -> Any:
    domain = call.workspace.domains.get(call.path["domain_id"])
    call.workspace.domains.put(replace(domain, status="ACTIVE"))
    try:
        return handler(call)
    finally:
        call.workspace.domains.put(domain)


def _second_redirect(handler: Handler, call: Call) -> Any:
    """Answer as the redirect that was there first."""
    known = call.workspace.redirects.where("domain", call.path["domain_id"])
    found = handler(call)
    if known:
        call.workspace.redirects.put(known[0])
    return found


def _activate_again(handler: Handler, call: Call) -> Any:
    domain = call.workspace.domains.get(call.path["domain_id"])
    if domain.status == "ACTIVE":
        call.workspace.domains.put(replace(domain, status="DNS_PENDING"))
    return handler(call)


def _delete_all_domains(call: Call, _found: Any) -> None:
    for domain in list(call.workspace.domains):
        call.workspace.domains.remove(domain.domain_id)


def _unique_by_code(handler: Handler, call: Call) -> Any:
    if call.body["domain"] == call.body["domain"].lower():
        return handler(call)
    index = call.workspace.domains
    twins = [domain for domain in index if domain.domain_name == call.body["domain"].lower()]
    for twin in twins:
        index.put(replace(twin, domain_name=f"x{twin.domain_name}"))
    found = handler(call)
    for twin in twins:
        index.put(twin)
    return found


_DOMAINS = (
    _domain("active_at_once", "a domain is ACTIVE before its nameservers are set: mail is lost",
            after("addDomain", _set_status("ACTIVE"))),
    _domain("never_active", "an activated domain waits for ever",
            after("activateDomain", _set_status("DNS_PENDING"))),
    _domain("activated_again", "an ACTIVE domain is set up again: its mail stops meanwhile",
            around("activateDomain", _activate_again)),
    _domain("progress_done", "progress is always complete: clients go on too early",
            answer("getDomainProgress", lambda body: {
                **body, "status": "COMPLETED", "is_complete": True, "progress_percentage": 100})),
    _domain("progress_never_done", "progress is never complete: clients wait for ever",
            answer("getDomainProgress", lambda body: {**body, "is_complete": False})),
    _domain("duplicate", "a domain in another letter case is another: two owners of one",
            around("addDomain", _unique_by_code), _OPEN),
    _domain("letters_kept", "a name is kept in upper case", answer("addDomain", lambda body: {
        **body, "domain_name": body["domain_name"].capitalize()}), _OPEN),
    _domain("inboxes_uncounted", "a domain counts no sender accounts: it fills up unseen",
            answer("getDomain|listDomains", lambda body: {**body, "current_inboxes": 0}
                   if "current_inboxes" in body else None)),
    _domain("nameservers_missing", "nameservers are empty: nobody can go on",
            answer("addDomain", lambda body: {**body, "nameservers": []})),
    _domain("records_unverified", "the records of an ACTIVE domain are called unverified",
            answer("getDomain", lambda body: {
                **body, "dns_records": [{**row, "verified": False} for row in body["dns_records"]]}),
            choice="no source has this field"),
    _domain("list.status_ignored", "the filter by status is ignored",
            ignore_query("listDomains", status=None)),
    _domain("list.oldest_first", "domains are listed oldest first", answer("listDomains", lambda body: {
        **body, "domains": body["domains"][::-1]}), _OPEN),
    _domain("delete.with_inboxes", "a domain goes with its sender accounts: campaigns stop sending",
            around("deleteDomain", _force_delete), choice="one source says so, another does not"),
    _domain("delete.kept", "a domain is reported as deleted and kept",
            forgetting("deleteDomain", "domains")),
    _domain("delete.all", "all domains go with one", after("deleteDomain", _delete_all_domains)),
    _domain("redirect.early", "a domain is redirected before it is ACTIVE",
            around("setDomainRedirect", _always_active)),
    _domain("redirect.first_wins", "another redirect is answered and not stored: visitors go astray",
            around("setDomainRedirect", _second_redirect)),
    _domain("redirect.kept", "a redirect is reported as deleted and kept: visitors go astray",
            forgetting("deleteDomainRedirect", "redirects")),
    _domain("redirect.path_lost", "preserve_path is always true",
            before("setDomainRedirect", lambda call: {**call.body, "preserve_path": True})),
    _domain("redirect.permanent", "a redirect is always permanent: browsers remember it for ever",
            before("setDomainRedirect", lambda call: {**call.body, "status_code": 301})),
    _domain("redirect.target_of_source", "a redirect has its own domain as target",
            answer("getDomainRedirect", lambda body: {**body, "target_domain": body["source_domain"]})),
)  # fmt: skip


# ---------------------------------------------------------------- sender accounts


def _account(name: str, summary: str, mutation: Mutation, choice: str = "") -> Mutant:
    return Mutant(f"state.inboxes.{name}", summary, mutation, choice=choice, scenario=exercise_accounts)


_CONNECTING, _MAKING, _DELETING = sender_account_jobs.WORKERS


def _stop_all(workspace: Workspace, *_more: Any) -> Any:
    raise ApiError("email_exists")


def _spare(workspace: Workspace, inbox_id: str) -> Any:
    return workspace.sender_accounts.get(inbox_id)


def _miscount(handler: Handler, call: Call) -> Any:
    """Count mails of campaigns only."""
    kept = call.workspace.direct_mails.copy()
    call.workspace.direct_mails.fill({})
    found = handler(call)
    call.workspace.direct_mails.fill(kept)
    return found


def _quota(**changes: Any) -> Mutation:
    return answer("getQuotas", lambda body: {
        **body, "inboxes": [{**row, **{name: change(row) for name, change in changes.items()}}
                            for row in body["inboxes"]]})  # fmt: skip


def _reverse(body: Any) -> None:
    body.get("job", body)["results"].reverse()


def _open_every(workspace: Workspace, domain_id: str) -> Any:
    return workspace.domains.get(domain_id)


def _confirm(handler: Handler, call: Call) -> Any:
    """Delete without being asked twice."""
    return handler(replace(call, body={**call.body, "confirm_deletion": True}))


_ACCOUNTS = (
    _account("native.pending", "a native sender account is PENDING: nothing can be sent",
             answer("createNativeSenderAccount", lambda body: {**body, "overall_status": "PENDING"})),
    _account("native.prefix_folded", "the prefix of a native address is changed to lower case",
             answer("createNativeSenderAccount", lambda body: {
                 **body, "email_address": body["email_address"].lower()}), _OPEN),
    _account("native.name_trimmed", "the name of a native sender account is trimmed",
             before("createNativeSenderAccount", lambda call: {
                 **call.body, "display_name": call.body["display_name"].strip()})),
    _account("native.duplicate", "an address is made twice: replies go astray",
             swap("createNativeSenderAccount", sender_accounts.check_address_free,
                  lambda workspace, email_address: None), _OPEN),
    _account("native.inactive_domain", "an account is made on a domain that is not ACTIVE: mail is lost",
             swap("createNativeSenderAccount", sender_accounts.find_open_domain, _open_every), _OPEN),
    _account("native.bulk_inactive_domain", "sender accounts are made on a domain that is not ACTIVE",
             swap("bulkCreateNativeSenderAccounts", sender_accounts.find_open_domain, _open_every), _OPEN),
    _account("bulk.native_all_fail", "no native sender account of several is made",
             swap_in_job(_MAKING, sender_accounts.add_native_account, _stop_all)),
    _account("bulk.smtp_all_fail", "no sender account of several is connected",
             swap_in_job(_CONNECTING, sender_accounts.add_smtp_account, _stop_all)),
    _account("bulk.failed_uncounted", "failed sender accounts are not counted: nobody looks at them",
             answer("getBulkNativeProgress", lambda body: {**body, "failed_count": 0}), _OPEN),
    _account("bulk.never_ends", "a job stays in progress for ever: clients wait",
             answer("getBulkSmtpProgress", lambda body: {
                 **body, "job": {**body["job"], "status": "IN_PROGRESS", "completed_at": None}}), ANY_TIME),
    _account("bulk.results_reversed", "results stand in another order: rows are mixed up",
             answer("getBulk*Progress", _reverse), _OPEN),
    _account("bulk.total_of_one", "the answer always counts one sender account",
             answer("bulkCreate*SenderAccounts", lambda body: {**body, "total": 1})),
    _account("delete.unconfirmed", "sender accounts are deleted without being confirmed",
             around("bulkDeleteSenderAccounts", _confirm), _OPEN),
    _account("delete.kept", "sender accounts are reported as deleted and kept",
             swap_in_job(_DELETING, sender_accounts.remove_account, _spare)),
    _account("delete.unknown_counted", "unknown sender accounts are counted as deleted",
             answer("getBulkDeleteProgress", lambda body: {
                 **body, "deleted_count": body["total"], "skipped_count": 0})),
    _account("delete.first_only", "of several sender accounts the first is not deleted",
             before("bulkDeleteSenderAccounts", lambda call: {
                 **call.body, "inbox_ids": call.body["inbox_ids"][1:] or call.body["inbox_ids"]})),
    _account("usage.tests_uncounted", "test mails do not count: limits are broken unseen",
             around("getDailyUsage|getQuotas|getSenderAccount", _miscount), _OPEN),
    _account("usage.remaining_whole", "remaining is always the whole limit: limits are broken",
             answer("getDailyUsage", lambda body: {
                 **body, "inboxes": [{**row, "remaining": row["daily_limit"]} for row in body["inboxes"]]}),
             _OPEN),
    _account("usage.test_unrecorded", "a test mail is answered and not recorded",
             forgetting("sendTestEmail", "direct_mails"), _OPEN),
    _account("usage.other_recipient", "the answer to a test mail has another recipient",
             answer("sendTestEmail", lambda body: {**body, "recipient_email": body["inbox_email"]})),
    _account("quotas.campaign_ignored", "the campaign's limit does not count: too many mails a day",
             _quota(effective_daily_limit=lambda row: row["inbox_daily_limit"],
                    effective_remaining=lambda row: row["inbox_daily_limit"] - row["sent_today"]), _OPEN),
    _account("quotas.sent_ignored", "what was sent does not count: too many mails a day",
             _quota(effective_remaining=lambda row: row["effective_daily_limit"]), _OPEN),
    _account("quotas.limited", "a sender account with much left is called limited: nothing is sent",
             _quota(is_rate_limited=lambda row: True), _OPEN),
    _account("quotas.last_missing", "an account is missing", answer("getQuotas", lambda body: {
        **body, "inboxes": body["inboxes"][:-1]}), _OPEN),
    _account("usage.reset_early", "the day ends where it begins: clients go on too early",
             answer("getDailyUsage", lambda body: {**body, "reset_at_utc": f"{body['date']}T00:00:00Z"}),
             _OPEN),
)  # fmt: skip

MUTANTS = (*_DOMAINS, *_ACCOUNTS)
