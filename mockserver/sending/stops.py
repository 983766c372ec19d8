"""Why no mail is going to come, unless somebody changes something.

How it works: each function reads the records of a lead or a campaign, and lists everything that has to change
before the lead gets another mail. Why so: the engine only asks whether there is a next mail, and stops at the
first thing that speaks against it.
"""

from collections.abc import Iterable, Iterator

from ..model.launching import find_missing
from ..model.subsequences import ALWAYS, find_last_enrollment, find_next_index, trace_enrollment
from ..state.records import Campaign, Enrollment, Event, Lead
from ..state.workspace import Workspace
from .next_mails import BLOCKING, FRESH, SendingState, find_follow_up
from .schedule import Calendar, to_seconds
from .waits import Reason


def list_stops(workspace: Workspace, lead: Lead, now: int, calendar: Calendar | None = None) -> list[Reason]:
    """Return why a lead gets no more mails, without the stops of its campaign; empty when it may get one.

    `calendar` is that of its campaign, made from it when it lacks.
    """
    campaign = workspace.campaigns.find(lead.campaign_id)
    if campaign is None:
        return [Reason("no_campaign")]
    enrollment = find_last_enrollment(workspace, lead)
    if enrollment:
        own = _list_subsequence_stops(workspace, lead, enrollment)
    else:
        own = _list_main_stops(workspace, lead, campaign, calendar or Calendar(campaign.settings), now)
    return [*_list_blocks(workspace, lead), *own]


def list_campaign_stops(workspace: Workspace, campaign: Campaign) -> list[Reason]:
    """Return why no lead of a campaign gets a mail; empty when the campaign sends."""
    stops = []
    if campaign.status == "DRAFT":
        return [Reason("campaign_draft", facts={"missing": find_missing(workspace, campaign)})]
    if campaign.status != "ACTIVE":
        changed_at = to_seconds(campaign.updated_at)
        stops.append(Reason(f"campaign_{campaign.status.lower()}", changed_at))
    accounts = map(workspace.sender_accounts.find, campaign.inbox_ids)
    if not any(account and account.overall_status == "ACTIVE" for account in accounts):
        stops.append(Reason("no_active_account"))
    return stops


def _list_blocks(workspace: Workspace, lead: Lead) -> Iterator[Reason]:
    """Yield why the address gets no mails from any campaign."""
    for suppression in workspace.suppressions.where("email", lead.email.casefold()):
        yield Reason("suppressed", facts={"suppression_reason": suppression.reason})
    for other in workspace.leads.where("contact", lead.contact_id):
        first: dict[str, Event] = {}
        for event in workspace.events.where("lead", other.lead_id):
            if event.kind in BLOCKING:
                first.setdefault(event.kind, event)
        for kind, event in first.items():
            yield Reason(kind, to_seconds(event.at), facts={"campaign_id": other.campaign_id})


def _list_main_stops(
    workspace: Workspace, lead: Lead, campaign: Campaign, calendar: Calendar, now: int
) -> Iterator[Reason]:
    events = workspace.events.where("lead", lead.lead_id)
    yield from _find_reply(events, {})
    if not events and lead.status not in FRESH:
        yield Reason("lead_status", facts={"status": lead.status})
    state = SendingState(workspace, lead, ())
    state.ended = state.blocked = False  # they are listed apart
    if state.step:
        if find_follow_up(state, campaign.sequences, calendar, now) is None:
            numbers = [step["step_number"] for step in campaign.sequences]
            skipped = [number for number in numbers if number > state.step]
            facts = {"sequence_step": state.step, "skipped_steps": skipped}
            yield Reason("sequence_finished", facts=facts)
    elif not campaign.variants and campaign.status != "DRAFT":
        yield Reason("no_variants")


def _list_subsequence_stops(workspace: Workspace, lead: Lead, enrollment: Enrollment) -> Iterator[Reason]:
    facts = {"subsequence_id": enrollment.subsequence_id}
    subsequence = workspace.subsequences.find(enrollment.subsequence_id)
    if subsequence is None:
        yield Reason("subsequence_removed", facts=facts)
        return
    index = find_next_index(subsequence, trace_enrollment(workspace, enrollment).mails)
    if index is None:
        yield Reason("subsequence_finished", facts=facts)
        return
    later = [
        event for event in workspace.events.where("lead", lead.lead_id) if event.at > enrollment.enrolled_at
    ]
    yield from _find_reply(later, facts)
    if subsequence.steps[index]["condition_type"] != ALWAYS:
        yield Reason("condition_unmet", facts=facts)
    if not subsequence.is_active:
        yield Reason("subsequence_paused", to_seconds(subsequence.updated_at), facts=facts)


def _find_reply(events: Iterable[Event], facts: dict[str, str]) -> Iterator[Reason]:
    first = next((event for event in events if event.kind == "replied"), None)
    if first:
        yield Reason("replied", to_seconds(first.at), facts=facts)
