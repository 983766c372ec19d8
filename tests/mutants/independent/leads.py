"""Faults in leads and in files of leads."""

from ..edits import Edit
from .campaign_scenarios import exercise_single_leads, exercise_uploads
from .fault import fault

_OPEN = "no source describes the operation"
_UNSAID = "no source says it"

MUTANTS = (
    fault(
        "leads.known_contact_kept",
        "a lead with a known address does not change its contact",
        exercise_single_leads,
        Edit(
            "resources/leads.py",
            "contact = save_contact(workspace",
            (
                "from ..model.contacts import find_contact\n"
                "    contact = find_contact(workspace, email) or save_contact(workspace"
            ),
        ),
        choice=_UNSAID,
    ),
    fault(
        "leads.batch_with_status",
        "batch_id is ignored beside status",
        exercise_single_leads,
        Edit(
            "resources/leads.py",
            'query, "status", "batch_id")',
            (
                'query, *(("status",) if "status" in query else ("batch_id",)))\n'
                '    call.query.pop("batch_id", None) if "status" in query else None'
            ),
        ),
        choice=_OPEN,
    ),
    fault(
        "leads.search_case",
        "a search for leads minds letter case",
        exercise_single_leads,
        Edit("resources/leads.py", ".casefold() in lead.email.casefold()", " in lead.email"),
        choice=_OPEN,
    ),
    fault(
        "leads.deleted_twice",
        "a lead named twice is counted as two deleted ones",
        exercise_single_leads,
        Edit(
            "resources/leads.py",
            'deleted_count": len(deleted)',
            'deleted_count": sum(i in {x.lead_id for x in deleted} for i in call.body)',
        ),
        choice=_OPEN,
    ),
    fault(
        "leads.delete_unknown",
        "an unknown lead among those to delete is answered 404",
        exercise_single_leads,
        Edit(
            "resources/leads.py",
            "map(call.workspace.leads.find, dict.fromkeys(call.body",
            "list(map(call.workspace.leads.get, dict.fromkeys(call.body)",
        ),
        choice=_OPEN,
    ),
    fault(
        "leads.delete_100",
        "the first 100 leads are deleted, all are counted",
        exercise_single_leads,
        Edit("resources/leads.py", "deleted:\n        remove_lead", "deleted[:100]:\n        remove_lead"),
        choice=_OPEN,
    ),
    fault(
        "leads.delete_sent",
        "leads that have got a mail are deleted, too",
        exercise_single_leads,
        Edit("resources/leads.py", '.status == "PENDING"]', '.status in ("PENDING", "SENT")]'),
        choice=_OPEN,
    ),
    fault(
        "leads.newest_reply",
        "a lead shows its newest reply only",
        exercise_single_leads,
        Edit(
            "model/events.py",
            '\n        if event.kind == "replied',
            '[-1:]\n        if event.kind == "replied',
        ),
    ),
    fault(
        "leads.update_archived",
        "a lead of an ARCHIVED campaign can be changed",
        exercise_single_leads,
        Edit(
            "resources/leads.py", "  find_open_campaign(call.workspace, ", "  call.workspace.campaigns.get("
        ),
    ),
    fault(
        "leads.delete_archived",
        "leads of an ARCHIVED campaign can be deleted",
        exercise_single_leads,
        Edit(
            "resources/leads.py",
            'find_open_campaign(call.workspace, call.path["campaign_id"])\n    if',
            'call.workspace.campaigns.get(call.path["campaign_id"])\n    if',
        ),
        choice=_OPEN,
    ),
    fault(
        "leads.opened_after_reply",
        "a lead that opens a mail after its reply is OPENED again",
        exercise_single_leads,
        Edit(
            "model/events.py",
            "status=reached[-1] if reached",
            (
                "status=({'opened': 'OPENED', 'sent': 'SENT'}.get(max(events, key=lambda e: "
                "e.at).kind) or reached[-1]) if reached"
            ),
        ),
    ),
    fault(
        "leads.add_to_completed",
        "a COMPLETED campaign takes no leads",
        exercise_single_leads,
        Edit(
            "resources/leads.py",
            'find_open_campaign(call.workspace, call.path["campaign_id"])\n    details',
            (
                'call.workspace.campaigns.get(call.path["campaign_id"])\n'
                '    if campaign.status == "COMPLETED": raise ApiError("campaign_archived")\n'
                '    campaign = find_open_campaign(call.workspace, call.path["campaign_id"])\n'
                "    details"
            ),
        ),
    ),
    fault(
        "leads.update_empties",
        "an update by a file empties what is blank there",
        exercise_uploads,
        Edit(
            "resources/lead_files.py",
            "merge_details(lead.details, details)",
            (
                '{**lead.details, **details, "custom_fields": '
                '{**lead.details["custom_fields"], **details["custom_fields"]}}'
            ),
        ),
    ),
    fault(
        "leads.replace_keeps_custom",
        "replace keeps old custom fields",
        exercise_uploads,
        Edit(
            "resources/lead_files.py",
            " {**lead.details, **details}",
            (
                ' {**lead.details, **details, "custom_fields": '
                '{**lead.details["custom_fields"], **details["custom_fields"]}}'
            ),
        ),
    ),
    fault(
        "leads.byte_order_mark",
        "a byte order mark is read as a part of the first column",
        exercise_uploads,
        Edit("model/csv_files.py", 'data.decode("utf-8-sig")', 'data.decode("utf-8")'),
        choice=_UNSAID,
    ),
    fault(
        "leads.delete_existing_pending",
        "delete_existing keeps leads that have got a mail",
        exercise_uploads,
        Edit(
            "resources/lead_files.py",
            "remove_lead(workspace, lead)",
            (
                'if trace_lead(workspace, lead).status == "PENDING":\n'
                "                remove_lead(workspace, lead)"
            ),
        ),
    ),
    fault(
        "leads.mapping_drops_columns",
        "a mapping drops the columns that it does not name",
        exercise_uploads,
        Edit(
            "model/csv_contacts.py",
            "if column not in taken:",
            "if column not in taken and (not mapping or column in standard):",
        ),
    ),
    fault(
        "leads.job_elsewhere",
        "an upload is found in another campaign",
        exercise_uploads,
        Edit("resources/lead_files.py", ' or job.facts["campaign_id"] != campaign.campaign_id:', ":"),
    ),
    fault(
        "leads.export_boolean",
        "an export writes True instead of true",
        exercise_uploads,
        Edit("resources/lead_files.py", "json.dumps(value, ensure_ascii=False", "str(value"),
        choice=_OPEN,
    ),
    fault(
        "leads.export_first_custom",
        "an export has the custom fields of the first lead only",
        exercise_uploads,
        Edit(
            "resources/lead_files.py", "sorted({name for lead in leads", "sorted({name for lead in leads[:1]"
        ),
        choice=_OPEN,
    ),
    fault(
        "leads.export_lines",
        "an export writes a space for the end of a line",
        exercise_uploads,
        Edit(
            "resources/lead_files.py",
            ", str):\n        return value",
            ', str):\n        return value.replace("\\n", " ")',
        ),
        choice=_OPEN,
    ),
    fault(
        "leads.twice_in_file",
        "an address that stands in a file twice is a success each time",
        exercise_uploads,
        Edit(
            "resources/lead_files.py",
            'return {"status": "DUPLICATE',
            'return {"status": "SUCCESS" if known.batch_id == job.facts["batch_id"] else "DUPLICATE',
        ),
    ),
    fault(
        "leads.semicolons",
        "files with semicolons are refused",
        exercise_uploads,
        Edit("model/csv_files.py", ';" if header.count(";") > header.count(",") else ",', ","),
    ),
    fault(
        "leads.ten_errors",
        "no more than ten errors of a file are listed",
        exercise_uploads,
        Edit("resources/lead_files.py", '"errors": failed,', '"errors": failed[:10],'),
    ),
    fault(
        "leads.valid_rows",
        "total_valid counts all rows",
        exercise_uploads,
        Edit("resources/lead_files.py", 'sum("error" not in row for row in ', "len("),
        choice=_UNSAID,
    ),
)
