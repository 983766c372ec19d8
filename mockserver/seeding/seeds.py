"""Starting states: named files of this package, and files of the user's own."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import takewhile
from pathlib import Path
from random import Random
from typing import Any

from ..errors import ApiError, RequestInvalidError
from ..model.content import assign_variants
from ..openapi.formats import is_date_time, parse_date_time
from ..openapi.parsing import NotJsonError, read_json
from ..openapi.yaml_files import parse_bounded_yaml
from ..sending.time_travel import set_time
from ..state.snapshot import Seed, Snapshot
from ..state.workspace import Workspace, WorkspaceOptions
from .documents import SEED_TIME, CheckedState, StateFormat

_FOLDER = Path(__file__).parent / "builtin"
_MOST_SHOWN = 5


class SeedError(Exception):
    """There is no such seed, or it breaks a rule; the text names the rule and the place."""


class Seeds:
    """The starting states of a server; each is read and checked once."""

    def __init__(self, states: StateFormat, options: WorkspaceOptions | None = None) -> None:
        self._states = states
        self._options = options
        self._checked: dict[str, tuple[CheckedState, datetime | None]] = {}

    def find(self, name: str) -> Seed:
        """Return the starting state of this name, or of the file at this path.

        Raises SeedError.
        """
        if name not in self._checked:
            is_own = name not in list_seeds()
            path = Path(name) if is_own else _FOLDER / f"{name}.yaml"
            if is_own and not path.is_file():
                raise SeedError(f"no seed is called {name}, and no file; there are {', '.join(list_seeds())}")
            document = _read(path)
            now = _take_now(name, document)
            try:
                checked = self._states.check(document)
                if is_own:  # what a workspace would stumble over later
                    self._states.make(checked, Random(0))
            except RequestInvalidError as error:
                raise SeedError(describe_violations(f"the seed {name} breaks a rule:", error)) from None
            self._checked[name] = checked, now
        checked, now = self._checked[name]
        make = partial(self._states.make, checked)
        return Seed(name, partial(self._run, make, now) if now else make, now)

    def resize(self, name: str, leads: int) -> Seed:
        """Return a starting state of this package with so many leads, or a few more.

        All of its campaigns get equally many. Raises ApiError `seed_not_sizable` unless one row stands for
        all campaigns, and one in it for all leads.
        """
        document = _read(_FOLDER / f"{name}.yaml")
        campaigns = document.get("campaigns", [])
        rows = campaigns[0].get("leads", []) if len(campaigns) == 1 else []
        if len(rows) != 1 or "repeat" not in campaigns[0] or "repeat" not in rows[0]:
            raise ApiError("seed_not_sizable", seed=name)
        rows[0]["repeat"] = -(-leads // campaigns[0]["repeat"])
        return Seed(name, partial(self._states.make, self._states.check(document)), leads=leads)

    def _run(self, make: Callable[[Random], Snapshot], now: datetime, random: Random) -> Snapshot:
        """Return a state after its ACTIVE campaigns ran from `SEED_TIME` to a time."""
        staging = Workspace("", str(random.getrandbits(64)), options=self._options)
        staging.clock.freeze(SEED_TIME)
        staging.restore(make(random))
        for campaign in staging.campaigns:
            if campaign.status == "ACTIVE":
                assign_variants(staging, campaign)
        set_time(staging, now)
        return staging.snapshot().keep_records()


def list_seeds() -> list[str]:
    """Return the names of the seeds in the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def describe_seeds() -> dict[str, str]:
    """Return name → what it is for, the comment that each seed in the package begins with."""
    return {name: _read_comment((_FOLDER / f"{name}.yaml").read_text("utf-8")) for name in list_seeds()}


def _read_comment(text: str) -> str:
    lines = takewhile(lambda line: line.startswith("#"), text.splitlines())
    return " ".join(line.lstrip("# ") for line in lines)


def parse_document(text: str) -> Any:
    """Return what a state document says, in JSON or YAML; None for an empty one.

    Raises ValueError, as `parse_bounded_yaml` does.
    """
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        # YAML would read JSON, too, but an export of thousands of records far slower.
        with suppress(NotJsonError):
            return read_json(text.encode())
    return parse_bounded_yaml(text)


def _take_now(name: str, document: Any) -> datetime | None:
    """Return up to when a seed is to run by itself, and take it out of the document."""
    now = document.pop("now", None) if isinstance(document, dict) else None
    if now is None:
        return None
    if not isinstance(now, str) or not is_date_time(now):
        raise SeedError(f"the seed {name} breaks a rule:\n  now: invalid datetime format")
    if "clock" in document:
        raise SeedError(f"the seed {name} breaks a rule:\n  now: the clock says what time it is")
    return parse_date_time(now, "UTC")


def _read(path: Path) -> Any:
    try:
        return parse_document(path.read_text("utf-8")) or {}
    except OSError as error:
        raise SeedError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise SeedError(f"{path} is neither YAML nor JSON: {error}") from None


def describe_violations(head: str, error: RequestInvalidError) -> str:
    """Return the first breaches of a document as lines to read."""
    lines = [
        f"  {'.'.join(map(str, violation['loc'][1:])) or 'the file'}: {violation['msg']}"
        for violation in error.violations[:_MOST_SHOWN]
    ]
    more = len(error.violations) - len(lines)
    return "\n".join([head, *lines, *([f"  and {error.describe_count(more)} more"] if more > 0 else [])])
