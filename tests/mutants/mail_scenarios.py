"""Scenarios: subsequences, mails to and from single contacts, analytics."""

from datetime import timedelta
from typing import Any

from contracts.inputs.encoding import encode
from mockserver.mails.incoming_events import receive_reply, record_lead_event

from ..kit.api import UNKNOWN_ID
from .contact_scenarios import import_people
from .recorder import KEY, SECOND_KEY, Recorder, variant


def exercise_subsequences(recorder: Recorder) -> None:
    """Subsequences are made of nothing but what a request must hold."""
    campaign = recorder.prepare()
    path = f"/campaigns/{campaign}/flow"
    variants = [{"subject": "One", "body": "A text"}]
    steps = [{"wait_seconds": seconds, "variants": variants} for seconds in (0, 86400)]
    for trigger, params in (("STATUS", {"status": "REPLIED"}), ("KEYWORD", None)):
        body: dict[str, Any] = {"trigger_type": trigger, "steps": steps}
        if params:
            body["trigger_params"] = params
        recorder.ask("POST", f"{path}/subsequences", body)
    recorder.ask("GET", path)


def exercise_mails(recorder: Recorder) -> None:
    """Contacts are written to, and threads answered, with nothing but what a request must hold."""
    ask = recorder.ask
    workspace = recorder.app.workspaces.get(KEY)
    contact, account = import_people(recorder)[0], recorder.add_account("from@example.com")
    files = [{"filename": "a.bin", "content_base64": "b25lIGV1cm8="}]
    for more in ({"body_text": "A text"}, {"body_html": "<p>A text</p>"}, {}):
        body: dict[str, Any] = {"inbox_id": account, "subject": "Hello", **more}
        ask("POST", f"/contacts/{contact}/send-email", body)
        thread = ask("POST", f"/contacts/{contact}/send-email", {**body, "attachments": files}).get(
            "thread_id"
        )
        ask("GET", f"/replies/threads/{thread}/messages")
    campaign = recorder.prepare()
    for lead in workspace.leads.where("campaign", campaign):
        receive_reply(workspace, lead.lead_id, "Tell me more")
    for row in ask("GET", "/replies").get("conversations") or [{}]:
        path = f"/replies/threads/{row.get('thread_id')}"
        for reply in ({"body": "Gladly"}, {"html_body": "<p>Gladly</p>"}, {}):
            ask("POST", f"{path}/reply", reply)
        ask("GET", f"{path}/messages")


def exercise_threads(recorder: Recorder) -> None:
    """Three leads of two campaigns answer; their threads are found, read, starred and answered."""
    ask, workspace = recorder.ask, recorder.app.workspaces.get(KEY)
    campaign, other = recorder.prepare(name="First campaign"), recorder.prepare(name="Other campaign")
    recorder.add_lead(campaign, "grace@example.com", first_name="Grace", last_name="Hopper")
    for lead in [*workspace.leads.where("campaign", campaign), *workspace.leads.where("campaign", other)]:
        receive_reply(workspace, lead.lead_id, " Tell me é\nmore ", category="INTERESTED", confidence=0.9)
        recorder.wait(timedelta(minutes=1))
    threads = [str(row.get("thread_id")) for row in ask("GET", "/replies").get("conversations") or [{}] * 3]
    path = f"/replies/threads/{threads[-1]}"
    queries = (
        "", "?limit=1", "?limit=1&page=2", f"?campaign_id={campaign}", "?is_read=true", "?is_starred=true",
        "?category=OTHER", "?status=read", "?status=unread", "?status=starred", "?search=GRACE%20ho",
    )  # fmt: skip

    def look() -> None:
        for query in queries:
            ask("GET", f"/replies{query}")
        for thread in threads:
            ask("GET", f"/replies/threads/{thread}")
        for query in ("", "?limit=1", "?limit=1&page=2"):
            ask("GET", f"{path}/messages{query}")

    look()
    files = [{"filename": "a.bin", "content_base64": "b25lIGV1cm8="}]
    for change in ("read", "star", "reply", "star", "answer", "read"):
        if change == "reply":
            ask("POST", f"{path}/reply", {"body": " Gladly ", "html_body": "<b>", "attachments": files})
        elif change == "answer":
            receive_reply(workspace, next(iter(workspace.leads.where("campaign", campaign))).lead_id, "Well?")
        else:
            ask("PATCH", f"{path}/{change}")
        look()
    ask("GET", f"/replies/threads/{threads[0]}", key=SECOND_KEY)


