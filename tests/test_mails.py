"""Whole mails, made of what was sent."""

import mailbox
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from mockserver.mails.compose import answer_subject, compose_mail, list_switches
from mockserver.mails.outbox import find_sent, list_sent, read_newest, write_mail, write_mbox
from mockserver.mails.rendered_mail import RenderedMail
from mockserver.model.events import record_event
from mockserver.personalization.fields import list_fields
from mockserver.state.records import DirectMail

from .kit.api import Api, variant
from .kit.control import Control
from .kit.mails import NINE, Mailing

HTML = '<p>Hi {{first_name}}, see <a class="x" href="https://a.example/?p=1&amp;q=2">this</a></p>'


def read(mail: RenderedMail) -> EmailMessage:
    """Read the mail as its recipient's program does."""
    message = message_from_bytes(mail.make_message().as_bytes().replace(b"\r\n", b"\n"), policy=default)
    assert not message.defects
    assert all(not value.defects for value in message.values())
    return message


def test_a_plain_mail_has_its_headers_and_its_text(api: Api) -> None:
    mail = Mailing(api, {"subject_template": "Hi {{first_name}}"}, enable_unsubscribe=False).mail()
    message = read(mail)
    assert message["From"] == "Sam Sender <sam@outreach.example.com>"
    assert message["To"] == "Ada Lovelace <ada@example.com>"
    assert message["Subject"] == "Hi Ada"
    assert message["Date"] == "Mon, 05 Jan 2026 09:00:00 -0500"  # in the campaign's timezone
    assert message["Message-ID"] == f"<{mail.email_id}@outreach.example.com>"
    assert "List-Unsubscribe" not in message
    assert message.get_content_type() == "text/plain"
    assert message.get_content() == "Hi Ada, I saw that A & B is hiring.\n"


def test_looking_twice_gives_the_same_mail(api: Api) -> None:
    content = "{{Hi|Hello|Hey}} {{first_name}}, {{one|two|three|four}}"
    mailing = Mailing(api, {"email_content": content, "content_type": "html"})
    event = mailing.send(seed=7)
    assert write_mail(mailing.compose(event)) == write_mail(mailing.compose(event))
    texts = {mailing.mail(seed=seed, switches=[]).body.text for seed in range(60)}
    assert len(texts) == 12


def test_the_event_wins_over_the_present_records(api: Api) -> None:
    mailing = Mailing(api, {})
    given = {
        "variant": variant(email_content="Dear {{first_name}}, as said"),
        "fields": {"first_name": "Augusta"},
        "subject": "As it was",
        "switches": [],
    }
    mail = mailing.mail(**given)
    assert (mail.subject, mail.body.text) == ("As it was", "Dear Augusta, as said")
    assert mail.recipient.display_name == "Augusta"


def test_the_variant_of_the_lead_is_rendered(api: Api) -> None:
    mailing = Mailing(api, {})
    versions = [
        variant("A", 50, email_content="This is version A"),
        variant("B", 50, email_content="This is version B"),
    ]
    api.update(mailing.campaign_id, variants=versions)
    leads = api.workspace.leads
    leads.put(replace(leads.get(mailing.lead_id), variant_name="B"))
    assert mailing.mail().body.text.startswith("This is version B")
    assert mailing.mail(variant_name="A").body.text.startswith("This is version A")


@pytest.mark.parametrize("on", [True, False])
def test_the_settings_decide_what_is_added_to_html(on: bool, api: Api) -> None:
    names = ("enable_unsubscribe", "enable_tracking", "enable_click_tracking")
    mailing = Mailing(api, {"email_content": HTML, "content_type": "html"}, **dict.fromkeys(names, on))
    mail = mailing.mail()
    html, host = mail.body.html, f"http://coldsend.localhost/{{}}/{mail.email_id}"
    assert html is not None
    assert (f'<a href="{host.format("unsubscribe")}">Unsubscribe</a>' in html) is on
    assert (f'<img src="{host.format("open")}.gif"' in html) is on
    link = f"{host.format('click')}/0?url=https%3A%2F%2Fa.example%2F%3Fp%3D1%26q%3D2"
    assert (f'<a class="x" href="{link}">this</a>' in html) is on
    assert ('href="https://a.example/?p=1&amp;q=2"' in html) is not on
    assert mail.body.links == ("https://a.example/?p=1&q=2",)
    assert (read(mail)["List-Unsubscribe"] == f"<{host.format('unsubscribe')}>") is on
    assert html.rstrip().endswith("</body>\n</html>")


