"""VCR cassettes: of vcrpy, Betamax, Schemathesis, and Ruby's VCR; in YAML or JSON."""

import gzip
import io
import json
import zlib
from typing import Any

import yaml12

from .recorded import MOST_BODY_BYTES, Json, Recorded, TrafficError, read_time
from .rows import decode_base64

_UNREADABLE = ("br", "zstd")


def read_interaction(value: Json, place: str) -> Recorded:
    """Return the exchange of an interaction; raises TrafficError."""
    try:
        request, response = value["request"], value["response"]
        method, url = str(request["method"]), str(request.get("uri") or request["url"])
        status = response.get("status_code", response.get("status"))
        code = int(status["code"] if isinstance(status, dict) else status)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TrafficError(f"{place}: an interaction has a request and a response ({error!r})") from None
    headers = _read_headers(response.get("headers"), place)
    body = response.get("body", response.get("content"))
    return Recorded(
        place=place,
        method=method.upper(),
        url=url,
        status=code,
        request_headers=_read_headers(request.get("headers"), place),
        request_body=_read_body(request.get("body"), place),
        response_headers={name: text for name, text in headers.items() if name != "content-encoding"} or None,
        response_body=_decompress(_read_body(body, place), headers.get("content-encoding", ""), place),
        at=read_time(value.get("recorded_at")),
    )


def _read_headers(headers: Json, place: str) -> dict[str, str]:
    pairs = headers.items() if isinstance(headers, dict) else headers or ()
    try:
        return {
            str(name).casefold(): ", ".join(map(str, values)) if isinstance(values, list) else str(values)
            for name, values in pairs
        }
    except (TypeError, ValueError):
        raise TrafficError(f"{place}: the headers are no list of names and values") from None


def _read_body(body: Json, place: str) -> bytes | None:
    if isinstance(body, dict) and ("string" in body or "base64_string" in body):
        if body.get("base64_string") is not None:
            return decode_base64(body["base64_string"], f"{place}: a body")
        body = body["string"]
    if body is None or isinstance(body, bytes):
        return body or b""
    if isinstance(body, yaml12.Yaml):
        text: Any = body.value
        is_binary = str(body.tag).endswith("binary")
        return decode_base64(text, f"{place}: a body") if is_binary else str(text).encode()
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    return json.dumps(body, ensure_ascii=False).encode()


def _decompress(body: bytes | None, encoding: str, place: str) -> bytes | None:
    """Return a body without compression: vcrpy keeps it as it came, unless it is told otherwise."""
    kind = encoding.strip().casefold()
    if not body or kind in ("", "identity"):
        return body
    if kind in _UNREADABLE:
        return None
    try:
        if kind in ("gzip", "x-gzip"):
            found = gzip.GzipFile(fileobj=io.BytesIO(body)).read(MOST_BODY_BYTES + 1)
        elif kind == "deflate":
            raw = -zlib.MAX_WBITS if body[:1] != b"\x78" else zlib.MAX_WBITS
            found = zlib.decompressobj(raw).decompress(body, MOST_BODY_BYTES + 1)
        else:
            return None
    except (OSError, EOFError, zlib.error):
        return body  # decoded when it was written
    if len(found) > MOST_BODY_BYTES:
        raise TrafficError(f"{place}: a body has more than {MOST_BODY_BYTES} bytes")
    return found
