"""Templates filled in, and the headers that keep a page to itself."""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.http import parse_accept_header

from ..errors import ApiError
from ..http.messages import Request, Response

_FOLDER = Path(__file__).parent
STATIC = _FOLDER / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-src 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Of every answer of the console."""
_COMPRESSED = ("text/html", "text/css", "text/javascript", "image/svg+xml")
_SMALLEST_COMPRESSED = 1024


def render(template: str, **facts: Any) -> str:
    """Fill a template in."""
    return _load_templates().get_template(template).render(facts)


def answer_page(text: str, status: int = 200) -> Response:
    """Return a page, or a part of one."""
    return Response(status, {"Content-Type": "text/html; charset=utf-8", **HEADERS}, text.encode())


def answer_file(data: str, kind: str, name: str = "") -> Response:
    """Return a text as it is, to be saved under a name if there is one."""
    headers = {"Content-Type": f"{kind}; charset=utf-8", **HEADERS}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(200, headers, data.encode())


def answer_asset(name: str) -> Response:
    """Return a file of `static/`; raises ApiError `route_not_found`."""
    path = STATIC / name
    if name not in _list_assets():
        raise ApiError("route_not_found")
    caching = {"Cache-Control": "max-age=31536000, immutable"}
    return Response(200, {"Content-Type": _TYPES[path.suffix], **HEADERS, **caching}, path.read_bytes())


def find_asset(name: str) -> str:
    """Return the address of a file of `static/`; it changes with the file."""
    return f"/console/static/{name}?{_list_assets()[name]}"


def compress(request: Request, response: Response) -> None:
    """Make the body of a page or of an asset smaller, if it pays and the browser takes it."""
    body = response.body
    if not isinstance(body, bytes) or not response.headers.get("Content-Type", "").startswith(_COMPRESSED):
        return
    response.vary_by("Accept-Encoding")
    if (
        len(body) < _SMALLEST_COMPRESSED
        or not parse_accept_header(request.headers.get("accept-encoding"))["gzip"]
    ):
        return
    response.body = gzip.compress(body, mtime=0)
    response.headers["Content-Encoding"] = "gzip"


@cache
def _list_assets() -> dict[str, str]:
    """Return name → beginning of its digest."""
    files = (path for path in STATIC.iterdir() if path.suffix in _TYPES)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files}


@cache
def _load_templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals["asset"] = find_asset
    return environment
