"""The outbox and the preview of templates, over HTTP."""

import mailbox
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from mockserver.model.events import record_event

from .kit.api import UNKNOWN_ID, Api, variant
from .kit.control import CONTROL, Control
from .kit.mails import Mailing


def send(api: Api, *emails: str) -> tuple[str, list[str]]:
    """Have a campaign send its first mail to these; returns its id and those of the leads."""
    campaign_id = api.campaign()
    inbox_id = api.account(f"sam-{campaign_id}@outreach.example.com")
    api.update(campaign_id, inbox_ids=[inbox_id], variants=[variant()])
    lead_ids = [api.lead(campaign_id, email, first_name=email.partition("@")[0].title()) for email in emails]
    for lead_id in lead_ids:
        record_event(api.workspace, api.workspace.leads.get(lead_id), "sent")
    return campaign_id, lead_ids


def download(api: Api, operation_id: str, **ids: str) -> Any:
    operation = CONTROL.operations[operation_id]
    return api.client.open(
        operation.path.format(**ids), method=operation.method, headers={"X-API-Key": api.key}
    )


def test_a_mail_is_shown_as_its_recipient_sees_it(api: Api, control: Control) -> None:
    campaign_id, [lead_id] = send(api, "ada@example.com")
    [mail] = control.ok("listOutbox")["mails"]
    assert mail["subject"] == "Quick question, Ada"
    assert mail["text"].startswith(
        "Hi Ada, I saw that  is hiring.\n\n--\nUnsubscribe: http://coldsend.localhost/"
    )
    assert mail["html"] is None
    assert (mail["lead_id"], mail["campaign_id"]) == (lead_id, campaign_id)
    assert (mail["from"], mail["to"]) == (f"sam-{campaign_id}@outreach.example.com", "ada@example.com")
    assert mail["headers"]["Subject"] == mail["subject"]
    assert control.ok("getMail", email_id=mail["email_id"]) == mail
    assert control.ok("listOutbox")["mails"] == [mail]


def test_mails_are_filtered_and_paged(api: Api, control: Control) -> None:
    _, leads = send(api, "a@example.com", "b@example.com", "c@example.com")
    campaign_id, _ = send(api, "a@example.com")

    def recipients(**query: Any) -> list[str]:
        return [mail["to"].partition("@")[0] for mail in control.ok("listOutbox", query=query)["mails"]]

    assert recipients() == ["a", "b", "c", "a"]
    assert recipients(lead_id=leads[1]) == ["b"]
    assert recipients(campaign_id=campaign_id) == ["a"]
    assert recipients(to="A@EXAMPLE.COM") == ["a", "a"]
    assert recipients(lead_id=UNKNOWN_ID) == []
    assert recipients(page=2, limit=3) == ["a"]
    pagination = control.ok("listOutbox", query={"page": 2, "limit": 3})["pagination"]
    assert (pagination["total"], pagination["pages"]) == (4, 2)


def test_a_test_mail_is_in_the_outbox(api: Api, control: Control) -> None:
    api.ok("sendTestEmail", {"recipient_email": "me@example.com"}, inbox_id=api.account())
    [mail] = control.ok("listOutbox")["mails"]
    assert (mail["to"], mail["lead_id"], mail["campaign_id"]) == ("me@example.com", None, None)


def test_one_mail_is_a_file_for_e_mail_programs(api: Api, control: Control) -> None:
    send(api, "ada@example.com")
    [mail] = control.ok("listOutbox")["mails"]
    response = download(api, "downloadMail", email_id=mail["email_id"])
    assert response.content_type == "message/rfc822"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{mail["email_id"]}.eml"'
    message = message_from_bytes(response.data, policy=default)
    assert {name: str(value) for name, value in message.items()} == mail["headers"]


def test_all_mails_are_an_mbox(api: Api, tmp_path: Path) -> None:
    send(api, "a@example.com", "b@example.com")
    response = download(api, "downloadOutbox")
    assert response.content_type == "application/mbox"
    (tmp_path / "mbox").write_bytes(response.data)
    box = mailbox.mbox(tmp_path / "mbox")
    assert [message["To"] for message in box] == ["A <a@example.com>", "B <b@example.com>"]
    box.close()


