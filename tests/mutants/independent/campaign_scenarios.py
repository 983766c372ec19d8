"""Scenarios that show faults in campaigns, leads, files, subsequences, figures and the sending."""

from collections.abc import Iterable
from typing import Any

from ...kit.api import UNKNOWN_ID, follow_up
from ..recorder import Recorder, variant

_DAY = 86400.0
_ALL_DAY = {
    "sending_days": [1, 2, 3, 4, 5, 6, 7],
    "sending_window_start": 0,
    "sending_window_end": 24,
    "timezone": "UTC",
}
_LINKED: dict[str, Any] = {
    "content_type": "html",
    "email_content": "<a href='https://x.example/a'>a</a> <b>b</b>",
}


def prepare(
    recorder: Recorder, emails: Iterable[str] = ("silent@example.com",), inboxes: int = 1, **settings: Any
) -> tuple[str, list[str]]:
    """Create a campaign that can be launched and sends at all hours; returns its id and its leads."""
    content: dict[str, Any] = {
        name: settings.pop(name) for name in ("variants", "sequences") if name in settings
    }
    times: dict[str, Any] = {**_ALL_DAY, **settings}
    campaign = recorder.add_campaign(**times)
    leads = [recorder.add_lead(campaign, email) for email in emails]
    number = len(recorder.transcript)
    accounts = [recorder.add_account(f"box{number}.{each}@example.com") for each in range(inboxes)]
    body: dict[str, Any] = {"inbox_ids": accounts, "variants": [variant(**_LINKED)], **content}
    recorder.ask("PUT", f"/campaigns/{campaign}", body)
    return campaign, leads


def run(
    recorder: Recorder, emails: Iterable[str] = ("silent@example.com",), days: float = 0, **settings: Any
) -> tuple[str, list[str]]:
    """Launch such a campaign, and let days pass."""
    campaign, leads = prepare(recorder, emails, **settings)
    recorder.ask("PUT", f"/campaigns/{campaign}", {"launch": True})
    if days:
        recorder.events.move_clock(days * _DAY)
    return campaign, leads


def upload(recorder: Recorder, campaign: str, file: str, **parts: Any) -> dict[str, Any]:
    """Upload leads, and look at the progress and at the leads; returns the answer."""
    found = recorder.upload("uploadLeads", f"/campaigns/{campaign}/leads", file, **parts)
    recorder.ask("GET", f"/campaigns/{campaign}/leads/upload/{found.get('job_id')}")
    recorder.ask("GET", f"/campaigns/{campaign}/leads")
    return found


def exercise_campaign_lists(recorder: Recorder) -> None:
    """Campaigns are found, sorted and deleted."""
    ask = recorder.ask
    for name in ("Autumn sale", "Spring sale", "Summer sale", "Winter sale"):
        recorder.add_campaign(name=name)
    ask("PUT", f"/campaigns/{UNKNOWN_ID}", {"name": 1})
    for query in ("?search=sale&limit=2&page=2", "?search=winter&status=DRAFT", "?search=winter",
                  "?sort_by=name&sort_order=desc", "?sort_by=name&sort_order=asc"):  # fmt: skip
        ask("GET", f"/campaigns{query}")
    campaign = recorder.add_campaign()
    recorder.add_lead(campaign, "once@example.com")
    ask("DELETE", f"/campaigns/{campaign}")
    ask("GET", "/contacts")
    run(recorder, ["reply.1@example.com", "reply.2@example.com"], name="Two replies")
    run(recorder, ["reply.3@example.com"], 2, name="One reply")
    ask("GET", "/campaigns?sort_by=reply_count")


def exercise_drafts(recorder: Recorder) -> None:
    """What a draft holds is changed."""
    ask = recorder.ask
    campaign = recorder.add_campaign(start_date="2024-03-01T09:30:00Z")
    path = f"/campaigns/{campaign}"
    accounts = sorted(recorder.add_account(f"order{number}@example.com") for number in range(2))
    step = {name: value for name, value in follow_up(2).items() if name != "enable_unsubscribe"}
    for body in (
        {"variants": [variant(email_content="Hello there, my friend\n\n")]},
        {"sequences": [step]},
        {"inbox_ids": accounts},
        {"timezone": "Asia/Tokyo"},
        {"name": "Another name", "inbox_ids": [UNKNOWN_ID]},
    ):
        ask("PUT", path, body)
        ask("GET", path)
    upload(recorder, campaign, "email\nx@example.com\nnope\n")
    ask("GET", path)


