"""Scenarios that use all of a server, the same for each server; what it answers is recorded."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ..kit.api import UNKNOWN_ID, smtp_account
from .campaign_scenarios import exercise_content, exercise_launch, exercise_refusals, exercise_settings
from .mutant import Scenario
from .mutations import Plan
from .recorder import KEY, LIMITED_KEY, REVOKED_KEY, SECOND_KEY, DifferentError, Recorder


def exercise_leads(recorder: Recorder) -> None:
    """Leads of two campaigns."""
    ask = recorder.ask
    one, two = recorder.add_campaign(), recorder.add_campaign()
    fields = {"Size": 50, "nested": {"a": [1]}, "city": " Paris "}
    ada = recorder.add_lead(one, "Ada@Example.com", first_name=" ada <Ünï> ", custom_fields=fields)
    same = recorder.add_lead(two, "ada@example.com")
    for email in ("ada@example.com", "Ada@Example.com", "nonsense", "a+b@example.com", "cy@example.com"):
        last = recorder.add_lead(one, email)
    path = f"/campaigns/{one}/leads"
    ask("PUT", f"{path}/{ada}", {"company": "Engines", "custom_fields": {"Size": None, "new": 1}})
    ask("PUT", f"{path}/{ada}", {"first_name": None, "custom_fields": None})
    ask("GET", f"{path}/{ada}")
    ask("GET", f"{path}/{last}")
    ask("PUT", f"{path}/{same}", {"company": "Elsewhere"})
    ask("GET", f"{path}/{same}")
    ask("GET", f"/campaigns/{two}/leads/{same}")
    for query in ("", "?limit=2", "?limit=2&page=2", "?search=ADA", "?status=SENT", "?status_filter=SENT",
                  "?status=x", f"?batch_id={UNKNOWN_ID}"):  # fmt: skip
        ask("GET", path + query)
    ask("GET", f"/campaigns/{one}")
    ask("GET", f"/campaigns/{two}")
    ask("DELETE", path, [])
    ask("DELETE", path, {})
    ask("DELETE", path, [same, UNKNOWN_ID])
    ask("DELETE", path, [ada, ada, UNKNOWN_ID])
    for campaign_id in (one, two):
        ask("GET", f"/campaigns/{campaign_id}/leads")
        ask("DELETE", f"/campaigns/{campaign_id}")
        ask("GET", f"/campaigns/{campaign_id}/leads")


def exercise_lists(recorder: Recorder) -> None:
    """Lists: sorted, filtered, in pages; and what deletion leaves."""
    ask = recorder.ask
    names = ("beta launch", "Alpha launch", "gamma Ünï launch", "delta launch", "Alpha launch")
    made = [recorder.add_campaign(name=name) for name in names]
    recorder.launch(name="Epsilon launch")
    queries = (
        "", "?limit=2", "?limit=2&page=2", "?limit=2&page=4", "?page=99", "?status=ACTIVE", "?status=X",
        "?status_filter=ACTIVE", "?search=ALPHA", "?search=%25", "?search=pha%20l", "?search=%C3%BCN",
        "?search=%27%22", "?sort_by=name", "?sort_by=name&sort_order=asc", "?sort_by=x&sort_order=x",
        "?sort_order=asc", "?sort_by=status&limit=3", "?days=1", "?limit=0", "?limit=x", "?page=x",
        "?page=1&page=2", "?unknown=1", "?sort_by=launched_at", "?days=0", "?page=" + "9" * 30,
    )  # fmt: skip
    for query in queries:
        ask("GET", f"/campaigns{query}")
    for index, kind in enumerate(("OUTLOOK_365", "GOOGLE_WORKSPACE", "CUSTOM_SMTP")):
        account = recorder.add_account(f"Box{index}@example.com", inbox_type=kind)
    ask("GET", f"/sender-accounts/{account}")
    for query in ("", "?limit=1", "?limit=1&page=2", "?status=PAUSED", "?inbox_type=OUTLOOK_365",
                  "?search=BOX1", "?sort_by=email_address", "?sort_order=asc",
                  "?status_filter=PAUSED"):  # fmt: skip
        ask("GET", f"/sender-accounts{query}")
    for more in ({"inbox_type": "GMAIL"}, {"email_address": "box0@example.com"},
                 {"email_address": "nonsense"},
                 {"email_address": "u@example.com", "inbox_type": "GOOGLE_WORKSPACE", "daily_limit": 2001},
                 {"email_address": "v@example.com", "inbox_type": "OUTLOOK_365", "daily_limit": 5001},
                 {"email_address": "w@example.com", "smtp_host": "smtp.invalid"},
                 {"email_address": "x@example.com", "imap_password": "wrong-password"}):  # fmt: skip
        recorder.ask("POST", "/sender-accounts/smtp", {**smtp_account("new@example.com"), **more})
    recorder.wait(timedelta(days=2))
    recorder.add_campaign(name="Late launch")
    ask("GET", "/campaigns?days=1")
    ask("DELETE", f"/sender-accounts/{account}")
    ask("DELETE", f"/sender-accounts/{account}")
    ask("GET", "/sender-accounts")
    for _ in range(2):
        ask("DELETE", f"/campaigns/{made[0]}")
    ask("GET", f"/campaigns/{made[0]}")
    ask("PUT", f"/campaigns/{made[0]}", {})
    ask("GET", f"/campaigns/{made[1]}")
    ask("GET", "/campaigns?limit=3")


def exercise_access(recorder: Recorder) -> None:
    """Wrong keys, keys with few scopes, and two workspaces."""
    ask = recorder.ask
    mine = recorder.prepare()
    account = recorder.add_account("mine@example.com")
    lead = recorder.add_lead(mine, "mine@example.com")
    theirs = recorder.add_campaign(key=SECOND_KEY)
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/campaigns", None),
        ("POST", "/campaigns", {"name": "short"}),
        ("GET", f"/campaigns/{UNKNOWN_ID}", None),
        ("GET", f"/campaigns/{mine}", None),
        ("PUT", f"/campaigns/{mine}", {"name": "Taken campaign"}),
        ("POST", f"/campaigns/{mine}/leads/manual", {"email": "eve@example.com"}),
        ("GET", f"/campaigns/{mine}/leads", None),
        ("GET", f"/campaigns/{mine}/leads/{lead}", None),
        ("PUT", f"/campaigns/{mine}/leads/{lead}", {"company": "Eve"}),
        ("DELETE", f"/campaigns/{mine}/leads", [lead]),
        ("GET", f"/sender-accounts/{account}", None),
        ("GET", "/sender-accounts", None),
        ("POST", f"/campaigns/{mine}/pause", None),
        ("POST", f"/campaigns/{mine}/activate", None),
        ("POST", f"/campaigns/{mine}/archive", None),
        ("DELETE", f"/sender-accounts/{account}", None),
        ("POST", "/sender-accounts/smtp", {}),
        ("DELETE", f"/campaigns/{mine}", None),
    ]
    for key in (None, REVOKED_KEY, "nonsense", "cs_live_wrong", f"{KEY}x", KEY.upper(), "clé"):
        for method, path, body in asked[:5] if key else asked:
            recorder.ask(method, path, body, key=key)
    for key in (LIMITED_KEY, SECOND_KEY):
        for method, path, body in asked:
            recorder.ask(method, path, body, key=key)
    ask("PUT", f"/campaigns/{theirs}", {"inbox_ids": [account]}, key=SECOND_KEY)
    ask("GET", f"/campaigns/{theirs}")
    for path in (f"/campaigns/{mine}", f"/campaigns/{mine}/leads/{lead}", "/sender-accounts", "/campaigns"):
        ask("GET", path)


def exercise_haste(recorder: Recorder) -> None:
    """Thirty requests in no time."""
    recorder.pace = timedelta()
    for _ in range(30):
        recorder.ask("GET", "/campaigns?limit=1")


SCENARIOS = (
    exercise_settings,
    exercise_refusals,
    exercise_content,
    exercise_launch,
    exercise_leads,
    exercise_lists,
    exercise_access,
    exercise_haste,
)


def record(plan: Plan, *scenarios: Any) -> list[str]:
    """Return what the server of a plan answers in the usual scenarios, or in these."""
    recorder = Recorder(plan)
    for scenario in scenarios or SCENARIOS:
        scenario(recorder)
    return recorder.transcript


def find_difference(plan: Plan, expected: list[str], scenarios: Iterable[Scenario] = ()) -> str:
    """Return the first line that the server of a plan adds otherwise; empty if there is none.

    The scenarios are the usual ones, or these.
    """
    recorder = Recorder(plan, expected)
    try:
        for scenario in scenarios or SCENARIOS:
            scenario(recorder)
    except DifferentError as difference:
        return str(difference)
    return "" if recorder.transcript == expected else "the end"


def differs(plan: Plan, expected: list[str], scenario: Scenario | None = None) -> bool:
    """Return whether the server of a plan answers otherwise than expected; stops where it does.

    The scenarios are the usual ones, or this.
    """
    return bool(find_difference(plan, expected, [scenario] if scenario else ()))
