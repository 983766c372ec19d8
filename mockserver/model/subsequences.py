"""Subsequences of a campaign: their nodes, the leads in them, how far these are, and which are triggered."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import jsonschema_rs

from ..errors import ApiError
from ..state.records import Campaign, Enrollment, Event, Lead, Subsequence
from ..state.workspace import Workspace
from .content import reopen_campaign
from .events import trace_lead

ALWAYS = "ALWAYS"
"""The condition of a step that is always sent; other ones never hold in a subsequence [client]."""


@dataclass(frozen=True, slots=True)
class EnrollmentProgress:
    """How far a lead has come in a subsequence."""

    state: str
    """`active`; `completed`, when nothing is left to send; `stopped`, when the rest will not be sent."""
    mails: tuple[Event, ...]
    """What the subsequence has sent to the lead, oldest first."""
    next_index: int | None
    """The step to be sent next, from 0 on, None unless active."""


def check_subsequence(subsequence: Subsequence, triggers: Mapping[str, Any]) -> None:
    """Raise the ApiError of a subsequence that no request may make.

    `triggers` is `x-by-trigger-type` of openapi.yaml: type → schema of its params. Raises
    `trigger_type_invalid`, `trigger_params_invalid`, `weight_sum`.
    """
    if subsequence.trigger_type not in triggers:
        raise ApiError("trigger_type_invalid", trigger_type=subsequence.trigger_type)
    if not jsonschema_rs.is_valid(triggers[subsequence.trigger_type], subsequence.trigger_params):
        raise ApiError("trigger_params_invalid", trigger_type=subsequence.trigger_type)
    if any(sum(variant["weight"] for variant in step["variants"]) != 100 for step in subsequence.steps):
        raise ApiError("weight_sum")


def find_main_node_id(campaign_id: str, step_number: int) -> str:
    """Return the id of a node of the main chain: the same whenever asked, 1 is the first mail."""
    return str(uuid5(UUID(campaign_id), f"main/{step_number}"))


def find_node_id(subsequence_id: str, index: int) -> str:
    """Return the id of the node of a step, from 0 on. It stays the same when the step is edited."""
    return str(uuid5(UUID(subsequence_id), f"node/{index}"))


def list_node_ids(subsequence: Subsequence) -> list[str]:
    """Return the ids of the nodes of a subsequence in order; the first is the entry node."""
    return [find_node_id(subsequence.subsequence_id, index) for index in range(len(subsequence.steps))]


def find_edge_id(subsequence_id: str, index: int) -> str:
    """Return the id of the edge that leads to a step; for the first it is that of the subsequence."""
    return str(uuid5(UUID(subsequence_id), f"edge/{index}")) if index else subsequence_id


def find_main_edge_id(campaign_id: str, step_number: int) -> str:
    """Return the id of the edge that leads to a step of the main chain."""
    return str(uuid5(UUID(campaign_id), f"main edge/{step_number}"))


def list_main_nodes(campaign: Campaign) -> dict[str, int]:
    """Return the nodes of a campaign's main chain in order, id → step. The first is always there."""
    steps = [1, *(sequence["step_number"] for sequence in campaign.sequences)]
    return {find_main_node_id(campaign.campaign_id, step): step for step in steps}


def list_subsequences(workspace: Workspace, campaign_id: str) -> list[Subsequence]:
    """Return the subsequences of a campaign; that with the lowest priority fires first and stands first."""
    found = workspace.subsequences.where("campaign", campaign_id)
    return sorted(found, key=lambda subsequence: subsequence.priority)


def find_enrollment(workspace: Workspace, lead: Lead, subsequence_id: str) -> Enrollment | None:
    """Return a lead's entry into a subsequence, or None."""
    entries = workspace.enrollments.where("lead", lead.lead_id)
    return next((entry for entry in entries if entry.subsequence_id == subsequence_id), None)


def find_last_enrollment(workspace: Workspace, lead: Lead) -> Enrollment | None:
    """Return a lead's last enrollment, which ended those before; None on the main chain."""
    entries = workspace.enrollments.where("lead", lead.lead_id)
    return max(reversed(entries), key=lambda entry: entry.enrolled_at, default=None)


