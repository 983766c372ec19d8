"""Files: each row is treated as if it came alone, beside rows that are bad, twice or known."""

from collections.abc import Iterator
from typing import Any

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..walk.history import Rows, Step
from .draft import Draft, Made
from .parts import BULK, name_rule
from .values import MAPPING
from .worlds import Worlds

_BAD_ROWS = 101
"""More than a server may report by mistake."""

_MOST_TARGETS = 2
"""How many known ones, and as many new ones, are tried until a form accepts one."""


def find_file(operation: Operation) -> str | None:
    """Return the field of a form that is a file."""
    fields = non_null(operation.body or {}).get("properties", {})
    return next((name for name in fields if non_null(fields[name]).get("format") == "binary"), None)


def write_file(operation: Operation, worlds: Worlds) -> None:
    """Send a file with new rows, then files with the first row changed, a new one twice and bad ones.

    One field of the first row is empty then.
    """
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operation, BULK)
    path = draft.make_path(operation)
    field = find_file(operation) or ""
    known = draft.maker.values.draw_file(2)
    subject = Made(Step(operation.operation_id), "", path)
    draft.do(Step(operation.operation_id, path, {}, {field: known}))
    draft.look(subject, beside=False)
    for number, options in enumerate(({}, *list_options(operation))):
        changed, new, bad = draft.maker.values.draw_file(3).rows
        again = (known.rows[0][0], (changed[1][0], ""), *changed[2:])
        many = 1 if options else _BAD_ROWS
        rows = Rows(
            (again, *many * ((("email", "no address"), *bad[1:]),), new, new),
            ";",
            has_blank_lines=True,
            is_of_spreadsheet=number % 2 == 1,
        )
        draft.change(Step(operation.operation_id, path, {}, {**options, field: rows}), subject)


def list_files(spec: Spec) -> list[Operation]:
    """Return the operations that take a file."""
    return [operation for operation in spec.operations.values() if find_file(operation)]


def list_targets(draft: Draft, operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield what a form may name, for example a list that all rows join: those made last, then new ones."""
    for name in non_null(operation.body or {}).get("properties", {}):
        if name.endswith("_id"):
            yield from ({name: known.ref} for known in draft.pools.list_recent(name, _MOST_TARGETS))
            yield from ({name: draft.make(name).path[name]} for _ in range(_MOST_TARGETS))


def list_options(operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield each value but the default of the enumerations, flags and maps of a form, flags last."""
    fields = non_null(operation.body or {}).get("properties", {})
    inner = {name: non_null(schema) for name, schema in fields.items()}
    for name, schema in sorted(inner.items(), key=lambda each: each[1].get("type") == "boolean"):
        values = (True, False) if schema.get("type") == "boolean" else schema.get("enum") or ()
        if "contentMediaType" in schema:
            values = (MAPPING,)
        yield from ({name: value} for value in values if value != schema.get("default"))
