"""Sender accounts: connected, listed, read, removed."""

import json
from typing import Any

import pytest

from mockserver.state.table import Table

from .kit.api import Api, smtp_account

SECRETS = ("smtp_password", "imap_password")


def listed(api: Api, **query: Any) -> list[str]:
    accounts = api.ok("listSenderAccounts", query=query)["sender_accounts"]
    return [account["email_address"].partition("@")[0] for account in accounts]


def test_an_account_is_active_and_has_defaults(api: Api) -> None:
    body = smtp_account("sam@example.com")
    del body["daily_limit"]
    created = api.ok("createSmtpSenderAccount", body)
    assert created == {
        "success": True, "message": "SMTP inbox created successfully", "inbox_id": created["inbox_id"],
        "email_address": "sam@example.com", "display_name": "Sam Sender", "inbox_type": "CUSTOM_SMTP",
        "daily_limit": 100, "overall_status": "ACTIVE", "created_at": created["created_at"],
    }  # fmt: skip
    read = api.ok("getSenderAccount", inbox_id=created["inbox_id"])
    assert (read["smtp_use_tls"], read["imap_use_ssl"], read["health_score"]) == (True, True, 100)
    assert (read["domain_id"], read["sent_today"], read["sent_this_month"]) == (None, 0, 0)


def test_an_account_is_read_as_it_was_written_without_its_passwords(api: Api) -> None:
    body = {**smtp_account(), "smtp_password": "secret-one", "imap_password": "secret-two"}
    inbox_id = api.ok("createSmtpSenderAccount", body)["inbox_id"]
    read = api.ok("getSenderAccount", inbox_id=inbox_id)
    assert {name: read[name] for name in body if name not in SECRETS} == {
        name: value for name, value in body.items() if name not in SECRETS
    }
    shown = json.dumps([read, api.ok("listSenderAccounts"), api.ok("deleteSenderAccount", inbox_id=inbox_id)])
    assert "secret" not in shown
    assert "password" not in shown


def test_passwords_are_not_even_remembered(api: Api) -> None:
    api.account(smtp_password="secret-one", imap_password="secret-two")
    assert "secret" not in repr(api.remembered())


@pytest.mark.parametrize("again", ["sam@example.com", "SAM@EXAMPLE.com"])
def test_an_address_is_connected_once(again: str, api: Api) -> None:
    inbox_id = api.account("sam@example.com")
    before = api.remembered()
    answer = api("createSmtpSenderAccount", smtp_account(again))
    assert (answer.status, answer.body) == (409, {"detail": "Email address already exists"})
    assert api.remembered() == before
    api.ok("deleteSenderAccount", inbox_id=inbox_id)
    assert api.account(again)


@pytest.mark.parametrize("which", ["smtp", "imap"])
@pytest.mark.parametrize(
    "change", [{"host": "mail.INVALID"}, {"host": "x.invalid"}, {"password": "wrong-password"}]
)
def test_a_connection_that_fails_stores_nothing(which: str, change: dict[str, str], api: Api) -> None:
    body = smtp_account() | {f"{which}_{name}": value for name, value in change.items()}
    answer = api("createSmtpSenderAccount", body)
    assert (answer.status, answer.body) == (400, {"detail": f"{which.upper()} connection failed"})
    assert api.remembered()["sender_accounts"] == []


@pytest.mark.parametrize(
    ("inbox_type", "most"), [("GOOGLE_WORKSPACE", 2000), ("OUTLOOK_365", 5000), ("CUSTOM_SMTP", 100_000)]
)
def test_each_provider_has_its_own_most_mails_a_day(inbox_type: str, most: int, api: Api) -> None:
    body = smtp_account() | {"inbox_type": inbox_type}
    answer = api("createSmtpSenderAccount", {**body, "daily_limit": most + 1})
    if inbox_type == "CUSTOM_SMTP":
        assert answer.status == 422
    else:
        detail = f"daily_limit exceeds maximum for {inbox_type}: {most}"
        assert (answer.status, answer.body) == (400, {"detail": detail})
    assert api("createSmtpSenderAccount", {**body, "daily_limit": most}).status == 201


