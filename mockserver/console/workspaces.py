"""Another workspace: a new one; and a workspace as a file."""

import secrets

from ..http.messages import Response
from .messages import go_to
from .view import Route
from .visit import Visit


def open_new(visit: Visit) -> Response:
    """Go to a workspace of a key that nobody has used."""
    visit.key = f"{visit.desk.spec.key_prefix}{secrets.token_hex(6)}"
    return go_to(visit.link("/requests"))


def export(visit: Visit) -> Response:
    """Send the workspace as a file that can be imported."""
    return visit.download("exportState", "workspace.json")


ROUTES: tuple[Route, ...] = (
    ("POST", "/console/workspaces", open_new),
    ("GET", "/console/export", export),
)
