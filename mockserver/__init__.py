"""A stateful stand-in for the ColdSend public API."""

from .app import MockServer, create_app
from .settings import Settings
from .version import __version__

__all__ = ["MockServer", "Settings", "__version__", "create_app"]
