"""`coldsend-mock log`: the journal."""

import errno
import json
import select
import sys
from dataclasses import replace
from time import sleep
from typing import Any

import click

from ..http.access_log import describe_refusal
from ..reproduction import LANGUAGES
from .command import call, main, wants_json, write
from .options import OperationCommand, take_given, with_remote
from .remote import Remote
from .tables import show_line, write_table

LOOK_SECONDS = 0.5
"""So often --follow asks for new exchanges."""
_MOST_AT_ONCE = 10_000
_HEAD = ["number", "time", "status", "ms", "request", "what happened"]


@main.command(cls=OperationCommand, operation="listJournal", without=["after"])
@click.argument("number", required=False, type=click.IntRange(min=1))
@click.option("--as", "form", type=click.Choice([*LANGUAGES, "har"]), help="Write NUMBER as code; har: all.")
@click.option("--follow", is_flag=True, help="Go on with each exchange that comes, until Ctrl-C.")
@click.option("--all", "is_all", is_flag=True, help="Of all workspaces, and of no workspace.")
@with_remote
def log(
    remote: Remote, number: int | None, form: str | None, *, follow: bool, is_all: bool, **filters: Any
) -> None:
    """Show what was asked and answered: the last exchanges, or the one with a NUMBER.

    --as writes code that sends the request of NUMBER again, or an HTTP Archive. Secrets are placeholders.
    """
    query = take_given(filters)
    if is_all:
        remote = replace(remote, key="")
    if number is not None or form:
        if follow or query:
            raise click.UsageError("NUMBER and --as go with none of the filters, and not with --follow")
        _write_one(remote, number, form)
    elif follow:
        _follow(remote, query)
    else:
        answer = call(remote, "listJournal", query=query)
        write_table(answer, _HEAD, map(_describe, answer["exchanges"]))


def _write_one(remote: Remote, number: int | None, form: str | None) -> None:
    """Write an exchange, as code if a form is named; raises UsageError."""
    if form == "har":
        query = {"base_url": remote.url, **({"number": number} if number else {})}
        click.echo(json.dumps(call(remote, "exportJournal", query=query), indent=2, ensure_ascii=False))
    elif number is None:
        raise click.UsageError(f"--as {form} needs the NUMBER of an exchange, for example: log 3 --as {form}")
    elif form:
        query = {"language": form, "base_url": remote.url}
        answer = call(remote, "writeCode", query=query, number=str(number))
        write(answer, answer["code"].rstrip("\n"))
    else:
        answer = call(remote, "showExchange", number=str(number))
        write(answer, _show_whole(answer))


def _follow(remote: Remote, query: dict[str, Any]) -> None:
    """Write exchanges as they come: the last ones first, a line each."""
    limit = query.pop("limit", None)
    answer = call(remote, "listJournal", query=query | ({"limit": limit} if limit else {}))
    while True:
        for exchange in answer["exchanges"]:
            click.echo(json.dumps(exchange, ensure_ascii=False) if wants_json() else _write_line(exchange))
        missed = answer["total"] - len(answer["exchanges"])
        if missed and "after" in query:
            click.echo(f"{missed} more came meanwhile.", err=True)
        last = answer["exchanges"][-1]["number"] if answer["exchanges"] else query.get("after", 0)
        _wait()
        query |= {"after": last, "limit": _MOST_AT_ONCE}
        answer = call(remote, "listJournal", query=query)


def _wait() -> None:
    """Wait for new exchanges; ends the command when nobody reads what it writes any more."""
    try:
        reader = select.poll()
        reader.register(sys.stdout, select.POLLERR)
    except (AttributeError, OSError, ValueError):  # no such call on Windows, no file in a test
        sleep(LOOK_SECONDS)
        return
    if reader.poll(LOOK_SECONDS * 1000):
        raise BrokenPipeError(errno.EPIPE, "nobody reads on")


def _write_line(exchange: dict[str, Any]) -> str:
    number, at, status, milliseconds, request, happened = _describe(exchange)
    line = f"{number:>6}  {at}  {status:>3}  {milliseconds:>8}  {request}  {happened}"
    return show_line(line).rstrip()


def _describe(exchange: dict[str, Any]) -> list[Any]:
    """Return the cells of an exchange."""
    target = exchange["path"] + (f"?{exchange['query']}" if exchange["query"] else "")
    refusal = describe_refusal(json.dumps(exchange["response"]).encode()) if exchange["status"] >= 400 else ""
    fault = f"fault: {exchange['fault']}" if exchange["fault"] else ""
    return [
        exchange["number"],
        exchange["time"],
        exchange["status"] or "-",
        f"{exchange['milliseconds']:.1f}",
        f"{exchange['method']} {target}",
        "; ".join(filter(None, [fault, refusal])),
    ]


def _show_whole(exchange: dict[str, Any]) -> list[str]:
    """Return the lines of an exchange with its headers and bodies."""
    _, at, status, milliseconds, request, happened = _describe(exchange)
    return [
        show_line(request),
        *_show_part(exchange["request_headers"], exchange["request"]),
        "",
        show_line(f"{status}, {milliseconds} ms, {at}" + (f": {happened}" if happened else "")),
        *_show_part(exchange["response_headers"], exchange["response"]),
    ]


def _show_part(headers: dict[str, str], body: Any) -> list[str]:
    lines = [show_line(f"{name}: {value}") for name, value in headers.items()]
    if body is None:
        return lines
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
    return [*lines, "", *map(show_line, text.splitlines())]
