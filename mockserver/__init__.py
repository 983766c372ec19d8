"""A stateful stand-in for the ColdSend public API."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .server.app import MockServer, create_app
    from .server.server import Server, running
    from .settings import Settings

__all__ = ["MockServer", "Server", "Settings", "__version__", "create_app", "running"]

_HOMES = {
    "MockServer": "server.app",
    "Server": "server.server",
    "create_app": "server.app",
    "running": "server.server",
    "Settings": "settings",
}


def __getattr__(name: str) -> Any:
    # pytest imports this package at every start, for its plugin, and must not pay for the server.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
