"""List, threads, messages and counts agree after any writing, reading, starring and answering."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import MockServer
from mockserver.mails.incoming_events import receive_mail, receive_reply
from mockserver.mails.threads import flip_id

from .kit.api import UNKNOWN_ID, Api, fresh
from .kit.mails import list_messages
from .kit.samples import examples

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)

STEPS = ("write", "send", "answer", "read", "star", "wait")


class Model:
    """What is known of two contacts: each has a thread of a campaign, 0, and one of none, 1."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.inbox_id = api.account()
        self.leads = [api.lead(api.ready(), f"person-{number}@example.com") for number in (0, 1)]
        self.unread: dict[str, bool] = {}
        self.starred: dict[str, bool] = {}
        self.written: dict[str, list[bool]] = {}
        """Thread → whether each of its mails since the first answer came in."""

    def find(self, number: int, kind: int) -> str:
        """Return the id of a thread, or one that is nowhere."""
        if kind == 0:
            return flip_id(self.leads[number])
        found = self.api.workspace.leads.where("address", (None, f"person-{number}@example.com"))
        return flip_id(found[0].lead_id if found else UNKNOWN_ID)

    def play(self, step: str, number: int, kind: int) -> None:
        """Do one thing in a thread."""
        does: dict[str, Callable[[int, int], Any]] = {
            "write": self.write,
            "send": self.send,
            "wait": lambda *_: self.api.workspace.clock.advance(timedelta(minutes=1)),
        }
        if step in does:
            does[step](number, kind)
            return
        thread_id = self.find(number, kind)
        operation_id = {"answer": "sendReply", "read": "markThreadRead", "star": "toggleThreadStar"}[step]
        body = {"body": "So."} if step == "answer" else None
        known = thread_id in self.written
        assert self.api(operation_id, body, thread_id=thread_id).status == (200 if known else 404)
        if known and step == "answer":
            self.written[thread_id].append(False)
        elif known and step == "read":
            self.unread[thread_id] = False
        elif known:
            self.starred[thread_id] = not self.starred.get(thread_id, False)

    def write(self, number: int, kind: int) -> None:
        """Let a mail come in."""
        workspace = self.api.workspace
        if kind == 0:
            receive_reply(workspace, self.leads[number], "Yes.")
        else:
            receive_mail(workspace, self.inbox_id, f"person-{number}@example.com", "Hello.")
        thread_id = self.find(number, kind)
        self.written.setdefault(thread_id, []).append(True)
        self.unread[thread_id] = True

    def send(self, number: int, _kind: int) -> None:
        """Write to the contact."""
        body = {"inbox_id": self.inbox_id, "subject": "Hi", "body_text": "Hi"}
        contact_id = self.api.contact(f"person-{number}@example.com")
        thread_id = self.api.ok("sendContactEmail", body, contact_id=contact_id)["thread_id"]
        self.written.setdefault(thread_id, []).append(False)

    def check(self) -> None:
        """Compare list, threads and messages with what happened, and with each other."""
        answer = self.api.ok("listReplies", query={"limit": 100})
        listed = answer["conversations"]
        assert {item["thread_id"] for item in listed} == set(self.written)
        assert answer["total_count"] == len(listed)
        assert answer["unread_count"] == sum(self.unread.values())
        times = [item["last_message_at"] for item in listed]
        assert times == sorted(times, reverse=True)
        for item in listed:
            self.check_thread(item)

    def check_thread(self, item: Any) -> None:
        """Compare one thread of the list."""
        thread_id = item["thread_id"]
        thread = self.api.ok("getThread", thread_id=thread_id)
        mails = list_messages(self.api, thread_id)
        both = set(item) & set(thread)
        assert {name: thread[name] for name in both} == {name: item[name] for name in both}
        if thread["campaign_id"]:  # the campaign's own mail, which the first reply implies
            assert mails.pop(0)["is_outgoing"]
        assert [not mail["is_outgoing"] for mail in mails] == self.written[thread_id]
        assert thread["reply_count"] == sum(self.written[thread_id])
        assert thread["is_read"] is not self.unread.get(thread_id, False)
        assert thread["is_read"] is all(mail["is_read"] for mail in mails)
        assert thread["is_starred"] is self.starred.get(thread_id, False)
        assert (item["last_message_at"], item["last_message_preview"]) == (
            mails[-1]["created_at"],
            mails[-1]["body_text"],
        )


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 1), st.integers(0, 1)), max_size=16))
def test_list_threads_and_messages_agree_after_any_events(
    app: MockServer, steps: list[tuple[str, int, int]]
) -> None:
    api = fresh(app)
    api.workspace.clock.freeze(NOON)
    model = Model(api)
    for step in steps:
        model.play(*step)
    model.check()
