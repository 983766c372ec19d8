"""What a launch needs and does; the steps before it, and the changes of status after it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import chain, count
from typing import Any

from ..errors import ApiError
from ..openapi.defaults import with_defaults
from ..openapi.spec import Spec
from ..state.records import Campaign
from ..state.workspace import Workspace
from .contacts import MANUAL, make_lead, save_contact
from .content import assign_variants, make_variants
from .sender_accounts import add_smtp_account, try_connections

LAUNCH_STEP = 5
"""The step of a launched campaign, and the older way to ask for the launch [guide:older]."""

REQUIREMENTS = ("leads", "inboxes", "variants")
"""What a launch needs, in documented order."""

_CHANGES = {
    "PAUSED": ({"ACTIVE"}, "campaign_not_active"),
    "ACTIVE": ({"PAUSED"}, "campaign_not_paused"),
    "ARCHIVED": ({"PAUSED", "COMPLETED"}, "campaign_not_archivable"),
}
"""Status → the statuses that it follows, and the error from any other."""
_EDITABLE = ("DRAFT", "PAUSED")
_ACTIONS = {"pause": "PAUSED", "activate": "ACTIVE", "archive": "ARCHIVED"}


def find_missing(workspace: Workspace, campaign: Campaign) -> list[str]:
    """Return which of `REQUIREMENTS` a launch still needs; nothing once launched."""
    if campaign.status == "ACTIVE":
        return []
    accounts = filter(None, map(workspace.sender_accounts.find, campaign.inbox_ids))
    met = (
        workspace.leads.count("campaign", campaign.campaign_id),
        "ACTIVE" in [account.overall_status for account in accounts],
        campaign.variants,
    )
    return [name for name, is_met in zip(REQUIREMENTS, met, strict=True) if not is_met]


def check_editable(campaign: Campaign) -> None:
    """Raise ApiError `campaign_not_modifiable` unless a campaign is a draft or paused."""
    if campaign.status not in _EDITABLE:
        raise ApiError("campaign_not_modifiable", status=campaign.status)


def check_ready(workspace: Workspace, campaign: Campaign) -> None:
    """Raise ApiError `launch_not_ready` when a launch still needs something."""
    missing = find_missing(workspace, campaign)
    if missing:
        raise ApiError("launch_not_ready", missing=", ".join(missing))


def find_refusals(workspace: Workspace, campaign: Campaign) -> dict[str, ApiError | None]:
    """Return action on the status of a campaign → the error that refuses it now; None: nothing does."""

    def launch_now() -> None:
        check_editable(campaign)
        check_ready(workspace, campaign)

    checks: dict[str, Callable[[], None]] = {
        "make_launchable": lambda: check_editable(campaign),
        "launch": launch_now,
        **{name: partial(_check_change, campaign, status) for name, status in _ACTIONS.items()},
    }
    return {name: _catch_refusal(check) for name, check in checks.items()}


def launch(workspace: Workspace, campaign: Campaign) -> Campaign:
    """Store a campaign as ACTIVE, and give its leads their variants; returns it.

    Raises ApiError `launch_not_ready`, and changes nothing then.
    """
    check_ready(workspace, campaign)
    launched = workspace.campaigns.put(
        replace(
            campaign,
            status="ACTIVE",
            current_step=LAUNCH_STEP,
            launched_at=campaign.launched_at or workspace.now(),
        )
    )
    assign_variants(workspace, launched)
    return launched


def choose_step(campaign: Campaign, requested: int | None) -> int:
    """Return the step that an update leads to: the stored one, or the next.

    Raises ApiError `step_progression` for any other.
    """
    step = campaign.current_step if requested is None else requested
    expected = min(campaign.current_step + 1, LAUNCH_STEP)
    if step not in (campaign.current_step, expected):
        raise ApiError("step_progression", expected=expected, got=step)
    return step


def can_become(campaign: Campaign, status: str) -> bool:
    """Return whether a campaign may be paused, activated or archived: get this status."""
    return campaign.status in _CHANGES[status][0]


def change_status(workspace: Workspace, campaign_id: str, status: str) -> Campaign:
    """Store a campaign as PAUSED, ACTIVE again or ARCHIVED; returns it.

    Raises ApiError `campaign_not_active`, `campaign_not_paused` or `campaign_not_archivable`.
    """
    campaign = workspace.campaigns.get(campaign_id)
    _check_change(campaign, status)
    return workspace.campaigns.put(replace(campaign, status=status, updated_at=workspace.now()))


def make_launchable(workspace: Workspace, campaign: Campaign, spec: Spec) -> Campaign:
    """Store a campaign with what it lacks for a launch, taken from the examples of openapi.yaml.

    An ACTIVE sender account is taken before a new one is made. Returns the campaign.
    """
    missing = find_missing(workspace, campaign)
    now = workspace.now()
    if "leads" in missing:
        details = dict(_read_example(spec, "addLead"))
        email = details.pop("email")
        contact = save_contact(workspace, email, details, source_type=MANUAL)
        make_lead(workspace, campaign, contact, details=details)
    if "inboxes" in missing:
        usable = [account for account in workspace.sender_accounts if account.overall_status == "ACTIVE"]
        account = usable[0] if usable else None
        if account is None:
            request = _read_example(spec, "createSmtpSenderAccount")
            request["email_address"] = _find_free_address(workspace, request["email_address"])
            account = add_smtp_account(workspace, try_connections(request), now)
        campaign = replace(campaign, inbox_ids=(*campaign.inbox_ids, account.inbox_id))
    if "variants" in missing:
        example = _read_example(spec, "updateCampaign", "two_variants")
        campaign = replace(campaign, variants=make_variants(workspace, example["variants"]))
    return workspace.campaigns.put(replace(campaign, updated_at=now)) if missing else campaign


def _check_change(campaign: Campaign, status: str) -> None:
    if not can_become(campaign, status):
        raise ApiError(_CHANGES[status][1])


def _catch_refusal(check: Callable[[], None]) -> ApiError | None:
    try:
        check()
    except ApiError as error:
        return error
    return None


def _find_free_address(workspace: Workspace, address: str) -> str:
    local, _, domain = address.partition("@")
    numbered = (f"{local}-{number}@{domain}" for number in count(2))
    candidates = chain([address], numbered)
    return next(found for found in candidates if not workspace.sender_accounts.count("address", found))


def _read_example(spec: Spec, operation_id: str, name: str = "") -> dict[str, Any]:
    operation = spec.operations[operation_id]
    assert operation.body is not None
    example = operation.body_examples[name or next(iter(operation.body_examples))]
    completed: dict[str, Any] = with_defaults(operation.body, example)
    return completed
