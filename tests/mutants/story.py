"""The story of the vendor's client, sent again to any server in this process, and recorded.

`story.ndjson` is what `make client` asked the mock once, with the answers, and what happened besides. Sent
again, a request has the ids of the present answers where it had those of the first ones.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from contracts.comparison.alignment import Alignment, list_ids
from contracts.traffic.recorded import Recorded
from mockserver.mails.incoming_events import receive_reply
from mockserver.model.contacts import add_tag
from mockserver.openapi.forms import guess_form_type
from mockserver.server.app import MockServer

from .recorder import KEY

_STORY = Path(__file__).with_name("story.ndjson")
_START = datetime(2024, 1, 15, 15, 30, tzinfo=UTC)
"""A Monday, in the sending window of New York."""
_PACE = timedelta(seconds=7)
_HIDDEN = "[redacted]"
_PASSWORD = "not-a-secret-word"


@cache
def read_story() -> tuple[dict[str, Any], ...]:
    """Return the requests with their answers, and the events, in order."""
    return tuple(json.loads(line) for line in _STORY.read_text("utf-8").splitlines())


def record_story(app: MockServer) -> Iterator[Recorded]:
    """Send the story to a server, whose clock moves with each request only; yield its exchanges."""
    workspace = app.workspaces.get(KEY)
    clock = workspace.clock
    clock.freeze(_START)
    client = app.test_client()
    alignment = Alignment()
    for number, row in enumerate(read_story(), 1):
        clock.advance(_PACE)
        if "event" in row:
            _happen(app, row, alignment)
            continue
        data, content_type = _write_body(row["request"], alignment)
        url = alignment.as_models(row["path"]) + (
            f"?{alignment.as_models(row['query'])}" if row["query"] else ""
        )
        headers = {"X-API-Key": KEY, **({"Content-Type": content_type} if content_type else {})}
        at = clock.now()
        found = client.open(url, method=row["method"], data=data, headers=headers)
        body = found.get_data()
        _align(alignment, row["response"], _read(body))
        yield Recorded(
            place=f"story, exchange {number}",
            method=row["method"],
            url=f"http://mock.localhost{url}",
            status=found.status_code,
            request_headers={name.casefold(): value for name, value in headers.items()},
            request_body=data,
            response_headers={name.casefold(): value for name, value in found.headers.items()},
            response_body=body,
            at=at,
            seconds=0.001,
        )


def _happen(app: MockServer, row: dict[str, Any], alignment: Alignment) -> None:
    workspace = app.workspaces.get(KEY)
    with workspace.lock:
        if row["event"] == "tag":
            alignment.pair(row["id"], add_tag(workspace, row["name"]).tag_id)
        elif workspace.leads.find(alignment.as_models(row["lead_id"])):
            receive_reply(workspace, alignment.as_models(row["lead_id"]), row["text"])


def _write_body(request: Any, alignment: Alignment) -> tuple[bytes, str]:
    if request is None:
        return b"", ""
    if isinstance(request, str):
        data = alignment.as_models(request).encode()
        return data, guess_form_type(data) or "application/json"
    text = json.dumps(request, ensure_ascii=False).replace(_HIDDEN, _PASSWORD)
    return alignment.as_models(text).encode(), "application/json"


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _align(alignment: Alignment, first: Any, present: Any) -> None:
    """Pair the ids that stand at the same places of two answers."""
    if isinstance(first, dict) and isinstance(present, dict):
        for name in first.keys() & present.keys():
            _align(alignment, first[name], present[name])
    elif isinstance(first, list) and isinstance(present, list):
        for one, other in zip(first, present, strict=False):
            _align(alignment, one, other)
    elif isinstance(first, str) and isinstance(present, str) and list_ids(first) and list_ids(present):
        alignment.pair_texts(first, present)
