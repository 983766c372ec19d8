"""The tools that an agent is given: what a test does to the stand-in, as few and as short as can be.

A tool asks the control API. What it takes stands there, unless the tool puts several operations together. The
docstring of its function is what an agent reads of it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..control import load_control_spec
from ..openapi.schemas import Schema, non_null
from .addresses import find_id
from .options import list_fields
from .remote import Remote
from .why import explain

_LONGEST = 30_000
"""Characters of an answer; a longer one is cut, since an agent reads all of it."""
_KEPT_OF_SCHEMA = ("type", "enum", "minimum", "maximum", "description")
_MOST_CAMPAIGNS = 50
_TEXT: Schema = {"type": "string"}
_LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": 100}


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what it is called, what it takes and what it does."""

    name: str
    run: Callable[..., Any]
    """Takes a Remote and the arguments; returns JSON values. Raises RemoteError and ClickException."""
    operation: str = ""
    """The operation of the control API that says what some arguments are."""
    fields: tuple[str, ...] = ()
    """Those arguments."""
    own: Mapping[str, Schema] = field(default_factory=dict)
    """The other arguments."""
    required: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """What an agent reads of it."""
        return " ".join((self.run.__doc__ or "").split())

    @property
    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        known = list_fields(load_control_spec().operations[self.operation]) if self.operation else {}
        taken = {name: _shorten(*known[name]) for name in self.fields}
        required = {"required": list(self.required)} if self.required else {}
        return {
            "type": "object",
            "properties": {**self.own, **taken},
            **required,
            "additionalProperties": False,
        }

    def call(self, remote: Remote, arguments: Mapping[str, Any]) -> str:
        """Return the answer as JSON text; raises RemoteError and ClickException."""
        text = json.dumps(self.run(remote, **arguments), ensure_ascii=False, separators=(",", ":"))
        if len(text) <= _LONGEST:
            return text
        return f"{text[:_LONGEST]}\n[cut: {len(text) - _LONGEST} more characters; ask for less]"


def _shorten(schema: Schema, description: str) -> Schema:
    """Return what an agent needs to know of a schema."""
    part = {**non_null(schema), "description": " ".join(description.split())}
    return {name: part[name] for name in _KEPT_OF_SCHEMA if part.get(name) not in (None, "")}


def _seed(remote: Remote, seed: str | None = None, leads: int | None = None) -> Any:
    """Begin the workspace anew with the data of a named seed. Without arguments, list the seeds."""
    if seed is None:
        return remote.call("listSeeds")
    return remote.call("seedWorkspace", {"seed": seed} | ({} if leads is None else {"leads": leads}))


def _advance(remote: Remote, span: str) -> Any:
    """Move the clock: mails that are due go out, leads open, click, reply and bounce. Says how many."""
    return remote.call("moveClock", {"to": span} if span == "next-send" else {"advance": span})


def _what_happened(remote: Remote, campaign_id: str | None = None, limit: int = 20) -> Any:
    """Show the time, the campaigns, and the last events: who was mailed, opened, clicked, replied, bounced.

    With campaign_id: day by day what one campaign did and is going to do.
    """
    if campaign_id is not None:
        return remote.call("showTimeline", query={"marks": limit}, campaign_id=campaign_id)
    clock = remote.call("showClock")
    campaigns = _list_last(remote, "campaigns", _MOST_CAMPAIGNS)
    events = _list_last(remote, "events", limit)
    emails = {
        lead_id: remote.call("showRecord", table="leads", record_id=lead_id)["record"]["email"]
        for lead_id in {event["lead_id"] for event in events["records"]}
    }
    return {
        **clock,
        "campaigns": [_pick(each, "campaign_id", "name", "status") for each in campaigns["records"]],
        "total_events": events["total"],
        "events": [
            {"at": each["at"], "kind": each["kind"], "email": emails[each["lead_id"]], **each["details"],
             "lead_id": each["lead_id"], "campaign_id": each["campaign_id"]}
            for each in events["records"]
        ],
    }  # fmt: skip


def _outbox(remote: Remote, email_id: str | None = None, limit: int = 10, **filters: Any) -> Any:
    """List the mails that were sent, the newest first. With email_id: one mail with its headers and texts."""
    if email_id is not None:
        return remote.call("getMail", email_id=email_id)
    answer = remote.call("listOutbox", query={**filters, "limit": limit, "sort_order": "desc"})
    shown = ("email_id", "sent_at", "from", "to", "subject", "lead_id", "campaign_id")
    return {
        "total": answer["pagination"]["total"],
        "mails": [_pick(each, *shown) for each in answer["mails"]],
    }


def _reply(remote: Remote, lead: str, **body: Any) -> Any:
    """Reply as a lead to its last mail."""
    return remote.call("receiveReply", body, lead_id=find_id(remote, "lead_id", lead))


def _why(remote: Remote, record: str) -> Any:
    """Explain what a lead or a campaign gets next, and what it waits for, or why nothing will come."""
    return explain(remote, find_id(remote, "lead_id", record))


