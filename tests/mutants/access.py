"""Keys and scopes."""

from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Request, Response

from mockserver.errors import ApiError
from mockserver.http.keys import Key
from mockserver.server.app import MockServer

from .documents import edit
from .mail_scenarios import exercise_strangers
from .mutant import Mutant
from .mutations import (
    Mutation,
    changed,
    error,
    name_operation,
    replace_method,
    response,
    surround_wsgi,
)
from .recorder import KEY

_ERRORS = "/components/examples"


def _finding(find: Callable[[MockServer, str | None], Key | None]) -> Mutation:
    """Accept a key that the server would refuse, when `find` returns one."""

    def change(app: MockServer) -> None:
        def wrap(find_key: Callable[[str | None], Key]) -> Callable[[str | None], Key]:
            return lambda value: find(app, value) or find_key(value)

        replace_method(app.pipeline.keys, "find", wrap)

    return changed(change)


def _keyless(operations: str) -> Mutation:
    """Treat a request without a key as the first tenant's."""

    def change(app: MockServer) -> None:
        def wrap(inner: WSGIApplication) -> WSGIApplication:
            def serve(environ: Any, start_response: Any) -> Any:
                if "HTTP_X_API_KEY" not in environ and fnmatchcase(name_operation(app, environ), operations):
                    environ = {**environ, "HTTP_X_API_KEY": KEY}
                return inner(environ, start_response)

            return serve

        surround_wsgi(app, wrap)

    return changed(change)


def _scoping(holds: Callable[[Key, tuple[str, ...]], bool]) -> Mutation:
    """Decide otherwise whether a key holds the scopes of an operation."""

    def wrap(_check: Any) -> Callable[[Key, tuple[str, ...]], None]:
        def check(key: Key, required: tuple[str, ...]) -> None:
            if not holds(key, required):
                raise ApiError(
                    "missing_scope",
                    missing=", ".join(required),
                    required=list(required),
                    granted=list(key.scopes),
                )

        return check

    return changed(lambda app: replace_method(app.pipeline.keys, "check_scopes", wrap))


def _is_allowed(key: Key, required: tuple[str, ...]) -> bool:
    return "*" in key.scopes or set(required) <= set(key.scopes)


def _share_resource(key: Key, required: tuple[str, ...]) -> bool:
    resources = {scope.partition(":")[0] for scope in key.scopes}
    return "*" in key.scopes or {scope.partition(":")[0] for scope in required} <= resources


def _declared(app: MockServer, value: str | None, matches: Callable[[str, str], bool]) -> Key | None:
    keys = app.pipeline.keys.declared
    found = next((key for key in keys if value and matches(key.value, value)), None)
    return replace(found, revoked=False) if found else None


def _validate_first(request: Request, found: Response) -> Response | None:
    if found.status_code == 401 and request.method == "POST" and request.is_json:
        return Response(
            '{"detail":[{"loc":["body"],"msg":"field required","type":"value_error.missing"}]}',
            status=422,
            headers=found.headers,
        )
    return None


_OTHERS_DO = ("listContacts", "deleteContacts", "sendContactEmail", "listReplies", "addDomain", "getTimeline",
              "exportLeads", "bulkDeleteSenderAccounts")  # fmt: skip


# fmt: off
MUTANTS = (
    Mutant(
        "access.key.any",
        "any key is accepted",
        _finding(lambda app, value: Key(value, value) if value else None),
    ),
    Mutant(
        "access.key.prefix",
        "any well-formed key is accepted",
        _finding(lambda app, value: Key(value, value) if value and value.startswith("cs_live_") else None),
    ),
    Mutant(
        "access.key.revoked",
        "a revoked key is accepted",
        _finding(lambda app, value: _declared(app, value, lambda key, sent: key == sent)),
    ),
    Mutant(
        "access.key.beginning",
        "a key with something behind it is accepted",
        _finding(lambda app, value: _declared(app, value, lambda key, sent: sent.startswith(key))),
    ),
    Mutant(
        "access.key.letter_case",
        "the letter case of a key does not matter",
        _finding(lambda app, value: _declared(app, value, lambda key, sent: sent.upper() == key.upper())),
    ),
    *(
        Mutant(f"access.no_key.{operation}", f"{operation} needs no key", _keyless(operation))
        for operation in (
            "createCampaign",
            "listCampaigns",
            "getCampaign",
            "updateCampaign",
            "deleteCampaign",
            "pauseCampaign",
            "addLead",
            "deleteLeads",
            "createSmtpSenderAccount",
            "deleteSenderAccount",
        )
    ),
    Mutant(
        "access.refused.403",
        "an unknown key is answered 403",
        response(
             lambda _request, found: setattr(found, "status_code", 403) if found.status_code == 401 else None
        ),
    ),
    Mutant(
        "access.refused.missing_text",
        "another text for a missing key",
        edit(f"{_ERRORS}/missing_key/value/detail", "Unauthorized"),
    ),
    Mutant(
        "access.refused.invalid_text",
        "another text for an unknown key",
        edit(f"{_ERRORS}/invalid_key/value/detail", "Unauthorized"),
    ),
    Mutant(
        "access.refused.same_text",
        "a missing key is called invalid",
        edit(f"{_ERRORS}/missing_key/value/detail", "Invalid or revoked API key"),
    ),
    Mutant(
        "access.refused.late", "a body is judged before the key", response(_validate_first, "createCampaign")
    ),
    Mutant("access.scope.ignored", "scopes are not checked", _scoping(lambda key, required: True)),
    Mutant("access.scope.resource", "a read scope allows to write", _scoping(_share_resource)),
    Mutant(
        "access.scope.delete",
        "scopes are not checked on delete",
        _scoping(lambda key, required: _is_allowed(key, required) or required[0].endswith(":delete")),
    ),
    Mutant(
        "access.scope.pause",
        "scopes are not checked on pause and activate",
        _scoping(
             lambda key, required: (
                 _is_allowed(key, required)
                 or (required[0].endswith("ate") and not required[0].endswith(("create", "update")))
                 or required[0].endswith("pause")
             )
        ),
    ),
    Mutant(
        "access.scope.leads",
        "scopes of leads are not checked",
        _scoping(lambda key, required: _is_allowed(key, required) or required[0].startswith("leads")),
    ),
    Mutant(
        "access.scope.always_refused",
        "only a key with all scopes may do anything",
        _scoping(lambda key, required: "*" in key.scopes),
    ),
    Mutant(
        "access.scope.401",
        "a missing scope is answered 401",
        response(
             lambda _request, found: setattr(found, "status_code", 401) if found.status_code == 403 else None
        ),
    ),
    Mutant(
        "access.scope.required_missing",
        "a 403 does not name the missing scope",
        error([403], lambda body: {key: body[key] for key in body if key != "required"}),
    ),
    Mutant(
        "access.scope.granted_empty",
        "a 403 says nothing is granted",
        error([403], lambda body: {**body, "granted": []}),
    ),
    Mutant(
        "access.scope.error",
        "a 403 says forbidden",
        error([403], lambda body: {**body, "error": "forbidden"}),
    ),
    Mutant(
        "access.scope.text",
        "a 403 has another text",
        edit(f"{_ERRORS}/missing_scope/x-template/detail", "Forbidden"),
    ),
    *(
        Mutant(
            f"access.no_key.{operation}",
            f"{operation} needs no key",
            _keyless(operation),
            scenario=exercise_strangers,
        )
        for operation in _OTHERS_DO
    ),
)
# fmt: on
