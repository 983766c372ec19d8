"""Time travel: moving the clock of a workspace, with everything that happens on the way.

How it works: the clock jumps, and the engine catches up event by event. It stops on the way only where a
background job ends, because leads that the job adds get their mails from that time on. Going to the next mail
asks a copy of the workspace when that mail is due, and moves the clock there. Going back lets a copy begin at
a point that the clock has passed (see `state.history`) and go on to the time. Why so: the engine keeps the
order of time by itself, and a copy can go ahead without a trace.
"""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ..errors import ApiError
from ..openapi.formats import is_date_time
from ..state.clock import Move
from ..state.jobs import advance_jobs, find_next_end
from ..state.workspace import Workspace
from .advance import advance_sending, make_engine
from .schedule import to_seconds, to_utc


def advance(workspace: Workspace, by: timedelta) -> Counter[str]:
    """Move the clock by a duration, back or forth; returns what happened (see `advance_sending`).

    When the clock goes back, what happened stays. Raises ApiError `time_out_of_range`.
    """
    with workspace.lock:
        clock = workspace.clock
        try:
            is_sound = is_date_time((clock.now() + by).isoformat())
        except OverflowError:
            is_sound = False
        if not is_sound:
            raise ApiError("time_out_of_range")
        happened = catch_up(workspace)  # changes by others come before the move
        if by <= timedelta():
            clock.advance(by)
            if by < timedelta():  # what is to come follows from the records and the time alone
                workspace.engine, workspace.resumes_at = None, workspace.now()
            return happened + advance_sending(workspace)
        with workspace.moving(clock.now() + by) as move:
            return happened + _move(workspace, move)


def catch_up(workspace: Workspace) -> Counter[str]:
    """Let happen what is due by now; returns what did. The caller holds the workspace's lock."""
    advance_jobs(workspace)
    return advance_sending(workspace)


def _move(workspace: Workspace, move: Move) -> Counter[str]:
    clock, happened, left = workspace.clock, Counter[str](), move.to - move.start
    # A lead from a file that is read on the way gets its mails on the way.
    while (job_end := find_next_end(workspace)) is not None and clock.now() < job_end <= move.to:
        left -= (wait := job_end - clock.now())
        clock.advance(wait)
        happened += catch_up(workspace)
        if move.is_stopping:
            break
    else:
        clock.advance(left)
        happened += advance_sending(workspace)
    if move.stopped_at is not None:
        clock.set(move.stopped_at)
    return happened


def stop_move(workspace: Workspace) -> None:
    """Let the move of a clock end before its time; what holds the workspace's lock is the move.

    Raises ApiError `move_not_found` when nothing moves the clock.
    """
    move = workspace.move
    if move is None:
        raise ApiError("move_not_found")
    move.stop()


def set_time(workspace: Workspace, to: datetime) -> Counter[str]:
    """Move the clock to a time; see `advance`."""
    with workspace.lock:
        return advance(workspace, to - workspace.now())


def rewind(workspace: Workspace, to: datetime) -> None:
    """Move the clock back to a time, and undo what has happened since.

    Named snapshots stay. The clock stands or runs on as it did. No mail is announced again. A rewind that is
    stopped changes nothing. Raises ApiError `rewind_ahead`, `rewind_impossible` and `time_unreachable`.
    """
    with workspace.lock:
        catch_up(workspace)
        history, clock = workspace.history, workspace.clock.read()
        if to >= clock.now:
            raise ApiError("rewind_ahead", time=_describe(to), now=_describe(clock.now))
        point = history.find_point(to)
        if point is None:
            nearest = history.find_nearest(to, clock.now)
            if nearest is None:
                raise ApiError("rewind_impossible")
            raise ApiError("time_unreachable", time=_describe(to), nearest=_describe(nearest))
        twin = workspace.fork()
        twin.restore(point.snapshot)
        twin.clock.freeze(point.at)
        if to > point.at and not _follow_move(workspace, twin, to):
            return
        workspace.restore(replace(twin.snapshot(), clock=replace(clock, now=to), passed=None))
        history.go_back(point, to, workspace.make_mark())


def _follow_move(workspace: Workspace, twin: Workspace, to: datetime) -> bool:
    """Move the clock of a copy, for all to watch and to stop; returns whether it has come to the time."""
    with twin.moving(to) as move:
        workspace.move = move
        try:
            _move(twin, move)
        finally:
            workspace.move = None
    return move.stopped_at is None


def go_to_next_send(workspace: Workspace) -> Counter[str]:
    """Move the clock to the time of the next mail; returns what happened.

    Raises ApiError `nothing_to_send` when no mail is to come.
    """
    with workspace.lock:
        catch_up(workspace)
        at = find_next_send(workspace)
        if at is None:
            raise ApiError("nothing_to_send")
        return set_time(workspace, at)


def find_next_send(workspace: Workspace) -> datetime | None:
    """Return when the next mail goes out if only the leads do anything; None when no mail is to come."""
    engine = look_ahead(workspace).engine
    with engine.logging():
        while entry := engine.agenda.pop():
            engine.handle(entry)
            if engine.happened["sent"]:
                return to_utc(entry.at)
    return None


def look_ahead(workspace: Workspace) -> Workspace:
    """Return a copy of a workspace that goes on in the same way, without touching the original."""
    twin = workspace.fork()
    twin.clock.freeze()
    twin.engine = make_engine(twin, to_seconds(twin.now()))
    return twin


def _describe(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