def _fault(remote: Remote, *, clear: bool = False, **rule: Any) -> Any:
    """Let calls of the API fail or wait.

    For example {"operation": "createCampaign", "example": "rate_limited", "first": 1}: the next call gets the
    documented 429. Without arguments, list the rules; clear removes all.
    """
    if clear:
        return remote.call("clearFaults")
    return remote.call("addFault", rule) if rule else remote.call("listFaults")


def _snapshot(remote: Remote, name: str) -> Any:
    """Keep the present state of the workspace, with its clock, under a name."""
    return remote.call("takeSnapshot", {"name": name})


def _restore(remote: Remote, name: str) -> Any:
    """Return to a snapshot: everything is as it was. It can be restored again."""
    return remote.call("restoreSnapshot", name=name)


def _journal(remote: Remote, number: int | None = None, limit: int = 20, **filters: Any) -> Any:
    """List the last requests of the API, their statuses, and why they were refused.

    With number: one request with headers and bodies.
    """
    if number is not None:
        return remote.call("showExchange", number=str(number))
    answer = remote.call("listJournal", query={**filters, "limit": limit})
    shown = ("number", "time", "method", "path", "query", "operation", "status", "fault")
    return {
        "total": answer["total"],
        "exchanges": [
            _pick(each, *shown) | ({"response": each["response"]} if each["status"] >= 400 else {})
            for each in answer["exchanges"]
        ],
    }


def _readiness(remote: Remote, campaign_id: str, *, fix: bool = False) -> Any:
    """Show what a campaign still needs for its launch. With fix: add what is missing first."""
    if fix:
        remote.call("makeLaunchable", campaign_id=campaign_id)
    return remote.call("showReadiness", campaign_id=campaign_id)


def _reset(remote: Remote) -> Any:
    """Return to the state that the workspace began with; ids and random numbers begin anew, too."""
    return remote.call("resetWorkspace")


def _list_last(remote: Remote, table: str, most: int) -> Any:
    """Return the total and the last records of a table, oldest first."""
    total = remote.call("listRecords", query={"limit": 1}, table=table)["total"]
    last = max(1, -(-total // most))
    pages = [
        remote.call("listRecords", query={"limit": most, "page": page}, table=table)["records"]
        for page in range(max(1, last - 1), last + 1)
    ]
    return {"total": total, "records": [record for page in pages for record in page][-most:]}


def _pick(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: record[name] for name in names if record[name] not in (None, "")}


def _describe(text: str, schema: Schema = _TEXT) -> Schema:
    return {**schema, "description": text}


_NAME = _describe("The name of the snapshot.")
_CAMPAIGN = _describe("The id of a campaign.")

TOOLS: Iterable[Tool] = (
    Tool("seed", _seed, "seedWorkspace", ("seed", "leads")),
    Tool("advance", _advance, own={"span": _describe("How far: 3d, 12h, 1d12h, -2h; or next-send.")},
         required=("span",)),
    Tool("what_happened", _what_happened,
         own={"campaign_id": _CAMPAIGN, "limit": _describe("Most events.", _LIMIT)}),
    Tool("outbox", _outbox, "listOutbox", ("to", "search", "campaign_id"),
         own={"email_id": _describe("The id of a mail."), "limit": _describe("Most mails.", _LIMIT)}),
    Tool("reply", _reply, "receiveReply", ("text", "category", "is_unsubscribe", "is_auto_reply"),
         own={"lead": _describe("Its address or id.")}, required=("lead", "text")),
    Tool("why", _why, own={"record": _describe("A lead (address or id) or a campaign (id).")},
         required=("record",)),
    Tool("fault", _fault, "addFault",
         ("operation", "example", "status", "first", "every", "chance", "wait", "answer"),
         own={"clear": _describe("Remove all rules.", {"type": "boolean"})}),
    Tool("snapshot", _snapshot, own={"name": _NAME}, required=("name",)),
    Tool("restore", _restore, own={"name": _NAME}, required=("name",)),
    Tool("journal", _journal, "listJournal", ("operation", "status"),
         own={"number": _describe("That of a request.", {"type": "integer"}),
              "limit": _describe("Most requests.", _LIMIT)}),
    Tool("readiness", _readiness,
         own={"campaign_id": _CAMPAIGN, "fix": _describe("Add what is missing.", {"type": "boolean"})},
         required=("campaign_id",)),
    Tool("reset", _reset),
)  # fmt: skip


def describe_stand_in(remote: Remote, base_url: str) -> str:
    """Return what an agent is told of the server as a whole."""
    return (
        f"A stand-in of the ColdSend API that mails nobody, at {base_url}, key {remote.key}. These tools do "
        "what the API cannot: fill it with data, let time pass, reply as a lead, make calls fail, explain. "
        "Campaigns are made and launched with the API itself; both sides see the same workspace."
    )
