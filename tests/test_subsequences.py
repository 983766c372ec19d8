"""Subsequences take the leads whose trigger fires."""

from dataclasses import replace
from typing import Any

import pytest

from mockserver.model.subsequences import enter_subsequence
from mockserver.state.records import Campaign, Subsequence

from .kit.simulation import Simulation, emails, follow_up, simulate


def add_subsequence(
    simulation: Simulation, campaign: Campaign, trigger_type: str, **params: Any
) -> Subsequence:
    step = {"wait_seconds": 3600, "variants": [{"subject": "More, {{first_name|friend}}", "body": "Here."}]}
    return simulation.bench.add(
        simulation.bench.subsequences, campaign_id=campaign.campaign_id,
        trigger_type=trigger_type, trigger_params=params,
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
    campaign = simulation.campaign(emails(name), launched=False, sequences=[follow_up()])
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
