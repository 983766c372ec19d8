"""Events of contacts, and what follows from them."""

from typing import Any

from ..api.api import Api
from ..inputs.encoding import write_csv
from ..registry import rule
from .fixtures.contacts import list_ids, search
from .fixtures.shared import UNDOCUMENTED, ask, require_recent


def history(api: Api) -> tuple[str, dict[str, dict[str, Any]], dict[str, str]]:
    """Return a campaign's id, and by event its leads and the ids of their contacts."""

    def make() -> tuple[str, dict[str, dict[str, Any]], dict[str, str]]:
        campaign_id = api.ready_campaign(name=api.name("with a history"))
        leads = {
            kind: api.add_lead(campaign_id, email=api.email(kind), first_name=kind)
            for kind in ("opened", "replied", "bounced", "unsubscribed", "sent")
        }
        for kind, lead in leads.items():
            if kind == "replied":
                api.incoming_events.receive_reply(lead["lead_id"], "Tell me more")
            else:
                api.incoming_events.record_event(lead["lead_id"], kind)
        rows = search(api, api.ledger.domain, campaign_id=campaign_id)
        ids = {row["first_name"]: row["contact_id"] for row in rows if row["first_name"] in leads}
        return campaign_id, leads, ids

    return api.once("contacts with a history", make, show=True)


@rule(
    "contacts.list.signals",
    source=UNDOCUMENTED,
    needs=["incoming_events"],
    operations=["listContacts"],
    profile="full",
)
def derive_signals(api: Api) -> None:
    """The events of a contact decide its signal, its flags and the reason of its suppression."""
    campaign_id, _, ids = history(api)
    rows = search(api, "", campaign_id=campaign_id, limit=100)
    by_id = {row["contact_id"]: row for row in rows}
    flags = {
        "opened": "has_opened",
        "replied": "has_replied",
        "bounced": "is_bounced",
        "unsubscribed": "is_unsubscribed",
    }
    signals = {
        "opened": "ENGAGED",
        "replied": "HOT_LEAD",
        "bounced": "BOUNCED",
        "unsubscribed": "UNSUBSCRIBED",
        "sent": "CONTACTED",
    }
    for kind, signal in signals.items():
        row = by_id[ids[kind]]
        api.judge.compare(row["signal"], signal, f"signal of who has {kind}")
        for name in flags.values():
            expected = name == flags.get(kind)
            api.judge.compare(row[name], expected, f"{name} of who has {kind}")
        reason = signal if kind in ("bounced", "unsubscribed") else None
        api.judge.compare(row["suppression_reason"], reason, f"suppression_reason of who has {kind}")
        api.judge.compare(row["is_suppressed"], reason is not None, f"is_suppressed of who has {kind}")
        require_recent(api, row["last_contacted_at"], "last_contacted_at")
    for kind, name in flags.items():
        found = list_ids(search(api, "", campaign_id=campaign_id, **{name: True}))
        api.judge.compare(found, {ids[kind]}, f"who is found with {name}")


@rule(
    "contacts.suppressed",
    source=UNDOCUMENTED,
    needs=["incoming_events"],
    operations=["addLead", "importContacts", "uploadLeads", "addContactsToCampaign", "deleteContacts"],
    profile="full",
)
def keep_suppressed_out(api: Api) -> None:
    """A suppressed contact cannot be imported or added to a campaign, not even after its deletion."""
    campaign_id, leads, ids = history(api)
    other = str(api.create_campaign(name=api.name("without the suppressed"))["campaign_id"])
    body = {"contact_ids": [ids["bounced"], ids["sent"]], "campaign_id": other}
    counts = api.send("addContactsToCampaign", body=body).succeeds()
    blocked = [{"contact_id": ids["bounced"], "email": leads["bounced"]["email"], "reason": "BOUNCED"}]
    expected = {"affected": 1, "skipped": 0, "details": {"blocked": blocked}}
    api.judge.compare_fields(counts, expected)
    email = api.email("leaver")
    leaver = api.add_lead(campaign_id, email=email)
    api.incoming_events.record_event(leaver["lead_id"], "unsubscribed")
    doomed = [api.find_contact(email)["contact_id"]]
    upload = ask(api, "uploadLeads", other, body={"file": write_csv([{"email": email}])}).succeeds()
    job = api.finish_job("uploadLeads", upload, campaign_id=other)
    api.judge.compare((job["success_count"], job["error_count"]), (0, 1), "leads and errors of an upload")
    for _ in range(2):
        ask(api, "addLead", other, body={"email": email.swapcase()}).fails("lead_suppressed")
        file = write_csv([{"email": email, "company": "Changed"}])
        imported = api.send("importContacts", body={"file": file}).succeeds()
        reported = [(each["email"], each["reason"]) for each in imported["blocked"]]
        api.judge.compare(reported, [(email, "UNSUBSCRIBED")], "blocked")
        api.judge.compare(imported["imported_rows"], 0, "imported_rows")
        api.send("deleteContacts", body=doomed).succeeds()
