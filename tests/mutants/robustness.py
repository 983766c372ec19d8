"""Servers that fail, or take their time, where something odd is sent."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Request, Response

from mockserver.openapi.spec import load_spec
from mockserver.resources.call import Call
from mockserver.server.app import MockServer

from .mutant import MOCK_ONLY, Mutant
from .mutations import Handler, Mutation, Plan, around, changed, request_body, response, surround_wsgi

_FAILURE = '{"detail":"Internal Server Error"}'
_STRICT = "a server may refuse what it does not know"
_STATUS = "openapi.yaml marks the answer as a choice of this project"


def _fails(when: Callable[[Request], bool], operations: str = "*") -> Mutation:
    """Answer 500 to some requests."""

    def alter(request: Request, found: Response) -> Response | None:
        return Response(_FAILURE, 500, found.headers) if when(request) else None

    return response(alter, operations)


def _body(request: Request) -> bytes:
    return request.get_data()


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _text(request: Request, name: str = "name") -> str:
    body = json.loads(_body(request)) if _is_json(_body(request)) else {}
    value = body.get(name) if isinstance(body, dict) else ""
    return value if isinstance(value, str) else ""


def _kind(request: Request, *kinds: type) -> bool:
    return bool(_body(request)) and _is_json(_body(request)) and isinstance(json.loads(_body(request)), kinds)


def _sometimes(every: int) -> Mutation:
    numbers = count(1)
    return _fails(lambda request: next(numbers) % every == 0)


def _slow(operations: str, when: Callable[[Call], bool], seconds: float) -> Mutation:
    def mutate(plan: Plan) -> None:
        def wrap(handler: Handler, call: Call) -> Any:
            if when(call):
                plan.sleep(seconds)
            return handler(call)

        around(operations, wrap)(plan)

    return mutate


def _read_as_json(app: MockServer) -> None:
    """Take any media type for JSON."""

    def wrap(inner: WSGIApplication) -> WSGIApplication:
        def serve(environ: Any, start_response: Any) -> Any:
            if environ.get("CONTENT_TYPE"):
                environ = {**environ, "CONTENT_TYPE": "application/json"}
            return inner(environ, start_response)

        return serve

    surround_wsgi(app, wrap)


def _is_deep(request: Request) -> bool:
    return _body(request).count(b"[") > 50 or _body(request).count(b"{") > 50


_FIELDS = set((load_spec().operations["createCampaign"].body or {})["properties"])
_PARAMETERS = {
    parameter.name for operation in load_spec().operations.values() for parameter in operation.parameters
}

# fmt: off
MUTANTS = (
    Mutant("robustness.name.nul", "a NUL in a name fails", _fails(lambda request: "\0" in _text(request))),
    Mutant("robustness.name.quote", "a quote in a name fails", _fails(lambda request: "'" in _text(request))),
    Mutant("robustness.name.emoji", "an emoji in a name fails",
           _fails(lambda request: any(ord(each) > 0xFFFF for each in _text(request)))),
    Mutant("robustness.name.long", "a name of 10,000 characters fails",
           _fails(lambda request: len(_text(request)) > 9999)),
    Mutant("robustness.name.slow", "a name above 200 characters takes 1.2 s",
           _slow("createCampaign|updateCampaign", lambda call: len(call.body.get("name", "")) > 200, 1.2)),
    Mutant("robustness.list.slow", "lists take three seconds", _slow("list*", lambda call: True, 3)),
    Mutant("robustness.body.unparsed", "what is no JSON fails",
           _fails(lambda request: bool(_body(request)) and not _is_json(_body(request)))),
    Mutant("robustness.body.empty", "an empty body fails",
           _fails(lambda request: not _body(request), "create*|update*|add*")),
    Mutant("robustness.body.array", "an array as body fails",
           _fails(lambda request: _kind(request, list), "createCampaign")),
    Mutant("robustness.body.text", "a text as body fails",
           _fails(lambda request: _kind(request, str, int), "create*|update*")),
    Mutant("robustness.body.null", "null as body fails", _fails(lambda request: _body(request) == b"null")),
    Mutant("robustness.body.object", "an object where a list is asked for fails",
           _fails(lambda request: _kind(request, dict), "deleteLeads")),
    Mutant("robustness.body.deep", "a deeply nested body fails", _fails(_is_deep)),
    Mutant("robustness.body.surrogate", "half of a surrogate pair fails",
           _fails(lambda request: b"\\ud8" in _body(request).lower())),
    Mutant("robustness.body.bytes", "a body that is not UTF-8 fails",
           _fails(lambda request: b"\xff" in _body(request))),
    Mutant("robustness.body.large_number", "1e400 fails",
           _fails(lambda request: b"e400" in _body(request) or b"Infinity" in _body(request))),
    Mutant("robustness.body.many_digits", "a number of many digits fails",
           _fails(lambda request: b"9" * 25 in _body(request) or b"0" * 25 in _body(request))),
    Mutant("robustness.body.other_type", "a body of another media type is taken",
           changed(_read_as_json), choice=_STATUS),
    Mutant("robustness.body.other_type_fails", "a body of another media type fails",
           _fails(lambda request: bool(_body(request)) and "json" not in request.mimetype)),
    Mutant("robustness.body.unknown_field", "an unknown field fails",
           _fails(lambda request: (
        _kind(request, dict) and not set(json.loads(_body(request))) <= _FIELDS), "createCampaign")),
    Mutant("robustness.body.unknown_refused", "unknown fields are refused",
           request_body("createCampaign", lambda body: (
        {**body, "name": 5} if isinstance(body, dict) and set(body) - _FIELDS else body)),
           choice=_STRICT),
    Mutant("robustness.query.twice", "a parameter sent twice fails",
           _fails(lambda request: any(len(each) > 1 for each in request.args.to_dict(flat=False).values()))),
    Mutant("robustness.query.unknown", "an unknown parameter is refused",
           response(lambda request, found: Response(
        '{"detail":[{"loc":["query"],"msg":"extra","type":"value_error.extra"}]}', 422, found.headers)
        if set(request.args) - _PARAMETERS else None), choice=_STRICT),
    Mutant("robustness.query.large_page", "a huge page fails",
           _fails(lambda request: len(request.args.get("page", "")) > 15)),
    Mutant("robustness.query.not_a_number", "a page that is no number fails",
           _fails(lambda request: not request.args.get("page", "1").lstrip("-").isdigit())),
    Mutant("robustness.query.past_the_end", "a page past the end fails",
           _fails(lambda request: request.args.get("page", "") in ("99", "999", "1000", "9999", "1000000"))),
    Mutant("robustness.query.quote", "a quote in search fails",
           _fails(lambda request: "'" in request.args.get("search", ""))),
    Mutant("robustness.query.wildcard", "a percent sign in search fails",
           _fails(lambda request: "%" in request.args.get("search", ""))),
    Mutant("robustness.query.not_ascii", "search beyond ASCII fails",
           _fails(lambda request: not request.args.get("search", "").isascii())),
    Mutant("robustness.path.malformed", "an id that is none fails",
           _fails(lambda request: any(len(value) != 36 for value in (request.view_args or {}).values()))),
    Mutant("robustness.path.unknown", "an unknown path fails", _fails(lambda request: True, "-")),
    Mutant("robustness.path.upper_case", "an id in upper case is not found",
           response(lambda request, found: Response(
        '{"detail":"Campaign not found"}', 404, found.headers)
        if found.status_code < 300 and request.path != request.path.lower() else None)),
    Mutant("robustness.path.slash", "a slash at the end is unknown", response(lambda request, found: Response(
        '{"detail":"Not Found"}', 404, found.headers) if request.path.endswith("/") else None),
           choice="no source says so"),
    Mutant("robustness.key.not_ascii", "a key beyond ASCII fails",
           _fails(lambda request: not request.headers.get("X-API-Key", "").isascii())),
    Mutant("robustness.key.missing", "a missing key fails",
           _fails(lambda request: "X-API-Key" not in request.headers)),
    Mutant("robustness.launch.again", "launching an ACTIVE campaign fails",
           response(lambda request, found: Response(
        _FAILURE, 500, found.headers) if found.status_code == 400 and b'"launch"' in _body(request)
        and b"ACTIVE" in found.get_data() else None, "updateCampaign")),
    Mutant("robustness.sometimes", "every fortieth request fails", _sometimes(40)),
    Mutant("robustness.head", "HEAD fails",
           _fails(lambda request: request.method == "HEAD"), choice="no source says so"),
    Mutant("robustness.options", "OPTIONS fails", _fails(lambda request: request.method == "OPTIONS"),
           choice=MOCK_ONLY),
)
# fmt: on
