"""What takes away a reason for which a lead gets no mail, or waits for it; one remedy per code."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver.sending.reason_texts import DescribedReason
from mockserver.state.records import Campaign, Lead, SenderAccount, Subsequence
from mockserver.state.workspace import Workspace

from .simulation import Simulation, follow_up, variant

Remedy = Callable[[Workspace, Lead, DescribedReason], None]


def find_campaign(workspace: Workspace, lead: Lead) -> Campaign:
    return workspace.campaigns.get(lead.campaign_id or "")


def activate_campaign(workspace: Workspace, lead: Lead, _reason: DescribedReason) -> None:
    campaign = find_campaign(workspace, lead)
    if not campaign.variants:
        add_variant(workspace, lead, _reason)
    if not any(map(workspace.sender_accounts.find, campaign.inbox_ids)):
        made = Simulation(workspace).account()
        campaign = replace(campaign, inbox_ids=(made,))
        workspace.campaigns.put(campaign)
    activate_accounts(workspace, lead, _reason)
    Simulation(workspace).launch(find_campaign(workspace, lead))


def activate_accounts(workspace: Workspace, lead: Lead, _reason: DescribedReason) -> None:
    for account in map(workspace.sender_accounts.find, find_campaign(workspace, lead).inbox_ids):
        if account:
            workspace.sender_accounts.put(replace(account, overall_status="ACTIVE"))


def add_variant(workspace: Workspace, lead: Lead, _reason: DescribedReason) -> None:
    campaign = find_campaign(workspace, lead)
    made = ({"variant_id": workspace.draw_id(), **variant()},)
    workspace.campaigns.put(replace(campaign, variants=made))


def unsuppress(workspace: Workspace, lead: Lead, _reason: DescribedReason) -> None:
    for suppression in workspace.suppressions.where("email", lead.email.casefold()):
        workspace.suppressions.remove(suppression.suppression_id)


def forget_events(workspace: Workspace, lead: Lead, reason: DescribedReason) -> None:
    """Remove what ended the mails, in the campaign that the reason names, and what is to come of it."""
    campaign_id = reason.facts.get("campaign_id", lead.campaign_id)
    for other in workspace.leads.where("contact", lead.contact_id):
        if other.campaign_id == campaign_id:
            for table in (workspace.events, workspace.coming_events):
                for event in table.where("lead", other.lead_id):
                    if event.kind == reason.code:
                        table.remove(event.event_id)


def reset_status(workspace: Workspace, lead: Lead, _reason: DescribedReason) -> None:
    workspace.leads.put(replace(workspace.leads.get(lead.lead_id), status="PENDING"))


def add_follow_up(workspace: Workspace, lead: Lead, _reason: DescribedReason) -> None:
    campaign = find_campaign(workspace, lead)
    number = max((step["step_number"] for step in campaign.sequences), default=1) + 1
    step = {**follow_up(number), "sequence_id": workspace.draw_id(), "wait_days": 1}
    step["enable_unsubscribe"] = None
    step["variants"] = [{"variant_id": workspace.draw_id(), **variant()}]
    workspace.campaigns.put(replace(campaign, sequences=(*campaign.sequences, step)))


def _change_subsequence(change: Callable[[Subsequence], Subsequence]) -> Remedy:
    def remedy(workspace: Workspace, _lead: Lead, reason: DescribedReason) -> None:
        workspace.subsequences.put(change(workspace.subsequences.get(reason.facts["subsequence_id"])))

    return remedy


def leave_subsequences(workspace: Workspace, lead: Lead, _reason: DescribedReason) -> None:
    for enrollment in workspace.enrollments.where("lead", lead.lead_id):
        workspace.enrollments.remove(enrollment.enrollment_id)


def raise_limits(workspace: Workspace, lead: Lead, reason: DescribedReason) -> None:
    account: SenderAccount = workspace.sender_accounts.get(reason.facts["inbox_id"])
    workspace.sender_accounts.put(replace(account, settings={**account.settings, "daily_limit": 1000}))
    _set(workspace, lead, daily_limit_per_inbox=None, ramp_up_enabled=False)


def open_window(workspace: Workspace, lead: Lead, _reason: DescribedReason) -> None:
    _set(
        workspace, lead, sending_days=[1, 2, 3, 4, 5, 6, 7], sending_window_start=0, sending_window_end=24,
        sending_window_start_minute=0, sending_window_end_minute=0,
    )  # fmt: skip


def start_now(workspace: Workspace, lead: Lead, _reason: DescribedReason) -> None:
    _set(workspace, lead, start_date=None)


def remove_waits(workspace: Workspace, lead: Lead, _reason: DescribedReason) -> None:
    """Let the steps follow each other at once."""
    campaign = find_campaign(workspace, lead)
    steps = tuple({**step, "wait_days": 0} for step in campaign.sequences)
    workspace.campaigns.put(replace(campaign, sequences=steps))


def _set(workspace: Workspace, lead: Lead, **settings: Any) -> None:
    """Change settings; the campaign keeps the time of its last change, so that no quiet minute begins."""
    campaign = find_campaign(workspace, lead)
    workspace.campaigns.put(replace(campaign, settings={**campaign.settings, **settings}))


def _make_always(subsequence: Subsequence) -> Subsequence:
    steps = tuple({**step, "condition_type": "ALWAYS"} for step in subsequence.steps)
    return replace(subsequence, steps=steps)


def _add_step(subsequence: Subsequence) -> Subsequence:
    return replace(subsequence, steps=(*subsequence.steps, {**subsequence.steps[0], "wait_seconds": 60}))


STOPS: dict[str, Remedy] = {
    "campaign_draft": activate_campaign,
    "campaign_paused": activate_campaign,
    "campaign_completed": activate_campaign,
    "campaign_failed": activate_campaign,
    "campaign_archived": activate_campaign,
    "no_active_account": activate_accounts,
    "no_variants": add_variant,
    "suppressed": unsuppress,
    "bounced": forget_events,
    "unsubscribed": forget_events,
    "replied": forget_events,
    "lead_status": reset_status,
    "sequence_finished": add_follow_up,
    "subsequence_finished": _change_subsequence(_add_step),
    "subsequence_removed": leave_subsequences,
    "subsequence_paused": _change_subsequence(lambda subsequence: replace(subsequence, is_active=True)),
    "condition_unmet": _change_subsequence(_make_always),
}
"""What brings a mail to a lead that gets none, once it is done for each reason."""

WAITS: dict[str, Remedy] = {
    "start_date": start_now,
    "outside_window": open_window,
    "daily_limit": raise_limits,
    "ramp_up": raise_limits,
    "step_wait": remove_waits,
}
"""What ends a wait before its time."""
