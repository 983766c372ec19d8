"""A story that visits every corner of the server, told the same way to each server, and written down."""

from datetime import timedelta
from typing import Any

from .planting import Plan
from .teller import (
    KEY,
    LIMITED_KEY,
    NO_ID,
    REVOKED_KEY,
    SECOND_KEY,
    DifferentError,
    Teller,
    follow_up,
    smtp_account,
    variant,
)


def tell_settings(teller: Teller) -> None:
    """Campaigns are made, read and changed."""
    ask = teller.ask
    bare = teller.add_campaign()
    teller.add_campaign()
    path = f"/campaigns/{bare}"
    ask("GET", path)
    full = teller.add_campaign(
        name=" ﬁ ① <Ünï> 🙂 e\u0301 'quoted' \x00" + "long " * 45,
        timezone="US/Eastern",
        sending_days=[5, 1, 3, 1],
        sending_window_start=10,
        sending_window_end=10,
        sending_window_end_minute=30,
        daily_limit_per_inbox=30,
        start_date="2024-02-01T09:30:00+02:00",
        enable_tracking=True,
        enable_unsubscribe=False,
        unknown=1,
    )
    ask("GET", f"/campaigns/{full}")
    ask("GET", f"/campaigns/{full.upper()}")
    ask("GET", f"/campaigns/{full}/")
    teller.add_campaign(start_date="2024-02-01T09:30:00", timezone="Asia/Tokyo")
    ask("PUT", path, {"sending_window_start": 2, "sending_window_end": 5})
    ask("PUT", path, {"start_date": "2024-02-01T09:30:00", "daily_limit_per_inbox": 7, "current_step": 1})
    ask("PUT", path, {"name": "Renamed campaign", "enable_tracking": True, "lead_mapping": {"email": "E"}})
    ask("PUT", path, {"name": "Refused campaign", "sending_window_end": 1, "lead_mapping": {"a": "b"}})
    ask("GET", path)
    nulls = dict.fromkeys(("name", "timezone", "sending_window_end", "daily_limit_per_inbox", "start_date"))
    ask("PUT", path, {**nulls, "lead_mapping": {"first_name": "F"}})
    ask("GET", path)
    ask("PUT", path, {})
    ask("PUT", path, {"name": " padded  name ", "sending_days": [6], "daily_limit_per_inbox": 80})
    ask("GET", path)
    ask("GET", f"/campaigns/{full}")
    for window in ((10, 30, 10, 15), (10, 0, 10, 0), (5, 0, 4, 0), (17, 0, 24, 1), (23, 0, 24, 0)):
        names = ("start", "start_minute", "end", "end_minute")
        sent: dict[str, Any] = {
            f"sending_window_{name}": value for name, value in zip(names, window, strict=True)
        }
        teller.add_campaign(**sent)
        ask("PUT", path, sent)
    ask("PUT", path, {"sending_window_start": 2, "sending_window_start_minute": 0})
    ask("PUT", path, {"sending_window_end": 5})
    ask("PUT", path, {"sending_window_end": 1})
    for step in (3, 2, 1, 2):
        ask("PUT", path, {"current_step": step})


