"""What a campaign says: sender accounts, variants, follow-ups."""

from dataclasses import replace
from typing import Any

import pytest

from .kit.api import UNKNOWN_ID, Api, follow_up, variant

SUM = {"detail": "Variant distributions must sum to 100%"}


def names(variants: Any) -> dict[str, int]:
    return {found["variant_name"]: found["distribution_percent"] for found in variants}


def steps(campaign: Any) -> dict[int, str]:
    return {found["step_number"]: found["sequence_id"] for found in campaign["sequences"]}


# ---------------------------------------------------------------- sender accounts


def test_each_account_sent_is_judged_in_the_order_sent(api: Api) -> None:
    campaign_id = api.campaign()
    good, paused = api.account("good@example.com"), api.account("paused@example.com")
    accounts = api.workspace.sender_accounts
    accounts.put(replace(accounts.get(paused), overall_status="PAUSED"))
    answer = api.update(campaign_id, inbox_ids=[paused, good.upper(), good])
    assert answer["inbox_validations"] == [
        {"inbox_id": paused, "is_valid": False, "error_message": "Inbox is PAUSED"},
        {"inbox_id": good, "is_valid": True},
        {"inbox_id": good, "is_valid": True},
    ]
    assert [sender["inbox_id"] for sender in api.read(campaign_id)["inboxes"]] == [paused, good]


def test_an_account_that_is_not_active_does_not_count_for_a_launch(api: Api) -> None:
    campaign_id, inbox_id = api.campaign(), api.account()
    accounts = api.workspace.sender_accounts
    for status in ("PENDING", "PAUSED", "DISABLED"):
        accounts.put(replace(accounts.get(inbox_id), overall_status=status))
        assert "inboxes" in api.update(campaign_id, inbox_ids=[inbox_id])["missing_requirements"]
    accounts.put(replace(accounts.get(inbox_id), overall_status="ACTIVE"))
    assert "inboxes" not in api.update(campaign_id)["missing_requirements"]


def test_accounts_sent_replace_those_assigned(api: Api) -> None:
    campaign_id, first, second = api.campaign(), api.account("a@example.com"), api.account("b@example.com")
    api.update(campaign_id, inbox_ids=[first])
    api.update(campaign_id, inbox_ids=[second])
    senders = api.read(campaign_id)["inboxes"]
    assert senders == [
        {"inbox_id": second, "email_address": "b@example.com", "display_name": "Sam Sender",
         "inbox_type": "CUSTOM_SMTP"}
    ]  # fmt: skip


@pytest.mark.parametrize("position", [0, 1])
def test_an_unknown_account_refuses_the_whole_update(position: int, api: Api) -> None:
    campaign_id, inbox_ids = api.campaign(), [api.account()]
    inbox_ids.insert(position, UNKNOWN_ID)
    before = api.remembered()
    answer = api("updateCampaign", {"name": "Another Name", "inbox_ids": inbox_ids}, campaign_id=campaign_id)
    assert (answer.status, answer.body) == (400, {"detail": f"Inbox not found: {UNKNOWN_ID}"})
    assert api.remembered() == before


# ---------------------------------------------------------------- variants


def test_a_variant_has_defaults_an_id_and_its_name_in_capitals(api: Api) -> None:
    campaign_id = api.campaign()
    sent = {"variant_name": "intro", "subject_template": "Hello", "email_content": "x" * 10}
    api.update(campaign_id, variants=[sent])
    (stored,) = api.read(campaign_id)["variants"]
    assert stored == {
        **sent, "variant_id": stored["variant_id"], "variant_name": "INTRO", "variant_label": None,
        "distribution_percent": 100, "content_type": "plaintext",
    }  # fmt: skip
    del sent["variant_name"]
    api.update(campaign_id, variants=[sent])
    assert names(api.read(campaign_id)["variants"]) == {"A": 100}


