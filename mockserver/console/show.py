"""A page of a view: its content between the header and the foot."""

from typing import Any

from ..http.access_log import shorten_key
from ..http.messages import Response
from ..version import __version__
from .header import describe_header
from .navigation import NAVIGATION
from .pages import answer_page, render
from .view import View
from .visit import Visit

_LONGEST_NAME = 60


def show_view(
    visit: Visit, view: View, template: str, /, *, title: str = "", status: int = 200, **facts: Any
) -> Response:
    """Return a page; `title` is what it shows when that is not the whole view.

    When the key leads nowhere, the page says why instead.
    """
    if visit.problem:
        template, status, facts = "unknown_key.html", 401, {}
    name = visit.name if len(visit.name) <= _LONGEST_NAME else shorten_key(visit.name)
    page = {
        "title": f"{title or view.title} · {name} · coldsend-mock",
        "view": view,
        "navigation": NAVIGATION,
        "version": __version__,
        "seen": visit.seen,
        "seeds": visit.desk.ask("listSeeds", "")["seeds"],
        "is_update": False,
    }
    return answer_page(render(template, **{**describe_header(visit), **page, **facts}), status)
