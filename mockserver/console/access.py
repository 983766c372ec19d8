"""Who may use the console: this machine, and browsers elsewhere that have sent the control token."""

import hmac
import secrets

from ..control.access import check_access, is_token
from ..errors import ApiError
from ..http.messages import Request, Response
from .messages import go_to, warn
from .pages import answer_page, render
from .visit import Visit


class Access:
    """Lets in this machine, and browsers elsewhere that have sent the token since the server started."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._session = secrets.token_urlsafe(32)

    def check(self, visit: Visit) -> None:
        """Raise ApiError `control_refused` for another machine that has not sent the token."""
        if not self._has_session(visit):
            check_access(visit.request, self._token)

    def ask(self, visit: Visit) -> Response:
        """Return the page that asks for the token, or says that there is none."""
        return answer_page(render("token.html", visit=visit, has_token=bool(self._token)), 403)

    def enter(self, visit: Visit) -> Response:
        """Let a browser in that sends the token."""
        if not is_token(visit.form.get("token", ""), self._token):
            return warn("This is not the token of the server.")
        response = go_to("/")
        cookie = f"{visit.name_cookie('session')}={self._session}"
        response.headers["Set-Cookie"] = f"{cookie}; Path=/; HttpOnly; SameSite=Strict"
        return response

    def _has_session(self, visit: Visit) -> bool:
        given = visit.cookies.get(visit.name_cookie("session"), "")
        return bool(self._token) and hmac.compare_digest(given.encode(), self._session.encode())


def check_site(request: Request) -> None:
    """Raise ApiError `origin_refused` for a request that a page of another site makes; browsers say so.

    Such a page has no business here; which origin it names, and whether it names one, changes nothing.
    """
    headers = request.headers
    if headers.get("sec-fetch-site", "").strip().lower() == "cross-site":
        raise ApiError("origin_refused", origin=headers.get("origin", "another site"))


def is_page(request: Request) -> bool:
    """Return whether a browser asks for a page to show, not for a part of one."""
    return "hx-request" not in request.headers and "text/html" in request.headers.get("accept", "")
