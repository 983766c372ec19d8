"""The console: what a workspace is asked, sends and remembers, as pages that people keep open."""

from .console import Console
from .desk import Desk

__all__ = ["Console", "Desk"]
