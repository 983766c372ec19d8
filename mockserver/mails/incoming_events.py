"""Incoming events: what no request of the API causes, such as replies, tags, statuses of accounts."""

from dataclasses import replace
from typing import Any, TypedDict, Unpack

from ..errors import ApiError
from ..model.contacts import EXTERNAL, ensure_external_lead, find_contact, save_contact
from ..model.events import record_event
from ..state.records import Campaign, Event, Lead, SenderAccount
from ..state.workspace import Workspace
from .compose import compose_mail, find_last_mail, list_template_links


class ReplyDetails(TypedDict, total=False):
    """The subject of a reply, and how the service classifies it."""

    subject: str
    is_auto_reply: bool
    is_unsubscribe: bool
    category: str | None
    confidence: float | None
    """0 to 1."""


def receive_reply(workspace: Workspace, lead_id: str, text: str, **details: Unpack[ReplyDetails]) -> Lead:
    """Let a lead reply; raises ApiError `lead_not_found`."""
    with workspace.lock:
        lead = workspace.leads.get(lead_id)
        _receive(workspace, lead, {"subject": "Re: your mail", "body": text, **details})
        return lead


def receive_mail(
    workspace: Workspace,
    inbox_id: str,
    from_email: str,
    text: str,
    from_name: str = "",
    **details: Unpack[ReplyDetails],
) -> Lead:
    """Let anybody write to a sender account, in no campaign's thread; returns the EXTERNAL lead.

    An unknown address becomes a contact. Raises ApiError `sender_account_not_found`.
    """
    first_name, _, last_name = from_name.partition(" ")
    with workspace.lock:
        account = workspace.sender_accounts.get(inbox_id)
        contact = find_contact(workspace, from_email) or save_contact(
            workspace,
            from_email,
            {"first_name": first_name, "last_name": last_name},
            source_type=EXTERNAL,
        )
        lead = ensure_external_lead(workspace, contact)
        _receive(workspace, lead, {"subject": "A question", "body": text, **details}, account.inbox_id)
        return lead


def _receive(workspace: Workspace, lead: Lead, details: dict[str, Any], inbox_id: str | None = None) -> None:
    flags = {"is_auto_reply": False, "is_unsubscribe": False}
    known = {name: value for name, value in details.items() if value is not None}
    record_event(workspace, lead, "replied", inbox_id=inbox_id, details={**flags, **known})
    if known.get("is_unsubscribe"):
        record_event(workspace, lead, "unsubscribed")


def record_lead_event(workspace: Workspace, lead_id: str, kind: str, url: str | None = None) -> Lead:
    """Let something happen to a lead's last mail.

    `failed` is no event: it sets the status of a lead that no mail reached; a lead of no campaign stays
    EXTERNAL. A click is on the link `url`, or on the first link of the mail. Raises ApiError
    `lead_not_found`, `mail_without_link`, `link_unknown`.
    """
    with workspace.lock:
        lead = workspace.leads.get(lead_id)
        if kind == "failed":
            is_external = lead.campaign_id is None
            return lead if is_external else workspace.leads.put(replace(lead, status="FAILED"))
        details = _find_link(workspace, lead, url) if kind == "clicked" else {}
        record_event(workspace, lead, kind, details=details)
        return lead


def _find_link(workspace: Workspace, lead: Lead, url: str | None) -> dict[str, Any]:
    """Return the details of a click on a link; `url` is the link in the template or in the mail."""
    mail = find_last_mail(workspace, lead)
    rendered = compose_mail(workspace, mail).links if mail else ()
    if not rendered:
        raise ApiError("mail_without_link")
    templates = list_template_links(workspace, mail) if isinstance(mail, Event) else rendered
    # A condition can leave a link of the template out of the mail.
    originals = templates if len(templates) == len(rendered) else rendered
    index = next((n for n, link in enumerate(zip(originals, rendered, strict=True)) if url in link), None)
    if url is None:
        index = 0
    if index is None:
        raise ApiError("link_unknown", url=url)
    return {"url": originals[index], "link_index": index}


def tag_lead(workspace: Workspace, lead_id: str, tags: tuple[str, ...]) -> Lead:
    """Replace the tags of a lead; raises ApiError `lead_not_found`."""
    with workspace.lock:
        lead = workspace.leads.get(lead_id)
        return workspace.leads.put(replace(lead, tags=tuple(dict.fromkeys(tags))))


def set_account_status(
    workspace: Workspace, inbox_id: str, status: str, health_score: int | None = None
) -> SenderAccount:
    """Set the status of a sender account, and its health; raises ApiError `sender_account_not_found`."""
    with workspace.lock:
        account = workspace.sender_accounts.get(inbox_id)
        health = account.health_score if health_score is None else health_score
        return workspace.sender_accounts.put(replace(account, overall_status=status, health_score=health))


def set_campaign_status(workspace: Workspace, campaign_id: str, status: str) -> Campaign:
    """Set the status of a campaign, from any other; raises ApiError `campaign_not_found`."""
    with workspace.lock:
        campaign = workspace.campaigns.get(campaign_id)
        return workspace.campaigns.put(replace(campaign, status=status, updated_at=workspace.now()))
