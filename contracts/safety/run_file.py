"""The file of a run: the ids of what it made, each written before the run uses it."""

import json
import os
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from ..verdict.outcomes import CannotRunError

_SUFFIX = ".jsonl"
_MOST_FILES = 1000


def find_folder() -> Path:
    """Return the folder of the files: `coldsend-mock/runs` in `$XDG_STATE_HOME` or `~/.local/state`."""
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state else Path.home() / ".local" / "state") / "coldsend-mock" / "runs"


def name_key(key: str) -> str:
    """Return a short hash of an API key; no file holds the key itself."""
    return sha256(key.encode()).hexdigest()[:16]


@dataclass
class RunFile:
    """What one run made on one server. Each line is one JSON object; the first describes the run."""

    path: Path
    server: str
    marker: str
    keys: Container[str] = ()
    """The keys that somebody gave; what a drawn key has made, nobody can find again."""
    made: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Id → (name of the id, hash of the key), oldest first, without deleted ones."""

    @classmethod
    def begin(cls, folder: Path, server: str, marker: str, keys: Container[str]) -> "RunFile":
        """Start the file of a new run that writes down what these keys make.

        Raises CannotRunError when it cannot be written.
        """
        started = datetime.now(UTC)
        name = f"{started:%Y%m%dT%H%M%S}-{marker.strip('[]')}-{token_hex(3)}{_SUFFIX}"
        made = cls(folder / name, server, marker, keys)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            made._append({"server": server, "marker": marker, "started": started.isoformat()})
        except OSError as error:
            raise CannotRunError(
                f"{made.path} cannot be written ({error.strerror}), but a run writes down what it makes; "
                "set XDG_STATE_HOME to another folder."
            ) from None
        return made

    def add(self, id_name: str, value: str, key: str) -> None:
        """Write down an id that a given key made."""
        if key not in self.keys:
            return
        self.made[value] = id_name, name_key(key)
        self._append({"made": [id_name, value, name_key(key)]})

    def remove(self, value: str) -> None:
        """Write down that an id is deleted."""
        if self.made.pop(value, None):
            self._append({"removed": value})

    def delete(self) -> None:
        """Delete the file: nothing is left of the run."""
        self.path.unlink(missing_ok=True)

    def _append(self, line: dict[str, object]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def read_run_files(folder: Path, server: str) -> Iterator[RunFile]:
    """Yield the files of the runs on a server, oldest first; skip a file that is none."""
    for path in sorted(folder.glob(f"*{_SUFFIX}"))[:_MOST_FILES]:
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = _read(path)
            if found.server == server:
                yield found


def _read(path: Path) -> RunFile:
    first, *lines = path.read_text("utf-8").splitlines()
    head = json.loads(first)
    found = RunFile(path, str(head["server"]), str(head["marker"]))
    for text in lines:
        try:
            line = json.loads(text)
        except ValueError:
            continue  # the run was killed while it wrote its last line
        if "made" in line:
            id_name, value, key = line["made"]
            found.made[value] = id_name, key
        else:
            found.made.pop(line.get("removed"), None)
    return found
