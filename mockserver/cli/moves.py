"""Long moves of the clock: a bar in a terminal, and Ctrl-C that stops the move."""

import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from typing import Any

import click

from .command import call
from .remote import Remote, RemoteError

LOOK_SECONDS = 0.5
"""So often the bar is drawn anew; a move that takes less shows none."""
_STEPS = 1000


def move_clock(remote: Remote, body: dict[str, Any], *, shows_bar: bool | None = None) -> Any:
    """Move the clock, and return the answer; raises ClickException.

    Ctrl-C ends the move where it is. `shows_bar`: None means in a terminal.
    """
    shows_bar = sys.stderr.isatty() if shows_bar is None else shows_bar
    with ThreadPoolExecutor(1) as pool:
        moved = pool.submit(call, remote, "moveClock", body)
        try:
            _wait(moved, (lambda: _show(remote, moved)) if shows_bar else lambda: None)
        except KeyboardInterrupt:
            click.echo("The move is being stopped.", err=True)
            _stop(remote)
    return moved.result()


def _wait(moved: "Future[Any]", show: Callable[[], None]) -> None:
    wait([moved], LOOK_SECONDS)
    while not moved.done():  # a wait without an end could not be interrupted on Windows
        show()
        wait([moved], LOOK_SECONDS)


def _show(remote: Remote, moved: "Future[Any]") -> None:
    """Draw a bar until the move ends."""
    with click.progressbar(length=_STEPS, file=sys.stderr, item_show_func=_describe) as bar:
        while not moved.done():
            moving = _look(remote)
            if moving:
                start, to, now = (datetime.fromisoformat(moving[name]) for name in ("from", "to", "now"))
                done = int((now - start) / (to - start) * _STEPS)
                bar.update(max(0, done - bar.pos), moving)
            wait([moved], LOOK_SECONDS)


def _describe(moving: Any) -> str | None:
    return f"{moving['now'][:10]}, {moving['events']:,} events" if moving else None


def _look(remote: Remote) -> dict[str, Any] | None:
    """Return how far the move has come; None when nothing moves, or nobody says so."""
    try:
        moving: dict[str, Any] | None = remote.call("showClock").get("moving")
    except RemoteError:
        return None
    return moving


def _stop(remote: Remote) -> None:
    try:
        remote.call("stopMove")
    except RemoteError as error:
        if error.status != 404:  # it has ended meanwhile
            raise click.ClickException(str(error)) from None
