"""The server that a run checks, and the options of the run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from . import interruption
from .verdict.expected_failures import NONE_EXPECTED, ExpectedFailures

TAG_NAME = "contract check"
"""That of a tag that the suite makes in a mock."""
LIMITED_SCOPE = "campaigns:read"
"""The one scope that a limited key holds."""
_LOCAL = ("localhost", "127.0.0.1", "::1")
_USUAL_PACE = 90


class IncomingEvents(Protocol):
    """Events that no request of the API causes, in a workspace of a mock that is the run's own."""

    def receive_reply(self, lead_id: str, text: str, category: str | None = None) -> None:
        """Let a lead reply; `category` is how the service classifies the reply."""

    def record_event(self, lead_id: str, kind: str) -> None:
        """Record an event: `sent`, `opened`, `clicked`, `bounced`, `unsubscribed`, or `failed`, a status."""

    def set_values(self, id_name: str, record_id: str, values: Mapping[str, Any]) -> None:
        """Set what only the service itself sets: the status of an `inbox_id` or a `campaign_id`."""

    def now(self) -> datetime:
        """Return the time of the workspace, in UTC."""

    def move_clock(self, seconds: float) -> None:
        """Let time pass; from then on it stands still between moves."""

    def restore_clock(self) -> None:
        """Return to the real time."""


class Stage(Protocol):
    """Two workspaces of a mock in which one history after the other happens. Nobody else has them."""

    @property
    def keys(self) -> tuple[str, str]:
        """The keys of the two."""

    @property
    def tag_id(self) -> str:
        """A tag in the first workspace."""

    @property
    def events(self) -> IncomingEvents:
        """The events of the two."""

    @property
    def credits(self) -> int | None:
        """What each of the two has to spend on mails to contacts; None where the mock does not say."""

    def begin(self) -> None:
        """Begin a history in workspaces that are empty but for the tag, at the real time.

        Keys, tag and events may be others from then on. Raises UncheckedError when the mock does not do it.
        """

    def close(self) -> None:
        """Leave the workspaces empty, so that the mock may forget them."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server and its keys. An empty key is one that nobody gave."""

    base_url: str
    """The base of the API, without a slash at the end."""
    api_key: str
    second_key: str = ""
    """A key of another workspace."""
    limited_key: str = ""
    """A key of the same workspace that holds `campaigns:read` only."""
    revoked_key: str = ""
    tag_id: str = ""
    """A tag that the run may give to its contacts; no operation makes one."""
    incoming_events: IncomingEvents | None = None
    """Records replies and other events; None where the run cannot make them happen."""
    stage_keys: tuple[str, str] | None = None
    """Keys of two workspaces that a mock in this process has for histories alone."""
    stage: Stage | None = None
    """Where histories happen; None: in the workspaces of the keys, beside everything else."""
    is_stand_in: bool = False
    """Whether the mock was started for this run: it has all operations, and nobody else's data."""
    is_own: bool = False
    """Whether the run drew the keys itself: nobody else has the workspaces, and it resets them at its end."""
    is_mock: bool = False
    """Whether the server is this project's mock, where a run can do no harm."""
    open_keys: bool = False
    """Whether the mock takes every well-formed key."""
    own_clock: bool = False
    """Whether the mock's clock was moved, or runs at another speed than the client's."""

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine."""
        return urlsplit(self.base_url).hostname in _LOCAL

    @property
    def keys(self) -> frozenset[str]:
        """The keys that were declared for this server."""
        return frozenset({self.api_key, self.second_key, self.limited_key, self.revoked_key} - {""})


@dataclass(frozen=True, slots=True)
class Options:
    """How a run checks a server."""

    profile: str = "quick"
    """How deep the run looks: `quick` or `full`."""
    part: str = "everything"
    """The profile of `contracts.profiles.PROFILES` that is checked; `read-only` sends only GETs."""
    operations: tuple[str, ...] = ()
    """Patterns of operationIds: only rules about these operations are checked; without any, all."""
    rules: tuple[str, ...] = ("*",)
    """Patterns of rule ids; a pattern that begins with `!` leaves rules out. Without any, no rule runs."""
    strict: bool | None = None
    """Whether an undocumented difference breaks a rule; None means on the mock only."""
    expected_failures: ExpectedFailures = NONE_EXPECTED
    """Rules that the server is known to break."""
    allow_launch: bool = False
    """Whether the run may launch campaigns; on the mock it always may."""
    allow_send: bool = False
    """Whether the run may send mail; on the mock it always may."""
    wrong_key_probes: bool = True
    """Whether the run may send requests with wrong keys."""
    max_requests: int | None = 2500
    """The maximum of requests in a run, without those of the cleanup; no limit on the mock."""
    requests_per_minute: int | None = None
    """The maximum of requests in a minute; 0 means no limit, None means 90 on another machine."""
    random_seed: str = ""
    """Names, ids and generated cases follow from it; when empty, the run draws one."""
    response_seconds: float = 1.0
    """How many seconds an answer may take."""
    timeout_seconds: float = 30.0
    """How many seconds an answer may take until the run gives it up."""
    max_answer_bytes: int = 10_000_000
    """How many bytes an answer may have until the run gives it up."""
    max_minutes: float | None = 60.0
    """How many minutes the run may take, without its cleanup."""
    runs_folder: Path | None = None
    """Where runs write down what they made; None means `contracts.safety.run_file.find_folder()`."""
    dry_run: bool = False
    """Whether the run only reports its requests; they go to a stand-in."""
    sleep: Callable[[float], None] = interruption.sleep
    """Waits so many seconds; a test may replace it."""

    def find_pace(self, target: Target) -> int:
        """Return how many requests a minute the server gets at most; 0 means no limit."""
        if self.dry_run:
            return 0
        if self.requests_per_minute is not None:
            return self.requests_per_minute
        return 0 if target.is_local else _USUAL_PACE