def tell_refusals(teller: Teller) -> None:
    """Requests that break their schema, their syntax, or ask for what is not there."""
    ask = teller.ask
    path = f"/campaigns/{teller.add_campaign()}"
    bad: list[Any] = [
        {},
        {"name": "short", "sending_days": [0], "daily_limit_per_inbox": "30"},
        {"name": "A campaign", "timezone": "America/Invalid"},
        {"name": "A campaign", "start_date": "tomorrow"},
        {"name": "A campaign", "sending_window_start": "9", "enable_tracking": "yes"},
        {"name": "A campaign", "sending_window_start": 9.5, "enable_tracking": 1},
        {"name": "A campaign", "sending_window_start": True, "timezone": 5},
        {"name": "A campaign", "sending_window_start": 9.0},
        {"name": "A campaign", "timezone": "america/new_york"},
        {"name": "A campaign", "timezone": "UTC", "daily_limit_per_inbox": None, "start_date": None},
        {"name": "A campaign", "sending_days": None, "sending_window_end": 10**30},
        {"name": 10**5 * "x"},
        {"name": "A campaign", "enable_tracking": "maybe", "sending_window_end": "24"},
        {"name": "A campaign", "sending_days": 3},
        {"name": "A campaign", "sending_days": "1,2"},
        {"name": ["A campaign"]},
        {"name": {"a": "campaign"}},
        [{"name": "A campaign"}],
        [],
        "text",
        None,
    ]
    for body in bad:
        ask("POST", "/campaigns", body)
        ask("PUT", path, body)
    raw = [b"{nope", b"", b'{"name":"\\ud800 half of it"}', b'{"name":1e400}', b"[" * 5000 + b"]" * 5000]
    raw += [b'{"name":"\xff\xff\xff\xff\xff\xff\xff\xff"}', b'{"name":"A campaign","x":NaN}']
    raw += [b'{"name":' + b"9" * 5000 + b"}", b'\xef\xbb\xbf{"name":"A campaign"}']
    for data in raw:
        ask("POST", "/campaigns", data=data)
    ask("POST", "/campaigns", data=b'{"name":"A campaign"}', content_type="text/plain")
    ask("POST", "/campaigns", data=b'{"name":"A campaign"}', content_type=None)
    ask("GET", path)
    for method, tail in (
        ("GET", ""),
        ("PUT", ""),
        ("POST", "/pause"),
        ("POST", "/leads/manual"),
        ("DELETE", ""),
    ):
        body = {"email": "ada@example.com"} if tail.startswith("/leads") else {}
        ask(method, f"/campaigns/{NO_ID}{tail}", body)
        ask(method, f"/campaigns/nonsense{tail}", body)
    ask("GET", f"/sender-accounts/{NO_ID}")
    ask("DELETE", f"/sender-accounts/{NO_ID}")
    ask("GET", "/nowhere")
    ask("GET", "/campaigns/a/b/c%00%ff")
    ask("PATCH", path)
    ask("DELETE", "/campaigns")
    ask("OPTIONS", "/campaigns")
    ask("HEAD", path)


def tell_content(teller: Teller) -> None:
    """Variants, follow-ups and inboxes of a draft."""
    ask = teller.ask
    path = f"/campaigns/{teller.add_campaign()}"
    for shares in ((50, 40), (50, 49), (51, 50), (100, 100), (70, 30)):
        ask("PUT", path, {"variants": [variant("a", shares[0]), variant("b", shares[1])]})
    ask("PUT", path, {"variants": [variant("A", 50), variant("a", 50)]})
    ask("PUT", path, {"variants": [variant("A1")]})
    ask("PUT", path, {"variants": [{"subject_template": "Hello", "email_content": "Nothing but defaults."}]})
    ask("GET", path)
    ask("PUT", path, {"variants": [variant("beta", variant_label=" x ", content_type="html")]})
    ask("PUT", path, {"variants": [variant("A", content_type="pdf")]})
    ask("GET", path)
    ask("PUT", path, {"sequences": [follow_up(4), follow_up(2, enable_unsubscribe=False)]})
    ask("GET", path)
    ask("PUT", path, {"sequences": [follow_up(2, variants=[variant("A", 50), variant("A", 50)])]})
    ask("PUT", path, {"sequences": [follow_up(3, trigger_type="OPENED_BUT_NOT_REPLIED")]})
    ask("PUT", path, {"sequences": [follow_up(2, variants=[variant("A", 60), variant("B", 30)])]})
    ask("PUT", path, {"sequences": [follow_up(2), follow_up(2)]})
    ask("PUT", path, {"sequences": [follow_up(2, trigger_type="NEVER")]})
    ask("PUT", path, {"sequences": [], "sequence_edits": [{"action": "add", **follow_up(2)}]})
    ask("PUT", path, {"sequence_edits": [{"action": "add", **follow_up(2)}]})
    ask("GET", path)
    one, two = teller.add_account("one@example.com"), teller.add_account("two@example.com")
    foreign = teller.add_account("sam@example.com", key=SECOND_KEY)
    ask("PUT", path, {"inbox_ids": [one]})
    ask("PUT", path, {"inbox_ids": [two, two, one]})
    ask("PUT", path, {"inbox_ids": [two]})
    for unknown in (NO_ID, foreign):
        ask("PUT", path, {"name": "Refused campaign", "inbox_ids": [one, unknown]})
    ask("GET", path)
    fresh = f"/campaigns/{teller.add_campaign()}"
    ask("PUT", fresh, {"inbox_ids": [one, NO_ID]})
    ask("PUT", fresh, {"enable_tracking": True})
    ask("DELETE", f"/sender-accounts/{two}")
    ask("GET", path)


