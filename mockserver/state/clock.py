"""What time it is for one workspace."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class ClockState:
    """What a clock shows, and how it goes on."""

    now: datetime
    frozen: bool
    speed: float
    """Seconds that pass in each real second while the clock runs."""


class Move:
    """A move of a clock that is under way. Any thread may read how far it has come, and stop it."""

    def __init__(self, start: datetime, to: datetime) -> None:
        self.start = start
        self.to = to
        self.now = start
        """How far it has come."""
        self.events = 0
        """How many events there were on the way so far."""
        self.is_stopping = False
        """Whether somebody wants it to end before its time."""
        self.stopped_at: datetime | None = None
        """Where it ended before its time: all that was due until then has happened, and nothing later."""

    def stop(self) -> None:
        """Let it end as soon as it can."""
        self.is_stopping = True


class Clock:
    """The real time, a frozen time, or the real time moved.

    `speed` is how many seconds pass in each real one, counted from the last reset on.
    """

    def __init__(self, speed: float = 1) -> None:
        self.reads = 0
        """How often the time was asked for."""
        self.held: datetime | None = None
        """The real time that it goes by; None: the present."""
        self.reset(speed)

    @property
    def frozen(self) -> bool:
        """Whether the time stands still."""
        return self._frozen is not None

    @property
    def setting(self) -> tuple[object, ...]:
        """What is equal as long as nobody moves, freezes or resumes it."""
        return self._offset, self._frozen, self._speed, self._began

    def reset(self, speed: float) -> None:
        """Go back to the real time, and run at a speed."""
        self._speed = speed
        self._offset = timedelta()
        self._frozen: datetime | None = None
        self._began = self.held or datetime.now(UTC)

    def now(self) -> datetime:
        """Return the current time, in UTC."""
        self.reads += 1
        if self._frozen:
            return self._frozen
        # What `_run` returns, without the call: each request asks several times.
        return ((self.held or datetime.now(UTC)) if self._speed == 1 else self._run()) + self._offset

    def hold(self, at: datetime | None = None) -> datetime:
        """Go by one real time, `at` or the present, until `release`; returns it.

        So all that happens meanwhile happens at one time, and can happen at the same time again.
        """
        if self.held is None:
            self.held = at or datetime.now(UTC)
        return self.held

    def release(self) -> None:
        """Go by the real time again."""
        self.held = None

    @contextmanager
    def holding(self) -> Iterator[datetime]:
        """Hold the real time inside, if nobody does already; yields it."""
        is_held = self.held is not None
        yield self.hold()
        if not is_held:
            self.release()

    def read(self) -> ClockState:
        """Return what the clock shows, and how it goes on."""
        return ClockState(self.now(), self.frozen, self._speed)

    def restore(self, state: ClockState) -> None:
        """Show the time of a state, and go on from there as the state says."""
        self.reset(state.speed)
        self._offset = state.now - self._began
        if state.frozen:
            self.freeze(state.now)

    def _run(self) -> datetime:
        """Return the time as it is when the clock was never moved."""
        now = self.held or datetime.now(UTC)
        return now if self._speed == 1 else self._began + (now - self._began) * self._speed

    def freeze(self, at: datetime | None = None) -> datetime:
        """Stop the clock at a time, or now; returns that time."""
        self._frozen = (at or self.now()).astimezone(UTC)
        return self._frozen

    def set(self, to: datetime) -> datetime:
        """Move the clock to a time; it stands or runs on from there as it did before."""
        return self.advance(to - self.now())

    def advance(self, by: timedelta) -> datetime:
        """Move the clock, frozen or not; returns the new time."""
        if self._frozen:
            self._frozen += by
        else:
            self._offset += by
        return self.now()

    def resume(self) -> datetime:
        """Let a frozen clock run on from where it stands; returns the time."""
        if self._frozen:
            self._offset = self._frozen - self._run()
            self._frozen = None
        return self.now()
