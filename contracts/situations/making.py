"""Two of everything: what is made by operations that no other situation needs."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mockserver.model.sender_accounts import FAILING_PASSWORD
from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import find_source, list_id_names
from ..walk.history import Step
from .changes import list_changes
from .draft import Draft
from .files import find_file
from .parts import TWO, name_rule
from .several import find_listed_ids
from .worlds import Worlds


def list_other_makers(spec: Spec) -> list[Operation]:
    """Return the operations that make something, but are not the usual source of an id."""
    sources = [source for name in list_id_names(spec) if (source := find_source(spec, name))]
    known = {source.operation.operation_id for source in sources}
    known |= {operation.operation_id for found in list_changes(spec).values() for operation in found}
    return [
        operation
        for operation in spec.operations.values()
        if operation.method == "POST"
        and operation.operation_id not in known
        and find_listed_ids(operation) is None
        and not find_file(operation)
    ]


def write_two(operations: list[Operation], worlds: Worlds) -> None:
    """Make two with every field set, and look at what they have changed."""
    draft = worlds.draft
    for operation in operations:
        draft.label = name_rule(draft.spec, operation, TWO)
        for index in range(2):
            step = draft.fill(operation, draft.make_path(operation))
            draft.do(_add_rows(draft, operation, step) if index else step)
            draft.look(most=1, beside=False)
            if _begins_job(operation):  # only the list tells the ids of what a job has made
                draft.look(most=1, beside=False)


def _begins_job(operation: Operation) -> bool:
    return "job_id" in non_null(operation.answer).get("properties", {})


def _add_rows(draft: Draft, operation: Operation, step: Step) -> Step:
    """Return a step whose body has the first of several rows twice, and some that cannot be connected."""
    body = step.body if isinstance(step.body, dict) else {}
    for name, value in body.items():
        if isinstance(value, list) and value and isinstance(value[0], dict) and name != "attachments":
            bad = [
                {**draft.fill(operation, step.path).body[name][0], **wrong}
                for wrong in _list_wrong(value[0])
                if draft.leave.alone
            ]
            return replace(step, body={**body, name: [*value, value[0], *bad]})
    return step


def _list_wrong(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield fields of an account that cannot be connected; openapi.yaml says of the mock how."""
    for name in row:
        if name.endswith("_password"):
            yield {name: FAILING_PASSWORD}
        elif name.endswith("_host"):
            yield {name: "h.invalid"}
