"""The clock of the workspace of a test."""

from collections import Counter
from datetime import datetime, timedelta

from ..openapi.formats import parse_duration
from ..sending import advance_sending, time_travel
from ..state.workspace import Workspace
from .errors import raising_value_errors


class FixtureClock:
    """Reads and moves the clock of one workspace; what is due on the way happens.

    Moves return what happened, and how often: mails `sent`, `opened`, `replied` and so on, leads
    `enrolled` in subsequences, campaigns `completed`. They raise ValueError when the clock cannot move there.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def frozen(self) -> bool:
        """Whether the time stands still."""
        return self._workspace.clock.frozen

    def now(self) -> datetime:
        """Return the present time, in UTC."""
        return self._workspace.now()

    def freeze(self, at: datetime | None = None) -> datetime:
        """Stop the clock, now or at another time; returns that time."""
        with self._workspace.lock:
            self._workspace.clock.freeze()
            if at is not None:
                self.set(at)
            return self.now()

    def resume(self) -> datetime:
        """Let a time that stands still run on; returns it."""
        return self._workspace.clock.resume()

    def set(self, to: datetime) -> Counter[str]:
        """Move to a time; the clock stands or runs on from there as it did before."""
        with self._workspace.lock:
            return self.advance(to - self.now())

    def advance(
        self,
        by: timedelta | str = timedelta(),
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> Counter[str]:
        """Move by a span: `advance(days=3)`, `advance("1d12h")`, `advance(timedelta(hours=36))`."""
        span = parse_duration(by) if isinstance(by, str) else by
        span += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        with raising_value_errors():
            return time_travel.advance(self._workspace, span)

    def rewind(
        self,
        by: timedelta | str = timedelta(),
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        to: datetime | None = None,
    ) -> datetime:
        """Go back by a duration, as in `advance`, or to a time, and undo what has happened since.

        Returns the time. Raises ValueError when the workspace cannot get there; it says the nearest time.
        """
        span = parse_duration(by) if isinstance(by, str) else by
        span += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        with self._workspace.lock:
            with raising_value_errors():
                time_travel.rewind(self._workspace, to or self.now() - span)
            return self.now()

    def advance_to_next_send(self) -> Counter[str]:
        """Move to the time when the next mail goes out."""
        with raising_value_errors():
            return time_travel.go_to_next_send(self._workspace)

    def catch_up(self) -> Counter[str]:
        """Do everything that is due by now, as each request does."""
        with self._workspace.lock:
            return advance_sending(self._workspace)
