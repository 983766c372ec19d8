"""`coldsend-mock state`."""

import json
from typing import IO, Any

import click

from ..seeding.seeds import parse_document
from .command import call, main, write, write_counts
from .options import add_remote, with_remote
from .remote import Remote
from .tables import align


@main.group()
@add_remote
def state() -> None:
    """Show, export, import or reset what a running server remembers."""


@state.command("show")
@with_remote
def show_state(remote: Remote) -> None:
    """Show what the workspace holds: its seed, its time, and how many of what."""
    view = call(remote, "showWorkspace")
    names = ("seed", "now", "frozen", "speed", "credits", "faults", "exchanges")
    others = {name: view[name] for name in names}
    write(
        view, align([[name.replace("_", " "), str(each)] for name, each in (others | view["counts"]).items()])
    )


@state.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@with_remote
def export_state(remote: Remote, file: IO[str]) -> None:
    """Write the state as JSON to FILE, or to the terminal."""
    answer = call(remote, "exportState")
    file.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")


@state.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
@with_remote
def import_state(remote: Remote, file: IO[str]) -> None:
    """Replace the state by that of FILE, JSON or YAML, all or nothing."""
    write_counts(call(remote, "importState", _read_document(file)))


@state.command("reset")
@with_remote
def reset_state(remote: Remote) -> None:
    """Return to the state that the workspace began with."""
    write_counts(call(remote, "resetWorkspace"))


def _read_document(file: IO[str]) -> Any:
    """Return what a file says; raises ClickException when it is neither JSON nor YAML."""
    try:
        document = parse_document(file.read())
        json.dumps(document)
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise click.ClickException(f"{file.name} is neither YAML nor JSON: {reason}") from None
    return document
