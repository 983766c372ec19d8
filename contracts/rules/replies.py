"""Threads: what people answer, and what is answered to them."""

from dataclasses import dataclass
from typing import Any

from ..api import Api
from ..rule import rule
from .shared import UNDOCUMENTED, compare_field, compare_if_told, demand_recent, tell_once

_OVERVIEW = "docs:replies/overview"
_THREAD = "docs:api-reference/replies/get-thread-details"
_MESSAGES = "docs:api-reference/replies/get-thread-messages"
_READ = "docs:api-reference/replies/mark-thread-as-read"
_STAR = "docs:api-reference/replies/toggle-thread-star"
_REPLY = "docs:api-reference/replies/send-a-reply"
_TEXT = "Yes, é 🚀 please"


@dataclass(frozen=True, slots=True)
class _Answered:
    """A campaign of which one lead has replied, and one has not."""

    campaign_id: str
    lead: dict[str, Any]
    row: dict[str, Any]
    thread: dict[str, Any]
    messages: list[dict[str, Any]]
    unread: int

    @property
    def path(self) -> dict[str, str]:
        """The path values of the thread."""
        return {"thread_id": str(self.row["thread_id"])}


def _list(api: Api, campaign_id: str, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api.send("listReplies", query={"campaign_id": campaign_id, **query}).succeeds()
    return answer


def _answered(api: Api) -> _Answered:
    def make() -> _Answered:
        assert api.target.outside is not None
        campaign_id = api.ready_campaign(name=api.name("answered"))
        lead = api.add_lead(campaign_id, first_name="Ré", last_name="Plied")
        api.target.outside.reply(lead["lead_id"], _TEXT)
        listed = _list(api, campaign_id)
        api.judge.compare(listed["total_count"], 1, "total_count")
        row = listed["conversations"][0]
        path = {"thread_id": row["thread_id"]}
        messages = api.read("listThreadMessages", **path)["messages"]
        thread = api.read("getThread", **path)
        return _Answered(campaign_id, lead, row, thread, messages, listed["unread_count"])

    return tell_once(api, "a thread", make)


@rule("replies.list.rows", source=_OVERVIEW, needs=["outside"], operations=["listReplies", "getThread"])
def list_threads(api: Api) -> None:
    """Who replied has an unread thread with the campaign, which is read as it is listed."""
    answered = _answered(api)
    expected = {
        "lead_id": answered.lead["lead_id"],
        "lead_email": answered.lead["email"],
        "campaign_id": answered.campaign_id,
        "is_read": False,
        "is_starred": False,
        "reply_count": 1,
    }
    for name, value in expected.items():
        compare_field(api, answered.row, name, value)
    for name in answered.row.keys() & answered.thread.keys():
        api.judge.compare(answered.thread[name], answered.row[name], f"{name} read")
    compare_if_told(api, answered.row, "lead_name", "Ré Plied")
    compare_if_told(api, answered.row, "last_message_preview", _TEXT)


@rule("replies.messages", source=_MESSAGES, needs=["outside"], operations=["listThreadMessages"])
def list_messages(api: Api) -> None:
    """The mails of a thread are told oldest first, what came in byte for byte."""
    answered = _answered(api)
    incoming = [message for message in answered.messages if not message["is_outgoing"]]
    api.judge.compare(len(incoming), 1, "the number of mails that came in")
    api.judge.compare(incoming[0]["body_text"], _TEXT, "body_text")
    api.judge.compare(incoming[0]["from_email"], answered.lead["email"], "from_email")
    demand_recent(api, incoming[0]["created_at"], "created_at")
    times = [message["created_at"] for message in answered.messages]
    api.judge.compare(times, sorted(times), "the order of the mails")


@rule(
    "replies.read", source=_READ, needs=["outside"], operations=["markThreadRead", "getThread", "listReplies"]
)
def mark_read(api: Api) -> None:
    """A thread that is marked as read is read and counted so; another mail makes it unread again."""
    answered = _answered(api)
    assert api.target.outside is not None
    for _ in range(2):
        marked = api.send("markThreadRead", path=answered.path).succeeds()
        api.judge.compare(marked["thread_ids"], [answered.path["thread_id"]], "thread_ids", documented=False)
        api.judge.compare(api.read("getThread", **answered.path)["is_read"], True, "is_read")
    listed = _list(api, answered.campaign_id, is_read=False)
    api.judge.compare(listed["conversations"], [], "the unread threads")
    api.judge.demand(listed["unread_count"] < answered.unread, "unread_count is what it was before")
    api.target.outside.reply(answered.lead["lead_id"], "And one more thing")
    found = _list(api, answered.campaign_id, is_read=False)["conversations"]
    api.judge.compare(len(found), 1, "the number of unread threads")
    compare_field(api, found[0], "reply_count", 2)


@rule(
    "replies.star",
    source=_STAR,
    needs=["outside"],
    operations=["toggleThreadStar", "getThread", "listReplies"],
)
def toggle_star(api: Api) -> None:
    """A star is set and taken away by turns, and found."""
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
    needs=["outside", "send"],
    operations=["sendReply", "listThreadMessages", "listReplies"],
)
def answer_thread(api: Api) -> None:
    """A reply goes from the inbox to the lead, and stands last in the thread."""
    answered = _answered(api)
    text = " Gladly,\nü 🚀 "
    sent = api.send("sendReply", path=answered.path, body={"body": text}).succeeds()
    api.judge.compare(sent["to_address"], answered.lead["email"], "to_address")
    api.judge.compare(sent["from_address"], answered.thread["inbox_email"], "from_address")
    last = api.read("listThreadMessages", **answered.path)["messages"][-1]
    expected = {"is_outgoing": True, "body_text": text, "to_email": answered.lead["email"]}
    for name, value in expected.items():
        api.judge.compare(last[name], value, name)
    compare_if_told(api, last, "body_html", None)
    api.send("sendReply", path=answered.path, body={"html_body": "<p>Gladly</p>"}).succeeds()
    last = api.read("listThreadMessages", **answered.path)["messages"][-1]
    compare_if_told(api, last, "body_html", "<p>Gladly</p>")
    compare_if_told(api, last, "body_text", "Gladly")
    unknown = {"thread_id": api.unknown_id()}
    api.send("sendReply", path=unknown, body={"body": text}).fails("thread_not_found")


