"""Seeds, exports and imports: a workspace as a document and back."""

import contextlib
import json
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import Settings, create_app
from mockserver.errors import RequestInvalidError
from mockserver.model.people import add_tag, suppress
from mockserver.states.format import StateFormat
from mockserver.states.rows import MOST_REPEATS
from mockserver.states.seeds import SeedError, Seeds, list_seeds
from mockserver.workspace import Snapshot

from .api import SPEC, UNKNOWN_ID, Api, follow_up
from .control import Control
from .flow import branch, move
from .infrastructure import start_job
from .mail import exchange_mails, list_messages, list_threads

STATES = StateFormat(SPEC)
LEAD = {"email": "ada@example.com"}
CAMPAIGN = {"name": "Q1 Product Launch"}
STRANGER = {**LEAD, "campaign_id": None, "status": "EXTERNAL"}
REPLY = {"kind": "replied", "campaign_id": None}


def breaches(document: Any) -> list[tuple[list[Any], str]]:
    """Return where a document breaks a rule, and how."""
    with pytest.raises(RequestInvalidError) as caught:
        STATES.make(STATES.check(document), Random(0))
    return [(violation["loc"], violation["msg"]) for violation in caught.value.violations]


@pytest.fixture
def control(api: Api) -> Control:
    return Control(api)


@pytest.fixture
def busy(api: Api, control: Control) -> Api:
    """A user of whom everything is known that a workspace can hold."""
    campaign_id = api.ready(
        sequences=[follow_up()], lead_mapping={"email": "E-mail"}, start_date="2026-02-01T09:30:00Z"
    )
    api.update(campaign_id, launch=True)
    lead_id = api.lead(campaign_id, "grace@example.com", custom_fields={"deep": {"er": [1, None, "ü"]}})
    control.ok("receiveReply", {"text": "Tell me more."}, lead_id=lead_id)
    control.ok("tagLead", {"tags": ["hot"]}, lead_id=lead_id)
    domain_id = api.domain()
    inbox = {"domain_id": domain_id, "email_prefix": "sales", "display_name": "Sales"}
    inbox_id = api.ok("createNativeSenderAccount", inbox)["inbox_id"]
    api.ok("sendTestEmail", {"recipient_email": "ada@example.com"}, inbox_id=inbox_id)
    api.ok("setDomainRedirect", {"target_domain": "yourcompany.com"}, domain_id=domain_id)
    start_job(api, "getBulkSmtpProgress", domain_id)
    move(api, campaign_id, branch(api, campaign_id)["nodes"][0]["id"], lead_id)
    api.upload(campaign_id, "email\nmary@example.com\n")
    api.contact_list("Guests", api.contact("ada@example.com"))
    add_tag(api.workspace, "VIP")
    suppress(api.workspace, "nobody@example.com")
    exchange_mails(api, control, lead_id)
    control.ok("setRates", {"bounced": 1})
    control.ok("moveClock", {"to": "next-send"})  # it will bounce in a moment
    return api


def test_an_export_imported_elsewhere_is_the_same_workspace(busy: Api, control: Control) -> None:
    state = control.ok("exportState")
    assert all(state.values()), "something of each kind is exported"
    other = Api(busy.app, busy.key + "-other")
    Control(other).ok("importState", state)
    assert Control(other).ok("exportState") == state
    assert other.remembered() == busy.remembered()


def test_an_import_replaces_everything(busy: Api, control: Control) -> None:
    view = control.ok("importState", {})
    assert set(view["counts"].values()) == {0}


def test_ids_after_an_import_are_new_ones(busy: Api, control: Control) -> None:
    state = control.ok("exportState")
    control.ok("resetWorkspace")
    control.ok("importState", state)
    known = json.dumps(state)
    for _ in range(20):
        assert busy.campaign() not in known


def test_a_refused_import_changes_nothing(busy: Api, control: Control) -> None:
    before = control.ok("exportState")
    broken = deepcopy(before)
    broken["leads"][0]["status"] = "HAPPY"
    answer = control("importState", broken)
    assert answer.status == 422
    assert answer.body["detail"][0]["loc"] == ["body", "leads", 0, "status"]
    assert control.ok("exportState") == before


