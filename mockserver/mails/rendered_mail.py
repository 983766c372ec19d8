"""A rendered mail, and its form for e-mail programs."""

import re
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from functools import lru_cache
from typing import Any

from .bodies import Body

_PLAIN = re.compile(r"[\w+-]+(?:\.[\w+-]+)*@[\w.-]+", re.ASCII)
_WIDTH = 78
"""Of a line of the headers [RFC 5322]."""


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail with its text, and the ids of the records it belongs to."""

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
    """Further recipients, who are not named in it."""
    attachments: tuple[dict[str, Any], ...] = ()
    """In the form of `Attachment` in openapi.yaml."""
    unsubscribe_url: str = ""
    """The link that unsubscribes; empty without one."""
    pixel_url: str = ""
    """The image whose request is an opening; empty without one."""

    @property
    def to(self) -> str:
        """The address of the recipient."""
        return self.recipient.addr_spec

    @property
    def text(self) -> str:
        """Its text; of an HTML mail the text without the markup."""
        return self.body.text

    @property
    def html(self) -> str | None:
        """Its HTML; None for a plain mail."""
        return self.body.html

    @property
    def links(self) -> tuple[str, ...]:
        """Its links in their original form, without tracking."""
        return self.body.links

    @property
    def recipients(self) -> list[str]:
        """The addresses it goes to."""
        return [self.to, *self.cc, *self.bcc]

    def make_message(self) -> EmailMessage:
        """Return the mail in the form of e-mail programs; it is the same each time."""
        addresses = (self.sender.addr_spec, *self.recipients)
        policy = SMTP if all(map(str.isascii, addresses)) else SMTPUTF8
        message = EmailMessage(policy.clone(cte_type="7bit"))
        message["From"], message["To"] = self.sender, self.recipient
        if self.cc:
            message["Cc"] = [make_address(address) for address in self.cc]
        message["Subject"] = clean_line(self.subject)
        message["Date"] = self.at
        for name, value in self.headers:
            message[name] = value
        message.set_content(_clean(self.body.text))
        if self.body.html is not None:
            message.add_alternative(_clean(self.body.html), subtype="html")
        for attachment in self.attachments:
            main, _, sub = clean_line(attachment["content_type"]).partition("/")
            content = b64decode(attachment["content_base64"])
            message.add_attachment(
                content, main, sub or "octet-stream", filename=clean_line(attachment["filename"])
            )
        for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
            part.set_boundary(f"=_{self.email_id}_{number}")  # the default is random
        # The default would cut an id that is longer than a line.
        words = (len(name) + len(word) + 2 for name, value in self.headers for word in value.split())
        message.policy = message.policy.clone(max_line_length=max([_WIDTH, *words]))
        return message


@lru_cache(maxsize=4096)  # a list of threads needs few addresses many times
def make_address(email: str, name: str = "") -> Address:
    """Return an address for the headers of a mail."""
    name = clean_line(name)
    local, _, domain = email.rpartition("@")
    if _PLAIN.fullmatch(email):  # most addresses match, and parsing takes long
        return Address(name, local, domain)
    try:
        return Address(name, addr_spec=email)
    except (HeaderParseError, ValueError, IndexError):
        return Address(name, clean_line(local), clean_line(domain))


def make_message_id(name: str, domain: str) -> str:
    """Return a Message-ID."""
    return f"<{name}@{domain if domain.isascii() else domain.encode('idna').decode()}>"


def clean_line(text: str) -> str:
    """Return a text in a form that a header can hold."""
    return " ".join("".join(char if char.isprintable() else " " for char in _clean(text)).split())


def _clean(text: str) -> str:
    # JSON can hold half a surrogate pair, but no mail can.
    return text.encode("utf-8", "replace").decode()