@rule(
    "contacts.send.thread",
    source=UNDOCUMENTED,
    needs=["send"],
    operations=["sendContactEmail", "getThread", "listThreadMessages"],
)
def write_to_contact(api: Api) -> None:
    """A mail to a contact goes out once, costs a credit, and begins a thread."""
    contact = api.create_contact()
    path = {"contact_id": contact["contact_id"]}
    body = {"inbox_id": api.inbox_id, "subject": api.name("Hello"), "body_text": "One é\n two"}
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
    page = api.read("listThreadMessages", **thread)
    for name in ("page", "limit"):
        operation = api.spec.operations["listThreadMessages"]
        [parameter] = [p for p in operation.parameters_in("query") if p.name == name]
        api.judge.compare(page[name], parameter.schema["default"], name)
    messages = page["messages"]
    api.judge.demand(len(messages) == len(sent), f"{len(messages)} mails are told, {len(sent)} were sent")
    compare_if_told(api, messages[0], "body_html", None)
    compare_if_told(api, messages[1], "body_text", "One")
    [attached] = messages[1]["attachments"]
    compare_if_told(api, attached, "content_type", "application/octet-stream")
    api.judge.demand(messages and all(each["is_outgoing"] for each in messages), "the mail is not told")
    api.judge.compare(messages[0]["body_text"], body["body_text"], "body_text")
    api.judge.compare(messages[0]["to_email"], contact["email"], "to_email")
    unknown = {**body, "inbox_id": api.unknown_id()}
    reply = api.send("sendContactEmail", path=path, body=unknown)
    api.judge.demand(reply.status in (400, 404), f"an unknown inbox was answered with {reply.status}")
