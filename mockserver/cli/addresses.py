"""Leads and sender accounts by their address, where the control API takes an id."""

import click

from .command import call
from .remote import Remote

_TABLES = {"lead_id": ("leads", "lead"), "inbox_id": ("sender_accounts", "sender account")}
"""Id → the table of its records, and what one of them is called."""
_MOST_NAMED = 5


def find_id(remote: Remote, name: str, value: str) -> str:
    """Return the id of the one record that has an address; any other value is an id already.

    Raises ClickException when there is no such record, or several.
    """
    if "@" not in value or name not in _TABLES:
        return value
    table, kind = _TABLES[name]
    found = call(remote, "listRecords", query={"email": value, "limit": _MOST_NAMED}, table=table)
    records, total = found["records"], found["total"]
    if total == 1:
        return str(records[0][name])
    if not total:
        raise click.ClickException(f"No {kind} has the address {value}")
    ids = ", ".join(str(record[name]) for record in records)
    more = ", …" if total > len(records) else ""
    raise click.ClickException(f"{total} {kind}s have the address {value}; name one: {ids}{more}")
