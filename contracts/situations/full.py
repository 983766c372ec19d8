"""What is full: it takes as much as it may, and no more until there is room again."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..verdict.outcomes import UncheckedError
from ..walk.history import Ref, Rows, Step
from .draft import Draft
from .files import find_file, list_files
from .parts import FULL, name_rule
from .worlds import Worlds

_TEST = "sendTestEmail"
_FEW_MAILS = 2
_ONE, _SEVERAL = "createNativeSenderAccount", "bulkCreateNativeSenderAccounts"


def list_filling(spec: Spec) -> list[Operation]:
    """Return the operations that can fill something."""
    return [*list_files(spec), *(spec.operations[name] for name in (_TEST, _ONE, _SEVERAL))]


def write_full(operations: list[Operation], worlds: Worlds) -> None:
    """Send files with as many rows as they may have, and one more; fill a domain, and the day of an account.

    Raises UncheckedError where others would have what is left behind.
    """
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operations[0], FULL)
    if not draft.leave.alone:
        raise UncheckedError("needs a mock that has workspaces for it alone")
    for operation in operations:
        draft.label = name_rule(draft.spec, operation, FULL)
        if operation.operation_id == _SEVERAL:
            _fill_domain(draft)
        elif operation.operation_id == _TEST:
            _fill_day(draft, operation)
        elif find_file(operation):
            for step in _list_files(draft, operation):
                draft.do(step)


def _list_files(draft: Draft, operation: Operation) -> Iterator[Step]:
    """Yield a file of as many rows as it may have, and one with one more; they name one person."""
    name = find_file(operation) or ""
    most = Extensions(non_null(non_null(operation.body or {})["properties"][name])).max_rows or 0
    path, row = draft.make_path(operation), draft.maker.values.draw_file(1).rows[0][:1]
    for count in (most, most + 1):
        yield Step(operation.operation_id, path, {}, {name: Rows((row,) * count)})


def _fill_day(draft: Draft, operation: Operation) -> None:
    """Let an account send what it may in a day, and one mail more; ask how much is left."""
    account = draft.fill(draft.spec.operations["createSmtpSenderAccount"], {})
    draft.do(replace(account, body={**account.body, "daily_limit": _FEW_MAILS}))
    path = {"inbox_id": Ref(len(draft.steps), ("inbox_id",))}
    for number in range(_FEW_MAILS + 1):
        draft.do(draft.fill(operation, path))
        if number == _FEW_MAILS - 1:
            draft.do(Step("getDailyUsage"))


def _fill_domain(draft: Draft) -> None:
    """Make as many accounts of a domain as it has room for, one more, and two where there is room for one."""
    one, several = draft.spec.operations[_ONE], draft.spec.operations[_SEVERAL]
    domain = draft.make("domain_id", several)
    body: dict[str, Any] = {"domain_id": domain.path["domain_id"]}
    schema = non_null(non_null(several.body or {})["properties"]["inboxes"])
    rows = [
        {"email_prefix": f"full{index}", "display_name": "A name"} for index in range(schema["maxItems"] + 3)
    ]
    *all_rows, last, other, another = rows
    draft.do(Step(_SEVERAL, {}, {}, {**body, "inboxes": all_rows}))
    draft.label = name_rule(draft.spec, one, FULL)
    draft.do(Step(_ONE, {}, {}, {**body, **last}))
    draft.do(Step("listSenderAccounts", {}, {"limit": 1}))
    draft.do(
        Step("deleteSenderAccount", {"inbox_id": Ref(len(draft.steps), ("sender_accounts", 0, "inbox_id"))})
    )
    draft.label = name_rule(draft.spec, several, FULL)
    draft.do(Step(_SEVERAL, {}, {}, {**body, "inboxes": [other, another]}))
    draft.do(Step("getDomain", domain.path))
