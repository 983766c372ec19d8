"""The fenced blocks of a Markdown page, run as a reader would run them."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

DOCUMENTED_ADDRESS = "127.0.0.1:8000"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_VARYING = re.compile(r'"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"|"\d{4}-\d\d-\d\dT[\d:]{8}Z"')


@dataclass(frozen=True)
class Snippet:
    """One block that runs: `sh` or `python`; `answer` is the `json` block that follows it, if any."""

    language: str
    code: str
    answer: str | None

    def run(self, address: str) -> str:
        """Run the block against the server at `address` (host:port); returns what it prints.

        Raises AssertionError when it fails.
        """
        code = self.code.replace(DOCUMENTED_ADDRESS, address)
        command = ["bash", "-euo", "pipefail", "-c", code]
        if self.language == "python":
            command = [sys.executable, "-W", "error", "-c", code]
        # A reader has the command on the path.
        paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        with TemporaryDirectory() as folder:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                cwd=folder,
                env={**os.environ, "PATH": paths},
            )
        assert done.returncode == 0, f"{self.code}\nended with {done.returncode}:\n{done.stderr}"
        return done.stdout

    def check_answer(self, output: str) -> None:
        """Raise AssertionError unless the output is the documented answer, ids and times aside."""
        assert self.answer is not None
        assert _normalize(output) == _normalize(self.answer)


def _normalize(text: str) -> Any:
    # Not only the values: order and spacing are part of the answer, too.
    return json.dumps(json.loads(_VARYING.sub('"…"', text)))


def read_snippets(page: Path) -> list[Snippet]:
    """Return the blocks of a page that run; `console` and others are for the reader only."""
    fences = _FENCE.findall(page.read_text("utf-8"))
    return [
        Snippet(language, code, following if kind == "json" else None)
        for (language, code), (kind, following) in pairwise([*fences, ("", "")])
        if language in ("sh", "python")
    ]
