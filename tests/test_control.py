"""The control API: what a test does to the stand-in."""

import json
from datetime import UTC, datetime

import openapi_spec_validator
import pytest

from mockserver import MockServer, Settings, create_app
from mockserver.openapi.spec import Operation
from mockserver.seeding.seeds import list_seeds

from .kit.api import SPEC, UNKNOWN_ID, Api
from .kit.control import CONTROL, Control

JANUARY = "2026-01-05T09:00:00Z"
OPERATIONS = list(CONTROL.operations.values())


def name_of(operation: Operation) -> str:
    return operation.operation_id


def test_its_openapi_file_is_valid() -> None:
    openapi_spec_validator.validate(CONTROL.document)


def test_its_file_is_served_whole_and_named_beside_the_api(api: Api) -> None:
    docs = api.client.get("/docs").get_data(as_text=True)
    assert CONTROL.document["info"]["title"] in docs
    served = json.loads(api.client.get(f"{CONTROL.base_path}/openapi.json").data)
    openapi_spec_validator.validate(served)
    assert served["servers"][0]["url"] == CONTROL.base_path


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_every_example_of_a_request_is_accepted(operation: Operation, api: Api, control: Control) -> None:
    campaign_id = api.campaign()
    api.campaign_in("ACTIVE")
    ids = {"campaign_id": campaign_id, "lead_id": api.lead(campaign_id), "inbox_id": api.account()}
    for body in operation.body_examples.values():
        control.ok(operation.operation_id, body, **ids)


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_only_this_machine_may_use_it(operation: Operation, api: Api) -> None:
    ids = dict.fromkeys(
        (
            "campaign_id",
            "lead_id",
            "inbox_id",
            "fault_id",
            "table",
            "record_id",
            "email_id",
            "name",
            "number",
        ),
        UNKNOWN_ID,
    )
    answer = api.send(
        operation.method, operation.path.format(**ids), environ_base={"REMOTE_ADDR": "192.168.1.20"}
    )
    assert answer.status == 403
    assert answer.body == CONTROL.find_error("control_refused").value


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_this_machine_needs_no_token(address: str, control: Control) -> None:
    assert control.send_from(address).status == 200


@pytest.mark.parametrize("address", ["10.0.0.1", "::ffff:10.0.0.1", "", "nonsense"])
def test_other_machines_are_refused(address: str, control: Control) -> None:
    assert control.send_from(address).status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Authorization": "Bearer wrong"}, 403),
        ({"Authorization": "Basic open-sesame"}, 403),
        ({"X-Mock-Token": "wrong"}, 403),
        ({"Authorization": "Bearer open-sesame"}, 200),
        ({"Authorization": "bearer open-sesame"}, 200),
        ({"X-Mock-Token": "open-sesame"}, 200),
    ],
)
def test_from_elsewhere_the_token_opens_it(headers: dict[str, str], status: int) -> None:
    control = Control(Api(create_app(Settings(control_token="open-sesame")), "cs_live_token"))
    assert control.send_from("10.0.0.1", headers).status == status


def test_it_can_be_switched_off() -> None:
    api = Api(create_app(Settings(no_control=True)), "cs_live_off")
    for operation in OPERATIONS:
        if not operation.parameters_in("path"):
            assert api.send(operation.method, operation.path).status in (404, 405)
    assert api.send("GET", f"{CONTROL.base_path}/openapi.json").status == 404
    assert CONTROL.base_path not in api.client.get("/docs").get_data(as_text=True)


@pytest.mark.parametrize("header", [{"Host": "rebound.example.com"}, {"Origin": "https://page.example.com"}])
def test_the_guard_judges_it(header: dict[str, str], api: Api) -> None:
    path = CONTROL.operations["resetWorkspace"].path
    answer = api.send("POST", path, headers={SPEC.key_header: api.key, **header})
    assert answer.status == 403
    assert "not allowed" in answer.body["detail"]