def enter_subsequence(
    workspace: Workspace,
    lead: Lead,
    subsequence: Subsequence,
    origin: str,
    *,
    at: datetime | None = None,
    enrollment_id: str | None = None,
) -> Enrollment:
    """Take a lead off the main chain, or out of another subsequence, now or `at` a time in UTC.

    `origin` is one of `records.ENROLLMENT_ORIGINS`. All triggers that fire at this time are spent. A
    COMPLETED campaign becomes ACTIVE again when the lead gets a mail by it.
    """
    fired = (other.subsequence_id for other in list_triggered(workspace, lead))
    enrollment = workspace.enrollments.put(
        Enrollment(
            enrollment_id=enrollment_id or workspace.draw_id(),
            lead_id=lead.lead_id,
            campaign_id=subsequence.campaign_id,
            subsequence_id=subsequence.subsequence_id,
            enrolled_at=at or workspace.now(),
            origin=origin,
            spent_ids=tuple(other for other in fired if other != subsequence.subsequence_id),
        )
    )
    if trace_enrollment(workspace, enrollment).state == "active":
        reopen_campaign(workspace, workspace.campaigns.get(subsequence.campaign_id))
    return enrollment


def trace_enrollment(workspace: Workspace, enrollment: Enrollment) -> EnrollmentProgress:
    """Return how far a lead has come in a subsequence.

    A later enrollment stops it, and so do the removal of the subsequence, a bounce, an unsubscription,
    a reply since, and a step whose condition is not `ALWAYS`.
    """
    lead = workspace.leads.get(enrollment.lead_id)
    events = workspace.events.where("lead", lead.lead_id)
    mails = tuple(
        event
        for event in events
        if event.kind == "sent" and event.details.get("subsequence_id") == enrollment.subsequence_id
    )
    subsequence = workspace.subsequences.find(enrollment.subsequence_id)
    if subsequence is None:
        return EnrollmentProgress("stopped", mails, None)
    next_index = find_next_index(subsequence, mails)
    if next_index is None:
        return EnrollmentProgress("completed", mails, None)
    is_stopped = (
        find_last_enrollment(workspace, lead) != enrollment
        or subsequence.steps[next_index]["condition_type"] != ALWAYS
        or any(_ends_enrollment(event, enrollment) for event in events)
    )
    return (
        EnrollmentProgress("stopped", mails, None)
        if is_stopped
        else EnrollmentProgress("active", mails, next_index)
    )


def find_next_index(subsequence: Subsequence, mails: Iterable[Event]) -> int | None:
    """Return the step that a subsequence sends next after its mails, from 0 on; None when none is left."""
    sent = {mail.details.get("node_id") for mail in mails}
    waiting = (index for index, node_id in enumerate(list_node_ids(subsequence)) if node_id not in sent)
    return next(waiting, None)


def _ends_enrollment(event: Event, enrollment: Enrollment) -> bool:
    if event.kind == "replied":
        return event.at > enrollment.enrolled_at
    return event.kind in ("bounced", "unsubscribed")


def list_triggered(workspace: Workspace, lead: Lead) -> Iterator[Subsequence]:
    """Yield the subsequences whose triggers fire for a lead, the first to take it first.

    The lowest priority comes first, then the oldest. A paused subsequence does not fire. Neither does one
    that the lead has been in, nor one whose trigger fired when the lead entered another one.
    """
    past = workspace.enrollments.where("lead", lead.lead_id)
    spent = {subsequence_id for entry in past for subsequence_id in (entry.subsequence_id, *entry.spent_ids)}
    for subsequence in list_subsequences(workspace, lead.campaign_id or ""):
        is_waiting = subsequence.is_active and subsequence.subsequence_id not in spent
        if is_waiting and fires(workspace, lead, subsequence):
            yield subsequence


def find_triggered(workspace: Workspace, lead: Lead) -> Subsequence | None:
    """Return the subsequence that takes a lead now; None when the lead stays where it is."""
    return next(list_triggered(workspace, lead), None)


def fires(workspace: Workspace, lead: Lead, subsequence: Subsequence) -> bool:
    """Return whether what happened to a lead fires the trigger of a subsequence.

    INTENT_TAG: the lead or one of its replies has one of the tags. KEYWORD: a reply holds one of the
    phrases. STATUS: the lead's status. Letter case does not matter.
    """
    params = subsequence.trigger_params
    if subsequence.trigger_type == "STATUS":
        return bool(trace_lead(workspace, lead).status == params["status"])
    replies = [event for event in workspace.events.where("lead", lead.lead_id) if event.kind == "replied"]
    if subsequence.trigger_type == "KEYWORD":
        texts = [reply.details.get("body", "").casefold() for reply in replies]
        return any(phrase.casefold() in text for phrase in params["phrases"] for text in texts)
    tags = {tag.casefold() for tag in (*lead.tags, *(r.details.get("category") or "" for r in replies))}
    wanted = params.get("tag_names") or [params["tag_name"]]
    return any(tag.casefold() in tags for tag in wanted)
