"""What is checked, and how."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

LIMITED_SCOPE = "campaigns:read"
"""The one scope that a limited key holds."""


class IncomingEvents(Protocol):
    """What no request brings about, on a stand-in that runs in this process."""

    def receive_reply(self, lead_id: str, text: str, category: str | None = None) -> None:
        """Let a lead reply; `category` is what the service makes of it."""

    def record_event(self, lead_id: str, kind: str) -> None:
        """Let something happen to a lead's mail: `sent`, `opened`, `clicked`, `bounced`, `unsubscribed`."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server and the keys to it. A key that is empty is not at hand."""

    base_url: str
    """The base of the API, without a slash at the end."""
    api_key: str
    second_key: str = ""
    """A key of another workspace."""
    limited_key: str = ""
    """A key of the same workspace that holds `campaigns:read` only."""
    revoked_key: str = ""
    tag_id: str = ""
    """A tag of the workspace that the run's contacts may be given; no operation makes one."""
    incoming_events: IncomingEvents | None = None
    """Lets people open mails and reply; None where they do so themselves."""
    is_mock: bool = False
    """Whether the server is this project's stand-in, where nothing can be harmed."""
    open_keys: bool = False
    """Whether the stand-in takes every well-formed key."""

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def keys(self) -> frozenset[str]:
        """The keys that were declared for this server."""
        return frozenset({self.api_key, self.second_key, self.limited_key, self.revoked_key} - {""})


@dataclass(frozen=True, slots=True)
class Options:
    """How a server is checked."""

    profile: str = "quick"
    """`quick` or `full`."""
    rules: tuple[str, ...] = ("*",)
    """Patterns of rule ids; one that begins with `!` leaves rules out."""
    strict: bool | None = None
    """Whether a difference in something undocumented breaks a rule; None means: on the mock only."""
    allow_launch: bool = False
    """Whether campaigns may be launched; on the mock they always may."""
    allow_send: bool = False
    """Whether mail may be sent; on the mock it always may."""
    wrong_key_probes: bool = True
    """Whether requests with wrong keys may be sent."""
    max_requests: int | None = 2500
    """Most requests of a run, clean-up aside; ignored for the mock."""
    requests_per_minute: int | None = 90
    """Pace; ignored for the mock."""
    random_seed: str = ""
    """Names, ids and generated cases follow from it; empty draws a new one."""
    response_seconds: float = 1.0
    """How long an answer may take."""
    timeout_seconds: float = 30.0
    """How long to wait for an answer."""
    dry_run: bool = False
    """Whether requests go to a stand-in of the suite's own, and are only reported."""
    sleep: Callable[[float], None] = time.sleep
    """How to wait; a test may replace it."""
