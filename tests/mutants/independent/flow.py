"""Faults in subsequences and in figures."""

from ..edits import Edit
from .campaign_scenarios import exercise_branches, exercise_figures
from .fault import fault

_OPEN = "no source describes the operation"

MUTANTS = (
    fault(
        "flow.entry_ignored",
        "a subsequence always begins after the first mail",
        exercise_branches,
        Edit("resources/flow.py", "entry if entry in main else next", "next"),
        choice=_OPEN,
    ),
    fault(
        "flow.priority_reset",
        "an update of a subsequence resets its priority",
        exercise_branches,
        Edit(
            "resources/flow.py",
            "replace(stored, **_read(call)",
            'replace(stored, **{"priority": 0, **_read(call)}',
        ),
        choice=_OPEN,
    ),
    fault(
        "flow.priority_ignored",
        "subsequences stand in the order of their age",
        exercise_branches,
        Edit(
            "model/subsequences.py",
            "sorted(found, key=lambda subsequence: subsequence.priority",
            "list(found",
        ),
        choice=_OPEN,
    ),
    fault(
        "flow.moved_twice",
        "a lead named twice is moved and skipped",
        exercise_branches,
        Edit("resources/journeys.py", 'dict.fromkeys(call.body["lead_ids"])', 'call.body["lead_ids"]'),
        choice=_OPEN,
    ),
    fault(
        "flow.weights_of_first",
        "weights are checked in the first mail only",
        exercise_branches,
        Edit("model/subsequences.py", "for step in subsequence.steps", "for step in subsequence.steps[:1]"),
        choice=_OPEN,
    ),
    fault(
        "flow.shorter_unstored",
        "fewer mails of a subsequence are answered and not stored",
        exercise_branches,
        Edit(
            "resources/flow.py",
            "return _describe(campaign, workspace.subsequences.put(changed)",
            (
                "workspace.subsequences.put(changed) if len(changed.steps) >= "
                "len(stored.steps) else None\n"
                "    return _describe(campaign, changed"
            ),
        ),
        choice=_OPEN,
    ),
    fault(
        "flow.phrase_case",
        "a phrase minds letter case",
        exercise_branches,
        Edit("model/subsequences.py", "return any(phrase.casefold()", "return any(phrase"),
        choice=_OPEN,
    ),
    fault(
        "flow.inactive_triggered",
        "a subsequence that is off is triggered",
        exercise_branches,
        Edit("model/subsequences.py", " = subsequence.is_active and", " ="),
        choice=_OPEN,
    ),
    fault(
        "flow.delete_archived",
        "a subsequence of an ARCHIVED campaign can be deleted",
        exercise_branches,
        Edit("resources/flow.py", "find_open_campaign(call.workspace, campaign.campaign_id)", "campaign"),
        choice=_OPEN,
    ),
    fault(
        "flow.trigger_unchecked",
        "another trigger is not checked with the stored parameters",
        exercise_branches,
        Edit(
            "resources/flow.py",
            "    _check(call, changed)",
            ('    _check(call, changed) if "trigger_params" in call.body or "steps" in call.body else None'),
        ),
        choice=_OPEN,
    ),
    fault(
        "flow.moved_on_main",
        "a moved lead without a mail is shown on the main chain",
        exercise_branches,
        Edit(
            "resources/journeys.py", ' "SUBSEQUENCE" if enrollment', ' "SUBSEQUENCE" if enrollment and sent'
        ),
        choice=_OPEN,
    ),
    fault(
        "figures.thirty_days",
        "a timeline without dates is of thirty days",
        exercise_figures,
        Edit(
            "resources/analytics.py",
            "back = call.read_extensions(",
            'back = 30 if "to_date" not in query else call.read_extensions(',
        ),
    ),
    fault(
        "figures.created_since",
        "from_date finds campaigns by their creation",
        exercise_figures,
        Edit("resources/analytics.py", " campaign.launched_at.date()", " campaign.created_at.date()"),
    ),
    fault(
        "figures.weighted_mean",
        "the mean of rates is weighted by mails",
        exercise_figures,
        Edit(
            "model/analytics.py",
            "for campaign in sending), len(",
            (
                '* campaign["total_sent"] for campaign in sending), sum(campaign["total_sent"] '
                "for campaign in "
            ),
        ),
    ),
    fault(
        "figures.sums_of_all",
        "sums of the workspace ignore the filter",
        exercise_figures,
        Edit(
            "resources/analytics.py",
            'workspace_kpis": sum_up(campaigns',
            ('workspace_kpis": sum_up([count_campaign(call.workspace, c) for c in call.workspace.campaigns]'),
        ),
    ),
    fault(
        "figures.every_event",
        "a timeline counts each event of a mail",
        exercise_figures,
        Edit(
            "model/analytics.py",
            "counts[at.date()][kind] += 1",
            "counts[at.date()][kind] += len(mail.events[kind])",
        ),
    ),
    fault(
        "figures.unique_by_mail",
        "unique clicks are counted by mail and not by lead",
        exercise_figures,
        Edit("model/analytics.py", "lead_id for click in clicks}", "email_id for click in clicks}"),
        choice=_OPEN,
    ),
    fault(
        "figures.bounce_rate",
        "bounce_rate counts bounced mails twice below",
        exercise_figures,
        Edit(
            "model/analytics.py",
            'counts["bounce_count"], sent',
            'counts["bounce_count"], sent + counts["bounce_count"]',
        ),
    ),
    fault(
        "figures.links_of_steps",
        "links of all mails count as those of the first",
        exercise_figures,
        Edit("model/analytics.py", "find_step(mail.sent), *link)", "1, *link)"),
        choice=_OPEN,
    ),
    fault(
        "figures.all_active",
        "leads that are through with a subsequence count as active",
        exercise_figures,
        Edit("model/analytics.py", 'active_count": states.count("active"', 'active_count": len(states'),
        choice=_OPEN,
    ),
)
