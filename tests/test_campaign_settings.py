"""Campaigns are created, read and changed field by field."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver.openapi.formats import format_date_time

from .kit.api import NAME, SPEC, UNKNOWN_ID, Api

# As the guides print them, not as openapi.yaml does.
DEFAULTS = {
    "timezone": "America/New_York",
    "sending_days": [1, 2, 3, 4, 5],
    "sending_window_start": 9,
    "sending_window_start_minute": 0,
    "sending_window_end": 17,
    "sending_window_end_minute": 0,
    "daily_limit_per_inbox": None,
    "start_date": None,
    "enable_tracking": False,
    "enable_unsubscribe": True,
    "enable_click_tracking": False,
    "ramp_up_enabled": False,
    "ramp_up_increment": None,
    "ramp_up_max_limit": None,
}
CHANGES: dict[str, Any] = {
    "name": "Another Name",
    "timezone": "Asia/Tokyo",
    "sending_days": [7],
    "sending_window_start": 0,
    "sending_window_start_minute": 59,
    "sending_window_end": 24,
    "sending_window_end_minute": 30,
    "daily_limit_per_inbox": 100,
    "start_date": "2030-01-01T00:00:00Z",
    "enable_tracking": True,
    "enable_unsubscribe": False,
    "enable_click_tracking": True,
    "ramp_up_enabled": True,
    "ramp_up_increment": 50,
    "ramp_up_max_limit": 500,
    "lead_mapping": {"email": "E-Mail", "custom_size": "company_size"},
}
CLEARED_BY_NULL = {"daily_limit_per_inbox", "start_date"}


def test_a_campaign_of_a_name_only_has_every_default(api: Api) -> None:
    campaign = api.read(api.campaign())
    assert {name: campaign[name] for name in DEFAULTS} == DEFAULTS


def test_a_new_campaign_is_an_empty_draft(api: Api) -> None:
    campaign = api.read(api.campaign())
    assert campaign["name"] == NAME
    assert (campaign["status"], campaign["current_step"]) == ("DRAFT", 0)
    assert campaign["launched_at"] is None
    assert campaign["created_at"] == campaign["updated_at"]
    for name in ("variants", "sequences", "inboxes", "lead_batches"):
        assert campaign[name] == []
    for name in ("total_leads", "sent_count", "completion_rate", "success_rate", "open_to_reply_rate"):
        assert campaign[name] == 0


def test_the_settings_sent_when_creating_are_kept(api: Api) -> None:
    settings = {**CHANGES, "sending_window_end_minute": 0}
    del settings["lead_mapping"]
    assert set(settings) == {"name", *DEFAULTS}
    campaign = api.read(api.campaign(**settings))
    assert {name: campaign[name] for name in settings} == settings


@pytest.mark.parametrize("name", CHANGES)
def test_a_field_sent_in_an_update_changes_and_no_other(name: str, api: Api) -> None:
    campaign_id = api.campaign()
    before = api.read(campaign_id)
    answer = api.update(campaign_id, **{name: CHANGES[name]})
    after = api.read(campaign_id)
    assert after == before | {name: CHANGES[name], "updated_at": answer["updated_at"]}
    assert (answer["message"], answer["name"]) == ("Campaign updated successfully", after["name"])


def test_null_clears_two_fields_and_leaves_the_others(api: Api) -> None:
    full = {**CHANGES, "sending_window_end_minute": 0}
    campaign_id = api.ready(**full, sequences=[])
    before = api.read(campaign_id)
    body = dict.fromkeys(SPEC.operations["updateCampaign"].body["properties"])  # type: ignore[index]
    answer = api.update(campaign_id, **body)
    after = api.read(campaign_id)
    assert after == before | dict.fromkeys(CLEARED_BY_NULL) | {"updated_at": answer["updated_at"]}
    assert answer["status"] == "DRAFT"
    assert "inbox_validations" not in answer


def test_an_empty_update_changes_nothing_not_even_the_time(api: Api) -> None:
    campaign_id = api.campaign()
    api.workspace.clock.advance(timedelta(hours=1))
    before = api.remembered()
    answer = api.update(campaign_id)
    assert api.remembered() == before
    assert answer["updated_at"] == api.read(campaign_id)["created_at"]


def test_an_update_is_dated(api: Api) -> None:
    campaign_id = api.campaign()
    now = api.workspace.clock.advance(timedelta(days=1))
    assert api.update(campaign_id, name=CHANGES["name"])["updated_at"] >= format_date_time(now)
    assert api.read(campaign_id)["created_at"] < format_date_time(now)


def test_fields_the_api_does_not_know_are_ignored(api: Api) -> None:
    campaign_id = api.campaign(status="ACTIVE", campaign_id=UNKNOWN_ID, total_leads=5, created_at="never")
    before = api.read(campaign_id)
    assert before["status"] == "DRAFT"
    answer = api.update(campaign_id, status="ACTIVE", launched_at="2024-01-15T10:30:00Z", user_id=UNKNOWN_ID)
    assert api.read(campaign_id) == before | {"updated_at": answer["updated_at"]}


def test_whole_floats_are_kept_as_integers(api: Api) -> None:
    campaign = api.read(api.campaign(daily_limit_per_inbox=30.0, sending_days=[1.0, 2.0]))
    assert repr(campaign["daily_limit_per_inbox"]) == "30"
    assert repr(campaign["sending_days"]) == "[1, 2]"


def test_names_need_not_be_unique(api: Api) -> None:
    assert api.campaign() != api.campaign()


# ---------------------------------------------------------------- the window

ORDER = {"detail": "sending_window_end must be greater than sending_window_start"}
MIDNIGHT = {"detail": "sending_window_end_minute must be 0 when sending_window_end is 24"}
WINDOWS = [  # start, its minute, end, its minute; None is not sent (9:00 to 17:00)
    ((9, None, 17, None), None),
    ((9, 30, 9, 31), None),
    ((0, 0, 1, 0), None),
    ((0, None, 24, None), None),
    ((23, 59, 24, 0), None),
    ((9, 30, 9, 30), ORDER),
    ((9, 31, 9, 30), ORDER),
    ((17, None, 9, None), ORDER),
    ((17, None, None, None), ORDER),
    ((None, None, 9, None), ORDER),
    ((None, 59, 9, 58), ORDER),
    ((None, None, 24, 1), MIDNIGHT),
    ((23, 59, 24, 59), MIDNIGHT),
]
FIELDS = [
    "sending_window_start",
    "sending_window_start_minute",
    "sending_window_end",
    "sending_window_end_minute",
]


@pytest.mark.parametrize(("window", "refusal"), WINDOWS)
def test_the_window_ends_after_it_starts_to_the_minute(window: Any, refusal: Any, api: Api) -> None:
    sent = {name: value for name, value in zip(FIELDS, window, strict=True) if value is not None}
    created = api("createCampaign", {"name": NAME, **sent})
    campaign_id = api.campaign()
    updated = api("updateCampaign", sent, campaign_id=campaign_id)
    if refusal:
        assert (created.status, created.body) == (updated.status, updated.body) == (400, refusal)
        assert len(api.remembered()["campaigns"]) == 1
        assert {name: api.read(campaign_id)[name] for name in FIELDS} == {n: DEFAULTS[n] for n in FIELDS}
    else:
        assert (created.status, updated.status) == (201, 200)
        assert {name: api.read(campaign_id)[name] for name in sent} == sent


def test_an_update_of_one_end_is_judged_with_the_other_as_stored(api: Api) -> None:
    campaign_id = api.campaign(sending_window_start=12, sending_window_end=24)
    refused = [
        ({"sending_window_end": 12}, ORDER),
        ({"sending_window_end": 11, "sending_window_end_minute": 59}, ORDER),
        ({"sending_window_end_minute": 1}, MIDNIGHT),
        ({"sending_window_end": None, "sending_window_end_minute": 30}, MIDNIGHT),
    ]
    for body, detail in refused:
        answer = api("updateCampaign", body, campaign_id=campaign_id)
        assert (answer.status, answer.body) == (400, detail)
    api.update(campaign_id, sending_window_end=12, sending_window_end_minute=1)
    answer = api("updateCampaign", {"sending_window_start_minute": 1}, campaign_id=campaign_id)
    assert answer.body == ORDER


# ---------------------------------------------------------------- the start

STARTS = [  # as sent, in which time zone, as read
    ("2024-02-01T09:30:00Z", "Asia/Tokyo", "2024-02-01T09:30:00Z"),
    ("2024-02-01t09:30:00z", "Asia/Tokyo", "2024-02-01T09:30:00Z"),
    ("2024-02-01T09:30:00+05:30", "Asia/Tokyo", "2024-02-01T04:00:00Z"),
    ("2024-02-01T09:30-0800", "UTC", "2024-02-01T17:30:00Z"),
    ("2024-12-31T23:30:00-01", "UTC", "2025-01-01T00:30:00Z"),
    ("2024-02-01T09:30:00.999999Z", "UTC", "2024-02-01T09:30:00Z"),
    ("2024-02-01T09:30:00", "America/New_York", "2024-02-01T14:30:00Z"),
    ("2024-07-01 09:30", "America/New_York", "2024-07-01T13:30:00Z"),
    ("2024-07-01T09:30:00", "Asia/Kathmandu", "2024-07-01T03:45:00Z"),
    # the day the clocks go forward: before, in and after the hour that is not there
    ("2024-03-10T01:59:00", "America/New_York", "2024-03-10T06:59:00Z"),
    ("2024-03-10T02:30:00", "America/New_York", "2024-03-10T07:30:00Z"),
    ("2024-03-10T03:00:00", "America/New_York", "2024-03-10T07:00:00Z"),
    # the day they go back: the hour that is there twice is the first of the two
    ("2024-11-03T00:59:00", "America/New_York", "2024-11-03T04:59:00Z"),
    ("2024-11-03T01:30:00", "America/New_York", "2024-11-03T05:30:00Z"),
    ("2024-11-03T02:00:00", "America/New_York", "2024-11-03T07:00:00Z"),
    ("1970-01-01T00:00:00Z", "UTC", "1970-01-01T00:00:00Z"),
    ("0100-01-01T00:00:00Z", "UTC", "0100-01-01T00:00:00Z"),
    ("9999-12-29T23:00:00-12:00", "UTC", "9999-12-30T11:00:00Z"),
]


@pytest.mark.parametrize(("sent", "timezone", "expected"), STARTS)
def test_a_start_is_read_in_its_offset_or_in_the_campaigns_time_zone(
    sent: str, timezone: str, expected: str, api: Api
) -> None:
    created = api.campaign(start_date=sent, timezone=timezone)
    assert api.read(created)["start_date"] == expected
    updated = api.campaign(timezone=timezone)
    api.update(updated, start_date=sent)
    assert api.read(updated)["start_date"] == expected


def test_a_start_and_a_time_zone_sent_together_belong_together(api: Api) -> None:
    campaign_id = api.campaign(timezone="UTC")
    api.update(campaign_id, timezone="Asia/Tokyo", start_date="2024-02-01T09:00:00")
    assert api.read(campaign_id)["start_date"] == "2024-02-01T00:00:00Z"
    api.update(campaign_id, timezone="America/New_York")
    assert api.read(campaign_id)["start_date"] == "2024-02-01T00:00:00Z"


NO_STARTS = [
    "2024-02-01", "2024-02-30T00:00:00Z", "2024-02-01T24:00:00", "2024-W05-4T00:00:00", "२०२४-01-01T00:00:00",
    "0001-01-01T00:00:00", "0001-01-01T23:59:59+23:59", "9999-12-31T23:59:59-12:00",
    "2024-01-01T00:00:00+25:00",
]  # fmt: skip


@pytest.mark.parametrize("start", NO_STARTS)
def test_a_start_that_is_no_date_and_time_is_refused(start: str, api: Api) -> None:
    answer = api("createCampaign", {"name": NAME, "start_date": start})
    item = {"loc": ["body", "start_date"], "msg": "invalid datetime format", "type": "value_error.datetime"}
    assert (answer.status, answer.body) == (422, {"detail": [item]})


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/London", "America/Argentina/Ushuaia", "Etc/GMT+12", "Asia/Calcutta"]
)
def test_time_zones_are_those_of_iana(zone: str, api: Api) -> None:
    assert api.read(api.campaign(timezone=zone))["timezone"] == zone


NO_ZONES = [
    "America/Invalid", "america/new_york", "", " UTC", "UTC\n", "+01:00", "posix/UTC", "right/UTC",
    "../../etc/passwd", "zone.tab", "🙂",
]  # fmt: skip


@pytest.mark.parametrize("zone", NO_ZONES)
def test_what_is_no_time_zone_is_refused(zone: str, api: Api) -> None:
    answer = api("createCampaign", {"name": NAME, "timezone": zone})
    item = {"loc": ["body", "timezone"], "msg": f"Invalid timezone: {zone}", "type": "value_error"}
    assert (answer.status, answer.body) == (422, {"detail": [item]})


# ---------------------------------------------------------------- deleting


@pytest.mark.parametrize("status", ["DRAFT", "PAUSED", "ARCHIVED", "COMPLETED", "FAILED"])
def test_a_deleted_campaign_is_gone_with_everything_in_it(status: str, api: Api) -> None:
    other = api.ready()
    campaign_id = api.campaign_in(status)
    answer = api.ok("deleteCampaign", campaign_id=campaign_id)
    assert answer == {"success": True, "message": "Campaign deleted successfully", "campaign_id": campaign_id}
    assert api("getCampaign", campaign_id=campaign_id).status == 404
    assert api("listLeads", campaign_id=campaign_id).status == 404
    assert api("deleteCampaign", campaign_id=campaign_id).status == 404
    assert [lead.campaign_id for lead in api.remembered()["leads"]] == [other]
    assert api.ok("listCampaigns")["pagination"]["total"] == 1
