"""What a workspace can go back to: snapshots with names, and the times that its clock passed.

How it works: before the clock moves, `begin_move` takes a snapshot, and after the move `end_move` notes the
time. Such a `Point` leads to every time of its move: who restores its snapshot and lets time pass again gets
the same events, since they follow from the snapshot. Changes between two moves are in the later point only.
When there are too many points, `_thin` drops one at a time. First go those that nothing changed before, since
the point before them leads to the same times. Of equal ones goes the one whose neighbours are closest
together, measured by its age: what is long ago is remembered at longer intervals.

Why so: snapshots share their tables with the workspace, so a point costs what changes after it. A journal of
changes would cost each event of each campaign something, and would hold little of a large workspace.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from math import inf
from typing import Any

from ..errors import ApiError
from .snapshot import Snapshot, count_records

MOST_RECORDS = 1_000_000
"""Most records that the points of a workspace hold. What neighbours share counts once."""
_MOMENT = timedelta(seconds=1)
_NUMBERS = count()
"""Points of all workspaces have different numbers: a snapshot may be restored in another one."""


@dataclass(frozen=True, slots=True)
class Point:
    """A snapshot from before a move of the clock."""

    number: int
    at: datetime
    """The time of the snapshot."""
    until: datetime
    """Up to here time did nothing but pass."""
    snapshot: Snapshot
    continues: bool
    """Whether nothing had changed since the point before, so that that one leads here."""


class History:
    """The named snapshots of a workspace and the points of its clock, the latest last."""

    def __init__(self, most_snapshots: int, most_points: int) -> None:
        self._most_snapshots = most_snapshots
        self._most_points = most_points
        self._snapshots: dict[str, Snapshot] = {}
        self._points: list[Point] = []
        self._mark: Any = None
        """What the workspace was like at the end of the last move; None: no point leads here."""
        self._is_moving = False

    # ------------------------------------------------------------ snapshots with names

    def list_snapshots(self) -> dict[str, Snapshot]:
        """Return the snapshots by name, oldest first."""
        return dict(self._snapshots)

    def find_snapshot(self, name: str) -> Snapshot:
        """Return the snapshot of a name; raises ApiError `snapshot_not_found`."""
        if name not in self._snapshots:
            raise ApiError("snapshot_not_found", snapshot=name)
        return self._snapshots[name]

    def check_name(self, name: str) -> None:
        """Raise ApiError `snapshot_exists` or `snapshots_full` unless a snapshot of this name can be kept."""
        if name in self._snapshots:
            raise ApiError("snapshot_exists", snapshot=name)
        if len(self._snapshots) >= self._most_snapshots:
            raise ApiError("snapshots_full", limit=self._most_snapshots)

    def keep_snapshot(self, name: str, snapshot: Snapshot) -> None:
        """Keep a snapshot; raises as `check_name` does."""
        self.check_name(name)
        self._snapshots[name] = snapshot

    def adopt_snapshots(self, snapshots: Mapping[str, Snapshot]) -> None:
        """Keep these snapshots in place of all others, however many they are."""
        self._snapshots = dict(snapshots)

    def delete_snapshot(self, name: str) -> None:
        """Forget a snapshot; raises ApiError `snapshot_not_found`."""
        self.find_snapshot(name)
        del self._snapshots[name]

    # ------------------------------------------------------------ the times that the clock passed

    @property
    def passed(self) -> tuple[int, ...]:
        """The numbers of the points that lead here, or did until they were dropped."""
        return tuple(point.number for point in self._points)

    def begin_move(self, now: datetime, size: int, mark: Any, take: Callable[[], Snapshot]) -> None:
        """Keep what `take` returns, because the clock is about to move on from `now`.

        `size` is the number of records, `mark` is equal to the one of before if nothing changed meanwhile.
        """
        self._is_moving = bool(self._most_points) and size <= MOST_RECORDS
        if not self._is_moving:
            return
        last = self._points[-1] if self._points else None
        continues = last is not None and last.until == now and self._mark == mark
        if last is None or not continues or last.at != now:
            self._points.append(Point(next(_NUMBERS), now, now, take(), continues))

    def end_move(self, now: datetime, mark: Any) -> None:
        """Note that the clock has arrived."""
        self._mark = mark if self._is_moving else None
        if self._is_moving:
            self._points[-1] = replace(self._points[-1], until=now)
            self._thin()
        self._is_moving = False

    def find_point(self, to: datetime) -> Point | None:
        """Return the latest point that leads to a time; None when none does."""
        return next((point for point in reversed(self._points) if point.at <= to <= point.until), None)

    def find_nearest(self, to: datetime, now: datetime) -> datetime | None:
        """Return the time before `now` nearest to another one that a point leads to; None without any."""
        reached = [min(max(to, start), end) for start, end in self.list_spans(now) if start < now]
        return min(reached, key=lambda time: abs(time - to), default=None)

    def list_spans(self, now: datetime) -> list[tuple[datetime, datetime]]:
        """Return from when to when every time is one that a point leads to, up to `now`, in order."""
        spans: list[tuple[datetime, datetime]] = []
        for point in sorted(self._points, key=lambda point: point.at):
            start, end = point.at, min(point.until, now)
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], end))
            elif start <= end:
                spans.append((start, end))
        return spans

    def go_back(self, point: Point, to: datetime, mark: Any) -> None:
        """Note that the workspace is as it was at a time that a point leads to; what came later is gone."""
        self._points = self._points[: self._points.index(point)]
        self._points.append(replace(point, until=to))
        self._mark = mark

    def keep_points(self, passed: tuple[int, ...]) -> None:
        """Forget the points that do not lead to a snapshot, which was put in place of the present state."""
        self._points = [point for point in self._points if point.number in passed]
        self._mark = None

    def forget_points(self) -> None:
        """Forget all points."""
        self.keep_points(())

    def copy(self) -> "History":
        """Return a history that goes on for itself."""
        copied = History(self._most_snapshots, self._most_points)
        copied._snapshots, copied._points = dict(self._snapshots), list(self._points)
        copied._mark = self._mark
        return copied

    def _thin(self) -> None:
        while len(self._points) > self._most_points or self._count_records() > MOST_RECORDS:
            place = min(range(len(self._points)), key=self._weigh)
            dropped, after = self._points.pop(place), self._points[place : place + 1]
            if dropped.continues and place:
                before = self._points[place - 1]
                self._points[place - 1] = replace(before, until=dropped.until)
            elif after:
                self._points[place] = replace(after[0], continues=False)

    def _weigh(self, place: int) -> tuple[bool, float]:
        """Return what is lost with a point: times, and how much longer it takes to get to others."""
        points, point = self._points, self._points[place]
        if not place or point is points[-1]:
            return not (place and point.continues), inf
        gap = points[place + 1].at - points[place - 1].at
        age = max(points[-1].at - point.at, _MOMENT)
        return not point.continues, abs(gap / age)

    def _count_records(self) -> int:
        return count_records([point.snapshot.records for point in self._points])
