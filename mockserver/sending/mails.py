"""Whole mails, as they reach the leads: made of the events when somebody looks, never stored.

Nothing leads out of them: links that track or unsubscribe are those of a host of this machine, and
that nobody listens there is a choice of this project, as is every wording. What a test wants to happen
to a mail it tells the control API.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from ..records import Campaign, DirectMail, Event, Lead, SenderAccount
from ..workspace import Workspace
from .bodies import Body, Extras, make_html, make_text
from .fields import list_fields
from .templates import render_leniently, render_subject

LINK_BASE = "http://coldsend.localhost"
"""Where the links of the mails lead: to this machine, whatever the name server says [RFC 6761]."""

SWITCHES = ("enable_unsubscribe", "enable_tracking", "enable_click_tracking")
"""The settings of a campaign that add something to its mails."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, and to which records it belongs."""

    email_id: str
    at: datetime
    sender: Address
    recipient: Address
    subject: str
    body: Body
    headers: tuple[tuple[str, str], ...] = ()
    """Besides From, To, Subject and Date."""
    lead_id: str | None = None
    campaign_id: str | None = None

    @property
    def message(self) -> EmailMessage:
        """The mail as e-mail programs know it; the same each time."""
        message = EmailMessage(_choose_policy(self.sender, self.recipient))
        message["From"], message["To"] = self.sender, self.recipient
        message["Subject"] = _clean_line(self.subject)
        message["Date"] = format_datetime(self.at)
        for name, value in self.headers:
            message[name] = value
        message.set_content(_clean(self.body.text))
        if self.body.html is not None:
            message.add_alternative(_clean(self.body.html), subtype="html")
            message.set_boundary(f"=_{self.email_id}")
        return message


def list_switches(campaign: Campaign, step: int = 1) -> tuple[str, ...]:
    """Return which of SWITCHES are on for a mail of this step; a follow-up may have its own."""
    settings = campaign.settings
    sequence = next((item for item in campaign.sequences if item["step_number"] == step), None)
    own = sequence and sequence.get("enable_unsubscribe")
    chosen = settings if own is None else {**settings, "enable_unsubscribe": own}
    return tuple(name for name in SWITCHES if chosen.get(name))


def compose_mail(workspace: Workspace, event: Event) -> Mail:
    """Return the mail of a `sent` event.

    What the event does not tell is taken from the lead and the campaign as they are.
    """
    lead, campaign = workspace.leads.get(event.lead_id), workspace.campaigns.get(event.campaign_id)
    account = workspace.sender_accounts.find(event.inbox_id or "")
    details, step = event.details, event.details["sequence_step"]
    variant = _find_variant(event, lead, campaign)
    fields = details.get("fields") or list_fields(lead, campaign)
    at = event.at.astimezone(ZoneInfo(campaign.settings["timezone"]))
    seed = details.get("seed", event.email_id)
    subject = details["subject"] or render_subject(get_subject(variant), fields, at=at, seed=seed)
    switches = details.get("switches", list_switches(campaign, step))
    extras = _make_extras(event.email_id, switches)
    earlier = _list_thread(workspace, event, lead, campaign)
    headers = [("Message-ID", name_message(workspace, event))]
    if earlier:
        names = [name_message(workspace, other) for other in earlier]
        headers += [("In-Reply-To", names[-1]), ("References", " ".join(names))]
    if extras.unsubscribe_url:
        headers.append(("List-Unsubscribe", f"<{extras.unsubscribe_url}>"))
    return Mail(
        email_id=event.email_id,
        at=at,
        sender=_address_account(account),
        recipient=make_address(
            lead.email, f"{fields.get('first_name') or ''} {fields.get('last_name') or ''}"
        ),
        subject=subject,
        body=_make_body(variant, fields, at, f"{seed}/body", extras),
        headers=tuple(headers),
        lead_id=lead.lead_id,
        campaign_id=campaign.campaign_id,
    )


def compose_direct_mail(workspace: Workspace, mail: DirectMail) -> Mail:
    """Return a mail that an inbox sent outside of any campaign."""
    account = workspace.sender_accounts.find(mail.inbox_id)
    sender = _address_account(account)
    return Mail(
        email_id=mail.mail_id,
        at=mail.at,
        sender=sender,
        recipient=make_address(mail.recipient_email),
        subject="Test email",
        body=Body(f"A test email from {sender.addr_spec}.\n"),
        headers=(("Message-ID", _name_message(mail.mail_id, sender)),),
    )


def compose(workspace: Workspace, record: Event | DirectMail) -> Mail:
    """Return the mail that a record tells of."""
    if isinstance(record, Event):
        return compose_mail(workspace, record)
    return compose_direct_mail(workspace, record)


