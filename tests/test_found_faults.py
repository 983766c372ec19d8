# ruff: noqa: E501 (the texts stand so in the server)
"""Faults by others that were missed at the first look: their situations find them since."""

from typing import NamedTuple

import pytest

from contracts import Options, Outcome, check_contract
from tests.kit.samples import tries_all
from tests.mutants.edits import Edit, edit_source
from tests.mutants.mutant import Mutant
from tests.mutants.servers import Variant, serving


class Fault(NamedTuple):
    """A mistake of the server, and the situation whose rules notice it."""

    situation: str
    summary: str
    edit: Edit


FAULTS = (
    Fault(
        "pairs",
        "The status of a lead is what happened last: an open after the reply makes it OPENED",
        Edit(
            "model/events.py",
            "reached = [status for kind, status in _STATUS_OF_KIND.items() if first[kind]]",
            "reached = [_STATUS_OF_KIND[kind] for kind in sorted((k for k in first if first[k]), key=lambda k: first[k])]",
        ),
    ),
    Fault(
        "sending",
        "Opens of plain-text mails are noticed",
        Edit(
            "sending/contents.py",
            'shows_opens=content_type != "plaintext" and "enable_tracking" in switches,',
            'shows_opens="enable_tracking" in switches,',
        ),
    ),
    Fault(
        "sending",
        "An INTENT_TAG trigger looks for the first of its tags only",
        Edit(
            "model/subsequences.py",
            'wanted = params.get("tag_names") or [params["tag_name"]]',
            'wanted = (params.get("tag_names") or [params["tag_name"]])[:1]',
        ),
    ),
    Fault(
        "sending",
        "A trigger that lost against another one takes the lead a moment later",
        Edit(
            "model/subsequences.py",
            "            spent_ids=tuple(other for other in fired if other != subsequence.subsequence_id),\n",
            "            spent_ids=tuple(other for other in fired if other is None),\n",
        ),
    ),
    Fault(
        "sending",
        "A step deleted earlier in the same sequence_edits still counts as taken",
        Edit(
            "model/content.py",
            "for other in sequences.values()):\n                raise",
            'for other in {**{s["sequence_id"]: s for s in stored if s["sequence_id"] != sequence["sequence_id"]}, **sequences}.values()):\n                raise',
        ),
    ),
    Fault(
        "sending",
        "the ramp-up counts full 24 hours since the launch, not days of UTC",
        Edit(
            "model/quotas.py",
            "    launched = campaign.launched_at.date() if campaign.launched_at else today\n    limits = find_limits(campaign, account, (today - launched).days)",
            "    launched = campaign.launched_at or workspace.now()\n    limits = find_limits(campaign, account, (workspace.now() - launched).days)",
        ),
    ),
    Fault(
        "sending",
        "each mail of a lead counts as opened once any of them was",
        Edit(
            "resources/leads.py",
            '"opened": "opened" in mail.events,',
            '"opened": trace_lead(call.workspace, call.workspace.leads.get(sent.lead_id)).opened_at is not None,',
        ),
    ),
    Fault(
        "sending",
        "the fallback of a placeholder is used for missing fields, not for empty ones",
        Edit(
            "personalization/placeholders.py",
            "if value.strip() else self.options[1]",
            "if context.fields.get(name) is not None else self.options[1]",
        ),
    ),
    Fault(
        "sending",
        "The usage of the day begins anew at midnight of New York",
        Edit(
            "model/quotas.py",
            "sent_today = count_sent_on(workspace, account.inbox_id, workspace.now().date())",
            "sent_today = count_sent_on(workspace, account.inbox_id, (workspace.now() - timedelta(hours=5)).date())",
        ),
    ),
    Fault(
        "bulk",
        "a second import that brings news about a contact moves its source_name to the new file",
        Edit(
            "model/contacts.py",
            "contact = replace(known, details=Details(merged), updated_at=now)",
            "contact = replace(known, details=Details(merged), updated_at=now, source_name=source_name or known.source_name)",
        ),
    ),
    Fault(
        "bulk",
        "duplicate_action=update lets empty cells of the file empty the lead's fields",
        Edit(
            "resources/lead_files.py",
            'merge_details(lead.details, details) if action == "update" else {**lead.details, **details}',
            '{**merge_details(lead.details, details), **{n: details[n] for n in NAMES if n in details}} if action == "update" else {**lead.details, **details}',
        ),
    ),
    Fault(
        "statuses",
        "suppressed contacts of a file join the list although they were not imported",
        Edit(
            "resources/contacts.py",
            'add_members(workspace, contact_list, imported)\n    return {\n        "total_rows"',
            'add_members(workspace, contact_list, imported + [c.contact_id for b in blocked if (c := find_contact(workspace, b["email"]))])\n    return {\n        "total_rows"',
        ),
    ),
    Fault(
        "statuses",
        "a suppressed contact that is named twice when contacts are enrolled is blocked twice instead of skipped once",
        Edit(
            "resources/contacts.py",
            "        elif contact_id not in seen and work(contact):",
            "        elif work(contact):",
        ),
    ),
    Fault(
        "statuses",
        "an archived thread is shown as open again when a new account with the old address is connected",
        Edit(
            "mails/threads.py",
            "    account = workspace.sender_accounts.find(thread.inbox_id)\n    archived = workspace.archived_sender_accounts.find(thread.inbox_id)\n",
            '    account = workspace.sender_accounts.find(thread.inbox_id)\n    archived = workspace.archived_sender_accounts.find(thread.inbox_id)\n    if archived and not account:\n        account = next(iter(workspace.sender_accounts.where("address", archived.email_address.casefold())), None)\n',
        ),
    ),
    Fault(
        "statuses",
        "Leads in FAILED are deleted too",
        Edit(
            "resources/leads.py",
            'if trace_lead(call.workspace, lead).status == "PENDING"]',
            'if trace_lead(call.workspace, lead).status in ("PENDING", "FAILED")]',
        ),
    ),
    Fault(
        "figures",
        "a flag that is false in the filter of a DYNAMIC list is ignored",
        Edit(
            "model/contact_lists.py",
            "return find_contacts(workspace, contact_list.filter_definition)",
            "return find_contacts(workspace, {k: v for k, v in contact_list.filter_definition.items() if v})",
        ),
    ),
    Fault(
        "figures",
        "source_name finds contacts of every file whose name holds the text",
        Edit(
            "model/contact_lists.py",
            '    return all(\n        filters.get(name, getattr(contact, name)) == getattr(contact, name)\n        for name in ("source_type", "source_name")\n    )',
            '    return filters.get("source_type", contact.source_type) == contact.source_type and (\n        "source_name" not in filters or filters["source_name"] in (contact.source_name or "")\n    )',
        ),
    ),
    Fault(
        "figures",
        "search is ignored when contacts are also filtered by a list",
        Edit(
            "model/contact_lists.py",
            "        found: Sequence[Contact] = [c for c in members if _matches(workspace, c, kept)]\n",
            "        found: Sequence[Contact] = [c for c in members if _matches(workspace, c, kept)]\n        return found\n",
        ),
    ),
    Fault(
        "many",
        "sort_order=ASC sorts ascending",
        Edit(
            "openapi/parsing.py",
            "        if parameter.known_values and text not in parameter.known_values:\n",
            '        if parameter.name == "sort_order":\n            text = text.lower()\n        if parameter.known_values and text not in parameter.known_values:\n',
        ),
    ),
    Fault(
        "many",
        "A custom field called status has the same header as the status of the lead",
        Edit(
            "resources/lead_files.py",
            '        while column in _COLUMNS or (column != name and column in taken):\n            column = f"custom_{column}"\n',
            "",
        ),
    ),
    Fault(
        "mistakes",
        "An answer without a text in an unknown thread is 404, not 422",
        Edit(
            "resources/replies.py",
            '    if call.lacks_text():\n        raise ApiError("reply_body_missing")\n    thread = _find(call)\n',
            '    thread = _find(call)\n    if call.lacks_text():\n        raise ApiError("reply_body_missing")\n',
        ),
    ),
)


TRIED = FAULTS if tries_all() else FAULTS[::7]


@pytest.mark.long
@pytest.mark.parametrize("fault", TRIED, ids=[fault.summary for fault in TRIED])
def test_a_fault_is_noticed_in_its_situation(fault: Fault) -> None:
    mutant = Mutant("found", fault.summary, edit_source(fault.edit))
    with serving(Variant.MOCK, mutant) as (target, sleep):
        options = Options(rules=(f"*.{fault.situation}",), strict=True, random_seed="1", sleep=sleep)
        assert check_contract(target, options).having(Outcome.BROKEN)