def test_a_plain_mail_has_links_but_no_pixel(api: Api) -> None:
    mail = Mailing(
        api,
        {"email_content": "Hi, see https://a.example."},
        enable_tracking=True,
        enable_click_tracking=True,
    ).mail()
    assert mail.body.html is None
    assert mail.links == ("https://a.example",)
    assert mail.body.text == (
        f"Hi, see http://coldsend.localhost/click/{mail.email_id}/0?url=https%3A%2F%2Fa.example.\n\n--\n"
        f"Unsubscribe: http://coldsend.localhost/unsubscribe/{mail.email_id}\n"
    )


def test_an_html_mail_has_its_text_beside_it(api: Api) -> None:
    content = HTML + "<style>p {color: red}</style><ul><li>{{company}}</li><li>two</li></ul>"
    mail = Mailing(api, {"email_content": content, "content_type": "html"}, enable_unsubscribe=False).mail()
    message = read(mail)
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert plain.get_content() == ("Hi Ada, see this [https://a.example/?p=1&q=2]\n\nA & B\n\ntwo\n")
    assert isinstance(html, EmailMessage)
    assert "<li>A &amp; B</li>" in html.get_content()


def test_raw_html_is_a_page_already(api: Api) -> None:
    page = "<html><head><title>x</title></head><body><p>Hi</p></BODY ></html>"
    mail = Mailing(api, {"email_content": page, "content_type": "raw_html"}).mail()
    assert mail.body.html is not None
    assert mail.body.html.startswith("<html><head>")
    assert mail.body.html.count("<html>") == 1
    assert mail.body.html.endswith("Unsubscribe</a></p>\n</BODY ></html>")
    assert mail.body.text.startswith("Hi\n")


def test_a_follow_up_without_subject_stands_in_the_thread_of_the_first(api: Api) -> None:
    own = {"subject_template": "Something else", "email_content": "A mail of its own"}
    silent = {"email_content": "Just following up."}
    mailing = Mailing(api, {}, silent, own, silent)
    first, second, third, fourth = (
        mailing.mail(sequence_step=step, subject=subject)
        for step, subject in enumerate(["Q", "Re: Q", "Something else", "Re: Q"], start=1)
    )
    ids = [read(mail)["Message-ID"] for mail in (first, second, third, fourth)]
    assert len(set(ids)) == 4
    assert [read(mail)["In-Reply-To"] for mail in (first, second, third, fourth)] == [
        None,
        ids[0],
        None,
        ids[1],
    ]
    assert read(fourth)["References"] == f"{ids[0]} {ids[1]}"
    assert second.body.text.startswith("Just following up.")


def test_a_mail_of_a_subsequence_has_its_text_and_html(api: Api) -> None:
    mailing = Mailing(api, {})
    mailing.send()
    given = {"variant_name": "A", "subject": "", "body": "Hello {{first_name}}", "html_body": None}
    mail = mailing.mail(sequence_step=0, subsequence_id="s", subject="Re: Q", variant=given)
    assert mail.body.text.startswith("Hello Ada")
    assert read(mail)["In-Reply-To"]
    html = {**given, "subject": "New", "html_body": "<b>Hello {{company}}</b>"}
    mail = mailing.mail(sequence_step=0, subsequence_id="s", subject="New", variant=html)
    assert mail.body.html is not None
    assert "<b>Hello A &amp; B</b>" in mail.body.html
    assert "In-Reply-To" not in read(mail)


