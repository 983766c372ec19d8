"""The timeline of a campaign: what it did and is going to do, day by day."""

from collections import Counter

import pytest

from mockserver.sending import timeline

from .kit.api import Api, follow_up
from .kit.control import CONTROL, Control
from .kit.simulation import ready

MONDAY = "2026-01-05T09:00:00Z"
LEADS = ("silent@example.com", "silent+2@example.com", "silent+3@example.com")


@pytest.fixture
def control(control: Control) -> Control:
    control.ok("setClock", {"now": MONDAY, "frozen": True})
    return control


def test_planned_mails_become_sent_ones(api: Api, control: Control) -> None:
    campaign_id = ready(api, *LEADS, sequences=[follow_up(2, wait_days=2)])
    api.update(campaign_id, launch=True)
    planned = control.ok("planCampaign", campaign_id=campaign_id)["mails"]
    before = control.ok("showTimeline", campaign_id=campaign_id)
    assert [(mark["at"], mark["email"], mark["sequence_step"]) for mark in before["marks"]] == [
        (mail["at"], mail["email"], mail["sequence_step"]) for mail in planned
    ]
    assert {(mark["kind"], mark["is_planned"]) for mark in before["marks"]} == {("sent", True)}
    control.ok("moveClock", {"advance": "14d"})
    after = control.ok("showTimeline", campaign_id=campaign_id)
    sent = [mark for mark in after["marks"] if mark["kind"] == "sent"]
    assert [mark["at"] for mark in sent] == [mail["at"] for mail in planned]
    assert not any(mark["is_planned"] for mark in after["marks"])
    days = {day["date"]: day["counts"] for day in after["days"]}
    dates = Counter(mail["local_time"][:10] for mail in planned)
    assert {day: counts["sent"] for day, counts in days.items() if "sent" in counts} == dates


def test_what_leads_did_is_on_it(api: Api, control: Control) -> None:
    campaign_id = ready(api)
    api.update(campaign_id, launch=True)
    control.ok("moveClock", {"to": "next-send"})
    lead_id = api.leads(campaign_id)[0]["lead_id"]
    for event in ("opened", "unsubscribed"):
        control.ok("recordLeadEvent", {"event": event}, lead_id=lead_id)
    marks = control.ok("showTimeline", campaign_id=campaign_id)["marks"]
    assert [mark["kind"] for mark in marks] == ["sent", "opened", "unsubscribed"]
    assert {mark["lead_id"] for mark in marks} == {lead_id}


def test_days_have_windows_limits_and_changes_of_the_clock(api: Api, control: Control) -> None:
    control.ok("setClock", {"now": "2026-03-06T12:00:00Z"})
    campaign_id = ready(
        api, timezone="America/New_York", sending_days=[1, 2, 3, 4, 5], sending_window_start=9,
        sending_window_end=17, daily_limit_per_inbox=7, sequences=[follow_up(2, wait_days=3)],
    )  # fmt: skip
    api.update(campaign_id, launch=True)
    days = {day["date"]: day for day in control.ok("showTimeline", campaign_id=campaign_id)["days"]}
    friday, sunday, monday = (days[f"2026-03-0{number}"] for number in (6, 8, 9))
    assert (friday["window_opens_at"], friday["window_closes_at"]) == (
        "2026-03-06T14:00:00Z", "2026-03-06T22:00:00Z",
    )  # fmt: skip
    assert (friday["limit"], sunday["limit"]) == (7, 0)
    assert (sunday["window_opens_at"], sunday["window_closes_at"]) == (None, None)
    assert (sunday["clock_change_at"], sunday["clock_change_seconds"]) == ("2026-03-08T07:00:00Z", 3600)
    assert monday["window_opens_at"] == "2026-03-09T13:00:00Z"
    assert monday["clock_change_at"] is None


def test_too_many_marks_leave_the_days(api: Api, control: Control) -> None:
    campaign_id = ready(api, *LEADS)
    api.update(campaign_id, launch=True)
    answer = control.ok("showTimeline", query={"marks": 2}, campaign_id=campaign_id)
    assert (answer["total_marks"], answer["marks"]) == (3, [])
    assert sum(day["counts"].get("planned", 0) for day in answer["days"]) == 3


def test_a_plan_ends_at_its_bound(api: Api, control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign_id = ready(api, *LEADS)
    api.update(campaign_id, launch=True)
    mails = control.ok("planCampaign", campaign_id=campaign_id)["mails"]
    monkeypatch.setattr(timeline, "MOST_PLANNED", 2)
    answer = control.ok("showTimeline", campaign_id=campaign_id)
    assert [mark["at"] for mark in answer["marks"]] == [mail["at"] for mail in mails[:2]]
    assert mails[1]["at"] <= answer["planned_until"] <= mails[2]["at"]
    monkeypatch.setattr(timeline, "MOST_ENTRIES", 0)
    assert control.ok("showTimeline", campaign_id=campaign_id)["marks"] == []


def test_a_long_history_keeps_its_last_days(api: Api, control: Control) -> None:
    campaign_id = ready(api)
    api.update(campaign_id, launch=True)
    assert control.ok("showTimeline", campaign_id=campaign_id)["is_complete"]
    control.ok("moveClock", {"advance": "200d"})
    answer = control.ok("showTimeline", campaign_id=campaign_id)
    assert not answer["is_complete"]
    assert answer["marks"] == []
    assert len(answer["days"]) <= timeline.MOST_DAYS
    assert answer["days"][-1]["date"] == answer["now"][:10]


def test_nothing_is_planned_for_what_cannot_send(api: Api, control: Control) -> None:
    for campaign_id in (api.campaign(), api.campaign_in("ARCHIVED")):
        answer = control.ok("showTimeline", campaign_id=campaign_id)
        assert (answer["planned_until"], answer["marks"]) == (None, [])
        assert len(answer["days"]) == 1
    answer = control("showTimeline", campaign_id="00000000-0000-4000-8000-000000000000")
    assert (answer.status, answer.body) == (404, CONTROL.find_error("campaign_not_found").value)
