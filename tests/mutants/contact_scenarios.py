"""Scenarios: contacts, contact lists, files of leads."""

from datetime import timedelta
from typing import Any

from mockserver.mails.incoming_events import receive_reply, record_lead_event
from mockserver.model.contacts import add_tag

from ..kit.api import UNKNOWN_ID
from .recorder import KEY, Recorder

_FILE = (
    "email,first_name,last_name,company,City\n"
    "Ada@example.com,Ada,Lovelace,Engines Ltd, London \n"
    "grace@example.com,Grace,Hopper,Navy,\n"
    "no address,Nobody,,,\n"
    "linus@example.com,Linus,,Engines Inc,Helsinki\n"
)


def import_people(recorder: Recorder) -> list[str]:
    """Import three contacts; returns their ids, in the order of the file."""
    recorder.upload("importContacts", "/contacts/import", _FILE, filename="people.csv")
    rows = recorder.ask("GET", "/contacts").get("contacts") or []
    found = {str(row.get("email")): str(row.get("contact_id")) for row in rows}
    return [found.get(f"{name}@example.com", UNKNOWN_ID) for name in ("Ada", "grace", "linus")]


def exercise_contacts(recorder: Recorder) -> None:
    """Contacts are imported, found, changed, tagged, enrolled and deleted."""
    ask = recorder.ask
    ada, grace, linus = import_people(recorder)
    again = "Mail,Given,company,City\nADA@example.com,,Engines Two,\nmo@example.com,Mo,,Rome\n"
    mapping = '{"email": "Mail", "first_name": "Given"}'
    recorder.upload("importContacts", "/contacts/import", again, mapping=mapping)
    campaign = recorder.add_campaign()
    lead = recorder.add_lead(campaign, "grace@example.com")
    for query in ("", "?limit=2", "?search=ENGINES", "?search=ngines", "?search=ada%20love", "?search=london",
                  "?source_type=MANUAL", "?source_name=people.csv", f"?campaign_id={campaign}",
                  f"?not_in_campaign_id={campaign}", "?signal=HOT_LEAD", "?has_replied=true",
                  "?has_opened=true"):  # fmt: skip
        ask("GET", f"/contacts{query}")
    path = f"/contacts/{grace}"
    ask("PATCH", path, {"first_name": None, "custom_fields": {"size": 3, "City": "Paris"}})
    ask("PATCH", path, {"company": "New", "custom_fields": {"size": None}})
    ask("GET", path)
    ask("GET", f"/campaigns/{campaign}/leads/{lead}")
    for pinned in ("UNSUBSCRIBED", None):
        ask("PUT", f"{path}/signal", {"signal_override": pinned})
        ask("GET", path)
    tag = add_tag(recorder.app.workspaces.get(KEY), "A tag").tag_id
    tagging = {"contact_ids": [ada, linus, ada, UNKNOWN_ID], "tag_id": tag}
    for tail in ("", "", "/remove", "/remove"):
        ask("POST", f"/contacts/bulk/tags{tail}", tagging)
        ask("GET", f"/contacts/{ada}")
    enrolling = {"contact_ids": [ada, grace, ada, UNKNOWN_ID], "campaign_id": campaign}
    for _ in range(2):
        ask("POST", "/contacts/bulk/campaigns", enrolling)
        ask("GET", f"/campaigns/{campaign}/leads")
    ask("DELETE", "/contacts", [grace, UNKNOWN_ID])
    for each in (grace, ada):
        ask("GET", f"/contacts/{each}")
    ask("GET", f"/campaigns/{campaign}/leads")
    ask("GET", "/contacts")


def exercise_history(recorder: Recorder) -> None:
    """What happens to the mails of contacts, and what follows from it."""
    ask = recorder.ask
    workspace = recorder.app.workspaces.get(KEY)
    campaign, other = recorder.prepare(), recorder.add_campaign()
    kinds = ("sent", "opened", "replied", "bounced", "unsubscribed")
    for kind in kinds:
        lead = recorder.add_lead(campaign, f"{kind}@example.com")
        if workspace.leads.find(lead) and kind == "replied":
            receive_reply(workspace, lead, "Tell me more")
        elif workspace.leads.find(lead):
            record_lead_event(workspace, lead, kind)
    rows = ask("GET", "/contacts").get("contacts") or []
    ids = {str(row.get("email")): str(row.get("contact_id")) for row in rows}
    for query in ("signal=ENGAGED", "has_opened=true", "is_bounced=true", "is_unsubscribed=true"):
        ask("GET", f"/contacts?{query}")
    some = [ids.get(f"{kind}@example.com", UNKNOWN_ID) for kind in kinds]
    ask("POST", "/contacts/bulk/campaigns", {"contact_ids": some, "campaign_id": other})
    file = "email,company\nunsubscribed@example.com,Changed\nbounced@example.com,\n"
    recorder.upload("uploadLeads", f"/campaigns/{other}/leads", file)
    ask("GET", f"/campaigns/{other}/leads")
    for _ in range(2):
        recorder.upload("importContacts", "/contacts/import", file)
        ask("POST", f"/campaigns/{other}/leads/manual", {"email": "unsubscribed@example.com"})
        ask("DELETE", "/contacts", [some[4]])
    ask("GET", "/contacts")