def exercise_direct_mails(recorder: Recorder) -> None:
    """Contacts are written to until no credits are left; who has unsubscribed is not."""
    ask, workspace = recorder.ask, recorder.app.workspaces.get(KEY)
    contacts, account = import_people(recorder), recorder.add_account("from@example.com")
    leaver = recorder.add_lead(recorder.prepare(), "grace@example.com")
    if workspace.leads.find(leaver):
        record_lead_event(workspace, leaver, "unsubscribed")
    body = {"inbox_id": account, "subject": " Hello ", "body_text": " A\ntext "}
    for contact in [*contacts[:2], contacts[0]]:
        thread = ask("POST", f"/contacts/{contact}/send-email", body).get("thread_id")
        ask("GET", f"/replies/threads/{thread}/messages")
        ask("GET", f"/contacts/{contact}")


def exercise_flow(recorder: Recorder) -> None:
    """Subsequences are made, changed, entered and deleted."""
    ask, workspace = recorder.ask, recorder.app.workspaces.get(KEY)
    campaign, other = recorder.prepare(), recorder.prepare()
    path = f"/campaigns/{campaign}"
    variants = [
        {"variant_name": name, "subject": f"{name} ü", "body": f"A text, {name}", "weight": 50}
        for name in ("One", "Two")
    ]
    steps = [
        {"wait_seconds": seconds, "variants": variants, "label": f"{seconds} s"} for seconds in (60, 86400)
    ]
    phrases = {"phrases": ["tell me more", "yes"]}
    body = {
        "trigger_type": "KEYWORD",
        "trigger_params": phrases,
        "label": "Subsequence",
        "priority": 5,
        "steps": steps,
    }
    made = [
        ask("POST", f"{path}/flow/subsequences", {**body, **more})
        for more in ({}, {"priority": 1, "label": "First", "is_active": False})
    ]
    edge, [nodes, other_nodes] = made[0].get("entry_edge") or {}, [each.get("nodes") or [{}] for each in made]
    wrong: dict[str, Any]
    for wrong in ({"trigger_params": {}}, {"steps": [{**steps[0], "variants": variants[:1]}]}):
        ask("POST", f"{path}/flow/subsequences", {**body, **wrong})
    ask("GET", f"{path}/flow")
    own = f"{path}/flow/subsequences/{edge.get('id')}"
    for change in ({}, {"is_active": False}, {"label": "Other"}, {"is_active": True}, {"steps": steps[:1]}):
        ask("PUT", own, change)
        ask("GET", f"{path}/flow")
    leads = [recorder.add_lead(campaign, f"{name}@example.com") for name in ("grace", "linus")]
    foreign = next(iter(workspace.leads.where("campaign", other))).lead_id
    body = {"lead_ids": [leads[0], UNKNOWN_ID, foreign], "target_subsequence_node_id": nodes[0].get("id")}
    record_lead_event(workspace, leads[0], "sent")
    receive_reply(workspace, leads[0], "Perhaps")
    inner = {"lead_ids": leads[1:], "target_subsequence_node_id": other_nodes[-1].get("id")}
    for _ in range(2):
        for each in (body, inner):
            ask("POST", f"{path}/leads/move-to-subsequence", each)
        for lead in leads:
            ask("GET", f"{path}/leads/{lead}/journey")
        ask("GET", f"/analytics{path}/subsequences")
    for _ in range(2):
        ask("DELETE", own)
        ask("GET", f"{path}/flow")


