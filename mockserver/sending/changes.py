"""What others did to a workspace since its engine last ran."""

from collections.abc import Iterable

from ..state.records import Event, Lead
from ..state.workspace import Workspace
from .chains import BLOCKING
from .engine import Engine
from .reactions import find_rates


def list_changes(workspace: Workspace) -> tuple[set[str], ...]:
    """Return the ids of what changed, as sets that fill by themselves; empty ones concern no engine."""
    return tuple(
        table.changes
        for table in (
            workspace.campaigns,
            workspace.leads,
            workspace.events,
            workspace.enrollments,
            workspace.subsequences,
            workspace.sender_accounts,
            workspace.suppressions,
            workspace.direct_mails,
            workspace.reaction_rates,
        )
    )


def take_changes(workspace: Workspace, engine: Engine, now: int) -> bool:
    """Tell an engine what changed; returns whether it could follow, and need not be made anew."""
    if workspace.reaction_rates.changes:
        engine.rates = find_rates(workspace)
    if not _is_simple(workspace, engine):
        return False
    if workspace.direct_mails.changes:
        for meter in engine.meters.values():
            meter.forget()
    events = [event for event in map(workspace.events.find, workspace.events.changes) if event]
    for lead in _find_concerned(workspace, events):
        run = engine.runs.get(lead.campaign_id or "")
        if run:
            engine.follow_up(run, run.board(lead, now), now)
    for event in events:
        blocked = workspace.leads.find(event.lead_id)
        if blocked and event.kind in BLOCKING:
            engine.block_others(blocked, now)
    return True


def _is_simple(workspace: Workspace, engine: Engine) -> bool:
    """Tell whether only single leads changed, and none went or got a mail."""
    for campaign_id in workspace.campaigns.changes:
        campaign = workspace.campaigns.find(campaign_id)
        if campaign_id in engine.runs or (campaign and campaign.status == "ACTIVE"):
            return False
    runs = engine.runs.values()
    if not runs:
        return True
    used = {inbox_id for run in runs for inbox_id in run.campaign.inbox_ids}
    if used & workspace.sender_accounts.changes:
        return False
    if workspace.suppressions.changes or workspace.subsequences.changes:
        return False
    for event in filter(None, map(workspace.events.find, workspace.events.changes)):
        if event.kind == "sent" and event.campaign_id in engine.runs:
            return False
    gone = [lead_id for lead_id in workspace.leads.changes if not workspace.leads.find(lead_id)]
    return not any(lead_id in run.travellers for lead_id in gone for run in runs)


def _find_concerned(workspace: Workspace, events: Iterable[Event]) -> Iterable[Lead]:
    """Return the leads that changed or that something happened to, in the order of their table."""
    changed = set(workspace.leads.changes)
    changed.update(event.lead_id for event in events)
    entries = filter(None, map(workspace.enrollments.find, workspace.enrollments.changes))
    changed.update(entry.lead_id for entry in entries)
    if len(changed) < 2:
        return [lead for lead in map(workspace.leads.find, changed) if lead]
    return [lead for lead in workspace.leads if lead.lead_id in changed]
