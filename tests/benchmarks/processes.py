"""Processes that are measured: their environment, memory and processor time with all their children."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""For servers whose start is measured: pip compiles what it installs, a first start does it in a checkout."""
_PROC = Path("/proc")


def resident_memory(pid: int) -> int:
    """Return the resident memory of a process and its descendants, in bytes.

    Pages that they share count for each. Read from /proc, or where there is none from `ps`.
    """
    rows = list(_read_proc() if (_PROC / "self/statm").exists() else _ask_ps())
    family = {pid}
    while True:
        more = {child for child, parent, _ in rows if parent in family} - family
        if not more:
            return sum(size for child, _, size in rows if child in family)
        family |= more


def cpu_seconds(pid: int) -> float:
    """Return the processor time that the threads of a process have taken; needs Linux."""
    tasks = (_PROC / str(pid) / "task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def _read_proc() -> Iterator[tuple[int, int, int]]:
    """Yield (pid, parent, bytes) of every process."""
    page = os.sysconf("SC_PAGE_SIZE")
    for folder in _PROC.glob("[0-9]*"):
        try:
            # The name, in parentheses, may hold spaces.
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            pages = (folder / "statm").read_text().split()[1]
        except (OSError, IndexError):  # gone in the meantime; then a file may be empty
            continue
        yield int(folder.name), int(parent), int(pages) * page


def _ask_ps() -> Iterator[tuple[int, int, int]]:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,rss="], check=True, capture_output=True, text=True
    ).stdout
    for line in listing.splitlines():
        pid, parent, kilobytes = map(int, line.split())
        yield pid, parent, kilobytes * 1024
