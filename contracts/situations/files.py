"""Files: each row is treated as if it came alone, beside rows that are bad, twice or known."""

from collections.abc import Iterator
from typing import Any

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation

from ..walk.history import Rows, Step
from .draft import Made
from .parts import BULK, name_rule
from .worlds import Worlds

_BAD_ROWS = 101
"""More than a server may report by mistake."""


def find_file(operation: Operation) -> str | None:
    """Return the field of a form that is a file."""
    fields = non_null(operation.body or {}).get("properties", {})
    return next((name for name in fields if non_null(fields[name]).get("format") == "binary"), None)


def write_file(operation: Operation, worlds: Worlds) -> None:
    """Send a file with new rows, then files with the first row changed, a new one twice and bad ones."""
    draft = worlds.draft
    draft.label = name_rule(draft.spec, operation, BULK)
    path = draft.make_path(operation)
    field = find_file(operation) or ""
    known = draft.maker.values.draw_file(2)
    subject = Made(Step(operation.operation_id), "", path)
    draft.do(Step(operation.operation_id, path, {}, {field: known}))
    draft.look(subject, beside=False)
    for options in ({}, *_list_options(operation)):
        changed, new, bad = draft.maker.values.draw_file(3).rows
        again = (known.rows[0][0], *changed[1:])
        many = 1 if options else _BAD_ROWS
        rows = Rows(
            (again, *many * ((("email", "no address"), *bad[1:]),), new, new), ";", has_blank_lines=True
        )
        draft.change(Step(operation.operation_id, path, {}, {**options, field: rows}), subject)


def _list_options(operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield each value but the default of the enumerations and flags of a form."""
    for name, schema in non_null(operation.body or {}).get("properties", {}).items():
        inner = non_null(schema)
        values = (True, False) if inner.get("type") == "boolean" else inner.get("enum") or ()
        yield from ({name: value} for value in values if value != inner.get("default"))
