"""Requests that would succeed, and ways to make the API refuse them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mockserver.openapi.spec import Operation

from .api import SPEC, UNKNOWN_ID, Api, content_of


@dataclass
class Request:
    """A request that would succeed until a cause changes it, and the user who sends it."""

    api: Api
    operation: Operation
    ids: dict[str, str]
    body: Any
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    handler: Callable[[Any], Any] | None = None
    method: str = ""
    path: str = ""
    data: bytes | None = None

    def send(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        if self.handler:
            endpoint = self.api.app.pipeline.endpoints[self.operation.operation_id]
            monkeypatch.setattr(endpoint, "handler", self.handler)
        content = content_of(self.operation, self.body)
        if self.data is not None:
            content = {"data": self.data, "content_type": "application/json"}
        return self.api.send(
            self.method or self.operation.method,
            self.path or self.operation.path.format(**self.ids),
            query_string=self.query,
            headers={SPEC.key_header: self.api.key} | self.headers,
            **content,
        )

    def body_with(self, **fields: Any) -> None:
        self.body = {**self.body, **fields}

    def body_is(self, body: Any) -> None:
        self.body = body

    def move_campaign(self, status: str) -> None:
        campaigns = self.api.workspace.campaigns
        campaigns.put(replace(campaigns.get(self.ids["campaign_id"]), status=status))

    def change_domain(self, **changes: Any) -> None:
        domains = self.api.workspace.domains
        domains.put(replace(domains.get(self.ids["domain_id"]), **changes))

    def change_inbox(self, **changes: Any) -> None:
        accounts = self.api.workspace.sender_accounts
        accounts.put(replace(accounts.get(self.ids["inbox_id"]), **changes))

    def without(self, *names: str) -> None:
        self.body = {name: value for name, value in self.body.items() if name not in names}


Cause = Callable[[Request], None]
"""Changes a request so that it meets an error."""


def send_bad_id(name: str) -> Cause:
    return lambda request: request.ids.update({name: "none"})


def send_fields(**fields: Any) -> Cause:
    return lambda request: request.body_with(**fields)


def send_body(body: Any) -> Cause:
    return lambda request: request.body_is(body)


def send_bytes(data: bytes) -> Cause:
    def change(request: Request) -> None:
        request.data = data

    return change


def send_query(**query: str) -> Cause:
    return lambda request: request.query.update(query)


def send_headers(facts: dict[str, Any], **headers: str) -> Cause:
    def change(request: Request) -> None:
        request.headers = headers
        request.facts = facts

    return change


def name_unknown(*names: str) -> Cause:
    """Name what does not exist, wherever the request names it."""

    def change(request: Request) -> None:
        request.ids.update(dict.fromkeys(names, UNKNOWN_ID))
        request.query.update({name: UNKNOWN_ID for name in names if name in request.query})
        if isinstance(request.body, dict):
            request.body_with(**{name: UNKNOWN_ID for name in names if name in request.body})

    return change


def repeat(request: Request) -> None:
    """Send it before."""
    request.api.ok(request.operation.operation_id, request.body, **request.ids)


def with_facts(cause: Cause, **facts: Any) -> Cause:
    def change(request: Request) -> None:
        cause(request)
        request.facts = facts

    return change
