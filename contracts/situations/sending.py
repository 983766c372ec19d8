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
from .worlds import Worlds

_HOUR = 3600
_MOST_ASKED = 2
"""How many operations are asked after each wait."""
_LEADS = 9
_TEMPLATE = (
    "{{dn_time_of_day}}, {{company|friend}}! {{no_field|Dear}} {{last_name}} {{ City }} {{no_field}}, on "
    "{{dn_day_name}} and {{dn_date 8 days from now dddd, MMMM Do YYYY, h:mm a Z}}.\n\n"
    '{% if last_name contains "Neil" and City != "007" %}with{% elsif company %}or{% else %}out{% endif %} '
    "{% unless company == blank %}name{% endunless %}{% comment %}draft{% endcomment %} "
    "{% raw %}{{last_name}}{% endraw %} "
    f"{'and so on, ' * 20}"
)
"""Each element of a template whose result does not depend on chance; longer than a preview."""
_HTML = {
    "subject_template": "{{first_name|A}} {{company|B}} subject, {{dn_time_of_day}}",
    "email_content": f'<p>{_TEMPLATE}</p>\n\n<p>See <a href="https://example.com/a">this</a> '
    'or <a href="https://example.com/b">that</a>.</p>',
    "content_type": "html",
}
_OTHER_HTML = {**_HTML, "subject_template": "Another subject", "email_content": "<p>Another text</p>"}
"""What nobody gets: who gets which variant is drawn, unless one has all."""
_VIEWS = (
    "listCampaigns",
    "getCampaign",
    "getLeadJourney",
    "getCtr",
    "getTimeline",
    "listLeads",
    "getSubsequenceAnalytics",
    "getQuotas",
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
_SCHEDULE: dict[str, Any] = {
    "start_date": None,
    "timezone": "Asia/Kolkata",
    "sending_days": [1, 3, 4, 5],
    "sending_window_start": 11,
    "sending_window_start_minute": 30,
    "sending_window_end": 15,
    "sending_window_end_minute": 15,
    "daily_limit_per_inbox": 3,
    "ramp_up_enabled": True,
    "ramp_up_increment": 1,
    "ramp_up_max_limit": 3,
    "enable_tracking": True,
    "enable_click_tracking": True,
    "variants": [
        {"variant_name": "A", "distribution_percent": 0, **_OTHER_HTML},
        {"variant_name": "B", "distribution_percent": 100, **_HTML},
    ],
}
"""The clock starts on a Monday at 20:30 in this time zone: on Tuesday nothing is sent."""
_MANY_VARIANTS = [
    {"variant_name": name, "distribution_percent": 25, **(_HTML if name == "A" else _OTHER_HTML)}
    for name in "ABCD"
]
"""As many as there may be; who got A before keeps it."""
_SLOWLY = {
    **ALWAYS,
    "start_date": Mark("noon", "5"),
    "timezone": "Europe/Berlin",
    "sending_days": [5, 6, 7, 1],
    "sending_window_start": 9,
    "sending_window_end": 17,
    "daily_limit_per_inbox": 3,
    "sequences": [],
}
"""It starts on a Saturday at noon; on the next day, when it is COMPLETED, the clocks there go forward."""
_FOLLOW_UPS = [
    {"step_number": 2, "trigger_type": "NOT_REPLIED", "wait_days": 2, "variants": [_HTML]},
    {"step_number": 3, "trigger_type": "NOT_OPENED", "wait_days": 1, "variants": [_HTML]},
    {"step_number": 4, "trigger_type": "OPENED_BUT_NOT_REPLIED", "wait_days": 3, "variants": [_HTML]},
]
_WITH_PAUSE = {
    **ALWAYS,
    "timezone": "UTC",
    "daily_limit_per_inbox": 1,
    "sending_days": [6, 7, 2, 3],
    "variants": [{"variant_name": "A", "distribution_percent": 100, **_HTML}],
    "sequences": _FOLLOW_UPS,
}
"""It is PAUSED on the Tuesday and the Wednesday when follow-ups are due."""
_BRANCH_STEPS = [
    {"wait_seconds": wait, "variants": [{"subject": "A subject", "body": _TEMPLATE}]}
    for wait in (
        30 * _HOUR,
        120 * _HOUR,
    )  # longer than from one window to the next, and than other threads rest
]
_BRANCH_ID = ("entry_edge", "id")
_MOVED = (7, 8)
"""The leads that are moved into the first branch, though nothing has happened."""
_BRANCHES = [
    {
        "trigger_type": "KEYWORD",
        "trigger_params": {"phrases": ["what nobody writes", "TELL me more"]},
        "label": "Interested",
        "steps": _BRANCH_STEPS,
    },
    {
        "trigger_type": "STATUS",
        "trigger_params": {"status": "REPLIED"},
        "priority": 1,
        "label": "Off",
        "steps": _BRANCH_STEPS,
    },
]
"""The second one is switched off."""
_WHILE_NEW = (38, 3, 31, 24)
"""Hours until Wednesday, an hour before the window opens, then in the window, and until two evenings."""
_BEFORE_PAUSE = (44,)
_WHILE_PAUSED = (48,)
_AT_LAST = (96, 72)
_UNTIL_NEXT_MONTH = 16 * 24
_MOST_CHANGED = 1
_EVENTS = (
    *(("opened", 0), ("opened", 4), ("clicked", 4), ("bounced", 1), ("unsubscribed", 2)),
    (REPLY, 3),
)
"""(what happens, to which lead)"""
_SOON_AFTER = 35
"""Until two at night, which is another day in America; the events after that happen late in the evening."""
_OPENED_AGAIN = (("opened", 0), ("opened", 4), ("clicked", 4), (REPLY, 5))
"""On the next day, before any of them gets another mail."""
_LATER_EVENTS = (("opened", 4), ("clicked", 4), ("clicked", 5), (REPLY, 6), (REPLY, 8))
"""The last one was moved into a branch, and has had its first mail."""
_REPLY = {"text": "Please tell me more.", "category": "interested"}
_THANKS = {"text": "Thank you.", "category": None}
_REPLIES = {5: _THANKS, 8: _THANKS}
"""What a lead writes that enters no branch."""


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
    draft.do(Step("listLeads", first.path))
    number = len(draft.steps)
    draft.do(Step("addLead", late.path, {}, {"email": Mark("email", "silent.early")}))
    _launch(draft, first, {**_SCHEDULE, "sequences": _FOLLOW_UPS})
    _launch(draft, other, _SLOWLY)
    _launch(draft, late, {**ALWAYS, **LATER})
    draft.do(Step("uploadLeads", paused.path, {}, {"file": draft.maker.values.draw_file(_LEADS)}))
    for operation in operations:
        draft.make_path(operation)
    leads = [{"lead_id": Ref(number, ("leads", index, "lead_id"))} for index in range(_LEADS)]
    views = _Views(draft, operations, {**first.path, **leads[3]})
    views.wait(_WHILE_NEW)
    _let_happen(draft, leads, _EVENTS)
    views.ask_one(draft.spec.operations["getLeadJourney"])  # the mail of its branch is still to come
    entry = {"target_subsequence_node_id": Ref(branches[0], ("nodes", 0, "id"))}
    moved = [leads[index]["lead_id"] for index in _MOVED]
    elsewhere = {"target_subsequence_node_id": Ref(branches[1], ("nodes", 0, "id"))}
    for target, ids in (
        (entry, moved),
        (elsewhere, moved[:1]),
        (entry, moved),
    ):  # who was there is skipped
        draft.do(Step("moveLeadsToSubsequence", first.path, {}, {"lead_ids": ids, **target}))
    _launch(draft, paused, _WITH_PAUSE)
    draft.happen(WAIT, {}, _SOON_AFTER * _HOUR)
    _let_happen(draft, leads, _OPENED_AGAIN)
    views.wait(_BEFORE_PAUSE)
    draft.do(Step("pauseCampaign", paused.path))
    draft.do(Step("updateCampaign", paused.path, {}, {"variants": _MANY_VARIANTS}))
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

    def wait(self, hours: tuple[int, ...]) -> None:
        """Let time pass, step by step, and ask some operations after each."""
        for each in hours:
            self.draft.happen(WAIT, {}, each * _HOUR)
            self.ask(_MOST_ASKED)

    def ask(self, most: int) -> None:
        """Ask the next operations, each for its own rule."""
        for _ in range(most):
            self.ask_one(self._operations[self._asked % len(self._operations)])
            self._asked += 1

    def ask_one(self, operation: Operation) -> None:
        """Ask an operation for its own rule."""
        self.draft.label = name_rule(self.draft.spec, operation, SENDING)
        names = [parameter.name for parameter in operation.parameters_in("path")]
        if names and self._path.keys() >= set(names):
            self.draft.do(Step(operation.operation_id, {name: self._path[name] for name in names}))
        else:
            self.draft.look_by(operation, 1)


def _branch(draft: Draft, campaign: Made) -> list[int]:
    """Give a campaign its subsequences, and switch the last one off; return the steps that made them."""
    made = []
    for body in _BRANCHES:
        draft.do(Step("createSubsequence", campaign.path, {}, body))
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
