"""Faults in campaigns and in the sending."""

from ..edits import Edit
from .campaign_scenarios import (
    exercise_campaign_lists,
    exercise_drafts,
    exercise_paused,
    exercise_sending,
    exercise_single_leads,
)
from .fault import fault

_REPLANNED = "the second server plans anew whenever its other users change something, which hides it"
_UNSAID = "no source says it"

MUTANTS = (
    fault(
        "campaigns.pause_clears_launch",
        "a paused campaign forgets when it was launched",
        exercise_paused,
        Edit(
            "model/launching.py",
            "updated_at=workspace.now()))",
            (
                'updated_at=workspace.now(), launched_at=None if status == "PAUSED" else '
                "campaign.launched_at))"
            ),
        ),
    ),
    fault(
        "campaigns.variant_letter_case",
        "a variant named in lower case does not replace the one in upper case",
        exercise_paused,
        Edit("model/content.py", 'variant_name"].upper()\n     ', 'variant_name"]\n     '),
    ),
    fault(
        "campaigns.added_step_last",
        "a follow-up that is added stands last, whatever its step",
        exercise_paused,
        Edit("model/content.py", "_in_order(sequences.values()", "tuple(sequences.values()"),
    ),
    fault(
        "campaigns.edit_null_ignored",
        "an edit of a follow-up ignores null",
        exercise_paused,
        Edit(
            "model/content.py", "in sequence if name in edit}", "in sequence if edit.get(name) is not None}"
        ),
        choice=_UNSAID,
    ),
    fault(
        "campaigns.edit_resets",
        "an edit of a follow-up resets enable_unsubscribe",
        exercise_paused,
        Edit(
            "model/content.py",
            "**{name: edit[name] for name",
            '"enable_unsubscribe": None, **{name: edit[name] for name',
        ),
        choice=_UNSAID,
    ),
    fault(
        "campaigns.search_with_status",
        "search is ignored beside status",
        exercise_campaign_lists,
        Edit(
            "resources/campaigns.py",
            'if days or "search" in query',
            'if days or ("search" in query and "status" not in query)',
        ),
    ),
    fault(
        "campaigns.total_before_search",
        "total counts what a search leaves out",
        exercise_campaign_lists,
        Edit(
            "resources/campaigns.py",
            '"pagination": pagination}',
            (
                '"pagination": {**pagination, "total": len(workspace.campaigns) if "search" in '
                'query and "status" not in query else pagination["total"]}}'
            ),
        ),
    ),
    fault(
        "campaigns.full_last_page",
        "a last page that is full has a next one",
        exercise_campaign_lists,
        Edit(
            "resources/paging.py",
            '"has_next": page < pages',
            '"has_next": page * limit <= total and total > 0',
        ),
    ),
    fault(
        "campaigns.sort_reply_count",
        "sort_by=reply_count sorts nothing",
        exercise_campaign_lists,
        Edit(
            "resources/campaigns.py",
            'if name.endswith("_count"):',
            'if name == "reply_count":\n        return 0\n    if name.endswith("_count"):',
        ),
    ),
    fault(
        "campaigns.sort_name_order",
        "sort_order is ignored beside sort_by=name",
        exercise_campaign_lists,
        Edit(
            "resources/paging.py",
            'query["sort_order"] == "desc',
            'query["sort_order"] == "desc" and by != "name',
        ),
    ),
    fault(
        "campaigns.delete_takes_contacts",
        "a deleted campaign takes its contacts along",
        exercise_campaign_lists,
        Edit(
            "resources/campaigns.py",
            " remove_lead(workspace, lead",
            (
                " remove_lead(workspace, lead)\n"
                "        if workspace.contacts.find(lead.contact_id) and not "
                "workspace.leads.where('contact', lead.contact_id):\n"
                "            workspace.contacts.remove(lead.contact_id"
            ),
        ),
        choice=_UNSAID,
    ),
    fault(
        "campaigns.archive_again",
        "an ARCHIVED campaign can be archived again",
        exercise_paused,
        Edit(
            "model/launching.py",
            'ARCHIVED": ({"PAUSED", "COMPLETED',
            'ARCHIVED": ({"PAUSED", "COMPLETED", "ARCHIVED',
        ),
    ),
    fault(
        "campaigns.activate_completed",
        "a COMPLETED campaign can be activated",
        exercise_paused,
        Edit("model/launching.py", '"ACTIVE": ({"PAUSED"}', '"ACTIVE": ({"PAUSED", "COMPLETED"}'),
    ),
    fault(
        "campaigns.edit_completed",
        "a COMPLETED campaign can be edited",
        exercise_paused,
        Edit(
            "model/launching.py",
            '_EDITABLE = ("DRAFT", "PAUSED',
            '_EDITABLE = ("DRAFT", "PAUSED", "COMPLETED',
        ),
    ),
    fault(
        "campaigns.accounts_sorted",
        "sender accounts do not stand in the order sent",
        exercise_drafts,
        Edit(
            "resources/campaigns.py",
            'dict.fromkeys(body["inbox_ids"]',
            'sorted(set(body["inbox_ids"]), reverse=body["inbox_ids"] == sorted(body["inbox_ids"])',
        ),
        choice=_UNSAID,
    ),
    fault(
        "campaigns.batch_rows",
        "total_rows of a batch counts rows with an address only",
        exercise_drafts,
        Edit(
            "resources/lead_files.py",
            "total_rows=len(rows),\n      ",
            'total_rows=sum("error" not in row for row in rows),\n      ',
        ),
        choice=_UNSAID,
    ),
    fault(
        "campaigns.content_keeps_updated_at",
        "new variants do not move updated_at",
        exercise_drafts,
        Edit("resources/campaigns.py", " body else stored.updated_at", " settings else stored.updated_at"),
    ),
    fault(
        "campaigns.unsubscribe_filled",
        "a follow-up without enable_unsubscribe gets true",
        exercise_drafts,
        Edit(
            "model/content.py",
            'requested["enable_unsubscribe"]',
            'requested["enable_unsubscribe"] is not False',
        ),
    ),
    fault(
        "campaigns.content_end_trimmed",
        "the end of a variant's text is trimmed",
        exercise_drafts,
        Edit(
            "model/content.py",
            'variant_name"].upper(),\n    ',
            ('variant_name"].upper(),\n        "email_content": requested["email_content"].rstrip(),\n    '),
        ),
    ),
    fault(
        "campaigns.launch_again",
        "a paused campaign that is launched was launched just now",
        exercise_paused,
        Edit("model/launching.py", "campaign.launched_at or workspace", "workspace"),
    ),
    fault(
        "campaigns.success_rate",
        "success_rate is one of the leads that are done",
        exercise_paused,
        Edit("resources/campaigns.py", 'sent_count"], counts["total_leads"]', 'sent_count"], done'),
        choice=_UNSAID,
    ),
    fault(
        "campaigns.zone_moves_start",
        "another time zone moves the start to midnight",
        exercise_drafts,
        Edit(
            "resources/campaigns.py",
            "_localize(settings, timezone",
            (
                '_localize(settings, timezone), **({"start_date": '
                'stored.settings["start_date"].replace(hour=0)} if "timezone" in settings and '
                '"start_date" not in settings and stored.settings["start_date"] else {}'
            ),
        ),
    ),
    fault(
        "campaigns.unknown_before_invalid",
        "an unknown campaign is looked for before the body is judged",
        exercise_campaign_lists,
        Edit(
            "http/pipeline.py",
            ", endpoint.operation.scopes)",
            (
                ", endpoint.operation.scopes)\n"
                "                if endpoint.operation.operation_id == 'updateCampaign' and "
                "len(exchange.path_values['campaign_id']) == 36 and "
                "workspace.campaigns.find(exchange.path_values['campaign_id']) is None: raise "
                "ApiError('campaign_not_found')"
            ),
        ),
        choice=_UNSAID,
    ),
    fault(
        "sending.third_mail_early",
        "the third mail waits a day less",
        exercise_sending,
        Edit(
            "sending/next_mails.py",
            'add_days(at, step["wait_days"]',
            'add_days(at, step["wait_days"] if state.step < 2 else max(0, step["wait_days"] - 1)',
        ),
        choice=_UNSAID,
    ),
    fault(
        "sending.not_opened",
        "a follow-up for who has not opened goes to all",
        exercise_sending,
        Edit(
            "sending/next_mails.py", 'step["trigger_type"] == "NOT_OPENED" and opened_at is not None', "False"
        ),
    ),
    fault(
        "sending.start_ignored",
        "start_date is ignored",
        exercise_sending,
        Edit("sending/campaign_run.py", "to_seconds(start_date) if start_date else 0", "0"),
    ),
    fault(
        "sending.unsubscribed_here_only",
        "who unsubscribes still gets mails of other campaigns",
        exercise_sending,
        Edit("sending/engine.py", 'self._workspace.leads.where("contact", lead.contact_id)', "[lead]"),
        choice=_REPLANNED,
    ),
    fault(
        "sending.one_variant",
        "all leads get the first variant",
        exercise_sending,
        Edit("sending/campaign_run.py", "next(named, found.variants[0])", "found.variants[0]"),
    ),
    fault(
        "sending.no_ramp",
        "the limit of a ramp-up does not rise",
        exercise_sending,
        Edit("model/quotas.py", "(max(0, days) + 1)", "1"),
        choice=_UNSAID,
    ),
    fault(
        "sending.window_in_utc",
        "the sending window is one of UTC",
        exercise_sending,
        Edit("sending/schedule.py", 'ZoneInfo(settings["timezone"]', 'ZoneInfo("UTC"'),
    ),
    fault(
        "sending.completed_early",
        "a campaign is COMPLETED before its leads have acted",
        exercise_sending,
        Edit(
            "sending/engine.py",
            'waiting and not coming.count("campaign", run.campaign.campaign_id)',
            "waiting",
        ),
        choice=_UNSAID,
    ),
    fault(
        "sending.stays_completed",
        "a new lead does not reopen a COMPLETED campaign",
        exercise_single_leads,
        Edit("model/contacts.py", "reopen_campaign(workspace, campaign, at)", "campaign"),
        choice=_UNSAID,
    ),
)
