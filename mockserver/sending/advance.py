"""Letting happen what is due in a workspace, with an engine that is kept or made anew."""

from collections import Counter
from math import ceil

from ..state.collection import pause_collection
from ..state.workspace import Workspace
from .engine import Engine
from .schedule import to_seconds


def advance_sending(workspace: Workspace) -> Counter[str]:
    """Let everything happen that is due, and take in what others changed; returns counts of what happened.

    The keys of the counts are the kinds of events, `enrolled` (leads into subsequences) and `completed`
    (campaigns). The caller holds the workspace's lock. It costs nothing when nothing is due and nothing
    changed.
    """
    engine: Engine | None = workspace.engine
    now = workspace.now().timestamp()
    if now < workspace.settled_at.timestamp():
        # The clock went back behind the time when the records were put in. They go on from that time.
        workspace.settled_at, workspace.resumes_at, engine = workspace.now(), None, None
    elif engine is not None and now < engine.due and not engine.changes:
        return Counter()
    if engine is None:
        engine = make_engine(workspace, to_seconds(workspace.resumes_at or workspace.settled_at))
    elif not engine.take_changes(ceil(now)):
        engine = make_engine(workspace, ceil(now))
    workspace.engine = engine
    engine.run_until(now)
    happened, engine.happened = engine.happened, Counter()
    return happened


def make_engine(workspace: Workspace, now: int) -> Engine:
    """Return a new engine, made from the records, as it is at a time."""
    with pause_collection():
        return Engine(workspace, now)
