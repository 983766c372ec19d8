"""Whole mails as leads get them: rendered from the records when somebody reads them, never stored.

Their links for tracking and unsubscribing lead to a host of this machine, where nobody listens. That and
the wording are choices of this project. A test that wants a reaction to a mail uses the control API.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import Address
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from ..model.direct_mails import name_message
from ..personalization.fields import list_fields
from ..personalization.render import render_leniently, render_subject
from ..personalization.tracing import Piece, trace
from ..state.records import Campaign, DirectMail, Event, Lead
from ..state.workspace import Workspace
from .bodies import NO_EXTRAS, Body, Extras, list_links, make_html, make_text
from .rendered_mail import RenderedMail, make_address, make_message_id

LINK_BASE = "http://coldsend.localhost"
"""Where the added links lead: `localhost` names this machine without any name server [RFC 6761]."""

SWITCHES = ("enable_unsubscribe", "enable_tracking", "enable_click_tracking")
"""The settings of a campaign that add something to its mails."""

Variant = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Wording:
    """What the texts of a sent mail are rendered from."""

    lead: Lead
    campaign: Campaign
    variant: Variant
    fields: Mapping[str, Any]
    at: datetime
    """In the timezone of the campaign."""
    seed: int | str


def compose_mail(workspace: Workspace, record: Event | DirectMail) -> RenderedMail:
    """Return the mail of a `sent` event, or a direct mail.

    Where the event lacks a detail, the present lead and campaign give it.
    """
    if isinstance(record, DirectMail):
        return _compose_direct(workspace, record)
    return _compose_sent(workspace, record)


def trace_mail(workspace: Workspace, record: Event | DirectMail) -> dict[str, list[Piece]]:
    """Return the rendered templates of a mail, `subject` and `body`, in pieces with their placeholders.

    A subject that follows from another mail, and the texts of a direct mail, are a piece without one.
    """
    if isinstance(record, DirectMail):
        mail = compose_mail(workspace, record)
        return {"subject": [Piece(mail.subject)], "body": [Piece(mail.html or mail.text)]}
    wording = _read_wording(workspace, record)
    fields, at, seed = wording.fields, wording.at, wording.seed
    subject, (content, kind) = get_subject(wording.variant), get_content(wording.variant)
    answered = [Piece(record.details["subject"])]
    body_seed, as_html = derive_body_seed(seed), kind != "plaintext"
    return {
        "subject": trace(subject, fields, at=at, random_seed=seed) if subject else answered,
        "body": trace(content, fields, at=at, random_seed=body_seed, as_html=as_html),
    }


def find_last_mail(workspace: Workspace, lead: Lead) -> Event | DirectMail | None:
    """Return the last mail to a lead, or the first mail that its campaign would send it now.

    None for an EXTERNAL lead without a mail.
    """
    if lead.campaign_id is None:  # of its events, none is a mail
        return next(iter(workspace.direct_mails.where("lead", lead.lead_id)[-1:]), None)
    sent = [event for event in workspace.events.where("lead", lead.lead_id) if event.kind == "sent"]
    if sent:
        return sent[-1]
    details = {"sequence_step": 1, "subject": ""}
    return Event("", "sent", workspace.now(), lead.lead_id, lead.campaign_id, "", details=details)


def list_template_links(workspace: Workspace, event: Event) -> tuple[str, ...]:
    """Return the links of a sent mail in the form that its template has."""
    lead, campaign = workspace.leads.get(event.lead_id), workspace.campaigns.get(event.campaign_id or "")
    return list_links(*get_content(_find_variant(event, lead, campaign)))


def list_switches(campaign: Campaign, step: int = 1) -> tuple[str, ...]:
    """Return which of SWITCHES are on for a mail of this step; a follow-up may override one."""
    sequence = next((item for item in campaign.sequences if item["step_number"] == step), None)
    own = sequence and sequence.get("enable_unsubscribe")
    chosen = campaign.settings if own is None else {**campaign.settings, "enable_unsubscribe": own}
    return tuple(name for name in SWITCHES if chosen.get(name))


def answer_subject(subject: str) -> str:
    """Return the subject of a mail in the thread of one with this subject."""
    return subject if subject.casefold().startswith("re:") else f"Re: {subject}"


def get_subject(variant: Variant) -> str:
    """Return the template of the subject; it is empty for a mail in the thread of the first mail."""
    # The variants of a subsequence have other names for subject and body.
    return str(variant.get("subject_template") or variant.get("subject") or "")


def get_content(variant: Variant) -> tuple[str, str]:
    """Return the template of the body, and its content type."""
    html = variant.get("html_body")
    content = html or variant.get("email_content") or variant.get("body") or ""
    return content, variant.get("content_type", "html" if html else "plaintext")


def derive_body_seed(random_seed: int | str) -> str:
    """Return the random seed of a body, so that its draws differ from those of its subject."""
    return f"{random_seed}/body"


def wrap_body(text: str, content_type: str, extras: Extras) -> Body:
    """Return the body with this rendered text; `html` goes into a page, `raw_html` is a page."""
    if content_type == "plaintext":
        return make_text(text, extras)
    return make_html(text, extras, is_page=content_type == "raw_html")


def _compose_sent(workspace: Workspace, event: Event) -> RenderedMail:
    details, step = event.details, event.details["sequence_step"]
    wording = _read_wording(workspace, event)
    lead, campaign, variant = wording.lead, wording.campaign, wording.variant
    fields, at, seed = wording.fields, wording.at, wording.seed
    extras = _make_extras(event.email_id, details.get("switches", list_switches(campaign, step)))
    content, kind = get_content(variant)
    text = render_leniently(
        content, fields, at=at, random_seed=derive_body_seed(seed), as_html=kind != "plaintext"
    )
    name = f"{fields.get('first_name') or ''} {fields.get('last_name') or ''}"
    return RenderedMail(
        email_id=event.email_id,
        at=at,
        sender=_find_sender(workspace, event.inbox_id),
        recipient=make_address(lead.email, name),
        subject=details["subject"] or render_subject(get_subject(variant), fields, at=at, random_seed=seed),
        body=wrap_body(text, kind, extras),
        headers=(
            *_make_headers(_make_sent_id(workspace, event), _list_thread(workspace, event, lead, campaign)),
            *([("List-Unsubscribe", f"<{extras.unsubscribe_url}>")] if extras.unsubscribe_url else []),
        ),
        lead_id=lead.lead_id,
        campaign_id=campaign.campaign_id,
        unsubscribe_url=extras.unsubscribe_url,
        pixel_url=extras.pixel_url if kind != "plaintext" else "",
    )


def _read_wording(workspace: Workspace, event: Event) -> _Wording:
    lead, campaign = workspace.leads.get(event.lead_id), workspace.campaigns.get(event.campaign_id or "")
    return _Wording(
        lead,
        campaign,
        _find_variant(event, lead, campaign),
        event.details.get("fields") or list_fields(lead, campaign),
        event.at.astimezone(ZoneInfo(campaign.settings["timezone"])),
        event.details.get("seed", event.email_id),
    )


def _compose_direct(workspace: Workspace, mail: DirectMail) -> RenderedMail:
    sender = _find_sender(workspace, mail.inbox_id)
    lead = workspace.leads.find(mail.lead_id or "")
    subject, body = mail.subject, _make_direct_body(mail)
    if mail.kind == "test":
        subject, body = "Test email", Body(f"This is a test email from {sender.addr_spec}.\n")
        message_id = make_message_id(mail.mail_id, sender.domain)
    else:
        message_id = f"<{name_message(mail, sender.addr_spec)}>"
    cause = workspace.events.find(mail.in_reply_to or "") if mail.kind == "reply" else None
    thread = [_make_cause_id(workspace, cause)] if cause else []
    return RenderedMail(
        email_id=mail.mail_id,
        at=mail.at,
        sender=sender,
        recipient=make_address(mail.recipient_email),
        subject=subject,
        body=body,
        headers=_make_headers(message_id, thread),
        lead_id=mail.lead_id,
        campaign_id=lead.campaign_id if lead else None,
        cc=mail.cc,
        bcc=mail.bcc,
        attachments=mail.attachments,
    )


def _make_direct_body(mail: DirectMail) -> Body:
    if not mail.body_html:
        return Body(mail.body_text or "")
    body = make_html(mail.body_html, NO_EXTRAS, is_page=True)
    return replace(body, text=mail.body_text) if mail.body_text else body


def _make_headers(message_id: str, thread: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the headers that put a mail into its thread; `thread` holds the ids of the mails before it."""
    references = [("In-Reply-To", thread[-1]), ("References", " ".join(thread))] if thread else []
    return (("Message-ID", message_id), *references)


