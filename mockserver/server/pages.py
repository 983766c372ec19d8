"""What is asked for besides the console: Swagger UI, the OpenAPI file, the health, pages for agents."""

import json
from collections.abc import Callable
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, request, send_from_directory

from ..http.meter import Meter
from ..openapi.spec import Spec

_TEMPLATES = Path(__file__).parent / "templates"
_SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"


def make_pages(
    spec: Spec,
    control_spec: Spec | None,
    version: str,
    *,
    is_ready: Callable[[], bool],
    find_problem: Callable[[], str],
    meter: Meter | None,
) -> Blueprint:
    """Return the pages of a server; they need nothing from the network.

    `control_spec` is shown beside the API's; None when the control API is off. `is_ready` returns False while
    the server stops: `/readyz` then answers 503. `find_problem` returns what keeps the server from saving its
    state, in words: `/readyz` says so, and still answers 200, since the server answers requests.
    `meter` is what `/metrics` shows; None when there is no such page.
    """
    pages = Blueprint("pages", __name__)

    @pages.get("/docs/<path:name>")
    def send_docs_asset(name: str) -> Response:
        is_page = name.endswith(".md")
        response = send_from_directory(find_docs() if is_page else _SWAGGER_UI, name)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @pages.get("/llms.txt")
    def send_index_for_agents() -> Response:
        return Response((find_docs() / "llms.txt").read_bytes(), mimetype="text/plain")

    @pages.get("/favicon.ico")
    def send_icon() -> Response:
        return Response((_TEMPLATES / "icon.svg").read_bytes(), mimetype="image/svg+xml")

    @pages.get("/openapi.yaml")
    def send_spec() -> Response:
        return Response(spec.path.read_bytes(), mimetype="application/yaml")

    @pages.get("/openapi.json")
    def send_spec_as_json() -> Response:
        return _send_document(spec, spec.document["servers"])

    if control_spec:

        @pages.get(f"{control_spec.base_path}/openapi.json")
        def send_control_spec() -> Response:
            return _send_document(control_spec, [])

    if meter:

        @pages.get("/metrics")
        def send_metrics() -> Response:
            media_type, body = meter.write(request.headers.get("Accept", ""))
            return Response(body, content_type=media_type)

    @pages.get("/healthz")
    def report_health() -> dict[str, str]:
        return {"status": "ok", "server": "coldsend-mock", "version": version}

    @pages.get("/readyz")
    def report_readiness() -> tuple[dict[str, str], int]:
        problem = find_problem()
        state = {"state": f"not saved: {problem}"} if problem else {}
        return ({"status": "ready", **state}, 200) if is_ready() else ({"status": "stopping", **state}, 503)

    return pages


def find_docs() -> Path:
    """Return the folder of the documentation: inside an installed package, beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "docs"
    return inside if inside.is_dir() else package.parent / "docs"


def _send_document(spec: Spec, servers: list[dict[str, str]]) -> Response:
    # Here this server stands first, so that "Try it out" asks the stand-in.
    here = {"url": spec.base_path, "description": "This server"}
    document = {**spec.document, "servers": [here, *servers]}
    return Response(json.dumps(document, ensure_ascii=False) + "\n", mimetype="application/json")
