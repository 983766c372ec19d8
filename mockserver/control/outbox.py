"""The mails that were sent, as their recipients see them; templates rendered for a lead."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..errors import ApiError
from ..mails.bodies import NO_EXTRAS
from ..mails.compose import compose_mail, derive_body_seed, trace_mail, wrap_body
from ..mails.outbox import Sent, describe_mail, find_sent, list_sent, write_mail, write_mbox
from ..mails.rendered_mail import RenderedMail
from ..openapi.formats import parse_date_time
from ..personalization.fields import list_fields
from ..personalization.render import TemplateError, join_lines, render
from ..resources.paging import paginate
from ..state.records import Campaign
from ..state.workspace import Workspace
from .calls import ControlCall

__all__ = [
    "download_mail",
    "download_outbox",
    "get_mail",
    "list_outbox",
    "render_template",
    "show_personalization",
]

_PARTS = ("template", "subject", "body")


def list_outbox(call: ControlCall) -> dict[str, Any]:
    """Return a page of the mails that the filters let through."""
    found = _select(call)
    page, pagination = paginate(found[::-1] if call.query["sort_order"] == "desc" else found, call.query)
    return {
        "mails": [describe_mail(compose_mail(call.workspace, record)) for record in page],
        "pagination": pagination,
    }


def get_mail(call: ControlCall) -> dict[str, Any]:
    """Return one mail."""
    return describe_mail(compose_mail(call.workspace, _find(call)))


def show_personalization(call: ControlCall) -> dict[str, Any]:
    """Return the texts of a mail in pieces, with what each came from."""
    traced = trace_mail(call.workspace, _find(call))
    return {part: [piece._asdict() for piece in pieces] for part, pieces in traced.items()}


def download_mail(call: ControlCall) -> str:
    """Return one mail as e-mail programs read it."""
    return write_mail(compose_mail(call.workspace, _find(call)))


def download_outbox(call: ControlCall) -> Iterator[str]:
    """Return all mails that the filters let through, as one file."""
    return write_mbox(_compose_all(call.workspace, _select(call)))


def render_template(call: ControlCall) -> dict[str, Any]:
    """Render templates for a lead, and list what is wrong with them."""
    body = call.body
    if not any(part in body for part in _PARTS):
        raise ApiError("render_empty")
    workspace = call.workspace
    lead = workspace.leads.get(body["lead_id"]) if "lead_id" in body else None
    campaign_id = body.get("campaign_id", lead and lead.campaign_id)
    campaign = workspace.campaigns.get(campaign_id) if campaign_id else None
    fields = (list_fields(lead, campaign) if lead else {}) | body["fields"]
    at = _read_time(call, campaign)
    rendered, errors = _render_parts(body, fields, at)
    if rendered["body"] is not None:
        made = wrap_body(rendered["body"], body["content_type"], NO_EXTRAS)
        rendered |= {"text": made.text, "html": made.html}
    return {"text": None, "html": None, **rendered, "at": at, "fields": fields, "errors": errors}


def _render_parts(
    body: dict[str, Any], fields: dict[str, Any], at: datetime
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rendered: dict[str, Any] = dict.fromkeys(_PARTS)
    errors = []
    for part in _PARTS:
        if part not in body:
            continue
        seed = derive_body_seed(body["seed"]) if part == "body" else body["seed"]
        as_html = part == "body" and body["content_type"] != "plaintext"
        try:
            text = render(body[part], fields, at=at, random_seed=seed, as_html=as_html)
            rendered[part] = join_lines(text) if part == "subject" else text
        except TemplateError as error:
            place = {"message": error.message, "line": error.line, "column": error.column}
            errors.append({"part": part, **place})
    return rendered, errors


def _read_time(call: ControlCall, campaign: Campaign | None) -> datetime:
    zone = campaign.settings["timezone"] if campaign else "UTC"
    given = call.body.get("at")
    return (parse_date_time(given, zone) if given else call.workspace.now()).astimezone(ZoneInfo(zone))


def _select(call: ControlCall) -> list[Sent]:
    query = call.query
    return list_sent(
        call.workspace,
        lead_id=query.get("lead_id"),
        campaign_id=query.get("campaign_id"),
        email=query.get("to"),
        search=query.get("search"),
    )


def _compose_all(workspace: Workspace, records: list[Sent]) -> Iterator[RenderedMail]:
    for record in records:
        with suppress(ApiError):  # its lead was deleted while others were written
            yield compose_mail(workspace, record)


def _find(call: ControlCall) -> Sent:
    record = find_sent(call.workspace, call.path["email_id"])
    if record is None:
        raise ApiError("mail_not_found")
    return record
