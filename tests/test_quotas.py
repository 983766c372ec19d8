"""Native sender accounts, test mails, and what sender accounts have sent and may still send."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import MockServer
from mockserver.model.events import record_event

from .kit.api import SPEC, Api, smtp_account

NUMBERS = count()
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def native_account(api: Api, domain_id: str, email_prefix: str = "sales") -> Any:
    body = {"domain_id": domain_id, "email_prefix": email_prefix, "display_name": "Sales Team"}
    return api.ok("createNativeSenderAccount", body)


def send_test(api: Api, inbox_id: str, times: int = 1) -> Any:
    for _ in range(times):
        answer = api.ok("sendTestEmail", {"recipient_email": "ada@example.com"}, inbox_id=inbox_id)
    return answer


def usage(api: Api) -> dict[str, Any]:
    return {sender["inbox_id"]: sender for sender in api.ok("getDailyUsage")["inboxes"]}


def quotas(api: Api, campaign_id: str) -> Any:
    return api.ok("getQuotas", query={"campaign_id": campaign_id})


def the_quota(api: Api, campaign_id: str) -> Any:
    return quotas(api, campaign_id)["inboxes"][0]


# ---------------------------------------------------------------- making sender accounts


def test_a_native_account_stands_on_its_domain(api: Api) -> None:
    domain_id = api.domain()
    made = native_account(api, domain_id)
    example = SPEC.operations["createNativeSenderAccount"].answer_examples["sales"]
    assert made == {**example, "inbox_id": made["inbox_id"], "created_at": made["created_at"]}
    account = api.ok("getSenderAccount", inbox_id=made["inbox_id"])
    assert (account["domain_id"], account["domain_name"]) == (domain_id, "mail.yourcompany.com")
    assert {account[name] for name in account if name.startswith(("smtp_", "imap_"))} == {None}
    assert api.ok("getDomain", domain_id=domain_id)["current_inboxes"] == 1
    found = api.ok("listSenderAccounts", query={"inbox_type": "COLDSEND"})["sender_accounts"]
    assert [item["inbox_id"] for item in found] == [made["inbox_id"]]
    api.ok("deleteSenderAccount", inbox_id=made["inbox_id"])
    assert api.ok("getDomain", domain_id=domain_id)["current_inboxes"] == 0
    assert native_account(api, domain_id)["inbox_id"] != made["inbox_id"]


def test_a_native_account_launches_a_campaign(api: Api) -> None:
    inbox_id = native_account(api, api.domain())["inbox_id"]
    campaign_id = api.ready(inbox_ids=[inbox_id])
    assert api.update(campaign_id, launch=True)["status"] == "ACTIVE"
    assert api.read(campaign_id)["inboxes"][0]["inbox_type"] == "COLDSEND"


def test_the_older_path_connects_an_account_as_the_newer_one(api: Api) -> None:
    old = api.ok("createSenderAccount", smtp_account("old@outreach.example.com"))
    new = api.ok("createSmtpSenderAccount", smtp_account("new@outreach.example.com"))
    varying = ("inbox_id", "email_address", "created_at")
    assert {name: old[name] for name in old if name not in varying} == {
        name: new[name] for name in new if name not in varying
    }
    assert api.ok("listSenderAccounts")["pagination"]["total"] == 2


# ---------------------------------------------------------------- what they send


def test_a_test_mail_is_answered_and_counted(api: Api) -> None:
    inbox_id = api.account()
    before = api.workspace.now().replace(microsecond=0)
    answer = send_test(api, inbox_id)
    example = SPEC.operations["sendTestEmail"].answer_examples["to_ada"]
    varying = {name: answer[name] for name in ("inbox_id", "sent_at", "message_id")}
    assert (answer, answer["inbox_id"]) == ({**example, **varying}, inbox_id)
    assert datetime.fromisoformat(answer["sent_at"]) >= before
    again = send_test(api, inbox_id)
    assert again["message_id"] != answer["message_id"]
    account = api.ok("getSenderAccount", inbox_id=inbox_id)
    assert (account["sent_today"], account["sent_this_month"]) == (2, 2)
    assert usage(api)[inbox_id]["sent_today"] == 2


def test_usage_counts_mails_of_campaigns_and_test_mails_in_days_of_utc(api: Api) -> None:
    clock = api.workspace.clock
    clock.freeze(NOON.replace(day=1) - timedelta(seconds=1))
    campaign_id = api.ready()
    inbox_id = api.read(campaign_id)["inboxes"][0]["inbox_id"]
    idle = api.account("idle@outreach.example.com")
    lead = api.workspace.leads.where("campaign", campaign_id)[0]

    def send() -> None:
        record_event(api.workspace, lead, "sent")
        record_event(api.workspace, lead, "opened")
        send_test(api, inbox_id)

    clock.freeze(datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC))
    send()
    answer = api.ok("getDailyUsage")
    assert (answer["date"], answer["reset_at_utc"]) == ("2026-01-31", "2026-02-01T00:00:00Z")
    example = SPEC.operations["getDailyUsage"].answer_examples["one_inbox"]
    assert list(answer) == list(example)
    assert [list(sender) for sender in answer["inboxes"]] == [list(example["inboxes"][0])] * 2
    assert (usage(api)[inbox_id]["sent_today"], usage(api)[idle]["sent_today"]) == (2, 0)
    clock.advance(timedelta(seconds=1))
    assert usage(api)[inbox_id]["sent_today"] == 0
    assert api.ok("getSenderAccount", inbox_id=inbox_id)["sent_this_month"] == 0
    clock.advance(timedelta(days=2))
    send()
    clock.advance(timedelta(days=2))
    send()
    account = api.ok("getSenderAccount", inbox_id=inbox_id)
    assert (account["sent_today"], account["sent_this_month"]) == (2, 4)
    listed = api.ok("listSenderAccounts", query={"search": account["email_address"]})["sender_accounts"][0]
    assert (listed["sent_today"], listed["sent_this_month"]) == (2, 4)


def test_usage_is_the_workspaces_own(api: Api) -> None:
    other = Api(api.app, f"{api.key}-other")
    send_test(api, api.account())
    other.account()
    assert [sender["sent_today"] for sender in usage(other).values()] == [0]


def test_an_account_at_its_limit_is_rate_limited(api: Api) -> None:
    inbox_id = api.account(daily_limit=2)
    seen = []
    for _ in range(4):
        own = usage(api)[inbox_id]
        seen.append((own["sent_today"], own["daily_limit"], own["remaining"], own["is_rate_limited"]))
        send_test(api, inbox_id)
    assert seen == [(0, 2, 2, False), (1, 2, 1, False), (2, 2, 0, True), (3, 2, 0, True)]


# ---------------------------------------------------------------- quotas


def test_a_quota_is_answered_as_documented(api: Api) -> None:
    api.workspace.clock.freeze(NOON)
    campaign_id = api.ready(daily_limit_per_inbox=30)
    sender = api.read(campaign_id)["inboxes"][0]
    send_test(api, sender["inbox_id"], times=12)
    answer = quotas(api, campaign_id)
    example = SPEC.operations["getQuotas"].answer_examples["one_inbox"]
    own = {"inbox_id": sender["inbox_id"], "email_address": sender["email_address"]}
    assert answer == {
        **example,
        "campaign_id": campaign_id,
        "date": "2026-01-15",
        "reset_at_utc": "2026-01-16T00:00:00Z",
        "inboxes": [{**example["inboxes"][0], **own}],
    }


def test_quotas_are_of_the_campaigns_accounts_alone(api: Api) -> None:
    api.account("idle@outreach.example.com")
    inbox_ids = [api.account(f"{number}@outreach.example.com") for number in range(3)]
    campaign_id = api.ready(inbox_ids=inbox_ids)
    assert [sender["inbox_id"] for sender in quotas(api, campaign_id)["inboxes"]] == inbox_ids
    assert quotas(api, api.campaign())["inboxes"] == []


def test_a_ramp_up_grows_day_by_day_from_the_launch(api: Api) -> None:
    clock = api.workspace.clock
    clock.freeze(NOON)
    campaign_id = api.ready(ramp_up_enabled=True, ramp_up_increment=20, ramp_up_max_limit=50)
    clock.advance(timedelta(days=3))
    assert the_quota(api, campaign_id)["ramp_up_limit"] == 20
    api.update(campaign_id, launch=True)
    seen = []
    for _ in range(4):
        quota = the_quota(api, campaign_id)
        seen.append((quota["ramp_up_limit"], quota["effective_daily_limit"], quota["ramp_up_enabled"]))
        clock.advance(timedelta(days=1))
    assert seen == [(20, 20, True), (40, 40, True), (50, 50, True), (50, 50, True)]


@pytest.mark.parametrize(
    ("settings_", "expected"),
    [
        ({"ramp_up_increment": 20, "ramp_up_max_limit": 50}, None),
        ({"ramp_up_enabled": True}, None),
        ({"ramp_up_enabled": True, "ramp_up_max_limit": 30}, 30),
        ({"ramp_up_enabled": True, "ramp_up_increment": 40}, 40),
    ],
)
def test_a_ramp_up_without_all_of_its_settings_follows_the_others(
    settings_: dict[str, Any], expected: int | None, api: Api
) -> None:
    quota = the_quota(api, api.ready(**settings_))
    assert quota["ramp_up_limit"] == expected
    assert quota["effective_daily_limit"] == (expected or quota["inbox_daily_limit"])


@settings(max_examples=40)
@given(
    sender=st.integers(1, 5),
    campaign=st.none() | st.integers(1, 5),
    ramp_up=st.none() | st.integers(1, 5),
    sent=st.integers(0, 6),
)
def test_the_least_limit_counts(
    app: MockServer, sender: int, campaign: int | None, ramp_up: int | None, sent: int
) -> None:
    api = Api(app, f"cs_live_limits_{next(NUMBERS)}")
    api.workspace.clock.freeze(NOON)
    inbox_id = api.account(daily_limit=sender)
    campaign_id = api.ready(
        inbox_ids=[inbox_id],
        daily_limit_per_inbox=campaign,
        ramp_up_enabled=ramp_up is not None,
        ramp_up_increment=ramp_up,
    )
    send_test(api, inbox_id, times=sent) if sent else None
    quota = the_quota(api, campaign_id)
    least = min(limit for limit in (sender, campaign, ramp_up) if limit is not None)
    assert quota["effective_daily_limit"] == least
    assert quota["effective_remaining"] == max(0, least - sent)
    assert quota["is_rate_limited"] == (sent >= least)
    assert (quota["inbox_daily_limit"], quota["campaign_daily_limit"], quota["ramp_up_limit"]) == (
        sender, campaign, ramp_up,
    )  # fmt: skip
    assert quota["sent_today"] == usage(api)[inbox_id]["sent_today"] == sent
