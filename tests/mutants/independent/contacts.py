"""Faults in contacts."""

from ..edits import Edit
from .contact_scenarios import exercise_groups, exercise_imports, exercise_people
from .fault import fault

_OPEN = "no source describes the operation"

MUTANTS = (
    fault(
        "contacts.blank_cells",
        "a blank cell of a file empties what is known",
        exercise_imports,
        Edit("model/contacts.py", "in NAMES if newer.get(name)}", "in NAMES if name in newer}"),
        choice=_OPEN,
    ),
    fault(
        "contacts.twice_in_file",
        "an address that stands in a file twice counts as two new contacts",
        exercise_imports,
        Edit(
            "resources/contacts.py",
            "    created = 0\n",
            "    created = 0\n    before = {c.email.casefold() for c in workspace.contacts}\n",
        ),
        Edit(
            "resources/contacts.py",
            'find_contact(workspace, row["email"]) is None',
            'row["email"].casefold() not in before',
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.list_of_new",
        "only new contacts of a file join the list",
        exercise_imports,
        Edit(
            "resources/contacts.py",
            'created += find_contact(workspace, row["email"]) is None',
            'is_new = find_contact(workspace, row["email"]) is None\n        created += is_new',
        ),
        Edit(
            "resources/contacts.py",
            ".append(contact.contact_id)\n",
            ".append(contact.contact_id)\n        fresh.extend([contact.contact_id] * is_new)\n",
        ),
        Edit(
            "resources/contacts.py",
            "imported = []\n    for row in",
            "imported = []\n    fresh: list[str] = []\n    for row in",
        ),
        Edit("resources/contacts.py", "workspace, contact_list, imported", "workspace, contact_list, fresh"),
        choice=_OPEN,
    ),
    fault(
        "contacts.source_changed",
        "a known contact gets the source of a later file",
        exercise_imports,
        Edit(
            "model/contacts.py",
            "Details(merged), updated_at=now",
            "Details(merged), updated_at=now, source_type=source_type, source_name=source_name",
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.unchanged_updated",
        "a file that changes nothing moves updated_at",
        exercise_imports,
        Edit("model/contacts.py", "        if merged == known.details:\n            return known\n", ""),
        choice=_OPEN,
    ),
    fault(
        "contacts.filename_ignored",
        "the part filename is ignored",
        exercise_imports,
        Edit("resources/contacts.py", 'body.get("filename", upload.name)', "upload.name"),
        choice=_OPEN,
    ),
    fault(
        "contacts.mapping_prefix",
        "a mapping to a custom field needs the prefix",
        exercise_imports,
        Edit(
            "model/csv_contacts.py",
            "      if column in indexes:\n",
            ("      if column in indexes and (field in standard or field.startswith(_CUSTOM_PREFIX)):\n"),
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.custom_replaced",
        "custom fields of a file replace the known ones",
        exercise_imports,
        Edit("model/contacts.py", '{**stored["custom_fields"], **custom}', "custom"),
        choice=_OPEN,
    ),
    fault(
        "contacts.blank_rows",
        "blank rows of a file are counted",
        exercise_imports,
        Edit("model/csv_files.py", "                if cells:\n", "                if cells or True:\n"),
        choice=_OPEN,
    ),
    fault(
        "contacts.composed",
        "texts of a file are composed anew",
        exercise_imports,
        Edit(
            "model/csv_contacts.py",
            "details: dict[str, Any] = {name: cells[index]",
            (
                "import unicodedata\n"
                "        details: dict[str, Any] = {name: unicodedata.normalize('NFC', "
                "cells[index])"
            ),
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.import_500",
        "the first 500 rows of a file are imported",
        exercise_imports,
        Edit("resources/contacts.py", "    for row in valid:\n", "    for row in valid[:500]:\n"),
        choice=_OPEN,
    ),
    fault(
        "contacts.wildcards",
        "a search knows wildcards",
        exercise_people,
        Edit(
            "model/contact_lists.py",
            "return any(text in part.casefold(",
            (
                "import re\n"
                '    like = re.compile("".join(".*" if c == "%" else "." if c == "_" else '
                "re.escape(c) for c in text), re.DOTALL)\n"
                "    return any(like.search(part.casefold()"
            ),
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.company_case",
        "a search for a company minds letter case",
        exercise_people,
        Edit(
            "model/contact_lists.py",
            '.casefold() for part in (contact.email, f"{first} {last}"',
            ' for part in (contact.email.casefold(), f"{first} {last}".casefold()',
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.search_with_list",
        "search is ignored beside list_id",
        exercise_people,
        Edit(
            "model/contact_lists.py",
            "contact, text)] if text else",
            'contact, text)] if text and "list_id" not in filters else',
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.campaign_with_other",
        "campaign_id is ignored beside not_in_campaign_id",
        exercise_people,
        Edit(
            "model/contact_lists.py",
            'return ("campaign_id" not in',
            'return ("not_in_campaign_id" in filters or "campaign_id" not in',
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.flag_false",
        "has_opened=false is ignored",
        exercise_people,
        Edit(
            "model/contact_lists.py",
            "in _KEPT if name in filters}",
            "in _KEPT if name in filters and filters[name] is not False}",
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.found_oldest_first",
        "contacts that a filter finds are listed oldest first",
        exercise_people,
        Edit("model/contact_lists.py", "= view.read(descending=True)", "= view.read(descending=False)"),
        choice=_OPEN,
    ),
    fault(
        "contacts.large_integer",
        "a large integer of a contact loses digits",
        exercise_people,
        Edit(
            "resources/contacts.py",
            "contact.details, call.body)\n",
            (
                "contact.details, call.body)\n"
                "        details['custom_fields'] = {k: float(v) if type(v) is int and abs(v) "
                "> 2**53 else v for k, v in details['custom_fields'].items()}\n"
            ),
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.pin_unfound",
        "a filter by signal ignores a pinned one",
        exercise_people,
        Edit(
            "model/contact_lists.py",
            "trace_contact(workspace, contact",
            "trace_contact(workspace, replace(contact, signal_override=None)",
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.first_signal",
        "a filter minds the first of several signals only",
        exercise_groups,
        Edit("model/contact_lists.py", "(signals, str) else signals)", "(signals, str) else signals[:1])"),
        choice=_OPEN,
    ),
    fault(
        "contacts.all_unknown",
        "contacts that are all unknown are answered 404",
        exercise_groups,
        Edit(
            "resources/contacts.py",
            "fromkeys(contact_list.contact_ids",
            (
                "fromkeys(contact_list.contact_ids)\n"
                "    if not any(map(call.workspace.contacts.find, call.body['contact_ids'])):\n"
                "        raise ApiError('contact_list_not_found'"
            ),
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.join_100",
        "the first 100 contacts join a list, all are counted",
        exercise_imports,
        Edit("resources/contacts.py", "members))\n    return summary", "members)[:100])\n    return summary"),
        choice=_OPEN,
    ),
    fault(
        "contacts.join_updates",
        "who joins a list is updated",
        exercise_groups,
        Edit(
            "resources/contacts.py",
            "contact.contact_id not in members",
            (
                "contact.contact_id not in members\n"
                "        call.workspace.contacts.put(replace(contact, "
                "updated_at=call.workspace.now()))"
            ),
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.member_joins",
        "a member that joins a list again is counted",
        exercise_groups,
        Edit("resources/contacts.py", "= None\n        return is_new", "= None\n        return True"),
        choice=_OPEN,
    ),
    fault(
        "contacts.enrolled_once",
        "who is in a campaign joins no other",
        exercise_people,
        Edit(
            "resources/contacts.py",
            "find_lead(workspace, campaign.campaign_id, contact.email",
            "any(l.campaign_id for l in workspace.leads.where('contact', contact.contact_id)",
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.campaigns_reversed",
        "campaigns of a contact are listed in another order",
        exercise_people,
        Edit("resources/contacts.py", '"campaigns": memberships}', '"campaigns": memberships[::-1]}'),
        choice=_OPEN,
    ),
    fault(
        "contacts.mails_as_campaign",
        "a mail to a contact counts as a campaign",
        exercise_people,
        Edit(
            "model/contacts.py",
            "sum(workspace.campaigns.find(lead.campaign_id) is not None for lead in ",
            "len(",
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.added_at",
        "added_at of a campaign is the creation of the contact",
        exercise_people,
        Edit(
            "resources/contacts.py",
            '"added_at": lead.created_at',
            '"added_at": workspace.contacts.get(lead.contact_id).created_at',
        ),
        choice=_OPEN,
    ),
    fault(
        "contacts.unknown_before_invalid",
        "an unknown contact is looked for before the body is judged",
        exercise_people,
        Edit(
            "http/endpoints.py",
            "  if not self.path_validator",
            (
                "  if 'contact_id' in path and self.path_validator.is_valid(path):\n"
                "            workspace.contacts.get(path['contact_id'].lower())\n"
                "        if not self.path_validator"
            ),
        ),
        choice=_OPEN,
    ),
)
