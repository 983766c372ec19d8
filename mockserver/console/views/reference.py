"""Reference: the operations of the API and of the control API, to be read and tried, with a key filled in."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from markupsafe import Markup

from ...control.access import is_local
from ...http.keys import EXAMPLE_KEY
from ...http.messages import Response
from ...openapi.spec import Spec
from ..pages import CONTENT_SECURITY_POLICY, answer_page, render
from ..show import show_view
from ..view import Route, View
from ..visit import Visit

PATH = "/docs"


def show_reference(visit: Visit) -> Response:
    """Show the reference below the header of the console."""
    facts = _describe(visit, visit.key if not visit.problem else "")
    return _allow_swagger(show_view(visit, VIEW, "reference/reference.html", **facts))


def show_alone(visit: Visit) -> Response:
    """Show the reference of the API without the console: there is none, or the browser may not see it."""
    may_know = is_local(visit.request) or visit.desk.pipeline.keys.default == EXAMPLE_KEY
    facts = _describe(visit, visit.key if may_know else visit.value("key"))
    return _allow_swagger(answer_page(render("reference/alone.html", visit=visit, **facts)))


def _describe(visit: Visit, key: str) -> dict[str, Any]:
    control = visit.desk.control.spec if visit.desk.control else None
    shown = control if control and visit.value("api") == "control" else visit.desk.spec
    [scheme] = shown.document["components"]["securitySchemes"]
    return {
        "specs": [
            {
                "title": spec.document["info"]["title"],
                "link": visit.link(PATH, api=api),
                "is_shown": spec is shown,
            }
            for api, spec in (("", visit.desk.spec), ("control", control))
            if spec
        ],
        "url": _find_document(visit, shown),
        "scheme": scheme,
        "filled_in": key,
        "has_links": shown is visit.desk.spec and visit.desk.control is not None,
        "start": Markup(_read_start()),
    }


def _find_document(visit: Visit, shown: Spec) -> str:
    return "/openapi.json" if shown is visit.desk.spec else f"{shown.base_path}/openapi.json"


def _allow_swagger(response: Response) -> Response:
    """Let Swagger UI begin with the script in the page, and style what it draws."""
    digest = b64encode(sha256(_read_start().encode()).digest()).decode()
    policy = CONTENT_SECURITY_POLICY.replace("script-src 'self'", f"script-src 'self' 'sha256-{digest}'")
    policy = policy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    response.headers["Content-Security-Policy"] = policy
    return response


@cache
def _read_start() -> str:
    return render("reference/start.js")


ROUTES: tuple[Route, ...] = (("GET", PATH, show_reference),)
VIEW = View("reference", "Reference", PATH, ROUTES, lambda _visit: None, lambda _visit, _before: "")
