"""Everything that was sent, oldest first."""

from collections.abc import Iterable, Iterator
from email.generator import BytesGenerator
from io import BytesIO
from time import asctime
from typing import Any

from ..errors import ApiError
from ..model.events import outline_event
from ..state.records import DirectMail, Event
from ..state.workspace import Workspace
from .compose import compose_mail
from .rendered_mail import RenderedMail

Sent = Event | DirectMail


def list_sent(
    workspace: Workspace,
    *,
    lead_id: str | None = None,
    campaign_id: str | None = None,
    email: str | None = None,
    search: str | None = None,
) -> list[Sent]:
    """Return all that was sent, or only what went to a lead, to an address, or to leads of a campaign.

    `search` is a text that the addresses, the subject or the text of the mail hold, in any letter case.
    """
    if lead_id:
        events = workspace.events.where("lead", lead_id)
        mails = workspace.direct_mails.where("lead", lead_id)
    else:
        events, mails = workspace.events.where("kind", "sent"), list(workspace.direct_mails)
    sent: list[Sent] = [event for event in events if event.kind == "sent" and event.campaign_id]
    sent += mails
    records = [
        record
        for record in sent
        if (campaign_id is None or _find_campaign(workspace, record) == campaign_id)
        and (email is None or _find_address(workspace, record).casefold() == email.casefold())
    ]
    if search:
        records = [record for record in records if _holds(workspace, record, search.casefold())]
    return sorted(records, key=lambda record: record.at)


def read_newest(workspace: Workspace, start: int, stop: int) -> tuple[list[Sent], int]:
    """Return the mails from one place to another, the newest first, and how many there are in all.

    It makes no other mail, so it is quick where `list_sent` takes long.
    """
    sent = workspace.events.outline("kind", "sent", outline_event)
    direct = list(workspace.direct_mails)
    times = [each.at for each in sent] + [mail.at for mail in direct]
    places = [place for place, each in enumerate(sent) if _has_campaign(workspace, each.lead_id)]
    places = sorted([*places, *range(len(sent), len(times))], key=times.__getitem__)
    wanted = places[::-1][start:stop]
    in_events = [place for place in wanted if place < len(sent)]
    made = dict(zip(in_events, workspace.events.where("kind", "sent", in_events), strict=True))
    return [made[place] if place in made else direct[place - len(sent)] for place in wanted], len(places)


def find_sent(workspace: Workspace, email_id: str) -> Sent | None:
    """Return the record of the mail with this id, or None."""
    events = workspace.events.where("mail", email_id)
    found = [event for event in events if event.kind == "sent" and event.campaign_id]
    return found[0] if found else workspace.direct_mails.find(email_id)


def describe_mail(mail: RenderedMail) -> dict[str, Any]:
    """Return a mail under the names of the control API."""
    message = mail.make_message()
    return {
        "email_id": mail.email_id,
        "lead_id": mail.lead_id,
        "campaign_id": mail.campaign_id,
        "sent_at": mail.at,
        "from": mail.sender.addr_spec,
        "to": mail.to,
        "subject": mail.subject,
        "headers": {name: str(value) for name, value in message.items()},
        "text": mail.text,
        "html": mail.html,
        "links": mail.links,
        "unsubscribe_url": mail.unsubscribe_url or None,
        "pixel_url": mail.pixel_url or None,
    }


def write_mail(mail: RenderedMail) -> str:
    """Return the content of an `.eml` file with this mail."""
    return mail.make_message().as_bytes().decode()


def write_mbox(mails: Iterable[RenderedMail]) -> Iterator[str]:
    """Yield the content of an mbox file with these mails, mail by mail."""
    for mail in mails:
        message, buffer = mail.make_message(), BytesIO()
        # written here, since the generator takes ASCII alone for this line
        buffer.write(f"From {mail.sender.addr_spec} {asctime(mail.at.utctimetuple())}\n".encode())
        policy = message.policy.clone(linesep="\n")
        BytesGenerator(buffer, mangle_from_=True, policy=policy).flatten(message)
        yield buffer.getvalue().decode() + "\n"


def _has_campaign(workspace: Workspace, lead_id: str) -> bool:
    """Return whether a lead is in a campaign; of another one, no event is a mail."""
    lead = workspace.leads.find(lead_id)
    return lead is not None and lead.campaign_id is not None


def _holds(workspace: Workspace, record: Sent, folded: str) -> bool:
    try:
        mail = compose_mail(workspace, record)
    except ApiError:  # its lead was deleted
        return False
    texts = (mail.to, str(mail.recipient), str(mail.sender), mail.subject, mail.text, *mail.cc)
    return any(folded in text.casefold() for text in texts)


def _find_campaign(workspace: Workspace, record: Sent) -> str | None:
    if isinstance(record, Event):
        return record.campaign_id
    lead = workspace.leads.find(record.lead_id or "")
    return lead.campaign_id if lead else None


def _find_address(workspace: Workspace, record: Sent) -> str:
    if isinstance(record, DirectMail):
        return record.recipient_email
    lead = workspace.leads.find(record.lead_id)
    return lead.email if lead else ""
