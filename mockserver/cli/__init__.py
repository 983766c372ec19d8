"""The coldsend-mock command: a module for each group of its commands."""

from .command import main

__all__ = ["main"]
