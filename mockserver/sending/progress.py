"""Brings a workspace up to its present."""

from collections import Counter

from ..state.workspace import Workspace
from .changes import list_changes, take_changes
from .engine import Engine
from .schedule import to_seconds


def advance_sending(workspace: Workspace) -> Counter[str]:
    """Let everything happen that is due, and take in what others did; returns what happened how often.

    It is told by kind: those of events, `enrolled` (into a branch), `completed` (campaigns). The caller
    holds the workspace's lock. Where nothing is due and nothing changed it costs nothing.
    """
    engine: Engine | None = workspace.engine
    now = workspace.now().timestamp()
    changes = list_changes(workspace) if engine is None else engine.changes
    if now < workspace.settled_at.timestamp():
        # The clock went back behind where the records were put in; they go on from there then.
        workspace.settled_at, workspace.resumes_at, engine = workspace.now(), None, None
    elif engine is not None and now < engine.due and not any(changes):
        return Counter()
    present = -int(-now // 1)
    if engine is None:
        since = workspace.resumes_at or workspace.settled_at
        engine = workspace.engine = Engine(workspace, to_seconds(since), changes)
    elif not take_changes(workspace, engine, present):
        engine = workspace.engine = Engine(workspace, present, changes)
    engine.run_until(now)
    for changed in changes:
        changed.clear()
    happened, engine.happened = engine.happened, Counter()
    return happened
