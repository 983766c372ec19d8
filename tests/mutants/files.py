"""Files of leads that are read, counted or written wrongly."""

from typing import Any

from mockserver.model.contacts import find_lead, find_suppression
from mockserver.model.csv_contacts import read_contacts
from mockserver.resources import lead_files
from mockserver.resources.call import Call
from mockserver.state.workspace import Workspace

from .contact_scenarios import exercise_files, exercise_history
from .mutant import ANY_TIME, Mutant
from .mutations import Handler, Mutation, answer, around, before, keep_changes, swap, swap_in_job

_OPEN = "no source describes the operation"


def _mutant(name: str, summary: str, mutation: Mutation, choice: str = "") -> Mutant:
    return Mutant(f"state.files.{name}", summary, mutation, choice=choice, scenario=exercise_files)


[_UPLOAD] = lead_files.WORKERS


def _treating(action: str, other: str) -> Mutation:
    """Do something else with duplicates than an upload asks."""

    def alter(call: Call) -> Any:
        asked = call.body["duplicate_action"]
        return {**call.body, "duplicate_action": other if asked == action else asked}

    return before("uploadLeads", alter)


def _reading(alter: Any) -> Mutation:
    def read(upload: Any, mapping: str | None, max_rows: int) -> Any:
        return alter(read_contacts(upload, mapping, max_rows))

    return swap("uploadLeads", read_contacts, read)


def _strip(rows: Any) -> Any:
    return [
        {**row, "details": {**row["details"], "custom_fields": {
            name: value.strip() for name, value in row["details"]["custom_fields"].items()}}}
        if "details" in row else row
        for row in rows
    ]  # fmt: skip


def _find_exactly(workspace: Workspace, campaign_id: str, email: str) -> Any:
    lead = find_lead(workspace, campaign_id, email)
    return lead if lead and lead.email == email else None


def _delete_first(handler: Handler, call: Call) -> Any:
    """Remove the leads before the file is looked at."""
    if call.body["delete_existing"]:
        for lead in call.workspace.leads.where("campaign", call.path["campaign_id"]):
            call.workspace.leads.remove(lead.lead_id)
        keep_changes(call.workspace)
    return handler(call)


def _delete_of_all(handler: Handler, call: Call) -> Any:
    found = handler(call)
    if call.body["delete_existing"]:
        for lead in [lead for lead in call.workspace.leads if lead.campaign_id != call.path["campaign_id"]]:
            call.workspace.leads.remove(lead.lead_id)
    return found


def _number(body: Any) -> Any:
    return {**body, "errors": [{**error, "row": error["row"] + 1} for error in body["errors"]]}


def _unquoted(text: Any) -> Any:
    return text.replace('"', "") if isinstance(text, str) else None


def _without_custom(text: Any) -> Any:
    kept = [",".join(line.split(",")[:11]) for line in text.splitlines()]
    return "\r\n".join(kept) + "\r\n"


MUTANTS = (
    _mutant("success_of_all", "bad rows count as successes: nobody looks at them",
            answer("getLeadUpload", lambda body: {
                **body, "success_count": body["total_count"], "error_count": 0})),
    _mutant("duplicates_uncounted", "duplicates are not counted: the figures do not add up",
            answer("getLeadUpload", lambda body: {**body, "duplicate_count": 0})),
    _mutant("row_numbers", "rows with errors have the number of the line",
            answer("getLeadUpload", _number), "no source says how rows are numbered"),
    _mutant("never_ends", "an upload stays in progress for ever: clients wait",
            answer("getLeadUpload", lambda body: {
                **body, "status": "IN_PROGRESS", "progress_percentage": 99, "completed_at": None}), ANY_TIME),
    _mutant("total_of_valid", "the answer counts rows with an address only",
            answer("uploadLeads", lambda body: {**body, "total_rows": body["total_valid"]}),
            "openapi.yaml marks the answer as a choice of this project"),
    _mutant("mapping_ignored", "a mapping is ignored: mails greet nobody by name", swap(
        "uploadLeads", read_contacts, lambda upload, mapping, max_rows: read_contacts(
             upload, '{"email": "Mail"}' if mapping and "Mail" in mapping else None, max_rows))),
    _mutant("prefix_kept", "custom fields keep the prefix of the mapping: variables are empty",
            _reading(lambda rows: [_prefix(row) for row in rows])),
    _mutant("trimmed", "values are trimmed: what was sent is not what is read", _reading(_strip),
            "no source says that a cell is kept as it is"),
    _mutant("custom_lost", "columns without a field are dropped: variables are empty", _reading(
        lambda rows: [{**row, "details": {**row["details"], "custom_fields": {}}} if "details" in row else row
                       for row in rows])),
    _mutant("letter_case", "an address in another letter case is another lead: two mails to one",
            swap_in_job(_UPLOAD, find_lead, _find_exactly)),
    _mutant("update_replaces", "update empties what the file lacks: names vanish from mails",
            _treating("update", "replace")),
    _mutant("skip_updates", "skip overwrites: what was corrected by hand is lost",
            _treating("skip", "update")),
    _mutant("replace_updates", "replace keeps old values: what was to go stays",
            _treating("replace", "update")),
    _mutant("batch_missing", "leads of a file belong to no batch",
            answer("addLead|listLeads", lambda body: {**body, "leads": [
                {**lead, "batch_id": None} for lead in body.get("leads", [])]} if "leads" in body else None),
            _OPEN),
    _mutant("delete_existing_ignored", "delete_existing is ignored: old leads are written to",
            before("uploadLeads", lambda call: {**call.body, "delete_existing": False})),
    _mutant("delete_existing_always", "an upload drives all other leads out",
            before("uploadLeads", lambda call: {**call.body, "delete_existing": True})),
    _mutant("delete_existing_first", "a refused file takes the old leads with it",
            around("uploadLeads", _delete_first)),
    _mutant("odd_mapping_taken", "a mapping that is no object is taken for none",
            swap("uploadLeads", read_contacts, lambda upload, mapping, max_rows: read_contacts(
                upload, mapping if mapping and mapping.startswith('{"') else None, max_rows)),
            "no source describes the refusal"),
    _mutant("export.last_missing", "the newest lead is not exported: backups lack leads",
            answer("exportLeads", lambda text: "".join(text.splitlines(keepends=True)[:-1])), _OPEN),
    _mutant("export.unquoted", "an export quotes nothing: a comma shifts the columns",
            answer("exportLeads", _unquoted), _OPEN),
    _mutant("export.custom_lost", "an export lacks the custom fields: backups lack data",
            answer("exportLeads", _without_custom), _OPEN),
    _mutant("export.header_missing", "an export has no header",
            answer("exportLeads", lambda text: "".join(text.splitlines(keepends=True)[1:])), _OPEN),
    _mutant("export.newest_first", "an export has the newest lead first",
            answer("exportLeads", lambda text: "".join(
                [*text.splitlines(keepends=True)[:1], *text.splitlines(keepends=True)[:0:-1]])), _OPEN),
    Mutant("state.files.suppressed_added", "a file adds who has unsubscribed: unlawful mail",
           swap_in_job(_UPLOAD, find_suppression, lambda workspace, email: None),
           choice="no source says who is left out", scenario=exercise_history),
)  # fmt: skip


def _prefix(row: Any) -> Any:
    if "details" not in row:
        return row
    custom = row["details"]["custom_fields"]
    return {**row, "details": {**row["details"], "custom_fields": {
        f"custom_{name}" if name == "city" else name: value for name, value in custom.items()}}}  # fmt: skip
