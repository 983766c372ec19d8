"""Lines of the log: one per request, with the reason of a refusal, without keys."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from .kit.api import BASE, NAME, SPEC, UNKNOWN_ID, Api


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Any]]]:
    """What was logged of each request so far."""
    found: list[dict[str, Any]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(vars(record)["fields"])

    handler = Collector()
    logger = logging.getLogger("mockserver.access")
    logger.addHandler(handler)
    with caplog.at_level(logging.INFO, "mockserver.access"):
        yield found
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"name": "short"}, "body.name: ensure this value has at least 8 characters"),
        ({}, "body.name: field required"),
        (
            {"name": NAME, "sending_days": [0], "timezone": 7},
            "body.timezone: str type expected (and 1 more)",
        ),
        ({"name": NAME, "timezone": "a\nb\x1b[31m"}, "body.timezone: Invalid timezone: a b [31m"),
        ({"name": NAME, "timezone": "cs_live_abc"}, "body.timezone: Invalid timezone: cs_live_[redacted]"),
    ],
)
def test_a_refused_request_is_logged_with_its_reason(
    body: Any, reason: str, api: Api, lines: list[dict[str, Any]]
) -> None:
    api("createCampaign", body)
    [line] = lines
    assert (line["status"], line["reason"]) == (422, reason)


def test_the_reason_may_be_a_text(api: Api, lines: list[dict[str, Any]]) -> None:
    api("getCampaign", campaign_id=UNKNOWN_ID)
    assert lines[0]["reason"] == "Campaign not found"


def test_a_long_reason_is_cut(api: Api, lines: list[dict[str, Any]]) -> None:
    api.send("GET", "/", headers={"Host": "x" * 500})
    assert lines[0]["reason"] == f"Host not allowed: {'x' * 182}…"


def test_what_succeeds_needs_no_reason(api: Api, lines: list[dict[str, Any]]) -> None:
    api.campaign()
    assert "reason" not in lines[0]


@pytest.mark.parametrize("path", [f"{BASE}/cs_live_abcdefgh", f"{BASE}/cs%5Flive%5Fabcdefgh/campaigns"])
def test_a_key_in_a_path_is_not_shown(path: str, api: Api, lines: list[dict[str, Any]]) -> None:
    api.send("GET", path, headers={SPEC.key_header: "cs_live_abcdefgh"})
    assert "cs_live_[redacted]" in lines[0]["path"]
    assert "abcdefgh" not in str(lines[0])
