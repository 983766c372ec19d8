"""The model: this project's mock, asked without a socket, in workspaces that nobody else uses."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from mockserver import Settings
from mockserver.http.messages import BodyTooLargeError, Request
from mockserver.mails.incoming_events import (
    receive_reply,
    record_lead_event,
    set_account_status,
    set_campaign_status,
)
from mockserver.model.contacts import add_tag
from mockserver.openapi.spec import Operation, Spec
from mockserver.sending import time_travel
from mockserver.server.app import create_app
from mockserver.state.workspace import Workspace

from ..comparison.answers import Answer
from ..inputs.encoding import as_params, encode
from ..options import TAG_NAME

_HOST = "model.localhost"
_BOUNDARY = "b0undary"


class Model:
    """Answers calls as the contract wants them answered."""

    def __init__(
        self, spec: Spec, random_seed: str, tag_name: str = TAG_NAME, budget: int | None = None
    ) -> None:
        """`budget` is the credits that a workspace has to spend, if that is known of the server."""
        self._spec = spec
        self._tag_name = tag_name
        settings = Settings(quiet=True, no_control=True, journal=0, random_seed=random_seed)
        if budget is not None:
            settings = replace(settings, credits=budget)
        self._app = create_app(settings, spec)

    def make_keys(self, name: str) -> tuple[str, str]:
        """Return two keys, each of a workspace of its own; equal names lead to the same ones."""
        prefix = f"{self._spec.key_prefix}walk_{name}"
        return f"{prefix}_1", f"{prefix}_2"

    def forget(self, name: str) -> None:
        """Empty the workspaces of a name."""
        for key in self.make_keys(name):
            self.find_workspace(key).reset()

    @contextmanager
    def trying(self, name: str) -> Iterator[None]:
        """Undo in the end what happens in the workspaces of a name while the block lasts."""
        workspaces = [self.find_workspace(key) for key in self.make_keys(name)]
        snapshots = [workspace.snapshot() for workspace in workspaces]
        try:
            yield
        finally:
            for workspace, snapshot in zip(workspaces, snapshots, strict=True):
                workspace.restore(snapshot)

    def find_workspace(self, key: str) -> Workspace:
        """Return the workspace of a key."""
        return self._app.workspaces.get(self._app.pipeline.keys.find(key).workspace)

    def ask(
        self, operation: Operation, path: Mapping[str, str], query: Mapping[str, Any], body: Any, key: str
    ) -> Answer:
        """Answer a call; a body of None is none at all."""
        relative = operation.path
        for name, value in path.items():
            relative = relative.replace("{" + name + "}", value)
        data, headers = b"", {"host": _HOST, self._spec.key_header.casefold(): key}
        if body is not None:
            data, headers["content-type"] = encode(operation, body, _BOUNDARY)
            headers["content-length"] = str(len(data))
        params = {name: value for name, value in (as_params(query) or {}).items() if value is not None}
        request = Request(
            operation.method, relative, urlencode(params, True), headers, "127.0.0.1", _reader(data)
        )
        response = self._app.answer(request)
        found = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        named = {name.casefold(): value for name, value in response.headers.items()}
        return Answer(response.status, named, found)

    def add_tag(self, name: str) -> str:
        """Add a tag to the first workspace of a name; return its id."""
        return add_tag(self.find_workspace(self.make_keys(name)[0]), self._tag_name).tag_id

    def set_time(self, name: str, at: datetime) -> None:
        """Stop the clocks of the workspaces of a name at a time."""
        for key in self.make_keys(name):
            workspace = self.find_workspace(key)
            with workspace.lock:
                workspace.clock.freeze(at)

    def move_clock(self, name: str, seconds: float) -> None:
        """Let time pass in the workspaces of a name, with everything that happens meanwhile."""
        for key in self.make_keys(name):
            time_travel.advance(self.find_workspace(key), timedelta(seconds=seconds))

    def receive_reply(self, name: str, lead_id: str, text: str, category: str | None) -> None:
        """Let a lead of the first workspace reply; raises ApiError `lead_not_found`."""
        receive_reply(self.find_workspace(self.make_keys(name)[0]), lead_id, text, category=category)

    def record_event(self, name: str, lead_id: str, kind: str) -> None:
        """Let something else happen to its mail; raises ApiError `lead_not_found`."""
        record_lead_event(self.find_workspace(self.make_keys(name)[0]), lead_id, kind)

    def set_values(self, name: str, id_name: str, record_id: str, values: Mapping[str, Any]) -> None:
        """Set a status in the first workspace; raises ApiError where nothing has this id."""
        set_values(self.find_workspace(self.make_keys(name)[0]), id_name, record_id, values)


def set_values(workspace: Workspace, id_name: str, record_id: str, values: Mapping[str, Any]) -> None:
    """Set the status of a sender account or a campaign; raises ApiError where nothing has this id."""
    if id_name == "inbox_id":
        set_account_status(workspace, record_id, values["overall_status"], values.get("health_score"))
    else:
        set_campaign_status(workspace, record_id, values["status"])


def read_json(answer: Answer) -> Any:
    """Return the JSON value of an answer; None when it has none."""
    try:
        return json.loads(answer.body) if answer.is_success else None
    except (ValueError, RecursionError):
        return None


def _reader(data: bytes) -> Any:
    def read(most: int) -> bytes:
        if len(data) > most:
            raise BodyTooLargeError
        return data

    return read
