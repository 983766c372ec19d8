"""Answers that lack a field, rename it, or have another value in it."""

from typing import Any

from flask import Request, Response

from .mutant import Mutant
from .mutations import Json, Mutation, all_of, answer, response, write_body

_LISTED = "no source says in which order sender accounts are listed, and whether twice"


def _without(operation: str, *names: str) -> Mutation:
    def alter(body: Json) -> None:
        for name in names:
            body.pop(name, None)

    return answer(operation, alter)


def _renamed(operation: str, name: str, other: str) -> Mutation:
    return answer(operation, lambda body: {other if key == name else key: body[key] for key in body})


def _with(operation: str, **values: Any) -> Mutation:
    return answer(operation, lambda body: {**body, **values})


def _items(operation: str, name: str, alter: Any) -> Mutation:
    return answer(operation, lambda body: {**body, name: [alter(item) for item in body[name]]})


def _lacking(item: Json, name: str) -> Json:
    return {key: item[key] for key in item if key != name}


def _status(operation: str, status: int, body: bool = True) -> Mutation:
    def alter(_request: Request, found: Response) -> None:
        if found.status_code < 300:
            found.status_code = status
            if not body:
                found.set_data(b"")

    return response(alter, operation)


def _wrap(request: Request, found: Response) -> None:
    if found.status_code == 200:
        write_body(found, {"campaign": found.get_json()})


def _leak_key(request: Request, found: Response) -> None:
    if found.status_code == 200:
        write_body(found, {**found.get_json(), "api_key": request.headers["X-API-Key"]})


def _leak_password(request: Request, found: Response) -> None:
    if found.status_code < 300:
        write_body(found, {**found.get_json(), "smtp_password": request.get_json()["smtp_password"]})


def _add_validations(request: Request, found: Response) -> None:
    if found.status_code == 200 and "inbox_validations" not in found.get_json():
        write_body(found, {**found.get_json(), "inbox_validations": []})


def _resort(body: Json) -> None:
    if "inbox_validations" in body:
        body["inbox_validations"].reverse()


def _deduplicate(body: Json) -> None:
    if "inbox_validations" in body:
        kept = {validation["inbox_id"]: validation for validation in body["inbox_validations"]}
        body["inbox_validations"] = list(kept.values())


def _invalidate(body: Json) -> None:
    for validation in body.get("inbox_validations", ()):
        validation["is_valid"] = False


_OTHER_ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
_SETTLED = "the status of an answer that no source describes"
_UNDOCUMENTED = "no source says what is answered when a campaign is deleted"

