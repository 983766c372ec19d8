"""Leads in files: uploaded, and exported."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..errors import ApiError
from ..model.contacts import (
    CSV_UPLOAD,
    NAMES,
    find_lead,
    find_suppression,
    make_lead,
    merge_details,
    remove_lead,
    save_contact,
)
from ..model.content import find_open_campaign
from ..model.csv_contacts import read_contacts
from ..model.csv_files import write_csv
from ..model.events import trace_lead
from ..openapi.formats import format_date_time
from ..state.jobs import describe_job, start_job
from ..state.records import LEAD_UPLOAD, Job, Lead, LeadBatch
from ..state.workspace import Workspace
from .call import Call

__all__ = ["export_leads", "get_lead_upload", "upload_leads"]

_STAGES = ("PENDING", "VALIDATING", "IN_PROGRESS")
_COLUMNS = ("lead_id", "email", *NAMES, "status", "sequence_step",
            "last_contacted_at", "opened_at", "replied_at", "created_at")  # fmt: skip


def upload_leads(call: Call) -> dict[str, Any]:
    """Read the file, and start the job that makes a lead of each row."""
    workspace = call.workspace
    campaign = find_open_campaign(call.workspace, call.path["campaign_id"])
    rows = read_contacts(
        call.body["file"], call.body.get("mapping"), max_rows=call.read_extensions("file").max_rows
    )
    if call.body["delete_existing"]:
        for lead in workspace.leads.where("campaign", campaign.campaign_id):
            remove_lead(workspace, lead)
    batch = workspace.lead_batches.put(
        LeadBatch(
            batch_id=workspace.draw_id(),
            campaign_id=campaign.campaign_id,
            file_name=call.body["file"].name,
            total_rows=len(rows),
            created_at=workspace.now(),
        )
    )
    facts = {
        "campaign_id": campaign.campaign_id,
        "batch_id": batch.batch_id,
        "file_name": batch.file_name,
        "duplicate_action": call.body["duplicate_action"],
    }
    job = start_job(workspace, LEAD_UPLOAD, rows, facts=facts, stages=_STAGES)
    return {
        **facts,
        "job_id": job.job_id,
        "total_rows": len(rows),
        "total_valid": sum("error" not in row for row in rows),
    }


def get_lead_upload(call: Call) -> dict[str, Any]:
    """Return how far an upload has come."""
    workspace = call.workspace
    campaign = workspace.campaigns.get(call.path["campaign_id"])
    job = workspace.jobs.find(call.path["job_id"])
    if job is None or job.kind != LEAD_UPLOAD or job.facts["campaign_id"] != campaign.campaign_id:
        raise ApiError("upload_job_not_found")
    progress = describe_job(job, workspace.now())
    failed = [result for result in job.results if result["status"] == "FAILED"]
    return {
        **progress,
        "campaign_id": campaign.campaign_id,
        "duplicate_count": sum(result["status"] == "DUPLICATE" for result in job.results),
        "error_count": len(failed),
        "total_count": progress["total"],
        "errors": failed,
    }


def export_leads(call: Call) -> Iterator[str]:
    """Return all leads of a campaign as CSV, oldest first, a column for each custom field."""
    workspace = call.workspace
    campaign = workspace.campaigns.get(call.path["campaign_id"])
    leads = workspace.leads.where("campaign", campaign.campaign_id)
    custom = sorted({name for lead in leads for name in lead.details["custom_fields"]})
    rows = ([*_describe(workspace, lead), *_list_custom(lead, custom)] for lead in leads)
    return write_csv(_name_columns(custom), rows)


def _add_row(workspace: Workspace, job: Job, row: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Make a lead of one row, or treat it as a duplicate, as the upload asks."""
    campaign = workspace.campaigns.find(job.facts["campaign_id"])
    failed = {"status": "FAILED", "row": row["row"], "email": row["email"]}
    if "error" in row:
        return {**failed, "error": row["error"]}
    if campaign is None:
        return {**failed, "error": "The campaign was deleted"}
    email, details = row["email"], row["details"]
    known = find_lead(workspace, campaign.campaign_id, email)
    if known is not None:
        _treat_duplicate(workspace, job, known, details, at)
        return {"status": "DUPLICATE"}
    if find_suppression(workspace, email):
        return {**failed, "error": "The contact is suppressed"}
    contact = save_contact(
        workspace, email, details, source_type=CSV_UPLOAD, source_name=job.facts["file_name"], at=at
    )
    details = {**dict.fromkeys(NAMES), **details}
    make_lead(
        workspace, campaign, contact, email=email, details=details, batch_id=job.facts["batch_id"], at=at
    )
    return {"status": "SUCCESS"}


def _treat_duplicate(
    workspace: Workspace, job: Job, lead: Lead, details: dict[str, Any], at: datetime
) -> None:
    action = job.facts["duplicate_action"]
    if action == "skip":
        return
    merged = merge_details(lead.details, details) if action == "update" else {**lead.details, **details}
    workspace.leads.put(replace(lead, details=merged))
    contact = workspace.contacts.get(lead.contact_id)
    save_contact(workspace, contact.email, details, source_type=contact.source_type, at=at)


WORKERS = {LEAD_UPLOAD: _add_row}


def _describe(workspace: Workspace, lead: Lead) -> list[str]:
    history = trace_lead(workspace, lead)
    names = [lead.details[name] for name in NAMES]
    times = [history.last_contacted_at, history.opened_at, history.replied_at, lead.created_at]
    values = [lead.lead_id, lead.email, *names, history.status, history.sequence_step, *times]
    return [_write(value) for value in values]


def _list_custom(lead: Lead, names: list[str]) -> list[str]:
    return [_write(lead.details["custom_fields"].get(name)) for name in names]


def _name_columns(custom: list[str]) -> list[str]:
    """Return the header; a custom field with the name of another column gets a prefix."""
    taken = {*_COLUMNS, *custom}
    columns = list(_COLUMNS)
    for name in custom:
        column = name
        while column in _COLUMNS or (column != name and column in taken):
            column = f"custom_{column}"
        taken.add(column)
        columns.append(column)
    return columns


def _write(value: Any) -> str:
    if isinstance(value, datetime):
        return format_date_time(value)
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
