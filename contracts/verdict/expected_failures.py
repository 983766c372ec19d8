"""Rules that a server is known to break: a YAML file, a list of entries, each with an end."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mockserver.openapi.yaml_files import read_bounded_yaml
from mockserver.spelling import suggest

from .outcomes import CannotRunError, Outcome, Verdict
from .patterns import require_match

_MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class ExpectedFailure:
    """An entry: rules that fail, why, and until when that is accepted."""

    rule: str
    """An id or a pattern."""
    reason: str
    expires: date
    """The last day, in UTC."""
    link: str = ""
    """Where the failure is discussed."""


@dataclass(frozen=True, slots=True)
class ExpectedFailures:
    """The entries of a file; the first one that matches a rule counts."""

    file: str = ""
    entries: tuple[ExpectedFailure, ...] = ()

    def __str__(self) -> str:
        """Return the file, as a command line names it."""
        return self.file

    def weigh(self, verdict: Verdict, today: date | None = None) -> Verdict:
        """Return a verdict as the entries make it.

        A broken rule with an entry is expected. A kept rule with an entry breaks: the entry has to go. After
        the last day of its entry, a rule breaks in any case. An unchecked rule stays unchecked.
        """
        entry = next((each for each in self.entries if fnmatchcase(verdict.rule, each.rule)), None)
        if entry is None or verdict.outcome is Outcome.UNCHECKED:
            return verdict
        said = f"{entry.reason} ({entry.link})" if entry.link else entry.reason
        where = f"the entry {entry.rule} of {self.file}"
        if entry.expires < (today or datetime.now(UTC).date()):
            found = verdict.reason or "the rule is kept"
            return replace(
                verdict,
                outcome=Outcome.BROKEN,
                reason=f"{where} expired on {entry.expires}: {said}; {found}",
            )
        if verdict.outcome is Outcome.BROKEN:
            reason = f"{said}, until {entry.expires}; {verdict.reason}"
            return replace(verdict, outcome=Outcome.EXPECTED, reason=reason)
        reason = f"unexpected pass: {where} expects a failure: {said}; remove it"
        return replace(verdict, outcome=Outcome.BROKEN, reason=reason, exchanges=())


NONE_EXPECTED = ExpectedFailures()


def read_expected_failures(path: Path, rule_ids: Iterable[str]) -> ExpectedFailures:
    """Return the entries of a file.

    Raises CannotRunError when the file cannot be read, an entry is malformed, or matches none of the ids.
    """
    try:
        rows = read_bounded_yaml(path) or []
    except (OSError, ValueError) as error:
        raise CannotRunError(f"{path} cannot be read: {error}") from None
    if not isinstance(rows, list) or len(rows) > _MOST_ENTRIES:
        raise CannotRunError(f"{path} is no list of at most {_MOST_ENTRIES:,} entries.")
    ids = tuple(rule_ids)
    entries = []
    for number, row in enumerate(rows, 1):
        try:
            entry = _read_entry(row)
            require_match(ids, entry.rule)
        except (ValueError, CannotRunError) as error:
            raise CannotRunError(f"{path}, entry {number}: {error}") from None
        entries.append(entry)
    return ExpectedFailures(str(path), tuple(entries))


def _read_entry(row: Any) -> ExpectedFailure:
    names = [each.name for each in fields(ExpectedFailure)]
    if not isinstance(row, dict):
        raise ValueError(f"it has no {', '.join(names)}.")
    for name in row:
        if name not in names:
            raise ValueError(f"there is no field {name!r}; {suggest(str(name), names)}")
    for name in names:
        value = row.get(name, "")
        if not isinstance(value, str) or (not value.strip() and name != "link"):
            raise ValueError(f"{name} has to be a text.")
    try:
        expires = date.fromisoformat(row["expires"])
    except ValueError:
        raise ValueError(f"expires is {row['expires']!r}, not a date like 2027-01-31.") from None
    return ExpectedFailure(row["rule"], row["reason"], expires, row.get("link", ""))
