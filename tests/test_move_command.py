"""`coldsend-mock clock advance`: a bar while a move is under way, and Ctrl-C that stops it."""

from collections.abc import Mapping
from threading import Event
from typing import Any

import click
import pytest

from mockserver.cli import moves
from mockserver.cli.remote import Remote, RemoteError

MOVING = {
    "from": "2026-01-05T09:00:00Z",
    "to": "2026-01-15T09:00:00Z",
    "now": "2026-01-10T09:00:00Z",
    "events": 1234,
}
ANSWER = {"now": MOVING["now"], "frozen": True, "happened": {}}


class Server(Remote):
    """A server whose move goes on until it was looked at, and stopped if need be."""

    def __init__(self, *, interrupted: bool = False, ended: bool = False) -> None:
        super().__init__("http://127.0.0.1:1", "cs_live_moves")
        facts = {"interrupted": interrupted, "ended": ended, "may_end": Event(), "asked": []}
        for name, value in facts.items():
            object.__setattr__(self, name, value)

    interrupted: bool
    ended: bool
    may_end: Event
    asked: list[str]

    def call(
        self, operation_id: str, body: Any = None, query: Mapping[str, Any] | None = None, **_ids: str
    ) -> Any:
        self.asked.append(operation_id)
        assert (body is not None) == (operation_id == "moveClock")
        if operation_id == "moveClock":
            assert self.may_end.wait(10)
            return ANSWER
        if operation_id == "showClock" and self.interrupted:
            raise KeyboardInterrupt
        self.may_end.set()
        if operation_id == "stopMove" and self.ended:
            raise RemoteError("Nothing moves the clock of this workspace", 404)
        return {"moving": MOVING}


@pytest.fixture(autouse=True)
def _look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "LOOK_SECONDS", 0.01)


def test_the_bar_follows_the_move(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[int, str | None]] = []

    class Bar:
        def __init__(self, length: int, item_show_func: Any, **_: Any) -> None:
            self.length, self.pos, self.describe = length, 0, item_show_func

        def __enter__(self) -> "Bar":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, steps: int, item: Any) -> None:
            self.pos += steps
            drawn.append((self.pos * 100 // self.length, self.describe(item)))

    monkeypatch.setattr(click, "progressbar", Bar)
    assert moves.move_clock(Server(), {"advance": "10d"}, shows_bar=True) == ANSWER
    assert drawn[0] == (50, "2026-01-10, 1,234 events")


@pytest.mark.parametrize("ended", [False, True])
def test_an_interrupt_stops_the_move(ended: bool) -> None:
    server = Server(interrupted=True, ended=ended)
    assert moves.move_clock(server, {"advance": "10d"}, shows_bar=True) == ANSWER
    assert server.asked[0] == "moveClock"
    assert server.asked[-1] == "stopMove"


def test_nobody_asks_how_far_it_is_where_no_bar_is_shown() -> None:
    server = Server()
    server.may_end.set()
    assert moves.move_clock(server, {"advance": "10d"}, shows_bar=False) == ANSWER
    assert server.asked == ["moveClock"]
