"""A folder of files that are whole or not there, used by one process at a time."""

import hashlib
import os
import secrets
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

MOST_BYTES = 2 * 1024**3
"""Largest file that is written or read: what is read takes several times as much memory."""
_LOCK = "lock"
_SUFFIX = ".json"
_UNFINISHED = ".unfinished"
_BUFFER = 256 * 1024
_NAME_SIZE = 64
_BINARY: int = getattr(os, "O_BINARY", 0)
"""What keeps Windows from changing the ends of lines."""


class StateDirError(Exception):
    """The folder cannot be used; the message says why."""


class FileTooLargeError(Exception):
    """A file is larger than `MOST_BYTES`."""


class Directory:
    """The files of workspaces. A name of a file is a digest, since the name of a workspace is mostly a key.

    Raises StateDirError when the folder cannot be made or written, or when another process uses it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StateDirError(f"cannot use {path} for the state: {error.strerror}") from None
        try:
            _lock_file(self._lock)
        except OSError:
            os.close(self._lock)
            raise StateDirError(f"another server keeps its state in {path}; give each one its own") from None
        for left in path.glob(f"*{_UNFINISHED}"):
            left.unlink(missing_ok=True)

    def close(self) -> None:
        """Let other processes use the folder."""
        os.close(self._lock)

    def name_file(self, workspace: str) -> str:
        """Return the name of the file of a workspace."""
        return hashlib.sha256(workspace.encode()).hexdigest() + _SUFFIX

    def name_part(self, file: str) -> str:
        """Return a new name for a file that belongs to that of a workspace."""
        return f"{file.removesuffix(_SUFFIX)}.{secrets.token_hex(8)}{_SUFFIX}"

    def list_files(self) -> dict[str, list[str]]:
        """Return the names of the files of workspaces, each with those that belong to it; raises OSError."""
        names = sorted(path.name for path in self.path.iterdir() if path.suffix == _SUFFIX)
        found: dict[str, list[str]] = {name: [] for name in names if len(name) == _NAME_SIZE + len(_SUFFIX)}
        for name in names:
            whole = name[:_NAME_SIZE] + _SUFFIX
            if name != whole and whole in found:
                found[whole].append(name)
        return found

    def read(self, file: str) -> bytes:
        """Return what a file holds; raises OSError and FileTooLargeError."""
        path = self.path / file
        if path.stat().st_size > MOST_BYTES:
            raise FileTooLargeError
        return path.read_bytes()

    def write(self, file: str, pieces: Iterable[str]) -> None:
        """Put a file in place of the one of its name, as a whole; raises OSError and FileTooLargeError."""
        unfinished = self.path / f"{file}{_UNFINISHED}"
        size = 0
        try:
            opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o600)
            with open(opened, "wb", buffering=_BUFFER) as stream:  # noqa: PTH123 - its mode is given
                for piece in pieces:
                    data = piece.encode()
                    size += len(data)
                    if size > MOST_BYTES:
                        raise FileTooLargeError
                    stream.write(data)
                stream.flush()
                os.fsync(opened)
            unfinished.replace(self.path / file)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise
        self._sync()

    def remove(self, files: Iterable[str]) -> None:
        """Remove files, as far as they are there; raises OSError."""
        for file in files:
            (self.path / file).unlink(missing_ok=True)

    def set_aside(self, files: Iterable[str]) -> str:
        """Rename files, so that nobody reads them again; returns what their names end with now.

        Raises OSError.
        """
        ending = f".broken-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        for file in files:
            with suppress(FileNotFoundError):
                (self.path / file).replace(self.path / f"{file}{ending}")
        return ending

    def _sync(self) -> None:
        """Let the names of files outlast a loss of power; Windows cannot."""
        if sys.platform != "win32":
            opened = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)


def _lock_file(opened: int) -> None:
    """Lock a file until it is closed or its process ends; raises OSError if somebody else has locked it."""
    system: Any
    if sys.platform == "win32":
        system = import_module("msvcrt")
        system.locking(opened, system.LK_NBLCK, 1)
    else:
        system = import_module("fcntl")
        system.flock(opened, system.LOCK_EX | system.LOCK_NB)