MUTANTS = (
    Mutant("fields.create.status_202", "create answers 202", _status("createCampaign", 202)),
    Mutant(
        "fields.create.step_missing", "create lacks current_step", _without("createCampaign", "current_step")
    ),
    Mutant("fields.create.id_renamed", "create says id", _renamed("createCampaign", "campaign_id", "id")),
    Mutant("fields.create.id_integer", "create says a number as id", _with("createCampaign", campaign_id=17)),
    Mutant("fields.create.status_lower_case", "status is draft", _with("createCampaign", status="draft")),
    Mutant("fields.create.status_other", "create says ACTIVE", _with("createCampaign", status="ACTIVE")),
    Mutant("fields.create.step_one", "a new campaign is at step 1", _with("createCampaign", current_step=1)),
    Mutant("fields.create.success_text", 'success is "true"', _with("createCampaign", success="true")),
    Mutant("fields.create.success_missing", "create lacks success", _without("createCampaign", "success")),
    Mutant("fields.create.message", "another message", _with("createCampaign", message="Campaign created")),
    Mutant("fields.create.created_at_null", "created_at is null", _with("createCampaign", created_at=None)),
    Mutant(
        "fields.get.minute_missing", "get lacks a field", _without("getCampaign", "sending_window_end_minute")
    ),
    Mutant(
        "fields.get.tracking_renamed",
        "get says tracking_enabled",
        _renamed("getCampaign", "enable_tracking", "tracking_enabled"),
    ),
    Mutant("fields.get.updated_at_missing", "get lacks updated_at", _without("getCampaign", "updated_at")),
    Mutant("fields.get.variants_missing", "get lacks variants", _without("getCampaign", "variants")),
    Mutant(
        "fields.get.nulls_dropped",
        "get leaves null fields out",
        answer("getCampaign", lambda body: {key: body[key] for key in body if body[key] is not None}),
    ),
    Mutant(
        "fields.get.numbers_as_text",
        "get says whole numbers as text",
        answer(
            "getCampaign",
            lambda body: {key: str(body[key]) if type(body[key]) is int else body[key] for key in body},
        ),
    ),
    Mutant(
        "fields.get.flag_as_number",
        "get says 1 for true",
        answer("getCampaign", lambda body: {**body, "enable_unsubscribe": int(body["enable_unsubscribe"])}),
    ),
    Mutant("fields.get.wrapped", "get wraps the campaign", response(_wrap, "getCampaign")),
    Mutant("fields.get.key_leaked", "get answers with the key", response(_leak_key, "getCampaign")),
    Mutant(
        "fields.update.id_other", "update says another id", _with("updateCampaign", campaign_id=_OTHER_ID)
    ),
    Mutant("fields.update.message", "another message", _with("updateCampaign", message="OK")),
    Mutant(
        "fields.update.validations_missing",
        "update never says inbox_validations",
        _without("updateCampaign", "inbox_validations"),
    ),
    Mutant(
        "fields.update.validations_always",
        "update always says inbox_validations",
        response(_add_validations, "updateCampaign"),
    ),
    Mutant(
        "fields.update.validations_order",
        "validations in another order",
        answer("updateCampaign", _resort),
        choice=_LISTED,
    ),
    Mutant(
        "fields.update.validations_once",
        "a sender account sent twice is listed once",
        answer("updateCampaign", _deduplicate),
        choice=_LISTED,
    ),
    Mutant(
        "fields.update.valid_false",
        "a valid sender account is called invalid",
        answer("updateCampaign", _invalidate),
    ),
    Mutant(
        "fields.update.missing_missing",
        "update lacks missing_requirements",
        _without("updateCampaign", "missing_requirements"),
    ),
    Mutant(
        "fields.update.ready_missing",
        "update lacks is_launch_ready",
        _without("updateCampaign", "is_launch_ready"),
    ),
    Mutant(
        "fields.list.launched_at_missing",
        "listed campaigns lack launched_at",
        _items("listCampaigns", "campaigns", lambda item: _lacking(item, "launched_at")),
    ),
    Mutant(
        "fields.list.status_lower_case",
        "listed campaigns have a lower-case status",
        _items("listCampaigns", "campaigns", lambda item: {**item, "status": item["status"].lower()}),
    ),
    Mutant(
        "fields.list.renamed", "the list is called items", _renamed("listCampaigns", "campaigns", "items")
    ),
    Mutant(
        "fields.list.bare",
        "the lists are bare arrays",
        all_of(
            answer("listCampaigns", lambda body: body["campaigns"]),
            answer("listLeads", lambda body: body["leads"]),
        ),
    ),
    Mutant(
        "fields.list.has_next_missing",
        "pagination lacks has_next",
        answer(
            "listCampaigns|listLeads|listSenderAccounts|listDomains|listContacts",
            lambda body: {**body, "pagination": _lacking(body["pagination"], "has_next")},
        ),
    ),
    Mutant("fields.lead.fields_missing", "a lead lacks custom_fields", _without("*Lead", "custom_fields")),
    Mutant("fields.lead.id_renamed", "a lead says id", _renamed("addLead|getLead", "lead_id", "id")),
    Mutant("fields.lead.status_new", "a new lead is QUEUED", _with("addLead", status="QUEUED")),
    Mutant("fields.lead.replies_missing", "a lead lacks replies", _without("getLead", "replies")),
    Mutant("fields.lead.opened_null", "email_opened is null", _with("getLead", email_opened=None)),
    Mutant(
        "fields.account.password_leaked",
        "connecting a sender account answers with its password",
        response(_leak_password, "createSmtpSenderAccount"),
    ),
    Mutant(
        "fields.account.host_missing",
        "a sender account lacks smtp_host",
        _without("getSenderAccount", "smtp_host"),
        choice="no source describes the operation",
    ),
    Mutant(
        "fields.account.status_pending",
        "a connected sender account is PENDING",
        _with("createSmtpSenderAccount", overall_status="PENDING"),
    ),
    Mutant(
        "fields.account.message",
        "another message",
        _with("createSmtpSenderAccount", message="Inbox created"),
    ),
    Mutant("fields.pause.status_old", "pause answers ACTIVE", _with("pauseCampaign", status="ACTIVE")),
    Mutant(
        "fields.pause.name_missing",
        "pause lacks the name",
        _without("pauseCampaign", "name"),
        choice=_SETTLED,
    ),
    Mutant(
        "fields.delete.id_other",
        "delete says another id",
        _with("deleteCampaign", campaign_id=_OTHER_ID),
        choice=_UNDOCUMENTED,
    ),
    Mutant(
        "fields.delete.status_204",
        "delete answers 204 and no body",
        _status("deleteCampaign", 204, body=False),
        choice=_SETTLED,
    ),
    Mutant(
        "fields.delete.success_false",
        "success is false",
        _with("deleteCampaign", success=False),
        choice=_UNDOCUMENTED,
    ),
)
