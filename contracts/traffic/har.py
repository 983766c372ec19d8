"""HAR 1.2 files, as browsers, Playwright, mitmproxy and `coldsend-mock proxy` write them."""

import json
from pathlib import Path
from typing import Any

from .recorded import MOST_BODY_BYTES, Json, Recorded, TrafficError, read_time
from .rows import HIDDEN, decode_base64


def read_entry(entry: Json, place: str, folder: Path) -> Recorded | None:
    """Return the exchange of an entry, None when it got no answer.

    Playwright may keep a body in a file of its own, which is looked for in `folder`. Raises TrafficError.
    """
    try:
        request, response = entry["request"], entry["response"]
        method, url, status = str(request["method"]), str(request["url"]), int(response["status"])
    except (KeyError, TypeError, ValueError) as error:
        raise TrafficError(f"{place}: an entry has a request and a response ({error!r})") from None
    if status <= 0:
        return None
    took = entry.get("time")
    return Recorded(
        place=place,
        method=method.upper(),
        url=url,
        status=status,
        request_headers=_read_headers(request, place),
        request_body=_read_post_data(request, place, folder),
        response_headers=_read_headers(response, place),
        response_body=_read_content(response, place, folder),
        at=read_time(entry.get("startedDateTime")),
        seconds=max(took, 0) / 1000 if isinstance(took, (int, float)) else 0.0,
    )


def _read_headers(message: dict[str, Json], place: str) -> dict[str, str] | None:
    headers: dict[str, str] = {}
    try:
        for header in message.get("headers") or ():
            name, value = str(header["name"]).casefold(), str(header["value"])
            if not name.startswith(":"):
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
    except (KeyError, TypeError):
        raise TrafficError(f"{place}: a header has a name and a value") from None
    headers.pop("content-encoding", None)  # the text is decoded
    return headers or None


def _read_post_data(request: dict[str, Json], place: str, folder: Path) -> bytes | None:
    data: Any = request.get("postData")
    if not data:
        return b"" if (request.get("bodySize") or 0) <= 0 else None
    found = _read_text(data, place, folder)
    if found is None and data.get("params"):
        return None  # the parts of a form, without the bytes around them
    return found


def _read_content(response: dict[str, Json], place: str, folder: Path) -> bytes | None:
    content: Any = response.get("content")
    if not content:
        return None
    found = _read_text(content, place, folder)
    return b"" if found is None and (content.get("size") or 0) <= 0 else found


def _read_text(holder: dict[str, Json], place: str, folder: Path) -> bytes | None:
    text = holder.get("text")
    if isinstance(text, str):
        if text.startswith(f'"{HIDDEN}'):
            return None
        if holder.get("encoding") == "base64":
            return decode_base64(text, f"{place}: the body")
        return text.encode("utf-8", "surrogateescape" if _is_escaped(text) else "replace")
    file = holder.get("_file")
    if isinstance(file, str):
        try:
            with (folder / Path(file).name).open("rb") as opened:
                body = opened.read(MOST_BODY_BYTES + 1)
        except OSError:
            raise TrafficError(f"{place}: the body is in {file}, which is not beside the file") from None
        if len(body) > MOST_BODY_BYTES:
            raise TrafficError(f"{place}: the body has more than {MOST_BODY_BYTES} bytes")
        return body
    return None if text is None else json.dumps(text).encode()


def _is_escaped(text: str) -> bool:
    """Return whether bytes that are no UTF-8 stand in a text as Python escapes them."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