def test_a_workspace_is_named_by_its_key(api: Api) -> None:
    path = CONTROL.operations["showWorkspace"].path
    assert api.send("GET", path, headers={}).body == SPEC.find_error("missing_key").value
    assert (
        api.send("GET", path, headers={SPEC.key_header: "other"}).body == SPEC.find_error("invalid_key").value
    )


def test_a_request_that_breaks_its_schema_is_worded_as_in_the_api(control: Control) -> None:
    answer = control("addFault", {"every": 0, "wait": "long"})
    assert answer.status == 422
    assert [item["loc"] for item in answer.body["detail"]] == [["body", "every"], ["body", "wait"]]


def test_it_is_not_counted_against_the_rate_limit() -> None:
    api = Api(create_app(Settings(rate_limit=True)), "cs_live_limited")
    control = Control(api)
    for _ in range(SPEC.rate_limits[0].requests + 1):
        control.ok("showClock")
    assert api("listCampaigns").status == 200


def test_a_workspace_shows_what_it_holds(api: Api, control: Control) -> None:
    api.lead(api.campaign())
    view = control.ok("showWorkspace")
    assert view["counts"]["campaigns"] == view["counts"]["leads"] == 1
    assert view["exchanges"] == 2
    assert view["seed"] == "empty"
    assert view["credits"] == 1000


def test_records_are_listed_by_table(api: Api, control: Control) -> None:
    campaign_id = api.campaign()
    (record,) = control.ok("listRecords", table="campaigns")["records"]
    assert record["campaign_id"] == campaign_id
    assert control("listRecords", table="things").status == 404


def test_records_are_listed_by_page(api: Api, control: Control) -> None:
    made = [api.campaign() for _ in range(5)]
    first = control.ok("listRecords", query={"limit": 2}, table="campaigns")
    assert (first["total"], [record["campaign_id"] for record in first["records"]]) == (5, made[:2])
    last = control.ok("listRecords", query={"limit": 2, "page": 3}, table="campaigns")
    assert [record["campaign_id"] for record in last["records"]] == made[4:]
    assert control.ok("listRecords", query={"limit": 2, "page": 9}, table="campaigns")["records"] == []
    assert control("listRecords", query={"limit": 2, "page": 10**18}, table="campaigns").status == 422


def test_one_record_is_shown(api: Api, control: Control) -> None:
    campaign_id = api.campaign()
    shown = control.ok("showRecord", table="campaigns", record_id=campaign_id)
    assert shown["record"] == control.ok("listRecords", table="campaigns")["records"][0]
    unknown = control("showRecord", table="leads", record_id=UNKNOWN_ID)
    assert (unknown.status, unknown.body) == (404, {"detail": "The table leads has no such record"})
    assert control("showRecord", table="things", record_id=UNKNOWN_ID).status == 404


def test_records_are_found_by_an_id_or_a_part_of_a_text(api: Api, control: Control) -> None:
    campaign_id = api.ready(name="Spring Offer 2026")
    api.update(campaign_id, launch=True)
    control.ok("moveClock", {"to": "next-send"})
    [mail] = control.ok("listOutbox")["mails"]
    lead_id = mail["lead_id"]

    def search(text: str) -> list[tuple[str, str]]:
        found = control.ok("searchRecords", query={"text": text})["found"]
        return [(each["table"], each["email_id"] or each["record_id"]) for each in found]

    assert search("OFFER")[0] == ("campaigns", campaign_id)
    assert search(campaign_id)[0] == ("campaigns", campaign_id)
    assert search(lead_id) == [("leads", lead_id)]
    assert search(mail["email_id"]) == [("events", mail["email_id"])]
    assert search(mail["to"])[:2] == [("leads", lead_id), ("events", mail["email_id"])]
    assert search("no such thing") == []
    api.lead(api.campaign())
    assert len(control.ok("searchRecords", query={"text": "@", "limit": 1})["found"]) > 1
    assert control("searchRecords", query={"text": ""}).status == 422


# ---------------------------------------------------------------- clock