def list_sent(
    workspace: Workspace, *, lead_id: str | None = None, campaign_id: str | None = None
) -> list[Event | DirectMail]:
    """Return what was sent, oldest first: everything, or to one lead, or by one campaign."""
    events: Iterable[Event] = workspace.events.where("lead", lead_id) if lead_id else workspace.events
    sent: list[Event | DirectMail] = [
        event
        for event in events
        if event.kind == "sent" and (campaign_id is None or event.campaign_id == campaign_id)
    ]
    if lead_id is None and campaign_id is None:
        sent += workspace.direct_mails
    return sorted(sent, key=lambda record: record.at)


def find_sent(workspace: Workspace, email_id: str) -> Event | DirectMail | None:
    """Return what tells of the mail with this id, or None."""
    for event in workspace.events:
        if event.email_id == email_id and event.kind == "sent":
            return event
    return workspace.direct_mails.find(email_id)


def answer_subject(subject: str) -> str:
    """Return the subject of a mail in the thread of one with this subject."""
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def get_subject(variant: dict[str, Any]) -> str:
    """Return the template of the subject; empty for a mail in the thread of the first."""
    return str(variant.get("subject_template") or variant.get("subject") or "")


def name_message(workspace: Workspace, event: Event) -> str:
    """Return the Message-ID of the mail of a `sent` event."""
    account = workspace.sender_accounts.find(event.inbox_id or "")
    return _name_message(event.email_id, _address_account(account))


def make_address(email: str, name: str = "") -> Address:
    """Return an address as mails carry it."""
    name = _clean_line(name)
    try:
        return Address(name, addr_spec=email)
    except (HeaderParseError, ValueError, IndexError):
        local, _, domain = email.rpartition("@")
        return Address(name, _clean_line(local), _clean_line(domain))


def _list_thread(workspace: Workspace, event: Event, lead: Lead, campaign: Campaign) -> list[Event]:
    """Return the mails that stand before one in its thread: the first, and those in answer to it."""
    if _begins_thread(event, lead, campaign):
        return []
    sent = [other for other in workspace.events.where("lead", lead.lead_id) if other.kind == "sent"]
    before = sorted(sent[: sent.index(event)], key=lambda other: other.at)
    return before[:1] + [other for other in before[1:] if not _begins_thread(other, lead, campaign)]


def _begins_thread(event: Event, lead: Lead, campaign: Campaign) -> bool:
    if event.details["sequence_step"] == 1:
        return True
    return bool(get_subject(_find_variant(event, lead, campaign)))


def _find_variant(event: Event, lead: Lead, campaign: Campaign) -> dict[str, Any]:
    """Return the variant that was sent, or the one that would be now."""
    details, step = event.details, event.details["sequence_step"]
    if details.get("variant"):
        variant: dict[str, Any] = details["variant"]
        return variant
    sequences = [item["variants"] for item in campaign.sequences if item["step_number"] == step]
    variants = campaign.variants if step == 1 else next(iter(sequences), ())
    name = details.get("variant_name") or lead.variant_name
    named = [variant for variant in variants if variant["variant_name"] == name]
    return next(iter([*named, *variants]), {})


def _make_body(
    variant: dict[str, Any], fields: dict[str, Any], at: datetime, seed: int | str, extras: Extras
) -> Body:
    # a branch's variant has its text and its HTML apart
    html = variant.get("html_body") or ""
    kind = variant.get("content_type", "html" if html else "plaintext")
    content = html or variant.get("email_content") or variant.get("body") or ""
    said = render_leniently(content, fields, at=at, seed=seed, as_html=kind != "plaintext")
    if kind == "plaintext":
        return make_text(said, extras)
    return make_html(said, extras, whole=kind == "raw_html")


def _make_extras(email_id: str, switches: Iterable[str]) -> Extras:
    def track(index: int, url: str) -> str:
        return f"{LINK_BASE}/click/{email_id}/{index}?url={quote(url, safe='')}"

    return Extras(
        f"{LINK_BASE}/unsubscribe/{email_id}" if "enable_unsubscribe" in switches else "",
        f"{LINK_BASE}/open/{email_id}.gif" if "enable_tracking" in switches else "",
        track if "enable_click_tracking" in switches else None,
    )


def _address_account(account: SenderAccount | None) -> Address:
    if account is None:  # disconnected since
        return make_address("gone@coldsend.localhost")
    return make_address(account.email_address, account.settings.get("display_name") or "")


def _name_message(email_id: str, sender: Address) -> str:
    domain = sender.domain if sender.domain.isascii() else sender.domain.encode("idna").decode()
    return f"<{email_id}@{domain}>"


def _choose_policy(*addresses: Address) -> EmailPolicy:
    return SMTP if all(address.addr_spec.isascii() for address in addresses) else SMTPUTF8


def _clean(text: str) -> str:
    # half a surrogate pair, which JSON can carry, is no text that can be sent
    return text.encode("utf-8", "replace").decode()


def _clean_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in _clean(text)).split())
