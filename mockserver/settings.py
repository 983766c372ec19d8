"""Every setting once: its name, default and help become flag, environment variable and docs."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

ENVIRONMENT_PREFIX = "COLDSEND_MOCK_"


def _setting(
    default: Any,
    summary: str,
    metavar: str = "",
    *,
    least: float = 1,
    above: float | None = None,
    most: float | None = None,
) -> Any:
    """Describe a setting; a number lies from `least`, or above `above`, to `most`."""
    metadata = {"summary": summary, "metavar": metavar, "least": least, "above": above, "most": most}
    if isinstance(default, tuple):
        return field(default_factory=lambda: default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server behaves. A tuple is a flag that may be repeated."""

    host: str = _setting("127.0.0.1", "Address to listen on.", "ADDRESS")
    port: int = _setting(8000, "Port to listen on; 0 picks a free one.", "PORT", least=0, most=65535)
    key: tuple[str, ...] = _setting((), "Declare a key, with its scopes (default: all).", "KEY[=SCOPE,…]")
    keys_file: str = _setting("", "YAML or JSON file that declares keys.", "FILE")
    strict_keys: bool = _setting(False, "Accept declared keys only, not every cs_live_… key.")
    rate_limit: bool = _setting(False, "Answer 429 past the documented rate limits.")
    seed: str = _setting("empty", "What a new workspace holds: a named seed or a file.", "NAME|FILE")
    random_seed: str = _setting("0", "Ids and draws follow from it: equal seeds draw equally.", "TEXT")
    behaviour: str = _setting("normal", "How leads behave: a named profile or a YAML file.", "NAME|FILE")
    reaction_rate: tuple[str, ...] = _setting(
        (), "Share of mails that leads react to, for example replied=0.1.", "NAME=SHARE"
    )
    speed: float = _setting(
        1.0, "Seconds that pass in each real second, for example 3600.", "N", above=0, most=1e6
    )
    job_seconds: int = _setting(
        0, "How long uploads, bulk jobs and domain set-ups take; 0 ends them at once.", "SECONDS", least=0
    )
    credits: int = _setting(1000, "What a workspace has to spend on mails to contacts.", "N", least=0)
    cors_origin: tuple[str, ...] = _setting(
        (), "Web page origin to trust besides localhost; * trusts all.", "ORIGIN"
    )
    allowed_host: tuple[str, ...] = _setting(
        (), "Host name to answer to besides localhost; * is any.", "HOST"
    )
    smtp: str = _setting("", "Hand each mail to this SMTP server, too, for example Mailpit's.", "HOST:PORT")
    smtp_anywhere: bool = _setting(False, "Let --smtp be on another machine: it may mail real people.")
    no_control: bool = _setting(False, "Switch the control API, /_mock, off.")
    control_token: str = _setting(
        "", "Token that opens the control API to callers from other machines.", "TOKEN"
    )
    journal: int = _setting(
        1000, "Exchanges that the journal keeps of each workspace; 0 keeps none.", "N", least=0
    )
    journal_bytes: int = _setting(
        16 * 1024 * 1024,
        "Most memory of the journal, in bytes; a workspace takes a quarter at most.",
        "BYTES",
    )
    max_violations: int = _setting(
        100, "Violations that a 422 lists; one more item says how many are left out.", "N"
    )
    max_body: int = _setting(8 * 1024 * 1024, "Largest request body, in bytes.", "BYTES")
    max_head: int = _setting(32 * 1024, "Largest head of a request: its first line and headers.", "BYTES")
    max_buffered: int = _setting(
        256 * 1024 * 1024, "Most memory of all request bodies that are on their way.", "BYTES"
    )
    max_connections: int = _setting(10_000, "Connections at once; of idle ones the oldest makes room.", "N")
    request_seconds: int = _setting(30, "How long a client may take to send a request.", "SECONDS")
    grace: int = _setting(10, "How long a server that stops waits for requests.", "SECONDS", least=0)
    max_workspaces: int = _setting(
        10_000, "Workspaces at once; unused ones make room, those that hold changes never do.", "N"
    )
    max_faults: int = _setting(1000, "Fault rules of a workspace.", "N")
    max_snapshots: int = _setting(20, "Snapshots with names of a workspace.", "N", least=0)
    rewind_points: int = _setting(
        30, "Points that a workspace keeps of its clock, to go back to; 0 keeps none.", "N", least=0
    )
    max_mails: int = _setting(100_000, "Mails that wait for --smtp; further ones are not handed on.", "N")
    threads: int = _setting(4, "Long requests worked on at once.", "N")
    quiet: bool = _setting(False, "Log no requests.")
    log_json: bool = _setting(False, "Log requests as JSON lines.")


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table of settings."""

    name: str
    default: Any
    summary: str
    metavar: str
    least: float = 1
    """The smallest value of a number, unless `above` is given."""
    above: float | None = None
    """What a number must be greater than."""
    most: float | None = None
    """The largest value of a number."""

    @property
    def flag(self) -> str:
        """The command-line flag."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper()

    @property
    def repeatable(self) -> bool:
        """Whether the flag may be given more than once (in the variable: separated by spaces)."""
        return isinstance(self.default, tuple)


def list_settings() -> Iterator[Setting]:
    """Yield the settings in documented order."""
    defaults = Settings()
    for item in fields(Settings):
        yield Setting(item.name, getattr(defaults, item.name), **item.metadata)
