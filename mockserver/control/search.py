"""Records found by a part of what people know them by."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from ..state.records import DirectMail, Event
from ..state.table import Table
from ..state.workspace import Workspace
from .calls import ControlCall

__all__ = ["search_records"]

MOST_READ = 100_000
"""Of the newest records of a table that a search reads."""
_TEXTS = {
    "campaigns": lambda campaign: campaign.settings["name"],
    "leads": lambda lead: lead.email,
    "mails": None,
    "contacts": lambda contact: contact.email,
    "sender_accounts": lambda account: account.email_address,
    "domains": lambda domain: domain.domain_name,
    "contact_lists": lambda contact_list: contact_list.name,
}
"""Table, in the order of the answer → what its records are known by; mails are in two tables."""


def search_records(call: ControlCall) -> dict[str, Any]:
    """Return the records with an id, then those that are known by a text, so many of each table."""
    text, limit, workspace = call.query["text"].strip().casefold(), call.query["limit"], call.workspace
    found = list(_find_id(workspace, text))
    for name, text_of in _TEXTS.items() if text else ():
        known = (
            _list_mails(workspace)
            if text_of is None
            else ((name, record, text_of(record)) for record in _list_newest(workspace.tables[name]))
        )
        passing = (_describe(workspace, *each) for each in known if text in each[2].casefold())
        found += islice(passing, limit)
    return {"found": list({(each["table"], each["record_id"]): each for each in found}.values())}


def _find_id(workspace: Workspace, record_id: str) -> Iterator[dict[str, Any]]:
    for name, table in workspace.tables.items():
        record = table.find(record_id)
        if record is not None:
            text_of = _TEXTS.get(name)
            yield _describe(workspace, name, record, text_of(record) if text_of else record_id)
    for record in workspace.events.where("kind", "sent"):
        if record.email_id == record_id:
            yield _describe(workspace, "events", record, _read_subject(record))


def _list_newest(table: Table[Any]) -> Sequence[Any]:
    return table.list_newest()[:MOST_READ]


def _list_mails(workspace: Workspace) -> Iterator[tuple[str, Event | DirectMail, str]]:
    """Yield the mails with recipient and subject."""
    for event in _list_newest(workspace.events):
        if event.kind == "sent":
            lead = workspace.leads.find(event.lead_id)
            yield "events", event, f"{lead.email if lead else ''}: {_read_subject(event)}"
    for mail in _list_newest(workspace.direct_mails):
        yield "direct_mails", mail, f"{mail.recipient_email}: {mail.subject}"


def _read_subject(event: Event) -> str:
    return str(event.details.get("subject", ""))


def _describe(workspace: Workspace, table: str, record: Any, text: str) -> dict[str, Any]:
    is_mail = isinstance(record, DirectMail) or (isinstance(record, Event) and record.kind == "sent")
    email_id = record.email_id if isinstance(record, Event) else getattr(record, "mail_id", None)
    return {
        "table": table,
        "record_id": getattr(record, workspace.tables[table].key),
        "email_id": email_id if is_mail else None,
        "text": text,
    }
