"""A workspace with all that it goes on from, apart from its server: frozen, written, read, revived."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from ..errors import ApiError, RequestInvalidError
from ..http.keys import Key, KeyRing
from ..openapi.formats import is_date_time, parse_date_time
from ..openapi.schemas import Schema
from ..openapi.validation import Validator
from ..seeding.documents import StateFormat
from ..seeding.seeds import Seeds, describe_violations, list_seeds
from ..state.snapshot import Seed, Snapshot
from ..state.workspace import Workspace
from ..state.workspaces import Workspaces

FORMAT = 1
"""Of the documents that are written; one of another format is not read."""
_TEXT: Schema = {"type": "string"}
_HEAD: Schema = {
    "type": "object",
    "required": ["name", "seed", "is_changed", "is_fork", "scopes", "saved_at", "last_use"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "seed": {
            "type": "object",
            "required": ["name", "leads"],
            "properties": {"name": _TEXT, "leads": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        },
        "is_changed": {"type": "boolean"},
        "is_fork": {"type": "boolean"},
        "scopes": {"type": "array", "items": _TEXT},
        "saved_at": {"type": "string", "format": "date-time"},
        "last_use": {"type": "integer"},
    },
}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class SavedError(ValueError):
    """A document is not that of a saved workspace; the message says why."""


@dataclass(frozen=True, slots=True)
class SavedWorkspace:
    """A workspace at one moment. Nothing in it changes any more."""

    name: str
    seed: Seed
    is_changed: bool
    is_fork: bool
    scopes: tuple[str, ...]
    """Of the key of a fork, which nobody has declared but the server."""
    saved_at: datetime
    """The real time of that moment."""
    last_use: int
    state: Snapshot
    snapshots: Mapping[str, Snapshot]
    """Those that have names."""

    def write_head(self) -> dict[str, Any]:
        """Return what is known beside the states, as JSON values."""
        return {
            "name": self.name,
            "seed": {"name": self.seed.name, "leads": self.seed.leads},
            "is_changed": self.is_changed,
            "is_fork": self.is_fork,
            "scopes": list(self.scopes),
            "saved_at": self.saved_at.isoformat(),
            "last_use": self.last_use,
        }


def freeze(workspace: Workspace, keys: KeyRing) -> SavedWorkspace:
    """Return a workspace as it is now; the caller holds its lock and has done what is due."""
    is_known = workspace.is_fork and keys.find_workspace(workspace.name) == workspace.name
    with workspace.clock.holding() as at:
        return SavedWorkspace(
            workspace.name,
            workspace.seed,
            workspace.is_changed,
            workspace.is_fork,
            keys.find(workspace.name).scopes if is_known else (),
            at,
            workspace.last_use,
            workspace.snapshot(),
            workspace.history.list_snapshots(),
        )


class SavedFormat:
    """How saved workspaces look as documents, and how a server takes them in."""

    def __init__(self, states: StateFormat, seeds: Seeds, workspaces: Workspaces, keys: KeyRing) -> None:
        self.states = states
        self._seeds = seeds
        self._workspaces = workspaces
        self.keys = keys
        self._head = Validator(_HEAD, states.spec.violations)

    def write(self, saved: SavedWorkspace, **parts: Any) -> Iterator[str]:
        """Yield a workspace as JSON text, without its snapshots; `parts` stand beside it."""
        head = {"format": FORMAT, "workspace": saved.write_head(), **parts}
        yield _encode(head).removesuffix("}") + ',"state":'
        yield from self.states.write_text(saved.state)
        yield "}\n"

    def write_whole(self, saved: SavedWorkspace) -> Iterator[str]:
        """Yield a workspace as JSON text, with its snapshots."""
        yield "{" + f'"format":{FORMAT},"workspace":{_encode(saved.write_head())},"snapshots":' + "{"
        for index, (name, snapshot) in enumerate(saved.snapshots.items()):
            yield ("," if index else "") + _encode(name) + ":"
            yield from self.states.write_text(snapshot)
        yield '},"state":'
        yield from self.states.write_text(saved.state)
        yield "}"

    def read(self, document: Any, snapshots: Mapping[str, Any]) -> SavedWorkspace:
        """Return the workspace of a document; `snapshots` are the states of those with names.

        Raises SavedError.
        """
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise SavedError(f"it is no workspace of format {FORMAT}")
        head: Any = document.get("workspace")
        try:
            if not self._head.is_valid(head):
                raise RequestInvalidError(self._head.find_violations(head, ("body", "workspace")))
            state = self._read_state(document.get("state"))
            named = {name: self._read_state(each) for name, each in snapshots.items()}
        except RequestInvalidError as error:
            raise SavedError(describe_violations("it breaks a rule:", error)) from None
        if state.clock is None:
            raise SavedError("its state has no clock")
        return SavedWorkspace(
            head["name"],
            self._find_seed(**head["seed"]),
            head["is_changed"],
            head["is_fork"],
            tuple(head["scopes"]),
            parse_date_time(head["saved_at"], "UTC"),
            head["last_use"],
            state,
            named,
        )

    def revive(self, saved: SavedWorkspace, name: str | None = None) -> Workspace:
        """Return a workspace of this server that goes on from a saved one, in place of one of its name.

        A running clock goes on as if it had never stopped. `name` is another one for it. Raises ApiError
        `workspaces_full`.
        """
        name = saved.name if name is None else name
        workspace = self._workspaces.revive(name, saved.seed, _catch_clock_up(saved))
        workspace.history.adopt_snapshots(saved.snapshots)
        workspace.is_changed, workspace.is_fork = saved.is_changed, saved.is_fork
        if saved.is_fork and all(key.value != name for key in self.keys.declared):
            self.keys.declare(Key(name, workspace=name, scopes=saved.scopes))
        return workspace

    def _read_state(self, document: Any) -> Snapshot:
        """Return a state; no point of a clock leads to it here. Raises RequestInvalidError."""
        return replace(self.states.make(self.states.check(document), Random(0)), passed=())

    def _find_seed(self, name: str, leads: int | None) -> Seed:
        """Return the seed of a name; if there is none any more, that of the server.

        A file is read only if the server was started with it.
        """
        own = self._workspaces.seed
        if name not in list_seeds() or (name, leads) == (own.name, own.leads):
            return own
        try:
            return self._seeds.find(name) if leads is None else self._seeds.resize(name, leads)
        except ApiError:
            return own


def _catch_clock_up(saved: SavedWorkspace) -> Snapshot:
    """Return the state of a workspace with its clock at the present; what was due since is still to do."""
    clock = saved.state.clock
    assert clock is not None
    if clock.frozen:
        return saved.state
    passed = max(datetime.now(UTC) - saved.saved_at, timedelta())
    try:
        now = clock.now + passed * clock.speed
        is_sound = is_date_time(now.isoformat())
    except OverflowError:
        is_sound = False
    return replace(saved.state, clock=replace(clock, now=now)) if is_sound else saved.state