def test_in_a_draft_variants_replace_the_stored_ones(api: Api) -> None:
    campaign_id = api.campaign()
    api.update(campaign_id, variants=[variant("A", 50), variant("B", 50)])
    first = api.read(campaign_id)["variants"]
    api.update(campaign_id, variants=[variant("B", 30), variant("C", 70)])
    second = api.read(campaign_id)["variants"]
    assert names(second) == {"B": 30, "C": 70}
    assert not {v["variant_id"] for v in first} & {v["variant_id"] for v in second}


@pytest.mark.parametrize("percents", [[99], [0], [50, 51], [33, 33, 33], [100, 1], [25, 25, 25, 26]])
def test_percentages_that_do_not_sum_to_100_are_refused(percents: list[int], api: Api) -> None:
    campaign_id = api.campaign()
    before = api.remembered()
    variants = [variant(name, percent) for name, percent in zip("ABCD", percents, strict=False)]
    answer = api("updateCampaign", {"variants": variants}, campaign_id=campaign_id)
    assert (answer.status, answer.body) == (400, SUM)
    sequence = follow_up(variants=[{k: v[k] for k in v if k != "subject_template"} for v in variants])
    answer = api("updateCampaign", {"sequences": [sequence]}, campaign_id=campaign_id)
    assert (answer.status, answer.body) == (400, SUM)
    assert api.remembered() == before


@pytest.mark.parametrize(
    "percents", [[100], [100, 0], [1, 99], [33, 33, 34], [25, 25, 25, 25], [0, 0, 0, 100]]
)
def test_percentages_that_sum_to_100_are_kept(percents: list[int], api: Api) -> None:
    campaign_id = api.campaign()
    sent = dict(zip("ABCD", percents, strict=False))
    api.update(campaign_id, variants=[variant(name, percent) for name, percent in sent.items()])
    assert names(api.read(campaign_id)["variants"]) == sent


@pytest.mark.parametrize(
    "variants",
    [
        [variant("A", 50), variant("A", 50)],
        [variant("Intro", 50), variant("iNTRO", 50)],
        [variant("A", 50), {k: v for k, v in variant("A", 50).items() if k != "variant_name"}],
    ],
    ids=["same", "letter case", "default"],
)
def test_two_variants_of_one_name_are_refused(variants: Any, api: Api) -> None:
    campaign_id = api.campaign()
    for body, loc in (
        ({"variants": variants}, ["body", "variants"]),
        ({"sequences": [follow_up(variants=variants)]}, ["body", "sequences", 0, "variants"]),
    ):
        answer = api("updateCampaign", body, campaign_id=campaign_id)
        item = {"loc": loc, "msg": "variant_name must be unique", "type": "value_error"}
        assert (answer.status, answer.body) == (422, {"detail": [item]})


def test_in_a_paused_campaign_variants_are_merged_by_name(api: Api) -> None:
    campaign_id = api.campaign_in("PAUSED", variants=[variant("A", 60), variant("B", 40)])
    before = {v["variant_name"]: v for v in api.read(campaign_id)["variants"]}
    api.update(campaign_id, variants=[variant("b", 10, subject_template="New"), variant("C", 30)])
    after = {v["variant_name"]: v for v in api.read(campaign_id)["variants"]}
    assert names(after.values()) == {"A": 60, "B": 10, "C": 30}
    assert after["A"] == before["A"]
    assert after["B"]["variant_id"] == before["B"]["variant_id"]
    assert after["B"]["subject_template"] == "New"


def test_merged_variants_sum_to_100_and_are_four_at_most(api: Api) -> None:
    campaign_id = api.campaign_in("PAUSED", variants=[variant(name, 25) for name in "ABCD"])
    before = api.remembered()
    answer = api("updateCampaign", {"variants": [variant("A", 26)]}, campaign_id=campaign_id)
    assert (answer.status, answer.body) == (400, SUM)
    answer = api("updateCampaign", {"variants": [variant("E", 0)]}, campaign_id=campaign_id)
    assert (answer.status, answer.body) == (400, {"detail": "A campaign can have at most 4 variants"})
    assert api.remembered() == before