@pytest.fixture
def three(api: Api) -> Api:
    api.account("carl@example.com")
    api.account("Anna@example.org", inbox_type="OUTLOOK_365")
    api.account("bert@example.com", inbox_type="GOOGLE_WORKSPACE")
    return api


LISTS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["bert", "Anna", "carl"]),
    ({"sort_order": "asc"}, ["carl", "Anna", "bert"]),
    ({"sort_by": "email_address", "sort_order": "asc"}, ["Anna", "bert", "carl"]),
    ({"sort_by": "inbox_type"}, ["Anna", "bert", "carl"]),
    ({"sort_by": "health_score"}, ["bert", "Anna", "carl"]),
    ({"sort_by": "health_score", "sort_order": "asc"}, ["carl", "Anna", "bert"]),
    ({"sort_by": "moon"}, ["bert", "Anna", "carl"]),
    ({"search": "EXAMPLE.com"}, ["bert", "carl"]),
    ({"inbox_type": "OUTLOOK_365"}, ["Anna"]),
    ({"inbox_type": "COLDSEND"}, []),
    ({"inbox_type": "nothing"}, []),
    ({"status": "ACTIVE", "limit": 2}, ["bert", "Anna"]),
    ({"status_filter": "PAUSED"}, []),
    ({"limit": 2, "page": 2}, ["carl"]),
]


@pytest.mark.parametrize(("query", "expected"), LISTS)
def test_accounts_are_listed_filtered_and_sorted(
    query: dict[str, Any], expected: list[str], three: Api
) -> None:
    assert listed(three, **query) == expected


@pytest.mark.parametrize("status", ["ACTIVE", "PAUSED"])
def test_an_account_that_a_campaign_sends_from_is_kept(status: str, api: Api) -> None:
    campaign_id = api.campaign_in(status)
    inbox_id = api.read(campaign_id)["inboxes"][0]["inbox_id"]
    before = api.remembered()
    answer = api("deleteSenderAccount", inbox_id=inbox_id)
    detail = "Sender account is in use by one or more campaigns"
    assert (answer.status, answer.body) == (400, {"detail": detail})
    assert api.remembered() == before


@pytest.mark.parametrize("status", ["DRAFT", "COMPLETED", "FAILED"])
def test_an_account_is_removed_also_from_campaigns_that_do_not_send(status: str, api: Api) -> None:
    campaign_id = api.campaign_in(status)
    inbox_id = api.read(campaign_id)["inboxes"][0]["inbox_id"]
    answer = api.ok("deleteSenderAccount", inbox_id=inbox_id)
    assert (answer["inbox_id"], answer["deleted"]) == (inbox_id, True)
    assert api.read(campaign_id)["inboxes"] == []
    assert api("getSenderAccount", inbox_id=inbox_id).status == 404
    if status == "DRAFT":
        assert api.update(campaign_id)["missing_requirements"] == ["inboxes"]


def test_the_campaigns_of_an_account_are_known_without_a_look_at_all(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    spare, first, second = (api.account(f"{name}@outreach.example.com") for name in ("spare", "ada", "bob"))
    ids = [api.campaign() for _ in range(3)]
    api.update(ids[0], inbox_ids=[first])
    api.ok("deleteSenderAccount", inbox_id=spare)
    api.update(ids[1], inbox_ids=[first, second])
    api.update(ids[0], inbox_ids=[second])
    api.update(ids[2], inbox_ids=[second])
    api.ok("deleteCampaign", campaign_id=ids[2])
    monkeypatch.setattr(Table, "__iter__", lambda table: pytest.fail(f"a look at every {table.record}"))
    api.ok("deleteSenderAccount", inbox_id=first)
    api.ok("deleteSenderAccount", inbox_id=second)
    monkeypatch.undo()
    assert [api.read(campaign_id)["inboxes"] for campaign_id in ids[:2]] == [[], []]
