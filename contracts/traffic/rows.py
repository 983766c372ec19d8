"""Exchanges as rows: of the journal of the control API, and of NDJSON files."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from mockserver.openapi.forms import guess_form_type

from .recorded import Json, Recorded, TrafficError, read_time

HIDDEN = "[redacted]: "
"""The beginning of a body of which the journal shows nothing."""


def is_row(value: Json) -> bool:
    """Return whether a JSON value is an exchange in the form of this project."""
    return isinstance(value, dict) and "method" in value and ("url" in value or "path" in value)


def read_row(row: Json, place: str) -> Recorded | None:
    """Return the exchange of a row, None when it got no answer; raises TrafficError."""
    if not is_row(row):
        raise TrafficError(f"{place}: an exchange has `method`, `url` or `path`, and `status`")
    url = row.get("url")
    if url is None:
        url = quote(str(row["path"]), safe="/%:@!$&'()*+,;=~") + (
            f"?{row['query']}" if row.get("query") else ""
        )
    status = row.get("status")
    if not isinstance(status, int) or isinstance(status, bool):
        raise TrafficError(f"{place}: `status` is {status!r}, not a number")
    if not status or row.get("fault"):  # the answer was lost, or made on request
        return None
    is_whole = not row.get("is_cut")
    request = _read_body(row, "request", place) if is_whole else None
    headers = _read_headers(row, "request_headers", place)
    if headers is None and request:
        form = guess_form_type(request)
        headers = {"content-type": form} if form else None
    milliseconds = row.get("milliseconds") or 0
    return Recorded(
        place=place,
        method=str(row["method"]).upper(),
        url=str(url),
        status=status,
        request_headers=headers,
        request_body=request,
        response_headers=_read_headers(row, "response_headers", place),
        response_body=_read_body(row, "response", place) if is_whole else None,
        at=read_time(row.get("time")),
        seconds=milliseconds / 1000 if isinstance(milliseconds, (int, float)) else 0.0,
        workspace=str(row.get("workspace") or ""),
    )


def _read_headers(row: Mapping[str, Json], name: str, place: str) -> dict[str, str] | None:
    headers = row.get(name)
    if not headers:
        return None
    if not isinstance(headers, dict):
        raise TrafficError(f"{place}: `{name}` is no object")
    return {str(each).casefold(): str(value) for each, value in headers.items()}


def _read_body(row: Mapping[str, Json], name: str, place: str) -> bytes | None:
    encoded = row.get(f"{name}_base64")
    if encoded is not None:
        return decode_base64(encoded, f"{place}: `{name}_base64`")
    body: Any = row.get(name)
    if body is None:
        return b""
    if isinstance(body, str):
        return None if body.startswith(HIDDEN) else body.encode("utf-8", "surrogatepass")
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


def decode_base64(text: object, place: str) -> bytes:
    """Return the bytes of a base64 text; raises TrafficError."""
    try:
        return base64.b64decode("".join(str(text).split()), validate=True)
    except (binascii.Error, ValueError):
        raise TrafficError(f"{place} is no base64") from None
