"""The requests that are measured, taken from the examples of openapi.yaml."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from mockserver.openapi.spec import Spec

from .load import Request, ask

KEY = "cs_live_benchmark"
LONG_LIST = "list of 50"
_LISTED = {"list of one": 1, LONG_LIST: 50}
"""Call → how many campaigns its list holds."""


def address_of(base_url: str) -> tuple[str, int]:
    """Return host and port of a base URL."""
    parts = urlsplit(base_url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def make_probe(spec: Spec, base_url: str) -> Request:
    """Return a request that any server of the API answers as soon as it is up."""
    return _make(spec, base_url, "listCampaigns", "2")


def make_requests(spec: Spec, base_url: str) -> dict[str, Request]:
    """Return the measured calls by name, for a server where a campaign now stands ready.

    The campaign has variants and a follow-up, so that reading it is reading something.
    """
    creation = spec.operations["createCampaign"].body_examples["product_launch"]
    updates = spec.operations["updateCampaign"].body_examples
    create = _make(spec, base_url, "createCampaign", "2", creation)
    campaign_id = json.loads(ask(address_of(base_url), create))["campaign_id"]
    fill = _make(spec, base_url, "updateCampaign", "2", updates["two_variants"], campaign_id)
    ask(address_of(base_url), fill)
    nameless = {name: value for name, value in creation.items() if name != "name"}
    broken = {**nameless, "timezone": 7, "sending_days": [0, 1], "daily_limit_per_inbox": "many"}
    lists = {}
    for call, size in _LISTED.items():
        key = f"{KEY}_{size}"
        for _ in range(size):
            ask(address_of(base_url), _make(spec, base_url, "createCampaign", "2", creation, key=key))
        lists[call] = _make(spec, base_url, "listCampaigns", "2", query=f"?limit={size}", key=key)
    return {
        "create": create,
        "invalid create": _make(spec, base_url, "createCampaign", "422", broken),
        "get": _make(spec, base_url, "getCampaign", "2", campaign_id=campaign_id),
        "update": _make(spec, base_url, "updateCampaign", "2", updates["rename"], campaign_id),
        **lists,
    }


def list_stubs(spec: Spec) -> Iterator[dict[str, Any]]:
    """Yield what WireMock needs to answer the measured calls, each with the example of openapi.yaml."""
    path, one = f"{spec.base_path}/campaigns", f"{spec.base_path}/campaigns/[^/]+"
    has_name: dict[str, Any] = {"bodyPatterns": [{"matchesJsonPath": "$.name"}]}
    yield _stub(spec, "createCampaign", {"urlPath": path, **has_name}, priority=1)
    refusal = spec.operations["createCampaign"].errors["name_missing"].value
    yield _stub(spec, "createCampaign", {"urlPath": path}, priority=2, status=422, body=refusal)
    yield _stub(spec, "listCampaigns", {"urlPath": path})
    yield _stub(spec, "getCampaign", {"urlPathPattern": one})
    yield _stub(spec, "updateCampaign", {"urlPathPattern": one, "bodyPatterns": [{"matchesJsonPath": "$"}]})


def _stub(
    spec: Spec,
    operation_id: str,
    request: dict[str, Any],
    *,
    priority: int = 1,
    status: int | None = None,
    body: Any = None,
) -> dict[str, Any]:
    operation = spec.operations[operation_id]
    answer = next(iter(operation.answer_examples.values())) if body is None else body
    return {
        "priority": priority,
        "request": {"method": operation.method, **request},
        "response": {
            "status": status or operation.status,
            "body": json.dumps(answer),
            "headers": {"Content-Type": "application/json"},
        },
    }


def _make(
    spec: Spec,
    base_url: str,
    operation_id: str,
    expected: str,
    body: Any = None,
    campaign_id: str = "",
    *,
    query: str = "",
    key: str = KEY,
) -> Request:
    operation = spec.operations[operation_id]
    base = urlsplit(base_url)
    path = base.path + operation.path.removeprefix(spec.base_path).replace("{campaign_id}", campaign_id)
    lines = [
        f"{operation.method} {path}{query} HTTP/1.1",
        f"Host: {base.netloc}",
        f"{spec.key_header}: {key}",
    ]
    content = b"" if body is None else json.dumps(body).encode()
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return Request("\r\n".join([*lines, "", ""]).encode() + content, expected)
