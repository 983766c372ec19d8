"""coldsend-mcp-server 0.2.2, the vendor's published client, calls every tool it has.

Not collected with the other tests: the client is heavy, and needs an environment of its own.
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx

from mockserver.testing.fixture import Coldsend

WINDOW = {"sending_window_start": 9, "sending_window_end": 17}
CANNOT = {"leads.delete", "contacts.delete"}
"""The client hands these a body in a way that httpx does not take."""
SMTP = {
    "email_address": "sam@outreach.example.com",
    "smtp_host": "smtp.example.com",
    "smtp_port": 587,
    "smtp_username": "sam",
    "smtp_password": "secret",
    "imap_host": "imap.example.com",
    "imap_port": 993,
    "imap_username": "sam",
    "imap_password": "secret",
}


class Client:
    """The client, its tools called by name as a model would."""

    def __init__(self, mock: Coldsend) -> None:
        os.environ["COLDSEND_API_URL"] = mock.base_url
        from coldsend_mcp import main
        from coldsend_mcp.auth import api_key_context

        self.mock = mock
        self.called: set[str] = set()
        self.events: list[tuple[int, dict[str, str]]] = []
        """What happened besides: how many exchanges there were before, and what."""
        self._server = main.mcp
        self._key = api_key_context

    def list_tools(self) -> set[str]:
        return {tool.name for tool in asyncio.run(self._server.list_tools())}

    def __call__(self, tool: str, **arguments: Any) -> Any:
        """Call a tool; returns what it made of the answer."""
        self.called.add(tool)
        return asyncio.run(self._call(tool, arguments))

    async def _call(self, tool: str, arguments: dict[str, Any]) -> Any:
        self._key.set(self.mock.api_key)
        found = await self._server.call_tool(tool, arguments)
        content = found[0] if isinstance(found, tuple) else found
        text = content[0].text
        answer = json.loads(text) if text.startswith("{") else text
        assert "error" not in answer, (tool, answer)
        return answer

    def note(self, event: str, **facts: str) -> None:
        """Note what happens without a request."""
        self.events.append((len(self.mock.journal), {"event": event, **facts}))

    def write_story(self, path: Path) -> None:
        """Write what was asked and what happened, one a line; `tests.mutants.story` tells it again."""
        rows: list[dict[str, Any]] = [
            {
                name: entry.describe()[name]
                for name in ("method", "path", "query", "request", "status", "response")
            }
            for entry in self.mock.journal
        ]
        for number, event in reversed(self.events):
            rows.insert(number, event)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")

    def delete(self, path: str, body: list[str]) -> Any:
        """Delete as the client means to."""
        answer = httpx.request("DELETE", self.mock.base_url + path, json=body, headers=self.mock.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


def test_every_tool_of_the_client_works(coldsend_server: Coldsend) -> None:
    client = Client(coldsend_server)
    domain_id, inbox_id = set_up_senders(client)
    campaign_id = write_campaign(client, inbox_id)
    lead_id = gather_leads(client, campaign_id)
    use_contacts(client, campaign_id)
    build_flow(client, campaign_id, lead_id)
    client("campaigns.update", campaign_id=campaign_id, updates={"launch": True})
    answer_replies(client, campaign_id, lead_id)
    read_analytics(client, campaign_id)
    finish(client, campaign_id, domain_id, inbox_id)
    assert client.called == client.list_tools() - CANNOT
    if story := os.environ.get("COLDSEND_STORY"):
        client.write_story(Path(story))


def set_up_senders(client: Client) -> tuple[str, str]:
    domain_id = client("domains.add", domain="mail.yourcompany.com")["domain_id"]
    client("domains.activate", domain_id=domain_id)
    assert client("domains.progress", domain_id=domain_id)["status"]
    assert client("domains.get", domain_id=domain_id)["status"] == "ACTIVE"
    assert client("domains.list", status_filter="ACTIVE")["domains"]
    client("domains.set_redirect", domain_id=domain_id, target_domain="yourcompany.com")
    assert client("domains.get_redirect", domain_id=domain_id)["target_domain"] == "yourcompany.com"
    client("domains.delete_redirect", domain_id=domain_id)
    native = client("sender.create_coldsend", domain_id=domain_id, email_prefix="sales", display_name="Sales")
    client("sender.create_smtp", **SMTP, display_name="Sam", daily_limit=20)
    job = client(
        "sender.bulk_create_coldsend",
        domain_id=domain_id,
        inboxes=[{"email_prefix": "ann", "display_name": "Ann"}],
    )
    done = client("sender.bulk_create_coldsend_progress", job_id=job["job_id"])
    assert done["status"] == "COMPLETED"
    sender = {**SMTP, "email_address": "eve@outreach.example.com", "display_name": "Eve"}
    job = client("sender.bulk_create_smtp", inboxes=[{**sender, "inbox_type": "CUSTOM_SMTP"}])
    assert client("sender.bulk_smtp_progress", job_id=job["job_id"])["job"]["status"] == "COMPLETED"
    assert client("sender.test", inbox_id=native["inbox_id"], recipient_email="me@example.com")["success"]
    found = client("sender.list", inbox_type="CUSTOM_SMTP")["sender_accounts"]
    assert {account["email_address"] for account in found} == {SMTP["email_address"], sender["email_address"]}
    return domain_id, native["inbox_id"]


def write_campaign(client: Client, inbox_id: str) -> str:
    made = client("campaigns.create", name="Q1 Product Launch", **WINDOW, enable_tracking=True)
    campaign_id: str = made["campaign_id"]
    client(
        "campaigns.update",
        campaign_id=campaign_id,
        updates={"inbox_ids": [inbox_id]},
        variants=[
            {
                "variant_name": "A",
                "subject_template": "Hello {{first_name}}",
                "email_content": "A word about {{company}}?",
                "distribution_percent": 100,
            }
        ],
        sequences=[
            {
                "step_number": 2,
                "trigger_type": "NOT_REPLIED",
                "wait_days": 3,
                "variants": [{"email_content": "Did you see my last mail?", "distribution_percent": 100}],
            }
        ],
    )
    assert client("campaigns.get", campaign_id=campaign_id)["daily_limit_per_inbox"] == 50
    assert client("campaigns.list", status_filter="DRAFT")["campaigns"]
    assert client("sender.quotas", campaign_id=campaign_id)
    return campaign_id


def gather_leads(client: Client, campaign_id: str) -> str:
    rows = "Email,First Name,Company,Size\nada@example.com,Ada,Analytical Engines,9\nbob@example.com,Bob,,\n"
    mapping = {"email": "Email", "first_name": "First Name", "company": "Company"}
    job = client("leads.upload", campaign_id=campaign_id, csv_content=rows, mapping=mapping)
    done = client("leads.upload_progress", campaign_id=campaign_id, job_id=job["job_id"])
    assert (done["status"], done["success_count"]) == ("COMPLETED", 2)
    eve = client("leads.add_manual", campaign_id=campaign_id, email="eve@example.com", first_name="Eve")
    client("leads.update", campaign_id=campaign_id, lead_id=eve["lead_id"], company="Eve & Co")
    assert client("leads.get", campaign_id=campaign_id, lead_id=eve["lead_id"])["company"] == "Eve & Co"
    found = client("leads.list", campaign_id=campaign_id, search="ada@")["leads"]
    client.delete(f"/campaigns/{campaign_id}/leads", [eve["lead_id"]])
    assert "bob@example.com" in client("leads.export", campaign_id=campaign_id)
    lead_id: str = found[0]["lead_id"]
    return lead_id


def use_contacts(client: Client, campaign_id: str) -> None:
    made = client("contact_lists.create", name="Guests", list_type="STATIC")
    client("contacts.import", csv_content="email,company\nkim@example.com,Kim AG\n", list_id=made["list_id"])
    [kim] = client("contacts.list", list_id=made["list_id"])["contacts"]
    kim_id = kim["contact_id"]
    client("contacts.update", contact_id=kim_id, custom_fields={"size": "50"})
    client("contacts.set_signal", contact_id=kim_id, signal="HOT_LEAD")
    assert client("contacts.get", contact_id=kim_id)["contact"]["signal"] == "HOT_LEAD"
    tag = client.mock.workspace.add(client.mock.workspace.contact_tags, name="VIP")
    client.note("tag", name="VIP", id=tag.tag_id)
    client("contacts.add_tag", contact_ids=[kim_id], tag_id=tag.tag_id)
    client("contacts.remove_tag", contact_ids=[kim_id], tag_id=tag.tag_id)
    client("contacts.add_to_list", contact_ids=[kim_id], list_id=made["list_id"])
    client("contacts.add_to_campaign", contact_ids=[kim_id], campaign_id=campaign_id)
    sent = client(
        "contacts.send_email",
        contact_id=kim_id,
        from_email="sales@mail.yourcompany.com",
        subject="Hello Kim",
        body_text="A word?",
    )
    assert sent["recipient_email"] == "kim@example.com"
    client("contact_lists.update", list_id=made["list_id"], name="Friends")
    assert client("contact_lists.get", list_id=made["list_id"])["name"] == "Friends"
    assert client("contact_lists.list")["total"] == 1
    assert client("contact_lists.preview", signal="HOT_LEAD")["total"] == 1
    client("contact_lists.delete", list_id=made["list_id"])
    client("contacts.import", csv_content="email\ngone@example.com\n")
    [gone] = client("contacts.list", search="gone@")["contacts"]
    client.delete("/contacts", [gone["contact_id"]])


def build_flow(client: Client, campaign_id: str, lead_id: str) -> None:
    step = {"wait_seconds": 0, "variants": [{"subject": "Glad to hear", "body": "Shall we talk?"}]}
    subsequence = client(
        "subsequences.create",
        campaign_id=campaign_id,
        trigger_type="KEYWORD",
        trigger_params={"phrases": ["tell me more"]},
        steps=[step],
    )
    subsequence_id, node_id = subsequence["entry_edge"]["id"], subsequence["nodes"][0]["id"]
    client("subsequences.update", campaign_id=campaign_id, subsequence_id=subsequence_id, label="Curious")
    assert client("flow.get", campaign_id=campaign_id)["subsequences_enabled"] is True
    moved = client(
        "leads.move_to_subsequence",
        campaign_id=campaign_id,
        lead_ids=[lead_id],
        target_subsequence_node_id=node_id,
    )
    assert moved["success_count"] == 1
    assert client("leads.journey", campaign_id=campaign_id, lead_id=lead_id)["enrollments"]
    [row] = client("analytics.subsequences", campaign_id=campaign_id)["subsequences"]
    assert row["enrolled_count"] == 1
    client("subsequences.delete", campaign_id=campaign_id, subsequence_id=subsequence_id)


def answer_replies(client: Client, campaign_id: str, lead_id: str) -> None:
    client.note("reply", lead_id=lead_id, text="Tell me more.")
    client.mock.workspace.receive_reply(lead_id, "Tell me more.")
    [thread] = client("replies.list", campaign_id=campaign_id, status_filter="unread")["conversations"]
    thread_id = thread["thread_id"]
    assert client("replies.thread", thread_id=thread_id)["lead_email"] == "ada@example.com"
    client("replies.send", thread_id=thread_id, body="With pleasure.")
    messages = client("replies.messages", thread_id=thread_id)["messages"]
    assert "With pleasure." in {message["body_text"] for message in messages}
    client("replies.mark_read", thread_id=thread_id)
    assert client("replies.toggle_star", thread_id=thread_id)["is_starred"] is True


def read_analytics(client: Client, campaign_id: str) -> None:
    [row] = client("analytics.campaign", status_filter="ACTIVE")["campaigns"]
    assert (row["total_sent"], row["total_replied"]) == (1, 1)
    assert sum(day["replied"] for day in client("analytics.timeline")["timeline"]) == 1
    assert client("analytics.ctr", campaign_id=campaign_id)["total_sent"] == 1
    assert client("analytics.ctr.links", campaign_id=campaign_id)["links"] == []
    assert client("sender.daily_usage")["inboxes"]


def finish(client: Client, campaign_id: str, domain_id: str, inbox_id: str) -> None:
    client("campaigns.pause", campaign_id=campaign_id)
    client("campaigns.resume", campaign_id=campaign_id)
    client("campaigns.pause", campaign_id=campaign_id)
    client("campaigns.archive", campaign_id=campaign_id)
    client("campaigns.delete", campaign_id=campaign_id)
    assert client("sender.get", inbox_id=inbox_id)["email_address"] == "sales@mail.yourcompany.com"
    client("sender.delete", inbox_id=inbox_id)
    rest = [account["inbox_id"] for account in client("sender.list")["sender_accounts"]]
    job = client("sender.bulk_delete", inbox_ids=rest, confirm=True)
    assert client("sender.bulk_delete_progress", job_id=job["job_id"])["status"] == "COMPLETED"
    client("domains.delete", domain_id=domain_id)
