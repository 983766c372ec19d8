"""What was asked and answered."""

from typing import Any

from .calls import ControlCall

__all__ = ["clear_journal", "list_journal"]


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
