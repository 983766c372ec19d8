"""Leads in CSV files: uploads and exports."""

import csv
import io
from dataclasses import dataclass
from typing import Any

from ..api.api import Api
from ..api.reply import Reply
from ..inputs.encoding import File, write_csv, write_other_csv
from ..registry import rule
from ..verdict.outcomes import UncheckedError
from .fixtures.shared import UNDOCUMENTED, ask, get_campaign, require_recent

_UPLOAD = "docs:leads/overview, client"
_PROGRESS = "docs:api-reference/leads/get-upload-progress"
_NAMES = ("first_name", "last_name", "company")


@dataclass(frozen=True, slots=True)
class _Uploaded:
    """A campaign, the file that was uploaded to it, and the result."""

    campaign_id: str
    rows: list[dict[str, str]]
    answer: dict[str, Any]
    job: dict[str, Any]
    leads: dict[str, dict[str, Any]]


def _upload(
    api: Api, campaign_id: str, rows: list[dict[str, str]], **parts: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Upload a file; return the answer and the finished job."""
    body = {"file": write_csv(rows), **parts}
    answer = ask(api, "uploadLeads", campaign_id, body=body).succeeds()
    return answer, api.finish_job("uploadLeads", answer, campaign_id=campaign_id)


def _leads(api: Api, campaign_id: str) -> dict[str, dict[str, Any]]:
    listed = ask(api, "listLeads", campaign_id, query={"limit": 100}).succeeds()["leads"]
    return {lead["email"]: lead for lead in listed}


def _uploaded(api: Api) -> _Uploaded:
    def make() -> _Uploaded:
        campaign_id = str(api.create_campaign(name=api.name("with a file"))["campaign_id"])
        ada = {"email": "Ada." + api.email("file"), "first_name": ' A"d,a ', "company": "Éngines\nLtd"}
        ada |= {"last_name": "Lovelace", "Job title": " Count;ess ", "size": "007"}
        grace = {**dict.fromkeys(ada, ""), "email": api.email("file"), "first_name": "Grace"}
        rows = [ada, {**grace, "email": "no address"}, grace, {**ada, "email": ada["email"].swapcase()}]
        answer, job = _upload(api, campaign_id, rows)
        return _Uploaded(campaign_id, rows, answer, job, _leads(api, campaign_id))

    return api.once("an uploaded file", make, show=True)


@rule(
    "leads.upload.counts",
    source=_PROGRESS,
    sentence="success_count: valid leads created; duplicate_count: duplicate emails; "
    "error_count: invalid rows; "
    "total_count: rows in the file",
    operations=["uploadLeads", "getLeadUpload"],
)
def count_rows(api: Api) -> None:
    """The finished job of an upload counts its rows: new leads, duplicates, errors."""
    job, rows = _uploaded(api).job, _uploaded(api).rows
    expected = {
        "status": "COMPLETED",
        "progress_percentage": 100,
        "total_count": len(rows),
        "processed_count": len(rows),
        "success_count": 2,
        "duplicate_count": 1,
        "error_count": 1,
    }
    api.judge.compare_fields(job, expected)
    for name in ("started_at", "completed_at"):
        require_recent(api, job[name], name)


@rule("leads.upload.errors", source=UNDOCUMENTED, operations=["uploadLeads", "getLeadUpload"])
def report_row_errors(api: Api) -> None:
    """The job reports the number of a row without an address, and imports the other rows."""
    errors = _uploaded(api).job["errors"]
    reported = [(error["row"], error["email"]) for error in errors]
    api.judge.compare(reported, [(2, "no address")], "the rows with errors")


@rule("leads.upload.answer", source=UNDOCUMENTED, operations=["uploadLeads"])
def answer_upload(api: Api) -> None:
    """The answer counts the rows of the file and the rows with an address."""
    uploaded = _uploaded(api)
    expected = {"total_rows": 4, "total_valid": 3, "campaign_id": uploaded.campaign_id}
    api.judge.compare_fields(uploaded.answer, expected)


@rule(
    "leads.upload.stored",
    source=_UPLOAD,
    sentence="Unmapped columns become custom fields.",
    operations=["uploadLeads", "listLeads", "getCampaign"],
)
def store_rows(api: Api) -> None:
    """A lead has the values of its row byte for byte; other columns become custom fields."""
    uploaded = _uploaded(api)
    api.judge.compare(len(uploaded.leads), 2, "the number of leads")
    first = uploaded.rows[0]
    lead = uploaded.leads[first["email"]]
    for name in _NAMES:
        api.judge.compare(lead[name], first[name], name)
    api.judge.compare(lead["custom_fields"], {"Job title": " Count;ess ", "size": "007"}, "custom_fields")
    api.judge.compare(lead["status"], "PENDING", "status")
    other = uploaded.leads[uploaded.rows[2]["email"]]
    api.judge.compare(other["last_name"], None, "an empty cell")
    api.judge.compare(other["custom_fields"], {}, "the custom fields of empty cells")
    api.judge.compare(get_campaign(api, uploaded.campaign_id)["total_leads"], 2, "total_leads")


@rule("leads.upload.batch", source=UNDOCUMENTED, operations=["uploadLeads", "listLeads"])
def select_by_batch(api: Api) -> None:
    """The leads of a file belong to a batch, which selects them in a list."""
    uploaded = _uploaded(api)
    late = api.add_lead(uploaded.campaign_id)
    query = {"batch_id": uploaded.answer["batch_id"]}
    listed = ask(api, "listLeads", uploaded.campaign_id, query=query).succeeds()["leads"]
    api.judge.compare({lead["email"] for lead in listed}, set(uploaded.leads), "the leads of the batch")
    reported = {lead["batch_id"] for lead in listed}
    api.judge.compare(reported, {query["batch_id"]}, "batch_id of the leads")
    path = {"lead_id": late["lead_id"]}
    ask(api, "deleteLeads", uploaded.campaign_id, body=[path["lead_id"]]).succeeds()


@rule(
    "leads.upload.mapping",
    source=_UPLOAD,
    sentence="mapping: lead field to CSV header; other keys are custom fields, without their custom_.",
    operations=["uploadLeads", "listLeads"],
)
def map_columns(api: Api) -> None:
    """A mapping names the columns of fields and the names of custom fields."""
    campaign_id = str(api.create_campaign(name=api.name("with a mapping"))["campaign_id"])
    email = api.email("mapped")
    rows = [{"Mail": email, "Given": "Mo", "Firm": "F & Co", "Ort": "Rome", "Spare": "kept"}]
    mapping = '{"email": "Mail", "first_name": "Given", "company": "Firm", "custom_city": "Ort"}'
    _upload(api, campaign_id, rows, mapping=mapping)
    lead = _leads(api, campaign_id)[email]
    api.judge.compare(lead["first_name"], "Mo", "first_name")
    api.judge.compare(lead["company"], "F & Co", "company")
    api.judge.compare(lead["custom_fields"].get("city"), "Rome", "the custom field city")
    api.judge.compare(lead["custom_fields"].get("Spare"), "kept", "the custom field Spare", documented=False)


@rule(
    "leads.upload.duplicate_action",
    source=_UPLOAD,
    sentence="duplicate_action: skip, update or replace; default skip.",
    operations=["uploadLeads", "listLeads"],
    repeated=True,
)
def treat_duplicates(api: Api) -> None:
    """An upload skips, updates or replaces duplicates, as the request says."""
    campaign_id = str(api.create_campaign(name=api.name("with duplicates"))["campaign_id"])
    email = api.email("twice")
    fields: dict[str, Any] = {
        "first_name": "Old",
        "last_name": "Stays",
        "custom_fields": {"a": "1", "b": "2"},
    }
    before = api.add_lead(campaign_id, email=email, **fields)
    row = {"email": email, "first_name": "New", "last_name": "", "b": "3"}
    merged: dict[str, Any] = {
        "first_name": "New",
        "last_name": "Stays",
        "custom_fields": {"a": "1", "b": "3"},
    }
    for action, expected in (
        ("skip", fields),
        ("update", merged),
        ("replace", {"first_name": "New", "last_name": None, "custom_fields": {"b": "3"}}),
    ):
        asked = {} if action == "skip" else {"duplicate_action": action}  # which is the default
        _, job = _upload(api, campaign_id, [row], **asked)
        api.judge.compare(job["duplicate_count"], 1, "duplicate_count")
        lead = _leads(api, campaign_id)[email]
        for name, value in {**expected, "lead_id": before["lead_id"]}.items():
            api.judge.compare(lead[name], value, f"{name} after {action}")


@rule(
    "leads.upload.delete_existing",
    source=_UPLOAD,
    sentence="delete_existing: remove the leads of the campaign before the import; default false.",
    operations=["uploadLeads", "listLeads"],
    profile="full",
)
def delete_existing(api: Api) -> None:
    """An upload deletes the existing leads of its campaign only when the request says so."""
    campaign_id = str(api.create_campaign(name=api.name("with new leads"))["campaign_id"])
    emails = [api.email("kept"), api.email("first"), api.email("second")]
    api.add_lead(campaign_id, email=emails[0])
    for sent, expected in ((False, emails[:2]), (True, emails[2:])):
        _upload(api, campaign_id, [{"email": expected[-1]}], delete_existing=sent)
        api.judge.compare(set(_leads(api, campaign_id)), set(expected), f"leads, delete_existing={sent}")
    others = _leads(api, _uploaded(api).campaign_id)
    api.judge.require(set(_uploaded(api).leads) <= set(others), "leads of another campaign are gone")


def _refused(api: Api) -> tuple[str, list[tuple[str, Reply]]]:
    """Return a campaign with a lead, and error → the answer to a file that must get it."""

    def make() -> tuple[str, list[tuple[str, Reply]]]:
        campaign_id = str(api.create_campaign(name=api.name("refuses files"))["campaign_id"])
        api.add_lead(campaign_id)
        good = write_csv([{"email": api.email("refused")}])
        latin = f"email,first_name\n{api.email('refused')},Zo\u00eb\n".encode("latin-1")
        bad = (
            ("email_column_missing", {"file": write_csv([{"mail": api.email("refused")}])}),
            ("mapping_invalid", {"file": good, "mapping": "{nope"}),
            ("mapping_invalid", {"file": good, "mapping": '["email"]'}),
            ("file_not_utf8", {"file": latin}),
        )
        sent = [(name, {**parts, "delete_existing": True}) for name, parts in bad]
        return campaign_id, [(name, ask(api, "uploadLeads", campaign_id, body=body)) for name, body in sent]

    return api.once("refused files", make, show=True)


@rule("leads.upload.refused", source=UNDOCUMENTED, operations=["uploadLeads"])
def refuse_files(api: Api) -> None:
    """A file is refused that has no address column, another encoding or an invalid mapping."""
    for name, reply in _refused(api)[1]:
        reply.fails(name)


@rule(
    "leads.upload.named",
    source=UNDOCUMENTED,
    operations=["uploadLeads", "importContacts"],
    needs=["mock"],
)
def take_either_sign(api: Api) -> None:
    """A file is one of CSV by its name, in any letter case, or by its media type; it may have semicolons."""
    campaign_id = str(api.create_campaign(name=api.name("takes files"))["campaign_id"])
    for name, media_type in (("people.CSV", "application/octet-stream"), ("people.txt", "text/csv")):
        content = write_csv([{"email": api.email("named"), "first_name": "Ada"}], ";")
        body = {"file": File(content, name, media_type)}
        answer = ask(api, "uploadLeads", campaign_id, body=body).succeeds()
        api.finish_job("uploadLeads", answer, campaign_id=campaign_id)
        api.send("importContacts", body=body).succeeds()


@rule(
    "leads.upload.refused.unchanged",
    source="docs:reference/errors",
    sentence="400, 422: the request is invalid. RFC 9110, 15.5: the server will not process it.",
    operations=["uploadLeads", "getCampaign"],
)
def keep_leads(api: Api) -> None:
    """A refused file deletes no lead of the campaign."""
    campaign_id, replies = _refused(api)
    if any(reply.is_success for _, reply in replies):
        raise UncheckedError("not all of the files are refused here")
    api.judge.compare(get_campaign(api, campaign_id)["total_leads"], 1, "total_leads")


@rule(
    "leads.export.round_trip",
    source=UNDOCUMENTED,
    operations=["exportLeads", "uploadLeads", "listLeads"],
    repeated=True,
)
def export_what_was_uploaded(api: Api) -> None:
    """An export has a row for each lead, oldest first.

    An upload of it makes the same leads, also with a BOM, semicolons and other line ends.
    """
    uploaded = _uploaded(api)
    reply = ask(api, "exportLeads", uploaded.campaign_id)
    rows = list(csv.DictReader(io.StringIO(reply.succeeds(), newline="")))
    ordered = [uploaded.leads[row["email"]] for row in uploaded.rows if row["email"] in uploaded.leads]
    api.judge.compare([row["email"] for row in rows], [lead["email"] for lead in ordered], "the addresses")
    for row, lead in zip(rows, ordered, strict=True):
        for name in ("lead_id", *_NAMES, "status", "created_at"):
            api.judge.compare(row.get(name), lead[name] or "", f"{name} exported")
        for name in ("Job title", "size"):
            api.judge.compare(row.get(name), lead["custom_fields"].get(name, ""), f"{name} exported")
    disposition = reply.response.headers.get("Content-Disposition", "")
    api.judge.require(
        f"leads_{uploaded.campaign_id}.csv" in disposition, f"the file is called {disposition!r}"
    )
    copy = str(api.create_campaign(name=api.name("with a copy"))["campaign_id"])
    kept = ("email", *_NAMES, "Job title", "size")
    file = write_other_csv([{name: row[name] for name in kept} for row in rows])
    answer = ask(api, "uploadLeads", copy, body={"file": file}).succeeds()
    api.finish_job("uploadLeads", answer, campaign_id=copy)
    copied = _leads(api, copy)
    api.judge.compare(set(copied), set(uploaded.leads), "the addresses of the copy")
    for email, lead in copied.items():
        for name in (*_NAMES, "custom_fields"):
            api.judge.compare(lead[name], uploaded.leads[email][name], f"{name} of the copy")
