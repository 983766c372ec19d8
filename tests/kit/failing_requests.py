"""Requests that would succeed, and ways to make the API refuse them."""

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest

from mockserver.openapi.spec import DocumentedError, Operation

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

    def change_account(self, **changes: Any) -> None:
        accounts = self.api.workspace.sender_accounts
        accounts.put(replace(accounts.get(self.ids["inbox_id"]), **changes))

    def without(self, *names: str) -> None:
        self.body = {name: value for name, value in self.body.items() if name not in names}

    def put(self, where: str, path: list[Any], value: Any) -> None:
        """Put a value into the path, the query or the body, with the lists and objects that lead to it."""
        if where == "path":
            self.ids[path[0]] = value
        elif where == "query":
            self.query[path[0]] = str(value)
        elif not path:
            self.body = value
        else:
            holder = self.body = deepcopy(self.body)
            for step, following in pairwise(path):
                holder = _enter(holder, step, [] if isinstance(following, int) else {})
            _enter(holder, path[-1], value)
            holder[path[-1]] = value

    def leave_out(self, where: str, path: list[Any]) -> None:
        """Leave a value out of the query or the body."""
        if where == "query":
            del self.query[path[0]]
        elif not path:
            self.body = None
        else:
            holder = self.body = deepcopy(self.body)
            for step in path[:-1]:
                holder = holder[step]
            holder.pop(path[-1], None)


def _enter(holder: Any, step: str | int, default: Any) -> Any:
    """Return what stands at a place of a list or an object; when there is nothing, put the default there."""
    if isinstance(holder, dict):
        return holder.setdefault(step, default)
    if step == len(holder):
        holder.append(default)
    return holder[step]


Cause = Callable[[Request], None]
"""Changes a request so that it meets an error."""


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


def derive_cause(error: DocumentedError) -> Cause | None:
    """Return what makes a request break its schema as the text of an error says.

    None when the text is not that of one violation, or says too little.
    """
    detail = error.value["detail"]
    if not isinstance(detail, list):
        return None
    (violation,) = detail
    where, *path = violation["loc"]
    if violation["type"] == "value_error.missing":
        return lambda request: request.leave_out(where, path)
    value = _find_wrong_value(violation["type"], violation["msg"])
    return None if value is None else lambda request: request.put(where, path, value)


def _find_wrong_value(kind: str, message: str) -> Any:
    if kind in _WRONG_VALUES:
        return _WRONG_VALUES[kind]
    if kind in _BEYOND_LIMIT:
        limit = re.search(r"\d+", message)
        return _BEYOND_LIMIT[kind](int(limit[0])) if limit else None
    named = re.fullmatch(r"Invalid .+?: (.+)", message)
    return named[1] if named else None


_WRONG_VALUES: dict[str, Any] = {
    "type_error.bool": "maybe",
    "type_error.dict": [],
    "type_error.enum": "HAPPY",
    "type_error.integer": "one",
    "type_error.list": {},
    "type_error.str": 5,
    "type_error.uuid": "none",
    "value_error.date": "2024-02-30",
    "value_error.email": "ada at home",
}
"""Type of a violation → a value that has it, wherever it stands."""

_BEYOND_LIMIT: dict[str, Callable[[int], Any]] = {
    "value_error.any_str.max_length": lambda limit: "x" * (limit + 1),
    "value_error.any_str.min_length": lambda limit: "x" * (limit - 1),
    "value_error.list.max_items": lambda limit: [UNKNOWN_ID] * (limit + 1),
    "value_error.list.min_items": lambda limit: [UNKNOWN_ID] * (limit - 1),
    "value_error.number.not_ge": lambda limit: limit - 1,
    "value_error.number.not_le": lambda limit: limit + 1,
}
"""Type of a violation → a value just beyond the limit that its text names."""
