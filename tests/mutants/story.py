"""A story that visits every corner of the server, told the same way to each server, and written down."""

from datetime import timedelta
from typing import Any

from .chapters import tell_content, tell_launch, tell_refusals, tell_settings
from .planting import Plan
from .teller import KEY, LIMITED_KEY, NO_ID, REVOKED_KEY, SECOND_KEY, DifferentError, Teller, smtp_account


def tell_leads(teller: Teller) -> None:
    """Leads of two campaigns."""
    ask = teller.ask
    one, two = teller.add_campaign(), teller.add_campaign()
    fields = {"Size": 50, "nested": {"a": [1]}, "city": " Paris "}
    ada = teller.add_lead(one, "Ada@Example.com", first_name=" ada <Ünï> ", custom_fields=fields)
    same = teller.add_lead(two, "ada@example.com")
    for email in ("ada@example.com", "Ada@Example.com", "nonsense", "a+b@example.com", "cy@example.com"):
        last = teller.add_lead(one, email)
    path = f"/campaigns/{one}/leads"
    ask("PUT", f"{path}/{ada}", {"company": "Engines", "custom_fields": {"Size": None, "new": 1}})
    ask("PUT", f"{path}/{ada}", {"first_name": None, "custom_fields": None})
    ask("GET", f"{path}/{ada}")
    ask("GET", f"{path}/{last}")
    ask("PUT", f"{path}/{same}", {"company": "Elsewhere"})
    ask("GET", f"{path}/{same}")
    ask("GET", f"/campaigns/{two}/leads/{same}")
    for query in ("", "?limit=2", "?limit=2&page=2", "?search=ADA", "?status=SENT", "?status_filter=SENT",
                  "?status=x", f"?batch_id={NO_ID}"):  # fmt: skip
        ask("GET", path + query)
    ask("GET", f"/campaigns/{one}")
    ask("GET", f"/campaigns/{two}")
    ask("DELETE", path, [])
    ask("DELETE", path, {})
    ask("DELETE", path, [same, NO_ID])
    ask("DELETE", path, [ada, ada, NO_ID])
    for campaign_id in (one, two):
        ask("GET", f"/campaigns/{campaign_id}/leads")
        ask("DELETE", f"/campaigns/{campaign_id}")
        ask("GET", f"/campaigns/{campaign_id}/leads")


def tell_lists(teller: Teller) -> None:
    """Lists: sorted, filtered, in pages; and what deletion leaves."""
    ask = teller.ask
    names = ("beta launch", "Alpha launch", "gamma Ünï launch", "delta launch", "Alpha launch")
    made = [teller.add_campaign(name=name) for name in names]
    teller.launch(name="Epsilon launch")
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
        account = teller.add_account(f"Box{index}@example.com", inbox_type=kind)
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
        teller.ask("POST", "/sender-accounts/smtp", {**smtp_account("new@example.com"), **more})
    teller.wait(timedelta(days=2))
    teller.add_campaign(name="Late launch")
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


def tell_access(teller: Teller) -> None:
    """Wrong keys, keys with few scopes, and two tenants."""
    ask = teller.ask
    mine = teller.prepare()
    account = teller.add_account("mine@example.com")
    lead = teller.add_lead(mine, "mine@example.com")
    theirs = teller.add_campaign(key=SECOND_KEY)
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/campaigns", None),
        ("POST", "/campaigns", {"name": "short"}),
        ("GET", f"/campaigns/{NO_ID}", None),
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
            teller.ask(method, path, body, key=key)
    for key in (LIMITED_KEY, SECOND_KEY):
        for method, path, body in asked:
            teller.ask(method, path, body, key=key)
    ask("PUT", f"/campaigns/{theirs}", {"inbox_ids": [account]}, key=SECOND_KEY)
    ask("GET", f"/campaigns/{theirs}")
    for path in (f"/campaigns/{mine}", f"/campaigns/{mine}/leads/{lead}", "/sender-accounts", "/campaigns"):
        ask("GET", path)


def tell_haste(teller: Teller) -> None:
    """Thirty requests in no time."""
    teller.pace = timedelta()
    for _ in range(30):
        teller.ask("GET", "/campaigns?limit=1")


CHAPTERS = (
    tell_settings,
    tell_refusals,
    tell_content,
    tell_launch,
    tell_leads,
    tell_lists,
    tell_access,
    tell_haste,
)


def record(plan: Plan, *chapters: Any) -> list[str]:
    """Return what the server of a plan answers."""
    teller = Teller(plan)
    for chapter in chapters or CHAPTERS:
        chapter(teller)
    return teller.transcript


def differs(plan: Plan, expected: list[str]) -> bool:
    """Tell whether the server of a plan tells the story otherwise than expected; stops where it does."""
    teller = Teller(plan, expected)
    try:
        for chapter in CHAPTERS:
            chapter(teller)
    except DifferentError:
        return True
    return teller.transcript != expected
