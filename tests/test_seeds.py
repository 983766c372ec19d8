"""Seeds: what a workspace begins with."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mockserver import Settings, create_app
from mockserver.seeding.documents import StateFormat
from mockserver.seeding.seeds import SeedError, Seeds, list_seeds
from mockserver.state.snapshot import Snapshot

from .kit.api import SPEC, UNKNOWN_ID, Api
from .kit.control import Control
from .kit.mails import list_messages, list_threads


@pytest.mark.parametrize("name", ["demo", "empty", "launch-ready", "running"])
def test_equal_random_seeds_make_equal_workspaces(name: str) -> None:
    def begin(random_seed: str) -> Snapshot:
        app = create_app(Settings(seed=name, random_seed=random_seed))
        return app.workspaces.get("cs_live_launch").snapshot()

    first, again, other = begin("7"), begin("7"), begin("8")
    assert first.records == again.records
    assert first.user_id == again.user_id != other.user_id


@pytest.mark.parametrize("name", list_seeds())
def test_a_seed_keeps_every_rule(name: str) -> None:
    states = StateFormat(SPEC)
    snapshot = Seeds(states).find(name).make(Random(0))
    document = states.write(snapshot)
    if name == "large":
        assert (len(document["campaigns"]), len(document["leads"])) == (500, 10_000)
        document["leads"] = document["leads"][::50]
    assert states.write(states.make(states.check(document), Random(0))) == document


@pytest.mark.parametrize("name", ["demo", "launch-ready", "running"])
def test_everything_of_a_seed_can_be_read_through_the_api(name: str) -> None:
    api = Api(create_app(Settings(seed=name)), "cs_live_reader")
    for listed in api.ok("listCampaigns", query={"limit": 100})["campaigns"]:
        campaign_id = listed["campaign_id"]
        assert api.read(campaign_id)["total_leads"] == listed["total_leads"]
        for lead in api.ok("listLeads", query={"limit": 100}, campaign_id=campaign_id)["leads"]:
            api.ok("getLead", campaign_id=campaign_id, lead_id=lead["lead_id"])
    for account in api.ok("listSenderAccounts")["sender_accounts"]:
        api.ok("getSenderAccount", inbox_id=account["inbox_id"])
    for thread in list_threads(api):
        assert list_messages(api, thread["thread_id"])


def test_the_demo_has_a_campaign_in_every_status_and_leads_in_most() -> None:
    api = Api(create_app(Settings(seed="demo")), "cs_live_demo")
    campaigns = api.ok("listCampaigns", query={"limit": 100})["campaigns"]
    assert {campaign["status"] for campaign in campaigns} == set(SPEC.schemas["CampaignStatus"]["enum"])
    statuses = {
        lead["status"]
        for campaign in campaigns
        for lead in api.ok("listLeads", query={"limit": 100}, campaign_id=campaign["campaign_id"])["leads"]
    }
    assert statuses >= {"PENDING", "SENT", "OPENED", "REPLIED", "BOUNCED", "UNSUBSCRIBED", "FAILED"}


def test_the_running_campaign_is_on_its_tenth_day_and_goes_on() -> None:
    api = Api(create_app(Settings(seed="running")), "cs_live_running")
    control = Control(api)
    [campaign] = api.ok("listCampaigns")["campaigns"]
    assert (campaign["status"], campaign["total_leads"]) == ("ACTIVE", 240)
    assert control.ok("showClock")["now"].startswith("2026-01-14T15:0")
    assert 0 < campaign["reply_count"] < campaign["open_count"] < campaign["sent_count"] <= 240
    happened = control.ok("moveClock", {"advance": "30d"})["happened"]
    assert happened["completed"] == 1
    assert happened["sent"] > 0
    control.ok("resetWorkspace")
    assert api.ok("listCampaigns")["campaigns"] == [campaign]


@pytest.mark.parametrize("now", ["tomorrow", 7])
def test_a_seed_that_runs_until_nonsense_is_refused(now: Any, tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"now": now}))
    with pytest.raises(SeedError, match="now: invalid datetime format"):
        Seeds(StateFormat(SPEC)).find(str(seed))


def test_what_is_launch_ready_launches() -> None:
    api = Api(create_app(Settings(seed="launch-ready")), "cs_live_launch")
    launched = [
        api("updateCampaign", {"launch": True}, campaign_id=campaign["campaign_id"]).status
        for campaign in api.ok("listCampaigns")["campaigns"]
    ]
    assert sorted(launched) == [200, 400]


def test_a_seed_may_be_a_file_and_an_export_is_one(busy: Api, control: Control, tmp_path: Path) -> None:
    control.ok("setClock", {"frozen": True})
    state = control.ok("exportState")
    (tmp_path / "mine.json").write_text(json.dumps(state), "utf-8")
    again = Api(create_app(Settings(seed=str(tmp_path / "mine.json"))), "cs_live_again")
    assert Control(again).ok("exportState") == state


def test_an_exported_state_is_a_seed_with_its_time_and_draws(tmp_path: Path) -> None:
    api = Api(create_app(Settings(seed="running")), "cs_live_exported")
    control = Control(api)
    control.ok("setClock", {"now": "2026-02-05T09:00:00Z", "frozen": True})
    path = tmp_path / "state.json"
    path.write_text(json.dumps(control.ok("exportState")), "utf-8")
    seeded = Api(create_app(Settings(seed=str(path))), "cs_live_seeded")
    for _ in range(2):
        assert Control(seeded).ok("moveClock", {"advance": "1d"})["now"] == "2026-02-06T09:00:00Z"
        last = seeded.campaign()
        Control(seeded).ok("resetWorkspace")
    assert control.ok("moveClock", {"advance": "1d"})["now"] == "2026-02-06T09:00:00Z"
    assert api.campaign() == last


def test_a_seed_has_one_time(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    clock = {"now": "2026-02-05T09:00:00Z", "frozen": True, "speed": 1}
    path.write_text(json.dumps({"now": "2026-02-05T09:00:00Z", "clock": clock}), "utf-8")
    with pytest.raises(SeedError, match="now: the clock says what time it is"):
        Seeds(StateFormat(SPEC)).find(str(path))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("campaigns: [{name: x}]", "campaigns.0.name: ensure this value has at least 8 characters"),
        (
            f"leads: [{{email: a@example.com, campaign_id: {UNKNOWN_ID}}}]",
            "leads.0.campaign_id: campaigns has no",
        ),
        ("a: [", "is neither YAML nor JSON"),
        ("- 1", "the file: a state is an object of tables"),
    ],
)
def test_a_bad_seed_is_refused_at_the_start(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(SeedError, match="(?s).*" + reason.replace(".", r"\.")):
        create_app(Settings(seed=str(path)))


def test_a_seed_that_is_nowhere_is_refused_at_the_start() -> None:
    with pytest.raises(SeedError, match="no seed is called nowhere, and no file; there are demo, empty"):
        create_app(Settings(seed="nowhere"))
