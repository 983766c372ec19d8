"""Threads in states and seeds."""

from mockserver import Settings, create_app
from mockserver.mails.incoming_events import receive_reply
from mockserver.mails.threads import flip_id

from .kit.api import UNKNOWN_ID, Api
from .kit.control import Control
from .kit.mails import list_messages, list_threads

REPLY = {"kind": "replied", "campaign_id": None}
STRANGER = {"email": "zoe@example.com", "campaign_id": None, "status": "EXTERNAL"}


def test_a_state_may_hold_the_thread_of_a_stranger_and_what_was_read_of_it(api: Api) -> None:
    first = {**REPLY, "details": {"subject": "Hello", "body": "What does it cost?"}, "event_id": UNKNOWN_ID}
    second = {**REPLY, "details": {"body": "Too late."}}
    mark = {"is_starred": True, "last_read_id": UNKNOWN_ID}
    stranger = {**STRANGER, "events": [first, second], "thread_marks": [mark]}
    Control(api).ok("importState", {"leads": [stranger]})
    [thread] = api.ok("listReplies")["conversations"]
    shown = [thread[name] for name in ("subject", "campaign_name", "reply_count", "is_starred", "is_read")]
    assert shown == ["Hello", "External", 2, True, False]
    mails = list_messages(api, thread["thread_id"])
    assert [(mail["reply_id"] == UNKNOWN_ID, mail["is_read"]) for mail in mails] == [
        (True, True),
        (False, False),
    ]


def test_the_demo_has_threads_of_every_sort() -> None:
    api = Api(create_app(Settings(seed="demo")), "cs_live_demo")
    threads = list_threads(api)
    assert {thread["category"] for thread in threads} >= {"interested", "not_interested", "out_of_office"}
    for name in ("is_read", "is_starred"):
        assert {thread[name] for thread in threads} == {True, False}
    assert "External" in {thread["campaign_name"] for thread in threads}
    assert any(list_messages(api, thread["thread_id"])[-1]["is_outgoing"] for thread in threads)
    assert not any(api.ok("getThread", thread_id=thread["thread_id"])["is_archived"] for thread in threads)


def test_what_is_left_of_a_deleted_contact_can_be_imported_again(api: Api) -> None:
    inbox_id, contact_id = api.account(), api.contact("ada@example.com")
    body = {"inbox_id": inbox_id, "subject": "Thursday", "body_text": "At ten?"}
    thread_id = api.ok("sendContactEmail", body, contact_id=contact_id)["thread_id"]
    receive_reply(api.workspace, flip_id(thread_id), "At eleven.")
    api.ok("sendReply", {"body": "Fine."}, thread_id=thread_id)
    api.ok("markThreadRead", thread_id=thread_id)
    api.ok("deleteContacts", [contact_id])
    api.workspace.clock.freeze()  # a state holds the time
    state = Control(api).ok("exportState")
    assert [mail["lead_id"] for mail in state["direct_mails"]] == [None, None]
    Control(api).ok("importState", state)
    assert Control(api).ok("exportState") == state
