"""`coldsend-mock clock`."""

import click

from .command import call, main, write_time
from .moves import move_clock
from .options import add_remote, with_remote
from .remote import Remote


@main.group()
@add_remote
def clock() -> None:
    """Show or move the time of a workspace, and show what happens on the way."""


@clock.command("show")
@with_remote
def show_clock(remote: Remote) -> None:
    """Show what time it is."""
    write_time(call(remote, "showClock"))


@clock.command("freeze")
@click.argument("time", required=False)
@with_remote
def freeze_clock(remote: Remote, time: str | None) -> None:
    """Stop the clock, at TIME (for example 2026-01-05T09:00:00Z) or now."""
    write_time(call(remote, "setClock", {"frozen": True, **({"now": time} if time else {})}))


@clock.command("run")
@with_remote
def run_clock(remote: Remote) -> None:
    """Let a clock that stands still run on."""
    write_time(call(remote, "setClock", {"frozen": False}))


@clock.command("advance", context_settings={"ignore_unknown_options": True})
@click.argument("span")
@with_remote
def advance_clock(remote: Remote, span: str) -> None:
    """Move the clock by SPAN (for example 3d, 1d12h, PT36H), or to the next mail: next-send.

    In a terminal, a bar shows how far a long move has come. Ctrl-C ends the move there.
    """
    move = {"to": span} if span == "next-send" else {"advance": span}
    write_time(move_clock(remote, move))


@clock.command("rewind", context_settings={"ignore_unknown_options": True})
@click.argument("to")
@with_remote
def rewind_clock(remote: Remote, to: str) -> None:
    """Go back by a duration (3d), to a time or to a snapshot, and undo what has happened since.

    In a terminal, a bar shows how far a long rewind has come. Ctrl-C ends it, and nothing has changed.
    """
    write_time(move_clock(remote, {"rewind": to}))
