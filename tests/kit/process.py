"""The command in a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

START = re.compile(r"API +(http://\S+)")
SECONDS = 30
"""How long a test waits for a process."""


class Process:
    """A running `coldsend-mock serve`."""

    def __init__(
        self, *arguments: str, module: bool = False, command: Sequence[str] = (), **environment: str
    ) -> None:
        program = Path(sys.executable).with_name("coldsend-mock")
        start = [sys.executable, "-m", "mockserver"] if module else [str(program)]
        self.popen = subprocess.Popen(
            command or [*start, "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
        self.greeting = ""
        self.base_url = ""

    def wait_until_ready(self) -> "Process":
        assert self.popen.stdout
        for line in self.popen.stdout:
            self.greeting += line
            if line.startswith("  curl") and not line.rstrip().endswith("\\") and "-d" not in line:
                break
        found = START.search(self.greeting)
        assert found, self.greeting + self.popen.communicate(timeout=SECONDS)[1]
        self.base_url = found[1]
        return self

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Return the exit code, what was printed since the greeting, and the log."""
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        printed, log = self.popen.communicate(timeout=SECONDS)
        return self.popen.returncode, printed, log
