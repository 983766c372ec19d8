"""Threads that are lost, mixed up or misread, and mails by hand that go astray."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver.model import direct_mails
from mockserver.model.contacts import trace_contact
from mockserver.resources import paging
from mockserver.resources.call import Call

from .mail_scenarios import exercise_direct_mails, exercise_threads
from .mutant import Mutant, Scenario
from .mutations import (
    Handler,
    Json,
    Mutation,
    after,
    answer,
    around,
    before,
    forgetting,
    ignore_query,
    swap,
)

_OPEN = "no source describes the operation"
_CHOSEN = "openapi.yaml marks the parameter as a choice of this project"
_COUNTED = "no source says whose mails count"
_READING = "listReplies|getThread"


def _mutant(
    name: str, summary: str, mutation: Mutation, choice: str = "", scenario: Scenario = exercise_threads
) -> Mutant:
    return Mutant(f"state.{name}", summary, mutation, choice=choice, scenario=scenario)


def _direct(name: str, summary: str, mutation: Mutation) -> Mutant:
    return _mutant(f"contacts.send.{name}", summary, mutation, _OPEN, exercise_direct_mails)


def _mark_all(call: Call, _found: Any) -> None:
    """Mark the threads of all leads as read up to the last reply of each."""
    replies = {event.lead_id: event.event_id for event in call.workspace.events.where("kind", "replied")}
    for mark in list(call.workspace.thread_marks):
        for lead_id, reply_id in replies.items():
            call.workspace.thread_marks.put(replace(mark, lead_id=lead_id, last_read_id=reply_id))


def _mark_for_ever(call: Call, found: Any) -> Any:
    """Call a thread read for as long as it exists once it was marked so."""
    marked = {mark.lead_id for mark in call.workspace.thread_marks if mark.last_read_id}
    rows = found.get("conversations", [found])
    shown = [{**row, "is_read": row["is_read"] or row["lead_id"] in marked} for row in rows]
    return {**found, "conversations": shown} if "conversations" in found else shown[0]


def _mark_on_reading(handler: Handler, call: Call) -> Any:
    found = handler(call)
    lead = next((each for each in call.workspace.leads if each.lead_id == found.get("lead_id")), None)
    replies = (
        [e for e in call.workspace.events.where("lead", lead.lead_id) if e.kind == "replied"] if lead else []
    )
    marks = call.workspace.thread_marks
    if lead and replies and marks.find(lead.lead_id):
        marks.put(replace(marks.get(lead.lead_id), last_read_id=replies[-1].event_id))
    return found


def _keep_star(call: Call, found: Any) -> Any:
    for mark in list(call.workspace.thread_marks):
        call.workspace.thread_marks.put(replace(mark, is_starred=True))
    return {**found, "is_starred": True}


def _of_rows(**fields: Callable[[Any], Any]) -> Mutation:
    """Answer other fields of each thread: each is made of what the thread has there."""
    return answer(
        _READING,
        lambda body: (
            {**body, "conversations": [_change(row, fields) for row in body["conversations"]]}
            if "conversations" in body
            else _change(body, fields)
        ),
    )


def _of_mails(**fields: Callable[[Any], Any]) -> Mutation:
    return answer(
        "listThreadMessages",
        lambda body: {**body, "messages": [_change(mail, fields) for mail in body["messages"]]},
    )


def _change(row: Json, fields: dict[str, Callable[[Any], Any]]) -> Json:
    return {**row, **{name: make(row[name]) for name, make in fields.items() if name in row}}


def _first_page(records: list[Any], query: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    page, pagination = paging.paginate_flat(records, {**query, "page": 1})
    return page, {**pagination, "page": query["page"]}


_FILTERS = {
    "campaign_id": "answers to other campaigns are shown",
    "is_read": "what is read is shown again and again",
    "is_starred": "stars find nothing",
    "category": "the interested cannot be sorted out",
    "status": "the unread cannot be sorted out",
    "search": "nobody can be found",
}

# fmt: off
_THREADS = (
    *(_mutant(f"replies.list.{name}_ignored", f"{name} is ignored: {why}",
             ignore_query("listReplies", **{name: None}), _CHOSEN if name in ("status", "search") else "")
      for name, why in _FILTERS.items()),
    _mutant("replies.list.oldest_first", "threads are listed oldest first: the last page has what is new",
            answer("listReplies", lambda body: {**body, "conversations": body["conversations"][::-1]}),
            "no source says how threads are sorted"),
    _mutant("replies.list.first_page", "always the first page",
            swap("listReplies", paging.paginate_flat, _first_page)),
    _mutant("replies.list.total_of_page", "total_count counts the page",
            answer("listReplies", lambda body: {**body, "total_count": len(body["conversations"])})),
    _mutant("replies.list.unread_zero", "unread_count is always 0: nobody looks",
            answer("listReplies", lambda body: {**body, "unread_count": 0})),
    _mutant("replies.thread.campaign_other", "a thread has another campaign's name",
            _of_rows(campaign_name=lambda _: "A campaign")),
    _mutant("replies.thread.preview_first", "the preview is the first line only",
            _of_rows(last_message_preview=lambda text: text.strip().partition("\n")[0]),
            "no source says how long a preview is"),
    _mutant("replies.thread.count_one", "reply_count is always 1", _of_rows(reply_count=lambda _: 1)),
    _mutant("replies.thread.counts_ours", "reply_count counts our own mails", _of_rows(
        reply_count=lambda count: count + 1), _COUNTED),
    _mutant("replies.thread.names_nobody", "lead_name is empty", _of_rows(lead_name=lambda _: "")),
    _mutant("replies.thread.preview_empty", "there is no preview",
            _of_rows(last_message_preview=lambda _: "")),
    _mutant("replies.thread.address_other", "a thread has another lead's address",
            _of_rows(lead_email=lambda email: f"x{email}")),
    _mutant("replies.read.unstored", "a thread is reported as read and stays unread",
            forgetting("markThreadRead", "thread_marks")),
    _mutant("replies.read.all", "all threads are read with one: answers are overlooked",
            after("markThreadRead", _mark_all)),
    _mutant("replies.read.for_ever", "a thread once read stays read: answers are overlooked",
            after(_READING, _mark_for_ever)),
    _mutant("replies.read.by_looking", "reading a thread again marks what came since as read",
            around("getThread", _mark_on_reading)),
    _mutant("replies.star.unstored", "a star is answered and not stored",
            forgetting("toggleThreadStar", "thread_marks")),
    _mutant("replies.star.stays", "a star is never taken away", after("toggleThreadStar", _keep_star)),
    _mutant("replies.star.answered_wrong", "the star before is answered",
            answer("toggleThreadStar", lambda body: {**body, "is_starred": not body["is_starred"]})),
    _mutant("replies.messages.newest_first", "mails are listed newest first",
            answer("listThreadMessages", lambda body: {**body, "messages": body["messages"][::-1]})),
    _mutant("replies.messages.incoming_only", "our own mails are missing",
            answer("listThreadMessages", lambda body: {
                **body, "messages": [mail for mail in body["messages"] if not mail["is_outgoing"]]})),
    _mutant("replies.messages.direction", "every mail has the direction of ours",
            _of_mails(is_outgoing=lambda _: True)),
    _mutant("replies.messages.stripped", "texts of mails are stripped",
            _of_mails(body_text=str.strip)),
    _mutant("replies.messages.one_line", "texts of mails lose their lines",
            _of_mails(body_text=lambda text: text.replace("\n", " "))),
    _mutant("replies.messages.ascii", "texts of mails lose all but ASCII",
            _of_mails(body_text=lambda text: text.encode("ascii", "ignore").decode())),
    _mutant("replies.messages.attachments", "attachments are missing", _of_mails(attachments=lambda _: [])),
    _mutant("replies.messages.first_page", "always the first page",
            swap("listThreadMessages", paging.paginate_flat, _first_page)),
    _mutant("replies.send.unstored", "a reply is reported as sent and stands nowhere",
            forgetting("sendReply", "direct_mails")),
    _mutant("replies.send.twice", "a reply goes out twice", around("sendReply", lambda handler, call: (
        handler(call), handler(call))[1])),
    _mutant("replies.send.to_ourselves", "the answer to a reply has the sender account as recipient",
            answer("sendReply", lambda body: {**body, "to_address": body["from_address"]})),
    _mutant("replies.send.text_stripped", "a reply's text is stripped",
            before("sendReply", lambda call: {
                **call.body, "body": (call.body["body"] or "").strip() or None})),
    _mutant("replies.send.html_lost", "a reply's HTML is lost",
            after("sendReply", lambda call, _found: _drop_html(call))),
    _mutant("replies.send.marks_unread", "a reply loses what was read before it",
            after("sendReply", lambda call, _found: call.workspace.thread_marks.fill({})),
            "no source says that a reply leaves it"),
)


def _drop_html(call: Call) -> None:
    last = list(call.workspace.direct_mails)[-1]
    call.workspace.direct_mails.put(replace(last, body_html=None, body_text=last.body_text or "-"))


_MAILS = (
    _direct("unstored", "a mail to a contact is reported as sent and stands nowhere",
            forgetting("sendContactEmail", "direct_mails")),
    _direct("free", "mails cost nothing",
            swap("sendContactEmail", direct_mails.count_credits, lambda workspace, cost: 500)),
    _direct("dear", "a mail costs two",
            swap("sendContactEmail", direct_mails.count_credits, lambda workspace, cost:
                 direct_mails.count_credits(workspace, 2 * cost))),
    _direct("suppressed", "an unsubscribed contact gets a mail: unlawful",
            swap("sendContactEmail", trace_contact, lambda workspace, contact: replace(
                trace_contact(workspace, contact), suppression_reason=None))),
    _direct("thread_other", "the thread answered is not the mail's", answer("sendContactEmail", lambda body: {
        **body, "thread_id": body["thread_id"][::-1].replace("-", "")[:8] + body["thread_id"][8:]})),
    _direct("subject_stripped", "subjects are stripped",
            before("sendContactEmail", lambda call: {**call.body, "subject": call.body["subject"].strip()})),
)  # fmt: skip
MUTANTS = (*_THREADS, *_MAILS)
# fmt: on
