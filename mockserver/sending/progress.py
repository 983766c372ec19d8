"""Brings a workspace up to its present."""

from collections import Counter
from dataclasses import dataclass, field

from ..records import Event
from ..workspace import Workspace
from .changes import list_changes, take_changes
from .engine import Engine
from .schedule import to_seconds


@dataclass(frozen=True, slots=True)
class Progress:
    """What happened: how often, by kind (of event, or `enrolled`, `completed`), and the mails sent."""

    counts: Counter[str] = field(default_factory=Counter)
    sent: tuple[Event, ...] = ()


NOTHING = Progress()


def advance_sending(workspace: Workspace) -> Progress:
    """Let everything happen that is due, and take in what others did; returns what happened.

    The caller holds the workspace's lock. Where nothing is due and nothing changed it costs nothing.
    """
    engine: Engine | None = workspace.engine
    now = workspace.now().timestamp()
    changes = list_changes(workspace) if engine is None else engine.changes
    if engine is not None and now < engine.due and not any(changes):
        return NOTHING
    present = -int(-now // 1)
    if engine is None:
        engine = workspace.engine = Engine(workspace, to_seconds(workspace.settled_at), changes)
    elif not take_changes(workspace, engine, present):
        engine = workspace.engine = Engine(workspace, present, changes)
    engine.run_until(now)
    for changed in changes:
        changed.clear()
    if not engine.happened:
        return NOTHING
    progress = Progress(engine.happened, tuple(engine.sent))
    engine.happened, engine.sent = Counter(), []
    return progress