def exercise_lists(recorder: Recorder) -> None:
    """Lists by membership and by filter."""
    ask = recorder.ask
    ada, grace, linus = import_people(recorder)
    static = recorder.add("list_id", "/contacts/lists", {
        "name": "Members", "list_type": "STATIC", "contact_ids": [ada, grace, UNKNOWN_ID],
        "description": "Two"})  # fmt: skip
    filters: dict[str, Any] = {"search": "engines", "signal": ["NEVER_CONTACTED", "HOT_LEAD"]}
    dynamic = recorder.add("list_id", "/contacts/lists", {
        "name": "Filter", "list_type": "DYNAMIC", "filter_definition": filters})  # fmt: skip
    ask("POST", "/contacts/lists", {"name": "Members", "list_type": "STATIC"})
    lists = "/contacts/lists"
    for path in (lists, f"{lists}?list_type=STATIC", f"{lists}/{static}", f"{lists}/{dynamic}",
                 f"/contacts?list_id={static}", f"/contacts?list_id={dynamic}",
                 f"{lists}/preview?search=engines", f"{lists}/preview?has_opened=true&sample_size=1",
                 f"{lists}/preview?sample_size=1"):  # fmt: skip
        ask("GET", path)
    for list_id in (static, dynamic):
        ask(
            "POST",
            "/contacts/bulk/lists",
            {"contact_ids": [grace, linus, linus, UNKNOWN_ID], "list_id": list_id},
        )
        ask("GET", f"/contacts?list_id={list_id}")
        recorder.upload("importContacts", "/contacts/import", "email\njo@example.com\n", list_id=list_id)
        ask("GET", f"{lists}/{list_id}")
    ask("PATCH", f"{lists}/{dynamic}", {"filter_definition": {"search": "navy"}, "name": "Other"})
    ask("PATCH", f"{lists}/{static}", {"description": None})
    ask("GET", lists)
    ask("DELETE", "/contacts", [ada, grace, linus])
    ask("GET", f"{lists}/{static}")
    for _ in range(2):
        ask("DELETE", f"{lists}/{static}")
    ask("GET", lists)
    many = "email\n" + "".join(f"n{number}@example.com\n" for number in range(15))
    recorder.upload("importContacts", "/contacts/import", many)
    for path in (f"{lists}/preview", "/contacts"):
        ask("GET", path)


def exercise_files(recorder: Recorder) -> None:
    """Leads are uploaded, in every way, and exported."""
    ask = recorder.ask
    campaign = recorder.add_campaign()
    path = f"/campaigns/{campaign}/leads"
    recorder.add_lead(campaign, "ada@example.com", company="Old", custom_fields={"City": "Oslo", "size": 5})

    def upload(file: str, **parts: Any) -> None:
        job = recorder.upload("uploadLeads", path, file, **parts).get("job_id")
        ask("GET", f"{path}/upload/{job}")
        ask("GET", path)

    upload(_FILE)
    for action in ("skip", "update", "replace"):
        upload("email,first_name,company\nADA@example.com,New,\n", duplicate_action=action)
    mapping = '{"email": "Mail", "company": "Firm", "custom_city": "Ort"}'
    upload('Mail,Firm,Ort,first_name\nmo@example.com,"F; ""&"" Co", Rome ,\n', mapping=mapping)
    batch = ask("GET", path).get("leads", [{}])[-1].get("batch_id")
    ask("GET", f"{path}?batch_id={batch}")
    ask("GET", f"{path}/export")
    for file, parts in (
        ("mail\nada@example.com\n", {}),
        (_FILE, {"mapping": "[1]"}),
        (_FILE, {"mapping": "{nope"}),
    ):
        upload(file, delete_existing=True, **parts)
    recorder.send(
        recorder.app.pipeline.spec.operations["uploadLeads"], path, {"file": b"email,a\nx@y.com,\xe9\n"}
    )
    upload("email\nlast@example.com\n", delete_existing=True)
    ask("GET", f"/campaigns/{campaign}")
    ask("GET", f"{path}/export")
    ask("GET", "/contacts")
    recorder.wait(timedelta(minutes=1))
