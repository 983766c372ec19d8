"""Data: the tables of the workspace, their rows, and each record; as rows and as JSON."""

import json
from collections.abc import Hashable, Iterator
from typing import Any

from ...http.messages import Response
from ..pages import answer_file, render
from ..show import show_view
from ..view import Route, View
from ..visit import Visit
from .paging import read_page

MOST_ROWS = 100
"""Of a table at once."""
_MOST_CHARACTERS = 80
"""Of a value in a row; the page of the record has all of it."""
_JSON = "application/json"


def show_tables(visit: Visit) -> Response:
    """Show the tables with the number of their records."""
    return show_view(visit, VIEW, "data/tables.html", **_describe_tables(visit))


def show_table(visit: Visit) -> Response:
    """Show a page of the rows of a table."""
    table = _find(visit, "table")
    if table not in visit.desk.states.forms:
        return _miss(visit, f"No table is called {table}")
    return show_view(visit, VIEW, "data/table.html", title=table, **_describe_rows(visit, table))


def show_record(visit: Visit) -> Response:
    """Show one record."""
    table, record_id = _find(visit, "table"), _find(visit, "record_id")
    described = _describe_record(visit, table, record_id)
    if described is None:
        return _miss(visit, f"The table {table} has no record {record_id}")
    return show_view(visit, VIEW, "data/record.html", title=f"{table} {record_id}", **described)


def send_table(visit: Visit) -> Response:
    """Send all records of a table as JSON."""
    return _send(visit.ask("listRecords", table=visit.path["table"])["records"])


def send_record(visit: Visit) -> Response:
    """Send one record as JSON."""
    shown = visit.ask("showRecord", table=visit.path["table"], record_id=visit.path["record_id"])
    return _send(shown["record"])


def mark(visit: Visit) -> Hashable:
    """Return what is equal as long as no record changes."""
    workspace = visit.used_workspace
    return (id(workspace), workspace.undo_log.changes) if workspace else None


def update(visit: Visit, _before: Any) -> str:
    """Return what the page shows anew."""
    table, record_id = _find(visit, "table"), _find(visit, "record_id")
    if not table:
        return render("data/counts.html", is_update=True, **_describe_tables(visit))
    if not record_id:
        return render("data/rows.html", is_update=True, **_describe_rows(visit, table))
    described = _describe_record(visit, table, record_id)
    if described is None:
        return render("data/removed.html", visit=visit, table=table)
    return render("data/fields.html", is_update=True, **described)


def _find(visit: Visit, name: str) -> str:
    """Return a part of the address of a page, or of its stream."""
    return visit.path.get(name, "") or visit.value(name)


def _miss(visit: Visit, text: str) -> Response:
    return show_view(visit, VIEW, "data/missing.html", title="Not found", status=404, text=text)


def _send(value: Any) -> Response:
    return answer_file(json.dumps(value, ensure_ascii=False, indent=2) + "\n", _JSON)


def _describe_tables(visit: Visit) -> dict[str, Any]:
    counts = {} if visit.problem else visit.ask("showWorkspace")["counts"]
    return {"visit": visit, "counts": counts}


def _describe_rows(visit: Visit, table: str) -> dict[str, Any]:
    number = read_page(visit)
    shown: dict[str, Any] = {"total": 0, "records": []}
    if not visit.problem:
        shown = visit.ask("listRecords", query={"limit": MOST_ROWS, "page": number}, table=table)
    form = visit.desk.states.forms[table]
    key = visit.desk.states.keys[table]
    columns = [key, *(name for name in form.schema["properties"] if name != key)]
    return {
        "visit": visit,
        "table": table,
        "key": key,
        "columns": columns,
        "rows": [list(_describe_values(visit, table, record, columns)) for record in shown["records"]],
        "total": shown["total"],
        "first": (number - 1) * MOST_ROWS + 1,
        "page": number,
        "pages": max(1, -(-shown["total"] // MOST_ROWS)),
    }


def _describe_record(visit: Visit, table: str, record_id: str) -> dict[str, Any] | None:
    """Return the fields of a record; None when there is no such record."""
    workspace = visit.workspace
    if table not in workspace.tables or workspace.tables[table].find(record_id) is None:
        return None
    record = visit.ask("showRecord", table=table, record_id=record_id)["record"]
    return {
        "visit": visit,
        "table": table,
        "record_id": record_id,
        "fields": dict(zip(record, _describe_values(visit, table, record, list(record)), strict=True)),
        "text": json.dumps(record, ensure_ascii=False, indent=2),
    }


def _describe_values(
    visit: Visit, table: str, record: dict[str, Any], columns: list[str]
) -> Iterator[dict[str, str]]:
    """Yield the text of each value, and the address of the record that it identifies."""
    key, references = visit.desk.states.keys[table], visit.desk.states.forms[table].references
    for name in columns:
        value = record.get(name)
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        target = table if name == key else references.get(name)
        is_link = target and isinstance(value, str) and value
        yield {
            "text": text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…",
            "link": visit.link(f"/data/{target}/{value}") if is_link else "",
        }


ROUTES: tuple[Route, ...] = (
    ("GET", "/data", show_tables),
    ("GET", "/data/{table}", show_table),
    ("GET", "/data/{table}/{record_id}", show_record),
    ("GET", "/console/data/{table}", send_table),
    ("GET", "/console/data/{table}/{record_id}", send_record),
)
VIEW = View("data", "Data", "/data", ROUTES, mark, update)
