"""Rate windows and their headers [docs:reference/rate-limits]."""

from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from ..openapi.spec import RateLimit
from ..state.workspace import Workspace

_NEVER = (0, 0)
"""Of a key that was not counted yet: which window, requests in it."""


class Allowance(NamedTuple):
    """What a key may still ask in the window that the headers describe."""

    limit: int
    remaining: int
    reset: int
    """When the window ends, in Unix seconds."""
    exceeded: bool = False

    def headers(self) -> dict[str, str]:
        """Return the documented headers."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class RateLimiter:
    """Counts requests in fixed windows, per key; the counts live in the key's workspace.

    Unless `enforced`, nothing is ever exceeded and one request always remains. The headers describe
    the shortest window, or of the one that is exhausted. A refused request is not counted.
    """

    def __init__(self, limits: tuple[RateLimit, ...], *, enforced: bool) -> None:
        self._limits = tuple(sorted(limits, key=lambda limit: limit.seconds))
        self._enforced = enforced

    def look(self, now: float) -> Allowance:
        """Return the allowance of a caller without a key: a full window."""
        shortest = self._limits[0]
        return Allowance(shortest.requests, shortest.requests, _window_end(now, shortest.seconds))

    def exhaust(self, now: float) -> Allowance:
        """Return the allowance of a caller who has used the shortest window up."""
        shortest = self._limits[0]
        return Allowance(shortest.requests, 0, _window_end(now, shortest.seconds), exceeded=True)

    def take(self, workspace: Workspace, key: str) -> Allowance:
        """Count one request of a key; the caller holds the workspace's lock."""
        now, key, known = workspace.now().timestamp(), digest_key(key), workspace.rate_counts
        counted, exceeded = [], None
        for limit in self._limits:
            place, present = (key, limit.seconds), int(now // limit.seconds)
            window, count = known.get(place, _NEVER)
            count = count + 1 if window == present else 1
            counted.append((place, (present, count)))
            if self._enforced and count > limit.requests:
                exceeded = limit  # of several the longest says when it makes sense to come back
        if exceeded:
            return Allowance(exceeded.requests, 0, _window_end(now, exceeded.seconds), exceeded=True)
        known.update(counted)
        shortest, (_, (present, count)) = self._limits[0], counted[0]
        remaining = max(shortest.requests - count, 0 if self._enforced else 1)
        return Allowance(shortest.requests, remaining, (present + 1) * shortest.seconds)


@lru_cache(maxsize=1024)
def digest_key(key: str) -> str:
    """Return the name under which the requests of a key are counted: an exported state reveals no key."""
    return sha256(key.encode()).hexdigest()[:32]


def _window_end(now: float, seconds: int) -> int:
    return (int(now // seconds) + 1) * seconds
