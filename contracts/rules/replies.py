"""Threads: replies of leads, and answers to them."""

from dataclasses import dataclass
from typing import Any

from ..api.api import Api
from ..registry import rule
from .contact_history import history
from .fixtures.shared import UNDOCUMENTED, compare_if_present, require_recent

_OVERVIEW = "docs:replies/overview"
_THREAD = "docs:api-reference/replies/get-thread-details"
_MESSAGES = "docs:api-reference/replies/get-thread-messages"
_READ = "docs:api-reference/replies/mark-thread-as-read"
_STAR = "docs:api-reference/replies/toggle-thread-star"
_REPLY = "docs:api-reference/replies/send-a-reply"
_TEXT = " Yes, é 🚀 please\n and soon "


@dataclass(frozen=True, slots=True)
class _Answered:
    """A campaign with a lead that has replied and a lead that has not."""

    campaign_id: str
    name: str
    lead: dict[str, Any]
    row: dict[str, Any]
    thread: dict[str, Any]
    messages: list[dict[str, Any]]

    @property
    def path(self) -> dict[str, str]:
        """The path values of the thread."""
        return {"thread_id": str(self.row["thread_id"])}


def _list(api: Api, campaign_id: str, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api.send("listReplies", query={"campaign_id": campaign_id, **query}).succeeds()
    return answer


def _find_default(api: Api, operation_id: str, name: str) -> Any:
    parameters = api.spec.operations[operation_id].parameters_in("query")
    return next(each for each in parameters if each.name == name).schema["default"]


def _answered(api: Api) -> _Answered:
    def make() -> _Answered:
        name = api.name("answered")
        campaign_id = api.ready_campaign(name=name)
        lead = api.add_lead(campaign_id, first_name="Ré", last_name="Plied")
        api.incoming_events.receive_reply(lead["lead_id"], _TEXT)
        listed = _list(api, campaign_id)
        api.judge.compare(listed["total_count"], 1, "total_count")
        row = listed["conversations"][0]
        path = {"thread_id": row["thread_id"]}
        messages = api.read("listThreadMessages", **path)["messages"]
        thread = api.read("getThread", **path)
        return _Answered(campaign_id, name, lead, row, thread, messages)

    return api.once("a thread", make, show=True)


@rule(
    "replies.list.rows",
    source=_OVERVIEW,
    sentence="conversations: thread_id, lead_email, subject, last_message_preview; unread_count.",
    needs=["incoming_events"],
    operations=["listReplies", "getThread"],
    profile="full",
)
def list_threads(api: Api) -> None:
    """A lead that replied has an unread thread, which is listed as it is read."""
    answered = _answered(api)
    expected = {
        "lead_id": answered.lead["lead_id"],
        "lead_email": answered.lead["email"],
        "lead_name": "Ré Plied",
        "campaign_id": answered.campaign_id,
        "campaign_name": answered.name,
        "is_read": False,
        "is_starred": False,
    }
    api.judge.compare_fields(answered.thread, expected)
    preview = answered.row["last_message_preview"].strip()
    is_of_text = preview and _TEXT.strip().startswith(preview[: len("Yes, é 🚀")])
    api.judge.require(is_of_text, f"last_message_preview is {preview!r}, and {_TEXT!r} came in")
    for name in answered.row.keys() & answered.thread.keys():
        api.judge.compare(answered.row[name], answered.thread[name], f"{name} listed")
    compare_if_present(api, answered.row, "last_message_preview", _TEXT)
    compare_if_present(api, answered.row, "reply_count", 1)


@rule(
    "replies.messages",
    source="docs:api-reference/replies/get-thread-messages, client",
    sentence="messages: from_email, to_email, body_text, is_outgoing, created_at, in chronological order.",
    needs=["incoming_events"],
    operations=["listThreadMessages"],
    profile="full",
)
def list_messages(api: Api) -> None:
    """A thread lists its mails oldest first, and a reply byte for byte."""
    answered = _answered(api)
    incoming = [message for message in answered.messages if not message["is_outgoing"]]
    api.judge.compare(len(incoming), 1, "the number of mails that came in")
    api.judge.compare(incoming[0]["body_text"], _TEXT, "body_text")
    api.judge.compare(incoming[0]["from_email"], answered.lead["email"], "from_email")
    require_recent(api, incoming[0]["created_at"], "created_at")
    times = [message["created_at"] for message in answered.messages]
    api.judge.compare(times, sorted(times), "the order of the mails")
    query = {"limit": 1, "page": 2}
    second = api.send("listThreadMessages", path=answered.path, query=query).succeeds()
    api.judge.compare(second["messages"], answered.messages[1:2], "the second page of one mail each")
    api.judge.compare(second["total_count"], len(answered.messages), "total_count")
    page = api.read("listThreadMessages", **answered.path)
    for name in ("page", "limit"):
        api.judge.compare(page[name], _find_default(api, "listThreadMessages", name), name)


@rule(
    "replies.list.filters",
    source=_OVERVIEW,
    sentence="is_read, is_starred, category, campaign_id; page, limit.",
    needs=["incoming_events"],
    operations=["listReplies"],
    profile="full",
)
def filter_threads(api: Api) -> None:
    """Threads are found by their state, by their category and by a search."""
    campaign_id = api.ready_campaign(name=api.name("answered twice"))
    done_lead = api.add_lead(campaign_id, first_name="Done", last_name=api.ledger.marker)
    new_lead = api.add_lead(campaign_id, first_name="New")
    api.incoming_events.receive_reply(done_lead["lead_id"], _TEXT, category="interested")
    done, new = done_lead["email"], new_lead["email"]
    path = {"thread_id": _list(api, campaign_id)["conversations"][0]["thread_id"]}
    api.incoming_events.receive_reply(new_lead["lead_id"], _TEXT)
    api.send("markThreadRead", path=path).succeeds()
    api.send("toggleThreadStar", path=path).succeeds()
    documented: list[tuple[dict[str, Any], str]] = [
        ({"is_read": True}, done),
        ({"is_read": False}, new),
        ({"is_starred": True}, done),
        ({"is_starred": False}, new),
        ({"category": "interested"}, done),
    ]
    other: list[tuple[dict[str, Any], str]] = [
        ({"status": "read"}, done),
        ({"status": "unread"}, new),
        ({"status": "starred"}, done),
        ({"search": done.upper()}, done),
        ({"search": f"done {api.ledger.marker}"}, done),
    ]
    both = [row["lead_email"] for row in _list(api, campaign_id)["conversations"]]
    api.judge.compare(sorted(both), sorted((new, done)), "the leads with threads")
    for cases, is_documented in ((documented, True), (other, False)):
        for query, expected in cases:
            listed = _list(api, campaign_id, **query)
            found = [row["lead_email"] for row in listed["conversations"]]
            reported = f"the leads found with {query}"
            api.judge.compare(found, [expected], reported, documented=is_documented)
    pages = [_list(api, campaign_id, limit=1, page=page) for page in (1, 2)]
    paged = [row["lead_email"] for page in pages for row in page["conversations"]]
    api.judge.compare(paged, both, "the leads on two pages of one thread each")
    for page in pages:
        api.judge.compare(page["total_count"], 2, "total_count")
    api.judge.compare(both, [new, done], "the threads, the last one written in first", documented=False)


@rule(
    "replies.read",
    source=_READ,
    sentence="Mark a thread as read: marked_count, thread_ids.",
    needs=["incoming_events"],
    operations=["markThreadRead", "getThread", "listReplies"],
    profile="full",
)
def mark_read(api: Api) -> None:
    """A thread can be marked as read, and another reply makes it unread again."""
    answered = _answered(api)
    api.incoming_events.receive_reply(answered.lead["lead_id"], "One more thing")
    unread = _list(api, answered.campaign_id)["unread_count"]
    replies = api.read("getThread", **answered.path)["reply_count"]
    for _ in range(2):
        marked = api.send("markThreadRead", path=answered.path).succeeds()
        api.judge.compare(marked["thread_ids"], [answered.path["thread_id"]], "thread_ids", documented=False)
        api.judge.compare(api.read("getThread", **answered.path)["is_read"], True, "is_read")
    listed = _list(api, answered.campaign_id, is_read=False)
    api.judge.compare(listed["conversations"], [], "the unread threads")
    api.judge.require(listed["unread_count"] < unread, "unread_count is what it was before")
    api.incoming_events.receive_reply(answered.lead["lead_id"], "And another")
    found = _list(api, answered.campaign_id, is_read=False)["conversations"]
    api.judge.compare(len(found), 1, "the number of unread threads")
    for _ in range(2):
        thread = api.read("getThread", **answered.path)
        api.judge.compare(thread["is_read"], False, "is_read after another mail")
    api.judge.compare(thread["reply_count"], replies + 1, "reply_count after another mail")
    compare_if_present(api, found[0], "reply_count", 3)


@rule(
    "replies.star",
    source=_STAR,
    sentence="Toggle the star: is_starred is the new state.",
    needs=["incoming_events"],
    operations=["toggleThreadStar", "getThread", "listReplies"],
    profile="full",
)
def toggle_star(api: Api) -> None:
    """A toggle sets and removes the star of a thread, by which it is found."""
    answered = _answered(api)
    for starred in (True, False):
        toggled = api.send("toggleThreadStar", path=answered.path).succeeds()
        api.judge.compare(toggled["is_starred"], starred, "is_starred")
        api.judge.compare(api.read("getThread", **answered.path)["is_starred"], starred, "is_starred")
        found = _list(api, answered.campaign_id, is_starred=True)["conversations"]
        api.judge.compare(len(found), int(starred), "the number of starred threads")


@rule(
    "replies.send.stored",
    source=_REPLY,
    sentence="Reply queued successfully: from_address, to_address, message_id, thread_id.",
    needs=["incoming_events", "send"],
    operations=["sendReply", "listThreadMessages", "listReplies"],
)
def answer_thread(api: Api) -> None:
    """A reply goes from the sender account to the lead, and is the last mail of the thread."""
    answered = _answered(api)
    text = " Gladly,\nü 🚀 "
    api.send("markThreadRead", path=answered.path).succeeds()
    before = api.read("listThreadMessages", **answered.path)["messages"]
    sent = api.send("sendReply", path=answered.path, body={"body": text}).succeeds()
    api.judge.compare(sent["to_address"], answered.lead["email"], "to_address")
    api.judge.compare(sent["from_address"], answered.thread["inbox_email"], "from_address")
    is_read = api.read("getThread", **answered.path)["is_read"]
    api.judge.compare(is_read, True, "is_read of what was read before", documented=False)
    messages = api.read("listThreadMessages", **answered.path)["messages"]
    api.judge.compare(messages[:-1], before, "the mails before")
    last = messages[-1]
    expected = {"is_outgoing": True, "body_text": text, "to_email": answered.lead["email"]}
    api.judge.compare_fields(last, expected)
    in_html = {"html_body": "<p>Gladly</p>", "attachments": [{"filename": "a.bin", "content_base64": "b25l"}]}
    reported = last["body_html"]
    api.judge.require(
        not reported or "Gladly" in reported, f"body_html is {reported!r}, and only {text!r} was sent"
    )
    compare_if_present(api, last, "body_html", None)
    api.send("sendReply", path=answered.path, body=in_html).succeeds()
    last = api.read("listThreadMessages", **answered.path)["messages"][-1]
    reported = last["body_text"]
    api.judge.require(
        not reported or "Gladly" in reported, f"body_text is {reported!r}, and only HTML was sent"
    )
    api.judge.compare(last["body_html"], "<p>Gladly</p>", "body_html")
    files = [(each["filename"], each["size_bytes"]) for each in last["attachments"]]
    api.judge.compare(files, [("a.bin", 3)], "the names and sizes of the attachments")
    compare_if_present(api, last, "body_text", "Gladly")
    unknown = {"thread_id": api.unknown_id()}
    api.send("sendReply", path=unknown, body={"body": text}).fails("thread_not_found")


@rule(
    "contacts.send.thread",
    source=UNDOCUMENTED,
    needs=["send"],
    operations=["sendContactEmail", "getThread", "listThreadMessages"],
)
def write_to_contact(api: Api) -> None:
    """A mail to a contact is sent once, costs a credit and begins a thread."""
    contact = api.create_contact()
    path = {"contact_id": contact["contact_id"]}
    body = {"inbox_id": api.inbox_id, "subject": f" {api.name('Hello')} ", "body_text": " One é\n two"}
    in_html: dict[str, Any] = {
        "inbox_id": api.inbox_id,
        "subject": body["subject"],
        "body_html": "<p>One</p>",
    }
    in_html["attachments"] = [{"filename": "a.bin", "content_base64": "b25l"}]
    sent = [api.send("sendContactEmail", path=path, body=each).succeeds() for each in (body, in_html)]
    for answer in sent:
        api.judge.compare(answer["recipient_email"], contact["email"], "recipient_email")
    credits_left = [answer["credits_remaining"] for answer in sent]
    api.judge.compare(credits_left[0] - credits_left[1], 1, "the credits that a mail costs")
    thread = {"thread_id": sent[0]["thread_id"]}
    messages = api.read("listThreadMessages", **thread)["messages"]
    api.judge.require(len(messages) == len(sent), f"{len(messages)} mails are listed, {len(sent)} were sent")
    compare_if_present(api, messages[0], "body_html", None)
    compare_if_present(api, messages[1], "body_text", "One")
    [attached] = messages[1]["attachments"]
    compare_if_present(api, attached, "content_type", "application/octet-stream")
    api.judge.require(
        messages and all(each["is_outgoing"] for each in messages), "the mail is not listed as outgoing"
    )
    api.judge.compare(messages[0]["body_text"], body["body_text"], "body_text")
    compare_if_present(api, messages[0], "subject", body["subject"])
    api.judge.compare(messages[0]["to_email"], contact["email"], "to_email")
    unknown = {**body, "inbox_id": api.unknown_id()}
    reply = api.send("sendContactEmail", path=path, body=unknown)
    api.judge.require(
        reply.status in (400, 404), f"an unknown sender account was answered with {reply.status}"
    )


@rule(
    "contacts.send.suppressed",
    source=UNDOCUMENTED,
    needs=["incoming_events", "send"],
    operations=["sendContactEmail"],
    profile="full",
)
def spare_suppressed(api: Api) -> None:
    """A mail to a suppressed contact is refused."""
    _, _, ids = history(api)
    body = {"inbox_id": api.inbox_id, "subject": api.name("Hello"), "body_text": "One"}
    for kind in ("bounced", "unsubscribed"):
        reply = api.send("sendContactEmail", path={"contact_id": ids[kind]}, body=body)
        reply.fails("contact_suppressed", reason=kind.upper())
