"""Headers that are missing or wrong."""

from collections.abc import Callable

from flask import Request, Response

from .mutant import MOCK_ONLY, Mutant
from .mutations import Mutation, response

_LIMIT, _REMAINING, _RESET = (f"X-RateLimit-{name}" for name in ("Limit", "Remaining", "Reset"))


def _header(
    name: str, alter: Callable[[str], str | None], operations: str = "*", refusals_only: bool = False
) -> Mutation:
    """Alter a header, or drop it when there is no other value."""

    def alter_response(_request: Request, found: Response) -> None:
        if refusals_only and found.status_code < 400:
            return
        value = alter(found.headers.get(name, ""))
        if value is None:
            del found.headers[name]
        else:
            found.headers[name] = value

    return response(alter_response, operations)


def _drop_all(_request: Request, found: Response) -> None:
    for name in (_LIMIT, _REMAINING, _RESET):
        del found.headers[name]


def _early(_request: Request, found: Response) -> Response | None:
    if found.status_code < 500 and int(found.headers[_REMAINING]) < 80:
        return Response('{"detail":"Rate limit exceeded. Retry after 60 seconds."}', 429, found.headers)
    return None


# fmt: off
MUTANTS = (
    Mutant("headers.rate.missing", "no rate-limit headers", response(_drop_all)),
    Mutant("headers.rate.limit_missing", "X-RateLimit-Limit is missing", _header(_LIMIT, lambda value: None)),
    Mutant("headers.rate.remaining_missing", "X-RateLimit-Remaining is missing",
           _header(_REMAINING, lambda value: None)),
    Mutant("headers.rate.reset_missing", "X-RateLimit-Reset is missing", _header(_RESET, lambda value: None)),
    Mutant("headers.rate.missing_on_refusals", "refusals have no rate-limit headers",
           _header(_LIMIT, lambda value: None, refusals_only=True)),
    Mutant("headers.rate.missing_on_delete", "delete has no rate-limit headers",
           _header(_RESET, lambda value: None, "delete*")),
    Mutant("headers.rate.limit", "the limit is 60", _header(_LIMIT, lambda value: "60")),
    Mutant("headers.rate.remaining_negative", "remaining is negative",
           _header(_REMAINING, lambda value: "-1")),
    Mutant("headers.rate.remaining_above", "remaining is more than the limit",
           _header(_REMAINING, lambda value: "1000")),
    Mutant("headers.rate.remaining_stays", "remaining never falls", _header(_REMAINING, lambda value: "99")),
    Mutant("headers.rate.remaining_text", "remaining is no number",
           _header(_REMAINING, lambda value: "many")),
    Mutant("headers.rate.reset_seconds", "reset counts seconds from now",
           _header(_RESET, lambda value: str(int(value) % 60))),
    Mutant("headers.rate.reset_milliseconds", "reset counts milliseconds",
           _header(_RESET, lambda value: value + "000")),
    Mutant("headers.rate.reset_past", "reset lies in the past",
           _header(_RESET, lambda value: str(int(value) - 3600))),
    Mutant("headers.rate.early", "429 after 20 requests of a minute", response(_early)),
    Mutant("headers.type.html_on_create", "create answers text/html",
           _header("Content-Type", lambda value: "text/html; charset=utf-8", "createCampaign")),
    Mutant("headers.type.text_on_refusals", "refusals are text/plain",
           _header("Content-Type", lambda value: "text/plain", refusals_only=True)),
    Mutant("headers.type.html_on_delete", "delete answers text/html",
           _header("Content-Type", lambda value: "text/html", "deleteCampaign")),
    Mutant("headers.type.missing", "get has no media type",
           _header("Content-Type", lambda value: None, "getCampaign")),
    Mutant("headers.type.problem", "refusals are application/problem+json",
           _header("Content-Type", lambda value: "application/problem+json", refusals_only=True)),
    Mutant("headers.type.other_charset", "JSON is called UTF-16",
           _header("Content-Type", lambda value: "application/json; charset=utf-16")),
    Mutant("headers.allow.missing", "a wrong method is refused without Allow",
           _header("Allow", lambda value: None, "-"), choice=MOCK_ONLY),
    Mutant("headers.allow.wrong", "Allow names GET only", _header("Allow", lambda value: "PATCH", "-"),
           choice=MOCK_ONLY),
)
# fmt: on
