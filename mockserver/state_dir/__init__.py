"""What `--state-dir` keeps: workspaces as files, written while a server runs, read when it starts."""

from .directory import StateDirError
from .saved_workspace import SavedFormat
from .saver import Saver

__all__ = ["SavedFormat", "Saver", "StateDirError"]
