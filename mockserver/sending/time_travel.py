"""Moving the time of a workspace, and everything that happens on the way."""

from collections import Counter
from datetime import datetime, timedelta

from ..errors import ApiError
from ..openapi.formats import is_date_time
from ..state.jobs import advance_jobs, find_next_end
from ..state.workspace import Workspace
from .changes import list_changes
from .engine import Engine
from .progress import advance_sending
from .schedule import to_seconds, to_utc


def advance(workspace: Workspace, by: timedelta) -> Counter[str]:
    """Move the time, back or forth; returns what happened, as `advance_sending` does.

    What has happened stays so when the time goes back. Raises ApiError `time_out_of_range`.
    """
    with workspace.lock:
        clock = workspace.clock
        try:
            is_sound = is_date_time((clock.now() + by).isoformat())
        except OverflowError:
            is_sound = False
        if not is_sound:
            raise ApiError("time_out_of_range")
        advance_jobs(workspace)
        happened = advance_sending(workspace)  # what others did, they did before
        end = clock.now() + by
        # a lead whose file has been read on the way is written to on the way
        while (moment := find_next_end(workspace)) is not None and clock.now() < moment <= end:
            by -= (wait := moment - clock.now())
            clock.advance(wait)
            advance_jobs(workspace)
            happened += advance_sending(workspace)
        clock.advance(by)
        return happened + advance_sending(workspace)


def set_time(workspace: Workspace, to: datetime) -> Counter[str]:
    """Move the time to a moment; otherwise as `advance`."""
    with workspace.lock:
        return advance(workspace, to - workspace.now())


def go_to_next_send(workspace: Workspace) -> Counter[str]:
    """Move the time to the moment when the next mail goes out; returns what happened.

    Raises ApiError `nothing_to_send` when there is none to come.
    """
    with workspace.lock:
        advance_sending(workspace)
        moment = find_next_send(workspace)
        if moment is None:
            raise ApiError("nothing_to_send")
        return set_time(workspace, moment)


def find_next_send(workspace: Workspace) -> datetime | None:
    """Return when the next mail goes out if nobody does anything; None when no more will."""
    engine = look_ahead(workspace).engine
    while engine.agenda:
        at = engine.step()
        if engine.happened["sent"]:
            return to_utc(at)
    return None


def look_ahead(workspace: Workspace) -> Workspace:
    """Return a workspace that goes on as this one will, without touching it."""
    twin = workspace.fork()
    changes = list_changes(twin)
    twin.engine = Engine(twin, to_seconds(twin.now()), changes)
    for changed in changes:
        changed.clear()
    return twin
