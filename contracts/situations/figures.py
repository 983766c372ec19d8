"""Unequal figures: each kind of event happens another number of times, and every view counts."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import is_ambiguous
from ..verdict.outcomes import UncheckedError
from ..walk.events import REPLY
from ..walk.history import Ref, Step
from .changes import list_launches
from .draft import Draft, Made
from .filters import (
    ask_amounts,
    ask_filter,
    ask_filters,
    ask_stored_filters,
    list_queries,
    list_sorts,
    make_search,
)
from .parts import FIGURES, name_rule
from .worlds import Worlds

_EVENTS = (
    *(("sent", number) for number in range(15)),
    *(("opened", number) for number in (0, 1, 2, 3, 4, 5, 4, 4)),
    *(("clicked", number) for number in (2, 2)),
    *(("bounced", number) for number in (7, 8, 9, 10)),
    *(("unsubscribed", number) for number in (4, 8)),
    *((REPLY, number) for number in (0, 3, 7, 3)),
    ("failed", 15),
)
"""(what happens, to which lead from the last): some of it twice to the same, or something else, too.

Each happens to another number of leads. Eleven mails arrive, so most rates have to be rounded, some up, and a
count has more digits than that of the other campaign.
"""
_OTHER_EVENTS = (
    *(("sent", 0), ("sent", 1), ("opened", 1), (REPLY, 1), ("sent", 2), ("opened", 2), (REPLY, 2)),
    *((REPLY, 0), (REPLY, 3)),
)
"""What happens in the other campaign, which has another rate of everything, fewer mails and more replies."""
_MOMENTS = ("opened_at", "replied_at")
"""Fields that say when something happened to a lead."""
_LEADS = 16
_MOST_OF_PARTS = 2
"""How many readings are asked of an operation on a campaign, a lead or the like."""
_OTHER_LEADS = 4
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


def let_all_happen(worlds: Worlds) -> Made:
    """Launch two campaigns, and let their leads act where they can; return the first."""
    if worlds.launched:
        return worlds.launched
    draft = worlds.draft
    campaign, leads = launch(draft, _LEADS)
    _, others = launch(draft, _OTHER_LEADS, beside="addLead")
    worlds.launched = campaign
    for chosen, events in ((leads, _EVENTS), (others, _OTHER_EVENTS)):
        worlds.writers += {index: chosen[index] for kind, index in events if kind == REPLY}.values()
    for operation in list_counting(draft.spec):
        with suppress(UncheckedError):  # no thread, for example, where no mail may be sent
            draft.make_path(operation)
    if draft.leave.events:
        _ask_flags(draft)
        _find_direct_reader(worlds)
    for chosen, events in ((leads, _EVENTS), (others, _OTHER_EVENTS)) if draft.leave.events else ():
        for number, (kind, index) in enumerate(events):
            category = "not_interested" if (kind, index) in events[:number] else "interested"
            text = {"text": f"Yes {index}, é 🙂 ", "category": category} if kind == REPLY else None
            draft.happen(kind, {"lead_id": chosen[index]}, text)
    if draft.leave.events:
        _ask_flags(draft)
    return campaign


def _find_direct_reader(worlds: Worlds) -> None:
    """Note who is in no campaign and got a mail, if there is anybody: they write later, with the others."""
    draft = worlds.draft
    if draft.pools.has("thread_id"):
        threads = draft.spec.operations["listReplies"]
        draft.do(Step(threads.operation_id, {}, make_search(threads)))
        worlds.writers.append(Ref(len(draft.steps), ("conversations", 0, "lead_id")))


def let_more_happen(worlds: Worlds) -> None:
    """Let those who have written write once more, whose threads may have been read, and who got a mail."""
    for number, lead_id in enumerate(worlds.writers if worlds.draft.leave.events else ()):
        text = {"text": f"Once more {number}", "category": None}
        worlds.draft.happen(REPLY, {"lead_id": lead_id}, text)


def launch(draft: Draft, count: int, *, beside: str = "") -> tuple[Made, list[Ref]]:
    """Launch a campaign with so many leads; return it with these, the last one first.

    Another operation may make one more lead, who comes from no file.
    """
    campaign = draft.make("campaign_id")
    if beside:
        draft.do(draft.fill(draft.spec.operations[beside], campaign.path))
    update = draft.spec.operations["updateCampaign"]
    draft.do(Step("uploadLeads", campaign.path, {}, {"file": draft.maker.values.draw_file(count)}))
    draft.do(Step("listLeads", campaign.path))
    number = len(draft.steps)
    filled = draft.fill(update, campaign.path)
    draft.do(replace(filled, body={**filled.body, **ALWAYS}) if draft.leave.clock else filled)
    for body in list_launches(update):
        draft.do_if_accepted(Step(update.operation_id, campaign.path, {}, body))
    return campaign, [Ref(number, ("leads", index, "lead_id")) for index in reversed(range(count))]


def _ask_flags(draft: Draft) -> None:
    """Ask for whom something has happened: a server may keep what it has found before."""
    for operation in draft.spec.operations.values():
        for name in list_flags(operation):
            draft.do(Step(operation.operation_id, {}, {**make_search(operation), name: True}))
    _ask_by_figures(draft, draft.spec.operations["listCampaigns"])


def _ask_by_figures(draft: Draft, operation: Operation) -> None:
    """Ask a list in the order of each figure."""
    for order in list_sorts(operation):
        if order["sort_by"].endswith("_count"):
            draft.do(Step(operation.operation_id, {}, {**make_search(operation), **order}))


def list_flags(operation: Operation) -> list[str]:
    """Return the filters of a list that say whether something has happened."""
    queries = list_queries(operation)
    is_list = operation.method == "GET" and "page" in queries and not operation.parameters_in("path")
    return [name for name, schema in queries.items() if is_list and schema.get("type") == "boolean"]


def write_figures(counting: list[Operation], worlds: Worlds) -> None:
    """Let much happen, and ask for all figures."""
    draft = worlds.draft
    draft.label = name_rule(draft.spec, counting[0], FIGURES)
    campaign = let_all_happen(worlds)
    _look_at_figures(draft, counting)
    for operation in draft.spec.operations.values():  # what tells no figure, for example links
        names = [parameter.name for parameter in operation.parameters_in("path")]
        is_asked = any(step.operation == operation.operation_id for step in draft.steps)
        if operation.method == "GET" and names == ["campaign_id"] and not is_asked:
            draft.do_if_accepted(Step(operation.operation_id, campaign.path))
    for operation in draft.spec.operations.values() if draft.leave.events else ():
        draft.label = name_rule(draft.spec, operation, FIGURES)
        ask_stored_filters(draft, operation)
    for operation in counting if draft.leave.events else ():
        draft.label = name_rule(draft.spec, operation, FIGURES)
        plain = Step(operation.operation_id, {}, make_search(operation))
        if list_flags(operation):
            ask_filters(draft, plain)
        if not operation.parameters_in("path"):
            ask_amounts(draft, operation)
        if [parameter.name for parameter in operation.parameters_in("path")] == ["campaign_id"]:
            ask_filter(draft, Step(operation.operation_id, campaign.path), "status")


def _look_at_figures(draft: Draft, counting: list[Operation]) -> None:
    """Ask each operation that counts, for its own rule."""
    for operation in counting:
        draft.label = name_rule(draft.spec, operation, FIGURES)
        draft.look_by(operation, _MOST_OF_PARTS if operation.parameters_in("path") else 1)