def _list_thread(workspace: Workspace, event: Event, lead: Lead, campaign: Campaign) -> list[str]:
    """Return the ids of the mails before this one in its thread, oldest first."""
    if _begins_thread(event, lead, campaign):
        return []
    sent = [other for other in workspace.events.where("lead", lead.lead_id) if other.kind == "sent"]
    before = sorted(sent[: sent.index(event)], key=lambda other: other.at)
    thread = before[:1] + [other for other in before[1:] if not _begins_thread(other, lead, campaign)]
    return [_make_sent_id(workspace, other) for other in thread]


def _begins_thread(event: Event, lead: Lead, campaign: Campaign) -> bool:
    return event.details["sequence_step"] == 1 or bool(get_subject(_find_variant(event, lead, campaign)))


def _find_variant(event: Event, lead: Lead, campaign: Campaign) -> Variant:
    """Return the variant that was sent; for an event without one, the variant that would be sent now."""
    details, step = event.details, event.details["sequence_step"]
    if details.get("variant"):
        variant: Variant = details["variant"]
        return variant
    sequences = [item["variants"] for item in campaign.sequences if item["step_number"] == step]
    variants = campaign.variants if step == 1 else next(iter(sequences), ())
    name = details.get("variant_name") or lead.variant_name
    named = [variant for variant in variants if variant["variant_name"] == name]
    return next(iter([*named, *variants]), {})


def _make_extras(email_id: str, switches: Iterable[str]) -> Extras:
    def track(index: int, url: str) -> str:
        return f"{LINK_BASE}/click/{email_id}/{index}?url={quote(url, safe='')}"

    return Extras(
        f"{LINK_BASE}/unsubscribe/{email_id}" if "enable_unsubscribe" in switches else "",
        f"{LINK_BASE}/open/{email_id}.gif" if "enable_tracking" in switches else "",
        track if "enable_click_tracking" in switches else None,
    )


def _make_cause_id(workspace: Workspace, event: Event) -> str:
    """Return the id of the mail that an event belongs to; of a reply, its own id."""
    if event.kind != "replied":
        return _make_sent_id(workspace, event)
    lead = workspace.leads.find(event.lead_id)
    return make_message_id(event.event_id, lead.email.rpartition("@")[2] if lead else "")


def _make_sent_id(workspace: Workspace, event: Event) -> str:
    return make_message_id(event.email_id, _find_sender(workspace, event.inbox_id).domain)


def _find_sender(workspace: Workspace, inbox_id: str | None) -> Address:
    account = workspace.sender_accounts.find(inbox_id or "")
    if account:
        return make_address(account.email_address, account.settings.get("display_name") or "")
    archived = workspace.archived_sender_accounts.find(inbox_id or "")
    return make_address(archived.email_address if archived else "nobody@coldsend.localhost")
