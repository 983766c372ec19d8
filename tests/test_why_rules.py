"""Why a lead gets which mail when, in any workspace: what the reasons name is changed, and the mail comes."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise, takewhile

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from mockserver.mails.incoming_events import (
    receive_reply,
    record_lead_event,
    set_account_status,
    set_campaign_status,
)
from mockserver.model.contacts import suppress
from mockserver.model.subsequences import enter_subsequence
from mockserver.sending import advance_sending
from mockserver.sending.plan import plan_campaign
from mockserver.sending.reason_texts import DescribedReason
from mockserver.sending.why import LeadWhy, explain_campaign, explain_lead
from mockserver.state.records import Lead
from mockserver.state.workspace import Workspace

from .kit.campaign_strategies import Plan, plans
from .kit.remedies import STOPS, WAITS
from .kit.samples import examples
from .kit.simulation import Simulation
from .test_sending_rules import begin, list_outcome

pytestmark = pytest.mark.long

DAYS = 366
"""So long nothing comes where no mail is announced."""


def upset(simulation: Simulation, action: str, number: int) -> None:
    """Do something that keeps mails back, to one of the leads, campaigns, accounts or subsequences."""
    workspace = simulation.workspace
    leads, campaigns = list(workspace.leads), list(workspace.campaigns)
    lead, campaign = leads[number % len(leads)], campaigns[number % len(campaigns)]
    subsequences = list(workspace.subsequences)
    subsequence = subsequences[number % len(subsequences)] if subsequences else None
    match action:
        case "suppress":
            suppress(workspace, lead.email)
        case "reply":
            receive_reply(workspace, lead.lead_id, "Tell me more.")
        case "bounced" | "unsubscribed" | "failed":
            record_lead_event(workspace, lead.lead_id, action)
        case "PAUSED" | "COMPLETED" | "ARCHIVED" | "FAILED" | "DRAFT":
            set_campaign_status(workspace, campaign.campaign_id, action)
        case "disable":
            for account in list(workspace.sender_accounts)[: number % 3 + 1]:
                set_account_status(workspace, account.inbox_id, "DISABLED")
        case "no variants":
            workspace.campaigns.put(replace(campaign, variants=()))
        case "move" if subsequence:
            [owned, *_] = workspace.leads.where("campaign", subsequence.campaign_id)
            enter_subsequence(workspace, owned, subsequence, "manual")
        case "pause subsequence" if subsequence:
            workspace.subsequences.put(replace(subsequence, is_active=False))
        case "remove subsequence" if subsequence:
            workspace.subsequences.remove(subsequence.subsequence_id)
        case "condition" if subsequence:
            steps = tuple({**step, "condition_type": "NOT_OPENED"} for step in subsequence.steps)
            workspace.subsequences.put(replace(subsequence, steps=steps))
    advance_sending(workspace)


UPSETS = [
    "suppress", "reply", "bounced", "unsubscribed", "failed", "PAUSED", "COMPLETED", "ARCHIVED", "FAILED",
    "DRAFT", "disable", "no variants", "move", "pause subsequence", "remove subsequence", "condition",
]  # fmt: skip


def fork(workspace: Workspace) -> Simulation:
    return Simulation(workspace.fork())


def move_to(simulation: Simulation, at: datetime) -> None:
    simulation.workspace.clock.set(at)
    advance_sending(simulation.workspace)


def list_new(before: Workspace, after: Workspace, lead: Lead) -> list[tuple[datetime, str | None, int]]:
    """Return the mails that only the later workspace has sent to a lead."""
    return [
        (event.at, event.inbox_id, event.details["sequence_step"])
        for event in after.events.where("lead", lead.lead_id)
        if event.kind == "sent" and before.events.find(event.event_id) is None
    ]


def announced(why: LeadWhy) -> list[tuple[datetime, str | None, int]]:
    return [(why.mail["at"], why.mail["inbox_id"], why.mail["sequence_step"])] if why.mail else []


def check_order(why: LeadWhy, now: datetime) -> None:
    """The waits follow each other from now to the mail."""
    waits = [reason for reason in why.reasons if reason.code not in STOPS]
    assert why.reasons
    for one, other in pairwise(waits):
        assert one.until is not None
        assert other.since is not None
        assert one.until <= other.since or not why.mail
    if why.mail:
        assert waits[-1].until == why.mail["at"]
        if waits == why.reasons:
            assert waits[0].since == now
            assert all(one.until == other.since for one, other in pairwise(waits))


def check_ends(workspace: Workspace, lead: Lead, why: LeadWhy) -> None:
    """At the end of each wait, the later ones are left."""
    assert why.mail
    there = fork(workspace)
    for number, reason in enumerate(why.reasons[:-1], 1):
        if reason.code in STOPS or reason.until is None or reason.until == why.reasons[number].until:
            continue
        move_to(there, reason.until)
        later = explain_lead(there.workspace, lead.lead_id)
        assert announced(later) == announced(why), reason
        assert trace(later.reasons) == trace(why.reasons[number:])


def trace(reasons: list[DescribedReason]) -> list[tuple[str, datetime | None]]:
    """Return what is waited for up to a slot; then others decide, who may use up the limit meanwhile."""
    waits = [(reason.code, reason.until) for reason in reasons if reason.code not in STOPS]
    head = takewhile(lambda wait: wait[0] not in ("daily_limit", "ramp_up", "queue"), waits)
    return [*head, ("sent", waits[-1][1])]


def check_waits(workspace: Workspace, lead: Lead, why: LeadWhy) -> None:
    """Without what a wait names, the wait is over, and the mail comes when it is then said to come."""
    assert why.mail
    for reason in why.reasons:
        remedy = WAITS.get(reason.code)
        if remedy is None or (reason.code == "step_wait" and "subsequence_id" in reason.facts):
            continue
        there = fork(workspace)
        remedy(there.workspace, lead, reason)
        advance_sending(there.workspace)
        changed = explain_lead(there.workspace, lead.lead_id)
        assert (reason.code, reason.until) not in [(other.code, other.until) for other in changed.reasons]
        check_mail(there, lead, changed)


def check_mail(simulation: Simulation, lead: Lead, why: LeadWhy) -> None:
    """The announced mail comes when it was announced."""
    if why.mail:
        after = fork(simulation.workspace)
        move_to(after, why.mail["at"] - timedelta(seconds=1))
        assert list_new(simulation.workspace, after.workspace, lead) == []
        move_to(after, why.mail["at"])
        assert list_new(simulation.workspace, after.workspace, lead)[:1] == announced(why)


def check_stops(workspace: Workspace, lead: Lead, why: LeadWhy) -> None:
    """When everything that is named is changed, a mail comes."""
    there = fork(workspace)
    for _ in range(12):
        named = [reason for reason in why.reasons if reason.code in STOPS]
        assert named, why
        move_to(there, max([there.workspace.now(), *(r.since for r in named if r.since)]))
        for reason in sorted(named, key=lambda reason: reason.code.startswith("campaign")):
            STOPS[reason.code](there.workspace, lead, reason)
            advance_sending(there.workspace)
        if list_new(workspace, there.workspace, lead):
            return  # it was due at once
        before = why
        why = explain_lead(there.workspace, lead.lead_id)
        if why.mail:
            check_mail(there, lead, why)
            return
        assert why.reasons != before.reasons
    raise AssertionError(f"no mail came: {why}")


@settings(max_examples=examples(200))
@given(
    plan=plans(),
    hours=st.integers(0, 150),
    upsets=st.lists(st.tuples(st.sampled_from(UPSETS), st.integers(0, 20)), max_size=3),
    later=st.integers(0, 60),
)
def test_what_is_named_decides(plan: Plan, hours: int, upsets: list[tuple[str, int]], later: int) -> None:
    simulation = begin(plan)
    simulation.advance(hours=hours)
    for action, number in upsets:
        upset(simulation, action, number)
    simulation.advance(hours=later)
    workspace = simulation.workspace
    before = list_outcome(simulation)
    whys = {lead.lead_id: explain_lead(workspace, lead.lead_id) for lead in workspace.leads}
    after = fork(workspace)
    after.advance(days=DAYS)
    planned = Counter[tuple[str, str]]()
    for lead in list(workspace.leads):
        why = whys[lead.lead_id]
        campaign = workspace.campaigns.get(lead.campaign_id or "")
        for reason in why.reasons:
            assert reason.text in why.text
            event(reason.code)
        check_order(why, workspace.now())
        assert why.looked_until is None
        assert list_new(workspace, after.workspace, lead)[:1] == announced(why)
        planned[(campaign.campaign_id, why.reasons[0].code)] += 1
        if why.mail:
            check_ends(workspace, lead, why)
            check_waits(workspace, lead, why)
        else:
            check_stops(workspace, lead, why)
    for campaign in workspace.campaigns:
        total = explain_campaign(workspace, campaign.campaign_id, most_mails=500)
        counted = {(campaign.campaign_id, count.code): count.leads for count in total.counts}
        assert counted == {key: n for key, n in planned.items() if key[0] == campaign.campaign_id}
        if campaign.status == "ACTIVE":
            mails = plan_campaign(workspace, campaign.campaign_id, 366).mails
            assert total.mails == mails[:500]
        else:
            assert total.mails == []
    assert list_outcome(simulation) == before
