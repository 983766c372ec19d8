"""Exchanges as an HTTP Archive, HAR 1.2, which the network panel of a browser opens."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from ..http.entry import Entry
from ..version import __version__


def write_har(entries: Iterable[Entry], base_url: str) -> dict[str, Any]:
    """Return exchanges as a document; `base_url` is the server without a path."""
    creator = {"name": "coldsend-mock", "version": __version__}
    return {
        "log": {"version": "1.2", "creator": creator, "entries": [_write(each, base_url) for each in entries]}
    }


def _write(entry: Entry, base_url: str) -> dict[str, Any]:
    described = entry.describe()
    body, answer = (data.decode("utf-8", "replace") for data in (entry.request, entry.response))
    request: dict[str, Any] = {
        "method": entry.method,
        "url": base_url + entry.path + (f"?{entry.query}" if entry.query else ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _list_pairs(entry.request_headers.items()),
        "queryString": _list_pairs(parse_qsl(entry.query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": len(entry.request),
    }
    if entry.request:
        kind = entry.request_headers.get("content-type", "application/octet-stream")
        request["postData"] = {"mimeType": kind, "text": body}
    headers = entry.response_headers
    content = {"size": len(entry.response), "mimeType": headers.get("Content-Type", ""), "text": answer}
    return {
        "startedDateTime": described["time"],
        "time": entry.milliseconds,
        "request": request,
        "response": {
            "status": entry.status,
            "statusText": _name_status(entry.status),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _list_pairs(headers.items()),
            "content": content,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(entry.response),
        },
        "cache": {},
        "timings": {"send": 0, "wait": entry.milliseconds, "receive": 0},
    }


def _list_pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _name_status(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
