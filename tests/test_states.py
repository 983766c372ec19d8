"""Exports and imports: a workspace as a document and back."""

import contextlib
import json
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import RequestInvalidError
from mockserver.seeding import shorthand
from mockserver.seeding.documents import StateFormat
from mockserver.seeding.shorthand import MOST_REPEATS
from mockserver.seeding.surroundings import NAMES
from mockserver.state.workspace import Workspace

from .kit.api import SPEC, UNKNOWN_ID, Api
from .kit.control import Control

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


def test_an_export_imported_elsewhere_is_the_same_workspace(busy: Api, control: Control) -> None:
    control.ok("setClock", {"frozen": True})
    control.ok("addFault", {"operation": "pauseCampaign", "status": 503, "first": 2})
    state = control.ok("exportState")
    assert all(state.values()), "something of each kind is exported"
    other = Api(busy.app, busy.key + "-other")
    Control(other).ok("importState", state)
    assert Control(other).ok("exportState") == state
    assert other.remembered() == busy.remembered()


def test_a_filter_means_the_same_after_an_import(api: Api, control: Control) -> None:
    dynamic = {"name": "Readers", "list_type": "DYNAMIC", "filter_definition": {"has_opened": True}}
    api.ok("createContactList", dynamic)
    state = control.ok("exportState")
    control.ok("importState", state)
    assert control.ok("exportState")["contact_lists"] == state["contact_lists"]


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
    control.ok("setClock", {"frozen": True})
    before = control.ok("exportState")
    broken = deepcopy(before)
    broken["leads"][0]["status"] = "HAPPY"
    answer = control("importState", broken)
    assert answer.status == 422
    assert answer.body["detail"][0]["loc"] == ["body", "leads", 0, "status"]
    assert control.ok("exportState") == before


def test_a_state_may_have_no_more_than_a_name(api: Api, control: Control) -> None:
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
            {"jobs": [{"kind": "nap", "seconds": 1, "stages": [], "facts": {}, "rows": []}]},
            ["body", "jobs", 0, "kind"],
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
        ({"campaigns": [{"repeat": True}]}, ["body", "campaigns", 0, "repeat"], "a number from 0 to"),
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


def test_every_violation_is_reported_at_once() -> None:
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


# ---------------------------------------------------------------- what is no record

WRITTEN = STATES.write(Workspace("", "0").snapshot())
RULE = {"fault_id": UNKNOWN_ID, "status": 503}


def test_an_exported_workspace_that_stands_still_does_so_after_its_import(
    busy: Api, control: Control
) -> None:
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    state = control.ok("exportState")
    other = Control(Api(busy.app, busy.key + "-other"))
    other.ok("importState", state)
    assert other.ok("showClock") == {"now": "2026-01-05T09:00:00Z", "frozen": True}


def test_an_imported_workspace_draws_and_fails_as_the_exported_one(api: Api, control: Control) -> None:
    control.ok("addFault", {"operation": "listCampaigns", "status": 503, "first": 2})
    api("listCampaigns")
    other = Api(api.app, api.key + "-other")
    Control(other).ok("importState", control.ok("exportState"))
    for user in (api, other):
        assert [user("listCampaigns").status for _ in range(2)] == [503, 200]
    assert other.campaign() == api.campaign()
    assert other.workspace.draw_fault_id() == api.workspace.draw_fault_id()


def test_an_export_reveals_no_key(busy: Api, control: Control) -> None:
    state = json.dumps(control.ok("exportState"))
    assert busy.key not in state


def test_a_state_without_these_parts_leaves_those_of_the_workspace(api: Api, control: Control) -> None:
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    control.ok("addFault", {"operation": "listCampaigns", "status": 503})
    old = {name: value for name, value in control.ok("exportState").items() if name not in NAMES}
    control.ok("moveClock", {"advance": "3d"})
    control.ok("importState", old)
    assert control.ok("showClock") == {"now": "2026-01-08T09:00:00Z", "frozen": True}
    assert api("listCampaigns").status == 503


@pytest.mark.parametrize(
    ("part", "value", "loc", "message"),
    [
        ("clock", [], [], "value is not a valid dict"),
        ("clock", {"frozen": True, "speed": 1}, ["now"], "field required"),
        ("clock", {**WRITTEN["clock"], "speed": 0}, ["speed"], "ensure this value is greater than 0"),
        ("clock", {**WRITTEN["clock"], "now": "noon"}, ["now"], "invalid datetime format"),
        ("randomness", {**WRITTEN["randomness"], "ids": "AAAA"}, ["ids"],
         "this is no state of a random generator"),
        ("randomness", {**WRITTEN["randomness"], "faults": "ä"}, ["faults"],
         "this is no state of a random generator"),
        ("randomness", {**WRITTEN["randomness"], "sending": "00"}, ["sending"],
         "this is no text of 64 bytes in hexadecimal"),
        ("faults", [{**RULE, "every": 0}], [0, "every"], "ensure this value is greater than or equal to 1"),
        ("faults", [{**RULE, "status": 9}], [0], "status=9 is no HTTP status from 200 to 599"),
        ("faults", [{**RULE, "operation": "fly"}], [0], "operation unknown: fly; the nearest is getFlow"),
        ("faults", [{**RULE, "example": "dragons"}], [0], "example unknown: dragons; the nearest is again"),
        ("faults", [{"fault_id": UNKNOWN_ID}], [0], "fault empty"),
        ("rate_counts", [{"key": "k", "seconds": 60, "window": 1}], [0, "requests"], "field required"),
    ],
)  # fmt: skip
def test_a_part_that_makes_no_sense_is_refused(part: str, value: Any, loc: list[Any], message: str) -> None:
    assert breaches({part: value}) == [(["body", part, *loc], message)]


# ---------------------------------------------------------------- seeds
# ---------------------------------------------------------------- snapshots


def test_a_snapshot_restores_records_and_what_is_drawn_next(busy: Api) -> None:
    workspace = busy.workspace
    snapshot, before = workspace.snapshot(), busy.remembered()
    first = busy.campaign()
    for _ in range(2):
        workspace.restore(snapshot)
        assert busy.remembered() == before
        assert busy.campaign() == first


def test_a_state_of_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shorthand, "MOST_ROWS", 5)
    rows = [{"repeat": 2, **CAMPAIGN, "leads": [{"repeat": 2, "email": "ada-<n>@example.com"}]}]
    with pytest.raises(RequestInvalidError) as caught:
        StateFormat(SPEC).check({"campaigns": rows})
    assert [violation["msg"] for violation in caught.value.violations] == ["at most 5 rows are allowed"]


def test_a_state_of_too_much_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shorthand, "MOST_TEXT", 150)
    own, shared = "ada-<n>@example.com", {"city": "x" * 1000}
    lead = {"repeat": 2, "email": own, "each": {"company": ["Aü <n>", "no number"]}, "custom_fields": shared}
    rows = {"campaigns": [{**CAMPAIGN, "repeat": 2, "leads": [lead]}]}
    StateFormat(SPEC).check(rows)
    lead["repeat"] = 4
    with pytest.raises(RequestInvalidError) as caught:
        StateFormat(SPEC).check(rows)
    found = [violation["msg"] for violation in caught.value.violations]
    assert found == ["at most 150 characters are allowed in texts with <n>"]
