"""Letting happen what is due in a workspace, with an engine that is kept or made anew."""

from collections import Counter
from itertools import count
from math import ceil

from ..state.clock import Move
from ..state.collection import pause_collection
from ..state.workspace import Workspace
from .engine import Engine
from .event_log import EventLog
from .schedule import to_seconds, to_utc

LOOK_EVERY = 512
"""So many things happen before a move says how far it has come, and looks whether it is to stop."""


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
    if engine.due <= now:
        with engine.logging() as log, pause_collection():
            _run(engine, now, log, workspace.move or Move(workspace.now(), workspace.now()))
    engine.changes.clear()  # they are its own
    happened, engine.happened = engine.happened, Counter()
    return happened


def _run(engine: Engine, now: float, log: EventLog, move: Move) -> None:
    """Let everything happen that is due by a time, unless the move is stopped."""
    pop, handle, before = engine.agenda.pop, engine.handle, move.events
    for number in count(1):
        entry = pop(now)
        if entry is None:
            break
        handle(entry)
        if number % LOOK_EVERY == 0:
            move.now, move.events = to_utc(engine.now), before + len(log)
            if move.is_stopping:
                while entry := pop(engine.now):  # a time is all done, or not at all
                    handle(entry)
                if engine.due <= now:
                    move.stopped_at = to_utc(engine.now)
                break
    move.events = before + len(log)


def make_engine(workspace: Workspace, now: int) -> Engine:
    """Return a new engine, made from the records, as it is at a time."""
    with pause_collection():
        return Engine(workspace, now)
