"""Scenarios that show faults in contacts, lists, sender accounts, domains, mails and requests."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

from ...kit.api import UNKNOWN_ID, smtp_account
from ..recorder import KEY, SECOND_KEY, Recorder, variant

_FILE = (
    "email,first_name,last_name,company,City\n"
    'ada@example.com,Ada,Lovelace,"ACME, Ltd",London\n'
    "bob@example.com,Bob,Bo,acme_50%,\n"
    "ADA@example.com,Ada2,,,Paris\n"
    "nope,,,,\n"
    "\n"
    "cy@example.com,Cy,Xu,Zed,Oslo\n"
)


def import_people(recorder: Recorder, **parts: Any) -> list[str]:
    """Import a file with three contacts, one of them twice; returns their ids, in the order of the file."""
    send_file(recorder, _FILE, filename="people.csv", **parts)
    rows = recorder.ask("GET", "/contacts").get("contacts") or []
    found = {str(row.get("email")).casefold(): str(row.get("contact_id")) for row in rows}
    return [found.get(f"{name}@example.com", UNKNOWN_ID) for name in ("ada", "bob", "cy")]


def send_file(recorder: Recorder, file: str, **parts: Any) -> None:
    """Import a file of contacts."""
    recorder.upload("importContacts", "/contacts/import", file, **parts)


def add_list(recorder: Recorder, name: str, key: str = KEY, **more: Any) -> str:
    """Add a list, which is static unless it has a filter."""
    kind = "DYNAMIC" if "filter_definition" in more else "STATIC"
    return recorder.add("list_id", "/contacts/lists", {"name": name, "list_type": kind, **more}, key)


def exercise_imports(recorder: Recorder) -> None:
    """Files of odd forms are imported, some contacts a second time."""
    ask = recorder.ask
    first = add_list(recorder, "First")
    ada, _, _ = import_people(recorder, list_id=first)
    ask("GET", f"/contacts/lists/{first}")
    second = add_list(recorder, "Second", contact_ids=[ada])
    again = "email,first_name,company\nada@example.com,,New Co\nbob@example.com,Bob,\n"
    send_file(recorder, again, filename="second.csv", list_id=second)
    ask("GET", f"/contacts?list_id={second}")
    send_file(recorder, "email,Town\nada@example.com,Rome\n")
    ask("GET", f"/contacts/{ada}")
    for file, parts in (
        ("email;first_name\nsemicolon@example.com;Semi\n", {}),
        ("\ufeffemail,first_name\nmarked@example.com,Bom\n", {}),
        ("E,town\nmapped@example.com,Rome\n", {"mapping": '{"email":"E","city":"town"}'}),
        ("email,first_name\ncomposed@example.com,Re\u0301mi\n", {}),
    ):
        send_file(recorder, file, **parts)
        ask("GET", "/contacts")
    send_file(recorder, "email\n" + "".join(f"n{number}@big.example.com\n" for number in range(520)))
    ask("GET", "/contacts?search=n519@big")
    rows = [ask("GET", f"/contacts?limit=100&page={page}").get("contacts", []) for page in (1, 2)]
    ids = [row["contact_id"] for page in rows for row in page][:150]
    large = add_list(recorder, "Large")
    ask("POST", "/contacts/bulk/lists", {"contact_ids": ids, "list_id": large})
    ask("GET", f"/contacts/lists/{large}")


def exercise_people(recorder: Recorder) -> None:
    """Contacts are searched, changed, pinned, enrolled twice and deleted."""
    ask = recorder.ask
    ada, bob, cy = import_people(recorder)
    plain = add_list(recorder, "Plain", contact_ids=[ada, bob])
    for query in ("search=Ada2%20Love", "search=%25", "search=_", "search=ACME", "search=zed", "search=2+lo",
                  "search=", f"list_id={plain}&search=bob", "limit=2&page=9"):  # fmt: skip
        ask("GET", f"/contacts?{query}")
    one, two = recorder.add_campaign(), recorder.add_campaign()
    for campaign, people in ((one, [ada, bob]), (two, [ada, cy])):
        ask("POST", "/contacts/bulk/campaigns", {"contact_ids": people, "campaign_id": campaign})
    rows = ask("GET", f"/campaigns/{two}/leads").get("leads") or []
    for lead in rows[:1]:
        recorder.events.record_event(lead["lead_id"], "sent")
        recorder.events.record_event(lead["lead_id"], "opened")
    ask("GET", f"/contacts/{ada}")
    send_file(recorder, "email\ndee@example.com\n")
    for query in (f"campaign_id={one}&not_in_campaign_id={two}", f"campaign_id={two}", "has_opened=false"):
        ask("GET", f"/contacts?{query}")
    ask("PATCH", f"/contacts/{ada}", {"custom_fields": {"City": None, "n": 12345678901234567890}})
    ask("PATCH", f"/contacts/{UNKNOWN_ID}", {"company": 5})
    for contact, signal in ((bob, "UNSUBSCRIBED"), (cy, "HOT_LEAD")):
        ask("PUT", f"/contacts/{contact}/signal", {"signal_override": signal})
    for query in ("signal=UNSUBSCRIBED", "signal=NEVER_CONTACTED"):
        ask("GET", f"/contacts?{query}")
    inbox = recorder.add_account()
    mail = {"inbox_id": inbox, "subject": "Hello", "body_text": "A"}
    ask("POST", f"/contacts/{ada}/send-email", mail)
    ask("GET", "/contacts")
    ask("GET", f"/contacts/{ada}")


def exercise_groups(recorder: Recorder) -> None:
    """Lists are made, renamed, filled and deleted."""
    ask = recorder.ask
    ada, bob, cy = import_people(recorder)
    lists = "/contacts/lists"
    plain = add_list(recorder, "Plain")
    ask("POST", "/contacts/bulk/lists", {"contact_ids": [ada, bob], "list_id": plain})
    ask("POST", "/contacts/bulk/lists", {"contact_ids": [ada, cy], "list_id": plain})
    ask("GET", "/contacts")
    ask("POST", "/contacts/bulk/lists", {"contact_ids": [UNKNOWN_ID], "list_id": plain})
    ask("GET", f"{lists}/{plain}")
    add_list(recorder, "Plain", key=SECOND_KEY)
    ask("PUT", f"/contacts/{cy}/signal", {"signal_override": "HOT_LEAD"})
    signals = {"signal": ["UNSUBSCRIBED", "HOT_LEAD"]}
    found = add_list(recorder, "Found", filter_definition=signals)
    ask("GET", f"{lists}/{found}")
    ask("PUT", f"/contacts/{ada}/signal", {"signal_override": "HOT_LEAD"})
    ask("GET", f"{lists}/{found}")
    other = {"name": "Other", "description": "d"}
    for body in ({"name": "Found"}, other, {"filter_definition": {"search": "bob"}}):
        ask("PATCH", f"{lists}/{found}", body)
    ask("GET", f"{lists}/{found}")
    for query in ("?list_type=STATIC", "/preview?sample_size=0", "/preview?sample_size=2"):
        ask("GET", lists + query)
    ask("GET", f"{lists}/preview?has_opened=false&sample_size=3")


def exercise_accounts(recorder: Recorder) -> None:
    """Sender accounts are connected, found, used and deleted, one by one and in jobs."""
    ask = recorder.ask
    smtp = "/sender-accounts/smtp"
    sam = recorder.add_account("sam@example.com", display_name="Zoe Name", daily_limit=7)
    recorder.add_account("SAM@example.com")
    recorder.add_account("sam@example.com", smtp_password="wrong-password")
    recorder.add_account("imap@example.com", imap_password="wrong-password")
    rows = [{**smtp_account(name), "daily_limit": 333} for name in ("b1@example.com", "B1@example.com")]
    job = ask("POST", f"{smtp}/bulk", {"inboxes": rows}).get("job_id")
    ask("GET", f"{smtp}/bulk/{job}/progress")
    ask("GET", f"/sender-accounts/bulk/delete/{job}/progress")
    for query in ("?search=zoe", "?sort_by=email_address&sort_order=desc"):
        ask("GET", f"/sender-accounts{query}")
    campaign = recorder.add_campaign()
    ask("PUT", f"/campaigns/{campaign}", {"inbox_ids": [sam], "daily_limit_per_inbox": 50})
    ask("GET", f"/sender-accounts/quotas?campaign_id={campaign}")
    ask("POST", f"/sender-accounts/{sam}/test-email", {"recipient_email": "r@example.com"})
    ask("GET", f"/sender-accounts/{sam}")
    ask("DELETE", f"/sender-accounts/{sam}")
    ask("GET", f"/campaigns/{campaign}")
    used = recorder.add_account("use@example.com")
    recorder.add_lead(campaign)
    ask("PUT", f"/campaigns/{campaign}", {"inbox_ids": [used], "variants": [variant()]})
    ask("PUT", f"/campaigns/{campaign}", {"launch": True})
    ask("POST", f"/campaigns/{campaign}/pause")
    deleting = {"inbox_ids": [used], "confirm_deletion": True}
    job = ask("POST", "/sender-accounts/bulk/delete", deleting).get("job_id")
    ask("GET", f"/sender-accounts/bulk/delete/{job}/progress")


def exercise_domains(recorder: Recorder) -> None:
    """Domains are activated, redirected, filled, deleted and added again."""
    ask = recorder.ask
    native = "/sender-accounts/coldsend-native"
    domain = _add_domain(recorder, "mail.example.com")
    path = f"/domains/{domain}"
    _add_domain(recorder, "two.example.com", active=False)
    for query in ("?status=ACTIVE", "?status=active", "?limit=1&page=2"):
        ask("GET", f"/domains{query}")
    for more in ({"preserve_path": False}, {}):
        ask("POST", f"{path}/redirect", {"target_domain": "t.example.com", **more})
        ask("GET", f"{path}/redirect")
    body = {"domain_id": domain, "display_name": "X"}
    inbox = recorder.add("inbox_id", native, {**body, "email_prefix": "x"})
    ask("DELETE", f"/sender-accounts/{inbox}")
    ask("GET", path)
    recorder.add_account("y@mail.example.com")
    ask("POST", native, {**body, "email_prefix": "y"})
    rows = [{"email_prefix": f"n{number}", "display_name": "n"} for number in range(100)]
    job = ask("POST", f"{native}/bulk", {"domain_id": domain, "inboxes": rows}).get("job_id")
    ask("GET", f"{native}/bulk/{job}/progress")
    ask("POST", native, {**body, "email_prefix": "last"})
    failing = _add_domain(recorder, "failing.example.com")
    ask("POST", f"/domains/{failing}/activate")
    again = _add_domain(recorder, "again.example.com", active=False)
    ask("DELETE", f"/domains/{again}")
    _add_domain(recorder, "again.example.com", active=False)


def _add_domain(recorder: Recorder, name: str, *, active: bool = True) -> str:
    domain = recorder.add("domain_id", "/domains", {"domain": name})
    if active:
        recorder.ask("POST", f"/domains/{domain}/activate")
        recorder.ask("GET", f"/domains/{domain}/progress")
        recorder.ask("GET", f"/domains/{domain}")
    return domain


def exercise_letters(recorder: Recorder) -> None:
    """Contacts are written to a second time, with copies and files; threads are found and answered."""
    ask = recorder.ask
    ask("GET", "/replies")
    ada, bob, _ = import_people(recorder)
    inbox = recorder.add_account()
    text = b64encode(b"hello").decode()
    files = [{"filename": "a.txt", "content_type": "text/plain", "content_base64": text}]
    mail = {"inbox_id": inbox, "subject": "Second", "body_text": "x" * 150 + "y" * 100}
    first = {**mail, "subject": "Re: First", "cc": ["copy@example.com"], "attachments": files}
    thread = ask("POST", f"/contacts/{bob}/send-email", first).get("thread_id")
    path = f"/replies/threads/{thread}"
    recorder.wait(timedelta(minutes=1))
    ask("POST", f"/contacts/{ada}/send-email", mail)
    ask("POST", f"/contacts/{bob}/send-email", mail)
    ask("GET", path)
    ask("POST", f"{path}/reply", {"body": "w"})
    ask("GET", f"{path}/messages")
    ask("GET", f"{path}/messages?limit=1")
    ask("POST", f"/contacts/{bob}/send-email", mail)
    ask("GET", f"/sender-accounts/{inbox}")
    ask("PATCH", f"{path}/star")
    for query in ("", "?is_starred=false", "?is_starred=true", "?search=first", "?search=bob"):
        ask("GET", f"/replies{query}")


def exercise_requests(recorder: Recorder) -> None:
    """Requests of odd forms are sent: a wrong method, empty values, a key elsewhere, two keys."""
    ask = recorder.ask
    recorder.add_campaign(name="Winter sale")
    ask("GET", "/campaigns?search=winter+sale")
    ask("PUT", "/contacts")
    ask("HEAD", "/contacts")
    for query in ("?limit=", "?campaign_id=", "?search="):
        ask("GET", f"/contacts{query}")
    for body in ({**smtp_account("float@example.com"), "daily_limit": 5.0}, {"email_address": "x"}):
        ask("POST", "/sender-accounts/smtp", body)
    ask("GET", "/campaigns", key=None, headers={"Authorization": f"Bearer {KEY}"})
    for key in (SECOND_KEY, KEY):
        ask("GET", "/campaigns", key=key)
