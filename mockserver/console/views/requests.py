"""Requests: what the application asked, what was answered, and why."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any, NamedTuple

from ...http.entry import Entry
from ...http.journal import Filters
from ...http.messages import Response
from ...reproduction import write_har
from ..messages import act, report
from ..pages import answer_file, render
from ..show import show_view
from ..updates import take_breaks
from ..view import Route, View
from ..visit import Visit
from .exchange import fail_next, send_again, send_body, show_exchange
from .paging import read_number

MOST_ROWS = 200
"""Of the list at once."""
_FILTERS = ("method", "operation", "status", "text", "keyless")


def show_list(visit: Visit) -> Response:
    """Show the exchanges, newest first."""
    return show_view(visit, VIEW, "requests/list.html", **_describe_list(visit))


def show_one(visit: Visit) -> Response:
    """Show one exchange."""
    return show_exchange(visit, VIEW)


def export_har(visit: Visit) -> Response:
    """Send what the page shows, the list or one exchange, as an HTTP Archive."""
    number = visit.value("number")
    shown = [entry for entry in _select(visit, is_whole=True) if number in ("", str(entry.number))]
    archive = write_har(reversed(shown), visit.base_url)
    return answer_file(json.dumps(archive, ensure_ascii=False), "application/json", "requests.har")


def export_capsule(visit: Visit) -> Response:
    """Send what reproduces the exchanges with the workspace."""
    return visit.download("exportCapsule", "capsule.json")


def clear(visit: Visit) -> Response:
    """Forget the exchanges of the workspace."""
    return act(visit, lambda: report(f"Forgotten: {visit.ask('clearJournal')['removed']} requests"))


def mark(visit: Visit) -> tuple[int, ...]:
    """Return the numbers of the newest exchanges."""
    return visit.desk.journal.mark(visit.name)


def update(visit: Visit, before: tuple[int, ...] | None) -> str:
    """Return the rows that are new; the whole list when the page shows another one."""
    present = mark(visit)
    if before is None or not before[0] or any(new < old for new, old in zip(present, before, strict=True)):
        return render("requests/rows.html", is_update=True, **_describe_list(visit))
    rows = map(_describe, islice(_select(visit, after=max(before)), MOST_ROWS))
    newest = next(rows, None)
    if newest is None:
        return ""
    # Each row is described when the template comes to it.
    return render("requests/new_rows.html", visit=visit, entries=take_breaks(chain([newest], rows)))


def _describe_list(visit: Visit) -> dict[str, Any]:
    journal, spec = visit.desk.journal, visit.desk.spec
    before = read_number(visit.value("before"))
    found = (entry for entry in _select(visit) if not before or entry.number < before)
    selected = list(islice(take_breaks(found), MOST_ROWS + 1))
    return {
        "visit": visit,
        "entries": [_describe(entry) for entry in selected[:MOST_ROWS]],
        "older": selected[MOST_ROWS - 1].number if len(selected) > MOST_ROWS else None,
        "most": MOST_ROWS,
        "has_own": journal.count(workspace=visit.name) > 0,
        "is_off": visit.desk.settings.journal == 0,
        "filters": {name: visit.value(name) for name in _FILTERS},
        "is_filtered": any(visit.value(name) for name in _FILTERS),
        "operations": spec.operations,
        "methods": sorted({operation.method for operation in spec.operations.values()}),
        "create": spec.operations["createCampaign"],
    }


def _select(visit: Visit, *, after: int = 0, is_whole: bool = False) -> Iterator[Entry]:
    """Yield the exchanges that pass the filters, newest first: those with a number greater than `after`.

    Unless they are to be whole, headers and bodies may lack.
    """
    wanted = {name: visit.value(name).strip().casefold() for name in _FILTERS}
    journal, asked = visit.desk.journal, Filters(workspace=visit.name, since=0, after=after)
    is_outline = not wanted["text"] and not is_whole
    entries = journal.outline(**asked) if is_outline else reversed(journal.select(**asked))
    return (entry for entry in entries if _passes(entry, wanted))


def _passes(entry: Entry, wanted: dict[str, str]) -> bool:
    status = wanted["status"].rstrip("x")
    return (
        wanted["method"] in ("", entry.method.casefold())
        and wanted["operation"] in ("", (entry.operation or "").casefold())
        and (not status or str(entry.status).startswith(status))
        and (not wanted["keyless"] or entry.workspace is None)
        and (not wanted["text"] or any(wanted["text"] in text.casefold() for text in _list_texts(entry)))
    )


def _list_texts(entry: Entry) -> Iterable[str]:
    yield from (entry.path, entry.query, entry.operation or "", entry.why, entry.fault or "")
    yield from (body.decode("utf-8", "replace") for body in (entry.request, entry.response))


class _Row(NamedTuple):
    """What the list shows of an exchange; attributes, since a template reads them fastest."""

    number: int
    at: str
    time: str
    method: str
    target: str
    operation: str | None
    status: int
    why: str
    milliseconds: str
    is_keyless: bool
    is_own: bool


def _describe(entry: Entry) -> _Row:
    at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="milliseconds")
    return _Row(
        number=entry.number,
        at=at[:-6] + "Z",
        time=at[11:23],
        method=entry.method,
        target=entry.path + (f"?{entry.query}" if entry.query else ""),
        operation=entry.operation,
        status=entry.status,
        why=entry.why or (f"fault: {entry.fault}" if entry.fault else ""),
        milliseconds=f"{entry.milliseconds:.1f}",
        is_keyless=entry.workspace is None,
        is_own=entry.is_of_console,
    )


ROUTES: tuple[Route, ...] = (
    ("GET", "/", show_list),
    ("GET", "/requests", show_list),
    ("GET", "/requests/{number}", show_one),
    ("GET", "/requests/{number}/{part}", send_body),
    ("GET", "/console/requests.har", export_har),
    ("GET", "/console/capsule.json", export_capsule),
    ("POST", "/console/requests/clear", clear),
    ("POST", "/console/requests/{number}/again", send_again),
    ("POST", "/console/requests/{number}/fail", fail_next),
)
VIEW = View("requests", "Requests", "/requests", ROUTES, mark, update)