def tell_launch(teller: Teller) -> None:
    """Launch, with each part missing, and every transition of the status."""
    ask = teller.ask
    missing = teller.add_campaign()
    path = f"/campaigns/{missing}"
    inbox = teller.add_account("launch@example.com")
    ask("PUT", path, {"launch": True, "name": "Refused campaign"})
    ask("PUT", path, {"inbox_ids": [inbox], "variants": [variant()]})
    ask("PUT", path, {"launch": True, "name": "Refused campaign"})
    ask("GET", path)
    for lacking in ("inbox", "variant"):
        path = f"/campaigns/{teller.add_campaign()}"
        parts: dict[str, Any] = {"variants": [variant()]} if lacking == "inbox" else {"inbox_ids": [inbox]}
        teller.add_lead(path.removeprefix("/campaigns/"))
        ask("PUT", path, parts)
        ask("PUT", path, {"launch": True})
        ask("PUT", path, {"launch": False})
    for action in ("pause", "activate", "archive"):
        ask("POST", f"{path}/{action}")
    together = f"/campaigns/{teller.add_campaign()}"
    parts = {"inbox_ids": [inbox], "variants": [variant()]}
    ask("PUT", together, parts)
    ask("PUT", together, {"launch": True})
    together = f"/campaigns/{teller.add_campaign()}"
    teller.add_lead(together.removeprefix("/campaigns/"))
    ask("PUT", together, {**parts, "launch": True})
    ask("DELETE", f"/sender-accounts/{inbox}")
    path = f"/campaigns/{teller.prepare()}"
    ask("PUT", path, {"launch": True, "variants": [variant("C")], "name": "Launched campaign"})
    ask("GET", path)
    ask("PUT", path, {"launch": True})
    ask("PUT", path, {"name": "Refused campaign"})
    ask("DELETE", path)
    for action in ("activate", "archive", "pause", "pause"):
        ask("POST", f"{path}/{action}")
        ask("GET", path)
    _edit_paused(teller, path)
    for action in ("activate", "pause", "archive", "activate"):
        ask("POST", f"{path}/{action}")
    ask("GET", path)
    teller.add_lead(path.removeprefix("/campaigns/"), "late@example.com")
    ask("PUT", path, {"name": "Refused campaign"})
    ask("DELETE", path)
    older = f"/campaigns/{teller.prepare()}"
    for step in (1, 2, 3, 4, 5):
        ask("PUT", older, {"current_step": step})
    ask("GET", older)
    ask("POST", f"{older}/pause")
    ask("PUT", older, {"launch": True})
    ask("POST", f"{older}/pause")
    ask("DELETE", older)


def _edit_paused(teller: Teller, path: str) -> None:
    ask = teller.ask
    ask("PUT", path, {"variants": [variant("B", 40)]})
    ask("PUT", path, {"variants": [variant("B", 40), variant("C", 60)]})
    shares = [variant(name, 20) for name in "ABDE"]
    ask("PUT", path, {"variants": [*shares, variant("C", 20)]})
    ask("PUT", path, {"variants": [*shares[:3], variant("B", 0)]})
    ask("PUT", path, {"variants": [variant(name, 20) for name in "DEFC"]})
    ask("PUT", path, {"sequences": [follow_up(2)]})
    first, second = [
        str(sequence.get("sequence_id")) for sequence in [*ask("GET", path).get("sequences", []), {}, {}][:2]
    ]
    edits: list[dict[str, Any]] = [
        {"action": "add", **follow_up(3)},
        {"action": "add", **follow_up(7)},
        {"action": "add"},
        {"action": "edit", "sequence_id": first, "wait_days": 9},
        {"action": "edit", "sequence_id": first, "step_number": 3},
        {"action": "edit", "wait_days": 9},
        {"action": "edit", "sequence_id": second, "wait_days": 8},
        {"action": "delete", "sequence_id": second},
        {"action": "delete", "sequence_id": NO_ID},
    ]
    for edit in edits:
        ask("PUT", path, {"sequence_edits": [edit]})
    more = [{"action": "add", **follow_up(step)} for step in (3, 4, 5, 6, 8, 9, 10, 11)]
    ask("PUT", path, {"sequence_edits": [*more, {"action": "delete", "sequence_id": second}]})
    ask("PUT", path, {"sequence_edits": more})
    ask("PUT", path, {"sequence_edits": [{"action": "add", **follow_up(3)}]})
    ask("GET", path)


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
