"""Two of everything: what is made by operations that no other situation needs."""

from dataclasses import replace

from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import find_source, list_id_names
from ..walk.history import Step
from .changes import list_changes
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
            draft.do(_repeat_rows(step) if index else step)
            draft.look(most=1, beside=False)


def _repeat_rows(step: Step) -> Step:
    """Return a step whose body has the first of several rows twice."""
    body = step.body if isinstance(step.body, dict) else {}
    rows = {
        name: [*value, value[0]]
        for name, value in body.items()
        if isinstance(value, list) and value and isinstance(value[0], dict) and name != "attachments"
    }
    return replace(step, body={**body, **rows}) if rows else step
