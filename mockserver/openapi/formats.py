"""The string formats that openapi.yaml uses: one checker each, for the server and for the suite."""

import re
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib import import_module
from zoneinfo import ZoneInfo, available_timezones

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS = r"(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
_HOURS = r"(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,10})S)?"
_SPAN = re.compile(f"-?{_DAYS}{_HOURS}", re.IGNORECASE)
_ISO_SPAN = re.compile(f"-?P{_DAYS}(?:T{_HOURS})?")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
_LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HOSTNAME = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)+(?![0-9]+$){_LABEL}")
# What the library takes before an `@` without a closer look; RFC 5321 limits both lengths.
_PLAIN_LOCAL_PART = re.compile(r"(?=.{1,64}$)[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")
_LONGEST_EMAIL = 254
_LONGEST_DATE_TIME = len("2024-01-15T10:30:00.123456+00:00")
# Near the ends of the calendar a shift to another zone leaves it.
_DAY = timedelta(days=1)
_EARLIEST = datetime.min + _DAY
_LATEST = datetime.max - _DAY


@cache
def _zone_names() -> frozenset[str]:
    # The set, not a look-up in the file system: that would also take `posix/UTC` or, on some
    # systems, `america/new_york`.
    return frozenset(available_timezones())


def is_timezone(value: str) -> bool:
    """Return whether the value is an IANA time zone name, letter case included."""
    return value in _zone_names()


def is_uuid(value: str) -> bool:
    """Return whether the value is a UUID with hyphens, in either letter case."""
    return _UUID.fullmatch(value) is not None


def is_email(value: str) -> bool:
    """Return whether the value is an e-mail address, by syntax alone.

    `.test` domains pass: tests should be able to use the domain that is reserved for them.
    """
    return len(value) <= _LONGEST_EMAIL and _is_short_email(value)


@lru_cache(maxsize=4096)
def _is_short_email(value: str) -> bool:
    local, _, domain = value.rpartition("@")
    # Most of the work is about the domain, and the addresses of a file share many.
    if value.isascii() and _PLAIN_LOCAL_PART.fullmatch(local):
        return _is_email_domain(domain)
    return _is_valid_email(value)


@lru_cache(maxsize=1024)
def _is_email_domain(domain: str) -> bool:
    return _is_valid_email(f"a@{domain}")


def _is_valid_email(value: str) -> bool:
    # Its tables take long to load, and a server has to start before it sees an address.
    email_validator = import_module("email_validator")
    try:
        email_validator.validate_email(value, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        return False
    return True


def is_hostname(value: str) -> bool:
    """Return whether the value is a domain name of two labels or more, without scheme, port or path."""
    return _HOSTNAME.fullmatch(value) is not None


def is_base64(value: str) -> bool:
    """Return whether the value is base64 with its padding, in the common alphabet."""
    try:
        b64decode(value, validate=True)
    except ValueError:
        return False
    return True


def is_date_time(value: str) -> bool:
    """Return whether the value is an ISO 8601 date and time, offset optional."""
    return len(value) <= _LONGEST_DATE_TIME and _is_short_date_time(value)


@lru_cache(maxsize=8192)
def _is_short_date_time(value: str) -> bool:
    if not _DATE_TIME.fullmatch(value):
        return False
    try:
        time = datetime.fromisoformat(value.upper())
        if time.tzinfo is None:
            return _EARLIEST + _DAY <= time <= _LATEST - _DAY
        return _EARLIEST <= time.astimezone(UTC).replace(tzinfo=None) <= _LATEST
    except (ValueError, OverflowError):
        return False


def is_date(value: str) -> bool:
    """Return whether the value is a day as ISO 8601 writes it: `2024-01-15`."""
    if not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def parse_date_time(value: str, timezone: str) -> datetime:
    """Read a date and time as UTC; one without an offset is local to `timezone`.

    Raises ValueError when the value is none (see `is_date_time`).
    """
    time = datetime.fromisoformat(value.upper())
    if time.tzinfo is None:
        time = time.replace(tzinfo=ZoneInfo(timezone))
    return time.astimezone(UTC)


@lru_cache(maxsize=8192)
def format_date_time(time: datetime) -> str:
    """Write a time as the API does: `2024-01-15T10:30:00Z`."""
    # strftime("%Y") does not pad years below 1000 everywhere.
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def is_duration(value: str) -> bool:
    """Return whether the value is a time span such as `3d`, `1d12h` or `PT36H` (ISO 8601, without months)."""
    return bool(_read_amounts(value))


def parse_duration(value: str) -> timedelta:
    """Read a time span; raises ValueError when the value is none (see `is_duration`)."""
    amounts = _read_amounts(value)
    if not amounts:
        raise ValueError(f"{value} is no duration; write 3d, 1d12h or PT36H, for example")
    span = timedelta(**amounts)
    return -span if value.startswith("-") else span


def _read_amounts(value: str) -> dict[str, int]:
    found = _SPAN.fullmatch(value) or _ISO_SPAN.fullmatch(value)
    return {name: int(amount) for name, amount in found.groupdict().items() if amount} if found else {}


CHECKERS: dict[str, Callable[[str], bool]] = {
    "byte": is_base64,
    "date": is_date,
    "date-time": is_date_time,
    "time-span": is_duration,
    "email": is_email,
    "hostname": is_hostname,
    "timezone": is_timezone,
    "uuid": is_uuid,
}
"""Format name → checker of a string."""