def test_a_follow_up_may_have_its_own_word_on_unsubscribing(api: Api) -> None:
    mailing = Mailing(api, {}, {"email_content": "Just following up."}, enable_tracking=True)
    campaigns = api.workspace.campaigns
    campaign = campaigns.get(mailing.campaign_id)
    assert list_switches(campaign, 2) == ("enable_unsubscribe", "enable_tracking")
    sequences = tuple({**item, "enable_unsubscribe": False} for item in campaign.sequences)
    assert list_switches(replace(campaign, sequences=sequences), 2) == ("enable_tracking",)
    assert list_switches(replace(campaign, sequences=sequences), 1) == (
        "enable_unsubscribe",
        "enable_tracking",
    )


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Zoë\r\nBcc: evil@example.com", "zoe@example.com"),
        ('Robert "Bob" O\'Hara, Jr. <x>', "bob+tag@example.com"),
        ("Łukasz \ud800", "łukasz@exämple.com"),
        ("x" * 300, "a@example.com"),
        ("", "a@example.com"),
    ],
)
def test_no_value_breaks_out_of_its_header(name: str, email: str, api: Api) -> None:
    mailing = Mailing(
        api, {"subject_template": "Hi {{first_name}}", "email_content": "{{first_name}} " * 100}
    )
    leads = api.workspace.leads
    lead = leads.get(mailing.lead_id)
    leads.put(replace(lead, email=email, details={**lead.details, "first_name": name}))
    raw = mailing.mail().make_message().as_bytes()
    message = message_from_bytes(raw, policy=default)
    assert "Bcc" not in message
    assert len(message.keys()) == len(set(message.keys()))
    assert len(message["To"].addresses) == 1
    assert email in raw.decode()


def test_long_ids_stay_whole(api: Api) -> None:
    mailing = Mailing(api, {}, {"email_content": "Just following up."})
    accounts = api.workspace.sender_accounts
    accounts.put(replace(accounts.get(mailing.inbox_id), email_address=f"sam@{'long.' * 20}example.com"))
    mailing.send()
    message = read(mailing.mail(sequence_step=2, subject="Re: Q"))
    assert message["References"].endswith("@" + "long." * 20 + "example.com>")


def test_the_lines_of_a_body_are_not_longer_than_mail_allows(api: Api) -> None:
    mailing = Mailing(
        api, {"email_content": "Zoë says hello, https://a.example " * 20}, enable_click_tracking=True
    )
    accounts = api.workspace.sender_accounts
    accounts.put(replace(accounts.get(mailing.inbox_id), email_address=f"sam@{'long.' * 20}example.com"))
    _, _, body = write_mail(mailing.mail()).partition("\r\n\r\n")
    assert max(map(len, body.split("\r\n"))) <= 78


def test_a_malformed_template_is_sent_as_it_stands(api: Api) -> None:
    mailing = Mailing(
        api, {"subject_template": "Hi {{first_name", "email_content": "{% if %} {{first_name}}"}
    )
    mail = mailing.mail()
    assert mail.subject == "Hi {{first_name"
    assert mail.body.text.startswith("{% if %} {{first_name}}")


def test_the_account_may_be_gone(api: Api) -> None:
    mailing = Mailing(api, {})
    event = mailing.send()
    api.workspace.sender_accounts.remove(mailing.inbox_id)
    assert read(mailing.compose(event))["From"] == "nobody@coldsend.localhost"


def test_the_fields_are_those_of_the_lead_and_its_campaign(api: Api) -> None:
    campaign_id = api.campaign()
    api.update(campaign_id, lead_mapping={"email": "Email", "custom_size": "Size", "city": "City"})
    lead_id = api.lead(
        campaign_id, company="Acme", custom_fields={"city": "Rome", "title": "CTO", "email": "no", "n": 1}
    )
    workspace = api.workspace
    lead, campaign = workspace.leads.get(lead_id), workspace.campaigns.get(campaign_id)
    assert list_fields(lead, campaign) == {
        "first_name": None,
        "last_name": None,
        "company": "Acme",
        "email": "ada@example.com",
        "job_title": "CTO",
        "city": "Rome",
        "title": "CTO",
        "size": None,
        "n": 1,
    }


def test_the_outbox_holds_what_was_sent_oldest_first(api: Api) -> None:
    mailing = Mailing(api, {})
    late, early = mailing.send(), mailing.send()
    workspace = api.workspace
    lead = workspace.leads.get(mailing.lead_id)
    early = workspace.events.put(replace(early, at=NINE - timedelta(days=1)))
    record_event(workspace, lead, "opened")
    test = workspace.direct_mails.put(
        DirectMail(workspace.draw_id(), mailing.inbox_id, "me@example.com", NINE)
    )
    other_campaign = api.campaign()
    other = record_event(
        workspace, workspace.leads.get(api.lead(other_campaign, "b@example.com")), "sent", at=NINE
    )
    assert list_sent(workspace) == [early, late, other, test]
    assert list_sent(workspace, lead_id=mailing.lead_id) == [early, late]
    assert list_sent(workspace, campaign_id=other_campaign) == [other]
    assert list_sent(workspace, email="B@example.com") == [other]
    assert list_sent(workspace, email="me@example.com", campaign_id=mailing.campaign_id) == []
    assert read_newest(workspace, 0, 9) == ([test, other, late, early], 4)
    assert read_newest(workspace, 1, 3) == ([other, late], 4)
    assert find_sent(workspace, late.email_id) == late
    assert find_sent(workspace, test.mail_id) == test
    assert find_sent(workspace, "nothing") is None


