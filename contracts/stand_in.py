"""The stand-in: a mock that the suite starts for itself, with strict keys of every kind."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mockserver import Settings
from mockserver.mails.incoming_events import receive_reply, record_lead_event
from mockserver.model.contacts import add_tag
from mockserver.openapi.spec import load_spec
from mockserver.sending import time_travel
from mockserver.server.app import MockServer, create_app
from mockserver.server.server import running
from mockserver.state.workspace import Workspace

from .options import LIMITED_SCOPE, TAG_NAME, Target
from .walk.model import set_values


@contextmanager
def standing_in(random_seed: str = "0") -> Iterator[Target]:
    """Run a mock for the time of the block, and yield it as a target."""
    with TemporaryDirectory() as folder:
        keys_file = Path(folder) / "keys.json"
        target = declare_keys(keys_file)
        settings = Settings(
            port=0, keys_file=str(keys_file), strict_keys=True, quiet=True, random_seed=random_seed
        )
        app = create_app(settings)
        with running(settings, app) as server:
            yield equip(replace(target, base_url=server.base_url), app)


def equip(target: Target, app: MockServer) -> Target:
    """Return a target of this process with a tag and incoming events, which no request can make."""
    keys = [key for key in (target.api_key, target.second_key) if key]
    workspaces = [app.workspaces.get(app.pipeline.keys.find(key).workspace) for key in keys]
    with workspaces[0].lock:
        tag_id = add_tag(workspaces[0], TAG_NAME).tag_id
    stage = _Stage(app, target.stage_keys) if target.stage_keys else None
    events = _IncomingEvents(tuple(workspaces))
    return replace(target, tag_id=tag_id, incoming_events=events, stage=stage, is_stand_in=True)


@dataclass(frozen=True, slots=True)
class _IncomingEvents:
    """Events that leads and other servers cause; see `options.IncomingEvents`."""

    workspaces: tuple[Workspace, ...]
    """That of the key, where events happen, and that of the second key."""

    def receive_reply(self, lead_id: str, text: str, category: str | None = None) -> None:
        receive_reply(self.workspaces[0], lead_id, text, category=category)

    def record_event(self, lead_id: str, kind: str) -> None:
        record_lead_event(self.workspaces[0], lead_id, kind)

    def set_values(self, id_name: str, record_id: str, values: Mapping[str, Any]) -> None:
        set_values(self.workspaces[0], id_name, record_id, values)

    def now(self) -> datetime:
        return self.workspaces[0].now()

    def move_clock(self, seconds: float) -> None:
        at = self.now()
        for workspace in self.workspaces:
            with workspace.lock:
                workspace.clock.freeze(at)
                time_travel.advance(workspace, timedelta(seconds=seconds))

    def restore_clock(self) -> None:
        for workspace in self.workspaces:
            with workspace.lock:
                workspace.clock.reset(workspace.options.speed)


class _Stage:
    """Workspaces for histories; see `options.Stage`."""

    def __init__(self, app: MockServer, keys: tuple[str, str]) -> None:
        self.keys = keys
        self.tag_id = ""
        self._workspaces = tuple(app.workspaces.get(app.pipeline.keys.find(key).workspace) for key in keys)
        self.events = _IncomingEvents(self._workspaces)
        self.credits = self._workspaces[0].options.credits
        self._begun = 0

    def begin(self) -> None:
        self._begun += 1
        for workspace in self._workspaces:
            workspace.reset()
            with workspace.lock:
                workspace.random.seed(f"{workspace.name} {self._begun}")  # no id stands for two things
        with self._workspaces[0].lock:
            self.tag_id = add_tag(self._workspaces[0], TAG_NAME).tag_id

    def close(self) -> None:
        for workspace in self._workspaces:
            workspace.reset()


def declare_keys(keys_file: Path) -> Target:
    """Write new keys of every kind to a file for `Settings.keys_file`; return them in a target."""
    prefix = load_spec().key_prefix + "contract_"
    suffix = secrets.token_hex(6)
    target = Target(
        base_url="",
        api_key=f"{prefix}main_{suffix}",
        second_key=f"{prefix}second_{suffix}",
        limited_key=f"{prefix}limited_{suffix}",
        revoked_key=f"{prefix}revoked_{suffix}",
        stage_keys=(f"{prefix}stage_{suffix}", f"{prefix}STAGE_{suffix}"),
        is_mock=True,
    )
    workspace = f"main {suffix}"
    rows = [
        {"key": target.api_key, "workspace": workspace},
        {"key": target.second_key},
        {"key": target.limited_key, "workspace": workspace, "scopes": [LIMITED_SCOPE]},
        {"key": target.revoked_key, "workspace": workspace, "revoked": True},
        *({"key": key} for key in target.stage_keys or ()),
    ]
    keys_file.write_text(json.dumps({"keys": rows}), "utf-8")
    return target
