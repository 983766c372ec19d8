"""What was asked and answered."""

from collections.abc import Iterator
from typing import Any

from ..errors import ApiError
from ..http.entry import Entry
from ..reproduction import LANGUAGES, make_sendable, write_har
from .calls import ControlCall

__all__ = ["clear_journal", "export_capsule", "export_journal", "list_journal", "show_exchange", "write_code"]

_KEY_PLACEHOLDER = "YOUR_API_KEY"


def list_journal(call: ControlCall) -> dict[str, Any]:
    """Return the last exchanges that match the query."""
    journal, query = call.tools.journal, dict(call.query)
    limit = query.pop("limit")
    entries = journal.select(limit=limit, workspace=call.scope, **query)
    total = journal.count(workspace=call.scope, **query)
    return {"total": total, "exchanges": [entry.describe() for entry in entries]}


def clear_journal(call: ControlCall) -> dict[str, Any]:
    """Forget the exchanges."""
    return {"removed": call.tools.journal.clear(call.scope)}


def export_journal(call: ControlCall) -> dict[str, Any]:
    """Return the exchanges as an HTTP Archive."""
    number = call.query.get("number")
    entries = call.tools.journal.select(workspace=call.scope) if number is None else [_find(call, number)]
    return write_har(entries, call.query["base_url"])


def export_capsule(call: ControlCall) -> Iterator[str]:
    """Return what reproduces the exchanges, as JSON text."""
    return call.tools.capsules.write(call.workspace)


def show_exchange(call: ControlCall) -> dict[str, Any]:
    """Return one exchange."""
    return _find(call, int(call.path["number"])).describe()


def write_code(call: ControlCall) -> dict[str, Any]:
    """Return code that sends the request of an exchange again."""
    spec, language = call.tools.spec, call.query["language"]
    sendable = make_sendable(
        _find(call, int(call.path["number"])),
        base_url=call.query["base_url"],
        base_path=spec.base_path,
        key_header=spec.key_header,
        key=_KEY_PLACEHOLDER,
    )
    return {"language": language, "code": LANGUAGES[language](sendable)}


def _find(call: ControlCall, number: int) -> Entry:
    entry = call.tools.journal.find(number, call.scope)
    if entry is None:
        raise ApiError("exchange_not_found")
    return entry
