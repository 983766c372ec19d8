"""Ctrl-C and SIGTERM end a run, wherever they come, and it still cleans up.

Why the handler does not always raise: jsonschema-rs drops what a keyword of ours raises, and takes the value
for invalid, so a KeyboardInterrupt is lost there. The handler raises where the run waits. Elsewhere it notes
the signal, and whoever calls `check` next raises. A second signal raises anywhere.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import current_thread, main_thread
from typing import Any


@dataclass(slots=True)
class _State:
    is_wanted: bool = False
    """Whether a signal came that nobody has taken."""
    is_waiting: bool = False
    """Whether an exception raised now is never lost."""


_state = _State()
"""That of the process, which has one handler of a signal."""


@contextmanager
def listening() -> Iterator[None]:
    """Note both signals while the block lasts; for the main thread.

    Raises KeyboardInterrupt in the block, or at its end if a signal came that nobody has taken.
    """
    numbers = [each for each in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(each) != signal.SIG_IGN]
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
        check()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        take()


@contextmanager
def waiting() -> Iterator[None]:
    """Let a signal raise KeyboardInterrupt at once: nothing in the block drops an exception.

    Only in the main thread, since handlers run there; elsewhere it does nothing.
    """
    if current_thread() is not main_thread():
        yield
        return
    try:
        _state.is_waiting = True
        check()
        yield
    finally:
        _state.is_waiting = False


def sleep(seconds: float) -> None:
    """Wait so many seconds; raises KeyboardInterrupt when a signal comes."""
    with waiting():
        time.sleep(seconds)


def check() -> None:
    """Raise KeyboardInterrupt if a signal came that nobody has taken."""
    if _state.is_wanted:
        raise KeyboardInterrupt


def take() -> bool:
    """Return whether a signal came, and forget it: it does not end what follows, for example a cleanup."""
    was_wanted, _state.is_wanted = _state.is_wanted, False
    return was_wanted


def _interrupt(_number: int, _frame: Any) -> None:
    was_wanted, _state.is_wanted = _state.is_wanted, True
    if _state.is_waiting or was_wanted:
        raise KeyboardInterrupt
