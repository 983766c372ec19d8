"""What a process that only serves sets for itself; a process of tests keeps its own."""

import gc
import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

resource: Any = import_module("resource") if find_spec("resource") else None
"""How much of what a process may have; None on Windows."""
ACCEPTED_AT_ONCE = 16
"""Connections that are accepted before one of them is looked at.

asyncio tries as often, and plans as many further attempts, when no file is left to be opened.
"""
_SPARE_FILES = 24 + ACCEPTED_AT_ONCE
"""Files that a server opens besides the connections that it holds, about."""
_SWITCH_SECONDS = 0.001
_GC_THRESHOLDS = 20_000, 5, 1000
"""How many new objects are looked at once for garbage; how often until those are looked at that stayed.

A pause is as long as what is looked at: 2 ms for 20,000 objects, 30 ms for five times as many.
"""


def tune_process() -> None:
    """Keep the garbage collector and busy threads from making requests wait.

    What was loaded so far lives as long as the process, so the collector leaves it out: to collect it once
    would take a tenth of the start. A busy thread lets others go on after a millisecond instead of five.
    """
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    gc.enable()
    sys.setswitchinterval(_SWITCH_SECONDS)
    _allow_many_files()


def limit_connections(most: int) -> int:
    """Return how many connections this process can hold: at most as many as it may open files."""
    if resource is None:
        return most
    files: int = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY:
        return most
    return min(most, max(files - _SPARE_FILES, files // 4, 1))


def _allow_many_files() -> None:
    """Open as many files as this user may, without asking for more than that."""
    if resource is None:
        return
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < most:
        with suppress(OSError, ValueError):  # then it stays as it is
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
