"""Who may use the console: this machine, and browsers elsewhere that have sent the control token."""

import hmac
import secrets

from ..control.access import check_access, is_token
from ..errors import ApiError
from ..http.messages import Request, Response
from .messages import go_to, warn
from .pages import answer_page, render
from .visit import Visit

_COOKIE = "coldsend_mock_session"


class Access:
    """Lets in this machine, and browsers elsewhere that have sent the token since the server started."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._session = secrets.token_urlsafe(32)

    def check(self, visit: Visit) -> None:
        """Raise ApiError `origin_refused` for another site, `control_refused` for another machine.

        A page of another site has no business here, whatever origin it names; browsers say so.
        """
        headers = visit.request.headers
        if headers.get("sec-fetch-site", "").strip().lower() == "cross-site":
            raise ApiError("origin_refused", origin=headers.get("origin", "another site"))
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
        response.headers["Set-Cookie"] = f"{_COOKIE}={self._session}; Path=/; HttpOnly; SameSite=Strict"
        return response

    def _has_session(self, visit: Visit) -> bool:
        given = visit.cookies.get(_COOKIE, "")
        return bool(self._token) and hmac.compare_digest(given.encode(), self._session.encode())


def is_page(request: Request) -> bool:
    """Return whether a browser asks for a page to show, not for a part of one."""
    return "hx-request" not in request.headers and "text/html" in request.headers.get("accept", "")
