"""The coldsend-mock command: a module for each group of its commands."""

from . import clock, snapshots, state, why
from .command import main
from .serve import check, describe_option, serve

__all__ = ["check", "clock", "describe_option", "main", "serve", "snapshots", "state", "why"]