def test_a_state_may_say_no_more_than_a_name(api: Api, control: Control) -> None:
    control.ok("importState", {"campaigns": [{**CAMPAIGN, "leads": [LEAD]}]})
    (listed,) = api.ok("listCampaigns")["campaigns"]
    campaign = api.read(listed["campaign_id"])
    created = Api(api.app, api.key + "-other")
    assert campaign.keys() == (other := created.read(created.campaign())).keys()
    assert campaign["sending_days"] == other["sending_days"]
    assert campaign["total_leads"] == 1
    assert campaign["created_at"] == "2026-01-05T09:00:00Z"


@pytest.mark.parametrize(
    ("document", "where", "what"),
    [
        ([], ["body"], "a state is an object of tables"),
        ({"things": []}, ["body", "things"], "no table is called things; there are campaigns, leads"),
        ({"campaigns": {}}, ["body", "campaigns"], "value is not a valid list"),
        ({"campaigns": [1]}, ["body", "campaigns", 0], "value is not a valid dict"),
        ({"campaigns": [{}]}, ["body", "campaigns", 0, "name"], "field required"),
        ({"campaigns": [{**CAMPAIGN, "colour": "red"}]}, ["body", "campaigns", 0, "colour"], "extra fields"),
        (
            {"campaigns": [{**CAMPAIGN, "status": "NEW"}]},
            ["body", "campaigns", 0, "status"],
            "value is not a",
        ),
        (
            {"campaigns": [{**CAMPAIGN, "campaign_id": "1"}]},
            ["body", "campaigns", 0, "campaign_id"],
            "value is",
        ),
        (
            {"campaigns": [{**CAMPAIGN, "created_at": "now"}]},
            ["body", "campaigns", 0, "created_at"],
            "invalid",
        ),
        (
            {"campaigns": [{**CAMPAIGN, "sending_window_end": 3}]},
            ["body", "campaigns", 0],
            "sending_window_end",
        ),
        (
            {"campaigns": [{**CAMPAIGN, "inbox_ids": [UNKNOWN_ID]}]},
            ["body", "campaigns", 0, "inbox_ids"],
            f"sender_accounts has no {UNKNOWN_ID}",
        ),
        (
            {"campaigns": [{**CAMPAIGN, "leads": [LEAD, {"email": "nobody"}]}]},
            ["body", "campaigns", 0, "leads", 1, "email"],
            "value is not a valid email address",
        ),
        (
            {"campaigns": [{**CAMPAIGN, "leads": [LEAD, {"email": "ADA@example.com"}]}]},
            ["body", "campaigns", 0, "leads", 0],
            "the address is taken",
        ),
        (
            {"campaigns": [{**CAMPAIGN, "campaign_id": UNKNOWN_ID}] * 2},
            ["body", "campaigns", 1, "campaign_id"],
            f"{UNKNOWN_ID} is taken",
        ),
        (
            {"leads": [{**LEAD, "campaign_id": UNKNOWN_ID}]},
            ["body", "leads", 0, "campaign_id"],
            "campaigns has no",
        ),
        ({"leads": [LEAD]}, ["body", "leads", 0, "campaign_id"], "field required"),
        (
            {"leads": [{**LEAD, "campaign_id": None}]},
            ["body", "leads", 0, "status"],
            "EXTERNAL is who belongs",
        ),
        (
            {"campaigns": [{**CAMPAIGN, "leads": [{**LEAD, "status": "EXTERNAL"}]}]},
            ["body", "campaigns", 0, "leads", 0, "status"],
            "EXTERNAL is who belongs to no campaign",
        ),
        (
            {"leads": [{**STRANGER, "events": [{**REPLY, "details": {"confidence": "high"}}]}]},
            ["body", "leads", 0, "events", 0, "details", "confidence"],
            "float type expected",
        ),
        (
            {"leads": [{**STRANGER, "thread_marks": [{"last_read_id": UNKNOWN_ID}]}]},
            ["body", "leads", 0, "thread_marks", 0, "last_read_id"],
            f"events has no {UNKNOWN_ID}",
        ),
        ({"user_id": "me"}, ["body", "user_id"], "value is not a valid uuid"),
        ({"campaigns": [{"repeat": -1}]}, ["body", "campaigns", 0, "repeat"], "a number from 0 to"),
        (
            {"campaigns": [{"repeat": MOST_REPEATS + 1}]},
            ["body", "campaigns", 0, "repeat"],
            "a number from 0",
        ),
        ({"campaigns": [{"repeat": 1, "each": {"name": []}}]}, ["body", "campaigns", 0, "each"], "lists of"),
        (
            {"campaigns": [{**CAMPAIGN, "leads": [{**LEAD, "events": [{"kind": "smelled"}]}]}]},
            ["body", "campaigns", 0, "leads", 0, "events", 0, "kind"],
            "value is not a valid enumeration member",
        ),
        (
            {
                "campaigns": [
                    {
                        **CAMPAIGN,
                        "leads": [{**LEAD, "events": [{"kind": "opened", "email_id": UNKNOWN_ID}]}],
                    }
                ]
            },
            ["body", "campaigns", 0, "leads", 0, "events", 0, "email_id"],
            f"no event says that {UNKNOWN_ID} was sent",
        ),
        (
            {
                "campaigns": [
                    {
                        **CAMPAIGN,
                        "leads": [{**LEAD, "events": [{"kind": "sent", "email_id": UNKNOWN_ID}]}],
                    }
                ]
            },
            ["body", "campaigns", 0, "leads", 0, "events", 0, "details", "sequence_step"],
            "int type expected",
        ),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, list) else None,
)
def test_nonsense_is_refused_where_it_stands(document: Any, where: list[Any], what: str) -> None:
    found = breaches(document)
    assert found[0][0] == where
    assert found[0][1].startswith(what)


