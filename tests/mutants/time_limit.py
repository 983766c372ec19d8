"""An end for a trial that takes too long."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_AGAIN = 10.0
"""Seconds after which what still goes on is ended once more: removing what a run made may take long, too."""


class TooLongError(BaseException):
    """A trial took too long. No `Exception`: rules take one for an answer that cannot be read, and go on."""


@contextmanager
def limiting(seconds: float) -> Iterator[None]:
    """End the block after so many seconds of real time; raises TooLongError. For the main thread."""

    def end(_number: int, _frame: Any) -> None:
        raise TooLongError(f"no end after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
