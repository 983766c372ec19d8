"""The console of one server: which address leads where, and who may go there."""

from functools import partial

from ..errors import ApiError
from ..http.messages import Request, Response
from ..http.router import Router
from . import actions, search, workspaces
from .access import Access, check_site, is_page
from .desk import Desk
from .header import mark_header
from .live import Streams, answer_events, digest_marks
from .pages import HEADERS, answer_asset, answer_page, compress, render
from .updates import Updates
from .view import Handler, View
from .views import VIEWS, reference
from .visit import Visit

LARGE_PAGES = frozenset({"/console/import"})
"""They take a whole workspace."""
_STATIC = "/console/static/{name}"
_SESSION = "/console/session"
_FREE = (_STATIC, _SESSION)
"""Addresses that show nothing of a workspace."""


class Console:
    """Answers the requests for its addresses; the pipeline has looked at host and origin before."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._access = Access(desk.settings.control_token)
        self._streams = Streams(desk.settings.max_streams)
        self._updates = Updates()
        self._views = {view.name: view for view in VIEWS}
        self._router: Router[Handler] = Router()
        self._add("GET", _STATIC, lambda visit: answer_asset(visit.path["name"]))
        if desk.control is None:
            self._add("GET", "/", lambda visit: answer_page(render("off.html", visit=visit)))
            self._add("GET", reference.PATH, reference.show_alone)
            return
        self._add("POST", _SESSION, self._access.enter)
        self._add("GET", "/console/events", self._answer_events)
        for method, path, handler in (*actions.ROUTES, *workspaces.ROUTES, *search.ROUTES):
            self._add(method, path, handler)
        for view in VIEWS:
            for method, path, handler in view.routes:
                self._add(method, path, partial(_look, view, handler) if method == "GET" else handler)
        desk.pipeline.large_pages |= LARGE_PAGES

    def _add(self, method: str, path: str, handler: Handler) -> None:
        self._router.add(method, path.removesuffix("/"), handler)

    def list_methods(self, path: str) -> list[str]:
        """Return the methods of an address, sorted; none when it is not the console's."""
        found = self._router.find(path)
        return found[0].methods if found else []

    def answer(self, request: Request) -> Response:
        """Answer a request; raises ApiError and BodyTooLargeError."""
        found = self._router.find(request.path)
        handler = found[0].find(request.method) if found else None
        if found is None or handler is None:
            raise ApiError("route_not_found")
        resource, path = found
        if resource.path != _STATIC:
            check_site(request)
        visit = Visit(self._desk, request, path)
        if resource.path not in _FREE and self._desk.control:
            try:
                self._access.check(visit)
            except ApiError as error:
                if error.name != "control_refused":
                    raise
                if resource.path == reference.PATH:
                    return reference.show_alone(visit)
                if is_page(request):
                    return self._access.ask(visit)
                raise
        try:
            response = handler(visit)
        except ApiError as error:
            if error.name in self._desk.pipeline.server_errors:
                raise
            response = self._desk.refuse(error)  # it is no error of an operation of the pipeline
            response.headers.update(HEADERS)
        cookie = visit.write_cookie()
        if cookie and is_page(request):
            response.headers.setdefault("Set-Cookie", cookie)
        compress(request, response)
        return response

    def _answer_events(self, visit: Visit) -> Response:
        return answer_events(visit, self._find_view, self._streams, self._updates)

    def _find_view(self, name: str) -> View:
        if name not in self._views:
            raise ApiError("route_not_found")
        return self._views[name]


def _look(view: View, handler: Handler, visit: Visit) -> Response:
    """Make a page; what changes meanwhile, its stream brings."""
    visit.seen = digest_marks(mark_header(visit), view.mark(visit))
    return handler(visit)