def exercise_numbers(recorder: Recorder) -> None:
    """Mails of two campaigns are sent, opened, clicked, answered and bounce, on two days."""
    ask, workspace = recorder.ask, recorder.app.workspaces.get(KEY)
    linked = [variant(email_content="Prices: https://example.com/prices")]
    campaigns = [recorder.launch(variants=linked), recorder.launch(variants=linked), recorder.add_campaign()]
    backwards = "?from_date=2024-01-16&to_date=2024-01-15"
    for day in range(2):
        for number, campaign in enumerate(campaigns[:2]):
            for kind in ("sent", "opened", "clicked", "bounced", "replied")[number:]:
                lead = recorder.add_lead(campaign, f"{kind}{day}@example.com")
                happened = ("sent", "opened", "sent", "opened") if kind == "opened" else (kind, kind)
                for each in happened if workspace.leads.find(lead) else ():
                    record_lead_event(workspace, lead, each)
        recorder.wait(timedelta(days=1))
    for query in ("", "?status=ACTIVE", "?from_date=2024-01-15", "?from_date=2024-01-16",
                  "?from_date=2024-01-02&to_date=2024-01-10", backwards):  # fmt: skip
        ask("GET", f"/analytics/campaigns{query}")
    for query in ("", backwards, "?from_date=2024-01-14&to_date=2024-01-15", "?to_date=2024-01-16"):
        ask("GET", f"/analytics/campaigns/timeline{query}")
    for campaign in campaigns:
        for tail in ("ctr", "ctr/links", "ctr?verified=false"):
            ask("GET", f"/analytics/campaigns/{campaign}/{tail}")
        ask("GET", f"/campaigns/{campaign}")


def exercise_strangers(recorder: Recorder) -> None:
    """No key, and the key of another workspace, ask for contacts, threads, domains and files."""
    ask, workspace = recorder.ask, recorder.app.workspaces.get(KEY)
    contact, account = import_people(recorder)[0], recorder.add_account("from@example.com")
    campaign = recorder.prepare()
    domain = recorder.add("domain_id", "/domains", {"domain": "mail.example.org"})
    list_id = recorder.add("list_id", "/contacts/lists", {"name": "Guests", "list_type": "STATIC"})
    for lead in list(workspace.leads.where("campaign", campaign))[:1]:
        receive_reply(workspace, lead.lead_id, "Tell me more")
    thread = (ask("GET", "/replies").get("conversations") or [{}])[0].get("thread_id", UNKNOWN_ID)
    mail = {"inbox_id": account, "subject": "Hello", "body_text": "A text"}
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/contacts", None),
        ("GET", f"/contacts/{contact}", None),
        ("PATCH", f"/contacts/{contact}", {"company": "Eve"}),
        ("POST", f"/contacts/{contact}/send-email", mail),
        ("GET", f"/contacts/lists/{list_id}", None),
        ("DELETE", f"/contacts/lists/{list_id}", None),
        ("GET", "/replies", None),
        ("GET", f"/replies/threads/{thread}", None),
        ("POST", f"/replies/threads/{thread}/reply", {"body": "Gladly"}),
        ("GET", f"/campaigns/{campaign}/flow", None),
        ("GET", f"/campaigns/{campaign}/leads/export", None),
        ("GET", f"/analytics/campaigns/{campaign}/ctr", None),
        ("GET", "/analytics/campaigns/timeline", None),
        ("GET", f"/domains/{domain}", None),
        ("DELETE", f"/domains/{domain}", None),
        ("POST", "/domains", {"domain": "eve.example.org"}),
        ("DELETE", "/contacts", [contact]),
        ("POST", "/sender-accounts/bulk/delete", {"inbox_ids": [account], "confirm_deletion": True}),
    ]
    upload = recorder.app.pipeline.spec.operations["uploadLeads"]
    path = f"/campaigns/{campaign}/leads"
    for key in (None, SECOND_KEY):
        for method, tail, body in asked:
            ask(method, tail, body, key=key)
        data, content_type = encode(upload, {"file": b"email\neve@example.com\n"}, boundary="b0undary")
        ask("POST", path, data=data, content_type=content_type, key=key)
