"""What was asked and answered."""

from typing import Any

from .calls import ControlCall

__all__ = ["clear_journal", "list_journal"]


def list_journal(call: ControlCall) -> dict[str, Any]:
    """Return the last exchanges that match the query."""
    filters = {name: value for name, value in call.query.items() if name != "limit"}
    found = list(call.tools.journal.select(workspace=call.scope, **filters))
    return {"total": len(found), "exchanges": [entry.describe() for entry in found[-call.query["limit"] :]]}


def clear_journal(call: ControlCall) -> dict[str, Any]:
    """Forget the exchanges."""
    return {"removed": call.tools.journal.clear(call.scope)}