def exercise_paused(recorder: Recorder) -> None:
    """A campaign is paused, changed, launched again, archived; another one completes."""
    ask = recorder.ask
    campaign, _ = run(recorder, sequences=[follow_up(2, enable_unsubscribe=False), follow_up(4)])
    path = f"/campaigns/{campaign}"
    ask("POST", f"{path}/pause")
    first = (ask("GET", path).get("sequences") or [{}])[0].get("sequence_id")
    edit = {"action": "edit", "sequence_id": first}
    for body in (
        {"variants": [variant("a", subject_template="new")]},
        {"sequence_edits": [{"action": "add", **follow_up(3)}]},
        {"sequence_edits": [{**edit, "wait_days": 5}]},
        {"sequence_edits": [{**edit, "enable_unsubscribe": None}]},
        {"launch": True},
    ):
        ask("PUT", path, body)
        ask("GET", path)
    for action in ("pause", "archive", "archive"):
        ask("POST", f"{path}/{action}")
    completed, _ = run(recorder, days=2)
    ask("PUT", f"/campaigns/{completed}", {"name": "Another name"})
    ask("POST", f"/campaigns/{completed}/activate")
    ask("GET", f"/campaigns/{completed}")
    halved, _ = run(recorder, ["bounce@example.com", "silent.1@example.com", "silent.2@example.com"], 2)
    recorder.add_lead(halved, "silent.4@example.com")
    ask("GET", f"/campaigns/{halved}")


def exercise_single_leads(recorder: Recorder) -> None:
    """Leads are added, found and deleted; some are of a campaign that is completed or archived."""
    ask = recorder.ask
    one, two = recorder.add_campaign(), recorder.add_campaign()
    path = f"/campaigns/{one}/leads"
    lead = recorder.add_lead(one, "Ada@Example.com", company="Old")
    recorder.add_lead(two, "ada@example.com", company="New")
    ask("GET", "/contacts")
    batch = upload(recorder, one, "email\nx@example.com\n").get("batch_id")
    for query in (f"?status=PENDING&batch_id={batch}", "?search=ada", "?search=Ada"):
        ask("GET", path + query)
    ask("DELETE", path, [lead, lead])
    rest = recorder.add_lead(one, "y@example.com")
    ask("DELETE", path, [rest, UNKNOWN_ID])
    upload(recorder, two, "email\n" + "".join(f"n{number}@example.com\n" for number in range(120)))
    pages = [ask("GET", f"/campaigns/{two}/leads?limit=100&page={page}") for page in (1, 2)]
    ids = [row["lead_id"] for page in pages for row in page.get("leads", [])]
    ask("DELETE", f"/campaigns/{two}/leads", ids)
    ask("GET", f"/campaigns/{two}/leads")
    sent, leads = run(recorder, ["silent.5@example.com"], 1, sequences=[follow_up(2, wait_days=5)])
    ask("DELETE", f"/campaigns/{sent}/leads", leads)
    for text in ("one", "two"):
        recorder.events.receive_reply(leads[0], text)
    ask("GET", f"/campaigns/{sent}/leads/{leads[0]}")
    tracked, leads = run(recorder, ["silent.6@example.com"], 1, enable_tracking=True)
    recorder.events.receive_reply(leads[0], "one")
    recorder.events.move_clock(3600)
    recorder.events.record_event(leads[0], "opened")
    ask("GET", f"/campaigns/{tracked}/leads/{leads[0]}")
    completed, _ = run(recorder, ["silent.7@example.com"], 2)
    recorder.add_lead(completed, "silent.8@example.com")
    ask("GET", f"/campaigns/{completed}")
    archived, leads = run(recorder, ["silent.9@example.com"])
    for action in ("pause", "archive"):
        ask("POST", f"/campaigns/{archived}/{action}")
    ask("PUT", f"/campaigns/{archived}/leads/{leads[0]}", {"company": "x"})
    ask("DELETE", f"/campaigns/{archived}/leads", leads)


