"""Faults: which calls they hit, and what the caller sees then, over a real socket, too."""

import time
from collections import Counter
from random import Random
from typing import Any

import pytest
import requests

from mockserver import Settings, create_app
from mockserver.server.server import Server, running
from mockserver.state.fault_rules import Fault, FaultRule, PreferenceError, choose_fault, read_preferences

from .kit.api import NAME, SPEC, Api
from .kit.control import CONTROL, Control

CREATE = SPEC.operations["createCampaign"]
BODY = {"name": NAME}


def create(api: Api, **headers: str) -> Any:
    return api.send("POST", CREATE.path, json=BODY, headers={SPEC.key_header: api.key, **headers})


def statuses(api: Api, times: int) -> list[int]:
    return [create(api).status for _ in range(times)]


# ---------------------------------------------------------------- which calls


@pytest.mark.parametrize(
    ("rule", "hit"),
    [
        ({}, True),
        ({"operation": "createCampaign"}, True),
        ({"operation": "listCampaigns"}, False),
        ({"method": "POST"}, True),
        ({"method": "GET"}, False),
        ({"path": "*/campaigns"}, True),
        ({"path": "*/campaigns/*"}, False),
        ({"operation": "createCampaign", "method": "GET"}, False),
        ({"chance": 0}, False),
    ],
)
def test_a_rule_hits_the_calls_it_names(rule: dict[str, Any], hit: bool, api: Api, control: Control) -> None:
    control.ok("addFault", {**rule, "status": 503})
    assert create(api).status == (503 if hit else 201)


def test_the_first_so_many_calls(api: Api, control: Control) -> None:
    control.ok("addFault", {"first": 2, "status": 503})
    assert statuses(api, 4) == [503, 503, 201, 201]


def test_every_so_many_th_call(api: Api, control: Control) -> None:
    control.ok("addFault", {"every": 3, "status": 503})
    assert statuses(api, 7) == [201, 201, 503, 201, 201, 503, 201]


def test_a_chance_is_drawn_from_the_random_seed(api: Api) -> None:
    outcomes = []
    for random_seed in ("1", "1", "2"):
        user = Api(create_app(Settings(random_seed=random_seed)), "cs_live_chance")
        Control(user).ok("addFault", {"chance": 0.5, "status": 503})
        outcomes.append(statuses(user, 60))
    assert outcomes[0] == outcomes[1] != outcomes[2]
    assert 15 < Counter(outcomes[0])[503] < 45


def test_ids_do_not_depend_on_faults(api: Api, control: Control) -> None:
    expected = create(api).body["campaign_id"]
    control.ok("resetWorkspace")
    control.ok("addFault", {"chance": 0.5, "operation": "listCampaigns", "status": 503})
    for _ in range(5):
        api("listCampaigns")
    assert create(api).body["campaign_id"] == expected


def test_the_earlier_rule_decides_and_all_count(api: Api, control: Control) -> None:
    control.ok("addFault", {"every": 2, "status": 502})
    control.ok("addFault", {"status": 503})
    assert statuses(api, 3) == [503, 502, 503]
    assert [(r["seen"], r["hits"]) for r in control.ok("listFaults")["faults"]] == [(3, 1), (3, 2)]


def test_rules_can_be_removed(api: Api, control: Control) -> None:
    first = control.ok("addFault", {"status": 502})
    control.ok("addFault", {"status": 503})
    control.ok("removeFault", fault_id=first["fault_id"])
    assert create(api).status == 503
    assert control("removeFault", fault_id=first["fault_id"]).status == 404
    assert control.ok("clearFaults") == {"removed": 1}
    assert create(api).status == 201


def test_a_rule_is_its_workspace_s(api: Api, control: Control) -> None:
    control.ok("addFault", {"status": 503})
    assert create(Api(api.app, api.key + "-other")).status == 201


def test_pages_and_the_control_api_are_never_hit(api: Api, control: Control) -> None:
    control.ok("addFault", {"status": 503})
    assert api.send("GET", "/healthz").status == 200
    assert control("showWorkspace").status == 200


def test_a_path_that_is_no_operation_can_fail_too(api: Api, control: Control) -> None:
    control.ok("addFault", {"path": "*/nothing", "status": 503})
    assert api.send("GET", SPEC.base_path + "/nothing").status == 503


# ---------------------------------------------------------------- what happens


@pytest.mark.parametrize("name", sorted({*CREATE.errors, *SPEC.server_errors}))
def test_every_documented_error_can_be_asked_for_by_name(name: str, api: Api) -> None:
    error = CREATE.errors.get(name) or SPEC.find_error(name)
    answer = create(api, Prefer=f"example={name}")
    assert (answer.status, answer.body) == (error.status, error.value)
    assert api.ok("listCampaigns")["campaigns"] == []


def test_an_example_of_a_success_can_be_asked_for(api: Api) -> None:
    answer = create(api, Prefer="example=product_launch")
    assert answer.status == CREATE.status
    assert answer.body == CREATE.answer_examples["product_launch"]


def test_a_rate_limit_looks_like_one(api: Api) -> None:
    limit, remaining, _ = SPEC.rate_limit_headers
    answer = create(api, Prefer="example=rate_limited")
    assert (answer.headers[limit], answer.headers[remaining]) == (str(SPEC.rate_limits[0].requests), "0")


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (401, CREATE.errors["missing_key"].value["detail"]),
        (503, "Service Unavailable"),
        (599, "Unknown Error"),
    ],
)
def test_a_status_comes_with_its_first_example_or_its_name(status: int, detail: str, api: Api) -> None:
    answer = create(api, Prefer=f"status={status}")
    assert (answer.status, answer.body) == (status, {"detail": detail})


