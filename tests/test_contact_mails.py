"""Mails to a contact: what they cost, where they show, and who gets none."""

from dataclasses import replace
from typing import Any

import pytest

from mockserver import Settings, create_app
from mockserver.mails.incoming_events import receive_mail, receive_reply, set_account_status
from mockserver.mails.threads import flip_id
from mockserver.model.contacts import suppress

from .kit.api import SPEC, UNKNOWN_ID, Api
from .kit.control import Control
from .kit.mails import MOST_BYTES, MOST_FILES, attachment, list_messages

OPERATION = SPEC.operations["sendContactEmail"]


def send(api: Api, contact_id: str, inbox_id: str, **changes: Any) -> Any:
    body = {"inbox_id": inbox_id, "subject": "Thursday", "body_text": "At ten?", **changes}
    return api.ok("sendContactEmail", body, contact_id=contact_id)


@pytest.fixture
def ada(api: Api) -> str:
    return api.contact("ada@example.com")


@pytest.fixture
def inbox_id(api: Api) -> str:
    return api.account()


def test_a_mail_is_answered_as_documented(api: Api, ada: str, inbox_id: str) -> None:
    answer = send(api, ada, inbox_id)
    varying = {name: answer[name] for name in ("message_id", "thread_id")}
    assert answer == {**OPERATION.answer_examples["text"], **varying}
    [mail] = list_messages(api, answer["thread_id"])
    assert answer["message_id"] == f"direct_{mail['reply_id'][:8]}@outreach.example.com"


def test_a_mail_stands_in_a_thread_of_no_campaign(api: Api, ada: str, inbox_id: str) -> None:
    thread_id = send(api, ada, inbox_id, body_html="<p>At <b>ten</b> &amp; sharp?</p>")["thread_id"]
    thread = api.ok("getThread", thread_id=thread_id)
    assert (thread["campaign_id"], thread["campaign_name"]) == (None, "External")
    assert (thread["from_address"], thread["to_address"]) == ("sam@outreach.example.com", "ada@example.com")
    assert (thread["subject"], thread["reply_count"], thread["is_read"]) == ("Thursday", 0, True)
    [listed] = api.ok("listReplies")["conversations"]
    assert (listed["thread_id"], listed["campaign_id"]) == (thread_id, None)
    [mail] = list_messages(api, thread_id)
    assert (mail["body_text"], mail["is_outgoing"]) == ("At ten?", True)
    assert mail["body_html"] == "<p>At <b>ten</b> &amp; sharp?</p>"


def test_without_a_text_it_is_read_off_the_html(api: Api, ada: str, inbox_id: str) -> None:
    html = "<p>At <b>ten</b> &amp; sharp?</p>"
    thread_id = send(api, ada, inbox_id, body_text=None, body_html=html)["thread_id"]
    assert list_messages(api, thread_id)[0]["body_text"] == "At ten & sharp?"


def test_all_mails_to_a_contact_stand_in_one_thread_and_so_do_the_answers(
    api: Api, ada: str, inbox_id: str
) -> None:
    thread_id = send(api, ada, inbox_id, subject="First")["thread_id"]
    receive_reply(api.workspace, flip_id(thread_id), "Which Thursday?")
    assert send(api, ada, inbox_id, subject="Second")["thread_id"] == thread_id
    receive_mail(api.workspace, inbox_id, "ADA@example.com", "And where?")
    texts = [(mail["subject"], mail["is_outgoing"]) for mail in list_messages(api, thread_id)]
    assert texts == [("First", True), ("Re: your mail", False), ("Second", True), ("A question", False)]
    assert api.ok("listReplies")["total_count"] == 1


def test_it_is_a_contact_s_thread_and_not_that_of_its_lead(api: Api, inbox_id: str) -> None:
    lead_id = api.lead(api.campaign(), "ada@example.com")
    receive_reply(api.workspace, lead_id, "Tell me more.")
    thread_id = send(api, api.contact("ada@example.com"), inbox_id)["thread_id"]
    assert thread_id != flip_id(lead_id)
    assert api.ok("listReplies")["total_count"] == 2