def test_variants_of_an_imported_campaign_sum_to_100_too() -> None:
    variant = {"subject_template": "Hello", "email_content": "Hello there!", "distribution_percent": 40}
    found = breaches({"campaigns": [{**CAMPAIGN, "variants": [variant]}]})
    assert found == [(["body", "campaigns", 0], SPEC.find_error("variant_sum").value["detail"])]


def test_every_breach_is_told_at_once() -> None:
    assert len(breaches({"campaigns": [{"name": "x", "status": "NEW"}], "things": 1})) == 3


def test_a_row_that_repeats_stands_for_many() -> None:
    document = {"campaigns": [{"repeat": 3, "name": "Campaign <n>", "each": {"status": ["DRAFT", "PAUSED"]}}]}
    made = STATES.make(STATES.check(document), Random(0)).records["campaigns"].values()
    assert [(c.settings["name"], c.status) for c in made] == [
        ("Campaign 1", "DRAFT"),
        ("Campaign 2", "PAUSED"),
        ("Campaign 3", "DRAFT"),
    ]


def test_rows_in_a_repeated_row_count_for_themselves() -> None:
    document = {
        "campaigns": [
            {"repeat": 2, "name": "Campaign <n>", "leads": [{"repeat": 2, "email": "person-<n>@example.com"}]}
        ]
    }
    leads = STATES.make(STATES.check(document), Random(0)).records["leads"].values()
    assert [lead.email for lead in leads] == ["person-1@example.com", "person-2@example.com"] * 2


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["campaigns", "leads", "events", "sender_accounts", "name", "email",
                                         "repeat", "each", "status", "user_id", "kind"]), inner, max_size=4),
                    max_leaves=12))  # fmt: skip
def test_no_document_breaks_the_reader(document: Any) -> None:
    with contextlib.suppress(RequestInvalidError):
        snapshot = STATES.make(STATES.check(document), Random(0))
        written = STATES.write(snapshot)
        assert STATES.write(STATES.make(STATES.check(written), Random(1))) == written


# ---------------------------------------------------------------- seeds


@pytest.mark.parametrize("name", ["demo", "empty", "launch-ready", "running"])
def test_equal_seeds_tell_the_same_story(name: str) -> None:
    def begin(random_seed: str) -> Snapshot:
        app = create_app(Settings(seed=name, random_seed=random_seed))
        return app.workspaces.get("cs_live_story").snapshot()

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
    state = control.ok("exportState")
    (tmp_path / "mine.json").write_text(json.dumps(state), "utf-8")
    again = Api(create_app(Settings(seed=str(tmp_path / "mine.json"))), "cs_live_again")
    assert Control(again).ok("exportState") == state


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


# ---------------------------------------------------------------- snapshots


def test_a_snapshot_restores_records_and_what_is_drawn_next(busy: Api) -> None:
    workspace = busy.workspace
    snapshot, before = workspace.snapshot(), busy.remembered()
    first = busy.campaign()
    for _ in range(2):
        workspace.restore(snapshot)
        assert busy.remembered() == before
        assert busy.campaign() == first
