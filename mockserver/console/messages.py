"""What a click came to: the page says so in its live regions."""

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ApiError, RequestInvalidError
from ..http.messages import Response
from ..openapi.violations import list_violations
from .pages import answer_page, render
from .visit import Visit

_MOST_VIOLATIONS = 5


def report(text: str, **facts: Any) -> Response:
    """Return the message that something was done; `link` and `link_text` name a page about it."""
    return answer_page(write_message("status", text, **facts))


def warn(text: str) -> Response:
    """Return the message that something was not done."""
    return answer_page(write_message("alert", text))


def write_message(kind: str, text: str, **facts: Any) -> str:
    """Return what puts a message into the live region `status` or `alert` of a page."""
    return render("message.html", kind=kind, text=text, **{"link": "", "link_text": "", **facts})


def describe_status(response: Response) -> str:
    """Return the status of an answer of the API, in words when a fault lets none arrive."""
    return "no answer" if response.cut == 0 else str(response.status)


def go_to(address: str) -> Response:
    """Send the browser to another page after a click."""
    response = answer_page("")
    response.headers["HX-Redirect"] = address
    return response


def act(visit: Visit, action: Callable[[], Response]) -> Response:
    """Return what an action answers, or why it was refused: as a page, which no browser logs as an error."""
    try:
        return action()
    except ApiError as error:
        return warn(visit.desk.explain(error))
    except RequestInvalidError as error:
        violations = list_violations(error, visit.desk.spec.violations, _MOST_VIOLATIONS)
        return warn("; ".join(f"{_name_place(each['loc'])}: {each['msg']}" for each in violations))


def _name_place(loc: list[Any]) -> str:
    return ".".join(map(str, loc[1:] or loc))


def describe_happened(happened: Mapping[str, int]) -> str:
    """Return what happened while the clock moved, in words."""
    return ", ".join(f"{name} {count}" for name, count in happened.items()) or "nothing happened"


def announce(text: str) -> str:
    """Return what makes a screen reader announce, politely, what is new in a view."""
    return render("news.html", text=text)
