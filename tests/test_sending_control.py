"""Driving what is sent: the clock in words, plans, readiness, rates, speed; over the APIs and the command."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner

from mockserver import Settings, create_app, running
from mockserver.cli import main
from mockserver.clock import Clock
from mockserver.formats import is_duration, parse_duration
from mockserver.records import RATES
from mockserver.sending.behaviour import HABITS, RateError
from mockserver.toolkit.coldsend import Coldsend

from .api import Api, follow_up, variant
from .control import CONTROL, Control
from .wire import Wire

MONDAY = "2026-01-05T09:00:00Z"
ANYTIME: dict[str, Any] = {"timezone": "UTC", "sending_window_start": 0, "sending_window_end": 24,
                           "sending_days": [1, 2, 3, 4, 5, 6, 7]}  # fmt: skip


@pytest.fixture
def control(api: Api) -> Control:
    control = Control(api)
    control.ok("setClock", {"now": MONDAY, "frozen": True})
    return control


def ready(api: Api, *emails: str, **changes: Any) -> str:
    campaign_id = api.campaign(**ANYTIME)
    for email in emails or ("silent@example.com",):
        api.lead(campaign_id, email)
    inbox_id = api.inbox(f"sender-of-{campaign_id}@outreach.example.com")
    api.update(campaign_id, inbox_ids=[inbox_id], **{"variants": [variant()], **changes})
    return campaign_id


# ---------------------------------------------------------------- the clock


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("3d", timedelta(days=3)),
        ("PT36H", timedelta(hours=36)),
        ("P1DT12H", timedelta(hours=36)),
        ("1d12h", timedelta(hours=36)),
        ("2W", timedelta(weeks=2)),
        ("P2W", timedelta(weeks=2)),
        ("90m", timedelta(minutes=90)),
        ("PT90M", timedelta(minutes=90)),
        ("45s", timedelta(seconds=45)),
        ("-2h", timedelta(hours=-2)),
        ("-PT2H", timedelta(hours=-2)),
    ],
)
def test_a_span_is_read(span: str, expected: timedelta) -> None:
    assert is_duration(span)
    assert parse_duration(span) == expected


@pytest.mark.parametrize("text", ["", "3", "d", "-", "P", "PT", "P3M", "3d 2h", "1.5d", "P1D12H", "3days"])
def test_what_is_no_span_is_refused(text: str, control: Control) -> None:
    assert not is_duration(text)
    with pytest.raises(ValueError, match="no time span"):
        parse_duration(text)
    answer = control("moveClock", {"advance": text})
    assert (answer.status, answer.body["detail"][0]["loc"]) == (422, ["body", "advance"])


def test_moving_the_clock_tells_what_happened(api: Api, control: Control) -> None:
    campaign_id = ready(api, "reply@example.com", "bounce@example.com", "silent@example.com")
    api.update(campaign_id, launch=True)
    assert control.ok("moveClock", {"advance": "3d"}) == {
        "now": "2026-01-08T09:00:00Z",
        "frozen": True,
        "happened": {"sent": 3, "opened": 1, "replied": 1, "bounced": 1, "completed": 1},
    }
    campaign = api.read(campaign_id)
    counts = ("status", "sent_count", "open_count", "reply_count", "bounce_count")
    assert [campaign[name] for name in counts] == ["COMPLETED", 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("moveClock", {"advance": "PT72H"}),
        ("advanceClock", {"days": 3}),
        ("setClock", {"now": "2026-01-08T09:00:00Z"}),
        ("setClock", {"now": "2026-01-08T09:00:00Z", "frozen": True}),
    ],
)
def test_every_way_to_move_it_lets_things_happen(
    operation: str, body: Any, api: Api, control: Control
) -> None:
    api.update(ready(api), launch=True)
    answer = control.ok(operation, body)
    assert (answer["now"], answer["happened"]) == ("2026-01-08T09:00:00Z", {"sent": 1, "completed": 1})


def test_the_next_send_is_gone_to(api: Api, control: Control) -> None:
    campaign_id = ready(api, sequences=[follow_up()])
    api.update(campaign_id, launch=True)
    moments = [control.ok("moveClock", {"to": "next-send"}) for _ in range(2)]
    assert [(moment["now"], moment["happened"]["sent"]) for moment in moments] == [
        ("2026-01-05T09:01:00Z", 1),
        ("2026-01-08T09:01:00Z", 1),
    ]
    answer = control("moveClock", {"to": "next-send"})
    assert (answer.status, answer.body) == (400, CONTROL.find_error("nothing_to_send").value)
    assert control.ok("showClock")["now"] == "2026-01-08T09:01:00Z"


@pytest.mark.parametrize("body", [{}, {"advance": "3d", "to": "next-send"}])
def test_a_move_says_one_thing(body: Any, control: Control) -> None:
    answer = control("moveClock", body)
    assert (answer.status, answer.body) == (400, CONTROL.find_error("move_unclear").value)


def test_a_move_out_of_the_calendar_is_refused(api: Api, control: Control) -> None:
    api.update(ready(api), launch=True)
    control.ok("setClock", {"now": "9999-12-01T00:00:00Z"})
    before = api.remembered()
    answer = control("moveClock", {"advance": "52w"})
    assert (answer.status, answer.body) == (400, CONTROL.find_error("time_out_of_range").value)
    assert api.remembered() == before


def test_a_request_lets_happen_what_is_due(api: Api, control: Control) -> None:
    campaign_id = ready(api)
    api.update(campaign_id, launch=True)
    assert api.read(campaign_id)["sent_count"] == 0
    api.workspace.clock.advance(timedelta(minutes=1))
    assert api.read(campaign_id)["sent_count"] == 1


def test_time_may_run_faster() -> None:
    clock = Clock(speed=3600)
    began, real = clock.now(), datetime.now(UTC)
    while datetime.now(UTC) < real + timedelta(milliseconds=20):
        pass
    assert clock.now() - began >= timedelta(seconds=72)
    clock.freeze()
    assert clock.now() == clock.now()
    stood = clock.now()
    assert timedelta() <= clock.resume() - stood < timedelta(minutes=10)
    clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    assert timedelta() <= clock.now() - datetime(2030, 1, 1, tzinfo=UTC) < timedelta(minutes=10)


def test_a_server_may_be_told_so() -> None:
    app = create_app(Settings(speed=3600.0))
    first = app.workspaces.get("cs_live_fast").now()
    assert app.workspaces.get("cs_live_fast").now() - first < timedelta(hours=1)
    assert app.workspaces.get("cs_live_fast").habits.speed == 3600


def test_mails_go_out_while_nobody_asks() -> None:
    sent = Event()
    with running(Settings(port=0, speed=100_000.0)) as server:
        server.app.workspaces.on_sent = lambda workspace, record: sent.set()
        api = Api(server.app, "cs_live_unasked")
        api.update(ready(api), launch=True)
        assert sent.wait(timeout=30)


def test_the_command_moves_the_time(wire: Wire) -> None:
    def run(*arguments: str) -> str:
        url = f"http://{wire.address}"
        result = CliRunner().invoke(main, ["clock", "--url", url, "--key", wire.key, *arguments])
        assert result.exit_code == 0, result.output
        return result.output.strip()

    assert run("freeze", MONDAY) == f"{MONDAY} (stands still)"
    api = Api(wire.app, wire.key)
    api.update(ready(api), launch=True)
    assert run("advance", "next-send") == "2026-01-05T09:01:00Z (stands still): 1 sent, 1 completed"
    assert run("advance", "PT36H") == "2026-01-06T21:01:00Z (stands still)"
    assert run("advance", "-1d") == "2026-01-05T21:01:00Z (stands still)"
    assert run("show") == "2026-01-05T21:01:00Z (stands still)"
    assert run("run").startswith("2026-01-05T21:01:")
    refused = CliRunner().invoke(
        main, ["clock", "--url", f"http://{wire.address}", "--key", wire.key, "advance", "soon"]
    )
    assert (refused.exit_code, refused.output) == (1, "Error: advance: invalid duration format\n")


def test_a_test_moves_the_time(api: Api) -> None:
    with Coldsend(api.app, api.key) as coldsend:
        clock = coldsend.clock
        assert clock.freeze(datetime(2026, 1, 5, 9, tzinfo=UTC)) == clock.now()
        assert clock.frozen
        campaign = coldsend.workspace.add_ready_campaign(**ANYTIME)
        coldsend.session.put(f"/campaigns/{campaign.campaign_id}", json={"launch": True})
        assert clock.advance_to_next_send() == {"sent": 1, "completed": 1}
        assert clock.now() == datetime(2026, 1, 5, 9, 1, tzinfo=UTC)
        assert clock.advance(days=3) == clock.advance("1d") == clock.advance(timedelta(hours=1)) == {}
        assert clock.set(datetime(2026, 3, 1, tzinfo=UTC)) == {}
        assert clock.catch_up() == {}
        with pytest.raises(ValueError, match="nothing to send"):
            clock.advance_to_next_send()
        with pytest.raises(ValueError, match="time out of range"):
            clock.advance(days=9_999_999)
        assert clock.resume() >= datetime(2026, 3, 1, tzinfo=UTC)


# ---------------------------------------------------------------- plans


def test_a_plan_is_what_happens(api: Api, control: Control) -> None:
    leads = ["silent@example.com", "reply@example.com", "ada@example.com"]
    campaign_id = ready(api, *leads, sequences=[follow_up(), follow_up(3, wait_days=2)])
    before = api.remembered()
    draft = control.ok("planCampaign", campaign_id=campaign_id)
    assert api.remembered() == before
    api.update(campaign_id, launch=True)
    launched = control.ok("planCampaign", campaign_id=campaign_id)
    assert (draft["status"], launched["status"]) == ("DRAFT", "ACTIVE")
    assert draft["mails"] == launched["mails"]
    control.ok("moveClock", {"advance": "14d"})
    names = ("lead_id", "inbox_id", "at")
    planned = [(*(mail[name] for name in names), mail["sequence_step"]) for mail in launched["mails"]]
    sent = [
        (event.lead_id, event.inbox_id, f"{event.at:%Y-%m-%dT%H:%M:%SZ}", event.details["sequence_step"])
        for event in api.workspace.events
        if event.kind == "sent"
    ]
    assert planned == sent
    assert len(planned) >= 6
    assert control.ok("planCampaign", campaign_id=campaign_id)["mails"] == []


def test_a_plan_names_both_times_and_what_is_sent(api: Api, control: Control) -> None:
    campaign_id = ready(api)
    api.update(campaign_id, timezone="Asia/Kolkata")
    answer = control.ok("planCampaign", query={"days": 3}, campaign_id=campaign_id)
    assert (answer["timezone"], answer["now"], answer["until"]) == (
        "Asia/Kolkata", MONDAY, "2026-01-08T09:00:00Z",
    )  # fmt: skip
    [mail] = answer["mails"]
    [inbox] = api.read(campaign_id)["inboxes"]
    assert mail == {
        "at": "2026-01-05T09:01:00Z",
        "local_time": "2026-01-05T14:31:00+05:30",
        "lead_id": api.leads(campaign_id)[0]["lead_id"],
        "email": "silent@example.com",
        "inbox_id": inbox["inbox_id"],
        "inbox_email": inbox["email_address"],
        "sequence_step": 1,
        "subsequence_id": None,
        "variant_name": "A",
        "subject": "Quick question,",
    }


def test_a_plan_says_what_a_launch_lacks(api: Api, control: Control) -> None:
    answer = control.ok("planCampaign", campaign_id=api.campaign())
    assert (answer["missing_requirements"], answer["mails"]) == (["leads", "inboxes", "variants"], [])


def test_a_paused_campaign_is_planned_as_if_activated(api: Api, control: Control) -> None:
    campaign_id = ready(api)
    api.update(campaign_id, launch=True)
    api.ok("pauseCampaign", campaign_id=campaign_id)
    assert len(control.ok("planCampaign", campaign_id=campaign_id)["mails"]) == 1
    assert api.read(campaign_id)["status"] == "PAUSED"


# ---------------------------------------------------------------- readiness


def test_readiness_says_what_to_do(api: Api, control: Control) -> None:
    campaign_id = api.campaign()
    api.lead(campaign_id)
    answer = control.ok("showReadiness", campaign_id=campaign_id)
    assert (answer["status"], answer["is_launch_ready"]) == ("DRAFT", False)
    assert [(check["name"], check["is_met"]) for check in answer["checks"]] == [
        ("leads", True), ("inboxes", False), ("variants", False),
    ]  # fmt: skip
    assert answer["checks"][0]["what_to_do"] is None
    assert "inbox_ids" in answer["checks"][1]["what_to_do"]


def test_what_lacks_is_added_and_what_is_there_stays(api: Api, control: Control) -> None:
    first, second = api.campaign(), api.campaign()
    lead_id = api.lead(second, "own@example.com")
    for campaign_id in (first, second):
        answer = control.ok("makeLaunchable", campaign_id=campaign_id)
        assert answer["is_launch_ready"]
        assert {check["is_met"] for check in answer["checks"]} == {True}
        assert api.update(campaign_id, launch=True)["status"] == "ACTIVE"
    assert [lead["lead_id"] for lead in api.leads(second)] == [lead_id]
    assert len(api.workspace.sender_accounts) == 1


def test_a_new_inbox_has_an_address_of_its_own(api: Api, control: Control) -> None:
    first, second = api.campaign(), api.campaign()
    control.ok("makeLaunchable", campaign_id=first)
    [account] = api.workspace.sender_accounts
    control.ok("setSenderAccountStatus", {"overall_status": "PAUSED"}, inbox_id=account.inbox_id)
    assert control.ok("makeLaunchable", campaign_id=second)["is_launch_ready"]
    assert len({account.email_address for account in api.workspace.sender_accounts}) == 2


def test_only_what_can_be_edited_is_made_launchable(api: Api, control: Control) -> None:
    campaign_id = ready(api)
    api.update(campaign_id, launch=True)
    answer = control("makeLaunchable", campaign_id=campaign_id)
    assert answer.status == 400
    assert "ACTIVE" in answer.body["detail"]


@pytest.mark.parametrize("operation", ["planCampaign", "showReadiness", "makeLaunchable"])
def test_an_unknown_campaign_has_neither(operation: str, control: Control) -> None:
    answer = control(operation, campaign_id="00000000-0000-4000-8000-000000000000")
    assert (answer.status, answer.body) == (404, CONTROL.find_error("campaign_not_found").value)


# ---------------------------------------------------------------- rates


def test_rates_are_the_defaults_until_they_are_set(control: Control) -> None:
    properties = CONTROL.find_schema("Rates")["properties"]
    defaults = {name: schema["default"] for name, schema in properties.items()}
    assert tuple(defaults) == RATES
    assert control.ok("showRates") == defaults
    assert control.ok("setRates", {"replied": 1, "opened": 0}) == {**defaults, "replied": 1.0, "opened": 0.0}
    assert control.ok("setRates", {"replied": None}) == {**defaults, "opened": 0.0}
    control.ok("resetWorkspace")
    assert control.ok("showRates") == defaults


def test_rates_are_the_workspaces_own_and_survive_an_export(api: Api, control: Control) -> None:
    control.ok("setRates", {"bounced": 1})
    state = control.ok("exportState")
    other = Control(Api(api.app, f"{api.key}-other"))
    assert other.ok("showRates")["bounced"] < 1
    other.ok("importState", state)
    assert other.ok("showRates")["bounced"] == 1


def test_a_server_may_have_rates_of_its_own() -> None:
    app = create_app(Settings(rate=("bounced=1", "opened=0.5")))
    rates = Control(Api(app, "cs_live_rates")).ok("showRates")
    assert (rates["bounced"], rates["opened"]) == (1, 0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("laughed=1", "no rate is called laughed; there are bounced, opened"),
        ("opened", "the rate opened is a number from 0 to 1, not ''"),
        ("opened=2", "the rate opened is a number from 0 to 1, not '2'"),
        ("opened=nan", "the rate opened is a number"),
    ],
)
def test_a_rate_that_makes_no_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(RateError, match=message):
        create_app(Settings(rate=(text,)))
    result = CliRunner().invoke(main, ["serve", "--rate", text])
    assert result.exit_code == 1
    assert message in result.output


def test_the_page_names_every_habit_and_rate() -> None:
    page = (Path(__file__).parents[1] / "docs" / "sending.md").read_text("utf-8")
    for name in (*HABITS, *RATES):
        assert f"| `{name}" in page
