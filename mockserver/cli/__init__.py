"""The coldsend-mock command: a module for each group of its commands."""

from . import clock, seeds, snapshots, state, why
from .command import main
from .run import run
from .serve import check, describe_option, serve

__all__ = ["check", "clock", "describe_option", "main", "run", "seeds", "serve", "snapshots", "state", "why"]
