"""A campaign's life: launch, pause, activate, archive."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from mockserver.openapi.formats import format_date_time

from .kit.api import SPEC, Api, variant

PARTS = ("leads", "inboxes", "variants")
COMBINATIONS = list(product((False, True), repeat=3))


def prepare(api: Api, present: tuple[bool, ...]) -> str:
    campaign_id = api.campaign()
    has = dict(zip(PARTS, present, strict=True))
    if has["leads"]:
        api.lead(campaign_id)
    if has["inboxes"]:
        api.update(campaign_id, inbox_ids=[api.account()])
    if has["variants"]:
        api.update(campaign_id, variants=[variant()])
    return campaign_id


@pytest.mark.parametrize("present", COMBINATIONS)
def test_a_launch_needs_leads_accounts_and_variants(present: tuple[bool, ...], api: Api) -> None:
    campaign_id = prepare(api, present)
    missing = [part for part, there in zip(PARTS, present, strict=True) if not there]
    status = api.update(campaign_id)
    assert (status["missing_requirements"], status["is_launch_ready"]) == (missing, not missing)
    before = api.remembered()
    answer = api("updateCampaign", {"launch": True, "name": "Launched Name"}, campaign_id=campaign_id)
    if missing:
        detail = f"Campaign is not ready to launch. Missing: {', '.join(missing)}"
        assert (answer.status, answer.body) == (400, {"detail": detail})
        assert api.remembered() == before
    else:
        assert answer.status == 200
        body = answer.body
        assert (body["status"], body["name"], body["current_step"]) == ("ACTIVE", "Launched Name", 5)
        assert (body["missing_requirements"], body["is_launch_ready"]) == ([], True)
        assert body["message"] == "Campaign launched successfully"


@pytest.mark.parametrize("present", COMBINATIONS)
def test_what_is_sent_with_a_launch_is_there_for_its_checks(present: tuple[bool, ...], api: Api) -> None:
    campaign_id = api.campaign()
    api.lead(campaign_id)
    inbox_id = api.account()
    parts = {"inbox_ids": [inbox_id], "variants": [variant()]}
    has = dict(zip(("inbox_ids", "variants", "other"), present, strict=True))
    body: dict[str, Any] = {name: value for name, value in parts.items() if has[name]}
    body |= {"launch": True, **({"name": "Launched Name"} if has["other"] else {})}
    before = api.remembered()
    answer = api("updateCampaign", body, campaign_id=campaign_id)
    if has["inbox_ids"] and has["variants"]:
        assert (answer.status, answer.body["status"]) == (200, "ACTIVE")
        assert answer.body["inbox_validations"] == [{"inbox_id": inbox_id, "is_valid": True}]
    else:
        assert answer.status == 400
        assert api.remembered() == before


def test_the_launch_is_dated_once(api: Api) -> None:
    campaign_id = api.ready()
    launched = api.workspace.clock.freeze() + timedelta(0)
    api.update(campaign_id, launch=True)
    assert api.read(campaign_id)["launched_at"] == format_date_time(launched)
    api.ok("pauseCampaign", campaign_id=campaign_id)
    api.workspace.clock.advance(timedelta(days=1))
    assert api.update(campaign_id, launch=True)["status"] == "ACTIVE"
    assert api.read(campaign_id)["launched_at"] == format_date_time(launched)


@pytest.mark.parametrize("launch", [False, None])
def test_no_launch_is_asked_for_without_true(launch: bool | None, api: Api) -> None:
    campaign_id = api.ready()
    assert api.update(campaign_id, launch=launch)["status"] == "DRAFT"


# ---------------------------------------------------------------- current_step


def test_the_step_moves_one_by_one_and_only_when_sent(api: Api) -> None:
    campaign_id = api.ready()
    for step in (1, 2, 2, 3, 4):
        assert api.update(campaign_id, current_step=step)["current_step"] == step
    assert api.update(campaign_id, name="Another Name")["current_step"] == 4
    answer = api.update(campaign_id, current_step=5)
    assert (answer["current_step"], answer["status"]) == (5, "ACTIVE")
    assert answer["message"] == "Campaign launched successfully"


@pytest.mark.parametrize(("at", "step"), [(0, 2), (0, 5), (1, 3), (3, 1), (3, 2), (3, 5), (4, 3)])
def test_any_other_step_is_refused(at: int, step: int, api: Api) -> None:
    campaign_id = api.ready()
    for reached in range(1, at + 1):
        api.update(campaign_id, current_step=reached)
    before = api.remembered()
    answer = api("updateCampaign", {"name": "Another Name", "current_step": step}, campaign_id=campaign_id)
    detail = f"Invalid step progression: expected {at + 1}, got {step}"
    assert (answer.status, answer.body) == (400, {"detail": detail})
    assert api.remembered() == before


def test_the_last_step_is_a_launch_with_its_checks(api: Api) -> None:
    campaign_id = api.campaign()
    for step in range(1, 5):
        api.update(campaign_id, current_step=step)
    answer = api("updateCampaign", {"current_step": 5}, campaign_id=campaign_id)
    detail = "Campaign is not ready to launch. Missing: leads, inboxes, variants"
    assert (answer.status, answer.body) == (400, {"detail": detail})
    assert api.read(campaign_id)["current_step"] == 4


def test_the_step_of_a_paused_campaign_stays_the_last(api: Api) -> None:
    campaign_id = api.campaign_in("PAUSED")
    assert api.update(campaign_id, current_step=5)["status"] == "PAUSED"
    answer = api("updateCampaign", {"current_step": 4}, campaign_id=campaign_id)
    assert answer.body == {"detail": "Invalid step progression: expected 5, got 4"}


# ---------------------------------------------------------------- statuses

STATUSES = ["DRAFT", "ACTIVE", "PAUSED", "COMPLETED", "FAILED", "ARCHIVED"]
NOT_MODIFIABLE = "Campaign cannot be modified in {} status. Pause the campaign first."
REFUSALS = {
    "pauseCampaign": "Only ACTIVE campaigns can be paused",
    "activateCampaign": "Only PAUSED campaigns can be activated",
    "archiveCampaign": "Only PAUSED or COMPLETED campaigns can be archived",
    "deleteCampaign": "Only DRAFT or PAUSED campaigns can be deleted",
}
# operation: status before → status after; what is not here is refused
TRANSITIONS: dict[str, dict[str, str | None]] = {
    "pauseCampaign": {"ACTIVE": "PAUSED"},
    "activateCampaign": {"PAUSED": "ACTIVE"},
    "archiveCampaign": {"PAUSED": "ARCHIVED", "COMPLETED": "ARCHIVED"},
    "deleteCampaign": {status: None for status in STATUSES if status != "ACTIVE"},
    "updateCampaign": {"DRAFT": "DRAFT", "PAUSED": "PAUSED"},
    "launch": {"DRAFT": "ACTIVE", "PAUSED": "ACTIVE"},
}
assert set(STATUSES) == set(SPEC.document["components"]["schemas"]["CampaignStatus"]["enum"])


@pytest.mark.parametrize(("action", "status"), list(product(TRANSITIONS, STATUSES)))
def test_an_action_moves_a_campaign_or_is_refused(action: str, status: str, api: Api) -> None:
    campaign_id = api.campaign_in(status)
    api.workspace.clock.advance(timedelta(hours=1))
    before = api.remembered()
    bodies: dict[str, Any] = {"updateCampaign": {"name": "Another Name"}, "launch": {"launch": True}}
    operation = "updateCampaign" if action == "launch" else action
    answer = api(operation, bodies.get(action), campaign_id=campaign_id)
    if status not in TRANSITIONS[action]:
        detail = REFUSALS.get(action, NOT_MODIFIABLE.format(status))
        assert (answer.status, answer.body) == (400, {"detail": detail})
        assert api.remembered() == before
    elif action == "deleteCampaign":
        assert (answer.status, answer.body["success"]) == (200, True)
    else:
        after = api.read(campaign_id)
        assert answer.status == 200
        assert answer.body["status"] == after["status"] == TRANSITIONS[action][status]
        assert answer.body["updated_at"] == after["updated_at"] > after["created_at"]


def test_pausing_and_resuming_keeps_everything(api: Api) -> None:
    campaign_id = api.campaign_in("ACTIVE")
    before = api.read(campaign_id)
    api.ok("pauseCampaign", campaign_id=campaign_id)
    api.ok("activateCampaign", campaign_id=campaign_id)
    after = api.read(campaign_id)
    assert after | {"updated_at": before["updated_at"]} == before


def test_an_archived_campaign_can_be_viewed_and_its_accounts_are_free(api: Api) -> None:
    campaign_id = api.campaign_in("PAUSED")
    (account,) = api.read(campaign_id)["inboxes"]
    assert api("deleteSenderAccount", inbox_id=account["inbox_id"]).status == 400
    answer = api.ok("archiveCampaign", campaign_id=campaign_id)
    assert (answer["message"], answer["status"]) == ("Campaign archived successfully", "ARCHIVED")
    assert api.read(campaign_id)["inboxes"] == []
    assert api.ok("listLeads", campaign_id=campaign_id)["pagination"]["total"] == 1
    assert api("deleteSenderAccount", inbox_id=account["inbox_id"]).status == 200