# ---------------------------------------------------------------- follow-ups


def test_a_follow_up_needs_no_subject_and_is_kept_with_ids_and_defaults(api: Api) -> None:
    campaign_id = api.campaign()
    api.update(campaign_id, sequences=[follow_up(4), follow_up(2, enable_unsubscribe=True)])
    second, fourth = api.read(campaign_id)["sequences"]
    assert (second["step_number"], fourth["step_number"]) == (2, 4)
    assert (second["enable_unsubscribe"], fourth["enable_unsubscribe"]) == (True, None)
    (shown,) = fourth["variants"]
    assert shown == {
        "variant_id": shown["variant_id"], "variant_name": "A", "variant_label": None,
        **follow_up()["variants"][0], "subject_template": None, "distribution_percent": 100,
        "content_type": "plaintext",
    }  # fmt: skip


def test_follow_ups_replace_the_stored_ones_and_none_clears_them(api: Api) -> None:
    campaign_id = api.campaign()
    api.update(campaign_id, sequences=[follow_up(2), follow_up(3)])
    api.update(campaign_id, sequences=[follow_up(5)])
    assert list(steps(api.read(campaign_id))) == [5]
    api.update(campaign_id, sequences=[])
    assert api.read(campaign_id)["sequences"] == []


def test_ten_follow_ups_of_different_steps_are_the_most(api: Api) -> None:
    campaign_id = api.campaign()
    api.update(campaign_id, sequences=[follow_up(step) for step in range(11, 1, -1)])
    assert list(steps(api.read(campaign_id))) == list(range(2, 12))
    answer = api("updateCampaign", {"sequences": [follow_up(2), follow_up(2)]}, campaign_id=campaign_id)
    item = {"loc": ["body", "sequences"], "msg": "step_number must be unique", "type": "value_error"}
    assert (answer.status, answer.body) == (422, {"detail": [item]})


WRONG_LISTS = [
    ("DRAFT", ["sequences", "sequence_edits"], "sequences_and_edits"),
    ("PAUSED", ["sequences", "sequence_edits"], "sequences_and_edits"),
    ("DRAFT", ["sequence_edits"], "sequence_edits_not_paused"),
    ("PAUSED", ["sequences"], "sequences_not_draft"),
]


@pytest.mark.parametrize(("status", "fields", "error"), WRONG_LISTS)
def test_each_status_has_its_own_way_to_change_follow_ups(
    status: str, fields: list[str], error: str, api: Api
) -> None:
    campaign_id = api.campaign_in(status)
    before = api.remembered()
    lists = {"sequences": [follow_up()], "sequence_edits": [{"action": "add", **follow_up()}]}
    body = {"name": "Another Name", **{field: lists[field] for field in fields}}
    answer = api("updateCampaign", body, campaign_id=campaign_id)
    documented = api.app.pipeline.spec.find_error(error)
    assert (answer.status, answer.body) == (400, documented.value)
    assert api.remembered() == before


@pytest.fixture
def paused(api: Api) -> str:
    return api.campaign_in("PAUSED", sequences=[follow_up(2), follow_up(3)])


def test_follow_ups_of_a_paused_campaign_are_added_edited_and_deleted(api: Api, paused: str) -> None:
    before = api.read(paused)["sequences"]
    ids = [sequence["sequence_id"] for sequence in before]
    api.update(
        paused,
        sequence_edits=[
            {"action": "delete", "sequence_id": ids[0].upper()},
            {"action": "add", **follow_up(2, wait_days=9)},
            {"action": "edit", "sequence_id": ids[1], "step_number": 5, "trigger_type": "NOT_OPENED"},
        ],
    )
    second, fifth = api.read(paused)["sequences"]
    assert (second["step_number"], second["wait_days"]) == (2, 9)
    assert second["sequence_id"] not in ids
    assert fifth == before[1] | {"step_number": 5, "trigger_type": "NOT_OPENED"}


