"""What comes from outside, and so from no request of the API: replies, tags, statuses of inboxes."""

from dataclasses import replace

from .events import record_event
from .records import Campaign, Lead, SenderAccount
from .workspace import Workspace


def receive_reply(
    workspace: Workspace,
    lead_id: str,
    text: str,
    subject: str = "Re: your mail",
    *,
    is_auto_reply: bool = False,
    is_unsubscribe: bool = False,
) -> Lead:
    """Let a lead reply; raises ApiError `lead_not_found`."""
    details = {
        "subject": subject,
        "body": text,
        "is_auto_reply": is_auto_reply,
        "is_unsubscribe": is_unsubscribe,
    }
    with workspace.lock:
        lead = workspace.leads.get(lead_id)
        record_event(workspace, lead, "replied", details=details)
        if is_unsubscribe:
            record_event(workspace, lead, "unsubscribed")
        return lead


def record_lead_event(workspace: Workspace, lead_id: str, kind: str) -> Lead:
    """Let something happen to a lead's mail; raises ApiError `lead_not_found`.

    `failed` is no event: it sets the status of a lead that no mail reached.
    """
    with workspace.lock:
        lead = workspace.leads.get(lead_id)
        if kind == "failed":
            return workspace.leads.put(replace(lead, status="FAILED"))
        record_event(workspace, lead, kind)
        return lead


def tag_lead(workspace: Workspace, lead_id: str, tags: tuple[str, ...]) -> Lead:
    """Replace the tags of a lead; raises ApiError `lead_not_found`."""
    with workspace.lock:
        lead = workspace.leads.get(lead_id)
        return workspace.leads.put(replace(lead, tags=tuple(dict.fromkeys(tags))))


def set_account_status(
    workspace: Workspace, inbox_id: str, status: str, health_score: int | None = None
) -> SenderAccount:
    """Set the status of an inbox, and its health; raises ApiError `sender_account_not_found`."""
    with workspace.lock:
        account = workspace.sender_accounts.get(inbox_id)
        health = account.health_score if health_score is None else health_score
        return workspace.sender_accounts.put(replace(account, overall_status=status, health_score=health))


def set_campaign_status(workspace: Workspace, campaign_id: str, status: str) -> Campaign:
    """Set the status of a campaign, whatever it was; raises ApiError `campaign_not_found`."""
    with workspace.lock:
        campaign = workspace.campaigns.get(campaign_id)
        return workspace.campaigns.put(replace(campaign, status=status, updated_at=workspace.now()))
