"""Unequal figures: each kind of event happens another number of times, and every view counts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import is_ambiguous
from ..walk.events import REPLY
from ..walk.history import Mark, Ref, Step
from .changes import list_launches
from .draft import Draft
from .lists import ask_filters, list_queries
from .parts import FIGURES, name_rule
from .worlds import Worlds

_EVENTS = (
    *(("sent", number) for number in range(9)),
    *(("opened", number) for number in (0, 1, 2, 3, 4, 5, 5, 5)),
    *(("clicked", number) for number in (0, 1, 2, 2)),
    ("bounced", 8),
    *(("unsubscribed", number) for number in (6, 7)),
    *((REPLY, number) for number in (0, 3, 3)),
)
"""(what happens, to which lead from the last): some of it twice to the same."""
_MOMENTS = ("opened_at", "replied_at")
"""Fields that say when something happened to a lead."""
_LEADS = 12
ALWAYS: dict[str, Any] = {
    "start_date": None,
    "sending_days": [1, 2, 3, 4, 5, 6, 7],
    "sending_window_start": 0,
    "sending_window_start_minute": 0,
    "sending_window_end": 24,
    "sending_window_end_minute": 0,
    "daily_limit_per_inbox": 5,
    "ramp_up_enabled": False,
}
"""Settings with which a campaign sends at any time, a few mails a day."""


def list_counting(spec: Spec) -> list[Operation]:
    """Return the operations that tell what happened, in figures or times, other than those of a job."""
    return [
        operation
        for operation in spec.operations.values()
        if operation.method == "GET"
        and not any(is_ambiguous(spec, parameter.name) for parameter in operation.parameters_in("path"))
        and any(map(_is_figure, _list_fields(non_null(operation.answer))))
    ]


def _is_figure(name: str) -> bool:
    is_count = name.endswith(("_count", "_rate", "counts", "remaining"))
    return is_count or name.startswith(("total_", "has_")) or name in _MOMENTS


def _list_fields(schema: Schema) -> Iterator[str]:
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from _list_fields(non_null(inner))
    if "items" in schema:
        yield from _list_fields(non_null(schema["items"]))


def write_figures(counting: list[Operation], worlds: Worlds) -> None:
    """Launch a campaign beside another, let its leads act where they can, and ask for all figures."""
    draft = worlds.draft
    draft.label = name_rule(draft.spec, counting[0], FIGURES)
    campaign = draft.make("campaign_id")
    draft.make("campaign_id")
    update = draft.spec.operations["updateCampaign"]
    draft.do(Step("uploadLeads", campaign.path, {}, {"file": draft.maker.values.draw_file(_LEADS)}))
    draft.do(Step("listLeads", campaign.path))
    number = len(draft.steps)
    filled = draft.fill(update, campaign.path)
    draft.do(replace(filled, body={**filled.body, **ALWAYS}) if draft.leave.clock else filled)
    for body in list_launches(update):
        draft.do_if_accepted(Step(update.operation_id, campaign.path, {}, body))
    for operation in counting:
        draft.make_path(operation)
    draft.look(campaign, most=1)
    for kind, index in _EVENTS if draft.leave.events else ():
        text = {"text": f"Yes {index}, é 🙂 ", "category": "interested"} if kind == REPLY else None
        draft.happen(kind, {"lead_id": Ref(number, ("leads", _LEADS - 1 - index, "lead_id"))}, text)
    _look_at_figures(draft, counting, most=2)
    for operation in draft.spec.operations.values():  # what tells no figure, for example links
        names = [parameter.name for parameter in operation.parameters_in("path")]
        is_asked = any(step.operation == operation.operation_id for step in draft.steps)
        if operation.method == "GET" and names == ["campaign_id"] and not is_asked:
            draft.do_if_accepted(Step(operation.operation_id, campaign.path))
    for operation in counting if draft.leave.events else ():
        draft.label = name_rule(draft.spec, operation, FIGURES)
        if "page" in list_queries(operation) and not operation.parameters_in("path"):
            search = {"search": Mark("token")} if "search" in list_queries(operation) else {}
            ask_filters(draft, operation, {}, search)


def _look_at_figures(draft: Draft, counting: list[Operation], most: int) -> None:
    """Ask each operation that counts, for its own rule."""
    for operation in counting:
        draft.label = name_rule(draft.spec, operation, FIGURES)
        draft.look_by(operation, most)
