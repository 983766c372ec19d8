"""A mail, and how e-mail programs know it."""

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Any

from .bodies import Body

_WIDTH = 78
"""Of a line of the headers [RFC 5322]."""


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
    """Besides From, To, Cc, Subject and Date."""
    lead_id: str | None = None
    campaign_id: str | None = None
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    """Who gets it, too, without being named in it."""
    attachments: tuple[dict[str, Any], ...] = ()
    """As `Attachment` of openapi.yaml."""

    @property
    def recipients(self) -> list[str]:
        """The addresses it goes to."""
        return [self.recipient.addr_spec, *self.cc, *self.bcc]

    def make_message(self) -> EmailMessage:
        """Return the mail as e-mail programs know it; the same each time."""
        addresses = (self.sender.addr_spec, *self.recipients)
        policy = SMTP if all(map(str.isascii, addresses)) else SMTPUTF8
        # An id that is longer than a line would be taken apart.
        longest = max(
            (len(name) + len(word) for name, value in self.headers for word in value.split()), default=0
        )
        message = EmailMessage(policy.clone(cte_type="7bit", max_line_length=max(_WIDTH, longest + 2)))
        message["From"], message["To"] = self.sender, self.recipient
        if self.cc:
            message["Cc"] = [make_address(address) for address in self.cc]
        message["Subject"] = clean_line(self.subject)
        message["Date"] = format_datetime(self.at)
        for name, value in self.headers:
            message[name] = value
        message.set_content(_clean(self.body.text))
        if self.body.html is not None:
            message.add_alternative(_clean(self.body.html), subtype="html")
        for attachment in self.attachments:
            main, _, sub = attachment["content_type"].partition("/")
            content = b64decode(attachment["content_base64"])
            message.add_attachment(content, main, sub or "octet-stream", filename=attachment["filename"])
        for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
            part.set_boundary(f"=_{self.email_id}_{number}")  # else it is drawn at random
        return message


def make_address(email: str, name: str = "") -> Address:
    """Return an address as mails carry it."""
    name = clean_line(name)
    try:
        return Address(name, addr_spec=email)
    except (HeaderParseError, ValueError, IndexError):
        local, _, domain = email.rpartition("@")
        return Address(name, clean_line(local), clean_line(domain))


def make_message_id(name: str, domain: str) -> str:
    """Return a Message-ID."""
    return f"<{name}@{domain if domain.isascii() else domain.encode('idna').decode()}>"


def clean_line(text: str) -> str:
    """Return a text as it can stand in a header."""
    return " ".join("".join(char if char.isprintable() else " " for char in _clean(text)).split())


def _clean(text: str) -> str:
    # half a surrogate pair, which JSON can carry, is no text that can be sent
    return text.encode("utf-8", "replace").decode()
