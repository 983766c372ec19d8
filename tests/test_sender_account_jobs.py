"""Sender accounts in bulk: what is done, what fails by itself, and how its progress is shown."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver import Settings, create_app

from .kit.api import SPEC, UNKNOWN_ID, Api, smtp_account

STARTS = {
    "bulkCreateSmtpSenderAccounts": "getBulkSmtpProgress",
    "bulkCreateNativeSenderAccounts": "getBulkNativeProgress",
    "bulkDeleteSenderAccounts": "getBulkDeleteProgress",
}


@pytest.fixture
def slow_api(key: str) -> Api:
    """A user of a server whose jobs take a minute; the clock stands still."""
    api = Api(create_app(Settings(job_seconds=60)), key)
    api.workspace.clock.freeze()
    return api


def addresses(api: Api) -> set[str]:
    found = api.ok("listSenderAccounts", query={"limit": 100})["sender_accounts"]
    return {account["email_address"] for account in found}


def bodies(api: Api) -> dict[str, Any]:
    return {
        "bulkCreateSmtpSenderAccounts": {"inboxes": [smtp_account()]},
        "bulkCreateNativeSenderAccounts": {
            "domain_id": api.domain(),
            "inboxes": [{"email_prefix": "sales", "display_name": "Sales"}],
        },
        "bulkDeleteSenderAccounts": {"inbox_ids": [UNKNOWN_ID], "confirm_deletion": True},
    }


@pytest.mark.parametrize("start", STARTS)
def test_a_bulk_answers_at_once_as_documented(start: str, api: Api) -> None:
    answer = api.ok(start, bodies(api)[start])
    example = next(iter(SPEC.operations[start].answer_examples.values()))
    assert list(answer) == list(example)
    varying = {name: answer[name] for name in ("job_id", "progress_url") if name in answer}
    assert answer == {**example, **varying, "total": 1}
    progress = api.ok(STARTS[start], job_id=answer["job_id"])
    job = progress.get("job", progress)
    documented = next(iter(SPEC.operations[STARTS[start]].answer_examples.values()))
    assert list(progress) == list(documented)
    assert list(job) == list(documented.get("job", documented))
    assert list(job["results"][0]) == list(documented.get("job", documented)["results"][0])
    assert (job["status"], job["progress_percentage"]) == ("COMPLETED", 100)


@pytest.mark.parametrize("start", STARTS)
def test_a_job_is_no_job_of_another_kind(start: str, api: Api) -> None:
    job_id = api.ok(start, bodies(api)[start])["job_id"]
    for progress in set(STARTS.values()) - {STARTS[start]}:
        answer = api(progress, job_id=job_id)
        assert (answer.status, answer.body) == (404, {"detail": "Job not found"})


def test_smtp_accounts_are_connected_and_the_bad_ones_fail_by_themselves(api: Api) -> None:
    api.account("taken@outreach.example.com")
    google = SPEC.operations["createSmtpSenderAccount"].body_examples["google_workspace"]
    senders = [
        smtp_account("one@outreach.example.com"),
        smtp_account("ONE@outreach.example.com"),
        smtp_account("Taken@outreach.example.com"),
        {
            **smtp_account("two@outreach.example.com"),
            "smtp_host": "smtp.invalid",
            "imap_host": "imap.invalid",
        },
        {**smtp_account("three@outreach.example.com"), "imap_password": "wrong-password"},
        {**google, "daily_limit": 2001},
        smtp_account("last@outreach.example.com"),
    ]
    job_id = api.ok("bulkCreateSmtpSenderAccounts", {"inboxes": senders})["job_id"]
    job = api.ok("getBulkSmtpProgress", job_id=job_id)["job"]
    assert (job["total_rows"], job["processed_count"]) == (7, 7)
    assert (job["success_count"], job["failed_count"]) == (2, 5)
    rows = [(row["status"], row["smtp_valid"], row["imap_valid"], row["error"]) for row in job["results"]]
    assert rows == [
        ("SUCCESS", True, True, None),
        ("FAILED", True, True, "Email address already exists"),
        ("FAILED", True, True, "Email address already exists"),
        ("FAILED", False, False, "SMTP connection failed"),
        ("FAILED", True, False, "IMAP connection failed"),
        ("FAILED", True, True, "daily_limit exceeds maximum for GOOGLE_WORKSPACE: 2000"),
        ("SUCCESS", True, True, None),
    ]
    assert [row["email_address"] for row in job["results"]] == [sender["email_address"] for sender in senders]
    made = {row["email_address"]: row["inbox_id"] for row in job["results"] if row["inbox_id"]}
    assert addresses(api) == {"taken@outreach.example.com", *made}
    for email_address, inbox_id in made.items():
        account = api.ok("getSenderAccount", inbox_id=inbox_id)
        assert (account["email_address"], account["smtp_port"]) == (email_address, 587)


def test_passwords_are_kept_nowhere(api: Api, slow_api: Api) -> None:
    for user in (api, slow_api):
        user.ok("bulkCreateSmtpSenderAccounts", {"inboxes": [smtp_account()]})
        assert smtp_account()["smtp_password"] not in repr(user.remembered())


def test_native_accounts_are_made_while_the_domain_has_room(api: Api) -> None:
    domain_id = api.domain()
    most = api.ok("getDomain", domain_id=domain_id)["max_inboxes"]
    senders = [{"email_prefix": f"sales{number}", "display_name": "Sales"} for number in range(most - 1)]
    api.ok("bulkCreateNativeSenderAccounts", {"domain_id": domain_id, "inboxes": senders})
    more = [{"email_prefix": name, "display_name": "Late"} for name in ("SALES0", "late", "too-late")]
    started = api.ok("bulkCreateNativeSenderAccounts", {"domain_id": domain_id, "inboxes": more})
    progress = api.send("GET", started["progress_url"]).body
    assert [(row["email_prefix"], row["status"], row["error"]) for row in progress["results"]] == [
        ("SALES0", "FAILED", "Email address already exists"),
        ("late", "SUCCESS", None),
        ("too-late", "FAILED", "Domain inbox limit reached"),
    ]
    assert progress["results"][0]["email_address"] == "SALES0@mail.yourcompany.com"
    assert (progress["total"], progress["success_count"], progress["failed_count"]) == (3, 1, 2)
    assert api.ok("getDomain", domain_id=domain_id)["current_inboxes"] == most


def test_native_accounts_on_a_domain_that_went_fail(slow_api: Api) -> None:
    domain_id = slow_api.domain(active=False)
    for minutes in (1, 1):
        slow_api.workspace.clock.advance(timedelta(minutes=minutes))
        slow_api("activateDomain", domain_id=domain_id)
    body = {"domain_id": domain_id, "inboxes": [{"email_prefix": "sales", "display_name": "Sales"}]}
    job_id = slow_api.ok("bulkCreateNativeSenderAccounts", body)["job_id"]
    slow_api.ok("deleteDomain", domain_id=domain_id)
    slow_api.workspace.clock.advance(timedelta(minutes=1))
    progress = slow_api.ok("getBulkNativeProgress", job_id=job_id)
    assert (progress["status"], progress["failed_count"]) == ("COMPLETED", 1)
    assert progress["results"][0]["error"] == "Domain not found"


def test_accounts_in_use_and_unknown_ones_are_skipped_in_a_bulk_deletion(api: Api) -> None:
    used = api.read(api.campaign_in("PAUSED"))["inboxes"][0]["inbox_id"]
    draft = api.ready()
    drafted = api.read(draft)["inboxes"][0]["inbox_id"]
    free = api.account()
    body = {"inbox_ids": [used, free, drafted, free, UNKNOWN_ID], "confirm_deletion": True}
    job_id = api.ok("bulkDeleteSenderAccounts", body)["job_id"]
    progress = api.ok("getBulkDeleteProgress", job_id=job_id)
    assert [(row["status"], row["error"]) for row in progress["results"]] == [
        ("SKIPPED", "Sender account is in use by one or more campaigns"),
        ("DELETED", None),
        ("DELETED", None),
        ("SKIPPED", "Sender account not found"),
        ("SKIPPED", "Sender account not found"),
    ]
    assert progress["results"][1]["email_address"] == "sam@outreach.example.com"
    assert progress["results"][4]["email_address"] is None
    counts = ("total", "deleted_count", "failed_count", "skipped_count")
    assert [progress[name] for name in counts] == [5, 2, 0, 3]
    assert api("getSenderAccount", inbox_id=free).status == 404
    assert api.ok("getSenderAccount", inbox_id=used)["inbox_id"] == used
    assert api.read(draft)["inboxes"] == []


def test_a_deletion_that_takes_time_reports_what_is_still_to_come(slow_api: Api) -> None:
    inbox_ids = [slow_api.account(f"{number}@outreach.example.com") for number in range(2)]
    body = {"inbox_ids": inbox_ids, "confirm_deletion": True}
    job_id = slow_api.ok("bulkDeleteSenderAccounts", body)["job_id"]
    seen = []
    for seconds in (0, 30, 15, 15):
        slow_api.workspace.clock.advance(timedelta(seconds=seconds))
        progress = slow_api.ok("getBulkDeleteProgress", job_id=job_id)
        rows = [row["status"] for row in progress["results"]]
        seen.append((progress["status"], progress["progress_percentage"], rows, len(addresses(slow_api))))
    assert seen == [
        ("PENDING", 0, ["PENDING", "PENDING"], 2),
        ("IN_PROGRESS", 0, ["PENDING", "PENDING"], 2),
        ("IN_PROGRESS", 50, ["DELETED", "PENDING"], 1),
        ("COMPLETED", 100, ["DELETED", "DELETED"], 0),
    ]


def test_a_job_goes_on_whether_or_not_anybody_asks_for_its_progress(slow_api: Api) -> None:
    senders = [smtp_account(f"{number}@outreach.example.com") for number in range(4)]
    slow_api.ok("bulkCreateSmtpSenderAccounts", {"inboxes": senders})
    seen = []
    for _ in range(5):
        seen.append(len(addresses(slow_api)))
        slow_api.workspace.clock.advance(timedelta(seconds=15))
    assert seen == [0, 0, 0, 2, 4]
    created = {a["created_at"] for a in slow_api.ok("listSenderAccounts")["sender_accounts"]}
    assert len(created) == 4
