"""Mails to contacts and threads: what their tests start from, and how to meet their errors."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from mockserver.mails.compose import compose_mail
from mockserver.mails.incoming_events import receive_reply
from mockserver.mails.rendered_mail import RenderedMail
from mockserver.mails.threads import flip_id
from mockserver.model.events import record_event
from mockserver.openapi.extensions import Extensions
from mockserver.openapi.spec import Operation
from mockserver.state.records import Event

from .api import SPEC, Api, follow_up, variant
from .control import Control

ATTACHMENTS = SPEC.schemas["Attachments"]
MOST_FILES: int = Extensions(ATTACHMENTS).max_files or 0
MOST_BYTES: int = Extensions(ATTACHMENTS).max_bytes or 0
NINE = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)


class Mailing:
    """A campaign, a sender account, a lead, and the mails sent to it."""

    def __init__(self, api: Api, first: dict[str, Any], *follow_ups: dict[str, Any], **settings: Any) -> None:
        self.api = api
        self.campaign_id = api.campaign(**settings)
        self.inbox_id = api.account("sam@outreach.example.com", display_name="Sam Sender")
        self.lead_id = api.lead(self.campaign_id, first_name="Ada", last_name="Lovelace", company="A & B")
        sequences = [follow_up(step, variants=[wording]) for step, wording in enumerate(follow_ups, start=2)]
        changes = {"sequences": sequences} if sequences else {}
        api.update(self.campaign_id, inbox_ids=[self.inbox_id], variants=[variant(**first)], **changes)

    def send(self, **details: Any) -> Event:
        """Record a mail as sent, an hour after the one before."""
        workspace = self.api.workspace
        lead = workspace.leads.get(self.lead_id)
        at = NINE + timedelta(hours=len(workspace.events))
        return record_event(workspace, lead, "sent", at=at, details=details)

    def compose(self, event: Event) -> RenderedMail:
        return compose_mail(self.api.workspace, event)

    def mail(self, **details: Any) -> RenderedMail:
        return self.compose(self.send(**details))


def attachment(size: int = 8, **changes: str) -> dict[str, str]:
    """Return a file of so many bytes, as a request holds it."""
    content = b64encode(b"x" * size).decode()
    return {"filename": "prices.txt", "content_type": "text/plain", "content_base64": content, **changes}


def thread_with(api: Api, lead_id: str, text: str = "Tell me more.") -> str:
    """Let a lead reply; returns the id of the thread."""
    receive_reply(api.workspace, lead_id, text)
    return flip_id(lead_id)


def exchange_mails(api: Api, control: Control, lead_id: str) -> None:
    """Answer a lead, get a mail of a stranger and reply with a file, from an account soon deleted."""
    thread_id = control.ok("receiveReply", {"text": "And?", "category": "interested"}, lead_id=lead_id)[
        "thread_id"
    ]
    api.ok("sendReply", {"body": "So."}, thread_id=thread_id)
    api.ok("markThreadRead", thread_id=thread_id)
    inbox_id = api.account("gone@outreach.example.com")
    control.ok(
        "receiveMail", {"from_email": "zoe@example.com", "text": "?", "confidence": 1}, inbox_id=inbox_id
    )
    mail = {
        "inbox_id": inbox_id,
        "subject": "!",
        "body_html": "!",
        "cc": ["ada@example.com"],
        "attachments": [attachment()],
    }
    api.ok("sendContactEmail", mail, contact_id=api.contact("zoe@example.com"))
    api.ok("deleteSenderAccount", inbox_id=inbox_id)


def list_threads(api: Api, **query: Any) -> list[Any]:
    """Return the threads of a page of the list."""
    found: list[Any] = api.ok("listReplies", query=query)["conversations"]
    return found


def list_messages(api: Api, thread_id: str) -> list[Any]:
    """Return the mails of a thread, oldest first."""
    found: list[Any] = api.ok("listThreadMessages", thread_id=thread_id)["messages"]
    return found


def prepare_mail(api: Api, operation: Operation, lead_id: str) -> dict[str, str]:
    """Make what operations on mails need; returns the ids."""
    return {"thread_id": thread_with(api, lead_id)} if operation.tag == "Replies" else {}
