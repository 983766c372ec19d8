"""Sending: mails go out when the settings say, to whom they may, and what happened changes what comes."""

from dataclasses import replace
from typing import Any

from mockserver.openapi.spec import Operation, Spec

from ..verdict.outcomes import UncheckedError
from ..walk.events import REPLY, WAIT
from ..walk.history import Ref, Step
from .changes import list_launches
from .draft import Draft, Made
from .parts import SENDING, name_rule
from .worlds import Worlds

_DAYS = 86400
_FIRST: dict[str, Any] = {
    "timezone": "Asia/Tokyo",
    "start_date": None,
    "sending_days": [1, 2, 3, 4, 5],
    "sending_window_start": 9,
    "sending_window_end": 17,
    "daily_limit_per_inbox": 9,
    "ramp_up_enabled": True,
    "ramp_up_increment": 2,
    "ramp_up_max_limit": 9,
    "enable_tracking": True,
}
"""A window in another zone, and a ramp-up of two mails a day."""
_SECOND: dict[str, Any] = {**_FIRST, "timezone": "UTC", "ramp_up_enabled": False}
_LEADS = 5
_HAPPENING = (("opened", 0), ("unsubscribed", 1), (REPLY, 2))
_READ = ("getLead", "getLeadJourney", "getCampaign")


def list_sending(spec: Spec) -> list[Operation]:
    """Return the operations that tell what was sent to whom, and when."""
    return [spec.operations[name] for name in _READ if name in spec.operations]


def write_sending(operations: list[Operation], worlds: Worlds) -> None:
    """Launch two campaigns with the same people, let days pass, and look after each."""
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operations[0], SENDING)
    if not draft.leave.clock:
        raise UncheckedError("the clock of this server cannot be moved")
    first, second = (draft.make("campaign_id") for _ in range(2))
    file = {"file": draft.maker.values.draw_file(_LEADS)}
    leads = [_add_leads(draft, campaign, file) for campaign in (first, second)]
    _set_up(draft, first, _FIRST)
    for is_active in (False, True):
        _add_branch(draft, first, is_active=is_active)
    _set_up(draft, second, _SECOND)
    draft.happen(WAIT, {}, 2 * _DAYS)
    _look(draft, operations, [first], leads[0])
    for kind, index in _HAPPENING:
        text = {"text": "YES, Tell Me More", "category": None} if kind == REPLY else None
        draft.happen(kind, {"lead_id": leads[0][index]}, text)
    draft.happen(WAIT, {}, 6 * _DAYS)
    _look(draft, operations, [first, second], [*leads[0][:3], leads[1][1], leads[0][4]])
    draft.happen(WAIT, {}, 20 * _DAYS)
    _look(draft, operations, [first], [])
    for step in (
        Step("activateCampaign", first.path),
        Step("updateCampaign", first.path, {}, {"enable_tracking": False}),
        draft.fill(draft.spec.operations["addLead"], first.path),
    ):
        draft.do(step)
    _look(draft, operations, [first], [])


def _add_leads(draft: Draft, campaign: Made, file: dict[str, Any]) -> list[Ref]:
    """Upload leads, and return their ids in the order of the list."""
    draft.do(Step("uploadLeads", campaign.path, {}, file))
    draft.do(Step("listLeads", campaign.path))
    return [Ref(len(draft.steps), ("leads", index, "lead_id")) for index in range(_LEADS)]


def _set_up(draft: Draft, campaign: Made, settings: dict[str, Any]) -> None:
    """Give a campaign one version of each mail, and launch it."""
    update = draft.spec.operations["updateCampaign"]
    filled = draft.fill(update, campaign.path)
    text = {"content_type": "html", "email_content": "<p>A text of several words</p>"}
    follow_ups = [
        {"step_number": step, "trigger_type": trigger, "wait_days": days, "variants": [text]}
        for step, trigger, days in ((2, "NOT_OPENED", 2), (3, "NOT_REPLIED", 1))
    ]
    content = {"variants": [{**text, "subject_template": "One subject"}], "sequences": follow_ups}
    draft.do(replace(filled, body={"inbox_ids": filled.body["inbox_ids"][:1], **settings, **content}))
    for body in list_launches(update):
        draft.do_if_accepted(Step(update.operation_id, campaign.path, {}, body))


def _add_branch(draft: Draft, campaign: Made, *, is_active: bool) -> None:
    """Add a subsequence that a reply takes a lead into."""
    mail = {"wait_seconds": 60, "variants": [{"subject": "As you asked", "body": "Here it is."}]}
    trigger = {"trigger_type": "KEYWORD", "trigger_params": {"phrases": ["tell me more"]}}
    body = {**trigger, "priority": int(is_active), "steps": [mail]}
    draft.do(Step("createSubsequence", campaign.path, {}, body))
    if not is_active:
        branch = {"subsequence_id": Ref(len(draft.steps), ("entry_edge", "id"))}
        draft.do(Step("updateSubsequence", {**campaign.path, **branch}, {}, {"is_active": False}))


def _look(draft: Draft, operations: list[Operation], campaigns: list[Made], leads: list[Ref]) -> None:
    """Read campaigns, and some leads of them."""
    for operation in operations:
        draft.label = name_rule(draft.spec, operation, SENDING)
        names = [parameter.name for parameter in operation.parameters_in("path")]
        if "lead_id" not in names:
            for campaign in campaigns:
                draft.do(Step(operation.operation_id, campaign.path))
        for index, lead in enumerate(leads):
            if "lead_id" in names and (operation.operation_id == "getLead" or index == 2):
                campaign = campaigns[-1] if index == 3 and len(campaigns) > 1 else campaigns[0]
                draft.do(Step(operation.operation_id, {**campaign.path, "lead_id": lead}))
