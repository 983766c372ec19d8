"""`coldsend-mock call`: every operation of the control API."""

import json
from collections.abc import Iterable
from typing import Any

import click

from ..control import load_control_spec
from ..openapi.schemas import Schema, non_null
from ..openapi.spec import Operation
from ..spelling import suggest
from .addresses import find_id
from .command import call, main
from .options import complete, list_fields, with_remote
from .remote import Remote


@main.command("call")
@click.argument(
    "operation_id", metavar="OPERATION", shell_complete=complete(lambda: load_control_spec().operations)
)
@click.argument("values", metavar="[NAME=VALUE]…", nargs=-1)
@with_remote
def call_operation(remote: Remote, operation_id: str, values: tuple[str, ...]) -> None:
    """Call any operation of the control API, and print its answer as JSON.

    A NAME is one of the path, of the query or of the body. A VALUE is JSON where no text is expected. The
    id of a lead or of a sender account may be its address.
    """
    known = load_control_spec().operations
    if operation_id not in known:
        raise click.UsageError(f"No operation is called {operation_id}; {suggest(operation_id, known)}")
    operation = known[operation_id]
    given = dict(_split(operation, value) for value in values)
    names = [each.name for each in operation.parameters_in("path")]
    missing = [name for name in names if name not in given]
    if missing:
        raise click.UsageError(f"{operation_id} needs {', '.join(f'{name}=…' for name in missing)}")
    ids = {name: find_id(remote, name, str(given.pop(name))) for name in names}
    query = {
        each.name: given.pop(each.name) for each in operation.parameters_in("query") if each.name in given
    }
    body = given if operation.body is not None else None
    answer = call(remote, operation_id, body, query, **ids)
    is_text = isinstance(answer, str)
    click.echo(answer if is_text else json.dumps(answer, indent=2, ensure_ascii=False), nl=not is_text)


def _split(operation: Operation, text: str) -> tuple[str, Any]:
    """Return name and value; raises UsageError."""
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"{text} is no NAME=VALUE")
    fields = list_fields(operation)
    paths = [each.name for each in operation.parameters_in("path")]
    if name not in fields and name not in paths:
        raise click.UsageError(
            f"{operation.operation_id} takes no {name}; {_suggest(name, [*paths, *fields])}"
        )
    if name not in operation.body_properties:
        return name, value
    return name, _read(operation.body_properties[name], value)


def _suggest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    return suggest(name, names) if names else "it takes nothing"


def _read(schema: Schema, value: str) -> Any:
    """Return a value of a body: a text where one is expected, or where it is no JSON."""
    if non_null(schema).get("type") == "string" and value != "null":
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
