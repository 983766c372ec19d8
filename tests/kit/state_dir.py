"""A state directory, and the servers that use it one after the other."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mockserver import MockServer, Settings, create_app

from .api import Api
from .control import Control

KEY = "cs_live_kept"
"""Of the workspace that most tests keep."""


class Folder:
    """A folder of workspaces, and the servers that use it one after the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.app: MockServer | None = None

    def start(self, **settings: Any) -> MockServer:
        """Return a server that uses the folder; the one before stops. It saves when it is told to."""
        self.stop()
        self.app = create_app(Settings(state_dir=str(self.path), state_seconds=3600, **settings))
        return self.app

    def stop(self) -> None:
        if self.app:
            self.app.close()
            self.app = None

    def save(self) -> None:
        assert self.app
        assert self.app.saver
        self.app.saver.save()

    def files(self) -> dict[str, tuple[int, int]]:
        """Return the names of the files of workspaces and snapshots, each with what a new file changes."""
        return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in self.path.glob("*.json")}

    def edit(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the document of the only workspace, while no server runs."""
        (path,) = (each for each in self.path.glob("*.json") if each.name.count(".") == 1)
        document = json.loads(path.read_text("utf-8"))
        change(document)
        path.write_text(json.dumps(document), "utf-8")


def users(app: MockServer, key: str = KEY) -> tuple[Api, Control]:
    api = Api(app, key)
    return api, Control(api)