def test_a_delay_comes_first_and_the_answer_then(api: Api) -> None:
    started = time.monotonic()
    assert create(api, Prefer="wait=0.2").status == 201
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize(
    "header",
    ["respond-async", "return=minimal", "handling=lenient; x=1", "", " , ;", "Safe", "odata.maxpagesize=5"],
)
def test_preferences_of_other_kinds_are_ignored(header: str, api: Api) -> None:
    assert create(api, Prefer=header).status == 201


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ("wait=soon", "preference_invalid"),
        ("wait=61", "preference_invalid"),
        ("wait=-1", "preference_invalid"),
        ("wait=nan", "preference_invalid"),
        ("status=1000", "preference_invalid"),
        ("status=100", "preference_invalid"),  # a client would wait for the real answer
        ("status=ok", "preference_invalid"),
        ("answer=maybe", "preference_invalid"),
        ("code=429.5", "preference_invalid"),
        ("example=out_of_stock", "example_unknown"),
    ],
)
def test_a_preference_that_makes_no_sense_is_refused(header: str, error: str, api: Api) -> None:
    answer = create(api, Prefer=header)
    assert answer.status == CONTROL.server_errors[error].status
    assert header.partition("=")[2] in answer.body["detail"]
    assert api.ok("listCampaigns")["campaigns"] == []


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("exmaple=rate_limited", "exmaple is no preference; did you mean example?"),
        ("wait=1, cod=429", "cod is no preference; did you mean code?"),
        ("status=429;x=1", "x is no preference; there are example, status, wait, answer, code"),
        ("dynamic", "dynamic is no preference; there are "),
        ("example", "example needs a value, for example example=rate_limited"),
        ("code=", "status needs a value, for example status=503"),
    ],
)
def test_a_preference_that_nobody_knows_is_refused(header: str, reason: str, api: Api) -> None:
    answer = create(api, Prefer=header)
    assert answer.status == 400
    assert answer.body["detail"].startswith(f"Prefer: {reason}")


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("code=429", Fault(status=429)),
        ("return=minimal; x=1, wait=2", Fault(wait=2.0)),
        ("wait=2", Fault(wait=2.0)),
        ('example="rate_limited", wait = 0.5', Fault(example="rate_limited", wait=0.5)),
        ("Example=name_missing;status=418", Fault(example="name_missing", status=418)),
        ("answer=lost", Fault(answer="lost")),
        ("respond-async", None),
        ("", None),
    ],
)
def test_a_prefer_header_is_read_as_its_rfc_writes_it(header: str, fault: Fault | None) -> None:
    assert read_preferences(header) == fault


@pytest.mark.parametrize("value", ["1e3", "٣", "1_0", "0x1", " "])
def test_only_plain_digits_are_a_number(value: str) -> None:
    with pytest.raises(PreferenceError):
        read_preferences(f'status="{value}"')


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"operation": "makeCampaign", "wait": 1}, "operation_unknown"),
        ({"example": "out_of_stock"}, "example_unknown"),
        ({"operation": "createCampaign", "example": "rate_limit"}, "example_unknown"),
        ({"operation": "createCampaign"}, "fault_empty"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(body: Any, error: str, control: Control) -> None:
    answer = control("addFault", body)
    assert answer.status == CONTROL.operations["addFault"].errors[error].status
    assert control.ok("listFaults") == {"faults": []}


def test_the_journal_shows_what_a_fault_did(api: Api, control: Control) -> None:
    control.ok("addFault", {"first": 1, "example": "rate_limited"})
    create(api)
    create(api)
    entries = control.ok("listJournal")["exchanges"]
    assert [(e["status"], e["fault"], e["request"]) for e in entries] == [
        (429, "example=rate_limited", BODY),
        (201, None, BODY),
    ]


def test_without_a_matching_rule_nothing_is_chosen() -> None:
    rule = FaultRule("1", Fault(status=503), operation="a")
    assert choose_fault([rule], "b", "GET", "/", Random(0)) is None
    assert rule.seen == 0


# ---------------------------------------------------------------- on a real socket


class Socket:
    """A user over HTTP."""

    def __init__(self, server: Server, key: str) -> None:
        self.session = requests.Session()
        self.session.headers[SPEC.key_header] = key
        self.server = server

    def create(self, prefer: str) -> requests.Response:
        return self.session.post(
            self.server.base_url + "/campaigns", json=BODY, headers={"Prefer": prefer}, timeout=10
        )

    def count(self) -> int:
        answer = self.session.get(self.server.base_url + "/campaigns", timeout=10).json()
        return int(answer["pagination"]["total"])


@pytest.fixture
def on_socket(live_server: Server, key: str) -> Socket:
    return Socket(live_server, key)


def test_a_dropped_connection_changes_nothing(on_socket: Socket) -> None:
    with pytest.raises(requests.ConnectionError):
        on_socket.create("answer=dropped")
    assert on_socket.count() == 0


def test_a_lost_answer_leaves_the_change_behind(on_socket: Socket) -> None:
    with pytest.raises(requests.ConnectionError):
        on_socket.create("answer=lost")
    assert on_socket.count() == 1


def test_a_truncated_answer_breaks_off(on_socket: Socket) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        on_socket.create("answer=truncated")
    assert on_socket.count() == 1


def test_after_a_broken_connection_the_server_goes_on(on_socket: Socket) -> None:
    for _ in range(20):
        with pytest.raises(requests.ConnectionError):
            on_socket.create("answer=dropped")
    assert on_socket.create("").status_code == 201


def test_broken_connections_leave_no_noise_in_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    with running(Settings(port=0, quiet=True)) as server:
        user = Socket(server, "cs_live_quiet")
        for answer in ("dropped", "lost", "truncated"):
            with pytest.raises(requests.RequestException):
                user.create(f"answer={answer}")
    assert capfd.readouterr().err == ""
