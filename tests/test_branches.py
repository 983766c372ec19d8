"""Branches take the leads whose trigger fires."""

from dataclasses import replace
from typing import Any

import pytest

from mockserver.model.branches import enter_branch
from mockserver.state.records import Campaign, Subsequence

from .kit.simulation import Story, emails, follow_up, story


def add_branch(tale: Story, campaign: Campaign, trigger_type: str, **params: Any) -> Subsequence:
    step = {"wait_seconds": 3600, "variants": [{"subject": "More, {{first_name|friend}}", "body": "Here."}]}
    return tale.bench.add(
        tale.bench.subsequences, campaign_id=campaign.campaign_id,
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
def test_a_branch_takes_those_whose_trigger_fires(
    name: str, trigger: str, params: dict[str, Any], taken: bool
) -> None:
    tale = story()
    campaign = tale.campaign(emails(name), launched=False, sequences=[follow_up()])
    branch = add_branch(tale, campaign, trigger, **params)
    tale.launch(campaign)
    happened = tale.advance(days=10)
    assert happened["enrolled"] == len(tale.workspace.enrollments) == int(taken)
    mails = [e for e in tale.events("sent") if e.details.get("subsequence_id") == branch.subsequence_id]
    assert [mail.details["subject"] for mail in mails] == ["More, friend"] * 2 * taken
    if taken:  # the trigger, an hour, two hours; and no follow-up of the main chain
        [entry] = tale.workspace.enrollments
        assert [(mail.at - entry.enrolled_at).total_seconds() for mail in mails] == [3600, 3 * 3600]
        assert [e.details["sequence_step"] for e in tale.events("sent")] == [1, 0, 0]
    assert tale.status(campaign) == "COMPLETED"


def test_a_lead_moved_by_hand_leaves_the_main_chain(tale: Story) -> None:
    campaign = tale.campaign(emails("silent1", "silent2"), launched=False, sequences=[follow_up()])
    branch = add_branch(tale, campaign, "KEYWORD", phrases=["never said"])
    tale.launch(campaign)
    tale.advance(days=1)
    enter_branch(tale.workspace, tale.leads(campaign)[0], branch, "manual")
    tale.advance(days=10)
    steps = {name: [mail[-1] for mail in tale.sent() if name in mail] for name in ("silent1", "silent2")}
    assert steps == {"silent1": ["1", "0", "0"], "silent2": ["1", "2"]}


def test_a_paused_branch_holds_its_leads_back(tale: Story) -> None:
    campaign = tale.campaign(emails("interested"), launched=False)
    branch = add_branch(tale, campaign, "INTENT_TAG", tag_names=["interested"])
    tale.launch(campaign)
    while not len(tale.workspace.enrollments):  # the first mail of the branch is due an hour later
        tale.advance(minutes=10)
    for is_active in (False, True):
        tale.workspace.subsequences.put(replace(branch, is_active=is_active))
        tale.advance(days=2)
        assert (tale.status(campaign), len(tale.sent())) == (("COMPLETED", 3) if is_active else ("ACTIVE", 1))
