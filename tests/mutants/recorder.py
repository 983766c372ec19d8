"""A client that records what a server answers."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from werkzeug.test import TestResponse

from contracts import Target
from contracts.inputs.encoding import encode
from contracts.options import IncomingEvents
from contracts.traffic.recorded import Recorded
from mockserver.openapi.spec import FORM_TYPE, Operation
from mockserver.server.app import MockServer
from mockserver.settings import Settings

from ..kit import api
from ..kit.api import UNKNOWN_ID, follow_up, smtp_account
from .mutations import Plan

KEY, SECOND_KEY, LIMITED_KEY, REVOKED_KEY = (
    f"cs_live_{name}" for name in ("main", "second", "limited", "revoked")
)
STAGE_KEYS = ("cs_live_stage", "cs_live_other_stage")
SETTINGS = Settings(
    port=0,
    keys_file=str(Path(__file__).with_name("keys.yaml")),
    strict_keys=True,
    quiet=True,
    no_control=True,
)
"""A server that accepts these keys and no others; keys.yaml describes them."""

_START = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
_NOTHING = object()


class DifferentError(Exception):
    """The server answers otherwise."""


class Recorder:
    """Asks a server and records what it answers. The server's clock moves with each request only.

    Raises DifferentError at the first line that is not as expected, if a transcript is given.
    """

    def __init__(self, plan: Plan, expected: list[str] | None = None) -> None:
        self.transcript: list[str] = []
        self.exchanges: list[Recorded] = []
        self.expected = expected
        self.pace = timedelta(seconds=7)
        self.meanwhile: list[Callable[[], Any]] = []
        """What to do while a slow server keeps a request waiting."""
        plan.sleep = self._note_sleep
        self.app: MockServer = plan.build(SETTINGS)
        self._plan = plan
        self._client = self.app.test_client()
        self._clocks = [self.app.workspaces.get(key).clock for key in (KEY, SECOND_KEY)]
        for clock in self._clocks:
            clock.freeze(_START)

    @cached_property
    def events(self) -> IncomingEvents:
        """What happens without a request: replies, opened mails, time in which mails go out."""
        target: Target = self._plan.edition.load("contracts.stand_in").equip(
            Target("", KEY, SECOND_KEY), self.app
        )
        assert target.incoming_events
        return target.incoming_events

    def use_time(self) -> None:
        """Do what was to be done meanwhile, unless it is done."""
        while self.meanwhile:
            self.meanwhile.pop()()

    def _note_sleep(self, seconds: float) -> None:
        self._note(f"{seconds} seconds pass")
        self.use_time()

    def _note(self, line: str) -> None:
        if self.expected is not None and self.expected[len(self.transcript) :][:1] != [line]:
            raise DifferentError(line)
        self.transcript.append(line)

    def wait(self, by: timedelta) -> None:
        """Let time pass for the server."""
        for clock in self._clocks:
            clock.advance(by)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = _NOTHING,
        *,
        key: str | None = KEY,
        data: bytes | None = None,
        content_type: str | None = "application/json",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> dict[str, Any]:
        """Send a request below the base path; returns the JSON object answered, or an empty one."""
        self.wait(self.pace)
        own = {} if key is None else {"X-API-Key": key}
        if body is not _NOTHING:
            data = json.dumps(body).encode()
        at = self._clocks[0].now()
        found = self._client.open(
            self.app.pipeline.spec.base_path + path,
            method=method,
            data=data,
            content_type=content_type if data is not None else None,
            headers={**own, **headers},
        )
        self._keep(found, data or b"", at)
        written = {name: value for name, value in found.headers.items() if name != "Content-Length"}
        if found.status_code in (401, 404, 405):  # may show the real time
            reset = written.get("X-RateLimit-Reset", "")
            written["X-RateLimit-Reset"] = str(len(reset))
        self._note(f"{method} {path} {found.status_code} {written} {found.get_data()!r}")
        answered = found.get_json(silent=True)
        return answered if isinstance(answered, dict) else {}

    def _keep(self, found: TestResponse, data: bytes, at: datetime) -> None:
        request = found.request
        self.exchanges.append(
            Recorded(
                place=f"exchange {len(self.exchanges) + 1}",
                method=request.method,
                url=request.url,
                status=found.status_code,
                request_headers={name.casefold(): value for name, value in request.headers.items()},
                request_body=data,
                response_headers={name.casefold(): value for name, value in found.headers.items()},
                response_body=found.get_data(),
                at=at,
            )
        )

    def send(self, operation: Operation, path: str, body: Any) -> dict[str, Any]:
        """Send a body as an operation takes it: as JSON, or as a form whose texts for files are files."""
        if operation.body_type != FORM_TYPE or not isinstance(body, dict):
            return self.ask(operation.method, path, body)
        fields = (operation.body or {})["properties"]
        parts = {
            name: part.encode() if fields[name].get("format") == "binary" and isinstance(part, str) else part
            for name, part in body.items()
            if part is not None
        }
        data, content_type = encode(operation, parts, boundary="b0undary")
        return self.ask(operation.method, path, data=data, content_type=content_type)

    def upload(self, operation_id: str, path: str, file: str, **parts: Any) -> dict[str, Any]:
        """Send a file, and other parts of a form."""
        operation = self.app.pipeline.spec.operations[operation_id]
        return self.send(operation, path, {"file": file, **parts})

    def add(self, name: str, path: str, body: Any, key: str = KEY) -> str:
        """Create something; returns its id."""
        return str(self.ask("POST", path, body, key=key).get(name) or UNKNOWN_ID)

    def add_campaign(self, key: str = KEY, **body: Any) -> str:
        """Create a campaign."""
        return self.add("campaign_id", "/campaigns", {"name": "A campaign", **body}, key)

    def add_account(self, address: str = "sam@example.com", key: str = KEY, **body: Any) -> str:
        """Connect a sender account."""
        account = smtp_account(address)
        del account["daily_limit"]  # answers show its default
        return self.add("inbox_id", "/sender-accounts/smtp", {**account, **body}, key)

    def add_lead(self, campaign_id: str, email: str = "ada@example.com", **body: Any) -> str:
        """Add a lead."""
        return self.add("lead_id", f"/campaigns/{campaign_id}/leads/manual", {"email": email, **body})

    def prepare(self, **body: Any) -> str:
        """Create a campaign that can be launched."""
        campaign_id = self.add_campaign(**body)
        inbox_id = self.add_account(f"of{len(self.transcript)}@example.com")
        self.add_lead(campaign_id)
        self.ask(
            "PUT",
            f"/campaigns/{campaign_id}",
            {"inbox_ids": [inbox_id], "variants": [variant()], "sequences": [follow_up(2), follow_up(3)]},
        )
        return campaign_id

    def launch(self, **body: Any) -> str:
        """Create a campaign and launch it."""
        campaign_id = self.prepare()
        self.ask("PUT", f"/campaigns/{campaign_id}", {**body, "launch": True})
        return campaign_id


def variant(name: str = "A", percent: int = 100, **more: Any) -> dict[str, Any]:
    """Return a variant of the first mail, with texts that are easily changed on the way."""
    texts = {
        "subject_template": " Quick question, {{first_name}} ",
        "email_content": "Hi {{first_name}},\r\n  two minutes\tof your time? 🙂 <b>",
    }
    return api.variant(name, percent, **{**texts, **more})
