"""Subsequences take the leads whose trigger fires."""

from dataclasses import replace
from typing import Any

import pytest

from mockserver.model.contacts import make_lead, save_contact
from mockserver.model.subsequences import enter_subsequence
from mockserver.sending import advance_sending
from mockserver.state.records import Campaign, Subsequence

from .kit.campaign_strategies import HTML
from .kit.simulation import Simulation, emails, follow_up, simulate, variant


def add_subsequence(
    simulation: Simulation, campaign: Campaign, trigger_type: str, priority: int = 0, **params: Any
) -> Subsequence:
    step = {"wait_seconds": 3600, "variants": [{"subject": "More, {{first_name|friend}}", "body": "Here."}]}
    return simulation.bench.add(
        simulation.bench.subsequences, campaign_id=campaign.campaign_id,
        trigger_type=trigger_type, trigger_params=params, priority=priority,
        steps=[step, {**step, "wait_seconds": 2 * 3600}],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "trigger", "params", "taken"),
    [
        ("interested", "INTENT_TAG", {"tag_names": ["interested"]}, True),
        ("reply", "INTENT_TAG", {"tag_names": ["interested"]}, False),
        ("reply", "KEYWORD", {"phrases": ["who sent you"]}, True),
        ("interested", "KEYWORD", {"phrases": ["who sent you"]}, False),
        ("open", "STATUS", {"status": "OPENED"}, True),
        ("silent", "STATUS", {"status": "OPENED"}, False),
        ("bounce", "STATUS", {"status": "BOUNCED"}, False),
    ],
)
def test_a_subsequence_takes_those_whose_trigger_fires(
    name: str, trigger: str, params: dict[str, Any], taken: bool
) -> None:
    simulation = simulate()
    campaign = simulation.campaign(
        emails(name),
        launched=False,
        sequences=[follow_up()],
        variants=[variant(**HTML)],
        enable_tracking=True,
    )
    subsequence = add_subsequence(simulation, campaign, trigger, **params)
    simulation.launch(campaign)
    happened = simulation.advance(days=10)
    assert happened["enrolled"] == len(simulation.workspace.enrollments) == int(taken)
    mails = [
        e for e in simulation.events("sent") if e.details.get("subsequence_id") == subsequence.subsequence_id
    ]
    assert [mail.details["subject"] for mail in mails] == ["More, friend"] * 2 * taken
    if taken:  # the trigger, an hour, two hours; and no follow-up of the main chain
        [entry] = simulation.workspace.enrollments
        assert [(mail.at - entry.enrolled_at).total_seconds() for mail in mails] == [3600, 3 * 3600]
        assert [e.details["sequence_step"] for e in simulation.events("sent")] == [1, 0, 0]
    assert simulation.status(campaign) == "COMPLETED"


def test_a_lead_moved_by_hand_leaves_the_main_chain(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("silent1", "silent2"), launched=False, sequences=[follow_up()])
    subsequence = add_subsequence(simulation, campaign, "KEYWORD", phrases=["never said"])
    simulation.launch(campaign)
    simulation.advance(days=1)
    enter_subsequence(simulation.workspace, simulation.leads(campaign)[0], subsequence, "manual")
    simulation.advance(days=10)
    steps = {
        name: [mail[-1] for mail in simulation.sent() if name in mail] for name in ("silent1", "silent2")
    }
    assert steps == {"silent1": ["1", "0", "0"], "silent2": ["1", "2"]}


def test_a_paused_subsequence_holds_its_leads_back(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("interested"), launched=False)
    subsequence = add_subsequence(simulation, campaign, "INTENT_TAG", tag_names=["interested"])
    simulation.launch(campaign)
    while not len(simulation.workspace.enrollments):  # the first mail of the subsequence is due an hour later
        simulation.advance(minutes=10)
    for is_active in (False, True):
        simulation.workspace.subsequences.put(replace(subsequence, is_active=is_active))
        simulation.advance(days=2)
        assert (simulation.status(campaign), len(simulation.sent())) == (
            ("COMPLETED", 3) if is_active else ("ACTIVE", 1)
        )


# ---------------------------------------------------------------- several triggers


def test_of_two_triggers_that_fire_at_once_the_lower_priority_takes_the_lead(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("interested"), launched=False)
    add_subsequence(simulation, campaign, "INTENT_TAG", priority=5, tag_names=["interested"])
    first = add_subsequence(simulation, campaign, "KEYWORD", priority=1, phrases=["tell me more"])
    simulation.launch(campaign)
    happened = simulation.advance(days=10)
    [entry] = simulation.workspace.enrollments
    assert entry.subsequence_id == first.subsequence_id
    assert happened["enrolled"] == 1
    mails = [event.details.get("subsequence_id") for event in simulation.events("sent")]
    assert mails == [None, first.subsequence_id, first.subsequence_id]


