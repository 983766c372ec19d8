"""Keys, scopes and isolation."""

from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Request, Response

from mockserver.errors import ApiError
from mockserver.http.keys import Key
from mockserver.mails.threads import flip_id
from mockserver.resources.call import Call
from mockserver.server.app import MockServer
from mockserver.state.workspace import Workspace

from .documents import edit
from .mail_scenarios import exercise_strangers
from .mutant import Mutant
from .mutations import (
    Handler,
    Mutation,
    alter_responses,
    changed,
    error,
    name_operation,
    replace_method,
    response,
    surround,
    surround_wsgi,
)
from .recorder import KEY, SECOND_KEY

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


def _elsewhere(operations: str) -> Mutation:
    """Let the handlers reach into another tenant's workspace for an id that is not in theirs."""
    return changed(lambda app: surround(app, operations, lambda handler, call: handler(_move(app, call))))


def _move(app: MockServer, call: Call) -> Call:
    for key in (KEY, SECOND_KEY):
        workspace = app.workspaces.get(key)
        tables: dict[str, Any] = {
            "campaign_id": workspace.campaigns,
            "inbox_id": workspace.sender_accounts,
            "contact_id": workspace.contacts,
            "list_id": workspace.contact_lists,
            "domain_id": workspace.domains,
            "thread_id": workspace.leads,
        }
        ids = {name: flip_id(value) if name == "thread_id" else value for name, value in call.path.items()}
        if any(tables[name].find(value) for name, value in ids.items() if name in tables):
            return Call(call.operation, workspace, call.path, call.query, call.body)
    return call


def _one_workspace(operations: str) -> Mutation:
    """Answer from one workspace for every key."""

    def answer(app: MockServer, handler: Handler, call: Call) -> Any:
        return handler(Call(call.operation, app.workspaces.get(KEY), call.path, call.query, call.body))

    return changed(lambda app: surround(app, operations, partial(answer, app)))


def _forbid_foreign(app: MockServer) -> None:
    def wrap(handler: Handler, call: Call) -> Any:
        if _move(app, call).workspace is not call.workspace:
            raise ApiError("missing_scope", missing="owner", required=["owner"], granted=["*"])
        return handler(call)

    surround(app, "getCampaign|updateCampaign|deleteCampaign", wrap)


def _assign_foreign(app: MockServer) -> None:
    def find(workspace: Workspace, inbox_id: str) -> Any:
        others = [app.workspaces.get(key).sender_accounts.find(inbox_id) for key in (KEY, SECOND_KEY)]
        return next(filter(None, others), None)

    def wrap(handler: Handler, call: Call) -> Any:
        for inbox_id in call.body.get("inbox_ids", ()):
            account = find(call.workspace, inbox_id)
            if account:
                call.workspace.sender_accounts.put(account)
        return handler(call)

    surround(app, "updateCampaign", wrap)


def _count_all(app: MockServer) -> None:
    def wrap(handler: Handler, call: Call) -> Any:
        found = handler(call)
        total = sum(len(app.workspaces.get(key).campaigns) for key in (KEY, SECOND_KEY))
        return {**found, "pagination": {**found["pagination"], "total": total}}

    surround(app, "listCampaigns", wrap)


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


def _reveal_foreign(app: MockServer) -> None:
    def alter(request: Request, found: Response) -> Response | None:
        wanted = request.path.rpartition("/")[2]
        known = [app.workspaces.get(key).campaigns.find(wanted) for key in (KEY, SECOND_KEY)]
        if found.status_code == 404 and any(known):
            return Response('{"detail":"Campaign belongs to another account"}', 404, found.headers)
        return None

    alter_responses(app, alter, "getCampaign|updateCampaign")


_OTHERS_DO = ("listContacts", "deleteContacts", "sendContactEmail", "listReplies", "addDomain", "getTimeline",
              "exportLeads", "bulkDeleteSenderAccounts")  # fmt: skip
_OTHERS_SEE = ("getContact", "updateContact", "getContactList", "deleteContactList", "getThread", "sendReply",
               "getDomain", "deleteDomain", "getFlow", "getCtr", "exportLeads", "uploadLeads")  # fmt: skip


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
        Mutant(f"access.foreign.{operation}", f"{operation} reaches other tenants", _elsewhere(operation))
        for operation in (
            "getCampaign",
            "updateCampaign",
            "deleteCampaign",
            "pauseCampaign",
            "addLead",
            "listLeads",
            "getLead",
            "getSenderAccount",
            "deleteSenderAccount",
        )
    ),
    *(
        Mutant(
            f"access.{kind}.{operation}",
            f"{operation} {what}",
            mutation(operation),
            scenario=exercise_strangers,
        )
        for kind, what, mutation, operations in (
            ("no_key", "needs no key", _keyless, _OTHERS_DO),
            ("foreign", "reaches other tenants", _elsewhere, _OTHERS_SEE),
        )
        for operation in operations
    ),
    Mutant("access.foreign.listCampaigns", "campaigns of all are listed", _one_workspace("listCampaigns")),
    Mutant(
        "access.foreign.listSenderAccounts", "all accounts are listed", _one_workspace("listSenderAccounts")
    ),
    Mutant("access.foreign.total", "campaigns of all are counted", changed(_count_all)),
    Mutant("access.foreign.inbox", "another workspace's account can be assigned", changed(_assign_foreign)),
    Mutant("access.foreign.403", "a foreign id is answered 403, an unknown one 404",
           changed(_forbid_foreign)),
    Mutant(
        "access.foreign.text",
        "a foreign id has another text than an unknown one",
        changed(_reveal_foreign),
    ),
)
# fmt: on
