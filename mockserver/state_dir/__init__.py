"""What `--state-dir` keeps: workspaces as files, written while a server runs, read when it starts."""

from .directory import StateDirError
from .saved_workspace import SavedError, SavedFormat, freeze
from .saver import Saver

__all__ = ["SavedError", "SavedFormat", "Saver", "StateDirError", "freeze"]