def test_a_trigger_that_fires_later_takes_the_lead_on(simulation: Simulation) -> None:
    campaign = simulation.campaign(
        emails("open"), launched=False, variants=[variant(**HTML)], enable_tracking=True
    )
    first = add_subsequence(simulation, campaign, "STATUS", status="OPENED")
    later = add_subsequence(simulation, campaign, "INTENT_TAG", priority=9, tag_names=["hot"])
    simulation.launch(campaign)
    while not len(simulation.workspace.enrollments):
        simulation.advance(minutes=10)
    simulation.bench.tag_lead(simulation.leads(campaign)[0], "hot")
    simulation.advance(days=10)
    entered = [entry.subsequence_id for entry in simulation.workspace.enrollments]
    assert entered == [first.subsequence_id, later.subsequence_id]


def test_a_move_by_hand_spends_the_triggers_that_fire_at_that_time(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("silent"), launched=False)
    add_subsequence(simulation, campaign, "INTENT_TAG", tag_names=["hot"])
    target = add_subsequence(simulation, campaign, "KEYWORD", phrases=["never said"])
    lead = simulation.bench.tag_lead(simulation.leads(campaign)[0], "hot")
    enter_subsequence(simulation.workspace, lead, target, "manual")
    simulation.launch(campaign)
    simulation.advance(days=10)
    assert [entry.subsequence_id for entry in simulation.workspace.enrollments] == [target.subsequence_id]


# ---------------------------------------------------------------- COMPLETED campaigns


def complete(simulation: Simulation, **settings: Any) -> tuple[Campaign, Subsequence]:
    """Let a campaign of one mail to a silent lead complete."""
    campaign = simulation.campaign(emails("silent"), launched=False, **settings)
    subsequence = add_subsequence(simulation, campaign, "INTENT_TAG", tag_names=["hot"])
    simulation.launch(campaign)
    simulation.advance(minutes=2)
    assert simulation.status(campaign) == "COMPLETED"
    return campaign, subsequence


def check_subsequence_is_sent(simulation: Simulation, campaign: Campaign, subsequence: Subsequence) -> None:
    assert simulation.status(campaign) == "ACTIVE"
    simulation.advance(days=2)
    mails = [event.details.get("subsequence_id") for event in simulation.events("sent")]
    assert mails == [None, subsequence.subsequence_id, subsequence.subsequence_id]
    assert simulation.status(campaign) == "COMPLETED"


def test_a_trigger_reopens_a_completed_campaign(simulation: Simulation) -> None:
    campaign, subsequence = complete(simulation)
    simulation.bench.tag_lead(simulation.leads(campaign)[0], "hot")
    assert advance_sending(simulation.workspace) == {"enrolled": 1}
    check_subsequence_is_sent(simulation, campaign, subsequence)


def test_a_move_by_hand_reopens_a_completed_campaign(simulation: Simulation) -> None:
    campaign, subsequence = complete(simulation)
    enter_subsequence(simulation.workspace, simulation.leads(campaign)[0], subsequence, "manual")
    check_subsequence_is_sent(simulation, campaign, subsequence)


def test_a_new_step_reopens_a_completed_campaign_for_the_leads_behind_which_it_stands(
    simulation: Simulation,
) -> None:
    campaign, subsequence = complete(simulation)
    simulation.bench.tag_lead(simulation.leads(campaign)[0], "hot")
    simulation.advance(days=2)
    assert simulation.status(campaign) == "COMPLETED"
    longer = replace(subsequence, steps=(*subsequence.steps, subsequence.steps[0]))
    simulation.workspace.subsequences.put(longer)
    assert simulation.advance(hours=1)["sent"] == 1
    assert simulation.status(campaign) == "COMPLETED"


def test_what_brings_no_mail_leaves_a_campaign_completed(simulation: Simulation) -> None:
    campaign, subsequence = complete(simulation)
    lead = simulation.leads(campaign)[0]
    simulation.bench.record_event(lead, "bounced")
    simulation.bench.tag_lead(lead, "hot")
    enter_subsequence(simulation.workspace, lead, subsequence, "manual")
    simulation.advance(days=1)
    assert (len(simulation.sent()), simulation.status(campaign)) == (1, "COMPLETED")


def test_a_new_lead_reopens_a_completed_campaign(simulation: Simulation) -> None:
    campaign, _ = complete(simulation)
    contact = save_contact(simulation.workspace, "silent2@example.com", {}, source_type="MANUAL")
    lead = make_lead(simulation.workspace, simulation.workspace.campaigns.get(campaign.campaign_id), contact)
    assert simulation.status(campaign) == "ACTIVE"
    assert simulation.workspace.leads.get(lead.lead_id).variant_name == "A"
    simulation.advance(hours=1)
    assert (len(simulation.sent()), simulation.status(campaign)) == (2, "COMPLETED")


def test_a_lead_does_not_reopen_what_was_never_launched(simulation: Simulation) -> None:
    campaign = simulation.bench.add_campaign(status="COMPLETED")
    simulation.bench.add_lead(campaign)
    assert simulation.status(campaign) == "COMPLETED"