def exercise_uploads(recorder: Recorder) -> None:
    """Files of odd forms are uploaded, in every way, and exported."""
    campaign, other = recorder.add_campaign(), recorder.add_campaign()
    recorder.add_lead(campaign, "x@example.com", company="a\nb", custom_fields={"k": "v", "vip": True})
    recorder.ask("GET", f"/campaigns/{campaign}/leads/export")
    recorder.add_lead(other, "x@example.com")
    recorder.add_lead(other, "y@example.com", custom_fields={"k": "v"})
    recorder.ask("GET", f"/campaigns/{other}/leads/export")
    upload(recorder, campaign, "email,company\nx@example.com,\n", duplicate_action="update")
    upload(recorder, campaign, "email,city\nx@example.com,Rome\n", duplicate_action="replace")
    upload(recorder, campaign, "\ufeffemail\nmarked@example.com\n")
    upload(recorder, campaign, "email;first_name\nsemicolon@example.com;X\n")
    upload(recorder, campaign, "Mail,Size\nsize@example.com,9\n", mapping='{"email":"Mail"}')
    upload(recorder, campaign, "email\ntwice@example.com\nTWICE@example.com\n")
    job = upload(recorder, campaign, "email\n" + "nope\n" * 14 + "last@example.com\n").get("job_id")
    recorder.ask("GET", f"/campaigns/{other}/leads/upload/{job}")
    sent, _ = run(recorder, ["silent@example.com"], 1)
    upload(recorder, sent, "email\nnew@example.com\n", delete_existing=True)


def add_subsequence(recorder: Recorder, campaign: str, **more: Any) -> dict[str, Any]:
    """Add a subsequence that a phrase triggers; returns the answer."""
    body = {
        "trigger_type": "KEYWORD",
        "trigger_params": {"phrases": ["Yes please"]},
        "steps": [make_step()],
        **more,
    }
    return recorder.ask("POST", f"/campaigns/{campaign}/flow/subsequences", body)


def make_step(**more: Any) -> dict[str, Any]:
    """Return a mail of a subsequence."""
    return {"wait_seconds": 5, "variants": [{"subject": "s", "body": "b", **more}]}


def exercise_branches(recorder: Recorder) -> None:
    """Subsequences are joined to steps, ordered, changed, triggered and entered."""
    ask = recorder.ask
    campaign, [lead] = prepare(recorder, ["silent.1@example.com"], sequences=[follow_up(2, wait_days=9)])
    path = f"/campaigns/{campaign}"
    nodes = ask("GET", f"{path}/flow").get("nodes") or [{}]
    made = add_subsequence(recorder, campaign, priority=4, entry_from_node_id=nodes[-1].get("id"))
    edge = f"{path}/flow/subsequences/{made.get('entry_edge', {}).get('id')}"
    add_subsequence(recorder, campaign, priority=1, label="Earlier", steps=[make_step(), make_step()])
    add_subsequence(recorder, campaign, steps=[make_step(), make_step(weight=40)])
    ask("GET", f"/analytics{path}/subsequences")
    for body in ({"label": "Other"}, {"trigger_type": "STATUS"}, {"steps": [make_step(), make_step()]},
                 {"steps": [make_step()]}, {"is_active": False}):  # fmt: skip
        ask("PUT", edge, body)
        ask("GET", f"{path}/flow")
    waiting = recorder.add_lead(campaign, "silent.2@example.com")
    target = (made.get("nodes") or [{}])[0].get("id")
    ask("POST", f"{path}/leads/move-to-subsequence",
        {"lead_ids": [waiting, waiting], "target_subsequence_node_id": target})  # fmt: skip
    ask("GET", f"{path}/leads/{waiting}/journey")
    ask("GET", f"/analytics{path}/subsequences")
    ask("PUT", path, {"launch": True})
    recorder.events.move_clock(_DAY)
    recorder.events.receive_reply(lead, "yes PLEASE")
    recorder.events.move_clock(_DAY)
    ask("GET", f"{path}/leads/{lead}/journey")
    ask("GET", f"/analytics{path}/subsequences")
    quiet, [lead] = prepare(recorder, ["silent.3@example.com"], sequences=[follow_up(2, wait_days=9)])
    made = add_subsequence(recorder, quiet)
    edge = f"/campaigns/{quiet}/flow/subsequences/{made.get('entry_edge', {}).get('id')}"
    ask("PUT", edge, {"is_active": False})
    ask("PUT", f"/campaigns/{quiet}", {"launch": True})
    recorder.events.move_clock(_DAY)
    recorder.events.receive_reply(lead, "Yes please")
    recorder.events.move_clock(3600)
    ask("GET", f"/campaigns/{quiet}/leads/{lead}/journey")
    for action in ("pause", "archive"):
        ask("POST", f"/campaigns/{quiet}/{action}")
    ask("DELETE", edge)


