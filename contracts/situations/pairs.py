"""Pairs of events: each kind happens to a lead after each other one."""

from itertools import permutations

from mockserver.openapi.spec import Operation, Spec

from ..verdict.outcomes import UncheckedError
from ..walk.events import REPLY, TICK_SECONDS, WAIT
from ..walk.history import Step
from .figures import launch
from .parts import PAIRS, name_rule
from .worlds import Worlds

_PAIRS = tuple(permutations(("opened", "clicked", "bounced", "unsubscribed", REPLY), 2))
_VIEWS = ("listLeads", "getCampaign")


def list_paired(spec: Spec) -> list[Operation]:
    """Return the operations that tell what has happened to the leads of a campaign."""
    return [spec.operations[name] for name in _VIEWS if name in spec.operations]


def write_pairs(operations: list[Operation], worlds: Worlds) -> None:
    """Let two events happen to each lead; raises UncheckedError where the clock cannot be moved."""
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operations[0], PAIRS)
    if not (draft.leave.clock and draft.leave.launch and draft.leave.events):
        raise UncheckedError("needs a stand-in whose clock can be moved")
    campaign, leads = launch(draft, len(_PAIRS))
    for kinds in (("sent",) * len(_PAIRS), *zip(*_PAIRS, strict=True)):
        draft.happen(WAIT, {}, TICK_SECONDS)
        for lead_id, kind in zip(leads, kinds, strict=True):
            text = {"text": "Yes.", "category": None} if kind == REPLY else None
            draft.happen(kind, {"lead_id": lead_id}, text)
    for operation in operations:
        draft.label = name_rule(draft.spec, operation, PAIRS)
        draft.do(Step(operation.operation_id, campaign.path))