def test_mails_sent_by_hand_are_mails_too(api: Api) -> None:
    mailing = Mailing(api, {})
    mailing.send()
    api.ok("sendTestEmail", {"recipient_email": "me@example.com"}, inbox_id=mailing.inbox_id)
    [test] = [record for record in list_sent(api.workspace) if isinstance(record, DirectMail)]
    message = read(compose_mail(api.workspace, test))
    assert (message["To"], message["Subject"]) == ("me@example.com", "Test email")
    reply = record_event(
        api.workspace, api.workspace.leads.get(mailing.lead_id), "replied", details={"subject": "Re"}
    )
    mail = DirectMail(
        mail_id=api.workspace.draw_id(),
        inbox_id=mailing.inbox_id,
        recipient_email="ada@example.com",
        at=NINE,
        kind="reply",
        lead_id=mailing.lead_id,
        in_reply_to=reply.event_id,
        subject="Re: Q",
        body_html="<p>Sure, <b>gladly</b></p>",
        cc=("c@example.com",),
        bcc=("b@example.com",),
        attachments=({"filename": "é.txt", "content_base64": "aGk=", "content_type": "text/plain"},),
    )
    composed = compose_mail(api.workspace, api.workspace.direct_mails.put(mail))
    message = read(composed)
    assert message["In-Reply-To"] == f"<{reply.event_id}@example.com>"
    assert message["Cc"] == "c@example.com"
    assert "Bcc" not in message
    assert composed.recipients == ["ada@example.com", "c@example.com", "b@example.com"]
    assert composed.campaign_id == mailing.campaign_id
    [attachment] = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_payload(decode=True)) == ("é.txt", b"hi")
    plain = message.get_body(("plain",))
    assert plain is not None
    assert plain.get_content() == "Sure, gladly\n"
    assert write_mail(composed) == write_mail(composed)


def test_all_mails_make_an_mbox(api: Api, tmp_path: Any) -> None:
    mailing = Mailing(api, {"email_content": "From here on\nFrom there on"}, enable_unsubscribe=False)
    mails = [mailing.mail(subject=f"Mail {number}") for number in range(3)]
    (tmp_path / "all.mbox").write_text("".join(write_mbox(mails)), "utf-8")
    box = mailbox.mbox(tmp_path / "all.mbox")
    try:
        assert [message["Subject"] for message in box] == ["Mail 0", "Mail 1", "Mail 2"]
        assert str(next(iter(box)).get_payload()) == ">From here on\n>From there on\n"
    finally:
        box.close()


def test_an_eml_file_has_the_line_ends_of_mail(api: Api) -> None:
    text = write_mail(Mailing(api, {"email_content": "Zoë says\nhello"}).mail())
    assert text.isascii()
    assert "\n" not in text.replace("\r\n", "")
    assert "Zoë says" in message_from_string(text, policy=default).get_content()


@pytest.mark.parametrize(("subject", "answer"), [("Q", "Re: Q"), ("Re: Q", "Re: Q"), ("re: q", "re: q")])
def test_an_answer_is_marked_once(subject: str, answer: str) -> None:
    assert answer_subject(subject) == answer


def test_what_happened_to_a_mail_is_found_by_its_id(api: Api, control: Control) -> None:
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    campaign_id = api.ready()
    for name in ("bounce", "reply", "open", "unsubscribe"):
        api.lead(campaign_id, f"{name}@example.com")
    api.update(campaign_id, launch=True)
    control.ok("moveClock", {"advance": "30d"})
    workspace = api.workspace
    events = list(workspace.events)
    assert len({event.kind for event in events}) >= 3
    for email_id in {event.email_id for event in events}:
        happened = [event for event in events if event.email_id == email_id]
        assert workspace.events.where("mail", email_id) == happened
        assert find_sent(workspace, email_id) == next(each for each in happened if each.kind == "sent")
