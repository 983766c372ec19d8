"""Incoming events: opens, replies, bounces, and the statuses that only sending leads to."""

from dataclasses import fields
from typing import Any

from ..mails import incoming_events
from ..mails.threads import flip_id, has_thread
from ..model.events import trace_lead
from ..state.records import Lead
from .calls import ControlCall

__all__ = [
    "receive_mail",
    "receive_reply",
    "record_lead_event",
    "set_campaign_status",
    "set_sender_account_status",
    "tag_lead",
]


def record_lead_event(call: ControlCall) -> dict[str, Any]:
    """Let something happen to a mail."""
    return _describe(
        call,
        incoming_events.record_lead_event(
            call.workspace, call.path["lead_id"], call.body["event"], call.body["url"]
        ),
    )


def receive_reply(call: ControlCall) -> dict[str, Any]:
    """Let a reply come in."""
    return _describe(call, incoming_events.receive_reply(call.workspace, call.path["lead_id"], **call.body))


def receive_mail(call: ControlCall) -> dict[str, Any]:
    """Let anybody write to a sender account."""
    return _describe(call, incoming_events.receive_mail(call.workspace, call.path["inbox_id"], **call.body))


def tag_lead(call: ControlCall) -> dict[str, Any]:
    """Replace the tags of a lead."""
    tags = tuple(call.body["tags"])
    return _describe(call, incoming_events.tag_lead(call.workspace, call.path["lead_id"], tags))


def set_sender_account_status(call: ControlCall) -> dict[str, Any]:
    """Set the status of a sender account."""
    account = incoming_events.set_account_status(
        call.workspace,
        call.path["inbox_id"],
        call.body["overall_status"],
        call.body.get("health_score"),
    )
    return _write(call, "sender_accounts", account)


def set_campaign_status(call: ControlCall) -> dict[str, Any]:
    """Set the status of a campaign."""
    campaign = incoming_events.set_campaign_status(
        call.workspace, call.path["campaign_id"], call.body["status"]
    )
    return _write(call, "campaigns", campaign)


def _write(call: ControlCall, table: str, record: Any) -> dict[str, Any]:
    return call.tools.states.forms[table].write(record)


def _describe(call: ControlCall, lead: Lead) -> dict[str, Any]:
    history = trace_lead(call.workspace, lead)
    times = {item.name: getattr(history, item.name) for item in fields(history)}
    return {
        "lead_id": lead.lead_id,
        "campaign_id": lead.campaign_id,
        "email": lead.email,
        "thread_id": flip_id(lead.lead_id) if has_thread(call.workspace, lead) else None,
        "tags": lead.tags,
        **times,
    }