def test_an_mbox_names_senders_in_any_script(api: Api) -> None:
    inbox_id = api.account("søren@example.dk")
    api.ok("sendTestEmail", {"recipient_email": "me@example.com"}, inbox_id=inbox_id)
    response = download(api, "downloadOutbox")
    assert response.status_code == 200
    assert response.text.startswith("From søren@example.dk ")


def test_an_empty_outbox_is_one_too(api: Api, control: Control) -> None:
    assert control.ok("listOutbox")["mails"] == []
    assert download(api, "downloadOutbox").data == b""


def test_the_list_is_searched_and_turned_round(api: Api, control: Control) -> None:
    send(api, "ada@example.com", "bob@example.com")

    def recipients(**query: Any) -> list[str]:
        return [mail["to"].partition("@")[0] for mail in control.ok("listOutbox", query=query)["mails"]]

    assert recipients(sort_order="desc") == ["bob", "ada"]
    assert recipients(search="BOB@") == ["bob"]
    [mail] = control.ok("listOutbox", query={"search": "ada"})["mails"]
    assert recipients(search=mail["from"].upper()) == ["ada", "bob"]
    assert recipients(search=mail["text"].upper()[:200]) == ["ada"]
    assert recipients(search="nobody has this") == []


def test_the_added_links_are_named(api: Api, control: Control) -> None:
    mailing = Mailing(
        api,
        {"content_type": "html", "email_content": "<p>Hi there</p>"},
        enable_tracking=True,
        enable_unsubscribe=True,
    )
    mailing.send()
    [mail] = control.ok("listOutbox")["mails"]
    assert mail["pixel_url"] in mail["html"]
    assert mail["unsubscribe_url"] in mail["text"]
    plain = Mailing(Api(api.app, api.key + "-plain"), {}, enable_unsubscribe=False)
    plain.send()
    [mail] = Control(plain.api).ok("listOutbox")["mails"]
    assert (mail["pixel_url"], mail["unsubscribe_url"]) == (None, None)


def test_the_texts_say_what_came_from_where(api: Api, control: Control) -> None:
    greeting = "{{Hi {{first_name}}|Hi {{first_name}}}}"
    content = "{% if company %}{{company}}: {% endif %}{{no_field|you}}, " + greeting + "{{no_one}}"
    mailing = Mailing(
        api,
        {"subject_template": "For {{first_name}}", "email_content": content, "content_type": "html"},
        {"email_content": "Hi there {{first_name"},
    )
    first, second = mailing.send(), mailing.send(sequence_step=2, subject="Re: For Ada")
    traced = control.ok("showPersonalization", email_id=first.email_id)
    assert traced["subject"] == [
        {"text": "For ", "placeholder": None},
        {"text": "Ada", "placeholder": "{{first_name}}"},
    ]
    assert [(piece["text"], piece["placeholder"]) for piece in traced["body"]] == [
        ("A &amp; B", "{{company}}"),
        (": ", None),
        ("you", "{{no_field|you}}"),
        (", ", None),
        ("Hi Ada", greeting),
        ("", "{{no_one}}"),
    ]
    traced = control.ok("showPersonalization", email_id=second.email_id)
    assert traced["body"] == [{"text": "Hi there {{first_name", "placeholder": None}]
    assert [piece["text"] for piece in traced["subject"]] == ["Re: For Ada"]


def test_pieces_of_a_direct_mail_are_its_texts(api: Api, control: Control) -> None:
    api.ok("sendTestEmail", {"recipient_email": "me@example.com"}, inbox_id=api.account())
    [mail] = control.ok("listOutbox")["mails"]
    traced = control.ok("showPersonalization", email_id=mail["email_id"])
    assert traced["subject"] == [{"text": "Test email", "placeholder": None}]


@pytest.mark.parametrize("operation_id", ["getMail", "downloadMail", "showPersonalization"])
def test_an_unknown_mail_is_refused(operation_id: str, api: Api, control: Control) -> None:
    answer = control(operation_id, email_id=UNKNOWN_ID)
    assert (answer.status, answer.body) == (404, CONTROL.find_error("mail_not_found").value)
    assert control(operation_id, email_id="no-id").status == 422


def test_nobody_sees_the_mails_of_another(api: Api, control: Control) -> None:
    send(api, "ada@example.com")
    other = Control(Api(api.app, api.key + "-other"))
    assert other.ok("listOutbox")["mails"] == []
    [mail] = control.ok("listOutbox")["mails"]
    assert other("getMail", email_id=mail["email_id"]).status == 404


