"""`coldsend-mock capsule` and `replay`: what reproduces the exchanges with a workspace."""

import json
from typing import IO, Any

import click

from ..replay import CapsuleError, Outcome, Replay
from .command import WANTS_JSON, call, main, write
from .options import with_remote
from .remote import Remote


@main.command()
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@with_remote
def capsule(remote: Remote, file: IO[str]) -> None:
    """Write to FILE, or to the terminal, what reproduces the exchanges with a workspace.

    That is a state, with the random seed and the clock, and all that has happened since: requests of the API,
    and calls of the control API. Keys and passwords are not in it.
    """
    answer = call(remote, "exportCapsule")
    file.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\n")


@main.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--json", "wants_json", is_flag=True, help="Print the outcome as JSON.")
@click.pass_context
def replay(context: click.Context, file: IO[str], *, wants_json: bool) -> None:
    """Do again what the capsule FILE tells, and compare each answer. It needs no server.

    The exit code is 1 for an answer that is another one.
    """
    context.meta[WANTS_JSON] = wants_json
    try:
        outcome = Replay(json.load(file)).run()
    except CapsuleError as error:
        raise click.ClickException(f"{file.name}: {error}") from None
    except ValueError as error:
        raise click.ClickException(f"{file.name} is no JSON: {error}") from None
    write(_describe(outcome), _show(outcome))
    context.exit(1 if outcome.difference else 0)


def _describe(outcome: Outcome) -> dict[str, Any]:
    found = outcome.difference
    difference = found and {"step": found.step, "title": found.title, "lines": list(found.lines)}
    return {"answers": outcome.answers, "version": outcome.version, "difference": difference}


def _show(outcome: Outcome) -> list[str]:
    found = outcome.difference
    if found is None:
        return [f"The answers are the same: {outcome.answers}."]
    return [
        f"Step {found.step}, {found.title}, is answered otherwise:",
        *found.lines,
        f"{outcome.answers - 1} answers before it are the same. Version {outcome.version} wrote the file.",
    ]
