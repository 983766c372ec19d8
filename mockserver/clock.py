"""What time it is for one workspace."""

from datetime import UTC, datetime, timedelta


class Clock:
    """The real time, a frozen time, or the real time moved."""

    def __init__(self) -> None:
        self.reset()

    @property
    def frozen(self) -> bool:
        """Whether the time stands still."""
        return self._frozen is not None

    def reset(self) -> None:
        """Go back to the real time."""
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """Return the current moment, in UTC."""
        return self._frozen or datetime.now(UTC) + self._offset

    def freeze(self, at: datetime | None = None) -> datetime:
        """Stop the clock, at a moment or now; returns that moment."""
        self._frozen = (at or self.now()).astimezone(UTC)
        return self._frozen

    def set(self, to: datetime) -> datetime:
        """Move the clock to a moment; it stands or runs on from there as it did before."""
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
            self._offset = self._frozen - datetime.now(UTC)
            self._frozen = None
        return self.now()
