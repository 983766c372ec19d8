"""The scenario of situations: many records, the same contacts twice, deleted and made again."""

from mockserver.mails.incoming_events import receive_reply, record_lead_event

from ..kit.api import UNKNOWN_ID
from .recorder import KEY, SECOND_KEY, Recorder

_MANY = 120


def exercise_situations(recorder: Recorder) -> None:
    """Many leads, the same contacts twice, deleted and made again; threads; a list; odd texts."""
    ask = recorder.ask
    rows = "".join(f"silent.{number}@example.com,Name {number}\n" for number in range(_MANY))
    one, two = recorder.prepare(name="Situation one"), recorder.prepare(name="Situation two")
    for campaign in (one, two):
        recorder.upload("uploadLeads", f"/campaigns/{campaign}/leads", f"email,first_name\n{rows}")
    odd = {"first_name": " Ada ", "company": "e\u0301", "custom_fields": {"Größe": 1}}
    lead = recorder.add_lead(one, "silent.odd@example.com", **odd)
    same = recorder.add_lead(two, "silent.odd@example.com", last_name="Other")
    inbox = recorder.add_account("situation@example.com")
    _look(recorder, one, two, lead, same)
    recorder.upload("uploadLeads", f"/campaigns/{one}/leads", "email,first_name\nsilent.1@example.com,New\n")
    ask("PUT", f"/campaigns/{one}/leads/{lead}", {"company": "Changed"})
    _look(recorder, one, two, lead, same)
    workspace = recorder.app.workspaces.get(KEY)
    for each in (lead, same):
        record_lead_event(workspace, each, "sent")
        record_lead_event(workspace, each, "opened")
        receive_reply(workspace, each, "Tell me more")
    others = [each.lead_id for each in workspace.leads.where("campaign", one) if each.lead_id != lead]
    quiet = others[0]
    for other, kind in zip(others[:1] + others[:2], ("opened", "sent", "sent"), strict=True):
        record_lead_event(workspace, other, kind)
    contact = workspace.leads.get(lead).contact_id
    for each in (contact, workspace.leads.get(quiet).contact_id):
        ask("PUT", f"/contacts/{each}/signal", {"signal_override": "HOT_LEAD"})
    ask("PATCH", f"/contacts/{contact}", {"last_name": "Odd"})
    sent = ask(
        "POST", f"/contacts/{contact}/send-email", {"inbox_id": inbox, "subject": "Hello", "body_text": "A"}
    )
    listed = ask("GET", "/replies").get("conversations") or [{}]
    thread = listed[-1].get("thread_id")
    ask("PATCH", f"/replies/threads/{thread}/star")
    ask("PATCH", f"/replies/threads/{thread}/read")
    ask("POST", f"/replies/threads/{sent.get('thread_id')}/reply", {"body": "One more"})
    ask("POST", f"/contacts/{contact}/send-email", {"inbox_id": inbox, "subject": "Hello", "body_text": "A"})
    ask("GET", "/replies")
    made = {"name": "A list", "list_type": "STATIC", "description": "Text", "contact_ids": [contact]}
    list_id = ask("POST", "/contacts/lists", made).get("list_id", UNKNOWN_ID)
    ask("GET", f"/contacts/lists/{list_id}")
    ask("PATCH", f"/contacts/lists/{list_id}", {"name": "Another list"})
    _look(recorder, one, two, lead, same)
    ask("PUT", f"/campaigns/{one}", {"launch": True})
    for action in ("pause", "activate", "pause", "archive"):
        ask("POST", f"/campaigns/{one}/{action}")
        ask("GET", f"/campaigns/{one}")
    pending = next(each.lead_id for each in workspace.leads.where("campaign", two) if each.lead_id != same)
    email = workspace.leads.get(pending).email
    ask("DELETE", f"/campaigns/{two}/leads", [pending, pending])
    ask("GET", f"/campaigns/{two}")
    recorder.add_lead(two, email)
    ask("DELETE", "/contacts", [contact, contact, UNKNOWN_ID])
    ask("GET", f"/contacts/lists/{list_id}")
    _look(recorder, one, two, lead, same)
    for _ in range(2):
        ask("DELETE", f"/contacts/lists/{list_id}")
        list_id = ask("POST", "/contacts/lists", {**made, "name": "Another list"}).get("list_id", UNKNOWN_ID)
    ask("DELETE", f"/sender-accounts/{inbox}")
    again = recorder.add_account("situation@example.com")
    ask("GET", f"/sender-accounts/{again}")
    recorder.add_account("situation@example.com", key=SECOND_KEY)
    for _ in range(2):
        domain = ask("POST", "/domains", {"domain": "situation.example.com"}).get("domain_id", UNKNOWN_ID)
        ask("DELETE", f"/domains/{domain}")
        ask("GET", "/domains")


def _look(recorder: Recorder, *ids: str) -> None:
    one, two, lead, same = ids
    for campaign in (one, two):
        recorder.ask("GET", f"/campaigns/{campaign}")
        recorder.ask("GET", f"/campaigns/{campaign}/leads/export")
        for query in ("?limit=50", "?limit=50&page=3", "?limit=100&page=2"):
            recorder.ask("GET", f"/campaigns/{campaign}/leads{query}")
    recorder.ask("GET", f"/campaigns/{one}/leads/{lead}")
    recorder.ask("GET", f"/campaigns/{two}/leads/{same}")
    for query in ("?limit=50", "?limit=50&page=2", "?search=odd"):
        recorder.ask("GET", f"/contacts{query}")
    recorder.ask("GET", "/analytics/campaigns")
