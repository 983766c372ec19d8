"""Every setting once: its name, default and help become flag, environment variable and docs."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from math import inf, isnan
from typing import Any

from .spelling import suggest

ENVIRONMENT_PREFIX = "COLDSEND_MOCK_"
URL_VARIABLE = f"{ENVIRONMENT_PREFIX}URL"
"""The server that commands ask; no setting, and nothing to a server."""


class SettingError(ValueError):
    """A setting has a value that cannot be; says which, in Python's words: `quiet=True`."""


class _Unnamed(int):
    """A default that nobody has named."""


_KINDS = {str: "text", bool: "bool", int: "whole number", float: "number", tuple: "tuple of texts"}


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
    """How a server behaves. A tuple is a flag that may be repeated.

    Raises SettingError for a value of another type, or outside of its range.
    """

    host: str = _setting("127.0.0.1", "Address to listen on.", "ADDRESS")
    port: int = _setting(
        _Unnamed(8000), "Port to listen on; 0 picks a free one.", "PORT", least=0, most=65535
    )
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
    state_dir: str = _setting("", "Folder that keeps the workspaces over a restart; default: memory.", "DIR")
    state_seconds: float = _setting(
        5.0,
        "How often --state-dir takes in what has changed.",
        "SECONDS",
        above=0,
        most=3600,
    )
    smtp: str = _setting("", "Hand each mail to this SMTP server, too, for example Mailpit's.", "HOST:PORT")
    smtp_anywhere: bool = _setting(False, "Let --smtp be on another machine: it may mail real people.")
    metrics: bool = _setting(False, "Answer /metrics, for Prometheus.")
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
    max_headers: int = _setting(200, "Headers of a request.", "N")
    max_buffered: int = _setting(
        256 * 1024 * 1024, "Most memory of all request bodies that are on their way.", "BYTES"
    )
    max_connections: int = _setting(10_000, "Connections at once; of idle ones the oldest makes room.", "N")
    request_seconds: int = _setting(30, "How long a client may take to send a request.", "SECONDS")
    idle_seconds: int = _setting(
        120, "How long a connection is kept on which a client asks nothing.", "SECONDS"
    )
    grace: int = _setting(10, "How long a server that stops waits for requests.", "SECONDS", least=0)
    max_workspaces: int = _setting(
        10_000, "Workspaces at once; unused ones make room, those that hold changes never do.", "N"
    )
    max_streams: int = _setting(100, "Open pages of the console that are live; further ones ask again.", "N")
    max_faults: int = _setting(1000, "Fault rules of a workspace.", "N")
    max_snapshots: int = _setting(20, "Snapshots with names of a workspace.", "N", least=0)
    rewind_points: int = _setting(
        30, "Points that a workspace keeps of its clock, to go back to; 0 keeps none.", "N", least=0
    )
    max_mails: int = _setting(100_000, "Mails that wait for --smtp; further ones are not handed on.", "N")
    threads: int = _setting(4, "Long requests worked on at once.", "N")
    quiet: bool = _setting(False, "Log no requests.")
    log_json: bool = _setting(False, "Log requests as JSON lines.")

    def __post_init__(self) -> None:
        for item in fields(self):
            _check_value(Setting(item.name, _find_default(item), **item.metadata), getattr(self, item.name))

    @property
    def names_port(self) -> bool:
        """Whether somebody chose the port, and not the default alone."""
        return not isinstance(self.port, _Unnamed)


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

    def allows(self, number: float) -> bool:
        """Return whether a number is within the range."""
        is_above = number >= self.least if self.above is None else number > self.above
        return not isnan(number) and is_above and number <= (inf if self.most is None else self.most)

    def describe_range(self) -> str:
        """Return the range in words."""
        start = f"{self.least:g} or more" if self.above is None else f"above {self.above:g}"
        return start + ("" if self.most is None else f", and at most {self.most:,.0f}")

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
    for item in fields(Settings):
        yield Setting(item.name, _find_default(item), **item.metadata)


def make_settings(values: Mapping[str, Any], settings: Settings | None = None) -> Settings:
    """Return settings with some values by name; the others are those of `settings`, or the defaults.

    Raises TypeError for a name that no setting has, with the nearest that one has, and SettingError.
    """
    known = {setting.name: setting.default for setting in list_settings()}
    for name in values:
        if name not in known:
            raise TypeError(f"no setting is called {name}; {suggest(name, known)}")
    kept = {name: getattr(settings, name) for name in known} if settings else {}
    return Settings(**{**kept, **values})


def check_environment(environment: Mapping[str, str]) -> None:
    """Raise SettingError for a variable that looks like a setting and is none."""
    known = [setting.variable for setting in list_settings()]
    for name in environment:
        if name.startswith(ENVIRONMENT_PREFIX) and name not in (*known, URL_VARIABLE):
            raise SettingError(f"the environment has {name}, which is no setting; {suggest(name, known)}")


def name_flags(text: str) -> str:
    """Return the text of an error with flags in the place of Python's words: `--quiet` for `quiet=True`."""
    for setting in list_settings():
        text = text.replace(f"{setting.name}=True", setting.flag)
    return text


def _find_default(item: Field[Any]) -> Any:
    return item.default if item.default_factory is MISSING else item.default_factory()


def _check_value(setting: Setting, value: Any) -> None:
    """Raise SettingError for a value of another kind, or outside of its range."""
    kind = type(setting.default) if type(setting.default) in _KINDS else int
    is_number = kind in (int, float)
    fits = isinstance(value, (kind, int) if is_number else kind)
    if not fits or (is_number and isinstance(value, bool)):
        raise SettingError(f"{setting.name}={value!r} is no {_KINDS[kind]}")
    if setting.repeatable and not all(isinstance(each, str) for each in value):
        raise SettingError(f"{setting.name}={value!r} holds something that is no text")
    if is_number and not setting.allows(value):
        raise SettingError(f"{setting.name}={value} is not {setting.describe_range()}")
