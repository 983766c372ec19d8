"""Behaviour profiles: how often and how soon leads react, under a name or in a file.

How it works: a profile is a small YAML file. What it does not name is as in `normal`. A server begins with
one, and a workspace can take another one: its reaction rates and delays are then those of the profile. Why
so: nothing else has to know profiles, and what holds shows in the records.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs

from ..openapi.yaml_files import read_bounded_yaml
from ..state.records import ReactionDelay, ReactionRate
from ..state.workspace import Workspace
from .reactions import DELAYS

_FOLDER = Path(__file__).parent / "behaviours"


class BehaviourError(ValueError):
    """There is no such profile, or it breaks a rule; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A whole profile."""

    summary: str
    reaction_rates: dict[str, float]
    """Name → share, from 0 to 1."""
    delays: dict[str, tuple[int, int]]
    """Reaction → least and most seconds."""


class Behaviours:
    """The profiles, read by the schemas of the control API."""

    def __init__(self, profile: Mapping[str, Any], rates: Mapping[str, Any]) -> None:
        self._schema = _close(dict(profile))
        self._rates: dict[str, float] = {name: rate["default"] for name, rate in rates["properties"].items()}

    def find(self, name: str) -> Behaviour:
        """Return the profile of this name, or of the file at this path; raises BehaviourError."""
        known = list_behaviours()
        path = _FOLDER / f"{name}.yaml" if name in known else Path(name)
        if not path.is_file():
            raise BehaviourError(f"no behaviour is called {name}, and no file; there are {', '.join(known)}")
        try:
            document = read_bounded_yaml(path)
        except (OSError, ValueError) as error:
            raise BehaviourError(f"the behaviour {name} cannot be read: {error}") from None
        try:
            jsonschema_rs.validate(self._schema, document)
        except jsonschema_rs.ValidationError as error:
            where = "/".join(map(str, error.instance_path))
            raise BehaviourError(f"the behaviour {name} breaks a rule: {where}: {error.message}") from None
        return self.make(document)

    def make(self, document: Mapping[str, Any]) -> Behaviour:
        """Return the profile of a valid document.

        Raises BehaviourError when a least delay is above the most.
        """
        own = document.get("delay_seconds", {})
        for name, (least, most) in own.items():
            if least > most:
                raise BehaviourError(f"The delay of {name} is from {least} to {most}")
        return Behaviour(
            document.get("summary", ""),
            {**self._rates, **document.get("reaction_rates", {})},
            {**DELAYS, **{name: (least, most) for name, (least, most) in own.items()}},
        )


def _close(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema, but unknown names are refused: in a file they are mistakes."""
    inner = {name: _close(dict(value)) for name, value in schema.get("properties", {}).items()}
    return {**schema, "properties": inner, "additionalProperties": False} if inner else schema


def list_behaviours() -> list[str]:
    """Return the names of the profiles of this package."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def set_behaviour(workspace: Workspace, behaviour: Behaviour) -> None:
    """Make a profile the one of a workspace, from the next mail on."""
    with workspace.lock:
        for name, share in behaviour.reaction_rates.items():
            workspace.reaction_rates.put(ReactionRate(name, float(share)))
        for name, (least, most) in behaviour.delays.items():
            workspace.reaction_delays.put(ReactionDelay(name, least, most))
