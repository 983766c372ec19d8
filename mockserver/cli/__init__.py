"""The coldsend-mock command: a module for each group of its commands."""

from . import (
    balancer,
    calls,
    capsules,
    clock,
    docs,
    faults,
    health,
    journal,
    js,
    mails,
    mcp,
    seeds,
    snapshots,
    state,
    suite,
    why,
    workspaces,
)
from .command import main
from .run import run
from .serve import describe_option, serve

__all__ = [
    "balancer",
    "calls",
    "capsules",
    "clock",
    "describe_option",
    "docs",
    "faults",
    "health",
    "journal",
    "js",
    "mails",
    "main",
    "mcp",
    "run",
    "seeds",
    "serve",
    "snapshots",
    "state",
    "suite",
    "why",
    "workspaces",
]
