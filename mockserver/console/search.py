"""Search: the pages about what a text names."""

from collections.abc import Iterator
from typing import Any

from ..http.messages import Response
from .messages import go_to
from .pages import answer_page, render
from .view import Route
from .visit import Visit

_MOST_CHARACTERS = 200
_MOST_ROWS = 50
"""Of the list."""


def show_found(visit: Visit) -> Response:
    """Show links to the pages that a text names."""
    return _show(_find(visit), visit)


def open_first(visit: Visit) -> Response:
    """Go to the first of these pages."""
    found = _find(visit)
    return go_to(found[0]["link"]) if found else _show(found, visit)


def _show(found: list[dict[str, str]], visit: Visit) -> Response:
    return answer_page(render("search/found.html", found=found, text=_read_text(visit)))


def _read_text(visit: Visit) -> str:
    return visit.value("text").strip()[:_MOST_CHARACTERS]


def _find(visit: Visit) -> list[dict[str, str]]:
    """Return the pages; first those that are called just so, then those that begin so."""
    text = _read_text(visit)
    if not text:
        return []
    wanted = text.casefold()

    def rank(page: dict[str, str]) -> int:
        names = (page["text"].casefold(), page["id"])
        return 0 if wanted in names else 1 if names[0].startswith(wanted) else 2

    pages = [*_list_operations(visit, wanted), *_list_records(visit, text)]
    return sorted(pages, key=rank)[:_MOST_ROWS]


def _list_operations(visit: Visit, wanted: str) -> Iterator[dict[str, str]]:
    for operation in visit.desk.spec.operations.values():
        if wanted in f"{operation.operation_id} {operation.summary} {operation.path}".casefold():
            link = visit.link_operation(operation)
            yield _describe(operation.operation_id, f"operation: {operation.summary}", "", link)


def _list_records(visit: Visit, text: str) -> Iterator[dict[str, str]]:
    if visit.problem:
        return
    for each in visit.ask("searchRecords", query={"text": text})["found"]:
        table, record_id = each["table"], each["record_id"]
        kind, link = table.replace("_", " ").removesuffix("s"), f"/data/{table}/{record_id}"
        if table == "campaigns":
            link = f"/campaigns/{record_id}"
        elif table == "leads" and (lead := visit.workspace.leads.find(record_id)) and lead.campaign_id:
            link = f"/campaigns/{lead.campaign_id}/leads/{record_id}"
        elif each["email_id"]:
            kind, record_id, link = "mail", each["email_id"], f"/outbox/{each['email_id']}"
        yield _describe(each["text"] or record_id, kind, record_id, visit.link(link))


def _describe(text: str, kind: str, record_id: str, link: str) -> dict[str, Any]:
    return {"text": text, "kind": kind, "id": record_id, "link": link}


ROUTES: tuple[Route, ...] = (
    ("GET", "/console/search", show_found),
    ("GET", "/console/search/first", open_first),
)