def test_a_contact_written_to_counts_as_contacted_but_in_no_campaign(
    api: Api, ada: str, inbox_id: str
) -> None:
    send(api, ada, inbox_id)
    found = api.ok("getContact", contact_id=ada)
    assert found["campaigns"] == []
    contact = found["contact"]
    assert (contact["signal"], contact["campaign_count"]) == ("CONTACTED", 0)
    assert contact["last_contacted_at"] is not None
    receive_mail(api.workspace, inbox_id, "ada@example.com", "Gladly.")
    assert api.ok("getContact", contact_id=ada)["contact"]["signal"] == "HOT_LEAD"


def test_who_unsubscribes_in_an_answer_is_suppressed(api: Api, ada: str, inbox_id: str) -> None:
    thread_id = send(api, ada, inbox_id)["thread_id"]
    receive_reply(api.workspace, flip_id(thread_id), "No more!", is_unsubscribe=True)
    body = {"inbox_id": inbox_id, "subject": "But", "body_text": "Why?"}
    answer = api("sendContactEmail", body, contact_id=ada)
    assert (answer.status, answer.body["suppression_reason"]) == (409, "UNSUBSCRIBED")


@pytest.mark.parametrize("reason", SPEC.schemas["SuppressionReason"]["enum"])
def test_who_is_suppressed_gets_no_mail_and_the_reason_is_answered(
    reason: str, api: Api, ada: str, inbox_id: str
) -> None:
    suppress(api.workspace, "ada@example.com", reason)
    body = {"inbox_id": inbox_id, "subject": "Thursday", "body_text": "At ten?"}
    answer = api("sendContactEmail", body, contact_id=ada)
    assert answer.body == {"detail": "Contact is suppressed", "suppression_reason": reason}
    assert api.ok("listReplies")["total_count"] == 0


def test_a_mail_costs_a_credit_until_none_is_left(key: str) -> None:
    api = Api(create_app(Settings(credits=2)), key)
    ada, inbox_id = api.contact("ada@example.com"), api.account()
    left = [send(api, ada, inbox_id)["credits_remaining"] for _ in range(2)]
    assert left == [1, 0]
    body = {"inbox_id": inbox_id, "subject": "Thursday", "body_text": "At ten?"}
    answer = api("sendContactEmail", body, contact_id=ada)
    assert (answer.status, answer.body) == (402, SPEC.find_error("credits_insufficient").value)
    other = Api(api.app, key + "-other")
    assert send(other, other.contact("ada@example.com"), other.account())["credits_remaining"] == 1


def test_neither_replies_nor_test_mails_cost_credits_and_who_is_deleted_gives_none_back(
    api: Api, ada: str, inbox_id: str
) -> None:
    thread_id = send(api, ada, inbox_id)["thread_id"]
    api.ok("sendReply", {"body": "And?"}, thread_id=thread_id)
    api.ok("sendTestEmail", {"recipient_email": "ada@example.com"}, inbox_id=inbox_id)
    api.ok("deleteContacts", [ada])
    assert send(api, api.contact("grace@example.com"), inbox_id)["credits_remaining"] == 998


def test_a_mail_counts_as_sent_today_also_when_its_contact_is_gone(api: Api, ada: str, inbox_id: str) -> None:
    thread_id = send(api, ada, inbox_id)["thread_id"]
    api.ok("sendReply", {"body": "And?"}, thread_id=thread_id)
    api.ok("deleteContacts", [ada])
    assert api("getThread", thread_id=thread_id).status == 404
    [usage] = api.ok("getDailyUsage")["inboxes"]
    assert usage["sent_today"] == 2
    assert api.ok("listReplies")["total_count"] == 0


def test_attachments_up_to_the_limits_are_taken_and_can_be_read(api: Api, ada: str, inbox_id: str) -> None:
    files = [attachment(MOST_BYTES - MOST_FILES + 1), *[attachment(1)] * (MOST_FILES - 1)]
    thread_id = send(api, ada, inbox_id, attachments=files)["thread_id"]
    shown = list_messages(api, thread_id)[0]["attachments"]
    assert [file["size_bytes"] for file in shown] == [MOST_BYTES - MOST_FILES + 1, 1, 1, 1, 1]
    assert shown[1]["url"] == "data:text/plain;base64,eA=="


