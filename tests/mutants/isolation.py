"""The isolation of workspaces."""

from functools import partial
from typing import Any

from flask import Request, Response

from mockserver.errors import ApiError
from mockserver.mails.threads import flip_id
from mockserver.resources.call import Call
from mockserver.server.app import MockServer
from mockserver.state.workspace import Workspace

from .mail_scenarios import exercise_strangers
from .mutant import Mutant
from .mutations import Handler, Mutation, alter_responses, changed, surround
from .recorder import KEY, SECOND_KEY

_OTHERS_SEE = ("getContact", "updateContact", "getContactList", "deleteContactList", "getThread", "sendReply",
               "getDomain", "deleteDomain", "getFlow", "getCtr", "exportLeads", "uploadLeads")  # fmt: skip


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


def _reveal_foreign(app: MockServer) -> None:
    def alter(request: Request, found: Response) -> Response | None:
        wanted = request.path.rpartition("/")[2]
        known = [app.workspaces.get(key).campaigns.find(wanted) for key in (KEY, SECOND_KEY)]
        if found.status_code == 404 and any(known):
            return Response('{"detail":"Campaign belongs to another account"}', 404, found.headers)
        return None

    alter_responses(app, alter, "getCampaign|updateCampaign")


# fmt: off
MUTANTS = (
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
            f"access.foreign.{operation}",
            f"{operation} reaches other tenants",
            _elsewhere(operation),
            scenario=exercise_strangers,
        )
        for operation in _OTHERS_SEE
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
