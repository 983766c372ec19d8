"""One exchange: its request, its answer, why, and what can be done with it."""

from contextlib import suppress
from typing import Any

from ...errors import ApiError
from ...http.entry import CONSOLE, Entry
from ...http.messages import Request, Response
from ...openapi.parsing import NotJsonError, read_json
from ...reproduction import LANGUAGES, make_sendable
from ..messages import act, describe_status, report, warn
from ..pages import answer_file
from ..show import show_view
from ..view import View
from ..visit import Visit
from .causes import find_records, find_rule, find_source
from .marked_json import Place, mark_json
from .paging import read_number

MOST_BYTES = 100_000
"""Of a body that is shown; a longer one is cut."""
_PARTS = ("request", "response")


def show_exchange(visit: Visit, view: View) -> Response:
    """Show one exchange."""
    entry = _find(visit)
    if entry is None:
        return show_view(visit, view, "requests/gone.html", title="Request not kept", status=404)
    spec = visit.desk.spec
    operation = spec.operations.get(entry.operation or "")
    described = entry.describe()
    violations = [
        {
            **each,
            "where": ".".join(map(str, each["loc"])),
            "source": find_source(spec, entry.operation, tuple(each["loc"])),
        }
        for each in entry.violations
        if isinstance(each, dict) and isinstance(each.get("loc"), list)
    ]
    marked: set[Place] = {tuple(each["loc"][1:]) for each in violations if each["loc"][:1] == ["body"]}
    return show_view(
        visit,
        view,
        "requests/exchange.html",
        title=f"Request {entry.number}",
        entry=entry,
        time=described["time"],
        operation=operation,
        violations=violations,
        bodies=[
            {
                "name": "request",
                "title": "Request",
                "headers": entry.request_headers,
                **_show_body(entry.request, marked),
            },
            {
                "name": "response",
                "title": "Answer",
                "headers": entry.response_headers,
                **_show_body(entry.response, set()),
            },
        ],
        records=find_records(visit, entry),
        rule=find_rule(visit, entry),
        codes=_write_codes(visit, entry),
        errors=list(operation.errors) if operation else [],
    )


def send_body(visit: Visit) -> Response:
    """Send a whole body as a text."""
    entry, part = _find(visit), visit.path["part"]
    if entry is None or part not in _PARTS:
        raise ApiError("route_not_found")
    return answer_file(getattr(entry, part).decode("utf-8", "replace"), "text/plain")


def send_again(visit: Visit) -> Response:
    """Send the request once more, with the key of the workspace."""
    entry = visit.desk.journal.find_original(_read_number(visit), visit.name)
    if entry is None:
        return warn("The journal does not keep this request any more.")
    headers = entry.request_headers
    if headers.get("content-length", str(len(entry.request))) != str(len(entry.request)):
        return warn("The request was too long for the journal to keep it whole.")
    if entry.workspace is not None:
        headers[visit.desk.spec.key_header.lower()] = visit.key
    headers = {**headers, "host": visit.request.host, "user-agent": CONSOLE}
    headers.pop("transfer-encoding", None)
    headers.pop("origin", None)
    request = Request(
        entry.method,
        entry.path,
        entry.query,
        headers,
        visit.request.remote_address,
        lambda _most: entry.request,
    )
    response = visit.desk.send(request)
    number = visit.desk.journal.last_number
    return report(
        f"Sent again: {describe_status(response)}",
        link=visit.link(f"/requests/{number}"),
        link_text=f"Request {number}",
    )


def fail_next(visit: Visit) -> Response:
    """Let the next call of the operation fail."""
    entry, error = _find(visit), visit.form.get("error", "")
    if entry is None or entry.operation is None:
        return warn("Only a call of an operation can be made to fail.")

    def add() -> Response:
        visit.ask("addFault", body={"operation": entry.operation, "example": error, "first": 1})
        return report(f"The next {entry.operation} fails: {error}")

    return act(visit, add)


def _find(visit: Visit) -> Entry | None:
    return visit.desk.journal.find(_read_number(visit), visit.name)


def _read_number(visit: Visit) -> int:
    return read_number(visit.path["number"])


def _show_body(data: bytes, marked: set[Place]) -> dict[str, Any]:
    shown: dict[str, Any] = {"pretty": None, "is_cut": len(data) > MOST_BYTES, "size": len(data)}
    shown["raw"] = data[:MOST_BYTES].decode("utf-8", "replace")
    if data and not shown["is_cut"]:
        with suppress(NotJsonError):
            shown["pretty"] = mark_json(read_json(data), marked)
    return shown


def _write_codes(visit: Visit, entry: Entry) -> dict[str, str]:
    """Return language → code; it has the key of the page, as its address has, and no other secret."""
    spec = visit.desk.spec
    sendable = make_sendable(
        entry,
        base_url=visit.base_url,
        base_path=spec.base_path,
        key_header=spec.key_header,
        key=visit.key if entry.workspace is not None else "YOUR_API_KEY",
    )
    return {name: write(sendable) for name, write in LANGUAGES.items()}
