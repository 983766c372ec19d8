"""The requests that are measured, taken from the examples of openapi.yaml."""

import json
from typing import Any
from urllib.parse import urlsplit

from mockserver.openapi.spec import Spec

from .load import Request, ask

_KEY = "cs_live_benchmark"


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
    return {
        "create": create,
        "invalid create": _make(spec, base_url, "createCampaign", "422", broken),
        "get": _make(spec, base_url, "getCampaign", "2", campaign_id=campaign_id),
        "update": _make(spec, base_url, "updateCampaign", "2", updates["rename"], campaign_id),
    }


def _make(
    spec: Spec, base_url: str, operation_id: str, expected: str, body: Any = None, campaign_id: str = ""
) -> Request:
    operation = spec.operations[operation_id]
    base = urlsplit(base_url)
    path = base.path + operation.path.removeprefix(spec.base_path).replace("{campaign_id}", campaign_id)
    lines = [f"{operation.method} {path} HTTP/1.1", f"Host: {base.netloc}", f"{spec.key_header}: {_KEY}"]
    content = b"" if body is None else json.dumps(body).encode()
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return Request("\r\n".join([*lines, "", ""]).encode() + content, expected)
