"""A stateful stand-in for the ColdSend public API."""

from .app import MockServer, create_app
from .server import Server, running
from .settings import Settings
from .version import __version__

__all__ = ["MockServer", "Server", "Settings", "__version__", "create_app", "running"]