def test_an_edit_changes_what_it_names_null_means_unchanged_or_as_the_campaign(api: Api, paused: str) -> None:
    first = api.read(paused)["sequences"][0]
    edit = {"action": "edit", "sequence_id": first["sequence_id"]}
    api.update(paused, sequence_edits=[{**edit, "enable_unsubscribe": False, "wait_days": None}])
    assert api.read(paused)["sequences"][0] == first | {"enable_unsubscribe": False}
    api.update(paused, sequence_edits=[{**edit, "enable_unsubscribe": None, "variants": None}])
    assert api.read(paused)["sequences"][0] == first
    halves = [{"variant_name": n, "email_content": "x" * 10, "distribution_percent": 50} for n in "ab"]
    api.update(paused, sequence_edits=[{**edit, "variants": halves}])
    assert names(api.read(paused)["sequences"][0]["variants"]) == {"A": 50, "B": 50}


EDITS_REFUSED: dict[str, tuple[Any, int, str]] = {
    "unknown": ([{"action": "delete", "sequence_id": UNKNOWN_ID}], 404, "Sequence not found"),
    "deleted before": (
        [{"action": "delete", "sequence_id": 0}, {"action": "edit", "sequence_id": 0}],
        404, "Sequence not found",
    ),
    "step taken by add": ([{"action": "add", **follow_up(3)}], 400, "Sequence step 3 already exists"),
    "step taken by edit": (
        [{"action": "edit", "sequence_id": 0, "step_number": 3}], 400, "Sequence step 3 already exists",
    ),
    "added twice": ([{"action": "add", **follow_up(7)}] * 2, 400, "Sequence step 7 already exists"),
    "sum": (
        [{"action": "edit", "sequence_id": 1,
          "variants": [{"email_content": "x" * 10, "distribution_percent": 1}]}],
        400, "Variant distributions must sum to 100%",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edits", "status", "detail"), EDITS_REFUSED.values(), ids=EDITS_REFUSED)
def test_one_edit_that_cannot_be_made_refuses_them_all(
    edits: Any, status: int, detail: str, api: Api, paused: str
) -> None:
    ids = list(steps(api.read(paused)).values())
    chosen = [
        {**e, "sequence_id": ids[e["sequence_id"]]} if isinstance(e.get("sequence_id"), int) else e
        for e in edits
    ]
    before = api.remembered()
    good = {"action": "add", **follow_up(11)}
    body = {"name": "Another Name", "sequence_edits": [good, *chosen]}
    answer = api("updateCampaign", body, campaign_id=paused)
    assert (answer.status, answer.body) == (status, {"detail": detail})
    assert api.remembered() == before


NEEDED = {
    "add": ["step_number", "trigger_type", "wait_days", "variants"],
    "edit": ["sequence_id"],
    "delete": ["sequence_id"],
}


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        ({"action": "replace"}, "type_error.enum"),
        ({}, "value_error.missing"),
        ({"action": 1}, "type_error.enum"),
    ],
)
def test_an_edit_whose_action_is_none_needs_nothing_else(
    edit: dict[str, Any], kind: str, api: Api, paused: str
) -> None:
    answer = api("updateCampaign", {"sequence_edits": [edit]}, campaign_id=paused)
    [violation] = answer.body["detail"]
    assert (violation["loc"], violation["type"]) == (["body", "sequence_edits", 0, "action"], kind)


@pytest.mark.parametrize("action", NEEDED)
@pytest.mark.parametrize("null", [False, True])
def test_each_action_needs_its_fields(action: str, null: bool, api: Api, paused: str) -> None:
    edit = {"action": action, **(dict.fromkeys(NEEDED[action]) if null else {})}
    answer = api("updateCampaign", {"sequence_edits": [edit]}, campaign_id=paused)
    assert answer.status == 422
    assert sorted(item["loc"][-1] for item in answer.body["detail"]) == sorted(NEEDED[action])
    kind = "type_error.none.not_allowed" if null else "value_error.missing"
    assert {item["type"] for item in answer.body["detail"]} == {kind}