def test_an_attachment_without_a_type_is_of_any(api: Api, ada: str, inbox_id: str) -> None:
    bare = {"filename": "prices.txt", "content_base64": "b25lIGV1cm8="}
    thread_id = send(api, ada, inbox_id, attachments=[bare])["thread_id"]
    [shown] = list_messages(api, thread_id)[0]["attachments"]
    assert shown["content_type"] == "application/octet-stream"


@pytest.mark.parametrize("text", ["two\nlines.txt", "a\r\nBcc: b@x.io", "tab\x0b/txt", "\n/\n"])
@pytest.mark.parametrize("part", ["filename", "content_type"])
def test_a_file_may_have_a_name_and_a_type_that_no_header_can_hold(
    api: Api, ada: str, inbox_id: str, part: str, text: str
) -> None:
    file = {"filename": "a.txt", "content_base64": "b25lIGV1cm8="} | {part: text}
    send(api, ada, inbox_id, attachments=[file])
    [mail] = Control(api).ok("listOutbox")["mails"]
    assert Control(api)("downloadMail", email_id=mail["email_id"]).status == 200
    assert not {"Bcc", "bcc"} & mail["headers"].keys()


def test_an_account_whose_server_takes_no_connection_sends_nothing(api: Api, ada: str, inbox_id: str) -> None:
    account = api.workspace.sender_accounts.get(inbox_id)
    api.workspace.sender_accounts.put(
        replace(account, settings={**account.settings, "smtp_host": "smtp.example.invalid"})
    )
    body = {"inbox_id": inbox_id, "subject": "Thursday", "body_text": "At ten?"}
    answer = api("sendContactEmail", body, contact_id=ada)
    assert (answer.status, answer.body) == (400, SPEC.find_error("inbox_unusable").value)


@pytest.mark.parametrize("status", ["PAUSED", "PENDING"])
def test_an_account_that_is_not_active_sends_nothing(status: str, api: Api, ada: str) -> None:
    inbox_id = api.account()
    set_account_status(api.workspace, inbox_id, status)
    body = {"inbox_id": inbox_id, "subject": "Thursday", "body_text": "At ten?"}
    answer = api("sendContactEmail", body, contact_id=ada)
    assert (answer.status, answer.body) == (400, SPEC.find_error("inbox_unusable").value)


def test_the_first_mistake_is_reported_first(api: Api, ada: str, inbox_id: str) -> None:
    """The order that the operation documents."""
    api.workspace.options = replace(api.workspace.options, credits=0)
    suppress(api.workspace, "ada@example.com")
    gone = api.account("gone@outreach.example.com")
    api.ok("deleteSenderAccount", inbox_id=gone)
    right: dict[str, Any] = {"inbox_id": inbox_id, "subject": "Thursday", "body_text": "At ten?"}
    many = [attachment()] * (MOST_FILES + 1)
    shown = [
        api("sendContactEmail", {**right, "body_text": ""}, contact_id=UNKNOWN_ID).status,
        api("sendContactEmail", {**right, "inbox_id": gone}, contact_id=UNKNOWN_ID).body["detail"],
        api("sendContactEmail", {**right, "inbox_id": gone, "attachments": many}, contact_id=ada).body[
            "detail"
        ],
        api("sendContactEmail", {**right, "attachments": many}, contact_id=ada).status,
        api("sendContactEmail", right, contact_id=ada).status,
    ]
    assert shown == [422, "Contact not found", "Inbox not found", 400, 409]


def test_nobody_writes_to_another_s_contact_or_from_another_s_account(
    api: Api, ada: str, inbox_id: str
) -> None:
    other = Api(api.app, api.key + "-other")
    body = {"inbox_id": inbox_id, "subject": "Thursday", "body_text": "At ten?"}
    assert other("sendContactEmail", body, contact_id=ada).body == {"detail": "Contact not found"}
    own = other.contact("ada@example.com")
    assert other("sendContactEmail", body, contact_id=own).body == {"detail": "Inbox not found"}
