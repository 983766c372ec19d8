"""Another workspace: a new one; and a workspace as a file."""

import secrets

from ..http.messages import Response
from .messages import go_to
from .pages import HEADERS
from .view import Route
from .visit import Visit


def open_new(visit: Visit) -> Response:
    """Go to a workspace of a key that nobody has used."""
    visit.key = f"{visit.desk.spec.key_prefix}{secrets.token_hex(6)}"
    return go_to(visit.link("/requests"))


def export(visit: Visit) -> Response:
    """Send the workspace as a file that can be imported."""
    assert visit.desk.control is not None
    response = visit.desk.control.ask("exportState", visit.key, body=None, query={}, ids={})
    response.headers.update(HEADERS)
    response.headers["Content-Disposition"] = 'attachment; filename="workspace.json"'
    return response


ROUTES: tuple[Route, ...] = (
    ("POST", "/console/workspaces", open_new),
    ("GET", "/console/export", export),
)
