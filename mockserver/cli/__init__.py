"""The coldsend-mock command: a module for each group of its commands."""

from . import clock, seeds, snapshots, state, suite, why
from .command import main
from .run import run
from .serve import describe_option, serve

__all__ = ["clock", "describe_option", "main", "run", "seeds", "serve", "snapshots", "state", "suite", "why"]