def test_a_frozen_clock_stands_still_until_it_is_advanced(api: Api, control: Control) -> None:
    control.ok("setClock", {"now": JANUARY, "frozen": True})
    campaign = api.read(api.campaign())
    assert campaign["created_at"] == campaign["updated_at"] == JANUARY
    assert control.ok("advanceClock", {"days": 1, "hours": 2, "minutes": 3, "seconds": 4}) == {
        "now": "2026-01-06T11:03:04Z",
        "frozen": True,
        "happened": {},
    }
    assert api.read(api.campaign())["created_at"] == "2026-01-06T11:03:04Z"


def test_a_clock_that_is_set_runs_on(api: Api, control: Control) -> None:
    assert control.ok("setClock", {"now": JANUARY}) == {"now": JANUARY, "frozen": False, "happened": {}}
    clock = api.workspace.clock
    assert datetime(2026, 1, 5, 9, tzinfo=UTC) < clock.now() < datetime(2026, 1, 5, 10, tzinfo=UTC)
    first = clock.now()
    assert clock.now() >= first


def test_a_clock_released_runs_on_from_where_it_stood(control: Control) -> None:
    control.ok("setClock", {"now": JANUARY, "frozen": True})
    assert control.ok("setClock", {"frozen": False})["now"].startswith("2026-01-05T09:00:0")


def test_a_clock_stays_within_the_calendar(control: Control) -> None:
    control.ok("setClock", {"now": "9999-12-01T00:00:00Z", "frozen": True})
    answer = control("advanceClock", {"days": 3650})
    assert answer.status == 400
    assert answer.body == CONTROL.find_error("time_out_of_range").value
    assert control.ok("showClock")["now"] == "9999-12-01T00:00:00Z"


# ---------------------------------------------------------------- reset and seed


def test_a_reset_returns_to_the_seed_and_to_the_beginning_of_all(api: Api, control: Control) -> None:
    first = api.campaign()
    control.ok("setClock", {"now": JANUARY, "frozen": True})
    control.ok("addFault", {"status": 503})
    view = control.ok("resetWorkspace")
    assert (view["counts"]["campaigns"], view["faults"], view["frozen"]) == (0, 0, False)
    assert api.campaign() == first, "ids are drawn anew from the beginning"


def test_a_seed_is_what_later_resets_return_to(api: Api, control: Control) -> None:
    control.ok("seedWorkspace", {"seed": "launch-ready"})
    (first, *_) = api.ok("listCampaigns")["campaigns"]
    api.ok("deleteCampaign", campaign_id=first["campaign_id"])
    assert control.ok("resetWorkspace")["seed"] == "launch-ready"
    assert api.read(first["campaign_id"])["name"] == first["name"]


@pytest.mark.parametrize(
    "name", ["nothing", "../seeds/demo", "/etc/passwd", "mockserver/seeding/builtin/demo.yaml"]
)
def test_a_caller_names_seeds_of_the_package_and_no_files(name: str, control: Control) -> None:
    answer = control("seedWorkspace", {"seed": name})
    assert answer.status == 400
    assert answer.body["detail"].startswith(f"No seed is called {name}; there are demo, ")


def test_the_workspaces_in_use_are_listed_with_their_keys() -> None:
    app = create_app(Settings(key=("cs_live_first",)))
    for key in ("cs_live_first", "cs_live_second"):
        Api(app, key).campaign()
    listed = Control(Api(app, "")).ok("listWorkspaces")["workspaces"]
    assert [(each["key"], each["campaigns"]) for each in listed] == [
        ("cs_live_second", 1),
        ("cs_live_first", 1),
    ]


@pytest.mark.parametrize("operation_id", ["listWorkspaces", "listSeeds"])
def test_what_takes_no_key_looks_at_none(app: MockServer, operation_id: str) -> None:
    Control(Api(app, "x")).ok(operation_id)


def test_the_named_seeds_are_listed_with_a_sentence(control: Control) -> None:
    seeds = control.ok("listSeeds")["seeds"]
    assert [seed["name"] for seed in seeds] == list_seeds()
    assert all(seed["summary"].endswith(".") for seed in seeds)
