"""Moves of a clock that wait in the middle, so that a test can look at them."""

from datetime import datetime
from threading import Event, Thread
from typing import Any

from mockserver.state.clock import Move

from .control import Control


class HeldMove(Move):
    """A move that waits where it looks first whether it is to stop."""

    def __init__(self, start: datetime, to: datetime) -> None:
        self.waits, self.may_go_on, self.was_stopped = Event(), Event(), False
        super().__init__(start, to)

    @property
    def is_stopping(self) -> bool:
        self.waits.set()
        assert self.may_go_on.wait(60)
        return self.was_stopped

    @is_stopping.setter
    def is_stopping(self, value: bool) -> None:
        self.was_stopped = value


class Mover:
    """A client that moves the clock of a workspace, in a thread of its own."""

    def __init__(self, control: Control, asked: dict[str, str]) -> None:
        self.answer: Any = None
        self._control = control
        self._asked = asked
        self._thread = Thread(target=self._move)
        self._thread.start()
        while not isinstance(move := control.api.workspace.move, HeldMove):
            assert self._thread.is_alive()
        self._held = move
        assert move.waits.wait(60)

    def _move(self) -> None:
        self.answer = self._control.ok("moveClock", self._asked)

    def finish(self) -> Any:
        self._held.may_go_on.set()
        self._thread.join(60)
        return self.answer