def test_looking_changes_nothing(api: Api, control: Control) -> None:
    send(api, "ada@example.com")
    before = api.remembered()
    control.ok("listOutbox")
    control.ok("renderTemplate", {"template": "{{a|b}}"})
    assert api.remembered() == before


def test_a_template_is_previewed_for_a_lead(api: Api, control: Control) -> None:
    campaign_id = api.campaign(timezone="Asia/Kolkata")
    lead_id = api.lead(campaign_id, first_name="Ada", custom_fields={"size": "250"})
    rendered = control.ok(
        "renderTemplate",
        {
            "template": "{{dn_time_of_day}} {{first_name}} {{size}} {{city_name|nowhere}}",
            "lead_id": lead_id,
            "fields": {"size": "300"},
            "at": "2026-01-05T12:00:00Z",
        },
    )
    assert rendered["template"] == "Good evening Ada 300 nowhere"  # half past five in Kolkata
    assert rendered["errors"] == []
    assert rendered["at"] == "2026-01-05T12:00:00Z"
    assert rendered["fields"]["size"] == "300"
    assert (rendered["subject"], rendered["body"], rendered["text"]) == (None, None, None)


def test_a_time_without_offset_is_local_to_the_campaign(api: Api, control: Control) -> None:
    body = {"template": "{{dn_time_of_day}}", "at": "2026-01-05T13:00:00"}
    assert control.ok("renderTemplate", body)["at"] == "2026-01-05T13:00:00Z"
    body["campaign_id"] = api.campaign(timezone="Asia/Kolkata")
    rendered = control.ok("renderTemplate", body)
    assert (rendered["at"], rendered["template"]) == ("2026-01-05T07:30:00Z", "Good afternoon")


def test_a_mail_is_previewed_as_a_whole(control: Control) -> None:
    rendered = control.ok(
        "renderTemplate",
        {
            "subject": "Hi\n{{first_name}}",
            "body": "<p>How is {{company}}?</p>",
            "content_type": "html",
            "fields": {"first_name": "Ada", "company": "A & B"},
        },
    )
    assert rendered["subject"] == "Hi Ada"
    assert rendered["body"] == "<p>How is A &amp; B?</p>"
    assert rendered["text"] == "How is A & B?"
    assert rendered["body"] in rendered["html"]


def test_a_preview_has_the_text_of_the_mail(api: Api, control: Control) -> None:
    template = "{{Hi|Hello|Hey}} {{first_name}}, {{how|what|why}} about {{this|that}}?"
    campaign_id, [lead_id] = send(api, "ada@example.com")
    api.update(campaign_id, variants=[variant(subject_template=template, email_content=template)])
    lead = api.workspace.leads.get(lead_id)
    for seed in range(5):
        record_event(api.workspace, lead, "sent", details={"seed": seed})
        rendered = control.ok(
            "renderTemplate", {"subject": template, "body": template, "lead_id": lead_id, "seed": seed}
        )
        mail = control.ok("listOutbox")["mails"][-1]
        assert mail["subject"] == rendered["subject"]
        assert mail["text"].startswith(rendered["text"])


def test_every_mistake_is_reported_with_its_place(control: Control) -> None:
    rendered = control.ok(
        "renderTemplate",
        {"template": "fine", "subject": "Hi {{first_name", "body": "a\n b {% if %}{% endif %}"},
    )
    assert rendered["template"] == "fine"
    assert (rendered["subject"], rendered["text"]) == (None, None)
    assert rendered["errors"] == [
        {"part": "subject", "line": 1, "column": 4, "message": "this {{ is never closed by }}"},
        {"part": "body", "line": 2, "column": 4, "message": "missing expression"},
    ]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "render_empty"),
        ({"template": "x", "lead_id": UNKNOWN_ID}, 404, "lead_not_found"),
        ({"template": "x", "campaign_id": UNKNOWN_ID}, 404, "campaign_not_found"),
    ],
)
def test_what_cannot_be_rendered_is_refused(
    body: dict[str, Any], status: int, error: str, control: Control
) -> None:
    answer = control("renderTemplate", body)
    assert (answer.status, answer.body) == (status, CONTROL.operations["renderTemplate"].errors[error].value)
