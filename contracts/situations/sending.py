"""Sending: campaigns with all settings of a schedule, whose mails go out over two weeks of a stand-in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockserver.openapi.spec import Operation, Spec

from ..api.api import LATER
from ..verdict.outcomes import UncheckedError
from ..walk.events import REPLY, WAIT
from ..walk.history import Mark, Ref, Rows, Step
from .changes import list_launches
from .draft import Draft, Made
from .figures import ALWAYS
from .filters import ask_filter, list_queries, list_sorts, make_search
from .parts import SENDING, name_rule
from .schedules import BRANCHES, FOLLOW_UPS, MANY_VARIANTS, SCHEDULE, SLOWLY, WITH_PAUSE
from .worlds import Worlds

_HOUR = 3600
_MOST_ASKED = 2
"""How many operations are asked after each wait."""
_LEADS = 9
_VIEWS = (
    "getQuotas",
    "listCampaigns",
    "getCampaign",
    "getLeadJourney",
    "getCtr",
    "getTimeline",
    "listLeads",
    "getSubsequenceAnalytics",
    "getLead",
    "getCtrLinks",
    "getCampaignAnalytics",
    "listContacts",
    "getDailyUsage",
    "getSenderAccount",
    "listReplies",
    "listThreadMessages",
)
"""Operations that tell what was sent to whom, and when, in the order in which they are asked."""
_BRANCH_ID = ("entry_edge", "id")
_MOVED = (7, 8)
"""The leads that are moved into the first branch, though nothing has happened."""
_WHILE_NEW = (38, 3, 31, 24)
"""Hours until Wednesday, an hour before the window opens, then in the window, and until two evenings."""
_BEFORE_PAUSE = (44,)
_WHILE_PAUSED = (48,)
_AT_LAST = (96, 72)
_UNTIL_NEXT_MONTH = 16 * 24
_MOST_CHANGED = 1
_EVENTS = (
    *(("opened", 0), ("opened", 4), ("clicked", 4), ("bounced", 1), ("unsubscribed", 2)),
    *(("opened", 3), (REPLY, 3)),
)
"""(what happens, to which lead); the last one gets more mails, which it does not open."""
_SOON_AFTER = 35
"""Until two at night, which is another day in America; the events after that happen late in the evening."""
_BY_DAY = ("getDailyUsage", "getQuotas")
"""What begins anew at midnight in UTC."""
_OPENED_AGAIN = (("opened", 0), ("opened", 4), ("clicked", 4), (REPLY, 5))
"""On the next day, before any of them gets another mail."""
_LATER_EVENTS = (("opened", 4), ("clicked", 4), ("clicked", 5), (REPLY, 6), (REPLY, 8))
"""The last one was moved into a branch, and has had its first mail."""
_REPLY = {"text": "Please tell me more.", "category": "interested"}
_REPLIES = {
    3: {"text": "Please tell me more.", "category": "not_interested"},
    5: {"text": "Rather not.", "category": "not_interested"},
    8: {"text": "Thank you.", "category": None},
}
"""What a lead writes that enters another branch, none, or the first of two."""


def list_sending(spec: Spec) -> list[Operation]:
    """Return the operations that tell what was sent to whom, and when."""
    return [spec.operations[name] for name in _VIEWS if name in spec.operations]


def write_sending(operations: list[Operation], worlds: Worlds) -> None:
    """Let campaigns send, and ask before, in and after each window.

    Two campaigns have the same people, some of whom want no mail after a while. The second one starts
    on a Friday, sends slowly, is COMPLETED, and gets another lead. A third one starts years later. A fourth
    one is launched days after it was made, and paused for a while.
    Raises UncheckedError where the clock cannot be moved.
    """
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operations[0], SENDING)
    if not (draft.leave.clock and draft.leave.launch and draft.leave.events):
        raise UncheckedError("needs a stand-in whose clock can be moved")
    file = _leave_out(draft.maker.values.draw_file(_LEADS))
    first, other, late, paused = (draft.make("campaign_id") for _ in range(4))
    branches = _branch(draft, first)
    for campaign in (first, other):
        draft.do(Step("uploadLeads", campaign.path, {}, {"file": file}))
    draft.do(Step("addLead", other.path, {}, {"email": Mark("email", "open.unseen")}))
    draft.do(Step("listLeads", first.path))
    number = len(draft.steps)
    draft.do(Step("addLead", late.path, {}, {"email": Mark("email", "silent.early")}))
    _launch(draft, first, {**SCHEDULE, "sequences": FOLLOW_UPS})
    _launch(draft, other, SLOWLY)
    _launch(draft, late, {**ALWAYS, **LATER})
    draft.do(Step("uploadLeads", paused.path, {}, {"file": draft.maker.values.draw_file(_LEADS)}))
    for operation in operations:
        draft.make_path(operation)
    leads = [{"lead_id": Ref(number, ("leads", index, "lead_id"))} for index in range(_LEADS)]
    path = {**first.path, **leads[3]}
    draft.do(Step("updateLead", path, {}, {"company": " "}))
    views = _Views(draft, operations, path)
    views.wait(_WHILE_NEW)
    _let_happen(draft, leads, _EVENTS)
    views.ask_one(draft.spec.operations["getLeadJourney"])  # the mail of its branch is still to come
    _move_into_branches(draft, first, leads, branches)
    _launch(draft, paused, WITH_PAUSE)
    views.wait((_SOON_AFTER,), _BY_DAY)
    _let_happen(draft, leads, _OPENED_AGAIN)
    views.wait(_BEFORE_PAUSE)
    draft.do(Step("pauseCampaign", paused.path))
    draft.do(Step("updateCampaign", paused.path, {}, {"variants": MANY_VARIANTS}))
    _edit_follow_ups(draft, paused)
    views.wait(_WHILE_PAUSED)
    draft.do(Step("listLeads", paused.path))
    _let_happen(draft, leads, _LATER_EVENTS)
    draft.label = name_rule(draft.spec, draft.spec.operations["getCampaign"], SENDING)
    for step in (
        Step("updateCampaign", paused.path, {}, {"launch": True}),
        Step("activateCampaign", other.path),
        Step("updateCampaign", other.path, {}, {"enable_tracking": False}),
        Step("addLead", other.path, {}, {"email": Mark("email", "silent.late")}),
        Step("getCampaign", other.path),
    ):
        draft.do(step)
    views.wait(_AT_LAST[:1])
    views.ask_one(draft.spec.operations["listReplies"])
    views.wait(_AT_LAST[1:])
    views.ask(len(operations))
    draft.label = name_rule(draft.spec, draft.spec.operations["listLeads"], SENDING)
    draft.do(Step("listLeads", other.path))
    for operation in operations:
        draft.label = name_rule(draft.spec, operation, SENDING)
        if not operation.parameters_in("path"):
            _ask_by_time(draft, operation)
    _look_back(views, {**first.path, "subsequence_id": Ref(branches[0], _BRANCH_ID)})
    draft.do(Step("deleteCampaign", other.path))  # which is COMPLETED
    _keep_used_account(draft, late)


def _move_into_branches(
    draft: Draft, campaign: Made, leads: list[dict[str, Any]], branches: list[int]
) -> None:
    """Move leads into the first branch, one into the last, and all once more: who is there is skipped."""
    moved = [leads[index]["lead_id"] for index in _MOVED]
    for number, ids in ((branches[0], moved), (branches[-1], moved[:1]), (branches[0], moved)):
        target = {"target_subsequence_node_id": Ref(number, ("nodes", 0, "id"))}
        draft.do(Step("moveLeadsToSubsequence", campaign.path, {}, {"lead_ids": ids, **target}))


def _edit_follow_ups(draft: Draft, paused: Made) -> None:
    """Send the stored step again; move a follow-up to a step that is taken and to a free one; replace it."""
    draft.do(Step("getCampaign", paused.path))
    number = len(draft.steps)
    draft.do(Step("updateCampaign", paused.path, {}, {"current_step": Ref(number, ("current_step",))}))
    first, last = (Ref(number, ("sequences", index, "sequence_id")) for index in (0, -1))
    taken, free = FOLLOW_UPS[1]["step_number"], FOLLOW_UPS[-1]["step_number"] + 2
    for edits in (
        [{"action": "add", **FOLLOW_UPS[1]}],
        [{"action": "edit", "sequence_id": first, "step_number": taken}],
        [{"action": "edit", "sequence_id": last, "step_number": free}],
        [{"action": "delete", "sequence_id": last}, {"action": "add", **FOLLOW_UPS[-1], "step_number": free}],
    ):
        draft.do(Step("updateCampaign", paused.path, {}, {"sequence_edits": edits}))


def _keep_used_account(draft: Draft, campaign: Made) -> None:
    """Delete, in both ways, an account that only a PAUSED campaign uses: it stays."""
    account = draft.make("inbox_id").path
    draft.label = name_rule(draft.spec, draft.spec.operations["getSenderAccount"], SENDING)
    ids = {"inbox_ids": [account["inbox_id"]]}
    draft.do(Step("pauseCampaign", campaign.path))
    draft.do(Step("updateCampaign", campaign.path, {}, ids))
    draft.do(Step("bulkDeleteSenderAccounts", {}, {}, {**ids, "confirm_deletion": True}))
    draft.do(Step("deleteSenderAccount", account))


def _look_back(views: "_Views", branch: dict[str, Any]) -> None:
    """Ask in the next month, and after a branch was deleted: who was in it stays known."""
    draft = views.draft
    draft.happen(WAIT, {}, _UNTIL_NEXT_MONTH * _HOUR)
    views.ask_one(draft.spec.operations["getSenderAccount"])
    draft.do(Step("deleteSubsequence", branch))
    for name in ("getLeadJourney", "getSubsequenceAnalytics"):
        views.ask_one(draft.spec.operations[name])
    draft.look(most=_MOST_CHANGED, beside=False)


def _ask_by_time(draft: Draft, operation: Operation) -> None:
    """Ask a list for the days on which something happened, and in each order."""
    plain = Step(operation.operation_id, {}, make_search(operation))
    for name in ("days", "from_date", "to_date"):
        ask_filter(draft, plain, name)
    if {"from_date", "to_date"} <= list_queries(operation).keys():
        draft.do(replace(plain, query={"from_date": Mark("day", "2"), "to_date": Mark("day", "1")}))
    for order in list_sorts(operation):
        step = replace(plain, query={**plain.query, **order})
        if draft.try_out(step).body != draft.try_out(plain).body:
            draft.do(step)


class _Views:
    """The operations that tell what was sent, which are asked in turn."""

    def __init__(self, draft: Draft, operations: list[Operation], path: Mapping[str, Any]) -> None:
        """`path` leads to the campaign and the lead that are asked for."""
        self.draft = draft
        self._operations = operations
        self._path = path
        self._asked = 0

    def wait(self, hours: tuple[int, ...], names: tuple[str, ...] = ()) -> None:
        """Let time pass, step by step, and ask these operations after each, or else the next ones."""
        for each in hours:
            self.draft.happen(WAIT, {}, each * _HOUR)
            for name in names:
                self.ask_one(self.draft.spec.operations[name])
            self.ask(0 if names else _MOST_ASKED)

    def ask(self, most: int) -> None:
        """Ask the next operations, each for its own rule."""
        for _ in range(most):
            self.ask_one(self._operations[self._asked % len(self._operations)])
            self._asked += 1

    def ask_one(self, operation: Operation) -> None:
        """Ask an operation for its own rule, about the campaign and the lead if it needs any."""
        self.draft.label = name_rule(self.draft.spec, operation, SENDING)
        needed = {each.name: each.location for each in operation.parameters if each.required}
        if needed and self._path.keys() >= needed.keys():
            path, query = (
                {name: self._path[name] for name in needed if needed[name] == location}
                for location in ("path", "query")
            )
            self.draft.do(Step(operation.operation_id, path, query))
        else:
            self.draft.look_by(operation, 1)


def _branch(draft: Draft, campaign: Made) -> list[int]:
    """Give a campaign its subsequences, and switch the last one off; return the steps that made them.

    Each but the first hangs off the second node of the main chain.
    """
    draft.do(Step("updateCampaign", campaign.path, {}, {"sequences": FOLLOW_UPS}))
    draft.do(Step("getFlow", campaign.path))
    node = {"entry_from_node_id": Ref(len(draft.steps), ("nodes", 1, "id"))}
    made: list[int] = []
    for body in BRANCHES:
        draft.do(Step("createSubsequence", campaign.path, {}, {**body, **(node if made else {})}))
        made.append(len(draft.steps))
    path = {**campaign.path, "subsequence_id": Ref(made[-1], _BRANCH_ID)}
    draft.do(Step("updateSubsequence", path, {}, {"is_active": False}))
    return made


def _leave_out(file: Rows) -> Rows:
    """Return a file in which some have no first name and others no company, which a template may name."""
    rows = []
    for index, row in enumerate(file.rows):
        missing = ("first_name", "company")[index % 2]
        rows.append(tuple((name, "" if name == missing else value) for name, value in row))
    return replace(file, rows=tuple(rows))


def _let_happen(draft: Draft, leads: list[dict[str, Any]], events: tuple[tuple[str, int], ...]) -> None:
    for kind, index in events:
        draft.happen(kind, leads[index], _REPLIES.get(index, _REPLY) if kind == REPLY else None)


def _launch(draft: Draft, campaign: Made, settings: dict[str, Any]) -> None:
    """Give a campaign its settings, and launch it."""
    update = draft.spec.operations["updateCampaign"]
    filled = draft.fill(update, campaign.path)
    draft.do(replace(filled, body={**filled.body, **settings}))
    for body in list_launches(update):
        draft.do_if_accepted(Step(update.operation_id, campaign.path, {}, body))
