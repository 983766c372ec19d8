"""Faults in sender accounts and domains."""

from ..edits import Edit
from .contact_scenarios import exercise_accounts, exercise_domains, exercise_letters
from .fault import fault

_OPEN = "no source describes the operation"
_UNSAID = "no source says it"

MUTANTS = (
    fault(
        "accounts.letter_case",
        "an address in another letter case can be connected",
        exercise_accounts,
        Edit(
            "model/sender_accounts.py",
            'workspace.sender_accounts.count("address", email_address.casefold()',
            "any(a.email_address == email_address for a in workspace.sender_accounts",
        ),
    ),
    fault(
        "accounts.search_names",
        "a search for sender accounts looks at display names, too",
        exercise_accounts,
        Edit(
            "resources/sender_accounts.py",
            "account.email_address.casefold",
            '(account.email_address + " " + account.settings["display_name"]).casefold',
        ),
        choice=_OPEN,
    ),
    fault(
        "accounts.sort_order",
        "sort_order is ignored unless the list is sorted by time",
        exercise_accounts,
        Edit(
            "resources/sender_accounts.py",
            "workspace.sender_accounts, query",
            (
                "workspace.sender_accounts, {**query, 'sort_order': query['sort_order'] if "
                "query['sort_by'] == 'created_at' else 'asc'}"
            ),
        ),
        choice=_OPEN,
    ),
    fault(
        "accounts.in_use_failed",
        "a sender account in use is FAILED instead of SKIPPED",
        exercise_accounts,
        Edit(
            "resources/sender_account_jobs.py",
            'email_address, "SKIPPED", _word',
            'email_address, "FAILED" if account else "SKIPPED", _word',
        ),
    ),
    fault(
        "accounts.twice_in_job",
        "a job connects an address twice",
        exercise_accounts,
        Edit(
            "model/sender_accounts.py",
            "check_address_free(workspace, email_address)\n    schema",
            (
                "if settings.pop('_single', True):\n"
                "        check_address_free(workspace, email_address)\n"
                "    schema"
            ),
        ),
        Edit(
            "resources/sender_account_jobs.py",
            "rows = [try_connections(item)",
            (
                'rows = [{**try_connections(item), "_single": '
                'bool(call.workspace.sender_accounts.count("address", '
                'item["email_address"].casefold()))}'
            ),
        ),
    ),
    fault(
        "accounts.job_limit",
        "a job cuts daily limits at 100",
        exercise_accounts,
        Edit(
            "resources/sender_account_jobs.py",
            "add_smtp_account(workspace, row",
            "add_smtp_account(workspace, {**row, 'daily_limit': min(row['daily_limit'], 100)}",
        ),
    ),
    fault(
        "accounts.largest_limit",
        "the largest of several limits counts",
        exercise_accounts,
        Edit("model/quotas.py", "min(limit for limit in limits", "max(limit for limit in limits"),
        choice=_OPEN,
    ),
    fault(
        "accounts.month_of_campaigns",
        "mails to contacts do not count in the month",
        exercise_letters,
        Edit(
            "model/quotas.py",
            "count_sent_on(workspace, inbox_id, today - timedelta(days=back",
            'workspace.events.count("day", (inbox_id, "sent", today - timedelta(days=back)',
        ),
        choice=_OPEN,
    ),
    fault(
        "accounts.native_twice",
        "a native address may be connected by SMTP already",
        exercise_domains,
        Edit(
            "model/sender_accounts.py",
            ")\n    check_address_free(workspace, email_address",
            (
                ")\n"
                "    if any(a.domain_id and a.email_address.casefold() == "
                "email_address.casefold() for a in workspace.sender_accounts):\n"
                "        raise ApiError('email_exists'"
            ),
        ),
        choice=_UNSAID,
    ),
    fault(
        "accounts.domain_full",
        "a domain takes one sender account more",
        exercise_domains,
        Edit("model/sender_accounts.py", ">= domain.max_inboxes:", "> domain.max_inboxes:"),
    ),
    fault(
        "accounts.imap_called_smtp",
        "a failure of IMAP is called one of SMTP",
        exercise_accounts,
        Edit("model/sender_accounts.py", 'f"{protocol}_connection_failed', '"smtp_connection_failed'),
        choice=_UNSAID,
    ),
    fault(
        "accounts.connection_first",
        "connections are tried before the address is looked for",
        exercise_accounts,
        Edit(
            "model/sender_accounts.py",
            "check_address_free(workspace, email_address)\n    schema",
            (
                "for protocol in _PROTOCOLS:\n"
                "        if not valid[protocol]:\n"
                '            raise ApiError(f"{protocol}_connection_failed")\n'
                "    check_address_free(workspace, email_address)\n"
                "    schema"
            ),
        ),
        choice=_UNSAID,
    ),
    fault(
        "accounts.other_job",
        "a job of another kind is looked for in vain and fails",
        exercise_accounts,
        Edit("state/jobs.py", "    if job.kind != kind:\n", "    if job.kind == 'lead_upload':\n"),
    ),
    fault(
        "accounts.domain_again",
        "a deleted domain cannot be added again",
        exercise_domains,
        Edit(
            "resources/domains.py",
            'domains.count("name", name):',
            "domains.count(\"name\", name) or name in workspace.__dict__.get('_gone_domains', ()):",
        ),
        Edit(
            "resources/domains.py",
            "domains.remove(domain.domain_id",
            (
                "domains.remove(domain.domain_id)\n"
                "    workspace.__dict__.setdefault('_gone_domains', "
                "set()).add(domain.domain_name"
            ),
        ),
    ),
    fault(
        "accounts.redirect_kept",
        "a new redirect keeps what it leaves out",
        exercise_domains,
        Edit(
            "resources/domains.py",
            "changed_at=now, settings=settings",
            (
                "changed_at=now, settings={**settings, 'preserve_path': "
                "settings['preserve_path'] and known[0].settings['preserve_path']}"
            ),
        ),
    ),
    fault(
        "accounts.redirect_new",
        "a changed redirect was created just now",
        exercise_domains,
        Edit(
            "resources/domains.py",
            "replace(known[0], changed_at",
            "replace(known[0], created_at=now, changed_at",
        ),
    ),
    fault(
        "accounts.domains_total",
        "total of domains counts what status leaves out",
        exercise_domains,
        Edit(
            "resources/domains.py",
            'return {"domains": [_describe',
            'pagination["total"] = len(workspace.domains)\n    return {"domains": [_describe',
        ),
    ),
    fault(
        "accounts.deleted_inboxes",
        "a domain counts deleted sender accounts",
        exercise_domains,
        Edit(
            "resources/domains.py",
            '"domain", domain.domain_id),',
            (
                '"domain", domain.domain_id) + sum(a.domain_name == domain.domain_name for a '
                "in workspace.archived_sender_accounts),"
            ),
        ),
    ),
    fault(
        "accounts.failed_domain",
        "a FAILED domain cannot be activated again",
        exercise_domains,
        Edit("resources/domains.py", 'not in ("DNS_PENDING", "FAILED")', '!= "DNS_PENDING"'),
        choice=_UNSAID,
    ),
    fault(
        "accounts.domain_status",
        "status of domains ignores letter case",
        exercise_domains,
        Edit(
            "resources/domains.py",
            ' = call.query.get("status")\n',
            ' = (call.query.get("status") or "").upper() or None\n',
        ),
        choice=_UNSAID,
    ),
)