def exercise_figures(recorder: Recorder) -> None:
    """Campaigns of different success are counted."""
    ask = recorder.ask
    ask("GET", "/analytics/campaigns/timeline")
    recorder.add_campaign()
    ask("GET", "/analytics/campaigns?status=ACTIVE")
    tracking = {"enable_tracking": True, "enable_click_tracking": True}
    linked = follow_up(2, wait_days=1)
    linked["variants"] = [{"email_content": "<a href='https://x.example/c'>c</a>"}]
    late, _ = prepare(recorder, ["silent.1@example.com"])
    recorder.events.move_clock(_DAY)
    ask("PUT", f"/campaigns/{late}", {"launch": True})
    ask("GET", "/analytics/campaigns?from_date=2024-01-16")
    run(recorder, ["reply.1@example.com"])
    answered, leads = run(recorder, ["bounce@example.com", "silent.2@example.com", "silent.3@example.com"], 1)
    for text in ("one", "two"):
        recorder.events.receive_reply(leads[-1], text)
    ask("GET", "/analytics/campaigns/timeline")
    ask("GET", "/analytics/campaigns")
    ask("GET", f"/campaigns/{answered}")
    clicked, _ = run(recorder, ["click@example.com"], 9, sequences=[linked], **tracking)
    for tail in ("ctr", "ctr/links"):
        ask("GET", f"/analytics/campaigns/{clicked}/{tail}")
    moved, leads = prepare(recorder, ["silent.4@example.com"])
    made = add_subsequence(recorder, moved)
    ask("PUT", f"/campaigns/{moved}", {"launch": True})
    recorder.events.move_clock(_DAY)
    target = (made.get("nodes") or [{}])[0].get("id")
    ask("POST", f"/campaigns/{moved}/leads/move-to-subsequence",
        {"lead_ids": leads, "target_subsequence_node_id": target})  # fmt: skip
    recorder.events.move_clock(_DAY)
    ask("GET", f"/analytics/campaigns/{moved}/subsequences")


def exercise_sending(recorder: Recorder) -> None:
    """Mails go out by themselves: when, which, and to whom."""
    ask = recorder.ask
    ended, _ = run(recorder, ["reply.5@example.com"], 1 / 1440)
    ask("GET", f"/campaigns/{ended}")
    many = [f"silent.{number}@example.com" for number in range(6)]
    halves = [variant("A", 50), variant("B", 50, subject_template="Bee")]
    ramp = {"ramp_up_enabled": True, "ramp_up_increment": 1, "ramp_up_max_limit": 9}
    begun = [
        prepare(recorder, ["silent.7@example.com"],
                sequences=[follow_up(2, wait_days=2), follow_up(3, wait_days=3)]),
        prepare(recorder, ["open@example.com"], enable_tracking=True,
                sequences=[follow_up(2, wait_days=2, trigger_type="NOT_OPENED")]),
        prepare(recorder, ["silent.8@example.com"], start_date="2024-01-18T00:00:00Z"),
        prepare(recorder, ["unsubscribe@example.com"]),
        prepare(recorder, ["unsubscribe@example.com"], start_date="2024-01-18T00:00:00Z"),
        prepare(recorder, many, variants=halves),
        prepare(recorder, [f"other.{each}" for each in many], **ramp),
        prepare(recorder, ["silent.9@example.com"], timezone="Asia/Tokyo", sending_window_start=9,
                sending_window_end=17),
    ]  # fmt: skip
    for campaign, _ in begun:
        ask("PUT", f"/campaigns/{campaign}", {"launch": True})
    for days in (1, 2, 6):
        recorder.events.move_clock(days * _DAY)
        for campaign, leads in begun:
            ask("GET", f"/campaigns/{campaign}")
            for lead in leads:
                ask("GET", f"/campaigns/{campaign}/leads/{lead}")
