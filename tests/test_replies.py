"""Threads: what was written with a lead, read, starred and answered."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from mockserver.mails.incoming_events import receive_mail, receive_reply
from mockserver.mails.threads import flip_id, list_talkers
from mockserver.model.events import record_event
from mockserver.state.records import ThreadMark

from .kit.api import SPEC, Api
from .kit.control import Control
from .kit.mails import attachment, list_messages, list_threads, thread_with

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
OPERATIONS = SPEC.operations


@pytest.fixture
def campaign_id(api: Api) -> str:
    return api.ready()


@pytest.fixture
def lead_id(api: Api, campaign_id: str) -> str:
    return api.lead(campaign_id, "grace@example.com", first_name="Grace", last_name="Hopper")


@pytest.fixture
def thread_id(api: Api, lead_id: str) -> str:
    lead = api.workspace.leads.get(lead_id)
    record_event(api.workspace, lead, "sent", details={"subject": "Quick question, Grace"})
    return thread_with(api, lead_id)


def account_of(api: Api, campaign_id: str) -> Any:
    return api.read(campaign_id)["inboxes"][0]


# ---------------------------------------------------------------- what a thread is


def test_a_lead_that_did_not_write_has_no_thread(api: Api, campaign_id: str, lead_id: str) -> None:
    api.happen(lead_id, "sent", "opened", "clicked")
    assert list_threads(api) == []
    assert api("getThread", thread_id=flip_id(lead_id)).body == {"detail": "Thread not found"}


def test_a_reply_makes_a_thread_that_reads_as_documented(
    api: Api, campaign_id: str, lead_id: str, thread_id: str
) -> None:
    account = account_of(api, campaign_id)
    example = OPERATIONS["getThread"].answer_examples["of_a_campaign"]
    thread = api.ok("getThread", thread_id=thread_id)
    assert list(thread) == list(example)
    known = {
        "thread_id": thread_id,
        "lead_id": lead_id,
        "lead_email": "grace@example.com",
        "lead_name": "Grace Hopper",
        "campaign_name": "Q1 Product Launch",
        "from_address": account["email_address"],
        "to_address": "grace@example.com",
        "subject": "Quick question, Grace",
        "inbox_id": account["inbox_id"],
        "campaign_id": campaign_id,
        "inbox_email": account["email_address"],
        "category": None,
        "ai_category": None,
        "ai_confidence": None,
        "created_at": thread["created_at"],
    }
    assert thread == {**example, **known}


def test_the_list_shows_the_same_as_the_thread(api: Api, thread_id: str) -> None:
    [listed] = list_threads(api)
    thread = api.ok("getThread", thread_id=thread_id)
    both = set(listed) & set(thread)
    assert len(both) > 10
    assert {name: listed[name] for name in both} == {name: thread[name] for name in both}
    assert listed["last_message_preview"] == "Tell me more."
    assert listed["last_message_at"] == list_messages(api, thread_id)[-1]["created_at"]


def test_a_thread_s_id_is_a_uuid_and_not_its_lead_s(lead_id: str) -> None:
    thread_id = flip_id(lead_id)
    assert thread_id != lead_id == flip_id(thread_id)
    assert UUID(thread_id).version == UUID(lead_id).version


def test_to_look_does_not_mark_as_read(api: Api, thread_id: str) -> None:
    for _ in range(2):
        assert api.ok("getThread", thread_id=thread_id)["is_read"] is False
        assert [mail["is_read"] for mail in list_messages(api, thread_id)] == [True, False]


def test_a_long_reply_is_cut_in_the_list_alone(api: Api, lead_id: str) -> None:
    thread_id = thread_with(api, lead_id, "x" * 500)
    assert list_threads(api)[0]["last_message_preview"] == "x" * 200
    assert list_messages(api, thread_id)[-1]["body_text"] == "x" * 500


def test_an_unknown_sender_makes_a_thread_of_no_campaign(api: Api) -> None:
    inbox_id = api.account()
    lead = receive_mail(api.workspace, inbox_id, "zoe@example.com", "What is it?", from_name="Zoe van Dyk")
    thread = api.ok("getThread", thread_id=flip_id(lead.lead_id))
    shown = [
        thread[name] for name in ("campaign_id", "campaign_name", "lead_name", "from_address", "to_address")
    ]
    assert shown == [None, "External", "Zoe van Dyk", "zoe@example.com", "sam@outreach.example.com"]
    assert (thread["reply_count"], thread["inbox_id"]) == (1, inbox_id)
    [contact] = api.contacts()
    assert (contact["first_name"], contact["has_replied"], contact["source_type"]) == (
        "Zoe",
        True,
        "EXTERNAL",
    )
    again = receive_mail(api.workspace, inbox_id, "ZOE@example.com", "Hello?")
    assert again == lead
    api.ok("sendReply", {"body": "A mail."}, thread_id=flip_id(lead.lead_id))
    mails = list_messages(api, flip_id(lead.lead_id))
    assert [mail["is_outgoing"] for mail in mails] == [False, False, True]


def test_the_category_is_that_of_the_last_reply_unless_one_was_chosen(api: Api, lead_id: str) -> None:
    def look() -> list[Any]:
        thread = api.ok("getThread", thread_id=flip_id(lead_id))
        names = ("category", "ai_category", "ai_confidence", "manual_category")
        return [thread[name] for name in names]

    receive_reply(api.workspace, lead_id, "Yes!", category="interested", confidence=0.9)
    assert look() == ["interested", "interested", 0.9, None]
    receive_reply(api.workspace, lead_id, "On holiday.", category="out_of_office")
    receive_reply(api.workspace, lead_id, "Hm.")
    assert look() == ["out_of_office", "out_of_office", None, None]
    api.workspace.thread_marks.put(ThreadMark(lead_id, manual_category="not_interested"))
    assert look() == ["not_interested", "out_of_office", None, "not_interested"]
    assert [len(list_threads(api, category=c)) for c in ("not_interested", "out_of_office", "")] == [1, 0, 0]


# ---------------------------------------------------------------- messages


def test_messages_stand_in_the_order_of_time(api: Api, lead_id: str) -> None:
    workspace, clock = api.workspace, api.workspace.clock
    clock.freeze(NOON)
    lead = workspace.leads.get(lead_id)
    record_event(workspace, lead, "sent", details={"subject": "One"})
    clock.advance(timedelta(hours=2))
    thread_id = thread_with(api, lead_id, "Two")
    clock.advance(timedelta(hours=-1))
    record_event(workspace, lead, "sent", details={"subject": "Between", "sequence_step": 2})
    shown = [(mail["subject"], mail["created_at"][11:13]) for mail in list_messages(api, thread_id)]
    assert shown == [("One", "12"), ("Between", "13"), ("Re: your mail", "14")]


def test_mails_of_one_time_stand_as_they_came(api: Api, thread_id: str, lead_id: str) -> None:
    api.workspace.clock.freeze(NOON + timedelta(days=365))
    for number in range(3):
        thread_with(api, lead_id, f"question {number}")
        for part in "ab":
            api.ok("sendReply", {"body": f"answer {number}{part}"}, thread_id=thread_id)
    texts = [mail["body_text"] for mail in list_messages(api, thread_id)][2:]
    assert texts == [
        text for n in range(3) for text in (f"question {n}", f"answer {n}a", f"answer {n}b")
    ]  # fmt: skip


def test_the_mail_of_the_campaign_reads_as_it_was_sent(api: Api, lead_id: str) -> None:
    thread_id = thread_with(api, lead_id)
    [mail, _] = list_messages(api, thread_id)
    [sent] = Control(api).ok("listOutbox", query={"lead_id": lead_id})["mails"]
    same = {"reply_id": "email_id", "subject": "subject", "from_email": "from", "body_text": "text"}
    assert {name: mail[name] for name in same} == {name: sent[other] for name, other in same.items()}
    assert mail["subject"] == "Quick question, Grace"
    assert mail["body_text"].startswith("Hi Grace, I saw that")
    assert f"<{mail['message_id']}>" == sent["headers"]["Message-ID"]
    assert api.ok("getThread", thread_id=thread_id)["subject"] == mail["subject"]


def test_messages_come_in_pages(api: Api, thread_id: str, lead_id: str) -> None:
    for number in range(3):
        thread_with(api, lead_id, f"{number}")
    page = api.ok("listThreadMessages", query={"page": 2, "limit": 2}, thread_id=thread_id)
    assert [mail["body_text"] for mail in page["messages"]] == ["0", "1"]
    counts = ("total_count", "page", "limit", "total_pages", "has_next", "has_prev")
    assert [page[name] for name in counts] == [5, 2, 2, 3, True, True]
    assert api.ok("listThreadMessages", thread_id=thread_id)["limit"] == 50


# ---------------------------------------------------------------- answers


def test_a_reply_is_answered_as_documented_and_added(api: Api, campaign_id: str, thread_id: str) -> None:
    address = account_of(api, campaign_id)["email_address"]
    answer = api.ok("sendReply", {"body": "Gladly.", "attachments": [attachment()]}, thread_id=thread_id)
    mail = list_messages(api, thread_id)[-1]
    example = OPERATIONS["sendReply"].answer_examples["text"]
    assert answer == {
        **example,
        "from_address": address,
        "to_address": "grace@example.com",
        "message_id": f"reply_{mail['reply_id'][:8]}@outreach.example.com",
        "thread_id": thread_id,
    }
    assert (mail["subject"], mail["body_text"]) == ("Re: Quick question, Grace", "Gladly.")
    assert (mail["is_outgoing"], mail["from_email"]) == (True, address)
    assert [file["size_bytes"] for file in mail["attachments"]] == [8]
    assert api.ok("getThread", thread_id=thread_id)["reply_count"] == 1
    assert list_threads(api)[0]["last_message_preview"] == "Gladly."


def test_a_reply_to_a_reply_has_re_once(api: Api) -> None:
    lead = receive_mail(api.workspace, api.account(), "zoe@example.com", "More?", subject="RE: Hello")
    thread_id = flip_id(lead.lead_id)
    api.ok("sendReply", {"html_body": "<p>Yes</p>"}, thread_id=thread_id)
    mail = list_messages(api, thread_id)[-1]
    assert (mail["subject"], mail["body_text"], mail["body_html"]) == ("RE: Hello", "Yes", "<p>Yes</p>")


def test_an_answer_changes_nothing_in_the_campaign_but_when_the_lead_was_contacted(
    api: Api, campaign_id: str, lead_id: str, thread_id: str
) -> None:
    before = api.read(campaign_id)
    api.workspace.clock.advance(timedelta(days=1))
    api.ok("sendReply", {"body": "Gladly."}, thread_id=thread_id)
    assert api.read(campaign_id) == before
    lead = api.ok("getLead", campaign_id=campaign_id, lead_id=lead_id)
    assert lead["last_contacted_at"] == list_messages(api, thread_id)[-1]["created_at"]
    assert (lead["status"], len(lead["email_interactions"])) == ("REPLIED", 1)


def test_a_thread_whose_account_is_gone_is_archived(api: Api, campaign_id: str, thread_id: str) -> None:
    account = account_of(api, campaign_id)
    api.ok("deleteSenderAccount", inbox_id=account["inbox_id"])
    thread = api.ok("getThread", thread_id=thread_id)
    assert [thread[name] for name in ("is_archived", "inbox_id", "inbox_email")] == [True, None, None]
    assert thread["archived_inbox_email"] == account["email_address"] == thread["from_address"]
    assert (thread["archived_domain_name"], thread["archived_at"] is None) == (None, False)
    assert api("sendReply", {"body": "Gladly."}, thread_id=thread_id).body == {"detail": "Thread is archived"}
    assert list_threads(api)[0]["inbox_email"] is None


def test_an_archived_thread_names_the_domain_of_its_native_account(api: Api) -> None:
    native = {"domain_id": api.domain(), "email_prefix": "sales", "display_name": "Sales"}
    inbox_id = api.ok("createNativeSenderAccount", native)["inbox_id"]
    lead = receive_mail(api.workspace, inbox_id, "zoe@example.com", "What is it?")
    api.ok("deleteSenderAccount", inbox_id=inbox_id)
    thread = api.ok("getThread", thread_id=flip_id(lead.lead_id))
    assert thread["archived_domain_name"] == "mail.yourcompany.com"


# ---------------------------------------------------------------- read and starred


def test_what_was_read_stays_read_and_what_comes_later_is_unread(
    api: Api, thread_id: str, lead_id: str
) -> None:
    api.workspace.clock.freeze()  # the very same time makes no difference
    thread_with(api, lead_id, "Hello?")
    for _ in range(2):
        answer = api.ok("markThreadRead", thread_id=thread_id)
        assert answer == {
            "success": True,
            "message": "Thread marked as read",
            "marked_count": 1,
            "thread_ids": [thread_id],
        }
    assert api.ok("listReplies")["unread_count"] == 0
    thread_with(api, lead_id, "Anybody?")
    assert [mail["is_read"] for mail in list_messages(api, thread_id)] == [True, True, True, False]
    assert api.ok("listReplies")["unread_count"] == 1


def test_read_and_star_take_an_empty_object_too(api: Api, thread_id: str) -> None:
    for operation_id in ("markThreadRead", "toggleThreadStar"):
        path = OPERATIONS[operation_id].path.format(thread_id=thread_id)
        assert api.send("PATCH", path, json={}).status == 200


def test_a_star_goes_on_and_off(api: Api, thread_id: str) -> None:
    states = [api.ok("toggleThreadStar", thread_id=thread_id)["is_starred"] for _ in range(3)]
    assert states == [True, False, True]
    assert api.ok("getThread", thread_id=thread_id)["is_starred"] is True


# ---------------------------------------------------------------- whose they are


def test_nobody_sees_another_s_threads(api: Api, thread_id: str) -> None:
    other = Api(api.app, api.key + "-other")
    assert other.ok("listReplies")["total_count"] == 0
    for operation in OPERATIONS.values():
        if "{thread_id}" in operation.path:
            answer = other(operation.operation_id, operation.body and {"body": "Hi"}, thread_id=thread_id)
            assert answer.body == {"detail": "Thread not found"}
    assert api.ok("getThread", thread_id=thread_id)["is_starred"] is False


@pytest.mark.parametrize("gone", ["contact", "campaign"])
def test_a_thread_goes_with_its_lead(gone: str, api: Api, campaign_id: str, thread_id: str) -> None:
    api.ok("markThreadRead", thread_id=thread_id)
    if gone == "contact":
        api.ok("deleteContacts", [api.contact("grace@example.com")])
    else:
        api.ok("deleteCampaign", campaign_id=campaign_id)
    assert api.ok("listReplies")["total_count"] == 0
    assert api("getThread", thread_id=thread_id).status == 404
    assert len(api.workspace.thread_marks) == 0


def test_leads_with_a_thread_are_listed_the_latest_first(api: Api, control: Control) -> None:
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    campaign_id = api.campaign()
    lead_ids = [api.lead(campaign_id, f"{name}@example.com") for name in ("first", "second", "third")]
    for lead_id in (*lead_ids[:2], lead_ids[0]):
        thread_with(api, lead_id)
    assert list_talkers(api.workspace) == lead_ids[:2]
