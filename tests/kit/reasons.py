"""What has to happen for each reason why a lead gets no mail now, and the sentence that is then said."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver.mails.incoming_events import (
    receive_mail,
    receive_reply,
    record_lead_event,
    set_account_status,
    set_campaign_status,
)
from mockserver.model.contacts import suppress
from mockserver.model.subsequences import enter_subsequence
from mockserver.sending import advance_sending
from mockserver.state.records import Campaign, Lead, Subsequence

from .campaign_strategies import HTML
from .simulation import ANYTIME, Simulation, emails, follow_up, variant

NEW_YORK: dict[str, Any] = {"timezone": "America/New_York", "sending_days": [1, 2, 3, 4, 5]}
SAM = "sam@outreach.example.com"


def sam(simulation: Simulation, **values: Any) -> str:
    return simulation.account(email_address=SAM, **values)


def find(simulation: Simulation, name: str) -> Lead:
    """Return the last lead whose address has a name in it."""
    return [lead for lead in simulation.workspace.leads if name in lead.email][-1]


def add_subsequence(simulation: Simulation, campaign: Campaign, **values: Any) -> Subsequence:
    step = {"wait_seconds": 86400, "variants": [{"subject": "The deck", "body": "As promised."}]}
    trigger = {"trigger_type": "STATUS", "trigger_params": {"status": "OPENED"}}
    values = {"campaign_id": campaign.campaign_id, "label": "Nurture", "steps": [step], **trigger, **values}
    return simulation.bench.add(simulation.bench.subsequences, **values)


def move(simulation: Simulation, name: str = "ada", **values: Any) -> Subsequence:
    """Move a lead of a new campaign into a subsequence."""
    campaign = simulation.campaign(emails(name), **ANYTIME)
    subsequence = add_subsequence(simulation, campaign, **values)
    enter_subsequence(simulation.workspace, find(simulation, name), subsequence, "manual")
    advance_sending(simulation.workspace)
    return subsequence


Prepare = Callable[[Simulation], None]


def quiet_minute(simulation: Simulation) -> None:
    simulation.campaign(emails("ada"), **ANYTIME)


def start_date(simulation: Simulation) -> None:
    simulation.campaign(emails("ada"), **ANYTIME, start_date="2026-02-02T15:00:00Z")


def step_wait(simulation: Simulation) -> None:
    simulation.campaign(emails("ada"), **ANYTIME, sequences=[follow_up()])
    simulation.advance(hours=1)


def outside_window(simulation: Simulation) -> None:
    simulation.campaign(emails("ada"), **NEW_YORK)
    simulation.advance(minutes=2)


def daily_limit(simulation: Simulation) -> None:
    simulation.campaign(emails("bob", "ada"), accounts=[sam(simulation, daily_limit=1)])
    simulation.advance(minutes=2)


def ramp_up(simulation: Simulation) -> None:
    simulation.campaign(
        emails("bob", "ada"), accounts=[sam(simulation)], ramp_up_enabled=True, ramp_up_increment=1
    )
    simulation.advance(minutes=2)


def queue(simulation: Simulation) -> None:
    simulation.campaign(emails("bob", "cyd", "ada"), accounts=[sam(simulation, daily_limit=8)])
    simulation.advance(minutes=2)


def rest(simulation: Simulation) -> None:
    simulation.campaign(emails("bob", "ada"), accounts=[sam(simulation, daily_limit=8)])
    simulation.advance(minutes=2)


def step_skipped(simulation: Simulation) -> None:
    steps = [follow_up(trigger_type="OPENED_BUT_NOT_REPLIED"), follow_up(3)]
    simulation.campaign(emails("ada"), **ANYTIME, sequences=steps)
    simulation.advance(hours=1)


def enters_subsequence(simulation: Simulation) -> None:
    campaign = simulation.campaign(
        emails("open.ada"), launched=False, **ANYTIME, variants=[variant(**HTML)], enable_tracking=True
    )
    add_subsequence(simulation, campaign)
    simulation.launch(campaign)
    simulation.advance(minutes=1, seconds=1)


def replied(simulation: Simulation) -> None:
    simulation.campaign(emails("ada"), **ANYTIME, sequences=[follow_up()])
    simulation.advance(hours=1)
    receive_reply(simulation.workspace, find(simulation, "ada").lead_id, "Stop.")


def bounced(simulation: Simulation) -> None:
    other = simulation.campaign(emails("ada"), **ANYTIME)
    simulation.advance(hours=1)
    record_lead_event(simulation.workspace, simulation.leads(other)[0].lead_id, "bounced")
    simulation.change(other, settings={**other.settings, "name": "Q4 Webinar"})
    simulation.campaign(emails("ada"), **ANYTIME)


def unsubscribed(simulation: Simulation) -> None:
    simulation.campaign(emails("ada"), **ANYTIME)
    record_lead_event(simulation.workspace, find(simulation, "ada").lead_id, "unsubscribed")


def suppressed(simulation: Simulation) -> None:
    simulation.campaign(emails("ada"), **ANYTIME)
    suppress(simulation.workspace, "ada@example.com")


def lead_status(simulation: Simulation) -> None:
    simulation.campaign(emails("ada"), **ANYTIME)
    record_lead_event(simulation.workspace, find(simulation, "ada").lead_id, "failed")


def sequence_finished(simulation: Simulation) -> None:
    simulation.campaign(emails("bob", "ada"), **ANYTIME, accounts=[sam(simulation, daily_limit=1)])
    simulation.advance(days=1, minutes=2)
    simulation.campaign(emails("cyd"), **ANYTIME)


def subsequence_finished(simulation: Simulation) -> None:
    move(simulation)
    simulation.advance(days=2)


def subsequence_paused(simulation: Simulation) -> None:
    simulation.workspace.subsequences.put(replace(move(simulation), is_active=False))


def subsequence_removed(simulation: Simulation) -> None:
    simulation.workspace.subsequences.remove(move(simulation).subsequence_id)


def condition_unmet(simulation: Simulation) -> None:
    variants = [{"subject": "The deck", "body": "As promised."}]
    move(simulation, steps=[{"wait_seconds": 0, "condition_type": "NOT_OPENED", "variants": variants}])


def campaign_draft(simulation: Simulation) -> None:
    simulation.campaign(emails("ada"), launched=False, variants=[])


def _with_status(status: str) -> Prepare:
    def prepare(simulation: Simulation) -> None:
        campaign = simulation.campaign(emails("ada"), **ANYTIME)
        set_campaign_status(simulation.workspace, campaign.campaign_id, status)

    return prepare


def no_active_account(simulation: Simulation) -> None:
    inbox_id = sam(simulation)
    simulation.campaign(emails("ada"), **ANYTIME, accounts=[inbox_id])
    set_account_status(simulation.workspace, inbox_id, "DISABLED")


def no_variants(simulation: Simulation) -> None:
    simulation.change(simulation.campaign(emails("ada"), **ANYTIME), variants=())


def no_campaign(simulation: Simulation) -> None:
    receive_mail(simulation.workspace, simulation.account(), "ada@example.com", "What does it cost?")


def calendar_end(simulation: Simulation) -> None:
    simulation.campaign(emails("ada"), **ANYTIME, start_date="9999-12-30T00:00:00Z")


CASES: dict[str, tuple[Prepare, str]] = {
    "quiet_minute": (
        quiet_minute,
        "The first minute after a launch, an import or a new lead is quiet, until Mon 5 Jan 09:01 UTC.",
    ),
    "start_date": (start_date, "The campaign starts on Mon 2 Feb 15:00 UTC."),
    "step_wait": (step_wait, "It waits for step 2, due on Thu 8 Jan 09:01 UTC."),
    "outside_window": (outside_window, "It is outside the window until Mon 5 Jan 09:00 New York."),
    "daily_limit": (daily_limit, f"{SAM} has sent 1 of 1 that day, until Tue 6 Jan 00:00 UTC."),
    "ramp_up": (
        ramp_up,
        f"{SAM} has sent 1 of 1 that day, the limit of the ramp-up, until Tue 6 Jan 00:00 UTC.",
    ),
    "queue": (queue, f"1 mail is before it; {SAM} sends it on Mon 5 Jan 11:01 UTC."),
    "queue, first": (rest, f"{SAM} rests between two mails until Mon 5 Jan 10:01 UTC."),
    "step_skipped": (
        step_skipped,
        "It does not get step 2, whose trigger is not met on Thu 8 Jan 09:01 UTC.",
    ),
    "enters_subsequence": (enters_subsequence, "It enters the subsequence Nurture on Mon 5 Jan 09:"),
    "replied": (replied, "It replied on Mon 5 Jan 10:00 UTC, which ends the main sequence."),
    "bounced": (
        bounced,
        "The address gets no more mails: it bounced in campaign Q4 Webinar on Mon 5 Jan 10:00 UTC.",
    ),
    "unsubscribed": (unsubscribed, "The address gets no more mails: it unsubscribed on Mon 5 Jan 09:00 UTC."),
    "suppressed": (suppressed, "The address is suppressed (BLOCKLISTED)."),
    "lead_status": (lead_status, "Its status was set to FAILED before it got a mail."),
    "sequence_finished": (sequence_finished, "It has got the first mail, and no follow-up is left for it."),
    "subsequence_finished": (subsequence_finished, "It has got all mails of the subsequence Nurture."),
    "subsequence_paused": (subsequence_paused, "It waits in the subsequence Nurture, which is paused."),
    "subsequence_removed": (subsequence_removed, "The subsequence that it is in was removed."),
    "condition_unmet": (
        condition_unmet,
        "It waits in the subsequence Nurture, at a step whose condition never holds.",
    ),
    "campaign_draft": (campaign_draft, "The campaign is a draft; a launch lacks variants."),
    "campaign_paused": (_with_status("PAUSED"), "The campaign is paused since Mon 5 Jan 09:00 UTC."),
    "campaign_completed": (_with_status("COMPLETED"), "The campaign is completed since Mon 5 Jan 09:00 UTC."),
    "campaign_failed": (_with_status("FAILED"), "The campaign is failed since Mon 5 Jan 09:00 UTC."),
    "campaign_archived": (_with_status("ARCHIVED"), "The campaign is archived since Mon 5 Jan 09:00 UTC."),
    "no_active_account": (
        no_active_account,
        f"No sender account of the campaign is active: {SAM} is DISABLED.",
    ),
    "no_variants": (no_variants, "The campaign has no variant of the first mail."),
    "no_campaign": (no_campaign, "It is in no campaign; only direct mails go to it."),
    "calendar_end": (calendar_end, "The calendar ends before the mail can go out."),
}
"""Template → what happens, and the beginning of what is then said of the last lead that is called ada."""
