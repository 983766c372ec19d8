"""Driving what is sent: the clock in words, reaction rates, speed; over the APIs and the command."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner

from mockserver import Settings, create_app, running
from mockserver.cli import main, serve
from mockserver.openapi.formats import is_duration, parse_duration
from mockserver.sending.reactions import MAGIC_ADDRESSES, ReactionRateError
from mockserver.state.clock import Clock
from mockserver.state.records import REACTION_RATES
from mockserver.testing.fixture import Coldsend

from .kit.api import Api, follow_up
from .kit.control import CONTROL, Control
from .kit.simulation import ANYTIME, ready
from .kit.socket_api import SocketApi

MONDAY = "2026-01-05T09:00:00Z"


@pytest.fixture
def control(control: Control) -> Control:
    control.ok("setClock", {"now": MONDAY, "frozen": True})
    return control


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
    with pytest.raises(ValueError, match=f"^{re.escape(text)} is no duration; write 3d"):
        parse_duration(text)
    answer = control("moveClock", {"advance": text})
    assert (answer.status, answer.body["detail"][0]["loc"]) == (422, ["body", "advance"])


def test_moving_the_clock_reports_what_happened(api: Api, control: Control) -> None:
    campaign_id = ready(api, "reply@example.com", "bounce@example.com", "silent@example.com")
    api.update(campaign_id, launch=True)
    assert control.ok("moveClock", {"advance": "3d"}) == {
        "now": "2026-01-08T09:00:00Z",
        "frozen": True,
        "happened": {"sent": 3, "replied": 1, "bounced": 1, "completed": 1},
    }
    campaign = api.read(campaign_id)
    counts = ("status", "sent_count", "open_count", "reply_count", "bounce_count")
    assert [campaign[name] for name in counts] == ["COMPLETED", 2, 0, 1, 1]


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
    moves = [control.ok("moveClock", {"to": "next-send"}) for _ in range(2)]
    assert [(move["now"], move["happened"]["sent"]) for move in moves] == [
        ("2026-01-05T09:01:00Z", 1),
        ("2026-01-08T09:01:00Z", 1),
    ]
    answer = control("moveClock", {"to": "next-send"})
    assert (answer.status, answer.body) == (400, CONTROL.find_error("nothing_to_send").value)
    assert control.ok("showClock")["now"] == "2026-01-08T09:01:00Z"


@pytest.mark.parametrize("body", [{}, {"advance": "3d", "to": "next-send"}])
def test_a_move_has_one_direction(body: Any, control: Control) -> None:
    answer = control("moveClock", body)
    assert (answer.status, answer.body) == (400, CONTROL.find_error("move_unclear").value)


def test_a_move_out_of_the_calendar_is_refused(api: Api, control: Control) -> None:
    api.update(ready(api), launch=True)
    control.ok("setClock", {"now": "9999-12-01T00:00:00Z"})
    before = api.remembered()
    answer = control("moveClock", {"advance": "52w"})
    assert (answer.status, answer.body) == (400, CONTROL.find_error("time_out_of_range").value)
    assert api.remembered() == before


def test_leads_whose_file_is_read_on_the_way_are_written_to_on_the_way(key: str) -> None:
    api = Api(create_app(Settings(job_seconds=3600)), key)
    control = Control(api)
    control.ok("setClock", {"now": MONDAY, "frozen": True})
    campaign_id = ready(api)
    api.update(campaign_id, launch=True)
    api.ok("uploadLeads", {"file": "email\nsilent@x.io\nsilent@y.io\n"}, campaign_id=campaign_id)
    answer = control.ok("moveClock", {"advance": "2d"})
    assert answer["happened"]["sent"] == 3
    assert {lead["status"] for lead in api.leads(campaign_id)} == {"SENT"}


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


def test_a_server_may_have_a_speed() -> None:
    app = create_app(Settings(speed=3600.0))
    first = app.workspaces.get("cs_live_fast").now()
    assert app.workspaces.get("cs_live_fast").now() - first < timedelta(hours=1)
    assert app.workspaces.get("cs_live_fast").options.speed == 3600


def test_mails_go_out_while_nobody_asks() -> None:
    sent = Event()
    with running(Settings(port=0, speed=100_000.0)) as server:
        server.app.workspaces.on_sent = lambda workspace, record: sent.set()
        api = Api(server.app, "cs_live_unasked")
        api.update(ready(api), launch=True)
        assert sent.wait(timeout=30)


def test_the_command_moves_the_time(socket_api: SocketApi) -> None:
    def run(*arguments: str) -> str:
        url = f"http://{socket_api.address}"
        result = CliRunner().invoke(main, ["clock", "--url", url, "--key", socket_api.key, *arguments])
        assert result.exit_code == 0, result.output
        return result.output.strip()

    assert run("freeze", MONDAY) == f"{MONDAY} (stands still)"
    api = Api(socket_api.app, socket_api.key)
    api.update(ready(api), launch=True)
    assert run("advance", "next-send") == "2026-01-05T09:01:00Z (stands still): 1 sent, 1 completed"
    assert run("advance", "PT36H") == "2026-01-06T21:01:00Z (stands still)"
    assert run("advance", "-1d") == "2026-01-05T21:01:00Z (stands still)"
    assert run("show") == "2026-01-05T21:01:00Z (stands still)"
    assert run("run").startswith("2026-01-05T21:01:")
    refused = CliRunner().invoke(
        main, ["clock", "--url", f"http://{socket_api.address}", "--key", socket_api.key, "advance", "soon"]
    )
    reason = "invalid duration format; write 3d, 1d12h or PT36H, for example"
    assert (refused.exit_code, refused.output) == (1, f"Error: advance: {reason}\n")


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
        with pytest.raises(ValueError, match="No mail is to come"):
            clock.advance_to_next_send()
        with pytest.raises(ValueError, match="The calendar ends before that time"):
            clock.advance(days=9_999_999)
        assert clock.resume() >= datetime(2026, 3, 1, tzinfo=UTC)


# ---------------------------------------------------------------- reaction rates


def test_rates_are_the_defaults_until_they_are_set(control: Control) -> None:
    properties = CONTROL.find_schema("ReactionRates")["properties"]
    defaults = {name: schema["default"] for name, schema in properties.items()}
    assert tuple(defaults) == REACTION_RATES
    assert control.ok("showReactionRates") == defaults
    assert control.ok("setReactionRates", {"replied": 1, "opened": 0}) == {
        **defaults,
        "replied": 1.0,
        "opened": 0.0,
    }
    assert control.ok("setReactionRates", {"replied": None}) == {**defaults, "opened": 0.0}
    control.ok("resetWorkspace")
    assert control.ok("showReactionRates") == defaults


def test_rates_are_the_workspaces_own_and_survive_an_export(api: Api, control: Control) -> None:
    control.ok("setReactionRates", {"bounced": 1})
    state = control.ok("exportState")
    other = Control(Api(api.app, f"{api.key}-other"))
    assert other.ok("showReactionRates")["bounced"] < 1
    other.ok("importState", state)
    assert other.ok("showReactionRates")["bounced"] == 1


def test_a_server_may_have_rates_of_its_own() -> None:
    app = create_app(Settings(reaction_rate=("bounced=1", "opened=0.5")))
    rates = Control(Api(app, "cs_live_rates")).ok("showReactionRates")
    assert (rates["bounced"], rates["opened"]) == (1, 0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("laughed=1", "no reaction rate is called laughed; there are bounced, opened"),
        ("opened", "the reaction rate opened is a number from 0 to 1, not ''"),
        ("opened=2", "the reaction rate opened is a number from 0 to 1, not '2'"),
        ("opened=nan", "the reaction rate opened is a number"),
    ],
)
def test_a_rate_that_makes_no_sense_is_refused(
    text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the command would keep the log of this process for itself
    monkeypatch.setattr(serve, "configure_logging", lambda settings: None)
    with pytest.raises(ReactionRateError, match=message):
        create_app(Settings(reaction_rate=(text,)))
    result = CliRunner().invoke(main, ["serve", "--reaction-rate", text])
    assert result.exit_code == 1
    assert message in result.output


def test_the_page_names_every_magic_address_and_rate() -> None:
    page = (Path(__file__).parents[1] / "docs" / "sending.md").read_text("utf-8")
    for name in (*MAGIC_ADDRESSES, *REACTION_RATES):
        assert f"| `{name}" in page


def test_a_campaign_that_is_active_without_a_launch_sends(api: Api, control: Control) -> None:
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    campaign_id = ready(api, "ada@example.com")
    control.ok("setCampaignStatus", {"status": "PAUSED"}, campaign_id=campaign_id)
    api.ok("activateCampaign", campaign_id=campaign_id)
    assert control.ok("explainCampaign", campaign_id=campaign_id)["next_mails"]
    assert control.ok("moveClock", {"advance": "1d"})["happened"]["sent"] == 1
