"""`coldsend-mock state`."""

import json
from typing import IO, Any

import click

from ..openapi.yaml_files import parse_bounded_yaml
from .command import add_remote, call, main
from .remote import Remote


@main.group()
@add_remote
@click.pass_context
def state(context: click.Context, url: str, key: str, token: str) -> None:
    """Export, import or reset what a running server remembers."""
    context.obj = Remote(url, key, token)


@state.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@click.pass_obj
def export_state(remote: Remote, file: IO[str]) -> None:
    """Write the state as JSON to FILE, or to the terminal."""
    answer = call(remote, "exportState")
    file.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")


@state.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@click.pass_obj
def import_state(remote: Remote, file: IO[str]) -> None:
    """Replace the state by that of FILE, JSON or YAML, all or nothing."""
    write_counts(call(remote, "importState", _read_document(file)))


@state.command("reset")
@click.pass_obj
def reset_state(remote: Remote) -> None:
    """Return to the state that the workspace began with."""
    write_counts(call(remote, "resetWorkspace"))


def _read_document(file: IO[str]) -> Any:
    """Return what a file says; raises ClickException when it is neither JSON nor YAML."""
    try:
        text = file.read()
        # YAML would read JSON, too, but an export of thousands of records far slower.
        document = json.loads(text) if text.lstrip().startswith("{") else parse_bounded_yaml(text)
        json.dumps(document)
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise click.ClickException(f"{file.name} is neither YAML nor JSON: {reason}") from None
    return document


def write_counts(view: dict[str, Any]) -> None:
    """Write how many records a workspace holds."""
    click.echo(", ".join(f"{count} {table.replace('_', ' ')}" for table, count in view["counts"].items()))
