"""The headers of the rate limit."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import requests

from ..api.api import Api
from ..registry import FIRST, rule
from ..verdict.outcomes import UncheckedError

_LIMITS = "docs:reference/rate-limits"
_LIMIT, _REMAINING, _RESET = (f"X-RateLimit-{name}" for name in ("Limit", "Remaining", "Reset"))
_SLACK_SECONDS = 5


@dataclass(frozen=True, slots=True)
class _Row:
    """The answers to a few requests in a row, and to one of another key before and after."""

    own: list[requests.Response]
    before: requests.Response | None
    after: requests.Response | None


def _read_row(api: Api) -> _Row:
    def ask(key: str) -> requests.Response | None:
        return api.send("listCampaigns", query={"limit": 1}, key=key).response if key else None

    def make() -> _Row:
        before = ask(api.target.second_key)
        own = [api.send("listCampaigns", query={"limit": 1}).response for _ in range(3)]
        return _Row(own, before, ask(api.target.second_key))

    return api.once("a row of requests", make, show=True)


def _read_number(api: Api, response: requests.Response, name: str) -> int:
    value = response.headers.get(name, "")
    api.judge.require(value.isdigit(), f"{name} is {value!r}, expected a whole number")
    return int(value)


def _now_there(response: requests.Response, api: Api) -> float:
    try:
        return parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return api.now().timestamp()


@rule(
    "limits.limit",
    source=_LIMITS,
    sentence="100 requests a minute, 1,000 an hour. X-RateLimit-Limit: the maximum of the window.",
    operations=["listCampaigns"],
    stage=FIRST,
)
def state_limit(api: Api) -> None:
    """X-RateLimit-Limit is a documented limit, and X-RateLimit-Remaining does not exceed it."""
    allowed = {limit.requests for limit in api.spec.rate_limits}
    for response in _read_row(api).own:
        limit = _read_number(api, response, _LIMIT)
        api.judge.require(limit in allowed, f"{_LIMIT} is {limit}, expected one of {sorted(allowed)}")
        remaining = _read_number(api, response, _REMAINING)
        api.judge.require(remaining <= limit, f"{remaining} requests remain of {limit}")


@rule(
    "limits.remaining",
    source=_LIMITS,
    sentence="Each request counts once. X-RateLimit-Remaining: what is left in the window.",
    operations=["listCampaigns"],
    stage=FIRST,
)
def count_down(api: Api) -> None:
    """X-RateLimit-Remaining falls by one with each request, and never rises within a window."""
    row = _read_row(api).own
    remaining = [_read_number(api, response, _REMAINING) for response in row]
    resets = [response.headers.get(_RESET) for response in row]
    falls = [
        before - after
        for before, after, one, other in zip(remaining, remaining[1:], resets, resets[1:], strict=False)
        if one == other
    ]
    if not falls or remaining[-1] <= 1:
        raise UncheckedError("the window was nearly used up, or ended meanwhile")
    # Others may use the key at the same time, so a single fall can be more than one.
    api.judge.require(min(falls) == 1, f"the remaining requests fall by {falls}, expected one at a time")


@rule(
    "limits.reset",
    source=_LIMITS,
    sentence="X-RateLimit-Reset: when the window ends, in Unix seconds.",
    operations=["listCampaigns"],
    stage=FIRST,
)
def state_reset(api: Api) -> None:
    """X-RateLimit-Reset is the end of the window in Unix seconds."""
    api.now()
    seconds = {limit.requests: limit.seconds for limit in api.spec.rate_limits}
    response = _read_row(api).own[-1]
    left = _read_number(api, response, _RESET) - _now_there(response, api)
    longest = seconds.get(_read_number(api, response, _LIMIT), max(seconds.values()))
    within = -_SLACK_SECONDS <= left <= longest + _SLACK_SECONDS
    api.judge.require(within, f"{_RESET} is {left:.0f} s from now, expected 0 to {longest} s")


@rule(
    "limits.per_key", source="undocumented", operations=["listCampaigns"], needs=["second_key"], stage=FIRST
)
def count_per_key(api: Api) -> None:
    """The requests of one key do not count for another."""
    row = _read_row(api)
    first, second = row.before, row.after
    if first is None or second is None or first.headers.get(_RESET) != second.headers.get(_RESET):
        raise UncheckedError("the window ended meanwhile")
    before, after = (_read_number(api, response, _REMAINING) for response in (first, second))
    fall = before - after
    api.judge.require(fall < len(row.own), f"one request of a key took {fall} of its allowance")
