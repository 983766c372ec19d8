"""Each mail goes to a real SMTP server as well, when one is named."""

import logging
import socket
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import requests
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from mockserver import Settings, create_app
from mockserver.mails.smtp_relay import Relay, RelayError
from mockserver.model.events import record_event
from mockserver.server.server import running

from .kit.api import Api


class Mailbox:
    """What an SMTP server takes; it refuses whom `refused` names."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refused = ""

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address == self.refused:
            return "550-nobody\r\n550 of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def messages(self) -> list[EmailMessage]:
        contents = [envelope.content for envelope in self.envelopes]
        return [message_from_bytes(c, policy=default) for c in contents if isinstance(c, bytes)]


def find_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def address(mailbox: Mailbox) -> Iterator[str]:
    """The address of a real SMTP server."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=find_port())
    controller.start()
    yield f"127.0.0.1:{controller.port}"
    controller.stop()


@pytest.fixture
def relayed(address: str) -> Iterator[Api]:
    app = create_app(Settings(smtp=address))
    yield Api(app, "cs_live_relayed")
    app.close()


def send(api: Api, *emails: str) -> None:
    campaign_id = api.ready()
    for email in emails:
        lead_id = api.lead(campaign_id, email)
        record_event(api.workspace, api.workspace.leads.get(lead_id), "sent")


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_mail_of_a_campaign_arrives_as_the_outbox_shows_it(relayed: Api, mailbox: Mailbox) -> None:
    send(relayed, "grace@example.com")
    wait_for(lambda: bool(mailbox.envelopes))
    [shown] = relayed.send("GET", "/_mock/outbox").body["mails"]
    [message] = mailbox.messages
    assert mailbox.envelopes[0].rcpt_tos == ["grace@example.com"]
    assert mailbox.envelopes[0].mail_from == shown["from"]
    got = {name: str(value) for name, value in message.items() if not name.startswith("X-")}
    assert got == shown["headers"]
    assert message.get_content().replace("\r\n", "\n") == shown["text"]


def test_a_mail_sent_by_hand_arrives(relayed: Api, mailbox: Mailbox) -> None:
    relayed.ok("sendTestEmail", {"recipient_email": "me@example.com"}, inbox_id=relayed.account())
    wait_for(lambda: bool(mailbox.envelopes))
    assert mailbox.envelopes[0].rcpt_tos == ["me@example.com"]


def test_a_server_hands_on_what_is_left_when_it_stops(address: str, mailbox: Mailbox) -> None:
    with running(Settings(port=0, smtp=address)) as server:
        api = Api(server.app, "cs_live_stopped")
        campaign_id = api.ready()
        url = f"{server.url}/_mock/leads/{api.leads(campaign_id)[0]['lead_id']}/events"
        sent = requests.post(url, json={"event": "sent"}, headers={"X-API-Key": api.key}, timeout=20)
        assert sent.status_code == 200
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [["ada@example.com"]]


def test_what_was_taken_is_handed_on_before_it_ends_and_in_order(relayed: Api, mailbox: Mailbox) -> None:
    emails = [f"lead-{number}@example.com" for number in range(130)]
    send(relayed, *emails)
    relayed.app.close()
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [[email] for email in emails]


def test_a_mail_that_is_refused_is_one_line_and_the_next_one_arrives(
    relayed: Api, mailbox: Mailbox, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.refused = "bad@example.com"
    with caplog.at_level(logging.WARNING, "mockserver.mails.smtp_relay"):
        send(relayed, "bad@example.com", "good@example.com")
        relayed.app.close()
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [["good@example.com"]]
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"not handed to {address}: the mail to bad@example.com (")
    assert "\n" not in line


def test_a_server_that_is_not_there_is_one_line_and_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    address = f"127.0.0.1:{find_port()}"
    app = create_app(Settings(smtp=address))
    with caplog.at_level(logging.WARNING, "mockserver.mails.smtp_relay"):
        api = Api(app, "cs_live_unheard")
        send(api, "a@example.com")
        app.close()
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"not handed to {address}: 1 of 1 mails (")
    assert api.send("GET", "/_mock/outbox").body["pagination"]["total"] == 1


def test_a_mail_whose_lead_is_gone_is_passed_over(relayed: Api, mailbox: Mailbox) -> None:
    with relayed.workspace.lock:
        send(relayed, "gone@example.com")
        for lead in relayed.workspace.leads:
            if lead.email == "gone@example.com":
                relayed.workspace.leads.remove(lead.lead_id)
        send(relayed, "here@example.com")
    relayed.app.close()
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [["here@example.com"]]


@pytest.mark.parametrize("address", ["localhost:1025", "127.0.0.1:1025", "127.1.2.3:25", "[::1]:1025"])
def test_this_machine_is_fine(address: str) -> None:
    Relay(address).close()


@pytest.mark.parametrize(
    "address", ["smtp.example.com:25", "10.0.0.1:25", "[2001:db8::1]:25", "localhost.evil.example:25"]
)
def test_another_machine_needs_a_second_flag(address: str) -> None:
    with pytest.raises(RelayError, match="smtp_anywhere=True"):
        Relay(address)
    Relay(address, anywhere=True).close()


@pytest.mark.parametrize(
    "address",
    [
        "localhost",
        "localhost:",
        ":25",
        "localhost:mail",
        "localhost:99999",
        "user@localhost:25",
        "a:1/x",
        "::1:25",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(RelayError, match="is no HOST:PORT"):
        Relay(address)


def test_without_the_setting_nothing_is_handed_on() -> None:
    app = create_app()
    assert app.relay is None
    assert app.workspaces.get("cs_live_a").on_sent is None
    app.close()
