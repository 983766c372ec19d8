"""Bodies and queries as they are sent."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import requests

from mockserver.spec import FORM_TYPE, JSON_TYPE, Operation


def encode(operation: Operation, body: Any) -> tuple[bytes, str]:
    """Return a body as it is sent, and its media type; bytes in a form are files named `….csv`."""
    if operation.body_type != FORM_TYPE or not isinstance(body, dict):
        return json.dumps(body).encode(), JSON_TYPE
    files = {
        name: (f"{name}.csv", part, "text/csv") if isinstance(part, bytes) else (None, _as_text(part))
        for name, part in body.items()
    }
    # a form without parts is none to the library
    prepared = requests.Request("POST", "http://x", files=files or {"": (None, "")}).prepare()
    return bytes(prepared.body or b""), prepared.headers["Content-Type"]


def _as_text(part: Any) -> str:
    return part if isinstance(part, str) else json.dumps(part)


def write_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Return a file of rows; the first has all columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_params(query: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return query values as they are sent; None is left out."""
    if query is None:
        return None
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
